package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nestnet/nestnet/internal/tune"
	"github.com/nestnet/nestnet/models/feedforward"
)

// describe says what is searched, and how.
func (p *search) describe(train, valid, test int) {
	w, f := p.r.text, &p.tuneFlags.train
	fmt.Fprintf(w, "split     %s training, %s validation", thousands(train), thousands(valid))
	if test > 0 {
		fmt.Fprintf(w, ", %s test", thousands(test))
	}
	fmt.Fprintf(w, "\nsearch    %s, seed %d\n", count(len(p.trials), "trial"), f.seed)
	if len(p.trials) < p.budget {
		fmt.Fprintf(w, "          (the ranges have no more than these)\n")
	}
	for _, r := range p.space.ranges() {
		fmt.Fprintf(w, "          %s %s\n", r.flag, r.value)
	}
	fmt.Fprintln(w)
}

// writeRung reports a rung that is over.
func (p *search) writeRung(number, of int, rung tune.Rung, first tune.Standing, took time.Duration) {
	best := "all lost"
	if !math.IsInf(first.Loss, 1) {
		best = fmt.Sprintf("best validation loss %s (trial %d)", lossText(first.Loss), first.Trial+1)
	}
	fmt.Fprintf(p.r.text, "rung %d/%d   %s, %s each: %s   %s\n", number, of, count(rung.Trials, "trial"), count(rung.Epochs, "epoch"), best, short(took))
}

// maxTrials is how many rows the table has.
const maxTrials = 20

// ranking is the trials that have a loss, or lost it, the best first.
func (p *search) ranking() []*trial {
	var all []*trial
	for _, t := range p.trials {
		if t.epochs > 0 || t.ended == endedLost {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b *trial) int {
		if a.better(b) {
			return -1
		}
		return 1
	})
	return all
}

// writeTrials writes the table of the trials.
func (p *search) writeTrials() {
	w := p.r.final
	switch p.stopped {
	case searchInterrupted:
		fmt.Fprintf(p.r.text, "interrupted\n")
	case searchMinutes:
		fmt.Fprintf(p.r.text, "stopped after %v minutes\n", p.minutes)
	}
	all := p.ranking()
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, "\n   rank   trial     loss   accuracy   epochs   best     time   settings")
	for i, t := range all[:min(len(all), maxTrials)] {
		loss, accuracy, best := lossText(t.loss), fmt.Sprintf("%.4f", t.accuracy), strconv.Itoa(t.best)
		if t.ended == endedLost {
			loss, accuracy, best = t.lost, "-", "-"
		}
		fmt.Fprintf(w, "%7d%8d%9s%11s%9d%7s%8.2fs   %s\n", i+1, t.number, loss, accuracy, t.epochs, best, t.elapsed.Seconds(), t.summary(p.space))
	}
	if n := len(all) - maxTrials; n > 0 {
		fmt.Fprintf(w, "and %s more, all of which --results writes\n", thousands(n))
	}
	fmt.Fprintln(w)
}

// summary is the settings in which trials differ, in short: "learning-rate 0.002, layers
// 64x64".
func (t *trial) summary(sp *space) string {
	var parts []string
	for _, s := range t.settings {
		if sp.axis(s.flag).Size() == 1 {
			continue
		}
		if s.flag == "layers" {
			s.value = strings.ReplaceAll(s.value, ",", "x")
		}
		parts = append(parts, s.flag+" "+s.value)
	}
	return strings.Join(parts, ", ")
}

// command is how fit train makes the same model, "" if it can not.
func (p *search) command(t *trial) string {
	args := t.arguments(p.space)
	if t.ended == string(feedforward.StoppedInterrupted) {
		s := t.plan.schedule
		if s.Missing() == "Steps" {
			return "" // the rates depend on how many steps there were to come
		}
		i := slices.Index(args, "--epochs")
		if i < 0 {
			args = append(args, "--epochs", "")
			i = len(args) - 2
		}
		args[i+1] = strconv.Itoa(t.epochs)
	}
	if p.model != "" {
		args = append(args, "--model", p.model)
	}
	return strings.TrimSpace("fit train " + shellWords(args))
}

// writeBest says which trial is kept and how to train it again.
func (p *search) writeBest(t *trial) {
	w := p.r.text
	fmt.Fprintf(w, "trial %d is the best on the validation part; the weights are those of its epoch %d\n", t.number, t.best)
	if c := p.command(t); c != "" {
		fmt.Fprintf(w, "this trains it again:\n  %s\n", c)
	} else {
		fmt.Fprintf(w, "it was stopped in the middle of its schedule, so no command trains it again\n")
	}
	fmt.Fprintf(w, "read in %s, searched in %s\n", duration(p.readTime.Seconds()), duration(p.trainTime.Seconds()))
	if p.model != "" {
		fmt.Fprintf(w, "model saved to %s\n", p.model)
	}
	fmt.Fprintln(w)
}

// trialJSON is a line of --results.
type trialJSON struct {
	Trial     int               `json:"trial"`
	Ended     string            `json:"ended"`          // epochs, patience, target-loss, cut, lost or interrupted
	Lost      string            `json:"lost,omitempty"` // why: diverged, or no words
	Loss      *float64          `json:"loss"`           // validation; null if lost
	Accuracy  *float64          `json:"accuracy"`
	Epochs    int               `json:"epochs"`
	BestEpoch int               `json:"best_epoch,omitempty"`
	Seconds   float64           `json:"seconds"`
	Settings  map[string]string `json:"settings"`
	Arguments []string          `json:"arguments"` // of fit train
}

func (p *search) trialJSON(t *trial) trialJSON {
	j := trialJSON{Trial: t.number, Ended: t.ended, Lost: t.lost, Epochs: t.epochs, BestEpoch: t.best, Seconds: t.elapsed.Seconds(),
		Settings: map[string]string{}, Arguments: t.arguments(p.space)}
	if t.ended != endedLost {
		j.Loss, j.Accuracy = &t.loss, &t.accuracy
	}
	for _, s := range t.settings {
		j.Settings[s.flag] = s.value
	}
	return j
}

// tuneJSON is the object that fit tune --json writes.
type tuneJSON struct {
	Stopped string      `json:"stopped"` // done, minutes or interrupted
	Best    int         `json:"best"`    // trial
	Trials  []trialJSON `json:"trials"`  // the best first
	Command string      `json:"command,omitempty"`
	Test    *resultJSON `json:"test,omitempty"`
	Model   string      `json:"model,omitempty"`
	Seconds struct {
		Read   float64 `json:"read"`
		Search float64 `json:"search"`
	} `json:"seconds"`
}

func (p *search) json(best *trial, test *feedforward.Result) tuneJSON {
	j := tuneJSON{Best: best.number, Stopped: p.stopped, Command: p.command(best)}
	for _, t := range p.ranking() {
		j.Trials = append(j.Trials, p.trialJSON(t))
	}
	if test != nil {
		j.Test = resultOf(test, best.classifier.Labels)
	}
	j.Model = p.model
	j.Seconds.Read, j.Seconds.Search = p.readTime.Seconds(), p.trainTime.Seconds()
	return j
}
