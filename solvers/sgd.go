package solvers

import (
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
)

// SGD is stochastic gradient descent, the plainest rule:
//
//	w ← w − η·g
//
// H. Robbins, S. Monro, "A Stochastic Approximation Method", 1951. Keras, PyTorch
// and Gorgonia (VanillaSolver) do the same; only their default rates differ:
// 0.01, 0.001 and 0.001. Ours is larger because the gradient of a bag-of-words
// layer is small: most of its rows see a word now and then.
type SGD struct {
	LearningRate float64 // η; 0 means 0.1
	L1           float64 // adds L1·sign(w) to the gradient
	L2           float64 // adds L2·w to the gradient
	Clip         float64 // limits each element of the gradient to ±Clip; 0 means no limit

	// Schedule returns the factor on the learning rate at step 1, 2, …; nil means
	// 1 always.
	Schedule func(step int) float64

	core
	rate float64 // η of the step at hand
}

// Name is "sgd".
func (s *SGD) Name() string { return "sgd" }

// Settings returns the settings with the defaults filled in.
func (s *SGD) Settings() Settings {
	return Settings{LearningRate: or(s.LearningRate, 0.1),
		L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
}

// Check reports all settings that make no sense, in one error.
func (s *SGD) Check() error { return s.Settings().check(s.Name()) }

// Step changes the weights by their gradients and sets dense gradients to zero.
func (s *SGD) Step(model []gorgonia.ValueGrad) error { return s.step(s, model) }

// CatchUp brings rows of model[param] up to date; see Solver.
func (s *SGD) CatchUp(model []gorgonia.ValueGrad, param int, rows []int32) error {
	return s.catchUp(s, model, param, rows)
}

// Flush brings all rows of all parameters up to date.
func (s *SGD) Flush(model []gorgonia.ValueGrad) error { return s.flush(s, model) }

// State returns the step; there is nothing else to remember.
func (s *SGD) State(model []gorgonia.ValueGrad) (State, error) { return s.state(s, model) }

// Snapshot is State without the flush; see Solver.
func (s *SGD) Snapshot(model []gorgonia.ValueGrad) (State, error) { return s.snapshot(s, model) }

// SetState goes on from a State.
func (s *SGD) SetState(model []gorgonia.ValueGrad, state State) error {
	return s.setState(s, model, state)
}

func (s *SGD) slots() []string { return nil }

func (s *SGD) begin(_ *Settings, _ int, η float64) error {
	s.rate = η
	return nil
}

func (s *SGD) update(_ *Settings, v *view) {
	if v.w.f32 != nil {
		kernel.SGD(v.w.f32, v.g.f32, s.rate)
	} else {
		kernel.SGD(v.w.f64, v.g.f64, s.rate)
	}
}

func (s *SGD) idles() bool { return false }

func (s *SGD) defers(*Settings) bool { return true }

func (s *SGD) restart(*Settings, int) {}

func (s *SGD) full() bool { return false }
