package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// must stops the declaration of a graph; the tests call it from functions that recover
// nothing, so that a mistake in a test shows where it is.
func must(n *gorgonia.Node, err error) *gorgonia.Node {
	if err != nil {
		panic(err)
	}
	return n
}

// TestMachineEqualsTapeMachine runs graphs that mix our ops with stock ones on both
// machines. The first params inputs are differentiated by.
func TestMachineEqualsTapeMachine(t *testing.T) {
	type nodes = gorgonia.Nodes
	rows := func(b []byte) []byte { return b }
	for _, row := range []struct {
		name    string
		params  int
		shapes  []tensor.Shape
		declare func(in nodes) *gorgonia.Node
	}{
		{"stock network", 4, []tensor.Shape{{3, 4}, {4}, {4, 2}, {2}, {5, 3}, {5, 2}}, func(in nodes) *gorgonia.Node {
			z := must(gorgonia.BroadcastAdd(must(gorgonia.Mul(in[4], in[0])), in[1], nil, rows([]byte{0})))
			f := must(gorgonia.BroadcastAdd(must(gorgonia.Mul(must(gorgonia.Tanh(z)), in[2])), in[3], nil, rows([]byte{0})))
			return must(gorgonia.Mean(must(gorgonia.Square(must(gorgonia.Sub(f, in[5]))))))
		}},
		{"stock, constants and one input used thrice", 1, []tensor.Shape{{3, 4}, {3, 4}}, func(in nodes) *gorgonia.Node {
			a := must(gorgonia.HadamardProd(in[0], in[1]))
			b := must(gorgonia.Softplus(must(gorgonia.Neg(in[0]))))
			c := must(gorgonia.Mul(must(gorgonia.Exp(in[0])), gorgonia.NewConstant(0.5)))
			return must(gorgonia.Sum(must(gorgonia.Add(must(gorgonia.Add(a, b)), must(gorgonia.Sub(gorgonia.NewConstant(1.0), c))))))
		}},
		{"ours, then stock", 3, []tensor.Shape{{3, 4}, {4}, {5, 4}, {5, 3}}, func(in nodes) *gorgonia.Node {
			f := must(graph.Affine(in[3], in[0], in[1], graph.Sigmoid))
			return must(gorgonia.Mean(must(gorgonia.Square(must(gorgonia.HadamardProd(f, in[2]))))))
		}},
		{"stock, then ours", 2, []tensor.Shape{{3, 4}, {4}, {5, 3}, {5, 4}, {5}}, func(in nodes) *gorgonia.Node {
			z := must(gorgonia.BroadcastAdd(must(gorgonia.Mul(in[2], in[0])), in[1], nil, rows([]byte{0})))
			return must(graph.SigmoidCrossEntropy(must(graph.Activate(must(gorgonia.Tanh(z)), graph.Swish)), in[3], in[4]))
		}},
		{"ours, stock, ours", 4, []tensor.Shape{{3, 4}, {4}, {4, 2}, {2}, {5, 3}, {5, 2}, {5}}, func(in nodes) *gorgonia.Node {
			f := must(gorgonia.Tanh(must(graph.Affine(in[4], in[0], in[1], graph.Linear))))
			return must(graph.SoftmaxCrossEntropy(must(graph.Affine(f, in[2], in[3], graph.ELU)), in[5], in[6]))
		}},
		{"a loss scaled and penalised", 2, []tensor.Shape{{3, 2}, {2}, {5, 3}, {5, 2}, {5}}, func(in nodes) *gorgonia.Node {
			l := must(graph.Huber(must(graph.Affine(in[2], in[0], in[1], graph.Softplus)), in[3], in[4]))
			penalty := must(gorgonia.Sum(must(gorgonia.Square(in[0]))))
			return must(gorgonia.Add(must(gorgonia.Mul(l, gorgonia.NewConstant(0.7))), must(gorgonia.Mul(penalty, gorgonia.NewConstant(0.01)))))
		}},
		{"a loss as a factor", 1, []tensor.Shape{{3, 2}, {3, 2}, {3}}, func(in nodes) *gorgonia.Node {
			l := must(graph.Squared(in[0], in[1], in[2]))
			return must(gorgonia.Mul(l, must(gorgonia.Tanh(must(gorgonia.Mean(in[0]))))))
		}},
		{"two losses of one output", 2, []tensor.Shape{{3, 2}, {2}, {5, 3}, {5, 2}, {5}}, func(in nodes) *gorgonia.Node {
			f := must(graph.Affine(in[2], in[0], in[1], graph.Tanh))
			return must(gorgonia.Add(must(graph.Squared(f, in[3], in[4])), must(graph.Logistic(f, in[3], in[4]))))
		}},
		{"one table in two layers", 3, []tensor.Shape{{3, 4}, {4}, {3}, {5, 3}, {5}}, func(in nodes) *gorgonia.Node {
			f := must(graph.Affine(in[3], in[0], in[1], graph.Tanh))
			back := must(graph.Affine(f, must(gorgonia.Transpose(in[0], 1, 0)), in[2], graph.Linear))
			return must(graph.Squared(back, in[3], in[4]))
		}},
		{"a residual", 2, []tensor.Shape{{3, 3}, {3}, {5, 3}, {5, 3}, {5}}, func(in nodes) *gorgonia.Node {
			f := must(graph.Affine(in[2], in[0], in[1], graph.GELU))
			f = must(gorgonia.Add(f, must(graph.Affine(f, in[0], in[1], graph.ReLU))))
			return must(graph.Squared(must(gorgonia.Mul(f, gorgonia.NewConstant(3.0))), in[3], in[4]))
		}},
		{"softmax in use", 2, []tensor.Shape{{3, 4}, {4}, {5, 3}, {5, 4}, {5}}, func(in nodes) *gorgonia.Node {
			p := must(graph.Softmax(must(graph.Affine(in[2], in[0], in[1], graph.Linear))))
			gate := must(gorgonia.HadamardProd(p, in[3]))
			return must(graph.WeightedSum(must(gorgonia.Square(gate)), in[4]))
		}},
		{"reshaped", 2, []tensor.Shape{{3, 4}, {4}, {5, 3}, {10, 2}, {10}}, func(in nodes) *gorgonia.Node {
			f := must(graph.Affine(in[2], in[0], in[1], graph.Tanh))
			return must(graph.Squared(must(gorgonia.Reshape(f, tensor.Shape{10, 2})), in[3], in[4]))
		}},
	} {
		for _, dt := range dtypes {
			if dt == tensor.Float32 && strings.Contains(row.name, "constant") || dt == tensor.Float32 && strings.Contains(row.name, "scaled") ||
				dt == tensor.Float32 && row.name == "a residual" {
				continue // their constants are float64
			}
			t.Run(row.name+" "+dt.String(), func(t *testing.T) {
				rng := newRand(8)
				var values []gorgonia.Value
				for _, s := range row.shapes {
					values = append(values, random(rng, dt, s...))
				}
				declare := func() (g *gorgonia.ExprGraph, outputs gorgonia.Nodes) {
					g = gorgonia.NewGraph()
					var in nodes
					for i, v := range values {
						in = append(in, input(t, g, fmt.Sprint("in", i), v))
					}
					loss := row.declare(in)
					grads, err := gorgonia.Grad(loss, in[:row.params]...)
					if err != nil {
						t.Fatal(err)
					}
					return g, append(nodes{loss}, grads...)
				}

				g, outputs := declare()
				read := make([]gorgonia.Value, len(outputs))
				for i, n := range outputs {
					gorgonia.Read(n, &read[i])
				}
				tape := gorgonia.NewTapeMachine(g)
				defer tape.Close()
				if err := tape.RunAll(); err != nil {
					t.Fatal(err)
				}

				g, outputs = declare()
				m, err := graph.NewMachine(g, outputs...)
				if err != nil {
					t.Fatal(err)
				}
				tol := 1e-12
				if dt == tensor.Float32 {
					tol = 1e-5
				}
				for range 2 { // the second run in the buffers of the first
					if err := m.RunAll(); err != nil {
						t.Fatal(err)
					}
					for i, n := range outputs {
						wantNear(t, fmt.Sprint("output ", i), float64s(t, m.Value(n)), float64s(t, read[i]), tol)
						if v := n.Value(); v != m.Value(n) {
							t.Errorf("output %d: node.Value() is %v", i, v)
						}
					}
				}

				// Without outputs it runs all of a graph.
				all, err := graph.NewMachine(g)
				if err != nil {
					t.Fatal(err)
				}
				if err := all.RunAll(); err != nil {
					t.Fatal(err)
				}
				for _, n := range g.AllNodes() {
					if all.Value(n) == nil {
						t.Errorf("no value for node %v", n)
					}
				}
			})
		}
	}
}

