package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/vectors"
)

// parts are the examples of a training.
type parts struct {
	encoder            *bow.Encoder     // nil for numbers
	numbers            *vectors.Encoder // nil for texts
	labels             []string
	train, valid, test exampleSet // valid and test may be nil
	stats              map[string]bow.Stats
	missing            map[string][]string // the classes that a part has no document of
	perClass           []int               // training documents
	weights            []float64           // of the classes in training; nil: 1 each

	// Only for --report, which shows texts:
	rows map[string][]int // documents of --data that each part has; the first is 0
	in   *spooled         // standard input to be read again; nil: it is not read
}

// columns is the width of x.
func (ps *parts) columns() int {
	if ps.numbers != nil {
		return ps.numbers.Width()
	}
	return ps.encoder.Columns()
}

// close removes what was kept in temporary files.
func (ps *parts) close() {
	for _, c := range []exampleSet{ps.train, ps.valid, ps.test} {
		if c != nil {
			c.Close()
		}
	}
	ps.in.close()
}

// read reads the corpus, splits it, makes the dictionary of the training part and
// encodes all parts with it.
func (p *plan) read(ctx context.Context, s streams, r *reporter) (ps *parts, err error) {
	in, err := p.spool(&s)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			in.close()
		}
	}()
	corpus, err := p.corpus(ctx, s, r)
	if err != nil {
		return nil, err
	}
	// Once encoded, the texts' own tokens are not needed any more.
	defer corpus.Close()
	var rest, test []int
	if p.test == "" {
		if rest, test, err = corpus.Split(p.testFraction, nil, splitSource(p.seed, 1)); err != nil {
			return nil, err
		}
	}
	if ps, err = p.encode(corpus, rest, test); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			ps.close()
		}
	}()
	if p.test != "" {
		if err = p.readTest(ctx, s, r, ps); err != nil {
			return ps, err
		}
	}
	if err = p.share(ps); err != nil {
		return ps, err
	}
	ps.in = in
	r.parts(p, ps)
	return ps, nil
}

// corpus reads all documents.
func (p *plan) corpus(ctx context.Context, s streams, r *reporter) (*bow.Corpus, error) {
	corpus, err := bow.NewCorpus(p.tokenizer)
	if err != nil {
		return nil, err
	}
	corpus.Workers, corpus.Cache, corpus.HashBits = p.workers, p.cache, p.hashBits
	if p.cluster.Size() > 1 {
		corpus.Cluster = p.cluster
	}
	if err = p.source.readAll(ctx, s, r, corpus); err != nil {
		err = p.labelHint(err, corpus)
	}
	if corpus.Cluster != nil {
		err = corpus.Join(err)
	}
	if err == nil {
		err = p.settleTask(r, corpus)
	}
	if err == nil {
		if err = corpus.Check(); err != nil {
			err = fmt.Errorf("%s: %w", p.source.name(), err)
		}
	}
	if err != nil {
		corpus.Close()
		return nil, err
	}
	r.corpus(corpus)
	return corpus, nil
}

// encode takes the validation part from rest (nil: all documents), makes the dictionary
// of what is left, the training part, and encodes these and the test part with it.
func (p *plan) encode(corpus *bow.Corpus, rest, test []int) (ps *parts, err error) {
	train, valid, err := corpus.Split(p.validFraction, rest, splitSource(p.seed, 2))
	if err != nil {
		return nil, err
	}
	var words *bow.Vocabulary // none with --hash-bits
	if p.hashBits == 0 {
		if words, err = corpus.Vocabulary(train, p.vocabulary); err != nil {
			return nil, fmt.Errorf("%s: %w", p.source.name(), err)
		}
	}
	ps = &parts{labels: corpus.Labels(), stats: map[string]bow.Stats{}, missing: map[string][]string{}, rows: map[string][]int{}}
	defer func() {
		if err != nil {
			ps.close()
		}
	}()
	if ps.encoder, err = corpus.Encoder(words, bow.Weighting(p.weighting), train); err != nil {
		return ps, err
	}
	counts, err := corpus.ClassCounts(train)
	if err != nil {
		return ps, err
	}
	ps.perClass = counts
	if ps.weights, err = p.weigh(ps.labels, counts); err != nil {
		return ps, err
	}
	encode := func(name string, rows []int) (made exampleSet) {
		if err == nil && len(rows) > 0 {
			var cache *data.Cache
			var stats bow.Stats
			if cache, stats, err = corpus.Examples(ps.encoder, rows); err == nil {
				made = cache
			}
			ps.stats[name] = stats
			if p.pictures.report != "" {
				ps.rows[name] = rows
			}
			counts, _ := corpus.ClassCounts(rows)
			for i, n := range counts {
				if n == 0 {
					ps.missing[name] = append(ps.missing[name], ps.labels[i])
				}
			}
		}
		return made
	}
	ps.train, ps.valid, ps.test = encode("training", train), encode("validation", valid), encode("test", test)
	return ps, err
}

// readTest reads the documents of --test and encodes them as the others are.
func (p *plan) readTest(ctx context.Context, s streams, r *reporter, ps *parts) error {
	f, err := openSource(s, []string{p.test}, p.source.options())
	if err != nil {
		return err
	}
	defer f.Close()
	r.source("test", f)
	cache, stats, err := ps.encoder.ReadExamples(until{ctx, f}, ps.labels, p.cache)
	if err != nil {
		return err
	}
	ps.test = cache
	r.blank(f)
	ps.stats["test"] = stats
	return nil
}

// splitSource is the source of randomness of one split. It does not depend on how much
// any other part of the program draws.
func splitSource(seed, which uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 1<<63|which))
}
