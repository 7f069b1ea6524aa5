package feedforward

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/losses"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// explained is a network, with weights that are not small, and rows of counts.
type explained struct {
	name string
	n    *Network
	b    *data.Batch
}

// explainedNetworks are all activations with each kind of output, on both engines.
func explainedNetworks(t *testing.T, dtype tensor.Dtype) []explained {
	t.Helper()
	var all []explained
	for _, engine := range []Engine{Native, Gorgonia} {
		multiLabel := false
		add := func(loss losses.Loss, numbers bool, layers ...Layer) {
			rng := rand.New(rand.NewPCG(3, uint64(len(all))))
			n := mustNew(t, Config{Inputs: 12, Numbers: numbers, MultiLabel: multiLabel, Loss: loss, Seed: 4, Dtype: dtype, Engine: engine}, layers...)
			for _, p := range n.params {
				for i := range p.Shape().TotalSize() {
					if dtype == tensor.Float32 {
						p.Float32s()[i] = float32(rng.NormFloat64() * 0.7)
					} else {
						p.Float64s()[i] = rng.NormFloat64() * 0.7
					}
				}
			}
			b := &data.Batch{Columns: 12, Offsets: []int{0}}
			for range 5 {
				for j := range 12 {
					if rng.IntN(2) == 0 {
						b.Indices, b.Values = append(b.Indices, int32(j)), append(b.Values, float32(1+rng.IntN(3)))
					}
				}
				b.Offsets = append(b.Offsets, len(b.Indices))
			}
			if numbers {
				b = &data.Batch{Columns: 12}
				for range 5 * 12 {
					b.Dense = append(b.Dense, rng.NormFloat64())
				}
			}
			last := layers[len(layers)-1]
			all = append(all, explained{fmt.Sprintf("%s, %d layers, %s, %d %s outputs, %s, numbers %v", engine, len(layers),
				layers[0].Activation, last.Units, last.Activation, loss.Name(), numbers), n, b})
		}
		for _, act := range graph.ActivationNames() {
			add(losses.CrossEntropy{}, false, Dense(6, act), Dense(5, act), Dense(3, "softmax"))
		}
		add(losses.CrossEntropy{}, false, Dense(4, "softmax"))
		add(losses.CrossEntropy{}, true, Dense(6, "relu"), Dense(2, "softmax"))
		add(losses.BinaryCrossEntropy{}, false, Dense(6, "relu"), Dense(1, "sigmoid"))
		add(losses.BinaryCrossEntropy{}, false, Dense(6, "gelu"), Dense(3, "sigmoid"))
		add(losses.BinaryCrossEntropy{}, false, Dense(1, "sigmoid"))
		add(losses.Logistic{}, false, Dense(6, "tanh"), Dense(1, "linear"))
		add(losses.Logistic{}, false, Dense(6, "relu"), Dense(3, "tanh"))
		add(losses.Squared{}, false, Dense(6, "elu"), Dense(1, "linear"))
		add(losses.Squared{}, false, Dense(6, "relu"), Dense(4, "tanh"))
		add(losses.Hinge{}, false, Dense(6, "relu"), Dense(1, "linear"))
		multiLabel = true
		add(losses.BinaryCrossEntropy{}, false, Dense(6, "tanh"), Dense(2, "sigmoid"))
		add(losses.BinaryCrossEntropy{}, false, Dense(1, "sigmoid"))
		multiLabel = false
		add(losses.Squared{}, false, Layer{Units: 6, Activation: "sine", Func: func(z *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sin(z) }}, Dense(2, "linear"))
	}
	return all
}

// outputAt is the output that Explain takes apart, from the layers' formulas alone.
func (e *explained) outputAt(t *testing.T, o Output, class int, x []float64) float64 {
	t.Helper()
	z := x
	for i, l := range e.n.layers {
		a, b := e.n.params[2*i], e.n.params[2*i+1]
		next := make([]float64, l.Units)
		read(next, b, 0)
		for j, v := range z {
			eachWeight(a, j, func(h int, w float64) { next[h] += v * w })
		}
		last := i == len(e.n.layers)-1
		if last && o == Logit {
			switch {
			case l.Activation == softmax:
				sum := 0.0
				for k, v := range next {
					if k != class {
						sum += math.Exp(v)
					}
				}
				return next[class] - math.Log(sum)
			case l.Units == 1 && class == 0 && !e.n.cfg.MultiLabel:
				return -next[0]
			case l.Units == 1:
				return next[0]
			}
			return next[class]
		}
		sum := 0.0
		for _, v := range next {
			sum += math.Exp(v)
		}
		for h, v := range next {
			if l.Activation == softmax {
				next[h] = math.Exp(v) / sum
			} else {
				next[h] = activationAt(t, l.Activation, v)
			}
		}
		z = next
	}
	p := make([]float64, e.n.Classes())
	e.n.probabilities(p, z)
	return p[class]
}

