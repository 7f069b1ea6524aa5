package solvers

import "gorgonia.org/gorgonia"

// LazyAdam is Adam that leaves alone what has no gradient: of a row-sparse gradient it
// steps the rows that are there, with the bias corrections of the step at hand, and
// neither moves the others nor lets their moments fade:
//
//	m = β₁·m + (1−β₁)·g            of the rows of the gradient only
//	v = β₂·v + (1−β₂)·g²
//	w ← w − η·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v + ε)
//
// This is another algorithm than Adam, and often takes the name: it is SparseAdam of
// PyTorch and LazyAdam of TensorFlow Addons. A rare word keeps its moments from one
// occurrence to the next, so it moves less far than with Adam after each of them. It
// is a little faster than Adam, as there is nothing to catch up. On dense gradients,
// those of all layers but the first of a text network, it is Adam.
//
// ε is added before the bias correction, as PyTorch's SparseAdam and Keras do (Adam here
// adds it after): at the first steps it weighs more. There are no L1 and L2: a penalty makes no row's
// gradient zero. Gorgonia has no such rule.
type LazyAdam struct {
	LearningRate float64 // η; 0 means 0.001
	Beta1        float64 // β₁; 0 means 0.9
	Beta2        float64 // β₂; 0 means 0.999
	Epsilon      float64 // ε; 0 means 1e-8
	Clip         float64 // limits each element of the gradient to ±Clip; 0 means no limit

	// Schedule returns the factor on the learning rate at step 1, 2, …; nil means
	// 1 always.
	Schedule func(step int) float64

	core
	moments
}

// Name is "lazyadam".
func (s *LazyAdam) Name() string { return "lazyadam" }

// Settings returns the settings with the defaults filled in.
func (s *LazyAdam) Settings() Settings {
	return Settings{LearningRate: or(s.LearningRate, 1e-3), Beta1: or(s.Beta1, 0.9), Beta2: or(s.Beta2, 0.999),
		Epsilon: or(s.Epsilon, 1e-8), Clip: s.Clip, Schedule: s.Schedule}
}

// Check reports all settings that make no sense, in one error.
func (s *LazyAdam) Check() error { return s.Settings().check(s.Name()) }

// Step changes the weights by their gradients and sets dense gradients to zero.
func (s *LazyAdam) Step(model []gorgonia.ValueGrad) error { return s.step(s, model) }

// CatchUp does nothing: no row lags behind.
func (s *LazyAdam) CatchUp(model []gorgonia.ValueGrad, param int, rows []int32) error {
	return s.catchUp(s, model, param, rows)
}

// Flush does nothing: no row lags behind.
func (s *LazyAdam) Flush(model []gorgonia.ValueGrad) error { return s.flush(s, model) }

// State returns a copy of step, m and v.
func (s *LazyAdam) State(model []gorgonia.ValueGrad) (State, error) { return s.state(s, model) }

// Snapshot is State; see Solver.
func (s *LazyAdam) Snapshot(model []gorgonia.ValueGrad) (State, error) { return s.snapshot(s, model) }

// SetState goes on from a State.
func (s *LazyAdam) SetState(model []gorgonia.ValueGrad, state State) error {
	return s.setState(s, model, state)
}

func (s *LazyAdam) idles() bool { return false }

func (s *LazyAdam) begin(h *Settings, t int, η float64) error {
	err := s.moments.begin(h, t, η)
	s.eps = h.Epsilon
	return err
}
