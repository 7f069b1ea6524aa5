package solvers

import "gorgonia.org/gorgonia"

// AdamW is Adam with the weights shrunk apart from the gradient, by the same
// part whatever its size:
//
//	w ← w − η·λ·w
//	w ← w − η·m̂/(√v̂ + ε)    with m̂ and v̂ as in Adam
//
// I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", 2019,
// algorithm 2 (arXiv:1711.05101). The rate multiplies the decay as in PyTorch
// and Keras (in the paper only its schedule does), so λ·η must be below 1. ε is
// that of Adam. λ = 0.01 as in PyTorch; Keras has 0.004. Gorgonia's AdamW leaves
// the weights as they are.
//
// With deferred rows a row shrinks while it is idle, also one that never had a
// gradient: it catches up when it is read, and at Flush. Accuracy and limits are
// those of Adam.
type AdamW struct {
	LearningRate float64 // η; 0 means 0.001
	Beta1        float64 // β₁; 0 means 0.9
	Beta2        float64 // β₂; 0 means 0.999
	Epsilon      float64 // ε; 0 means 1e-8
	WeightDecay  float64 // λ; 0 means 0.01 (for no decay use Adam)
	L1           float64 // adds L1·sign(w) to the gradient
	Clip         float64 // limits each element of the gradient to ±Clip; 0 means no limit

	// Schedule returns the factor on the learning rate at step 1, 2, …; nil means
	// 1 always.
	Schedule func(step int) float64

	core
	moments
}

// Name is "adamw".
func (s *AdamW) Name() string { return "adamw" }

// Settings returns the settings with the defaults filled in.
func (s *AdamW) Settings() Settings {
	return Settings{LearningRate: or(s.LearningRate, 1e-3), Beta1: or(s.Beta1, 0.9), Beta2: or(s.Beta2, 0.999),
		Epsilon: or(s.Epsilon, 1e-8), WeightDecay: or(s.WeightDecay, 0.01),
		L1: s.L1, Clip: s.Clip, Schedule: s.Schedule}
}

// Check reports all settings that make no sense, in one error.
func (s *AdamW) Check() error { return s.Settings().check(s.Name()) }

// Step changes the weights by their gradients and sets dense gradients to zero.
func (s *AdamW) Step(model []gorgonia.ValueGrad) error { return s.step(s, model) }

// CatchUp brings rows of model[param] up to date; see Solver.
func (s *AdamW) CatchUp(model []gorgonia.ValueGrad, param int, rows []int32) error {
	return s.catchUp(s, model, param, rows)
}

// Flush brings all rows of all parameters up to date.
func (s *AdamW) Flush(model []gorgonia.ValueGrad) error { return s.flush(s, model) }

// State flushes, and returns a copy of step, m and v.
func (s *AdamW) State(model []gorgonia.ValueGrad) (State, error) { return s.state(s, model) }

// Snapshot is State without the flush; see Solver.
func (s *AdamW) Snapshot(model []gorgonia.ValueGrad) (State, error) { return s.snapshot(s, model) }

// SetState goes on from a State.
func (s *AdamW) SetState(model []gorgonia.ValueGrad, state State) error {
	return s.setState(s, model, state)
}
