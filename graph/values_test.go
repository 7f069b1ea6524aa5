package graph_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// What the tests make nodes and numbers with.

var dtypes = []tensor.Dtype{tensor.Float64, tensor.Float32}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 17)) }

// dense makes a tensor of the shape with the given numbers.
func dense(dtype tensor.Dtype, shape tensor.Shape, x ...float64) *tensor.Dense {
	d := tensor.New(tensor.Of(dtype), tensor.WithShape(shape...))
	fill(d, x)
	return d
}

func fill(d *tensor.Dense, x []float64) {
	if len(x) != d.Shape().TotalSize() {
		panic("values_test: numbers do not fill the shape")
	}
	switch to := d.Data().(type) {
	case []float32:
		for i, v := range x {
			to[i] = float32(v)
		}
	case []float64:
		copy(to, x)
	default:
		panic("values_test: not a dense tensor of floats")
	}
}

// random makes a tensor of numbers between 0.05 and 1.5 of either sign: not at a kink.
func random(rng *rand.Rand, dtype tensor.Dtype, shape ...int) *tensor.Dense {
	x := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range x {
		x[i] = 0.05 + 1.45*rng.Float64()
		if rng.IntN(2) == 0 {
			x[i] = -x[i]
		}
	}
	return dense(dtype, shape, x...)
}

func full(dtype tensor.Dtype, x float64, shape ...int) *tensor.Dense {
	v := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range v {
		v[i] = x
	}
	return dense(dtype, shape, v...)
}

// randomBatch draws sparse rows. Row 1, if there is one, stays empty.
func randomBatch(rng *rand.Rand, rows, columns int, values bool) *data.Batch {
	b := &data.Batch{Columns: columns, Offsets: []int{0}}
	for i := range rows {
		for j := range columns {
			if i != 1 && rng.IntN(2) == 0 {
				b.Indices = append(b.Indices, int32(j))
				if values {
					b.Values = append(b.Values, float32(0.5+rng.Float64()))
				}
			}
		}
		b.Offsets = append(b.Offsets, len(b.Indices))
	}
	if values && b.Values == nil {
		b.Values = []float32{}
	}
	return b
}

func sparse(t testing.TB, dtype tensor.Dtype, capacity int, b *data.Batch) *graph.CSR {
	t.Helper()
	c := graph.NewCSR(dtype, capacity, b.Columns)
	if err := c.Set(b); err != nil {
		t.Fatal(err)
	}
	return c
}

// float64s copies the numbers of a value, whatever its type.
func float64s(t testing.TB, v gorgonia.Value) []float64 {
	t.Helper()
	if s, ok := v.(interface{ Dense() *tensor.Dense }); ok {
		v = s.Dense()
	}
	if v == nil {
		t.Fatal("no value")
	}
	switch x := v.Data().(type) {
	case []float64:
		return append([]float64(nil), x...)
	case []float32:
		out := make([]float64, len(x))
		for i, f := range x {
			out[i] = float64(f)
		}
		return out
	case float64:
		return []float64{x}
	case float32:
		return []float64{float64(x)}
	}
	t.Fatalf("no numbers in a %T", v)
	return nil
}

// near says whether got is want within tol, relative where want is larger than 1. NaN
// and infinities must be matched.
func near(got, want, tol float64) bool {
	if math.IsNaN(want) || math.IsInf(want, 0) {
		return got == want || math.IsNaN(got) && math.IsNaN(want)
	}
	return math.Abs(got-want) <= tol*max(1, math.Abs(want))
}

func wantNear(t testing.TB, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if !near(got[i], want[i], tol) {
			t.Errorf("%s: element %d is %v, want %v within %v", what, i, got[i], want[i], tol)
			return
		}
	}
}

func wantSame(t testing.TB, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
			t.Errorf("%s: element %d is %v, want the bits of %v", what, i, got[i], want[i])
			return
		}
	}
}

// input declares an input node for a value and binds it.
func input(t testing.TB, g *gorgonia.ExprGraph, name string, v gorgonia.Value) *gorgonia.Node {
	t.Helper()
	opts := []gorgonia.NodeConsOpt{gorgonia.WithName(name)}
	var n *gorgonia.Node
	if shape := v.Shape(); len(shape) > 0 {
		n = gorgonia.NewTensor(g, v.Dtype(), len(shape), append(opts, gorgonia.WithShape(shape...))...)
	} else {
		n = gorgonia.NewScalar(g, v.Dtype(), opts...)
	}
	if err := gorgonia.UnsafeLet(n, v); err != nil {
		t.Fatal(err)
	}
	return n
}

type builder func(in ...*gorgonia.Node) (*gorgonia.Node, error)

// evaluate runs a node on a Machine: its value, and the gradient of g·f summed up by the
// inputs before the first that is called data. g is 1 everywhere.
func evaluate(t testing.TB, build builder, by int, inputs ...gorgonia.Value) (f []float64, grads [][]float64) {
	t.Helper()
	g := gorgonia.NewGraph()
	var in gorgonia.Nodes
	for i, v := range inputs {
		in = append(in, input(t, g, string(rune('a'+i)), v))
	}
	n, err := build(in...)
	if err != nil {
		t.Fatal(err)
	}
	outputs := gorgonia.Nodes{n}
	if by > 0 {
		s := n
		if !s.IsScalar() {
			s = gorgonia.Must(gorgonia.Sum(s))
		}
		ds, err := gorgonia.Grad(s, in[:by]...)
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, ds...)
	}
	m, err := graph.NewMachine(g, outputs...)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for _, d := range outputs[1:] {
		grads = append(grads, float64s(t, m.Value(d)))
	}
	return float64s(t, m.Value(n)), grads
}
