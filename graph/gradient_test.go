package graph_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/graph/graphtest"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func activations(t *testing.T) []graph.Activation {
	t.Helper()
	var acts []graph.Activation
	for _, name := range graph.ActivationNames() {
		a, err := graph.ParseActivation(name)
		if err != nil {
			t.Fatal(err)
		}
		acts = append(acts, a)
	}
	return acts
}

// TestGradients holds the derivative of every op to the quotient of differences. A new
// op is a new row.
func TestGradients(t *testing.T) {
	dt := tensor.Float64
	type row struct {
		name   string
		build  builder
		inputs []gorgonia.Value
	}
	var rows []row
	add := func(build builder, inputs []gorgonia.Value, format string, a ...any) {
		rows = append(rows, row{fmt.Sprintf(format, a...), build, inputs})
	}
	values := func(v ...gorgonia.Value) []gorgonia.Value { return v }
	rng := newRand(1)

	for _, act := range activations(t) {
		activate := func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return graph.Activate(in[0], act) }
		for _, s := range [][]int{{1, 1}, {1, 4}, {3, 1}, {4, 5}} {
			add(activate, values(random(rng, dt, s...)), "Activate/%v/%v", act, s)
		}
		add(activate, values(dense(dt, tensor.Shape{2, 3}, -6, -3, -2, 2, 3, 6)), "Activate/%v/wide", act)

		affine := func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return graph.Affine(in[0], in[1], in[2], act) }
		for _, s := range [][3]int{{1, 1, 1}, {1, 3, 2}, {4, 1, 3}, {3, 5, 1}, {5, 7, 6}} {
			x, w, b := offKink(t, s)
			add(affine, values(x, w, b), "Affine/%v/%v", act, s)
		}

		layer := func(in ...*gorgonia.Node) (*gorgonia.Node, error) {
			return graph.SparseAffine(in[0], in[1], in[2], act)
		}
		for _, withValues := range []bool{false, true} {
			for _, s := range [][4]int{{1, 1, 1, 1}, {4, 4, 6, 3}, {5, 3, 6, 1}, {3, 0, 2, 2}} { // capacity, rows, words, outputs
				x := sparse(t, dt, s[0], randomBatch(rng, s[1], s[2], withValues))
				w, b := sparseOffKink(t, x, s[3])
				add(layer, values(x, w, b), "SparseAffine/%v/values=%v/%v", act, withValues, s)
			}
		}
	}

	softmax := func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return graph.Softmax(in[0]) }
	for _, s := range [][]int{{1, 1}, {1, 4}, {3, 1}, {4, 5}} {
		add(softmax, values(random(rng, dt, s...)), "Softmax/%v", s)
	}

	for _, s := range [][]int{{1, 1}, {1, 3}, {4, 1}, {5, 2}, {3, 4}} {
		w := graphtest.Data(unequal(s[0]))
		f := random(rng, dt, s...)
		oneHot, shares, raw := full(dt, 0, s...), full(dt, 0, s...), random(rng, dt, s...)
		zeroOne, signs, far := full(dt, 0, s...), full(dt, 0, s...), full(dt, 0, s...)
		for i := range s[0] {
			oneHot.Float64s()[i*s[1]+rng.IntN(s[1])] = 1
			var sum float64
			share := shares.Float64s()[i*s[1]:][:s[1]]
			for j := range share {
				share[j] = rng.Float64()
				sum += share[j]
			}
			for j := range share {
				share[j] /= sum
			}
		}
		for i := range zeroOne.Float64s() {
			zeroOne.Float64s()[i] = float64(rng.IntN(2))
			signs.Float64s()[i] = float64(2*rng.IntN(2) - 1)
			far.Float64s()[i] = f.Float64s()[i] + 2.5*signs.Float64s()[i]
		}
		near := dense(dt, s, f.Float64s()...)
		for i := range near.Float64s() {
			near.Float64s()[i] += 0.8 * (rng.Float64() - 0.5)
		}
		margin := dense(dt, s, f.Float64s()...) // y·f at least 0.05 from 1
		for i, v := range margin.Float64s() {
			if math.Abs(math.Abs(v)-1) < 0.05 {
				margin.Float64s()[i] *= 1.1
			}
		}
		for _, l := range []struct {
			name    string
			declare func(f, y, w *gorgonia.Node) (*gorgonia.Node, error)
			f, y    *tensor.Dense
		}{
			{"SoftmaxCrossEntropy/one-hot", graph.SoftmaxCrossEntropy, f, oneHot},
			{"SoftmaxCrossEntropy/soft targets", graph.SoftmaxCrossEntropy, f, shares},
			{"SoftmaxCrossEntropy/targets of any sum", graph.SoftmaxCrossEntropy, f, raw},
			{"SigmoidCrossEntropy/0 or 1", graph.SigmoidCrossEntropy, f, zeroOne},
			{"SigmoidCrossEntropy/0.3", graph.SigmoidCrossEntropy, f, full(dt, 0.3, s...)},
			{"Logistic", graph.Logistic, f, signs},
			{"Squared", graph.Squared, f, raw},
			{"Hinge", graph.Hinge, margin, signs},
			{"Huber/squared", graph.Huber, f, near},
			{"Huber/linear", graph.Huber, f, far},
		} {
			add(func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return l.declare(in[0], in[1], in[2]) },
				values(l.f, graphtest.Data(l.y), w), "%s/%v", l.name, s)
		}
		add(func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return graph.WeightedSum(in[0], in[1]) },
			values(f, w), "WeightedSum/%v", s)
		for _, p := range []float64{0, 0.4} {
			add(func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return graph.Dropout(in[0], in[1], p, 7) },
				values(f, gorgonia.NewF64(3)), "Dropout/%v/%v", p, s)
		}
	}

	// Several ops: what one hands to the next must be what that one expects.
	x := sparse(t, dt, 4, randomBatch(newRand(3), 4, 6, true))
	network := func(in ...*gorgonia.Node) (*gorgonia.Node, error) {
		f, err := graph.SparseAffine(in[0], in[1], in[2], graph.Tanh)
		if err != nil {
			return nil, err
		}
		if f, err = graph.Dropout(f, in[7], 0.3, 1); err != nil {
			return nil, err
		}
		if f, err = graph.Affine(f, in[3], in[4], graph.GELU); err != nil {
			return nil, err
		}
		return graph.SigmoidCrossEntropy(f, in[5], in[6])
	}
	add(network, values(x, random(rng, dt, 6, 3), random(rng, dt, 3), random(rng, dt, 3, 2), random(rng, dt, 2),
		graphtest.Data(full(dt, 0.25, 4, 2)), graphtest.Data(unequal(4)), gorgonia.NewF64(5)), "network")

	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			graphtest.CheckGradient(t, func(_ *gorgonia.ExprGraph, in ...*gorgonia.Node) (*gorgonia.Node, error) {
				return row.build(in...)
			}, row.inputs...)
		})
	}
}

