package solvers

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Names of schedules.
const (
	Constant = "constant"
	Step     = "step"
	Linear   = "linear"
	Cosine   = "cosine"
	Plateau  = "plateau"
)

// Schedule says how the learning rate changes in the course of a training, by plain
// settings, so that it can be saved: at step t = 1, 2, … it is η·Factor(t). With T
// steps in all, W of them warm-up, and p = (t−1−W)/(T−W) the progress from 0 to 1:
//
//	constant  1
//	step      max(Min, Drop^⌊(t−1)/(Every·EpochSteps)⌋)
//	linear    Min + (1−Min)·(1−p)
//	cosine    Min + (1−Min)·(1+cos πp)/2
//	plateau   max(Min, Drop^cuts), see Cuts
//
// and during warm-up, t ≤ W, all of it times t/W. After step T it stays as it was at the
// end. p is 0 at the first step after warm-up, which has the whole rate, and would be 1
// at step T+1: no step is wasted on a rate of 0.
//
// Cosine: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm
// Restarts", 2017, equation 5 without restarts (arXiv:1608.03983). Warm-up and step:
// P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017,
// sections 2.2 and 5.1 (arXiv:1706.02677). Plateau is Keras' ReduceLROnPlateau and
// PyTorch's of the same name, which both demand a least improvement of 1e-4 by default;
// here any will do. PyTorch's StepLR and CosineAnnealingLR are step and cosine with t
// counted in epochs.
type Schedule struct {
	// Name is one of ScheduleNames. Default constant.
	Name string `json:"name,omitempty"`

	// Steps is T, the steps of the whole training. Linear, cosine and a Warmup that is a
	// share need it; feedforward.Fit fills it in.
	Steps int `json:"steps,omitempty"`

	// EpochSteps is the steps of an epoch. Step needs it; feedforward.Fit fills it in.
	EpochSteps int `json:"epoch_steps,omitempty"`

	// Warmup is W: from 1 on a number of steps, below 1 a share of Steps. 0 is none.
	Warmup float64 `json:"warmup,omitempty"`

	// Every is, for step, how many epochs the rate stays the same; for plateau, how many
	// epochs without improvement lead to a cut. Default 3 for step, 1 for plateau.
	Every int `json:"every,omitempty"`

	// Drop is what step and plateau multiply the rate by each time. Default 0.1.
	Drop float64 `json:"drop,omitempty"`

	// Min is the least factor, apart from warm-up. Default 0.
	Min float64 `json:"min,omitempty"`
}

// ScheduleNames lists the words for Schedule.Name.
func ScheduleNames() []string { return []string{Constant, Step, Cosine, Plateau, Linear} }

// Changes says whether the schedule changes the rate at all.
func (s Schedule) Changes() bool { return s.Name != "" && s.Name != Constant || s.Warmup != 0 }

// Explicit is s with the defaults written out.
func (s Schedule) Explicit() Schedule {
	if s.Name == "" {
		s.Name = Constant
	}
	switch s.Name {
	case Step, Plateau:
		s.Drop = or(s.Drop, 0.1)
		if s.Every == 0 && s.Name == Step {
			s.Every = 3
		} else if s.Every == 0 {
			s.Every = 1
		}
	}
	return s
}

// Check reports all settings that make no sense, in one error. Steps and EpochSteps may
// still be missing.
func (s Schedule) Check() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("solvers: Schedule."+format, args...))
	}
	known := s.Name == ""
	for _, name := range ScheduleNames() {
		known = known || s.Name == name
	}
	if !known {
		bad("Name: unknown schedule %q, want one of %s", s.Name, strings.Join(ScheduleNames(), ", "))
	}
	if s.Steps < 0 {
		bad("Steps is %d, want at least 0", s.Steps)
	}
	if s.EpochSteps < 0 {
		bad("EpochSteps is %d, want at least 0", s.EpochSteps)
	}
	if !(s.Warmup >= 0) || math.IsInf(s.Warmup, 1) || s.Warmup > 1 && s.Warmup != math.Trunc(s.Warmup) {
		bad("Warmup is %v, want a number of steps, or a share of all steps below 1", s.Warmup)
	}
	if s.Every < 0 {
		bad("Every is %d, want at least 1 epoch", s.Every)
	}
	if !(s.Drop >= 0 && s.Drop <= 1) {
		bad("Drop is %v, want above 0 and at most 1", s.Drop)
	}
	if !(s.Min >= 0 && s.Min <= 1) {
		bad("Min is %v, want 0 to 1", s.Min)
	}
	cuts := s.Name == Step || s.Name == Plateau
	if known && !cuts && (s.Every != 0 || s.Drop != 0) {
		bad("Every and Drop are for %s and %s", Step, Plateau)
	}
	if known && s.Min != 0 && (s.Name == "" || s.Name == Constant) {
		bad("Min is for a schedule that lowers the rate, not for %s", Constant)
	}
	return errors.Join(errs...)
}

