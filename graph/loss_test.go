package graph_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

type declareLoss func(f, y, w *gorgonia.Node) (*gorgonia.Node, error)

func (l declareLoss) build(in ...*gorgonia.Node) (*gorgonia.Node, error) {
	return l(in[0], in[1], in[2])
}

// ln(1+e⁻⁴⁰) = e⁻⁴⁰ − e⁻⁸⁰/2 + …: to double precision e⁻⁴⁰.
const expMinus40 = 4.248354255291589e-18

// TestLossExtremes is one example a row, with the loss and the gradient wanted, by hand.
// All must be finite, and small losses must not be rounded away.
func TestLossExtremes(t *testing.T) {
	row := func(x ...float64) []float64 { return x }
	for _, r := range []struct {
		name    string
		declare declareLoss
		f, y    []float64
		want    float64
		grad    []float64
	}{
		{"softmax, right", graph.SoftmaxCrossEntropy, row(1e4, -1e4), row(1, 0), 0, row(0, 0)},
		{"softmax, wrong", graph.SoftmaxCrossEntropy, row(1e4, -1e4), row(0, 1), 2e4, row(1, -1)},
		{"softmax, both", graph.SoftmaxCrossEntropy, row(1e4, -1e4), row(0.5, 0.5), 1e4, row(0.5, -0.5)},
		{"softmax, equal", graph.SoftmaxCrossEntropy, row(0, 0), row(1, 0), math.Ln2, row(-0.5, 0.5)},
		{"softmax, equal and large", graph.SoftmaxCrossEntropy, row(1e4, 1e4, 1e4, 1e4), row(0, 0, 1, 0), 2 * math.Ln2, row(0.25, 0.25, -0.75, 0.25)},
		{"softmax, equal and low", graph.SoftmaxCrossEntropy, row(-1e4, -1e4), row(1, 0), math.Ln2, row(-0.5, 0.5)},
		{"softmax, one class", graph.SoftmaxCrossEntropy, row(1e4), row(1), 0, row(0)},
		{"softmax, small", graph.SoftmaxCrossEntropy, row(40, 0), row(1, 0), expMinus40, row(0, expMinus40)},
		{"softmax, small, last", graph.SoftmaxCrossEntropy, row(0, 40), row(0, 1), expMinus40, row(expMinus40, 0)},
		{"softmax, no target", graph.SoftmaxCrossEntropy, row(1e4, -1e4), row(0, 0), 0, row(0, 0)},
		{"sigmoid, right", graph.SigmoidCrossEntropy, row(1e4), row(1), 0, row(0)},
		{"sigmoid, wrong", graph.SigmoidCrossEntropy, row(1e4), row(0), 1e4, row(1)},
		{"sigmoid, wrong, low", graph.SigmoidCrossEntropy, row(-1e4), row(1), 1e4, row(-1)},
		{"sigmoid, 0.3", graph.SigmoidCrossEntropy, row(1e4, -1e4), row(0.3, 0.3), 1e4, row(0.7, -0.3)},
		{"sigmoid, undecided", graph.SigmoidCrossEntropy, row(0, 0), row(1, 0), 2 * math.Ln2, row(-0.5, 0.5)},
		{"sigmoid, small", graph.SigmoidCrossEntropy, row(40), row(1), expMinus40, row(-expMinus40)},
		{"sigmoid, small, low", graph.SigmoidCrossEntropy, row(-40), row(0), expMinus40, row(expMinus40)},
		{"logistic, right", graph.Logistic, row(1e4, -1e4), row(1, -1), 0, row(0, 0)},
		{"logistic, wrong", graph.Logistic, row(-1e4), row(1), 1e4 / math.Ln2, row(-1 / math.Ln2)},
		{"logistic, undecided", graph.Logistic, row(0), row(-1), 1, row(0.5 / math.Ln2)},
		{"logistic, small", graph.Logistic, row(40), row(1), expMinus40 / math.Ln2, row(-expMinus40 / math.Ln2)},
		{"squared", graph.Squared, row(1e4, 1), row(0, 1), 1e8, row(2e4, 0)},
		{"hinge", graph.Hinge, row(-1e4, 1e4), row(1, 1), 10001, row(-1, 0)},
		{"hinge, at its kink", graph.Hinge, row(1, -1), row(1, -1), 0, row(0, 0)}, // our convention: slope 0
		{"hinge, before its kink", graph.Hinge, row(0.5, -0.5), row(1, -1), 1, row(-1, 1)},
		{"huber", graph.Huber, row(1e4, -1e4), row(0, 0), 19999, row(1, -1)},
		{"huber, where the pieces meet", graph.Huber, row(1, -1), row(0, 0), 1, row(1, -1)},
		{"huber, near", graph.Huber, row(0.5), row(0.25), 0.03125, row(0.25)},
	} {
		for _, dt := range dtypes {
			s := tensor.Shape{1, len(r.f)}
			// The number 1.5 must multiply all: no op may forget the weight.
			f, d := evaluate(t, r.declare.build, 1, dense(dt, s, r.f...), dense(dt, s, r.y...), full(dt, 1.5, 1))
			tol := 1e-14
			if dt == tensor.Float32 {
				tol = 2e-7
			}
			// Relative, so that 4e-18 counts; e⁰/(1+…) − 1 of a right answer cancels to 0.
			relative := func(what string, got, want float64) {
				if math.Abs(got-want) > tol*math.Abs(want) {
					t.Errorf("%s, %v: %s is %v, want %v", r.name, dt, what, got, want)
				}
			}
			relative("loss", f[0], 1.5*r.want)
			for j := range r.grad {
				relative(fmt.Sprintf("gradient %d", j), d[0][j], 1.5*r.grad[j])
			}
		}
	}
}

