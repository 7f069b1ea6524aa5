package solvers_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A trainee is a table, a dense bias and a scalar, in one dtype.
type trainee struct{ table, bias, scalar *param }

func newTrainee(dtype tensor.Dtype) trainee {
	const n, cols = 50, 3
	one := trainee{
		&param{"table", tensor.New(tensor.WithShape(n, cols), tensor.Of(dtype)), graph.NewRowGrad(dtype, n, cols)},
		&param{"bias", tensor.New(tensor.WithShape(cols), tensor.Of(dtype)), tensor.New(tensor.WithShape(cols), tensor.Of(dtype))},
		&param{"scalar", gorgonia.NewF64(0), gorgonia.NewF64(0)},
	}
	rng := rand.New(rand.NewPCG(9, 9))
	fill(one.table.value.Data(), rng)
	return one
}

func fill(x any, rng *rand.Rand) {
	switch x := x.(type) {
	case []float32:
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
	case []float64:
		for i := range x {
			x[i] = rng.NormFloat64()
		}
	}
}

func (one trainee) model() []gorgonia.ValueGrad { return model(one.table, one.bias, one.scalar) }

// weights copies all weights, as float64.
func (one trainee) weights() []float64 {
	w := []float64{float64(*one.scalar.value.(*gorgonia.F64))}
	for _, p := range []*param{one.table, one.bias} {
		d := p.value.(*tensor.Dense)
		if d.Dtype() == tensor.Float64 {
			w = append(w, d.Float64s()...)
			continue
		}
		for _, x := range d.Float32s() {
			w = append(w, float64(x))
		}
	}
	return w
}

// copyTo makes the weights of the other the same.
func (one trainee) copyTo(t *testing.T, other trainee) {
	t.Helper()
	*other.scalar.value.(*gorgonia.F64) = *one.scalar.value.(*gorgonia.F64)
	must(t, tensor.Copy(other.table.value.(*tensor.Dense), one.table.value.(*tensor.Dense)))
	must(t, tensor.Copy(other.bias.value.(*tensor.Dense), one.bias.value.(*tensor.Dense)))
}

// train does the steps from … to-1; their gradients depend on the step only.
func (one trainee) train(t *testing.T, solver solvers.Solver, from, to int) {
	t.Helper()
	m := one.model()
	for step := from; step < to; step++ {
		rng := rand.New(rand.NewPCG(uint64(step), 7))
		rows := zipfRows(rng, 40, 4) // the last ten rows stay blank
		must(t, solver.CatchUp(m, 0, rows))
		g := one.table.grad.(*graph.RowGrad)
		g.Resize(rows)
		fill(g.Data(), rng)
		fill(one.bias.grad.Data(), rng)
		*one.scalar.grad.(*gorgonia.F64) = gorgonia.F64(rng.NormFloat64())
		must(t, solver.Step(m))
	}
}

func TestStateGoesOnToTheBit(t *testing.T) {
	for _, solver := range all(t, defaults) {
		for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			for _, deferred := range []bool{false, true} {
				name := solver.Name()
				fresh := func() solvers.Solver {
					s, err := solvers.New(name, solvers.Settings{Schedule: decaying})
					must(t, err)
					s.SetDefer(deferred)
					return s
				}
				a, first := newTrainee(dtype), fresh()
				a.train(t, first, 0, 130)
				state, err := first.State(a.model())
				must(t, err)
				b, second := newTrainee(dtype), fresh()
				a.copyTo(t, b)
				weights := newTrainee(dtype)
				a.copyTo(t, weights)
				must(t, second.SetState(b.model(), state))
				a.train(t, first, 130, 300) // must not change the state
				must(t, first.Flush(a.model()))
				b.train(t, second, 130, 300)
				must(t, second.Flush(b.model()))
				if !slices.Equal(a.weights(), b.weights()) {
					t.Errorf("%s, %v, deferred %v: weights after restoring differ by %g",
						name, dtype, deferred, distance(a.weights(), b.weights()))
				}
				c, third := newTrainee(dtype), fresh()
				c.train(t, third, 0, 130)
				weights.copyTo(t, c)
				must(t, third.SetState(c.model(), state)) // over a used solver
				c.train(t, third, 130, 300)
				must(t, third.Flush(c.model()))
				if !slices.Equal(a.weights(), c.weights()) {
					t.Errorf("%s, %v, deferred %v: weights after restoring in place differ by %g",
						name, dtype, deferred, distance(a.weights(), c.weights()))
				}
			}
		}
	}
}

