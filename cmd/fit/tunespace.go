package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/tune"
	"github.com/nestnet/nestnet/solvers"
	"github.com/spf13/pflag"
)

// tunable are the flags of fit train that fit tune takes a range for.
var tunable = []struct {
	flag     string
	kind     tune.Kind
	standard string // "": as in fit train; learning-rate: around the solver's
	usage    string
}{
	{"solver", tune.Word, "adam", wordFlag("`list` of update rules", solvers.Names())},
	{"learning-rate", tune.Rate, "", "`range` of step sizes (default a tenth to ten times the solver's own)"},
	{"layers", tune.Word, "none,32,64,128,64x64,64x64x64", "`list` of networks: none, or sizes of hidden layers with x between"},
	{"activation", tune.Word, "relu", "`list` of nonlinear functions, one for all hidden layers: " + strings.Join(graph.ActivationNames(), "|")},
	{"init", tune.Word, "auto", wordFlag("`list` of first weights", inits)},
	{"dropout", tune.Share, "0:0.5", "`range` of the share of each hidden layer set to 0"},
	{"batch", tune.Count, "32,64,128", "`range` of examples a step"},
	{"weighting", tune.Word, "presence,tfidf", wordFlag("`list` of numbers of a word in x", weightings)},
	{"ngrams", tune.Count, "1,2", "`range` of how long runs of words get that count as words"},
	{"max-words", tune.Count, "25762", "`range` of how many words to keep"},
	{"min-count", tune.Count, "1", "`range` of how often a word must occur"},
	{"label-smoothing", tune.Share, "0", "`range` of the share of certainty not asked for"},
	{"schedule", tune.Word, "constant", wordFlag("`list` of schedules of the learning rate", solvers.ScheduleNames())},
	{"warmup", tune.Share, "0", "`range` of the share of steps in which the learning rate rises"},
	{"momentum", tune.Share, "", "momentum, nesterov: `range` of the share of the velocity kept (default 0.9)"},
	{"weight-decay", tune.Rate, "", "adamw: `range` of the share of the weights lost (default 0.01)"},
	{"l1", tune.Rate, "", "`range` of the penalty on the absolute weights"},
	{"l2", tune.Rate, "", "`range` of the penalty on the squared weights"},
	{"clip", tune.Rate, "", "`range` of the bound of the gradient"},
}

// space is what trials are drawn from.
type space struct {
	shared []string // flags that all trials have, as arguments
	axes   []tune.Axis
	given  map[string]bool // the axes whose range was given
	train  *pflag.FlagSet  // for the defaults
}

// space reads the ranges.
func (f *tuneFlags) space(train *pflag.FlagSet, changed func(flag string) bool) (*space, error) {
	sp := &space{given: map[string]bool{}, train: train}
	for _, part := range sharedFlags {
		for _, name := range part.flags {
			if changed(name) && name != "workers" { // any number of them gives the same
				values := []string{train.Lookup(name).Value.String()}
				if name == "data" {
					values = f.train.source.paths()
				}
				for _, value := range values {
					sp.shared = append(sp.shared, "--"+name, value)
				}
			}
		}
	}
	var errs []error
	for _, t := range tunable {
		text := *f.ranges[t.flag]
		sp.given[t.flag] = changed(t.flag)
		stdin := f.train.source.path == "-" && t.flag == "ngrams"
		if stdin && !sp.given[t.flag] {
			text = "1" // the texts can be read once only
		}
		if text == "" && !sp.given[t.flag] && t.flag != "learning-rate" {
			continue
		}
		axis := tune.Axis{Name: t.flag, Kind: tune.Rate} // around the solver's own
		var err error
		if text != "" || t.flag != "learning-rate" {
			axis, err = tune.ParseAxis("--"+t.flag, t.kind, text)
		}
		if err == nil && stdin && axis.Size() != 1 {
			err = errors.New("--data - can be read only once, so --ngrams must be one number")
		}
		axis.Name = t.flag
		errs = append(errs, err)
		sp.axes = append(sp.axes, axis)
	}
	return sp, errors.Join(errs...)
}

