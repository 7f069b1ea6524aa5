package solvers

import (
	"fmt"
	"strings"

	"gorgonia.org/gorgonia"
)

// A Solver changes weights by their gradients. Every type of this package is
// one; its zero value works with the documented defaults.
//
// A solver belongs to one model: it keeps what it remembers (velocities,
// moments) by the position of the parameter in the slice. It is not safe for
// use by two goroutines at once.
type Solver interface {
	gorgonia.Solver // Step(model []gorgonia.ValueGrad) error

	// Name is the word by which New knows the rule.
	Name() string

	// Settings returns the settings with the defaults filled in.
	Settings() Settings

	// Check reports all settings that make no sense, in one error. The first Step
	// calls it.
	Check() error

	// SetDefer turns deferred rows on or off; see the package comment. Who turns
	// it on promises to call CatchUp before rows are read and Flush before the
	// whole table is.
	SetDefer(on bool)

	// CatchUp brings the given rows of model[param] to the state that stepping
	// them every time would have led to. It needs no gradients.
	CatchUp(model []gorgonia.ValueGrad, param int, rows []int32) error

	// CatchUpLater returns CatchUp for rows of model[param] that are found out later, and
	// piece by piece: it may be called side by side for rows that differ, until the next
	// Step. Worker is from 0 on, and tells apart calls that run at the same time. Nil says
	// that no row lags. Rows that the table does not have make it panic.
	CatchUpLater(model []gorgonia.ValueGrad, param int) (catchUp func(worker int, rows []int32), err error)

	// SetFactor gives a function that the learning rate is multiplied by at each
	// step, besides Settings.Schedule; nil is 1.
	SetFactor(f func(step int) float64)

	// SetParallel makes a solver step and catch up rows side by side.
	SetParallel(p Parallel)

	// Flush does what CatchUp does for all rows of all parameters.
	Flush(model []gorgonia.ValueGrad) error

	// State flushes, and returns a copy of what the solver remembers.
	State(model []gorgonia.ValueGrad) (State, error)

	// Snapshot is State without the flush: it changes nothing, and what it returns
	// holds the steps that rows have still to do. Training goes on to the same bits as
	// if it had not been called, here and from SetState.
	Snapshot(model []gorgonia.ValueGrad) (State, error)

	// SetState makes the solver go on from a State. The weights are not part of
	// it: restore them as well. What rows still had to do before is forgotten.
	SetState(model []gorgonia.ValueGrad, state State) error
}

// A rule is what one solver does differently from another; core does the rest.
type rule interface {
	Solver

	// slots names the tensors kept for every parameter, at most two.
	slots() []string

	// idles tells whether a weight can move, or its slots can change, at a step
	// where its gradient is zero.
	idles() bool

	// defers tells whether idle is accurate under these settings.
	defers(h *Settings) bool

	// restart is called when no row lags behind step t and some are about to.
	restart(h *Settings, t int)

	// full tells that idle can not bridge more steps than it does now.
	full() bool

	// begin starts step t with learning rate η.
	begin(h *Settings, t int, η float64) error

	// update does the step that begin started.
	update(h *Settings, v *view)
}

// A rowRule is one whose rows without gradient change, one row at a time; a tableRule does
// many in one go. What idles is one of the two.
type rowRule interface {
	// idle does the steps from+1 … to, the last one begun, of a row without gradient, for
	// several rows side by side. The slots of a blank row are all zero.
	idle(h *Settings, v *view, from, to int, blank bool)
}

// An ender is a rule that wants to know when a step was done while rows may lag behind it. What
// idle does until then is to lead to the step before.
type ender interface{ end() }

// Names lists the words that New knows.
func Names() []string {
	return []string{"adam", "rmsprop", "momentum", "nesterov", "sgd", "adagrad", "adamw", "lazyadam"}
}

// New returns the solver of that name: adam, rmsprop, momentum, nesterov, sgd,
// adagrad, adamw or lazyadam. It is for names that come from flags and files; in a program
// &solvers.Adam{LearningRate: 0.002} says the same. It is an error to set what
// the rule does not have.
func New(name string, s Settings) (Solver, error) {
	var solver Solver
	switch name {
	case "adam":
		solver = &Adam{LearningRate: s.LearningRate, Beta1: s.Beta1, Beta2: s.Beta2,
			Epsilon: s.Epsilon, L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
	case "rmsprop":
		solver = &RMSprop{LearningRate: s.LearningRate, Rho: s.Rho, Epsilon: s.Epsilon,
			L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
	case "momentum":
		solver = &Momentum{LearningRate: s.LearningRate, Momentum: s.Momentum,
			L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
	case "nesterov":
		solver = &Nesterov{LearningRate: s.LearningRate, Momentum: s.Momentum,
			L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
	case "sgd":
		solver = &SGD{LearningRate: s.LearningRate,
			L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
	case "adagrad":
		solver = &AdaGrad{LearningRate: s.LearningRate, Epsilon: s.Epsilon,
			L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
	case "adamw":
		solver = &AdamW{LearningRate: s.LearningRate, Beta1: s.Beta1, Beta2: s.Beta2,
			Epsilon: s.Epsilon, WeightDecay: s.WeightDecay, L1: s.L1, Clip: s.Clip, Schedule: s.Schedule}
	case "lazyadam":
		solver = &LazyAdam{LearningRate: s.LearningRate, Beta1: s.Beta1, Beta2: s.Beta2,
			Epsilon: s.Epsilon, Clip: s.Clip, Schedule: s.Schedule}
	default:
		return nil, fmt.Errorf("solvers: unknown solver %q, want one of %s",
			name, strings.Join(Names(), ", "))
	}
	if err := s.foreign(solver); err != nil {
		return nil, err
	}
	if err := solver.Check(); err != nil {
		return nil, err
	}
	return solver, nil
}
