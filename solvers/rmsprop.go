package solvers

import (
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
)

// RMSprop divides by the root of a running mean of squared gradients:
//
//	c = ρ·c + (1−ρ)·g²
//	w ← w − η·g/√(c + ε)
//
// T. Tieleman, G. Hinton, "Neural Networks for Machine Learning", lecture 6.5,
// 2012.
//
// ε stands inside of the root as in Keras and Gorgonia, so that 1e-8 has the
// effect of 1e-4 outside of it; PyTorch has it outside. ρ is Hinton's and
// Keras's 0.9. Gorgonia has 0.999: as c starts at zero and nothing corrects for
// that, its first step is η/√0.001, 31 times η. PyTorch has 0.99, 10 times η;
// with 0.9 it is 3 times η. Gorgonia also clips only g above the line, and
// subtracts L2·w without the rate; here penalties and limit come first and
// enter c.
//
// At a row that was idle for k steps, c has faded by ρᵏ.
type RMSprop struct {
	LearningRate float64 // η; 0 means 0.001
	Rho          float64 // ρ; 0 means 0.9
	Epsilon      float64 // ε; 0 means 1e-8
	L1           float64 // adds L1·sign(w) to the gradient
	L2           float64 // adds L2·w to the gradient
	Clip         float64 // limits each element of the gradient to ±Clip; 0 means no limit

	// Schedule returns the factor on the learning rate at step 1, 2, …; nil means
	// 1 always.
	Schedule func(step int) float64

	core
	powers powers
	rate   float64 // η of the step at hand
}

// Name is "rmsprop".
func (s *RMSprop) Name() string { return "rmsprop" }

// Settings returns the settings with the defaults filled in.
func (s *RMSprop) Settings() Settings {
	return Settings{LearningRate: or(s.LearningRate, 1e-3), Rho: or(s.Rho, 0.9), Epsilon: or(s.Epsilon, 1e-8),
		L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
}

// Check reports all settings that make no sense, in one error.
func (s *RMSprop) Check() error { return s.Settings().check(s.Name()) }

// Step changes the weights by their gradients and sets dense gradients to zero.
func (s *RMSprop) Step(model []gorgonia.ValueGrad) error { return s.step(s, model) }

// CatchUp brings rows of model[param] up to date; see Solver.
func (s *RMSprop) CatchUp(model []gorgonia.ValueGrad, param int, rows []int32) error {
	return s.catchUp(s, model, param, rows)
}

// Flush brings all rows of all parameters up to date.
func (s *RMSprop) Flush(model []gorgonia.ValueGrad) error { return s.flush(s, model) }

// State flushes, and returns a copy of step and c.
func (s *RMSprop) State(model []gorgonia.ValueGrad) (State, error) { return s.state(s, model) }

// Snapshot is State without the flush; see Solver.
func (s *RMSprop) Snapshot(model []gorgonia.ValueGrad) (State, error) { return s.snapshot(s, model) }

// SetState goes on from a State.
func (s *RMSprop) SetState(model []gorgonia.ValueGrad, state State) error {
	return s.setState(s, model, state)
}

func (s *RMSprop) slots() []string { return []string{"c"} }

func (s *RMSprop) begin(_ *Settings, _ int, η float64) error {
	s.rate = η
	return nil
}

func (s *RMSprop) update(h *Settings, v *view) {
	if v.w.f32 != nil {
		kernel.RMSprop(v.w.f32, v.g.f32, v.slots[0].f32, h.Rho, s.rate, h.Epsilon)
	} else {
		kernel.RMSprop(v.w.f64, v.g.f64, v.slots[0].f64, h.Rho, s.rate, h.Epsilon)
	}
}

func (s *RMSprop) idles() bool { return true }

func (s *RMSprop) defers(*Settings) bool { return true }

func (s *RMSprop) restart(h *Settings, _ int) { s.powers.ready(h.Rho) }

func (s *RMSprop) full() bool { return false }

// idle lets the mean of squares fade; the weight does not move.
func (s *RMSprop) idle(h *Settings, v *view, from, to int, blank bool) {
	if blank {
		return
	}
	keep := s.powers.at(to - from)
	kernel.Fade(v.slots[0].f32, keep)
	kernel.Fade(v.slots[0].f64, keep)
}
