package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/replace"
	"github.com/nestnet/nestnet/models/feedforward"
)

// What the page has at the most, so that it can be read however large the corpus is, and
// what is looked at for it.
const (
	reportMistakes = 10         // texts that were taken for another class
	reportExcerpt  = 400        // characters of each
	reportClasses  = 20         // classes with their words
	reportWords    = 10         // words of each
	reportCurves   = 10         // classes with their ROC curves
	reportMatrix   = 40         // classes of the confusion matrix
	reportAnswers  = 10_000_000 // probabilities that are kept
	reportRanked   = 200_000    // documents of which they are
	reportDots     = 1000       // answers of a regression

	reportTexts     = 2000       // texts from which words are told
	reportOwn       = 100        // of them those of one class
	reportLength    = 32 << 10   // bytes of each
	reportExplained = 5000       // explanations, of a text for a class
	reportSums      = 25_000_000 // contributions that are summed up, of a word for a class
)

// reportMaker gathers the page of --report.
type reportMaker struct {
	r       *reporter
	c       *feedforward.Classifier
	title   string
	command string
	facts   [][2]string // of the data
	times   string

	history *feedforward.History // nil: not known
	results []namedResult        // of the parts, in the order in which they are shown
	part    string               // name of the one that is measured
	warning []string

	source data.Source // examples of the part
	each   *evalReport // answers; nil for labels and regressions
	every  int         // of so many examples of the part each holds one

	place string // what a document's number counts: lines of the file, or files

	// texts returns the documents at these places of the part, which ascend. Nil: there
	// are none, or they cannot be read again.
	texts func(ctx context.Context, places []int) ([]bow.Document, error)
}

// measured is the result of the part that is measured.
func (m *reportMaker) measured() *feedforward.Result {
	for _, r := range m.results {
		if r.name == m.part {
			return r.Result
		}
	}
	return nil
}

// write makes the page and writes it, whole or not at all.
func (m *reportMaker) write(ctx context.Context, path string) error {
	page, err := m.page(ctx)
	if err == nil {
		err = replace.File(path, page.write)
	}
	if err != nil {
		return fmt.Errorf("--report: %s: %w", path, unwrapPath(err))
	}
	return nil
}

func (m *reportMaker) page(ctx context.Context) (*reportPage, error) {
	result := m.measured()
	p := &reportPage{Title: m.title, Foot: writtenBy(time.Now())}
	if err := m.answer(ctx); err != nil {
		return nil, err
	}
	p.Lead, p.Tiles = m.lead(result)
	p.add(m.summary())
	p.add(m.measures(result))
	for _, make := range []func() (*reportSection, error){m.course, m.answers, m.confusion, m.classes, m.curves, m.calibration} {
		s, err := make()
		if err != nil {
			return nil, err
		}
		p.add(s)
	}
	texts, err := m.textSections(ctx)
	for _, s := range texts {
		p.add(s)
	}
	p.Warnings = m.warning
	return p, err
}

// answer evaluates each example of the part, of a large one every nth.
func (m *reportMaker) answer(ctx context.Context) error {
	if m.each == nil {
		return nil
	}
	if m.each.Evaluation == nil {
		n := m.measured().Documents
		m.every = max(1, over(n*m.c.Network.Classes(), reportAnswers), over(n, reportRanked))
		source := m.source
		if m.every > 1 {
			thin, err := everyNth(ctx, source, m.every)
			if err != nil {
				return err
			}
			source = thin
		}
		e, err := m.c.Network.EvaluateEach(source)
		if err != nil {
			return err
		}
		m.each.Evaluation = e
		return m.each.measure(ctx, m.r)
	}
	m.every = 1
	return nil
}

// over is how many times most fits into n, rounded up.
func over(n, most int) int { return (n + most - 1) / most }

// everyNth is every nth example of a source.
func everyNth(ctx context.Context, source data.Source, n int) (*data.Set, error) {
	set := &data.Set{}
	pass := source.Pass(1024, nil)
	var b data.Batch
	for at := 0; ; {
		err := cmp.Or(ctx.Err(), pass.Next(&b))
		if err == io.EOF {
			return set, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range b.Rows() {
			if at%n == 0 {
				set.Append(&b, i)
			}
			at++
		}
	}
}

// unwrapPath leaves the name of a temporary file out of an error.
func unwrapPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// places of n documents out of all, evenly spread.
func places(n, all int) []int {
	n = min(n, all)
	list := make([]int, n)
	for i := range list {
		list[i] = i * all / n
	}
	return list
}
