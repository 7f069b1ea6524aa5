package solvers

import (
	"fmt"
	"math"
	"strings"
)

// Settings holds the numbers of any rule, for choosing a solver by name (New),
// for printing, and for saving them with a model. Zero means the default of the
// rule, or off for L1, L2 and Clip. In what Solver.Settings returns, defaults
// are filled in and settings that the rule does not have are zero.
type Settings struct {
	LearningRate float64 `json:"learning_rate,omitempty"` // η; all rules
	Momentum     float64 `json:"momentum,omitempty"`      // μ; momentum, nesterov
	Rho          float64 `json:"rho,omitempty"`           // ρ; rmsprop
	Beta1        float64 `json:"beta1,omitempty"`         // β₁; adam, adamw, lazyadam
	Beta2        float64 `json:"beta2,omitempty"`         // β₂; adam, adamw, lazyadam
	Epsilon      float64 `json:"epsilon,omitempty"`       // ε; rmsprop, adagrad, adam, adamw, lazyadam
	WeightDecay  float64 `json:"weight_decay,omitempty"`  // λ; adamw
	L1           float64 `json:"l1,omitempty"`            // all rules but lazyadam
	L2           float64 `json:"l2,omitempty"`            // all rules but adamw, lazyadam
	Clip         float64 `json:"clip,omitempty"`          // all rules

	// Schedule returns the factor on the learning rate at step 1, 2, …; nil means
	// 1 always. It is a function, so it is not saved with a model.
	Schedule func(step int) float64 `json:"-"`
}

// settingNames are the names used in errors and by String, in the order of
// numbers.
var settingNames = [...]string{"learning rate", "momentum", "rho", "beta1", "beta2",
	"epsilon", "weight decay", "l1", "l2", "clip"}

func (s Settings) numbers() [len(settingNames)]float64 {
	return [...]float64{s.LearningRate, s.Momentum, s.Rho, s.Beta1, s.Beta2,
		s.Epsilon, s.WeightDecay, s.L1, s.L2, s.Clip}
}

// String lists the settings that are not zero: "learning rate 0.001, beta1 0.9".
func (s Settings) String() string {
	var parts []string
	for i, x := range s.numbers() {
		if x != 0 {
			parts = append(parts, fmt.Sprintf("%s %v", settingNames[i], x))
		}
	}
	if s.Schedule != nil {
		parts = append(parts, "scheduled")
	}
	return strings.Join(parts, ", ")
}

// check reports everything that is wrong with resolved settings.
func (s Settings) check(rule string) error {
	var bad []string
	for i, x := range s.numbers() {
		name := settingNames[i]
		switch name {
		case "momentum", "rho", "beta1", "beta2":
			if !(x >= 0 && x < 1) {
				bad = append(bad, fmt.Sprintf("%s is %v, want at least 0 and below 1", name, x))
			}
		default:
			if !(x >= 0) || math.IsInf(x, 1) {
				bad = append(bad, fmt.Sprintf("%s is %v, want a finite number that is not negative", name, x))
			}
		}
	}
	if bad == nil {
		return nil
	}
	return fmt.Errorf("solvers: %s: %s", rule, strings.Join(bad, "; "))
}

// foreign reports the settings in s that the rule does not have: those that are
// zero even with the defaults filled in.
func (s Settings) foreign(rule Solver) error {
	var names []string
	resolved := rule.Settings().numbers()
	for i, x := range s.numbers() {
		if x != 0 && resolved[i] == 0 {
			names = append(names, settingNames[i])
		}
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("solvers: %s has no setting %s", rule.Name(), strings.Join(names, ", "))
}

// or is x, or the default where x is zero.
func or(x, standard float64) float64 {
	if x == 0 {
		return standard
	}
	return x
}