// setting is a flag and its value.
type setting struct{ flag, value string }

// draw draws n different trials, or as many as there are. A trial is drawn from seed and
// its own number, so that a larger budget adds to the trials of a smaller one.
func (sp *space) draw(s streams, n int, seed uint64) ([]*trial, error) {
	seen := map[string]bool{}
	var trials []*trial
	for len(trials) < n {
		// Not the streams that splitSource takes.
		rng := rand.New(rand.NewPCG(seed, 1<<62|uint64(len(trials))))
		t := &trial{number: len(trials) + 1}
		const tries = 200
		found := false
		for range tries {
			t.settings = sp.settings(rng, len(trials) == 0)
			if key := fmt.Sprint(t.settings); !seen[key] {
				seen[key], found = true, true
				break
			}
		}
		if !found {
			break
		}
		var err error
		if t.plan, err = sp.plan(s, t); err != nil {
			return nil, fmt.Errorf("%w\nthese are the flags of trial %d: %s", err, t.number, shellWords(t.arguments(sp)))
		}
		trials = append(trials, t)
	}
	return trials, nil
}

// settings draws a value from each axis. standard takes the default of fit train where
// no range was given.
func (sp *space) settings(rng *rand.Rand, standard bool) []setting {
	var all []setting
	value := map[string]string{}
	for _, a := range sp.axes {
		around := a.Values == nil && a.High == 0 // the learning rate, which follows the solver
		if around {
			a.Low, a.High = 0.1*ownRate(value["solver"]), 10*ownRate(value["solver"])
		}
		v := a.Draw(rng)
		if standard && !sp.given[a.Name] {
			v = sp.train.Lookup(a.Name).DefValue
			if around {
				v = strconv.FormatFloat(ownRate(value["solver"]), 'g', -1, 64)
			}
		}
		if a.Name == "layers" {
			v = strings.ReplaceAll(v, "x", ",")
		}
		value[a.Name] = v
		all = append(all, setting{a.Name, v})
	}
	return slices.DeleteFunc(all, func(s setting) bool {
		return value["layers"] == "none" && (s.flag == "dropout" || s.flag == "activation") ||
			!sp.given[s.flag] && s.value == sp.train.Lookup(s.flag).DefValue && sp.axis(s.flag).Size() == 1 ||
			!hasSetting(value["solver"], s.flag)
	})
}

func (sp *space) axis(flag string) tune.Axis {
	return sp.axes[slices.IndexFunc(sp.axes, func(a tune.Axis) bool { return a.Name == flag })]
}

// ownRate is the default learning rate of a solver.
func ownRate(solver string) float64 {
	s, err := solvers.New(solver, solvers.Settings{})
	if err != nil {
		return 1e-3 // the name is refused when the trial is planned
	}
	return s.Settings().LearningRate
}

// hasSetting says whether a solver has the setting of a flag; flags that are no setting
// of solvers are all right.
func hasSetting(solver, flag string) bool {
	s, ok := map[string]solvers.Settings{
		"momentum": {Momentum: 0.5}, "weight-decay": {WeightDecay: 0.5}, "l1": {L1: 0.5}, "l2": {L2: 0.5}, "clip": {Clip: 0.5},
	}[flag]
	if !ok {
		return true
	}
	_, err := solvers.New(solver, s)
	return err == nil || !slices.Contains(solvers.Names(), solver)
}

// plan is the trial as fit train would plan it: a trial is no more than flags of it.
func (sp *space) plan(s streams, t *trial) (*plan, error) {
	var f trainFlags
	c := f.command(s)
	if err := c.Flags().Parse(t.arguments(sp)); err != nil {
		return nil, usageError{err}
	}
	return f.plan(c.Flags())
}

// ranges describes the axes that have more than one value.
func (sp *space) ranges() []setting {
	var all []setting
	for _, a := range sp.axes {
		switch {
		case a.Size() == 1:
		case a.Values == nil && a.High == 0:
			all = append(all, setting{a.Name, "a tenth to ten times the solver's own"})
		default:
			all = append(all, setting{a.Name, a.String()})
		}
	}
	return all
}
