package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"
)

// tuneFlags are the flags of fit tune, as they were given.
type tuneFlags struct {
	train   trainFlags // those of fit train that all trials share
	ranges  map[string]*string
	budget  int
	minutes float64
	results string
	model   string
	out     outputFlags
}

// sharedFlags are the flags of fit train that fit tune passes on as they are.
var sharedFlags = []struct {
	title string
	flags []string
}{
	{"Data", []string{"data", "format", "label-column", "text-column", "label-separator", "task", "test", "test-fraction", "valid-fraction", "stop-words", "min-df", "max-df", "hash-bits", "cache", "cache-bytes"}},
	{"Training", []string{"loss", "output", "class-weights", "epochs", "patience", "seed", "workers", "dtype"}},
}

func tuneCommand(s streams) *cobra.Command {
	f := tuneFlags{ranges: map[string]*string{}}
	c := &cobra.Command{
		Use:   "tune [flags]",
		Short: "Search for the settings that train the best classifier",
		Long: `Tune draws settings at random, trains a classifier with each of them, and keeps the
one with the least validation loss. All trials are trained a little, the best third of
them three times as long, and so on (successive halving). The first trial has the
defaults of fit train. The test part is for the best one alone, at the end.`,
		Example: `  fit tune -data a.tsv -model best      20 trials over the ranges below
  fit tune -budget 50 -minutes 5 -learning-rate 1e-4:1e-1 -layers none,64,64x64`,
		Args: noArguments("a file to train on is given with --data"),
	}
	train := f.train.command(s)
	search := newGroup("Search")
	search.flags.IntVar(&f.budget, "budget", 20, "how many trials to begin with")
	search.flags.Float64Var(&f.minutes, "minutes", 0, "stop after so many, wherever the search is then; 0 = no limit (default 0)")
	var shared []flagGroup
	for _, part := range sharedFlags {
		g := newGroup(part.title + ", as in fit train")
		for _, name := range part.flags {
			g.flags.AddFlag(train.Flags().Lookup(name))
		}
		shared = append(shared, g)
	}
	ranges := newGroup("Ranges, low:high or values with commas between")
	for _, t := range tunable {
		f.ranges[t.flag] = ranges.flags.String(t.flag, t.standard, t.usage)
	}
	output := newGroup("Output")
	output.flags.StringVar(&f.model, "model", "", "`file` to save the best classifier to")
	output.flags.StringVar(&f.results, "results", "", "`file` to write one JSON object a trial to, as they end")
	f.out.add(output.flags, "the last line of standard output is one JSON object; all else goes to standard error")
	addGroups(c, search, shared[0], ranges, shared[1], output)
	c.RunE = func(c *cobra.Command, _ []string) error {
		p, err := f.plan(s, train, c.Flags().Changed)
		if err != nil {
			return err
		}
		return p.run(c.Context(), s)
	}
	return c
}

// plan checks the flags and draws the trials.
func (f *tuneFlags) plan(s streams, train *cobra.Command, changed func(flag string) bool) (*search, error) {
	err := atLeast("budget", f.budget, 1)
	if !(f.minutes >= 0) || math.IsInf(f.minutes, 1) {
		err = errors.Join(err, fmt.Errorf("--minutes is %v, want at least 0", f.minutes))
	}
	if f.train.validFraction == 0 {
		err = errors.Join(err, errors.New("fit tune compares trials by their validation loss, so it needs a --valid-fraction above 0"))
	}
	space, spaceErr := f.space(train.Flags(), changed)
	if err = errors.Join(err, spaceErr); err != nil {
		return nil, usageError{err}
	}
	if err := f.onlyTexts(changed); err != nil {
		return nil, err
	}
	p := &search{tuneFlags: f, space: space}
	if p.trials, err = space.draw(s, f.budget, f.train.seed); err != nil {
		return nil, err
	}
	// What would be overwritten is looked for with the names of all files.
	places := f.train
	places.model = f.model
	return p, errors.Join(places.placeFor("model", f.model), places.placeFor("results", f.results))
}

// onlyTexts refuses numbers, which a search would read as texts.
func (f *tuneFlags) onlyTexts(changed func(flag string) bool) error {
	data := plan{trainFlags: f.train}
	switch {
	case !changed("text-column") && data.readsNumbers():
		return usagef("fit tune is for texts so far, and %s has numbers", data.source.name())
	case data.task == taskRegression:
		return errNoRegressionOfTexts
	}
	return nil
}
