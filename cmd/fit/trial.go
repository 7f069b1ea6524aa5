package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/tune"
	"github.com/nestnet/nestnet/models/feedforward"
)

// trial is one training of a search.
type trial struct {
	number   int // from 1
	settings []setting
	plan     *plan

	ended      string // why; "" before
	lost       string // why, if that is how it ended
	history    *feedforward.History
	loss       float64 // on the validation part, of the best epoch
	accuracy   float64
	epochs     int // trained
	best       int // the best of them
	elapsed    time.Duration
	classifier *feedforward.Classifier // nil if lost or cut
}

// Why a trial ended, besides what feedforward.Stopped says.
const (
	endedCut  = "cut"  // others were better
	endedLost = "lost" // it came to nothing
)

// arguments are the flags of fit train that train the same.
func (t *trial) arguments(sp *space) []string {
	args := append([]string{}, sp.shared...)
	for _, s := range t.settings {
		args = append(args, "--"+s.flag, s.value)
	}
	return args
}

// shellWords writes arguments as a shell reads them.
func shellWords(args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = a
		if a == "" || strings.ContainsFunc(a, func(r rune) bool {
			return !strings.ContainsRune("-_=./,:+@%", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 128
		}) {
			words[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// better says whether t is better than other, which may be nil.
func (t *trial) better(other *trial) bool {
	return other == nil || t.loss < other.loss || t.loss == other.loss && t.number < other.number
}

// trainTrial is one trial from its first epoch to its end, whoever decides on that.
func (p *search) trainTrial(ctx context.Context, t *trial, next func(epoch int, loss float64)) error {
	failed := func(err error) error {
		return fmt.Errorf("trial %d (%s): %w", t.number, shellWords(t.arguments(p.space)), err)
	}
	working := time.Now()
	lost := func(why string) error {
		t.ended, t.lost, t.loss, t.accuracy, t.best = endedLost, why, math.Inf(1), 0, 0
		return cmp.Or(p.write(t), tune.ErrLost)
	}
	ps, err := p.encodings.take(t.plan)
	if errors.Is(err, bow.ErrNoWords) {
		return lost("no words")
	}
	if err != nil {
		return failed(err)
	}
	defer p.encodings.give(t.plan)
	net, fit, err := t.plan.network(ps)
	if err != nil {
		return failed(err)
	}
	fit.Workers = 1 // the cores are for other trials
	seen := 0
	fit.OnStep = func(s feedforward.Step) {
		p.bar.add(s.Documents - seen)
		seen = s.Documents
	}
	fit.OnEpoch = func(e feedforward.Epoch) {
		seen = 0
		if t.epochs = e.Number; t.best == 0 || e.Valid.Loss < t.loss {
			t.best, t.loss, t.accuracy = e.Number, e.Valid.Loss, e.Valid.Accuracy
		}
		t.elapsed += time.Since(working)
		next(e.Number, e.Valid.Loss) // may wait
		working = time.Now()
	}
	t.history, err = net.Fit(ctx, ps.train, fit)
	t.elapsed += time.Since(working)
	t.ended = string(t.history.Stopped)
	switch {
	case errors.As(err, new(*feedforward.DivergedError)):
		return lost("diverged")
	case context.Cause(ctx) == tune.ErrCut:
		t.ended = endedCut
		return p.write(t)
	case err != nil && ctx.Err() == nil:
		return failed(err)
	case t.epochs == 0:
		return nil // interrupted, and of no use
	}
	t.classifier = &feedforward.Classifier{Network: net, Encoder: ps.encoder, Labels: ps.labels, Training: t.plan.record(ps, t.history, nil)}
	asCommanded(t.classifier.Training, t.history)
	return p.write(t)
}

// encodings are the examples of trials, made when the first trial needs them and dropped
// after the last one. Trials that read the same words share them.
type encodings struct {
	mu         sync.Mutex
	corpora    map[int]*bow.Corpus // by --ngrams
	rest, test []int               // rows
	made       map[encoding]*parts
	users      map[encoding]int // the trials to come
}

// encoding is what the examples depend on.
type encoding struct {
	ngrams, maxWords, minCount int
	weighting                  string
}

func (p *plan) encoding() encoding { return encoding{p.ngrams, p.maxWords, p.minCount, p.weighting} }

func (e *encodings) take(p *plan) (*parts, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ps := e.made[p.encoding()]
	if ps == nil {
		var err error
		if ps, err = p.encode(e.corpora[p.ngrams], e.rest, nil); err != nil {
			return nil, err
		}
		e.made[p.encoding()] = ps
	}
	return ps, nil
}

func (e *encodings) give(p *plan) {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := p.encoding()
	if e.users[key]--; e.users[key] > 0 || e.made[key] == nil {
		return
	}
	for _, examples := range []exampleSet{e.made[key].train, e.made[key].valid} {
		if cache, ok := examples.(*data.Cache); ok {
			e.corpora[p.ngrams].Drop(cache)
		}
	}
	delete(e.made, key)
}

// close lets go of everything.
func (e *encodings) close() {
	for _, ps := range e.made {
		ps.close()
	}
	for _, c := range e.corpora {
		c.Close()
	}
}

// resultFile gets a line for each trial that ends. A nil one gets nothing.
type resultFile struct {
	mu   sync.Mutex
	file *os.File
}

func openResults(path string) (*resultFile, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("--results: %w", fileError(err))
	}
	return &resultFile{file: f}, nil
}

func (r *resultFile) close() {
	if r != nil {
		r.file.Close()
	}
}

// write writes a trial that has ended to --results.
func (p *search) write(t *trial) error {
	if p.lines == nil {
		return nil
	}
	p.lines.mu.Lock()
	defer p.lines.mu.Unlock()
	if err := json.NewEncoder(p.lines.file).Encode(p.trialJSON(t)); err != nil {
		return fmt.Errorf("--results: %w", fileError(err))
	}
	return nil
}
