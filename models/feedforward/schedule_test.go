package feedforward

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Fit with a schedule is Fit with a solver that has the same factors as its own: steps,
// epochs and warm-up are counted as documented, the cuts of plateau by the history.
func TestFitFollowsSchedule(t *testing.T) {
	train, valid := randomSet(100, 50, 2, 1), randomSet(60, 50, 2, 2)
	for _, set := range []*data.Set{train, valid} {
		for i := 0; i < set.Len(); i += 4 { // wrong answers are soon learned by heart
			set.All.Classes[i] = 1 - set.All.Classes[i]
		}
	}
	const epochs, batch, each = 8, 16, 7
	for _, s := range []solvers.Schedule{
		{Name: solvers.Step, Every: 2, Drop: 0.5}, {Name: solvers.Linear, Warmup: 5}, {Name: solvers.Cosine, Warmup: 0.1, Min: 0.1},
		{Name: solvers.Plateau, Drop: 0.3}, {Warmup: 20},
	} {
		a := mustNew(t, Config{Inputs: 50, Seed: 1}, Dense(8, "relu"), Dense(2, "softmax"))
		var told []Step
		h, err := a.Fit(t.Context(), train, Fit{Epochs: epochs, Batch: batch, Solver: &solvers.Adam{LearningRate: 0.05}, Valid: valid, Schedule: s,
			OnStep: func(s Step) { told = append(told, s) }})
		if err != nil {
			t.Fatal(err)
		}
		full := s
		full.EpochSteps, full.Steps = each, epochs*each
		var losses []float64
		for _, e := range h.Epochs {
			losses = append(losses, e.Valid.Loss)
		}
		if s.Name == solvers.Plateau && s.Cuts(losses) < 2 {
			t.Fatalf("validation losses %v make no cuts, so nothing is tested", losses)
		}
		for _, step := range told {
			if want := full.Factor(step.Step, full.Cuts(losses[:(step.Step-1)/each])); step.RateFactor != want {
				t.Errorf("%v: OnStep is told the factor %v at step %d, want %v", s, step.RateFactor, step.Step, want)
			}
		}
		own := &solvers.Adam{LearningRate: 0.05, Schedule: func(step int) float64 {
			return full.Factor(step, full.Cuts(losses[:(step-1)/each]))
		}}
		b := mustNew(t, Config{Inputs: 50, Seed: 1}, Dense(8, "relu"), Dense(2, "softmax"))
		if _, err := b.Fit(t.Context(), train, Fit{Epochs: epochs, Batch: batch, Solver: own, Valid: valid}); err != nil {
			t.Fatal(err)
		}
		plain := mustNew(t, Config{Inputs: 50, Seed: 1}, Dense(8, "relu"), Dense(2, "softmax"))
		unscheduled, err := plain.Fit(t.Context(), train, Fit{Epochs: epochs, Batch: batch, Solver: &solvers.Adam{LearningRate: 0.05}, Valid: valid})
		if err != nil {
			t.Fatal(err)
		}
		if !sameWeights(a, b) {
			t.Errorf("%v: Fit.Schedule and the same factors in the solver end apart", s)
		}
		if h.Epochs[epochs-1].Loss == unscheduled.Epochs[epochs-1].Loss {
			t.Errorf("%v changes nothing", s)
		}
	}
}

// A second Fit with one solver starts its schedule anew, and leaves none behind.
func TestScheduleEndsWithFit(t *testing.T) {
	set := randomSet(64, 20, 2, 1)
	solver := &solvers.SGD{LearningRate: 1}
	n := mustNew(t, Config{Inputs: 20, Seed: 1}, Dense(2, "softmax"))
	moved := func(fit Fit) float64 {
		before := mustNew(t, n.cfg, n.layers...)
		copyAll(before.params, n.params)
		fit.Epochs, fit.Batch, fit.Solver = 1, Whole, solver
		if _, err := n.Fit(t.Context(), set, fit); err != nil {
			t.Fatal(err)
		}
		a, b := denseOf(n.params[0]), denseOf(before.params[0])
		sum := 0.0
		for i := range a {
			sum += math.Abs(a[i] - b[i])
		}
		return sum
	}
	slow := Fit{Schedule: solvers.Schedule{Warmup: 1000, Steps: 1001}}
	first, second, free := moved(slow), moved(slow), moved(Fit{})
	if math.Abs(second/first-1) > 0.01 || free < 900*first || free > 1100*first {
		t.Errorf("moves %v, %v at the first step of a warm-up of 1000 steps, %v without", first, second, free)
	}
}

