package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
)

// parts are the examples of a training.
type parts struct {
	corpus             *bow.Corpus
	encoder            *bow.Encoder
	train, valid, test *data.Set
	stats              map[string]bow.Stats
}

// read reads the corpus, splits it, makes the dictionary of the training part and
// encodes all parts with it.
func (p *plan) read(ctx context.Context, s streams, r *reporter) (*parts, error) {
	corpus, err := bow.NewCorpus(p.tokenizer)
	if err != nil {
		return nil, err
	}
	if err := p.source.readAll(ctx, s, r, corpus); err != nil {
		return nil, err
	}
	if err := corpus.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", p.source.name(), err)
	}
	r.corpus(corpus)
	var rest, test, train, valid []int
	if p.test == "" {
		if rest, test, err = corpus.Split(p.testFraction, nil, splitSource(p.seed, 1)); err != nil {
			return nil, err
		}
	}
	if train, valid, err = corpus.Split(p.validFraction, rest, splitSource(p.seed, 2)); err != nil {
		return nil, err
	}
	words, err := corpus.Vocabulary(train, bow.VocabularyOptions{MaxWords: p.maxWords, MinCount: p.minCount})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.source.name(), err)
	}
	ps := &parts{corpus: corpus, stats: map[string]bow.Stats{}}
	if ps.encoder, err = corpus.Encoder(words, bow.Weighting(p.weighting), train); err != nil {
		return nil, err
	}
	encode := func(name string, rows []int) (set *data.Set) {
		if err == nil && len(rows) > 0 {
			var stats bow.Stats
			set, stats, err = corpus.Set(ps.encoder, rows)
			ps.stats[name] = stats
		}
		return set
	}
	ps.train, ps.valid, ps.test = encode("training", train), encode("validation", valid), encode("test", test)
	if err != nil {
		return nil, err
	}
	if p.test != "" {
		f, err := openSource(s, p.test, p.source.options())
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r.source("test", f)
		set, stats, err := ps.encoder.ReadSet(until{ctx, f}, corpus.Labels())
		if err != nil {
			return nil, err
		}
		r.blank(f)
		ps.test, ps.stats["test"] = set, stats
	}
	r.parts(p, ps)
	return ps, nil
}

// splitSource is the source of randomness of one split. It does not depend on how much
// any other part of the program draws.
func splitSource(seed, which uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 1<<63|which))
}