func activationAt(t *testing.T, name string, z float64) float64 {
	t.Helper()
	switch name {
	case "linear":
		return z
	case "relu":
		return max(z, 0)
	case "leakyrelu":
		return max(z, 0.01*z)
	case "elu":
		if z > 0 {
			return z
		}
		return math.Expm1(z)
	case "sigmoid":
		return 1 / (1 + math.Exp(-z))
	case "tanh":
		return math.Tanh(z)
	case "softplus":
		return math.Log1p(math.Exp(z))
	case "gelu":
		return z * math.Erfc(-z/math.Sqrt2) / 2
	case "swish":
		return z / (1 + math.Exp(-z))
	case "sine":
		return math.Sin(z)
	}
	t.Fatalf("no formula of %s", name)
	return 0
}

// denseRow is row i as numbers.
func denseRow(b *data.Batch, i int) []float64 {
	x := make([]float64, b.Columns)
	eachInput(b, i, func(_, j int, v float64) { x[j] = v })
	return x
}

// Gradient times input is what finite differences of the formulas say, for every
// activation, output, class and engine.
func TestExplainGradient(t *testing.T) {
	// Stock Softplus is z itself above 16, 1e-7 off.
	close := func(a, b float64) bool { return math.Abs(a-b) <= 1e-8*max(10, math.Abs(b)) }
	for _, e := range explainedNetworks(t, tensor.Float64) {
		for _, o := range []Output{Logit, Probability} {
			if o == Probability && !e.n.hasProbabilities() {
				if _, err := e.n.Explain(e.b, nil, Explain{Output: o}); err == nil || !strings.Contains(err.Error(), "are no probabilities; explain the logit") {
					t.Errorf("%s: error %v", e.name, err)
				}
				continue
			}
			for class := range e.n.Classes() {
				classes := []int{class, class, class, class, class}
				got, err := e.n.Explain(e.b, classes, Explain{Output: o})
				if err != nil {
					t.Fatalf("%s: %v", e.name, err)
				}
				for i, a := range got {
					x := denseRow(e.b, i)
					if want := e.outputAt(t, o, class, x); !close(a.Value, want) {
						t.Errorf("%s, %s of class %d, row %d: %v, want %v", e.name, o, class, i, a.Value, want)
					}
					if want := e.outputAt(t, o, class, make([]float64, len(x))); !close(a.Baseline, want) {
						t.Errorf("%s, %s of class %d at 0: %v, want %v", e.name, o, class, a.Baseline, want)
					}
					eachInput(e.b, i, func(k, j int, v float64) {
						const h = 1e-5
						x[j] = v + h
						up := e.outputAt(t, o, class, x)
						x[j] = v - h
						down := e.outputAt(t, o, class, x)
						x[j] = v
						if want := v * (up - down) / (2 * h); math.Abs(a.Contributions[k]-want) > 1e-6*max(1, math.Abs(want)) {
							t.Errorf("%s, %s of class %d, row %d: contribution of column %d is %v, want %v", e.name, o, class, i, j, a.Contributions[k], want)
						}
					})
				}
			}
		}
	}
}

