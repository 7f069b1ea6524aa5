package solvers

import (
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
)

// AdaGrad divides by the root of the sum of all squared gradients so far, so
// that a rare word moves further at its few gradients than a frequent one:
//
//	c = c + g²
//	w ← w − η·g/(√c + ε)
//
// J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods for Online
// Learning and Stochastic Optimization", JMLR 2011, section 1.1 (diagonal form).
//
// ε stands outside of the root as in PyTorch. Keras and Gorgonia put it inside;
// Keras moreover starts c at 0.1. Gorgonia ignores every option of its AdaGrad:
// its rate is 0.001 always.
type AdaGrad struct {
	LearningRate float64 // η; 0 means 0.01
	Epsilon      float64 // ε; 0 means 1e-10
	L1           float64 // adds L1·sign(w) to the gradient
	L2           float64 // adds L2·w to the gradient
	Clip         float64 // limits each element of the gradient to ±Clip; 0 means no limit

	// Schedule returns the factor on the learning rate at step 1, 2, …; nil means
	// 1 always.
	Schedule func(step int) float64

	core
	rate float64 // η of the step at hand
}

// Name is "adagrad".
func (s *AdaGrad) Name() string { return "adagrad" }

// Settings returns the settings with the defaults filled in.
func (s *AdaGrad) Settings() Settings {
	return Settings{LearningRate: or(s.LearningRate, 1e-2), Epsilon: or(s.Epsilon, 1e-10),
		L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
}

// Check reports all settings that make no sense, in one error.
func (s *AdaGrad) Check() error { return s.Settings().check(s.Name()) }

// Step changes the weights by their gradients and sets dense gradients to zero.
func (s *AdaGrad) Step(model []gorgonia.ValueGrad) error { return s.step(s, model) }

// CatchUp brings rows of model[param] up to date; see Solver.
func (s *AdaGrad) CatchUp(model []gorgonia.ValueGrad, param int, rows []int32) error {
	return s.catchUp(s, model, param, rows)
}

// Flush brings all rows of all parameters up to date.
func (s *AdaGrad) Flush(model []gorgonia.ValueGrad) error { return s.flush(s, model) }

// State returns a copy of step and c.
func (s *AdaGrad) State(model []gorgonia.ValueGrad) (State, error) { return s.state(s, model) }

// Snapshot is State without the flush; see Solver.
func (s *AdaGrad) Snapshot(model []gorgonia.ValueGrad) (State, error) { return s.snapshot(s, model) }

// SetState goes on from a State.
func (s *AdaGrad) SetState(model []gorgonia.ValueGrad, state State) error {
	return s.setState(s, model, state)
}

func (s *AdaGrad) slots() []string { return []string{"c"} }

func (s *AdaGrad) begin(_ *Settings, _ int, η float64) error {
	s.rate = η
	return nil
}

func (s *AdaGrad) update(h *Settings, v *view) {
	if v.w.f32 != nil {
		kernel.AdaGrad(v.w.f32, v.g.f32, v.slots[0].f32, s.rate, h.Epsilon)
	} else {
		kernel.AdaGrad(v.w.f64, v.g.f64, v.slots[0].f64, s.rate, h.Epsilon)
	}
}

func (s *AdaGrad) idles() bool { return false }

func (s *AdaGrad) defers(*Settings) bool { return true }

func (s *AdaGrad) restart(*Settings, int) {}

func (s *AdaGrad) full() bool { return false }
