package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/ranked"
	"github.com/nestnet/nestnet/models/feedforward"
)

// tested is what a model is tested on.
type tested struct {
	examples data.Source // of several ranks, a block of them each

	// documents returns the documents of all ranks, if there is to be more than their
	// number.
	documents func() ([]bow.Document, error)
}

// read reads the examples to test on. With several ranks each reads a part of the file.
func (f *evalFlags) read(ctx context.Context, s streams, r *reporter, ranks cluster.Comm, c *feedforward.Classifier, texts bool) (*tested, error) {
	o := f.source.options()
	alone := ranks.Size() == 1
	if !alone {
		o.Cluster = ranks
	}
	file, err := openSource(s, f.source.paths(), o)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r.source("data", file)
	documents := &remembered{until: until{ctx, file}, bar: r.counter("reading"), texts: texts && alone}
	set, stats, err := c.Encoder.ReadSet(documents, c.Labels)
	documents.bar.stop()
	if err != nil {
		return nil, withHint(ranks, err, func(err error) error {
			switch cut := c.Network.Config().MultiLabel && f.source.labelSeparator == "" && file.Format() != bow.FastText; {
			case errors.Is(err, bow.ErrManyLabels):
				return fmt.Errorf("%w; the model gives a text one", err)
			case errors.Is(err, bow.ErrUnknownLabel) && cut:
				return fmt.Errorf("%w; the model was not trained on it (--label-separator cuts a column into several labels)", err)
			case errors.Is(err, bow.ErrUnknownLabel):
				return fmt.Errorf("%w; the model was not trained on it", err)
			}
			return err
		})
	}
	if err := r.skippedOn(ranks, file); err != nil {
		return nil, err
	}
	r.empty("test", stats)
	fmt.Fprintln(r.text)
	if alone {
		return &tested{set, func() ([]bow.Document, error) { return documents.all, nil }}, nil
	}
	examples, err := ranked.NewEval(ranks, set, feedforward.EvaluateRows)
	if err != nil {
		return nil, err
	}
	return &tested{examples, func() ([]bow.Document, error) {
		if !texts {
			return nil, nil
		}
		return f.readAgain(ctx, s, examples.Len())
	}}, nil
}

// readAgain returns the documents of all ranks, of which each has read its part: what is
// shown of them, the number of a line for example, is known to one who reads all.
func (f *evalFlags) readAgain(ctx context.Context, s streams, n int) ([]bow.Document, error) {
	file, err := openSource(s, f.source.paths(), f.source.options())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	documents := &remembered{until: until{ctx, file}, texts: true}
	for {
		_, err := documents.Read()
		switch {
		case err == io.EOF && documents.read != n:
			return nil, fmt.Errorf("%s: %w", f.source.name(), errChanged)
		case err == io.EOF:
			return documents.all, nil
		case err != nil:
			return nil, err
		}
	}
}

// remembered keeps of the documents what is shown of them later.
type remembered struct {
	until
	bar   counter
	read  int
	texts bool // keep the documents
	all   []bow.Document
}

func (r *remembered) Read() (bow.Document, error) {
	d, err := r.until.Read()
	if err == nil {
		if r.texts {
			r.all = append(r.all, d)
		}
		if r.read++; r.read%1024 == 0 {
			r.bar.count(r.read)
		}
	}
	return d, err
}

// onFirst runs do on rank 0, for which the others wait.
func onFirst(ranks cluster.Comm, do func() error) error {
	var err error
	if ranks.Rank() == 0 {
		err = do()
	}
	return cluster.Agree(ranks, err)
}