// A NaN must not look like a good answer.
func TestLossOfNaN(t *testing.T) {
	for name, declare := range map[string]declareLoss{
		"softmax": graph.SoftmaxCrossEntropy, "sigmoid": graph.SigmoidCrossEntropy, "logistic": graph.Logistic,
		"squared": graph.Squared, "hinge": graph.Hinge, "huber": graph.Huber,
	} {
		for _, dt := range dtypes {
			for at := range 3 {
				x := []float64{0.5, -0.5, 0.25}
				x[at] = math.NaN()
				f, _ := evaluate(t, declare.build, 1, dense(dt, tensor.Shape{1, 3}, x...), dense(dt, tensor.Shape{1, 3}, 1, 0, 0), full(dt, 1, 1))
				if !math.IsNaN(f[0]) {
					t.Errorf("%s %v: NaN as number %d gives the loss %v", name, dt, at, f[0])
				}
			}
		}
	}
}

// Weights are linear, and one of 0 takes the row out of loss and gradient, whatever finite
// numbers it holds.
func TestLossWeights(t *testing.T) {
	for name, declare := range map[string]declareLoss{
		"softmax": graph.SoftmaxCrossEntropy, "sigmoid": graph.SigmoidCrossEntropy, "logistic": graph.Logistic,
		"squared": graph.Squared, "hinge": graph.Hinge, "huber": graph.Huber,
	} {
		for _, dt := range dtypes {
			tol := 1e-14
			if dt == tensor.Float32 {
				tol = 1e-6
			}
			y2 := []float64{1, 0, 1, 0, 0, 1}
			both, db := evaluate(t, declare.build, 1, dense(dt, tensor.Shape{3, 2}, 1, 2, -1e4, 1e4, -0.5, 0.75),
				dense(dt, tensor.Shape{3, 2}, y2...), dense(dt, tensor.Shape{3}, 2, 0, 0.5))
			one, d1 := evaluate(t, declare.build, 1, dense(dt, tensor.Shape{1, 2}, 1, 2), dense(dt, tensor.Shape{1, 2}, 1, 0), full(dt, 1, 1))
			two, d2 := evaluate(t, declare.build, 1, dense(dt, tensor.Shape{1, 2}, -0.5, 0.75), dense(dt, tensor.Shape{1, 2}, 0, 1), full(dt, 1, 1))
			wantNear(t, name, both, []float64{2*one[0] + 0.5*two[0]}, tol)
			wantNear(t, name+" gradient", db[0], []float64{2 * d1[0][0], 2 * d1[0][1], 0, 0, 0.5 * d2[0][0], 0.5 * d2[0][1]}, tol)
		}
	}
}

