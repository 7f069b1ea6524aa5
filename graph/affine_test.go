package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func affineOf(act graph.Activation, isSparse bool) builder {
	return func(in ...*gorgonia.Node) (*gorgonia.Node, error) {
		if isSparse {
			return graph.SparseAffine(in[0], in[1], in[2], act)
		}
		return graph.Affine(in[0], in[1], in[2], act)
	}
}

// Both layers against x·W + b by the definition, for both types.
func TestAffineValues(t *testing.T) {
	for _, dt := range dtypes {
		tol := 1e-14
		if dt == tensor.Float32 {
			tol = 1e-6
		}
		for _, s := range [][3]int{{1, 1, 1}, {1, 3, 2}, {4, 1, 3}, {3, 5, 1}, {5, 9, 7}} {
			rng := newRand(2)
			x, w, b := random(rng, dt, s[0], s[1]), random(rng, dt, s[1], s[2]), random(rng, dt, s[2])
			z, _ := evaluate(t, affineOf(graph.Linear, false), 0, x, w, b)
			want := affine(float64s(t, x), float64s(t, w), float64s(t, b))
			wantNear(t, fmt.Sprintf("Affine %v %v", dt, s), z, want, tol)

			for _, withValues := range []bool{false, true} {
				c := sparse(t, dt, s[0]+2, randomBatch(rng, s[0], s[1], withValues))
				z, _ := evaluate(t, affineOf(graph.Linear, true), 0, c, w, b)
				want := affine(float64s(t, c.Dense()), float64s(t, w), float64s(t, b))
				wantNear(t, fmt.Sprintf("SparseAffine %v %v values=%v", dt, s, withValues), z, want, tol)
			}
		}
	}
}

// The activation in the affine node and the activation behind it are the same function.
func TestFusedActivation(t *testing.T) {
	for _, act := range activations(t) {
		for _, dt := range dtypes {
			rng := newRand(4)
			x, w, b := random(rng, dt, 4, 5), random(rng, dt, 5, 3), random(rng, dt, 3)
			apart := func(in ...*gorgonia.Node) (*gorgonia.Node, error) {
				z, err := graph.Affine(in[0], in[1], in[2], graph.Linear)
				if err != nil {
					return nil, err
				}
				return graph.Activate(z, act)
			}
			f, df := evaluate(t, affineOf(act, false), 3, x, w, b)
			a, da := evaluate(t, apart, 3, x, w, b)
			wantSame(t, act.String(), f, a)
			for i := range df {
				wantSame(t, fmt.Sprintf("%v by input %d", act, i), df[i], da[i])
			}
		}
	}
}

// The sparse layer is the dense one on the same numbers, gradients too.
func TestSparseEqualsDense(t *testing.T) {
	for _, dt := range dtypes {
		tol := 1e-13
		if dt == tensor.Float32 {
			tol = 1e-5
		}
		for _, withValues := range []bool{false, true} {
			rng := newRand(5)
			c := sparse(t, dt, 7, randomBatch(rng, 5, 11, withValues))
			w, b := random(rng, dt, 11, 3), random(rng, dt, 3)
			reorder := func(build builder) builder { // differentiate by W and b only
				return func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return build(in[2], in[0], in[1]) }
			}
			f, df := evaluate(t, reorder(affineOf(graph.Tanh, true)), 2, w, b, c)
			g, dg := evaluate(t, reorder(affineOf(graph.Tanh, false)), 2, w, b, c.Dense())
			wantNear(t, "f", f, g, tol)
			wantNear(t, "∂W", df[0], dg[0], tol)
			wantNear(t, "∂b", df[1], dg[1], tol)
		}
	}
}

// Shapes that do not fit are errors when the node is declared, and name the shapes.
func TestAffineShapes(t *testing.T) {
	for _, row := range []struct {
		x, w, b tensor.Shape
		want    string
	}{
		{tensor.Shape{2, 4}, tensor.Shape{5, 3}, tensor.Shape{3}, "(2, 4)"},
		{tensor.Shape{2, 5}, tensor.Shape{5, 3}, tensor.Shape{4}, "(4)"},
		{tensor.Shape{2, 5}, tensor.Shape{5, 3}, tensor.Shape{1}, "(1)"},
	} {
		for _, isSparse := range []bool{false, true} {
			g := gorgonia.NewGraph()
			in := func(name string, s tensor.Shape) *gorgonia.Node {
				return gorgonia.NewTensor(g, tensor.Float64, len(s), gorgonia.WithShape(s...), gorgonia.WithName(name))
			}
			_, err := affineOf(graph.ReLU, isSparse)(in("x", row.x), in("w", row.w), in("b", row.b))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("x %v, W %v, b %v: error %v, want one with %s", row.x, row.w, row.b, err, row.want)
			}
		}
	}
	// Two element types.
	g := gorgonia.NewGraph()
	x := input(t, g, "x", full(tensor.Float32, 1, 2, 2))
	w := input(t, g, "w", full(tensor.Float64, 1, 2, 2))
	b := input(t, g, "b", full(tensor.Float64, 1, 2))
	if _, err := graph.Affine(x, w, b, graph.ReLU); err == nil {
		t.Error("a float32 x and a float64 W are accepted")
	}
}

// A dense value in place of the sparse one is an error that says what is wanted.
func TestSparseAffineWantsCSR(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(t, g, "x", full(tensor.Float64, 1, 2, 3))
	w := input(t, g, "w", full(tensor.Float64, 1, 3, 2))
	b := input(t, g, "b", full(tensor.Float64, 1, 2))
	f, err := graph.SparseAffine(x, w, b, graph.ReLU)
	if err != nil {
		t.Fatal(err)
	}
	m, err := graph.NewMachine(g, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err == nil || !strings.Contains(err.Error(), "*graph.CSR") || !strings.Contains(err.Error(), "*tensor.Dense") {
		t.Errorf("error %v, want one that names *graph.CSR and *tensor.Dense", err)
	}
}
