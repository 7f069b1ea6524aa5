package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The layer in parts, and in pieces of rows, is the layer in one go; with one part to the
// bit, with more to the rounding of a sum in another order.
func TestSplitAffine(t *testing.T) {
	const words, units, capacity = 70, 5, 12
	for _, dt := range dtypes {
		tol := 1e-14
		if dt == tensor.Float32 {
			tol = 1e-6
		}
		for _, act := range []graph.Activation{graph.Linear, graph.ReLU} {
			rng := newRand(3)
			w, b := random(rng, dt, words, units), random(rng, dt, units)
			for _, withValues := range []bool{false, true} {
				batch := randomBatch(rng, 9, words, withValues)
				x := sparse(t, dt, capacity, batch)
				f, _ := evaluate(t, affineOf(act, true), 0, x, w, b)
				_, node := sparseNode(t, dt, capacity, words, units, act)
				for parts := 1; parts <= 3; parts++ {
					s := graph.NewSplitAffine(node, w, b, 7, parts)
					s.Begin(x, 2, parts)
					// Whoever does whatever first.
					for q := parts - 1; q >= 0; q-- {
						s.AddPart(q, 4, 7)
						s.AddPart(q, 0, 4)
					}
					s.Finish(3, 7)
					s.Finish(0, 3)
					what := fmt.Sprintf("%v %v values=%v, %d parts", dt, act, withValues, parts)
					got, want := float64s(t, s.Value()), f[2*units:9*units]
					wantNear(t, what, got, want, tol)
					if parts == 1 && !slices.Equal(got, want) {
						t.Errorf("%s: not the bits of the layer in one go", what)
					}
				}
			}
		}
	}
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
		s := graph.NewSplitAffine(node, w, b, 1, 4)
		s.Begin(x, 0, 4)
		for q := range s.Parts() {
			s.AddPart(q, 0, 1)
		}
		s.Finish(0, 1)
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
