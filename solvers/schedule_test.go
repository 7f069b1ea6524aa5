package solvers_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/solvers"
)

// Values by hand from the formulae of the comment.
func TestScheduleFactor(t *testing.T) {
	for _, row := range []struct {
		name string
		s    solvers.Schedule
		want map[int]float64 // by step
	}{
		{"zero value", solvers.Schedule{}, map[int]float64{1: 1, 1000: 1}},
		{"warm-up", solvers.Schedule{Warmup: 4}, map[int]float64{1: 0.25, 2: 0.5, 4: 1, 5: 1, 99: 1}},
		{"warm-up by share", solvers.Schedule{Warmup: 0.1, Steps: 40}, map[int]float64{1: 0.25, 3: 0.75, 4: 1, 40: 1}},
		{"step", solvers.Schedule{Name: solvers.Step, EpochSteps: 10, Every: 2, Drop: 0.5, Min: 0.2},
			map[int]float64{1: 1, 20: 1, 21: 0.5, 40: 0.5, 41: 0.25, 61: 0.2, 1000: 0.2}},
		{"step, defaults", solvers.Schedule{Name: solvers.Step, EpochSteps: 10}, map[int]float64{30: 1, 31: 0.1, 61: 0.01}},
		{"linear", solvers.Schedule{Name: solvers.Linear, Steps: 10}, map[int]float64{1: 1, 6: 0.5, 10: 0.1, 11: 0, 20: 0}},
		{"linear to a minimum", solvers.Schedule{Name: solvers.Linear, Steps: 10, Min: 0.5}, map[int]float64{1: 1, 6: 0.75, 11: 0.5}},
		{"linear after warm-up", solvers.Schedule{Name: solvers.Linear, Steps: 12, Warmup: 2}, map[int]float64{1: 0.5, 2: 1, 3: 1, 8: 0.5, 12: 0.1}},
		{"cosine", solvers.Schedule{Name: solvers.Cosine, Steps: 6}, map[int]float64{1: 1, 3: 0.75, 4: 0.5, 5: 0.25, 7: 0, 70: 0}},
		{"cosine to a minimum", solvers.Schedule{Name: solvers.Cosine, Steps: 6, Min: 0.2}, map[int]float64{1: 1, 4: 0.6, 7: 0.2}},
	} {
		must(t, row.s.Check())
		for step, want := range row.want {
			if got := row.s.Factor(step, 0); math.Abs(got-want) > 1e-15 {
				t.Errorf("%s: step %d has %v, want %v", row.name, step, got, want)
			}
		}
	}
}

func TestSchedulePlateau(t *testing.T) {
	s := solvers.Schedule{Name: solvers.Plateau, Every: 2, Drop: 0.5, Min: 0.2}
	losses := []float64{1, 0.9, 0.9, 0.95, 0.8, 0.81, 0.82, 0.83, 0.84, 0.7}
	cuts := []int{0, 0, 0, 1, 1, 1, 2, 2, 3, 3}
	for i := range losses {
		if got := s.Cuts(losses[:i+1]); got != cuts[i] {
			t.Errorf("after %v: %d cuts, want %d", losses[:i+1], got, cuts[i])
		}
	}
	for cuts, want := range []float64{1, 0.5, 0.25, 0.2, 0.2} {
		if got := s.Factor(9, cuts); got != want {
			t.Errorf("after %d cuts: %v, want %v", cuts, got, want)
		}
	}
	if got := (solvers.Schedule{Name: solvers.Cosine}).Cuts(losses); got != 0 {
		t.Errorf("cosine has %d cuts", got)
	}
}

func TestBadScheduleSettings(t *testing.T) {
	for _, row := range []struct {
		s    solvers.Schedule
		want []string
	}{
		{solvers.Schedule{Name: "cosin"}, []string{`unknown schedule "cosin", want one of constant, step, cosine, plateau, linear`}},
		{solvers.Schedule{Name: solvers.Step, Drop: 2, Every: -1, Min: 1.5}, []string{"Drop is 2", "Every is -1", "Min is 1.5"}},
		{solvers.Schedule{Warmup: 1.5, Steps: -1, EpochSteps: -1}, []string{"Warmup is 1.5", "Steps is -1", "EpochSteps is -1"}},
		{solvers.Schedule{Warmup: math.NaN()}, []string{"Warmup is NaN"}},
		{solvers.Schedule{Min: 0.1}, []string{"Min is for a schedule that lowers the rate"}},
		{solvers.Schedule{Name: solvers.Cosine, Every: 1}, []string{"Every and Drop are for step and plateau"}},
	} {
		err := row.s.Check()
		for _, want := range row.want {
			if err == nil || !strings.Contains(err.Error(), "solvers: Schedule.") || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: error %v, want %q in it", row.s, err, want)
			}
		}
	}
	for want, s := range map[string]solvers.Schedule{
		"Steps": {Name: solvers.Cosine}, "EpochSteps": {Name: solvers.Step}, "": {Name: solvers.Plateau},
	} {
		if got := s.Missing(); got != want {
			t.Errorf("%v misses %q, want %q", s, got, want)
		}
	}
	if got := (solvers.Schedule{Warmup: 0.5}).Missing(); got != "Steps" {
		t.Errorf("a share as warm-up misses %q", got)
	}
}

