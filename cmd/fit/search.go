package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/tune"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/schollz/progressbar/v3"
)

// search is a run of fit tune.
type search struct {
	*tuneFlags
	space     *space
	trials    []*trial
	r         *reporter
	encodings encodings
	lines     *resultFile
	bar       documentBar
	readTime  time.Duration
	trainTime time.Duration
	stopped   string // done, minutes or interrupted
}

// documentBar counts documents trained on. One of no bar does nothing.
type documentBar struct{ bar *progressbar.ProgressBar }

func (b documentBar) add(n int) {
	if b.bar != nil {
		_ = b.bar.Add(n)
	}
}

// Why a search ended.
const (
	searchDone        = "done"
	searchMinutes     = "minutes"
	searchInterrupted = "interrupted"
)

// run reads, searches, and reports and saves the best.
func (p *search) run(ctx context.Context, s streams) error {
	p.r = newReporter(s, p.out)
	start := time.Now()
	defer p.encodings.close()
	if err := p.read(ctx, s); err != nil {
		return err
	}
	p.readTime = time.Since(start)
	var err error
	if p.lines, err = openResults(p.results); err != nil {
		return err
	}
	defer p.lines.close()
	if err := p.train(ctx); err != nil {
		return err
	}
	best := p.best()
	p.writeTrials()
	if best == nil {
		return p.nothing()
	}
	// The model keeps the result, and is kept itself if there is none.
	test, err := p.test(ctx, s, best)
	best.classifier.Training.RememberTest(test)
	if p.model != "" {
		if err := best.classifier.Save(p.model); err != nil {
			return fmt.Errorf("--model: %w", err)
		}
	}
	p.writeBest(best)
	if err != nil {
		return err
	}
	part, result := "test part", test
	if test == nil {
		part = "validation part"
		if result, err = p.validation(best); err != nil {
			return err
		}
	}
	writeResult(p.r.final, part, result, best.classifier.Labels)
	if p.out.json {
		if err := json.NewEncoder(s.out).Encode(p.json(best, test)); err != nil {
			return err
		}
	}
	if p.stopped == searchInterrupted {
		return context.Canceled
	}
	return nil
}

// read reads the documents, once for each --ngrams, and splits them.
func (p *search) read(ctx context.Context, s streams) error {
	e := &p.encodings
	e.corpora, e.made, e.users = map[int]*bow.Corpus{}, map[encoding]*parts{}, map[encoding]int{}
	r := p.r
	for _, t := range p.trials {
		e.users[t.plan.encoding()]++
		t.plan.workers = p.tuneFlags.train.workers
		if c := e.corpora[t.plan.ngrams]; c != nil {
			if err := t.plan.takeTask(c); err != nil {
				return err
			}
			continue
		}
		corpus, err := t.plan.corpus(ctx, s, r)
		if err != nil {
			return err
		}
		e.corpora[t.plan.ngrams] = corpus
		// The same documents need no second description.
		quiet := *p.r
		quiet.text, r = io.Discard, &quiet
	}
	return p.split(e.corpora[p.trials[0].plan.ngrams])
}

// split takes the test part away, from all trials alike, and says what is searched.
func (p *search) split(corpus *bow.Corpus) error {
	e, f := &p.encodings, &p.tuneFlags.train
	if f.test == "" {
		var err error
		if e.rest, e.test, err = corpus.Split(f.testFraction, nil, splitSource(f.seed, 1)); err != nil {
			return err
		}
	}
	train, valid, err := corpus.Split(f.validFraction, e.rest, splitSource(f.seed, 2))
	if err != nil {
		return err
	}
	if len(valid) == 0 {
		return errors.New("too few documents for a validation part, by which trials are compared; raise --valid-fraction")
	}
	counts, err := corpus.ClassCounts(train)
	if err != nil {
		return err
	}
	if _, err := p.trials[0].plan.weigh(corpus.Labels(), counts); err != nil {
		return err
	}
	p.describe(len(train), len(valid), len(e.test))
	halving := tune.Halving{Trials: len(p.trials), Epochs: f.epochs}
	p.bar.bar = p.r.newBar(halving.Cost()*len(train), "searching")
	return nil
}

