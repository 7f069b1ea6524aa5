package graph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/halves"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The layer in parts, and in pieces of rows, is the layer in one go; with one part to the
// bit, with more to the rounding of a sum in another order.
func TestSplitAffine(t *testing.T) {
	const words, units, capacity = 70, 5, 12
	for _, dt := range dtypes {
		unit := 0x1p-53 // by which a result may be off, relative to what was added up
		if dt == tensor.Float32 {
			unit = 0x1p-24
		}
		for _, act := range []graph.Activation{graph.Linear, graph.ReLU} {
			rng := newRand(3)
			w, b := random(rng, dt, words, units), random(rng, dt, units)
			for _, withValues := range []bool{false, true} {
				batch := randomBatch(rng, 9, words, withValues)
				x := sparse(t, dt, capacity, batch)
				f, _ := evaluate(t, affineOf(act, true), 0, x, w, b)
				size, _ := evaluate(t, affineOf(graph.Linear, true), 0, x, absolute(dt, w), absolute(dt, b))
				_, node := sparseNode(t, dt, capacity, words, units, act)
				for parts := 1; parts <= 5; parts++ {
					s := graph.NewSplitAffine(node, w, b, 7, parts, halves.Span{From: 0, To: parts}, parts/2+1, 2)
					s.Begin(x, 2)
					// Whoever does whatever first.
					for g := s.Groups() - 1; g >= 0; g-- {
						s.AddGroup(1, g, 4, 7, true)
						s.AddGroup(0, g, 0, 4, false)
					}
					for _, rows := range [][2]int{{3, 7}, {0, 3}} {
						s.Join(rows[0], rows[1])
						s.Finish(s.Value(), rows[0], rows[1])
					}
					what := fmt.Sprintf("%v %v values=%v, %d parts", dt, act, withValues, parts)
					got, want := float64s(t, s.Value())[:7*units], f[2*units:9*units]
					for i := range got {
						if d := math.Abs(got[i] - want[i]); d > 8*unit*size[2*units+i] {
							t.Errorf("%s: element %d is %v, want %v: off by %v of a unit in the last place of what was added up",
								what, i, got[i], want[i], d/unit/size[2*units+i])
						}
					}
					if parts == 1 && !slices.Equal(got, want) {
						t.Errorf("%s: not the bits of the layer in one go", what)
					}
				}
			}
		}
	}
}

// absolute is x without signs.
func absolute(dt tensor.Dtype, x *tensor.Dense) *tensor.Dense {
	v := make([]float64, x.Shape().TotalSize())
	for i := range v {
		if dt == tensor.Float32 {
			v[i] = math.Abs(float64(x.Float32s()[i]))
		} else {
			v[i] = math.Abs(x.Float64s()[i])
		}
	}
	return dense(dt, x.Shape(), v...)
}

// A batch without a word, and one with fewer words than parts.
func TestSplitAffineOfLittle(t *testing.T) {
	for _, indices := range [][]int32{nil, {3}, {0, 69}} {
		x := graph.NewCSR(tensor.Float64, 2, 70)
		if err := x.Set(&data.Batch{Columns: 70, Offsets: []int{0, len(indices)}, Indices: indices}); err != nil {
			t.Fatal(err)
		}
		rng := newRand(5)
		w, b := random(rng, tensor.Float64, 70, 2), random(rng, tensor.Float64, 2)
		_, node := sparseNode(t, tensor.Float64, 2, 70, 2, graph.Linear)
		s := graph.NewSplitAffine(node, w, b, 1, 4, halves.Span{From: 0, To: 4}, 3, 1)
		s.Begin(x, 0)
		for g := range s.Groups() {
			s.AddGroup(0, g, 0, 1, false)
		}
		s.Join(0, 1)
		s.Finish(s.Value(), 0, 1)
		for h := range 2 {
			want := b.Float64s()[h]
			for _, j := range indices {
				want += w.Float64s()[int(j)*2+h]
			}
			if got := s.Value().Float64s()[h]; got != want {
				t.Errorf("words %v: unit %d is %v, want %v", indices, h, got, want)
			}
		}
	}
}