// In float32, deferred rows come closer to what float64 yields than stepping
// every row does, because they round less often.
func TestDeferredFloat32(t *testing.T) {
	for _, name := range solvers.Names() {
		run := func(dtype tensor.Dtype, deferred bool, steps int) []float64 {
			solver, err := solvers.New(name, solvers.Settings{})
			must(t, err)
			solver.SetDefer(deferred)
			one := newTrainee(dtype)
			one.train(t, solver, 0, steps)
			must(t, solver.Flush(one.model()))
			return one.weights()[1 : 1+50*3] // the table
		}
		exact := run(tensor.Float64, false, 1000)
		moved := distance(exact, run(tensor.Float64, false, 0))
		each := distance(exact, run(tensor.Float32, false, 1000)) / moved
		late := distance(exact, run(tensor.Float32, true, 1000)) / moved
		t.Logf("%s: off by %.1e stepping every row, %.1e deferred", name, each, late)
		if !(late <= max(1.2*each, 1e-6)) {
			t.Errorf("%s: relative error %.2g, want at most that of stepping every row, %.2g", name, late, each)
		}
	}
}

func TestStateContents(t *testing.T) {
	solver := &solvers.Adam{}
	p := &param{"w", tensor.New(tensor.WithBacking([]float32{1, 2})), tensor.New(tensor.WithBacking([]float32{1, -1}))}
	must(t, solver.Step(model(p)))
	state, err := solver.State(model(p))
	must(t, err)
	if state.Solver != "adam" || state.Step != 1 || len(state.Params) != 1 || state.Params[0].Name != "w" {
		t.Fatalf("state %+v", state)
	}
	want := []solvers.Tensor{
		{Name: "m", Shape: []int{2}, Float32: []float32{0.1, -0.1}},
		{Name: "v", Shape: []int{2}, Float32: []float32{0.001, 0.001}},
	}
	for i, got := range state.Params[0].Tensors {
		if got.Name != want[i].Name || !slices.Equal(got.Shape, want[i].Shape) ||
			!slices.Equal(got.Float32, want[i].Float32) || got.Float64 != nil {
			t.Errorf("tensor %d is %+v, want %+v", i, got, want[i])
		}
	}
}

func TestBadState(t *testing.T) {
	one := newTrainee(tensor.Float64)
	solver := &solvers.Adam{}
	one.train(t, solver, 0, 3)
	for _, c := range []struct {
		damage func(s *solvers.State)
		want   string
	}{
		{func(s *solvers.State) { s.Solver = "sgd" }, `the state is that of "sgd"`},
		{func(s *solvers.State) { s.Step = -1 }, "step is -1"},
		{func(s *solvers.State) { s.Params = s.Params[:2] }, "the state has 2 parameters, the model 3"},
		{func(s *solvers.State) { s.Params[1].Tensors = nil }, "bias: the state has 0 tensors, want 2"},
		{func(s *solvers.State) { s.Params[1].Tensors[0].Name = "x" }, `bias: state: want tensor "m", got "x"`},
		{func(s *solvers.State) { s.Params[0].Tensors[1].Shape = []int{3, 50} }, "table: state: v: want shape (50, 3), got (3, 50)"},
		{func(s *solvers.State) { s.Params[0].Tensors[1].Float64 = nil }, "table: state: v: want 0 float32 and 150 float64, got 0 and 0"},
	} {
		state, err := solver.State(one.model())
		must(t, err)
		c.damage(&state)
		before, err := solver.State(one.model())
		must(t, err)
		if err := solver.SetState(one.model(), state); err == nil ||
			!strings.HasPrefix(err.Error(), "solvers: adam: ") || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("error %v, want %s", err, c.want)
		}
		after, err := solver.State(one.model())
		must(t, err)
		if after.Step != before.Step || !slices.Equal(after.Params[0].Tensors[0].Float64, before.Params[0].Tensors[0].Float64) {
			t.Errorf("%s: a refused state changed the solver", c.want)
		}
	}
}
