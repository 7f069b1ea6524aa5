package feedforward

import (
	"errors"
	"fmt"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/solvers"
)

// schedule checks Fit.Schedule and fills in what it must know of the examples.
func (f *Fit) schedule(train data.Source) (solvers.Schedule, error) {
	s := f.Schedule
	if !s.Changes() {
		return s, s.Check()
	}
	err := s.Check()
	if _, ok := f.Solver.(solvers.Solver); !ok {
		err = errors.Join(err, errors.New("feedforward: Fit.Schedule needs a Solver of package solvers; Gorgonia's own solvers cannot change their learning rate"))
	}
	if s.Name == solvers.Plateau && f.Valid == nil {
		err = errors.Join(err, errors.New("feedforward: schedule plateau needs Fit.Valid, whose loss it follows"))
	}
	if sized, ok := train.(interface{ Len() int }); ok {
		each := 1
		if f.Batch != Whole {
			each = max((sized.Len()+f.Batch-1)/f.Batch, 1)
		}
		if s.EpochSteps == 0 {
			s.EpochSteps = each
		}
		if s.Steps == 0 {
			s.Steps = f.Epochs * each
		}
	}
	if missing := s.Missing(); missing != "" && err == nil {
		err = fmt.Errorf("feedforward: Fit.Schedule.%s is 0, and the source does not know how many examples it has (it has no method Len)", missing)
	}
	if w := s.WarmupSteps(); err == nil && s.Steps > 0 && w >= s.Steps {
		err = fmt.Errorf("feedforward: the warm-up of %d steps takes the whole training, which has %d", w, s.Steps)
	}
	return s, err
}

// follow makes the solver step at the rates of a schedule.
func (t *trainer) follow(s solvers.Schedule) {
	t.schedule = s
	if ours, ok := t.solver.(solvers.Solver); ok && s.Changes() {
		t.countCuts()
		ours.SetFactor(t.factor)
	}
}

// factor is that of the step under way, which the history counts already.
func (t *trainer) factor(int) float64 {
	t.rate = t.schedule.Factor(t.history.Steps, t.cuts)
	return t.rate
}

// countCuts tells from the history how often plateau has cut the rate, so that there is
// nothing else to remember: a training that goes on from a history has the same rates.
func (t *trainer) countCuts() {
	if t.schedule.Name != solvers.Plateau {
		return
	}
	losses := make([]float64, 0, len(t.history.Epochs))
	for _, e := range t.history.Epochs {
		if e.Valid != nil {
			losses = append(losses, e.Valid.Loss)
		}
	}
	t.cuts = t.schedule.Cuts(losses)
}
