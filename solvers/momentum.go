package solvers

import (
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
)

// Momentum adds up the gradients in a velocity, like a ball that rolls downhill:
//
//	v = μ·v − η·g
//	w ← w + v
//
// B. T. Polyak, "Some methods of speeding up the convergence of iteration
// methods", 1964; in this form I. Sutskever et al., "On the importance of
// initialization and momentum in deep learning", 2013, equations 1 and 2.
//
// Keras and Gorgonia have the same form. PyTorch keeps v = μ·v + g and steps by
// η·v, equal as long as η is constant: after a change of η our ball slows down
// step by step, theirs at once. Gorgonia's L1 and L2 penalize the velocity
// instead of the weights; ours the weights.
//
// A row that was idle for k steps has moved by v·μ(1−μᵏ)/(1−μ).
type Momentum struct {
	LearningRate float64 // η; 0 means 0.01
	Momentum     float64 // μ; 0 means 0.9
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

// Name is "momentum".
func (s *Momentum) Name() string { return "momentum" }

// Settings returns the settings with the defaults filled in.
func (s *Momentum) Settings() Settings {
	return Settings{LearningRate: or(s.LearningRate, 1e-2), Momentum: or(s.Momentum, 0.9),
		L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
}

// Check reports all settings that make no sense, in one error.
func (s *Momentum) Check() error { return s.Settings().check(s.Name()) }

// Step changes the weights by their gradients and sets dense gradients to zero.
func (s *Momentum) Step(model []gorgonia.ValueGrad) error { return s.step(s, model) }

// CatchUp brings rows of model[param] up to date; see Solver.
func (s *Momentum) CatchUp(model []gorgonia.ValueGrad, param int, rows []int32) error {
	return s.catchUp(s, model, param, rows)
}

// Flush brings all rows of all parameters up to date.
func (s *Momentum) Flush(model []gorgonia.ValueGrad) error { return s.flush(s, model) }

// State flushes, and returns a copy of step and v.
func (s *Momentum) State(model []gorgonia.ValueGrad) (State, error) { return s.state(s, model) }

// Snapshot is State without the flush; see Solver.
func (s *Momentum) Snapshot(model []gorgonia.ValueGrad) (State, error) { return s.snapshot(s, model) }

// SetState goes on from a State.
func (s *Momentum) SetState(model []gorgonia.ValueGrad, state State) error {
	return s.setState(s, model, state)
}

func (s *Momentum) slots() []string { return []string{"v"} }

func (s *Momentum) begin(_ *Settings, _ int, η float64) error {
	s.rate = η
	return nil
}

func (s *Momentum) update(h *Settings, v *view) {
	if v.w.f32 != nil {
		kernel.Momentum(v.w.f32, v.g.f32, v.slots[0].f32, h.Momentum, s.rate)
	} else {
		kernel.Momentum(v.w.f64, v.g.f64, v.slots[0].f64, h.Momentum, s.rate)
	}
}

func (s *Momentum) idles() bool { return true }

func (s *Momentum) defers(*Settings) bool { return true }

func (s *Momentum) restart(h *Settings, _ int) { s.powers.ready(h.Momentum) }

func (s *Momentum) full() bool { return false }

// idle sums the geometric series of the velocity running out.
func (s *Momentum) idle(h *Settings, v *view, from, to int, blank bool) {
	if blank {
		return
	}
	μ := h.Momentum
	keep := s.powers.at(to - from)
	move := μ * (1 - keep) / (1 - μ)
	if v.w.f32 != nil {
		kernel.MomentumIdle(v.w.f32, v.slots[0].f32, move, keep)
	} else {
		kernel.MomentumIdle(v.w.f64, v.slots[0].f64, move, keep)
	}
}