// Missing names what Factor needs and is 0: "Steps", "EpochSteps" or nothing.
func (s Schedule) Missing() string {
	switch {
	case s.Steps == 0 && (s.Name == Linear || s.Name == Cosine || s.Warmup > 0 && s.Warmup < 1):
		return "Steps"
	case s.EpochSteps == 0 && s.Name == Step:
		return "EpochSteps"
	}
	return ""
}

// WarmupSteps is W, a share of Steps being rounded to whole steps.
func (s Schedule) WarmupSteps() int {
	if s.Warmup < 1 {
		return int(math.Round(s.Warmup * float64(s.Steps)))
	}
	return int(s.Warmup)
}

// Factor is what the learning rate is multiplied by at a step, counted from 1. cuts is
// the number of cuts so far, for plateau; others ignore it. Settings must be such as
// Check wants them, with nothing Missing.
func (s Schedule) Factor(step, cuts int) float64 {
	s = s.Explicit()
	warmup := s.WarmupSteps()
	factor := 1.0
	progress := 0.0
	if rest := s.Steps - warmup; rest > 0 {
		progress = min(max(float64(step-1-warmup), 0)/float64(rest), 1)
	}
	switch s.Name {
	case Step:
		factor = max(s.Min, math.Pow(s.Drop, float64((step-1)/(s.Every*s.EpochSteps))))
	case Linear:
		factor = s.Min + (1-s.Min)*(1-progress)
	case Cosine:
		factor = s.Min + (1-s.Min)*(1+math.Cos(math.Pi*progress))/2
	case Plateau:
		factor = max(s.Min, math.Pow(s.Drop, float64(cuts)))
	}
	if step < warmup {
		factor *= float64(step) / float64(warmup)
	}
	return factor
}

// Cuts counts how often plateau has cut the rate after epochs with these validation
// losses: each time that Every epochs, since the least loss or the last cut, brought
// none that is less.
func (s Schedule) Cuts(losses []float64) int {
	if s.Name != Plateau {
		return 0
	}
	every := s.Explicit().Every
	cuts, since, best := 0, 0, math.Inf(1)
	for _, l := range losses {
		if l < best {
			best, since = l, 0
			continue
		}
		if since++; since == every {
			cuts++
			since = 0
		}
	}
	return cuts
}

// SetFactor gives a function that the learning rate is multiplied by at each step,
// besides the field Schedule; nil is 1. Who trains sets it, whereas the field is a
// setting.
func (c *core) SetFactor(f func(step int) float64) { c.factor = f }

// String is "cosine, warm-up 100 steps".
func (s Schedule) String() string {
	e := s.Explicit()
	parts := []string{e.Name}
	if e.Every != 0 {
		epochs := "epochs"
		if e.Every == 1 {
			epochs = "epoch"
		}
		if e.Name == Plateau {
			epochs += " without improvement"
		}
		parts[0] += fmt.Sprintf(" (times %v after %d %s)", e.Drop, e.Every, epochs)
	}
	switch {
	case s.Warmup >= 1:
		parts = append(parts, fmt.Sprintf("warm-up %d steps", int(s.Warmup)))
	case s.Warmup > 0 && s.Steps > 0:
		parts = append(parts, fmt.Sprintf("warm-up %d of %d steps", s.WarmupSteps(), s.Steps))
	case s.Warmup > 0:
		parts = append(parts, fmt.Sprintf("warm-up %v of all steps", s.Warmup))
	}
	if s.Min > 0 {
		parts = append(parts, fmt.Sprintf("at least %v", s.Min))
	}
	return strings.Join(parts, ", ")
}