// Float32 losses are summed in float64: a million small terms do not vanish beside a
// large one.
func TestLossSum(t *testing.T) {
	const n = 1 << 16
	f := make([]float64, n)
	f[0] = 4096
	for i := 1; i < n; i++ {
		f[i] = 0.5
	}
	l, _ := evaluate(t, declareLoss(graph.Squared).build, 0, dense(tensor.Float32, tensor.Shape{n, 1}, f...),
		full(tensor.Float32, 0, n, 1), full(tensor.Float32, 1, n))
	wantNear(t, "sum", l, []float64{4096*4096 + 0.25*(n-1)}, 1e-7)
	l, _ = evaluate(t, func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return graph.WeightedSum(in[0], in[1]) }, 0,
		dense(tensor.Float32, tensor.Shape{n, 1}, f...), full(tensor.Float32, 1, n))
	wantNear(t, "weighted sum", l, []float64{4096 + 0.5*(n-1)}, 1e-7)
}

func TestSoftmax(t *testing.T) {
	softmax := func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return graph.Softmax(in[0]) }
	e, e40 := math.E, expMinus40
	for _, dt := range dtypes {
		tol := 1e-15
		if dt == tensor.Float32 {
			tol = 1e-7
		}
		// Rows far apart: stock SoftMax gives NaN in the second one (GORGONIA.md, trap 2).
		p, _ := evaluate(t, softmax, 0, dense(dt, tensor.Shape{5, 2}, 800, 0, 0, 1, -1e4, -1e4, 1e4, -1e4, 0, 40))
		wantNear(t, "softmax", p, []float64{1, 0, 1 / (1 + e), e / (1 + e), 0.5, 0.5, 1, 0, e40, 1}, tol)
		if math.Abs(p[8]/e40-1) > 2e-7 {
			t.Errorf("softmax of 0 beside 40 is %v, want %v", p[8], e40)
		}
		// One NaN spoils its row and no other.
		p, _ = evaluate(t, softmax, 0, dense(dt, tensor.Shape{2, 2}, math.NaN(), 0, 0, 0))
		wantNear(t, "softmax with a NaN", p, []float64{math.NaN(), math.NaN(), 0.5, 0.5}, tol)
		p, _ = evaluate(t, softmax, 0, full(dt, -1e4, 3, 1))
		wantNear(t, "softmax of one class", p, []float64{1, 1, 1}, 0)
	}
}

func TestLossShapes(t *testing.T) {
	g := gorgonia.NewGraph()
	f := input(t, g, "f", full(tensor.Float64, 1, 3, 2))
	y := input(t, g, "y", full(tensor.Float64, 1, 3, 1))
	y2 := input(t, g, "y2", full(tensor.Float64, 1, 3, 2))
	w := input(t, g, "w", full(tensor.Float64, 1, 2))
	w3 := input(t, g, "w3", full(tensor.Float64, 1, 3))
	if _, err := graph.Squared(f, y, w3); err == nil {
		t.Error("f (3, 2) and y (3, 1) are accepted")
	}
	if _, err := graph.Squared(f, y2, w); err == nil {
		t.Error("3 rows and 2 weights are accepted")
	}
	if _, err := graph.WeightedSum(f, w); err == nil {
		t.Error("WeightedSum takes 3 rows and 2 weights")
	}
}