// The contributions of integrated gradients add up to the change of the output, also
// across the kinks of ReLU, and each is the integral that a fine midpoint rule over
// finite differences gives.
func TestExplainIntegrated(t *testing.T) {
	for _, test := range []struct {
		dtype tensor.Dtype
		tol   float64 // of the sum
	}{{tensor.Float64, 1e-8}, {tensor.Float32, 2e-5}} {
		for _, e := range explainedNetworks(t, test.dtype) {
			got, err := e.n.Explain(e.b, nil, Explain{Method: IntegratedGradients, Tolerance: test.tol / 10, Steps: 8})
			if err != nil {
				t.Fatalf("%s: %v", e.name, err)
			}
			for i, a := range got {
				if change := a.Value - a.Baseline; math.Abs(a.Missing) > test.tol*max(1, math.Abs(change)) || math.Abs(a.Sum+a.Missing-change) > 1e-12 {
					t.Errorf("%v, %s, row %d: sum %v, change %v, missing %v after %d points", test.dtype, e.name, i, a.Sum, change, a.Missing, a.Points)
				}
				if test.dtype == tensor.Float32 || i > 0 || e.n.cfg.Engine != Native {
					continue // one row and one engine will do
				}
				x := denseRow(e.b, i)
				at := make([]float64, len(x))
				const h = 1e-6
				steps := 200
				if strings.Contains(e.name, "relu") { // a kink within a step costs a share of it
					steps = 4000
				}
				eachInput(e.b, i, func(k, j int, v float64) {
					sum := 0.0
					for s := range steps {
						for c := range x {
							at[c] = x[c] * (float64(s) + 0.5) / float64(steps)
						}
						here := at[j]
						at[j] = here + h
						up := e.outputAt(t, Logit, a.Class, at)
						at[j] = here - h
						sum += (up - e.outputAt(t, Logit, a.Class, at)) / (2 * h)
					}
					if want := v * sum / float64(steps); math.Abs(a.Contributions[k]-want) > 2e-3*max(1, math.Abs(want)) {
						t.Errorf("%s, row %d: contribution of column %d is %v, want %v", e.name, i, j, a.Contributions[k], want)
					}
				})
			}
		}
	}
}

// In a linear model with one output both methods give x_j·a_j.
func TestExplainLinearModel(t *testing.T) {
	n := mustNew(t, Config{Inputs: 3, Seed: 1, Dtype: tensor.Float64}, Dense(1, "sigmoid"))
	copy(n.params[0].Float64s(), []float64{2, -1, 0.5})
	copy(n.params[1].Float64s(), []float64{0.25})
	b := &data.Batch{Columns: 3, Offsets: []int{0, 2}, Indices: []int32{0, 1}, Values: []float32{1, 3}}
	for _, m := range []Method{GradientInput, IntegratedGradients} {
		for class, sign := range []float64{-1, 1} {
			got, err := n.Explain(b, []int{class}, Explain{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			a := got[0]
			if near := func(a, b float64) bool { return math.Abs(a-b) < 1e-14 }; !near(a.Contributions[0], 2*sign) || !near(a.Contributions[1], -3*sign) ||
				!near(a.Baseline, 0.25*sign) || !near(a.Value, -0.75*sign) || !near(a.Missing, 0) {
				t.Errorf("%s, class %d: %+v", m, class, a)
			}
		}
	}
}

// Explaining does not change a network, nor what it answers.
func TestExplainLeavesTheNetworkAlone(t *testing.T) {
	for _, e := range explainedNetworks(t, tensor.Float64) {
		before, err := e.n.Predict(e.b)
		if err != nil {
			t.Fatal(err)
		}
		var weights []tensor.Shape
		for _, p := range e.n.params {
			weights = append(weights, p.Shape().Clone())
		}
		if _, err := e.n.Explain(e.b, nil, Explain{Method: IntegratedGradients}); err != nil {
			t.Fatal(err)
		}
		after, err := e.n.Predict(e.b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range before {
			for j := range before[i] {
				if before[i][j] != after[i][j] {
					t.Errorf("%s: row %d output %d was %v, is %v", e.name, i, j, before[i][j], after[i][j])
				}
			}
		}
		for i, p := range e.n.params {
			if !p.Shape().Eq(weights[i]) {
				t.Errorf("%s: parameter %d has shape %v, had %v", e.name, i, p.Shape(), weights[i])
			}
		}
	}
}

func TestExplainRefuses(t *testing.T) {
	e := explainedNetworks(t, tensor.Float32)[0]
	for _, test := range []struct {
		classes []int
		e       Explain
		want    string
	}{
		{nil, Explain{Method: "lime", Output: "odds", Steps: -1, Tolerance: -1}, "feedforward: Explain.Method is \"lime\", want gradient or integrated\n" +
			"feedforward: Explain.Output is \"odds\", want logit or probability\n" +
			"feedforward: Explain.Steps is -1, want 1 to 16384\nfeedforward: Explain.Tolerance is -1, want a number above 0"},
		{[]int{0}, Explain{}, "feedforward: 1 classes for 5 rows"},
		{[]int{0, 1, 3, 0, 0}, Explain{}, "feedforward: row 2: no class 3, want 0 to 2"},
	} {
		if _, err := e.n.Explain(e.b, test.classes, test.e); err == nil || err.Error() != test.want {
			t.Errorf("%+v: error %v, want %s", test.e, err, test.want)
		}
	}
}
