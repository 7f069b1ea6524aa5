package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/nestnet/nestnet/internal/watch"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/pflag"
)

func addWatch(flags *pflag.FlagSet, address *string) {
	flags.StringVar(address, "watch", "", "`address` of a page that shows the curves while they grow: :8080, or :0 for a free port, is for this machine alone, host:8080 for whoever reaches that host")
}

// planWatch checks the address, before anything is read.
func (f *trainFlags) planWatch() error {
	if f.watch == "" {
		return nil
	}
	if err := watch.CheckAddress(f.watch); err != nil {
		return fmt.Errorf("--watch %q: %w", f.watch, err)
	}
	return nil
}

// watching shows a run on a page; a nil one shows nothing.
type watching struct {
	server *watch.Server
	plan   *plan
	state  watch.State // to end in
	said   []string
}

// startWatching serves the page, if one is asked for, and says where.
func (p *plan) startWatching(s streams) (*watching, error) {
	if p.watch == "" {
		return nil, nil
	}
	server, err := watch.Listen(p.watch)
	if err != nil {
		return nil, fmt.Errorf("--watch: %w", err)
	}
	fmt.Fprintf(s.err, "watch: %s\n", server.URL())
	return &watching{server: server, plan: p, state: watch.Finished}, nil
}

// follow begins a training on the page, and has fit tell it of each step and epoch.
func (w *watching) follow(fit *feedforward.Fit, net *feedforward.Network, ps *parts, name string) {
	if w == nil {
		return
	}
	p := w.plan
	t := watch.Training{
		Name: name, Facts: p.facts(net, ps), Epochs: p.epochs, Documents: ps.train.Len(), Scheduled: p.schedule.Changes(), Measure: "accuracy",
	}
	switch {
	case p.multiLabel:
		t.Measure = "micro F1"
	case ps.numbers != nil && ps.numbers.Target != nil:
		t.Measure = "R²"
	}
	if c := p.resumed; c != nil {
		t.Done = c.Epochs*ps.train.Len() + c.Documents
	}
	w.server.Begin(t)
	if c := p.resumed; c != nil {
		for _, e := range c.History() {
			w.epoch(e)
		}
	}
	rate := p.native.Settings().LearningRate
	step, epoch := fit.OnStep, fit.OnEpoch
	fit.OnStep = func(s feedforward.Step) {
		step(s)
		w.server.Step(watch.Step{Epoch: s.Epoch, Step: s.Step, Documents: s.Documents, Loss: s.Loss, LearningRate: rate * s.RateFactor})
	}
	fit.OnEpoch = func(e feedforward.Epoch) {
		w.epoch(e) // before it is written, as who reads of it may look
		epoch(e)
	}
}

func (w *watching) epoch(e feedforward.Epoch) {
	we := watch.Epoch{Number: e.Number, Loss: e.Loss, ValidLoss: math.NaN(), Measure: math.NaN()}
	if e.Valid != nil {
		we.ValidLoss = e.Valid.Loss
		_, we.Measure = validMeasure(e.Valid)
	}
	w.server.Epoch(we)
}

// facts are the headline of a training.
func (p *plan) facts(net *feedforward.Network, ps *parts) []watch.Fact {
	var sizes []string
	for i, part := range []exampleSet{ps.train, ps.valid, ps.test} {
		if part != nil {
			sizes = append(sizes, thousands(part.Len())+" "+partNames[i])
		}
	}
	layers := []string{thousands(net.Config().Inputs)}
	for _, l := range net.Layers() {
		layers = append(layers, fmt.Sprintf("%s %s", thousands(l.Units), l.Activation))
	}
	facts := []watch.Fact{
		{Name: "data", Text: p.dataName() + ": " + strings.Join(sizes, ", ")},
		{Name: "network", Text: fmt.Sprintf("%s; %s (%s)", strings.Join(layers, " → "), count(net.Parameters(), "parameter"), p.dtype)},
		{Name: "loss", Text: p.theLoss.Name()},
		{Name: "solver", Text: fmt.Sprintf("%s (%v), %s", p.solver, p.native.Settings(), p.batchText())},
	}
	if p.schedule.Changes() {
		facts = append(facts, watch.Fact{Name: "schedule", Text: p.schedule.String()})
	}
	return append(facts, watch.Fact{Name: "run", Text: fmt.Sprintf("seed %d, engine %s", p.seed, p.engine)})
}

// trained says how training ended, and that the result is computed now.
func (w *watching) trained(h *feedforward.History) {
	if w == nil {
		return
	}
	if h.Stopped == feedforward.StoppedPatience || h.Stopped == feedforward.StoppedTargetLoss {
		w.state = watch.Stopped
	}
	w.say(ending(h))
}

// say adds to what the page says at the end.
func (w *watching) say(text string) {
	if w == nil {
		return
	}
	w.said = append(w.said, text)
	w.server.Tell(watch.Evaluating, strings.Join(w.said, "\n"))
}

// end says how the run ended, and takes the page away when those who look have it.
func (w *watching) end(err error) {
	if w == nil {
		return
	}
	switch {
	case errors.Is(err, context.Canceled):
		w.state = watch.Interrupted
	case errors.As(err, new(*feedforward.DivergedError)):
		w.state = watch.Diverged
	case err != nil:
		w.state = watch.Failed
	}
	if err != nil && w.state != watch.Interrupted {
		w.said = append([]string{message(err)}, w.said...)
	}
	w.server.Tell(w.state, strings.Join(w.said, "\n"))
	w.server.Close()
}

func (p *plan) dataName() string {
	if p.source.path == "" {
		return "the embedded sample"
	}
	return p.source.name()
}