// train runs the trials.
func (p *search) train(ctx context.Context) error {
	limited, stop := ctx, func() {}
	if p.minutes > 0 {
		limited, stop = context.WithTimeout(ctx, time.Duration(p.minutes*float64(time.Minute)))
	}
	defer stop()
	start := time.Now()
	s := tune.Search{
		Halving: tune.Halving{Trials: len(p.trials), Epochs: p.tuneFlags.train.epochs},
		Workers: p.tuneFlags.train.workers,
		Train: func(ctx context.Context, i int, epoch func(int, float64)) error {
			return p.trainTrial(ctx, p.trials[i], epoch)
		},
	}
	rungs := len(s.Rungs())
	began := start
	s.OnRung = func(number int, rung tune.Rung, ranking []tune.Standing) {
		p.bar.clear()
		p.writeRung(number, rungs, rung, ranking[0], time.Since(began))
		began = time.Now()
	}
	err := s.Run(limited)
	p.trainTime = time.Since(start)
	p.bar.finish()
	switch {
	case err == nil:
		p.stopped = searchDone
	case ctx.Err() != nil:
		p.stopped = searchInterrupted
	case limited.Err() != nil:
		p.stopped = searchMinutes
	default:
		return err
	}
	return nil
}

func (b documentBar) clear() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}

func (b documentBar) finish() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}

// best is the trial that is kept. It is among those that were never cut: the ones that
// went on instead were better then, and unless they diverge a trial's best epoch stays
// its best.
func (p *search) best() *trial {
	var best *trial
	for _, t := range p.trials {
		if t.classifier != nil && t.better(best) {
			best = t
		}
	}
	return best
}

// nothing says why there is no best trial.
func (p *search) nothing() error {
	switch {
	case p.stopped == searchInterrupted:
		return context.Canceled
	case p.stopped == searchMinutes:
		return errors.New("--minutes were over before a trial had finished an epoch")
	}
	words := 0
	for _, t := range p.trials {
		if t.lost == "no words" {
			words++
		}
	}
	if words == len(p.trials) {
		return fmt.Errorf("no trial has a word in its dictionary; give smaller numbers with --min-count")
	}
	return fmt.Errorf("the trials that were not cut diverged (%d in all); give smaller learning rates with --learning-rate low:high", len(p.trials))
}

// test evaluates the best trial on the test part, which no trial has seen.
func (p *search) test(ctx context.Context, s streams, best *trial) (*feedforward.Result, error) {
	plan := best.plan
	var examples exampleSet
	var err error
	switch {
	case plan.test != "":
		ps := &parts{encoder: best.classifier.Encoder, labels: best.classifier.Labels, stats: map[string]bow.Stats{}}
		if p.stopped == searchInterrupted && plan.test == "-" {
			return nil, nil // Ctrl-C has ended standard input too
		}
		// It is the search that was interrupted, not the test of what it found.
		if err := plan.readTest(context.WithoutCancel(ctx), s, p.r, ps); err != nil {
			return nil, err
		}
		examples = ps.test
	case len(p.encodings.test) > 0:
		if examples, _, err = p.encodings.corpora[plan.ngrams].Examples(best.classifier.Encoder, p.encodings.test); err != nil {
			return nil, err
		}
	default:
		return nil, nil
	}
	defer examples.Close()
	return evaluate(best, examples)
}

// validation evaluates the best trial on the validation part once more.
func (p *search) validation(best *trial) (*feedforward.Result, error) {
	ps, err := p.encodings.take(best.plan)
	if err != nil {
		return nil, err
	}
	return evaluate(best, ps.valid)
}

func evaluate(best *trial, examples exampleSet) (*feedforward.Result, error) {
	r, err := best.classifier.Network.Evaluate(examples)
	if err == nil && (math.IsNaN(r.Loss) || math.IsInf(r.Loss, 0)) {
		err = fmt.Errorf("trial %d diverges on the documents it has not seen", best.number)
	}
	return r, err
}
