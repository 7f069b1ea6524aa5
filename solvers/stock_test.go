package solvers_test

import (
	"testing"

	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A regression on a tape machine with dual values: matrix, vector and, if asked
// for, scalar weights. It returns them as trained by the solver.
func regression(t *testing.T, solver gorgonia.Solver, scalar bool, steps int) []float64 {
	t.Helper()
	g := gorgonia.NewGraph()
	backing := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i*7%5)/5 - 0.35
		}
		return x
	}
	dense := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing(tensor.Shape(shape).TotalSize())))
	}
	wv, bv, uv := dense(3, 2), dense(2), dense(2, 5)
	x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(4, 3), gorgonia.WithName("x"), gorgonia.WithValue(dense(4, 3)))
	y := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(4, 5), gorgonia.WithName("y"), gorgonia.WithValue(dense(4, 5)))
	w := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(3, 2), gorgonia.WithName("w"), gorgonia.WithValue(wv))
	b := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(2), gorgonia.WithName("b"), gorgonia.WithValue(bv))
	u := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(2, 5), gorgonia.WithName("u"), gorgonia.WithValue(uv))
	s := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName("s"), gorgonia.WithValue(0.7))

	z := gorgonia.Must(gorgonia.BroadcastAdd(gorgonia.Must(gorgonia.Mul(x, w)), b, nil, []byte{0}))
	z = gorgonia.Must(gorgonia.HadamardProd(gorgonia.Must(gorgonia.Tanh(z)), s))
	z = gorgonia.Must(gorgonia.Mul(z, u)) // Gorgonia's backward pass transposes u in place
	cost := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sub(z, y))))))
	if _, err := gorgonia.Grad(cost, w, b, u, s); err != nil {
		t.Fatal(err)
	}
	learn := gorgonia.Nodes{w, b, u, s}
	if !scalar {
		learn = learn[:3]
	}
	vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(learn...))
	defer vm.Close()
	params := gorgonia.NodesToValueGrads(learn)
	for range steps {
		must(t, vm.RunAll())
		must(t, solver.Step(params))
		vm.Reset()
	}
	out := append([]float64{}, w.Value().(*tensor.Dense).Float64s()...)
	out = append(out, u.Value().(*tensor.Dense).Float64s()...)
	out = append(out, b.Value().(*tensor.Dense).Float64s()...)
	return append(out, s.Value().Data().(float64))
}

// On a tape machine, ours and Gorgonia's own solvers do the same where
// Gorgonia's are right: without penalties. The steps of RMSprop are few because
// near a minimum, where g is as small as √ε, it multiplies rounding errors.
func TestMatchesGorgonia(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps int
		stock gorgonia.Solver
		ours  solvers.Solver
	}{
		{"sgd", 200, gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1)), &solvers.SGD{LearningRate: 0.1}},
		{"sgd clip", 200, gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1), gorgonia.WithClip(0.02)),
			&solvers.SGD{LearningRate: 0.1, Clip: 0.02}},
		{"sgd L1 L2", 200, gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1), gorgonia.WithL1Reg(0.01), gorgonia.WithL2Reg(0.02)),
			&solvers.SGD{LearningRate: 0.1, L1: 0.01, L2: 0.02}},
		{"momentum", 200, gorgonia.NewMomentum(gorgonia.WithLearnRate(0.05), gorgonia.WithMomentum(0.8)),
			&solvers.Momentum{LearningRate: 0.05, Momentum: 0.8}},
		{"rmsprop", 20, gorgonia.NewRMSPropSolver(gorgonia.WithLearnRate(0.01), gorgonia.WithRho(0.9)),
			&solvers.RMSprop{LearningRate: 0.01}},
		{"rmsprop rho eps", 20, gorgonia.NewRMSPropSolver(gorgonia.WithLearnRate(0.01), gorgonia.WithRho(0.99), gorgonia.WithEps(1e-3)),
			&solvers.RMSprop{LearningRate: 0.01, Rho: 0.99, Epsilon: 1e-3}},
		{"adam", 200, gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.01)), &solvers.Adam{LearningRate: 0.01}},
		{"adam betas eps", 200, gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.01), gorgonia.WithBeta1(0.8), gorgonia.WithBeta2(0.95), gorgonia.WithEps(1e-3)),
			&solvers.Adam{LearningRate: 0.01, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3}},
	} {
		// Stock Momentum forgets the velocity of a scalar (GORGONIA.md, section 5).
		scalar := c.name != "momentum"
		want, got := regression(t, c.stock, scalar, c.steps), regression(t, c.ours, scalar, c.steps)
		if d := distance(got, want); !(d <= 1e-12) {
			t.Errorf("%s: %v, want %v: off by %.2g", c.name, got, want, d)
		}
	}
}

// Every solver lowers the loss of a real graph, scalar weight included.
func TestOnTapeMachine(t *testing.T) {
	start := regression(t, &solvers.SGD{LearningRate: 1e-12}, true, 1)
	for _, solver := range all(t, defaults) {
		end := regression(t, solver, true, 50)
		for i := range end {
			if d := end[i] - start[i]; d == 0 || d != d {
				t.Errorf("%s: weight %d went from %v to %v", solver.Name(), i, start[i], end[i])
			}
		}
	}
}
