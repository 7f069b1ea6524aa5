package solvers_test

import (
	"math"
	"slices"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A problem is a function to minimize; grad(g, w) fills its gradient.
type problem struct {
	name   string
	start  []float64
	argmin []float64
	grad   func(g, w []float64)
}

var parabola = problem{"parabola", []float64{-1, 10, 1}, []float64{1, -2, 0.5}, func(g, w []float64) {
	for i, at := range []float64{1, -2, 0.5} {
		g[i] = 2 * (w[i] - at)
	}
}}

var rosenbrock = problem{"Rosenbrock", []float64{0, 0}, []float64{1, 1}, func(g, w []float64) {
	x, y := w[0], w[1]
	g[0] = -2*(1-x) - 400*x*(y-x*x)
	g[1] = 200 * (y - x*x)
}}

// A form is a way to hand weights and gradients to a solver.
type form struct {
	name string
	// make returns a model with the weights, and functions to read the weights
	// and to set the gradients.
	make func(w []float64) (m []gorgonia.ValueGrad, read func(w []float64), grad func(g []float64))
	tol  float64 // of the place of the minimum
}

var forms = []form{
	{"float64", func(w []float64) ([]gorgonia.ValueGrad, func([]float64), func([]float64)) {
		p := matrix(1, len(w), w...)
		return model(p), func(w []float64) { copy(w, p.w()) }, func(g []float64) { copy(p.g(), g) }
	}, 1e-3},
	{"float32", func(w []float64) ([]gorgonia.ValueGrad, func([]float64), func([]float64)) {
		v := tensor.New(tensor.WithShape(len(w)), tensor.Of(tensor.Float32))
		g := tensor.New(tensor.WithShape(len(w)), tensor.Of(tensor.Float32))
		copy32(v.Float32s(), w)
		return model(&param{"w", v, g}),
			func(w []float64) { copy64(w, v.Float32s()) }, func(x []float64) { copy32(g.Float32s(), x) }
	}, 2e-3},
	{"float64 scalars", func(w []float64) ([]gorgonia.ValueGrad, func([]float64), func([]float64)) {
		var m []gorgonia.ValueGrad
		for _, x := range w {
			m = append(m, &param{"w", gorgonia.NewF64(x), gorgonia.NewF64(0)})
		}
		return m, func(w []float64) {
				for i := range w {
					w[i] = float64(*m[i].(*param).value.(*gorgonia.F64))
				}
			}, func(g []float64) {
				for i := range g {
					*m[i].(*param).grad.(*gorgonia.F64) = gorgonia.F64(g[i])
				}
			}
	}, 1e-3},
	{"float32 scalars", func(w []float64) ([]gorgonia.ValueGrad, func([]float64), func([]float64)) {
		var m []gorgonia.ValueGrad
		for _, x := range w {
			// A tensor without dimensions is a scalar too.
			m = append(m, &param{"w", gorgonia.NewF32(float32(x)), tensor.New(tensor.FromScalar(float32(0)))})
		}
		return m, func(w []float64) {
				for i := range w {
					w[i] = float64(*m[i].(*param).value.(*gorgonia.F32))
				}
			}, func(g []float64) {
				for i := range g {
					m[i].(*param).grad.(*tensor.Dense).Float32s()[0] = float32(g[i])
				}
			}
	}, 2e-3},
	{"rows", func(w []float64) ([]gorgonia.ValueGrad, func([]float64), func([]float64)) {
		p := table(len(w), 1, w...)
		rows := []int32{0, 1, 2}[:len(w)]
		return model(p), func(w []float64) { copy(w, p.w()) }, func(g []float64) { copy(p.rows(rows), g) }
	}, 1e-3},
	{"float32 rows", func(w []float64) ([]gorgonia.ValueGrad, func([]float64), func([]float64)) {
		v := tensor.New(tensor.WithShape(len(w), 1), tensor.Of(tensor.Float32))
		g := graph.NewRowGrad(tensor.Float32, len(w), 1)
		copy32(v.Float32s(), w)
		rows := []int32{0, 1, 2}[:len(w)]
		return model(&param{"w", v, g}), func(w []float64) { copy64(w, v.Float32s()) }, func(x []float64) {
			g.Resize(rows)
			copy32(g.Float32s(), x)
		}
	}, 2e-3},
}

func copy32(to []float32, from []float64) {
	for i := range to {
		to[i] = float32(from[i])
	}
}

func copy64(to []float64, from []float32) {
	for i := range to {
		to[i] = float64(from[i])
	}
}

// family is the table that every solver must pass.
var family = []struct {
	name       string
	parabola   solvers.Settings // 2,000 steps
	rosenbrock solvers.Settings // 30,000 steps
}{
	{"sgd", solvers.Settings{}, solvers.Settings{LearningRate: 1e-3}},
	{"momentum", solvers.Settings{}, solvers.Settings{LearningRate: 3e-4}},
	{"nesterov", solvers.Settings{}, solvers.Settings{LearningRate: 3e-4}},
	{"rmsprop", solvers.Settings{LearningRate: 0.1, Schedule: decaying}, solvers.Settings{LearningRate: 0.005, Schedule: decaying}},
	{"adagrad", solvers.Settings{LearningRate: 2}, solvers.Settings{LearningRate: 0.5}},
	{"adam", solvers.Settings{LearningRate: 0.1}, solvers.Settings{LearningRate: 0.01}},
	{"adamw", solvers.Settings{LearningRate: 0.1, WeightDecay: 1e-6}, solvers.Settings{LearningRate: 0.01, WeightDecay: 1e-6}},
	{"lazyadam", solvers.Settings{LearningRate: 0.1}, solvers.Settings{LearningRate: 0.01}},
}

// descend returns where the steps end.
func descend(t *testing.T, solver solvers.Solver, f form, p problem, steps int) []float64 {
	t.Helper()
	m, read, grad := f.make(p.start)
	w, g := slices.Clone(p.start), make([]float64, len(p.start))
	for range steps {
		read(w)
		p.grad(g, w)
		grad(g)
		must(t, solver.Step(m))
	}
	read(w)
	return w
}

func TestConverges(t *testing.T) {
	if len(family) != len(solvers.Names()) {
		t.Fatalf("%d solvers in the table, want %d", len(family), len(solvers.Names()))
	}
	for _, s := range family {
		for _, f := range forms {
			for _, p := range []struct {
				problem
				settings solvers.Settings
				steps    int
			}{{parabola, s.parabola, 2000}, {rosenbrock, s.rosenbrock, 30000}} {
				var ends [2][]float64
				for i := range ends {
					solver, err := solvers.New(s.name, p.settings)
					must(t, err)
					solver.SetDefer(i == 1) // no row is ever absent, so it makes no difference
					ends[i] = descend(t, solver, f, p.problem, p.steps)
				}
				if !slices.Equal(ends[0], ends[1]) {
					t.Errorf("%s, %s, %s: ends at %v, then at %v", s.name, f.name, p.name, ends[0], ends[1])
				}
				if got := distance(ends[0], p.argmin); !(got <= f.tol) {
					t.Errorf("%s, %s, %s: ends at %v, want %v within %g", s.name, f.name, p.name, ends[0], p.argmin, f.tol)
				}
			}
		}
	}
}

func TestZeroGradient(t *testing.T) {
	still := problem{"still", []float64{1, -2, 0}, nil, func(g, w []float64) { clear(g) }}
	for _, solver := range all(t, defaults) {
		for _, f := range forms {
			fresh, err := solvers.New(solver.Name(), solvers.Settings{})
			must(t, err)
			want := slices.Clone(still.start)
			if solver.Name() == "adamw" {
				for i := range want {
					want[i] *= math.Pow(1-1e-5, 20)
				}
			}
			got := descend(t, fresh, f, still, 20)
			if d := distance(got, want); !(d <= 1e-6) {
				t.Errorf("%s, %s: moves to %v, want %v", solver.Name(), f.name, got, want)
			}
		}
	}
}

// Rows without gradient that had one, down to where their moments vanish.
func TestZeroGradientDeferred(t *testing.T) {
	for _, solver := range all(t, defaults) {
		solver.SetDefer(true)
		g := graph.NewRowGrad(tensor.Float32, 3, 2)
		v := tensor.New(tensor.WithShape(3, 2), tensor.Of(tensor.Float32))
		m := model(&param{"w", v, g})
		for step := range 20000 {
			rows := []int32{2}
			if step < 3 {
				rows = []int32{1, 2}
			}
			g.Resize(rows)
			if step < 3 {
				g.Float32s()[0] = 1e-20
			}
			must(t, solver.Step(m))
			if step%1000 == 0 {
				must(t, solver.Flush(m))
			}
		}
		must(t, solver.Flush(m))
		for i, w := range v.Float32s() {
			// Only weight 2, in row 1, ever had a gradient. Where squares of 1e-20
			// underflow to zero, ε alone keeps the move finite.
			if moved := w != 0; moved != (i == 2) || math.IsNaN(float64(w)) || math.IsInf(float64(w), 0) {
				t.Errorf("%s: weight %d is %v", solver.Name(), i, w)
			}
		}
	}
}

func TestGradientIsZeroedAfterStep(t *testing.T) {
	for _, solver := range all(t, defaults) {
		p, q := matrix(2, 2, 1, 2, 3, 4), &param{"b", gorgonia.NewF64(1), gorgonia.NewF64(3)}
		copy(p.g(), []float64{1, 2, 3, 4})
		must(t, solver.Step(model(p, q)))
		if !slices.Equal(p.g(), make([]float64, 4)) || *q.grad.(*gorgonia.F64) != 0 {
			t.Errorf("%s: gradients after Step: %v, %v, want zeroes", solver.Name(), p.g(), q.grad)
		}
	}
}

// Penalties come first, then the limit, then the rule.
func TestPenaltiesThenClip(t *testing.T) {
	// g = (0.1, 0.1, -9, 0), w = (2, -2, 1, 0): with L1 = 0.5 and L2 = 1 it is
	// (2.6, -2.4, -7.5, 0), clamped to ±2.5 it is (2.5, -2.4, -2.5, 0).
	w := []float64{2, -2, 1, 0}
	clamped := []float64{2.5, -2.4, -2.5, 0}
	for _, name := range solvers.Names() {
		s, u := solvers.Settings{L1: 0.5, L2: 1, Clip: 2.5}, solvers.Settings{}
		want := slices.Clone(clamped)
		if name == "adamw" {
			s.L2 = 0
			want = []float64{0.6, -0.4, -2.5, 0}
		}
		if name == "lazyadam" { // which has no penalties
			s.L1, s.L2 = 0, 0
			want = []float64{0.1, 0.1, -2.5, 0}
		}
		for _, sparse := range []bool{false, true} {
			penalized, err := solvers.New(name, s)
			must(t, err)
			plain, err := solvers.New(name, u)
			must(t, err)
			a, b := matrix(4, 1, w...), matrix(4, 1, w...)
			if sparse {
				a = table(4, 1, w...)
				copy(a.rows([]int32{0, 1, 2}), []float64{0.1, 0.1, -9}) // the row 3 is absent
				penalized.SetDefer(true)
			} else {
				copy(a.g(), []float64{0.1, 0.1, -9, 0})
			}
			copy(b.g(), want)
			must(t, penalized.Step(model(a)))
			must(t, plain.Step(model(b)))
			if got := distance(a.w(), b.w()); !(got <= 1e-15) {
				t.Errorf("%s, sparse %v: %v, want %v", name, sparse, a.w(), b.w())
			}
		}
	}
}