// A schedule is plain settings: it can be saved and comes back.
func TestScheduleAsJSON(t *testing.T) {
	s := solvers.Schedule{Name: solvers.Plateau, Warmup: 0.1, Every: 2, Drop: 0.3, Min: 0.01, Steps: 100, EpochSteps: 10}
	text, err := json.Marshal(s)
	must(t, err)
	var back solvers.Schedule
	must(t, json.Unmarshal(text, &back))
	if back != s {
		t.Errorf("%s: %+v, want %+v", text, back, s)
	}
	if text, _ := json.Marshal(solvers.Schedule{}); string(text) != "{}" {
		t.Errorf("the zero value is %s", text)
	}
}

// Deferred rows do their idle steps at the rates that these steps had: every schedule
// with every solver against stepping every row every time.
func TestDeferredSchedules(t *testing.T) {
	const steps = 1000
	for _, name := range deferrable() {
		for _, s := range []solvers.Schedule{
			{Name: solvers.Step, EpochSteps: 80}, {Name: solvers.Linear, Steps: steps, Warmup: 70},
			{Name: solvers.Cosine, Steps: steps}, {Name: solvers.Cosine, Steps: steps / 2, Warmup: 0.1, Min: 0.05},
			{Name: solvers.Plateau, EpochSteps: 100, Drop: 0.3}, {Warmup: 100},
		} {
			factor := func(step int) float64 {
				cuts := 0
				if s.EpochSteps > 0 {
					cuts = (step - 1) / s.EpochSteps
				}
				return s.Factor(step, cuts)
			}
			for scale, tol := range map[float64]float64{1e-1: 1e-11, 1e-5: 1e-7} {
				if name != "adam" && name != "adamw" {
					if scale != 1e-1 {
						continue // the scale makes no difference to them
					}
					tol = 1e-11
				}
				got := deferredError(t, name, solvers.Settings{Schedule: factor}, scale, steps)
				if !(got <= tol) {
					t.Errorf("%s, %v, gradients of %g: relative error %.2g, want at most %g", name, s, scale, got, tol)
				}
			}
		}
	}
}

// SetFactor multiplies with the field, and State keeps it.
func TestSetFactor(t *testing.T) {
	solver := &solvers.SGD{LearningRate: 1, Schedule: func(step int) float64 { return 1 / float64(step) }}
	solver.SetFactor(func(step int) float64 { return 0.5 })
	p := matrix(1, 1)
	for _, want := range []float64{-0.5, -0.75} { // steps of 1/2 and 1/4
		p.g()[0] = 1
		must(t, solver.Step(model(p)))
		if p.w()[0] != want {
			t.Errorf("weight %v, want %v", p.w()[0], want)
		}
	}
	state, err := solver.State(model(p))
	must(t, err)
	must(t, solver.SetState(model(p), state))
	p.g()[0] = 1
	must(t, solver.Step(model(p)))
	if want := -0.75 - 0.5/3; math.Abs(p.w()[0]-want) > 1e-15 {
		t.Errorf("after SetState: weight %v, want %v", p.w()[0], want)
	}
	solver.SetFactor(func(int) float64 { return math.NaN() })
	if err := solver.Step(model(p)); err == nil || !strings.Contains(err.Error(), "factor at step 4 is NaN") {
		t.Errorf("error %v, want one about the factor", err)
	}
}

func ExampleSchedule() {
	s := solvers.Schedule{Name: solvers.Cosine, Steps: 1000, Warmup: 0.1}
	fmt.Println(s)
	for _, step := range []int{1, 50, 100, 551, 1000} {
		fmt.Printf("step %4d: %.4f\n", step, s.Factor(step, 0))
	}
	// Output:
	// cosine, warm-up 100 of 1000 steps
	// step    1: 0.0100
	// step   50: 0.5000
	// step  100: 1.0000
	// step  551: 0.5000
	// step 1000: 0.0000
}