// A machine that is given the layer's value computes what comes after it, and nothing of
// the layer.
func TestMachineFrom(t *testing.T) {
	g, f := sparseNode(t, tensor.Float64, 2, 70, 3, graph.ReLU)
	square, err := gorgonia.Square(f)
	if err != nil {
		t.Fatal(err)
	}
	m, err := graph.NewMachineFrom(g, gorgonia.Nodes{f}, square)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err == nil {
		t.Error("it ran without the value that it is to be given")
	}
	given := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	if err := m.Let(f, given); err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if got, want := m.Value(square).Data().([]float64), []float64{1, 4, 9, 16, 25, 36}; !slices.Equal(got, want) {
		t.Errorf("squares %v, want %v", got, want)
	}
	if m.Needs(g.ByName("x")[0]) {
		t.Error("it wants x")
	}
}

// sparseNode declares a sparse layer on unbound inputs.
func sparseNode(t *testing.T, dt tensor.Dtype, rows, words, units int, act graph.Activation) (*gorgonia.ExprGraph, *gorgonia.Node) {
	t.Helper()
	g := gorgonia.NewGraph()
	if graph.FindSparseAffine(g) != nil {
		t.Fatal("a sparse layer in an empty graph")
	}
	f, err := graph.SparseAffine(gorgonia.NewMatrix(g, dt, gorgonia.WithShape(rows, words), gorgonia.WithName("x")),
		gorgonia.NewMatrix(g, dt, gorgonia.WithShape(words, units), gorgonia.WithName("w")),
		gorgonia.NewVector(g, dt, gorgonia.WithShape(units), gorgonia.WithName("b")), act)
	if err != nil {
		t.Fatal(err)
	}
	if found := graph.FindSparseAffine(g); found != f {
		t.Fatalf("found %v, want the layer", found)
	}
	return g, f
}

// However the parts are shared out among ranks and groups, the sum has the same bits, and
// whichever group's place it is left in.
func TestSplitAffineShared(t *testing.T) {
	const words, units, rows, parts = 70, 5, 9, 8
	rng := newRand(7)
	w, b := random(rng, tensor.Float32, words, units), random(rng, tensor.Float32, units)
	_, node := sparseNode(t, tensor.Float32, rows, words, units, graph.ReLU)
	x := sparse(t, tensor.Float32, rows, randomBatch(rng, rows, words, true))
	var want []float32
	for ranks := 1; ranks <= 4; ranks++ {
		for groups := 1; groups <= 8; groups++ {
			var sums [][]float32
			var nodes []halves.Span
			for r := range ranks {
				s := graph.NewSplitAffine(node, w, b, rows, parts, halves.Span{From: r * parts / ranks, To: (r + 1) * parts / ranks}, groups, 1)
				s.Begin(x, 0)
				for g := range s.Groups() {
					s.AddGroup(0, g, 0, rows, g%2 == 1)
				}
				if ranks == 1 && want != nil {
					g := rng.IntN(s.Groups())
					s.Prefetch(g, 0, rows)
					s.JoinInto(g, 0, rows)
					if got := s.Value().Float32s()[g*rows*units:][:rows*units]; !slices.Equal(got, want) {
						t.Errorf("%d groups, the sum in place of group %d: other bits", s.Groups(), g)
					}
					for g := range s.Groups() {
						s.AddGroup(0, g, 0, rows, g%2 == 1)
					}
				}
				s.Join(0, rows)
				for k, root := range s.Roots() {
					at := s.Root(k) * units
					sums, nodes = append(sums, s.Value().Float32s()[at:at+rows*units]), append(nodes, root)
				}
			}
			for _, a := range halves.Additions(nodes, []halves.Span{{From: 0, To: parts}}) {
				for i, v := range sums[a.From] {
					sums[a.To][i] += v
				}
			}
			if want == nil {
				want = sums[0]
			} else if !slices.Equal(sums[0], want) {
				t.Errorf("%d ranks, %d groups: other bits", ranks, groups)
			}
		}
	}
}
