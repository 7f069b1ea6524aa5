package solvers_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/tensor"
)

// idleTrain does the steps from … to-1 of a run over a table with Zipf gaps, so that
// most rows lag behind most of the time. What a step does depends on its number alone.
func idleTrain(t *testing.T, one trainee, solver solvers.Solver, from, to int) {
	t.Helper()
	for step := from; step < to; step++ {
		rng := rand.New(rand.NewPCG(5, uint64(step)))
		rows := zipfRows(rng, 50, 1.5)
		must(t, solver.CatchUp(one.model(), 0, rows))
		g := one.table.grad.(*graph.RowGrad)
		g.Resize(rows)
		fill(g.Data(), rng)
		fill(one.bias.grad.Data(), rng)
		must(t, solver.Step(one.model()))
		if step%150 == 149 { // an epoch ends
			must(t, solver.Flush(one.model()))
		}
	}
}

// TestSnapshot interrupts runs at random steps, each time going on with a solver and
// weights of their own from what Snapshot said, and compares the bits with those of a
// run that was never asked.
func TestSnapshot(t *testing.T) {
	const steps = 700
	for _, name := range solvers.Names() {
		for _, settings := range []solvers.Settings{{}, {Schedule: decaying}, {L1: 1e-4}} {
			if name == "lazyadam" {
				settings.L1 = 0 // it has no penalties
			}
			for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				fresh := func() solvers.Solver {
					s, err := solvers.New(name, settings)
					must(t, err)
					s.SetDefer(true)
					return s
				}
				whole, solver := newTrainee(dtype), fresh()
				idleTrain(t, whole, solver, 0, steps)
				must(t, solver.Flush(whole.model()))

				one, solver := newTrainee(dtype), fresh()
				asked, same := newTrainee(dtype), fresh() // goes on with the solver that was asked
				rng := rand.New(rand.NewPCG(1, uint64(len(name))))
				for step := 0; step < steps; {
					next := min(step+rng.IntN(40), steps)
					idleTrain(t, one, solver, step, next)
					idleTrain(t, asked, same, step, next)
					_, err := same.Snapshot(asked.model())
					must(t, err)
					state, err := solver.Snapshot(one.model())
					must(t, err)
					other, successor := newTrainee(dtype), fresh()
					one.copyTo(t, other)
					must(t, successor.SetState(other.model(), state))
					one, solver, step = other, successor, next
				}
				must(t, solver.Flush(one.model()))
				must(t, same.Flush(asked.model()))
				for who, got := range map[string]trainee{"restored": one, "asked": asked} {
					if !slices.Equal(got.weights(), whole.weights()) {
						t.Errorf("%s (%v), %v, %s: weights differ by %g", name, settings, dtype, who, distance(got.weights(), whole.weights()))
					}
				}
			}
		}
	}
}

// The window of Adam reaches its end, and its middle, in a snapshot.
func TestSnapshotOfLongWindow(t *testing.T) {
	for _, name := range []string{"adam", "adamw"} {
		run := func(stops ...int) []float64 {
			one, at := newTrainee(tensor.Float32), 0
			var solver solvers.Solver
			for _, next := range stops {
				successor, err := solvers.New(name, solvers.Settings{})
				must(t, err)
				successor.SetDefer(true)
				if solver != nil {
					state, err := solver.Snapshot(one.model())
					must(t, err)
					must(t, successor.SetState(one.model(), state))
				}
				solver = successor
				for ; at < next; at++ {
					var rows []int32
					if at%1000 == 0 {
						rows = []int32{int32(at / 1000)}
					}
					must(t, solver.CatchUp(one.model(), 0, rows))
					one.table.grad.(*graph.RowGrad).Resize(rows)
					fill(one.table.grad.Data(), rand.New(rand.NewPCG(1, uint64(at))))
					must(t, solver.Step(one.model()))
				}
			}
			must(t, solver.Flush(one.model()))
			return one.weights()
		}
		want := run(12000)
		if got := run(2000, 8190, 8191, 8192, 8193, 8194, 12000); !slices.Equal(got, want) {
			t.Errorf("%s: weights differ by %g", name, distance(got, want))
		}
	}
}

func TestBadSnapshot(t *testing.T) {
	for _, c := range []struct {
		damage func(s *solvers.State)
		want   string
	}{
		{func(s *solvers.State) { s.Window = nil }, "rows lag behind, but there is no window"},
		{func(s *solvers.State) { s.Window.Entries = s.Window.Entries[1:] }, "want 6 a step and at most 4096 steps"},
		{func(s *solvers.State) { s.Window.Base = -1 }, "want 6 a step and at most 4096 steps"},
		{func(s *solvers.State) { s.Window.Base = s.Step + 1 }, "row 0 has done step "},
		{func(s *solvers.State) { s.Settings.Beta1 = 0.8 }, "rows lag behind under the settings learning rate 0.001, beta1 0.8"},
		{func(s *solvers.State) { s.Params[0].Clock = nil }, "table: rows lag behind, but there is no clock"},
		{func(s *solvers.State) { s.Params[0].Clock = s.Params[0].Clock[1:] }, "table: a clock of 49 rows for 50"},
		{func(s *solvers.State) { s.Params[0].Clock = append([]int32{1000}, s.Params[0].Clock[1:]...) }, "row 0 has done step 1000, want "},
		{func(s *solvers.State) { s.Params[0].Lagging = false }, "want 60 to 60"},
		{func(s *solvers.State) { s.Params[1].Tensors = nil }, "bias: the state has 0 tensors"},
	} {
		one, solver := newTrainee(tensor.Float64), &solvers.Adam{}
		solver.SetDefer(true)
		idleTrain(t, one, solver, 0, 60)
		state, err := solver.Snapshot(one.model())
		must(t, err)
		c.damage(&state)
		other, err := solvers.New("adam", solvers.Settings{})
		must(t, err)
		if err := other.SetState(one.model(), state); err == nil || !strings.HasPrefix(err.Error(), "solvers: adam: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %s", err, c.want)
		}
		idleTrain(t, one, other, 0, 1) // works as if nothing had been asked
	}
}