// A graph of stock ops and a stock solver, with Machine in the place of the TapeMachine:
// node.Value() and node.Grad() must be there as they were.
func TestStockSolver(t *testing.T) {
	for name, solver := range map[string]gorgonia.Solver{
		"vanilla": gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1)),
		"adam":    gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.05)),
	} {
		g := gorgonia.NewGraph()
		dt := tensor.Float64
		x := input(t, g, "x", dense(dt, tensor.Shape{4}, -1, 0, 1, 2))
		y := input(t, g, "y", dense(dt, tensor.Shape{4}, -1, 1, 3, 5)) // 2x + 1
		a, b := input(t, g, "a", gorgonia.NewF64(0)), input(t, g, "b", gorgonia.NewF64(0))
		f := must(gorgonia.Add(must(gorgonia.Mul(x, a)), b))
		loss := must(gorgonia.Mean(must(gorgonia.Square(must(gorgonia.Sub(f, y))))))
		if _, err := gorgonia.Grad(loss, a, b); err != nil {
			t.Fatal(err)
		}
		var vm gorgonia.VM
		vm, err := graph.NewMachine(g)
		if err != nil {
			t.Fatal(err)
		}
		params := gorgonia.NodesToValueGrads(gorgonia.Nodes{a, b})
		for range 500 {
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}
			if err := solver.Step(params); err != nil {
				t.Fatal(err)
			}
			vm.Reset()
		}
		wantNear(t, name+": slope", float64s(t, a.Value()), []float64{2}, 1e-3)
		wantNear(t, name+": offset", float64s(t, b.Value()), []float64{1}, 1e-3)
		if l := loss.Value().Data().(float64); !(l < 1e-6) {
			t.Errorf("%s: the loss node holds %v", name, l)
		}
		vm.Close()
	}
}