// unsized is a source that does not know how many examples it has.
type unsized struct{ set *data.Set }

func (u unsized) Pass(size int, shuffle *rand.Rand) data.Pass { return u.set.Pass(size, shuffle) }

func TestBadFitSchedule(t *testing.T) {
	set := randomSet(20, 10, 2, 1)
	stock := gorgonia.NewVanillaSolver()
	for _, row := range []struct {
		train data.Source
		fit   Fit
		want  string
	}{
		{set, Fit{Schedule: solvers.Schedule{Name: "cosin"}}, `unknown schedule "cosin"`},
		{set, Fit{Schedule: solvers.Schedule{Min: 2}}, "Schedule.Min is 2"},
		{set, Fit{Schedule: solvers.Schedule{Name: solvers.Plateau}}, "schedule plateau needs Fit.Valid"},
		{set, Fit{Schedule: solvers.Schedule{Name: solvers.Cosine}, Solver: stock}, "Gorgonia's own solvers cannot change their learning rate"},
		{unsized{set}, Fit{Schedule: solvers.Schedule{Name: solvers.Cosine}}, "Fit.Schedule.Steps is 0"},
		{unsized{set}, Fit{Schedule: solvers.Schedule{Name: solvers.Step}}, "Fit.Schedule.EpochSteps is 0"},
		{set, Fit{Epochs: 2, Batch: 10, Schedule: solvers.Schedule{Name: solvers.Linear, Warmup: 4}}, "the warm-up of 4 steps takes the whole training, which has 4"},
	} {
		n := mustNew(t, Config{Inputs: 10}, Dense(2, "softmax"))
		if _, err := n.Fit(t.Context(), row.train, row.fit); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("error %v, want %q in it", err, row.want)
		}
	}
	n := mustNew(t, Config{Inputs: 10}, Dense(2, "softmax"))
	if _, err := n.Fit(t.Context(), unsized{set}, Fit{Schedule: solvers.Schedule{Name: solvers.Cosine, Steps: 10}}); err != nil {
		t.Errorf("with Steps given: %v", err)
	}
}

// The rates also hold on the gorgonia engine, with a solver of ours.
func TestScheduleOnGorgonia(t *testing.T) {
	set := randomSet(60, 23, 3, 5)
	var nets []*Network
	for _, engine := range []Engine{Native, Gorgonia} {
		n := mustNew(t, Config{Inputs: 23, Seed: 3, Dtype: tensor.Float64, Engine: engine}, Dense(7, "tanh"), Dense(3, "softmax"))
		if _, err := n.Fit(t.Context(), set, Fit{Epochs: 3, Batch: 20, Schedule: solvers.Schedule{Name: solvers.Cosine, Warmup: 2}}); err != nil {
			t.Fatal(err)
		}
		nets = append(nets, n)
	}
	for i := range nets[0].params {
		compare(t, "cosine", denseOf(nets[0].params[i]), denseOf(nets[1].params[i]))
	}
}

// A step with all of it allocates nothing either.
func TestScheduledStepAllocatesNothing(t *testing.T) {
	batches := stepBatches(4, 64, 500)
	n := mustNew(t, Config{Inputs: 500, Seed: 1}, Dense(8, "relu"), Dense(2, "softmax"))
	tr := mustTrainer(t, n, Fit{ClassWeights: []float64{1, 2}, LabelSmoothing: 0.1, Workers: 1})
	tr.follow(solvers.Schedule{Name: solvers.Cosine, Warmup: 3, Steps: 1000, EpochSteps: 10})
	i := 0
	step := func() {
		if _, err := tr.step(batches[i%len(batches)], 1); err != nil {
			t.Fatal(err)
		}
		i++
	}
	for range 8 {
		step()
	}
	if got := testing.AllocsPerRun(50, step); got != 0 {
		t.Errorf("%v allocations a step", got)
	}
}
