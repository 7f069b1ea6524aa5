package solvers

import (
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
)

// Nesterov is Momentum with the gradient taken where the velocity will have
// carried the weight:
//
//	v = μ·v − η·g
//	w ← w + μ·v − η·g
//
// Y. Nesterov, "A method for solving the convex programming problem with
// convergence rate O(1/k²)", 1983; in this form Y. Bengio, N.
// Boulanger-Lewandowski, R. Pascanu, "Advances in Optimizing Recurrent
// Networks", 2013, section 3.5 (arXiv:1212.0901), where w stands for the point
// looked ahead to, so that the gradient is taken at w.
//
// Keras (nesterov=True) is the same; PyTorch equals it at a constant rate;
// Gorgonia has none.
//
// A row that was idle for k steps has moved by μ·v·μ(1−μᵏ)/(1−μ).
type Nesterov struct {
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

// Name is "nesterov".
func (s *Nesterov) Name() string { return "nesterov" }

// Settings returns the settings with the defaults filled in.
func (s *Nesterov) Settings() Settings {
	return Settings{LearningRate: or(s.LearningRate, 1e-2), Momentum: or(s.Momentum, 0.9),
		L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
}

// Check reports all settings that make no sense, in one error.
func (s *Nesterov) Check() error { return s.Settings().check(s.Name()) }

// Step changes the weights by their gradients and sets dense gradients to zero.
func (s *Nesterov) Step(model []gorgonia.ValueGrad) error { return s.step(s, model) }

// CatchUp brings rows of model[param] up to date; see Solver.
func (s *Nesterov) CatchUp(model []gorgonia.ValueGrad, param int, rows []int32) error {
	return s.catchUp(s, model, param, rows)
}

// Flush brings all rows of all parameters up to date.
func (s *Nesterov) Flush(model []gorgonia.ValueGrad) error { return s.flush(s, model) }

// State flushes, and returns a copy of step and v.
func (s *Nesterov) State(model []gorgonia.ValueGrad) (State, error) { return s.state(s, model) }

// Snapshot is State without the flush; see Solver.
func (s *Nesterov) Snapshot(model []gorgonia.ValueGrad) (State, error) { return s.snapshot(s, model) }

// SetState goes on from a State.
func (s *Nesterov) SetState(model []gorgonia.ValueGrad, state State) error {
	return s.setState(s, model, state)
}

func (s *Nesterov) slots() []string { return []string{"v"} }

func (s *Nesterov) begin(_ *Settings, _ int, η float64) error {
	s.rate = η
	return nil
}

func (s *Nesterov) update(h *Settings, v *view) {
	if v.w.f32 != nil {
		kernel.Nesterov(v.w.f32, v.g.f32, v.slots[0].f32, h.Momentum, s.rate)
	} else {
		kernel.Nesterov(v.w.f64, v.g.f64, v.slots[0].f64, h.Momentum, s.rate)
	}
}

func (s *Nesterov) idles() bool { return true }

func (s *Nesterov) defers(*Settings) bool { return true }

func (s *Nesterov) restart(h *Settings, _ int) { s.powers.ready(h.Momentum) }

func (s *Nesterov) full() bool { return false }

// idle sums the geometric series of the velocity running out.
func (s *Nesterov) idle(h *Settings, v *view, from, to int, blank bool) {
	if blank {
		return
	}
	μ := h.Momentum
	keep := s.powers.at(to - from)
	move := μ * μ * (1 - keep) / (1 - μ)
	if v.w.f32 != nil {
		kernel.MomentumIdle(v.w.f32, v.slots[0].f32, move, keep)
	} else {
		kernel.MomentumIdle(v.w.f64, v.slots[0].f64, move, keep)
	}
}
