package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/pflag"
)

// planValidation checks --cross-validate with the flags that it takes the place of.
func (f *trainFlags) planValidation(set *pflag.FlagSet) error {
	switch {
	case f.crossValidate == 0 && set.Changed("cross-validate"), f.crossValidate < 0, f.crossValidate == 1:
		return fmt.Errorf("--cross-validate is %d, want at least 2", f.crossValidate)
	case f.crossValidate > 0 && f.test != "":
		return errors.New("--cross-validate tests on each part of --data in turn, --test on another file; give one")
	case f.crossValidate > 0 && set.Changed("test-fraction"):
		return errors.New("--cross-validate and --test-fraction are two ways to say what to test on; give one")
	}
	return nil
}

// crossValidation is a training and a test for each fold.
type crossValidation struct {
	plan   *plan
	r      *reporter
	log    *logFile
	corpus *bow.Corpus
	rows   [][]int // of the folds
	folds  []foldResult
	saved  bool
}

// foldResult is what a fold came to.
type foldResult struct {
	trained, words int // documents, without the validation part, and their dictionary
	result         *feedforward.Result
	history        *feedforward.History
	elapsed        time.Duration
}

// validate trains and tests once for each fold, on a dictionary of the training
// documents only, and reports each and all together. A model, if one is asked for, is
// trained on all documents after that.
func (p *plan) validate(ctx context.Context, s streams) error {
	r := newReporter(s, p.out)
	corpus, err := p.corpus(ctx, s, r)
	if err != nil {
		return err
	}
	defer corpus.Close()
	c := crossValidation{plan: p, r: r, corpus: corpus}
	if c.rows, err = corpus.Folds(p.crossValidate, nil, splitSource(p.seed, 3)); err != nil {
		return fmt.Errorf("--cross-validate %d: there are only %s", p.crossValidate, count(corpus.Len(), "document"))
	}
	if c.log, err = openLog(p.log); err != nil {
		return err
	}
	defer c.log.close()
	for k := range c.rows {
		if err = c.fold(ctx, k); err != nil {
			break
		}
	}
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return err
	}
	c.report(interrupted)
	if n := len(c.folds); n > 0 {
		name, _ := measure(c.folds[0].result)
		m := c.measured()
		p.watching.say(fmt.Sprintf("mean %s %.4f ± %.4f in %s", name, m.Mean, m.Deviation, count(n, "fold")))
	}
	if p.model != "" && !interrupted {
		err = c.trainAll(ctx)
		interrupted = errors.Is(err, context.Canceled)
		if err != nil && !interrupted {
			return err
		}
	}
	if p.out.json {
		if err := json.NewEncoder(s.out).Encode(c.json()); err != nil {
			return err
		}
	}
	if interrupted {
		return context.Canceled
	}
	if err := c.log.err(); err != nil {
		return fmt.Errorf("--log: %w", fileError(err))
	}
	return nil
}

// drop frees the examples of a fold, so that the next one has the memory.
func (c *crossValidation) drop(ps *parts) {
	for _, examples := range []exampleSet{ps.train, ps.valid, ps.test} {
		if cache, ok := examples.(*data.Cache); ok {
			c.corpus.Drop(cache)
		}
	}
}

// fold trains on all folds but number k and tests on that.
func (c *crossValidation) fold(ctx context.Context, k int) error {
	p := c.plan
	failed := func(err error) error { return fmt.Errorf("fold %d: %w", k+1, err) }
	if err := ctx.Err(); err != nil {
		return err
	}
	start := time.Now()
	ps, err := p.encode(c.corpus, bow.Except(c.rows, k), c.rows[k])
	if err != nil {
		return failed(err)
	}
	defer c.drop(ps)
	// A solver keeps its moments, so each training gets its own.
	if err := p.planSolver(); err != nil {
		return err
	}
	net, fit, err := p.network(ps)
	if err != nil {
		return failed(err)
	}
	if k == 0 {
		c.describe(net, ps)
	}
	progress := c.r.progress(ps.train.Len(), p.epochs)
	progress.what, progress.silent = fmt.Sprintf("fold %d/%d  ", k+1, len(c.rows)), true
	fit.OnStep = progress.step
	fit.OnEpoch = func(e feedforward.Epoch) {
		progress.epoch(e)
		c.log.epochOf(k+1, e, progress.elapsed())
	}
	p.watching.follow(&fit, net, ps, fmt.Sprintf("fold %d/%d", k+1, len(c.rows)))
	history, err := net.Fit(ctx, ps.train, fit)
	progress.stop()
	if errors.Is(err, context.Canceled) {
		return err
	}
	if err != nil {
		return failed(p.withRate(err))
	}
	result, err := net.Evaluate(ps.test)
	if err != nil {
		return failed(err)
	}
	if math.IsNaN(result.Loss) || math.IsInf(result.Loss, 0) {
		return failed(p.withRate(&feedforward.DivergedError{Epoch: len(history.Epochs), Step: history.Steps, Loss: result.Loss}))
	}
	c.folds = append(c.folds, foldResult{trained: ps.train.Len(), words: ps.encoder.Columns(), result: result, history: history, elapsed: time.Since(start)})
	c.writeFold(k + 1)
	return nil
}

// trainAll trains a model on all documents and saves it.
func (c *crossValidation) trainAll(ctx context.Context) error {
	p := c.plan
	ps, err := p.encode(c.corpus, nil, nil)
	if err != nil {
		return err
	}
	defer c.drop(ps)
	if err := p.planSolver(); err != nil {
		return err
	}
	net, fit, err := p.network(ps)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.r.text, "\nthe model is trained on all documents, %s", count(ps.train.Len(), "training document"))
	if ps.valid != nil {
		fmt.Fprintf(c.r.text, " and %s for validation", thousands(ps.valid.Len()))
	}
	fmt.Fprint(c.r.text, "\n")
	progress := c.r.progress(ps.train.Len(), p.epochs)
	fit.OnStep = progress.step
	fit.OnEpoch = func(e feedforward.Epoch) {
		progress.epoch(e)
		c.log.epochOf(0, e, progress.elapsed())
	}
	p.watching.follow(&fit, net, ps, "the model, on all documents")
	history, err := net.Fit(ctx, ps.train, fit)
	progress.stop()
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return p.withRate(err)
	}
	fmt.Fprintf(c.r.text, "%s\n", ending(history))
	if len(history.Epochs) == 0 {
		fmt.Fprintf(c.r.text, "model not saved: not one epoch was finished\n")
		return err
	}
	m := feedforward.Classifier{Network: net, Encoder: ps.encoder, Labels: ps.labels, Training: p.record(ps, history, nil)}
	if e := m.Save(p.model); e != nil {
		return fmt.Errorf("--model: %w", e)
	}
	c.saved = true
	fmt.Fprintf(c.r.text, "model saved to %s\n", p.model)
	return err
}