// unequal is a vector of example weights, one of them 0.
func unequal(n int) *tensor.Dense {
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.5 + 0.3*float64(i)
		if i == 1 {
			w[i] = 0
		}
	}
	return dense(tensor.Float64, tensor.Shape{n}, w...)
}

// offKink draws x, W and b of a layer until no x·W + b is near 0, where half the
// activations have a kink. The shape is (batch, in, out).
func offKink(t *testing.T, s [3]int) (x, w, b *tensor.Dense) {
	t.Helper()
	for seed := range uint64(1000) {
		rng := newRand(seed)
		x, w, b = random(rng, tensor.Float64, s[0], s[1]), random(rng, tensor.Float64, s[1], s[2]), random(rng, tensor.Float64, s[2])
		if keepsOff(x.Float64s(), w.Float64s(), b.Float64s()) {
			return x, w, b
		}
	}
	t.Fatal("no numbers found that keep off the kink")
	return nil, nil, nil
}

func sparseOffKink(t *testing.T, x *graph.CSR, outputs int) (w, b *tensor.Dense) {
	t.Helper()
	for seed := range uint64(1000) {
		rng := newRand(seed)
		w, b = random(rng, tensor.Float64, x.Shape()[1], outputs), random(rng, tensor.Float64, outputs)
		if keepsOff(x.Dense().Float64s(), w.Float64s(), b.Float64s()) {
			return w, b
		}
	}
	t.Fatal("no numbers found that keep off the kink")
	return nil, nil
}

func keepsOff(x, w, b []float64) bool {
	for _, z := range affine(x, w, b) {
		if math.Abs(z) < 0.02 {
			return false
		}
	}
	return true
}

// affine is x·W + b by the definition.
func affine(x, w, b []float64) []float64 {
	n := len(b)
	k := len(w) / n
	var z []float64
	for i := range len(x) / k {
		for j := range n {
			s := b[j]
			for p := range k {
				s += x[i*k+p] * w[p*n+j]
			}
			z = append(z, s)
		}
	}
	return z
}