// The same with our ops and ValueGrads, which also serves a Private machine.
func TestValueGrads(t *testing.T) {
	for _, private := range []bool{false, true} {
		g := gorgonia.NewGraph()
		dt := tensor.Float64
		x, y := input(t, g, "x", dense(dt, tensor.Shape{4, 1}, -1, 0, 1, 2)), input(t, g, "y", dense(dt, tensor.Shape{4, 1}, -1, 1, 3, 5))
		w, b, n := input(t, g, "w", full(dt, 0, 1, 1)), input(t, g, "b", full(dt, 0, 1)), input(t, g, "n", full(dt, 0.25, 4))
		loss := must(graph.Squared(must(graph.Affine(x, w, b, graph.Linear)), y, n))
		grads, err := gorgonia.Grad(loss, w, b)
		if err != nil {
			t.Fatal(err)
		}
		m, err := graph.NewMachine(g, append(gorgonia.Nodes{loss}, grads...)...)
		if err != nil {
			t.Fatal(err)
		}
		m.Private = private
		vs := m.ValueGrads(gorgonia.Nodes{w, b}, grads)
		if _, err := vs[0].Grad(); err == nil || !strings.Contains(err.Error(), `"w"`) {
			t.Errorf("gradient before the first run: error %v, want one that names w", err)
		}
		if vs[0].Value() != w.Value() {
			t.Error("before the first run the parameter has another value than its node")
		}
		solver := gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1))
		for range 300 {
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
			if err := solver.Step(vs); err != nil {
				t.Fatal(err)
			}
		}
		wantNear(t, "w", float64s(t, w.Value()), []float64{2}, 1e-6)
		wantNear(t, "b", float64s(t, b.Value()), []float64{1}, 1e-6)
		if private != (loss.Value() == nil) {
			t.Errorf("Private = %v: the loss node holds %v", private, loss.Value())
		}
		if vs[0].(interface{ Name() string }).Name() != "w" {
			t.Error("the first parameter is not called w")
		}
	}
}

// A graph may be run by one machine and then by another; each publishes its own results.
func TestPublishesAfterAnotherMachine(t *testing.T) {
	g := gorgonia.NewGraph()
	xv := full(tensor.Float64, 1, 1, 1)
	f := must(graph.Activate(input(t, g, "x", xv), graph.Linear))
	tape := gorgonia.NewTapeMachine(g)
	defer tape.Close()
	m1, err := graph.NewMachine(g, f)
	if err != nil {
		t.Fatal(err)
	}
	m2, err := graph.NewMachine(g, f)
	if err != nil {
		t.Fatal(err)
	}
	for i, vm := range []gorgonia.VM{m1, m2, m1, tape, m1, m2, m2, tape, m2} {
		x := float64(i + 2)
		xv.Float64s()[0] = x
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		wantSame(t, fmt.Sprintf("run %d by a %T", i, vm), float64s(t, f.Value()), []float64{x})
		vm.Reset()
	}
}

// Let serves one machine; the value bound to the node serves the others.
func TestLetIsPerMachine(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(t, g, "x", full(tensor.Float64, 1, 1, 1))
	f := must(graph.Activate(x, graph.Linear))
	m1, _ := graph.NewMachine(g, f)
	m2, _ := graph.NewMachine(g, f)
	if err := m1.Let(x, full(tensor.Float64, 7, 1, 1)); err != nil {
		t.Fatal(err)
	}
	if m1.RunAll() != nil || m2.RunAll() != nil {
		t.Fatal("RunAll failed")
	}
	wantSame(t, "with Let", float64s(t, m1.Value(f)), []float64{7})
	wantSame(t, "without", float64s(t, m2.Value(f)), []float64{1})
	wantSame(t, "the node", float64s(t, x.Value()), []float64{1})
}

// A machine runs only what its outputs need: labels and loss may be left unbound when
// predicting.
func TestRunsOnlyWhatIsNeeded(t *testing.T) {
	n := newNet(t, tensor.Float64, 2, 4, 3, 2, false, nil)
	m, err := graph.NewMachine(n.g, n.hidden)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Let(n.x, full(tensor.Float64, 1, 2, 4)); err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if m.Value(n.loss) != nil {
		t.Error("the loss was computed")
	}
	if err := m.Let(n.y, full(tensor.Float64, 1, 2, 2)); err == nil || !strings.Contains(err.Error(), "not an input of this machine") {
		t.Errorf("Let of an input that is not needed: %v", err)
	}
}
