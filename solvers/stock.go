package solvers

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// Stock returns Gorgonia's own solver for the rule and the settings of s, as the
// oracle that s is compared with: gorgonia.NewAdamSolver, NewRMSPropSolver,
// NewMomentum or NewVanillaSolver. It is an error where the stock solver (v0.9.18) is
// missing or computes something else; the error says what.
func Stock(s Solver) (gorgonia.Solver, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	h := s.Settings()
	no := func(why string) (gorgonia.Solver, error) {
		return nil, fmt.Errorf("solvers: engine gorgonia cannot step with %s: %s; it has adam, rmsprop, momentum and sgd", s.Name(), why)
	}
	if h.Schedule != nil {
		return no("stock solvers cannot change their learning rate")
	}
	opts := []gorgonia.SolverOpt{gorgonia.WithLearnRate(h.LearningRate)}
	if h.Clip != 0 {
		opts = append(opts, gorgonia.WithClip(h.Clip))
	}
	if h.L1 != 0 {
		opts = append(opts, gorgonia.WithL1Reg(h.L1))
	}
	if h.L2 != 0 {
		opts = append(opts, gorgonia.WithL2Reg(h.L2))
	}
	switch s.Name() {
	case "sgd":
		return gorgonia.NewVanillaSolver(opts...), nil
	case "momentum":
		if h.L1 != 0 || h.L2 != 0 {
			return no("stock Momentum applies L1 and L2 to the velocity instead of the weights")
		}
		return gorgonia.NewMomentum(append(opts, gorgonia.WithMomentum(h.Momentum))...), nil
	case "rmsprop":
		switch {
		case h.L1 != 0:
			return no("stock RMSProp ignores L1")
		case h.L2 != 0:
			return no("stock RMSProp takes L2 off the weights without the learning rate")
		case h.Clip != 0:
			return no("stock RMSProp clips after it has squared the gradient")
		}
		return gorgonia.NewRMSPropSolver(append(opts, gorgonia.WithRho(h.Rho), gorgonia.WithEps(h.Epsilon))...), nil
	case "adam":
		return gorgonia.NewAdamSolver(append(opts, gorgonia.WithBeta1(h.Beta1), gorgonia.WithBeta2(h.Beta2), gorgonia.WithEps(h.Epsilon))...), nil
	case "adamw":
		return no("stock AdamW updates a temporary and never changes the weights")
	case "adagrad":
		return no("stock AdaGrad ignores every option, the learning rate too")
	case "nesterov":
		return no("Gorgonia has no Nesterov momentum")
	}
	return no("Gorgonia has no such rule")
}
