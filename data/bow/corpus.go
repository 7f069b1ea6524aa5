package bow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/nestnet/nestnet/data"
)

// Corpus holds documents as numbers, so that a text is read once although the
// dictionary is known only after the last one: a corpus can come from a pipe.
// For each document it keeps which tokens it has and how often, at 4 bytes for
// a token that occurs once, and each different token as a string. Nearly all
// n-grams are different, so with NGrams the strings take most of the memory.
//
// Documents are numbered from 0 in the order in which they came; these numbers
// are called rows. Where a method takes rows, nil means all of them.
//
// Methods that only read may run side by side; Add and ReadAll may not.
type Corpus struct {
	tokenizer Tokenizer

	ids    map[string]uint32 // numbers tokens in the order in which they were first seen
	tokens []string          // by id

	labelIDs map[string]uint32 // numbers labels likewise
	labels   []string

	docs []packed
	free []uint32 // what is left of the block that documents are cut from

	scanner *scanner
	emit    func(token []byte)
	counts  []uint32 // by id; zero between two documents
	touched []uint32 // the ids whose count is not zero
}

// packed is a document: the ids of its different tokens, each once. The first
// repeated of them occur more than once, and that many counts follow the ids.
// Most words of a text occur once, so this takes little more than the ids and
// still knows all counts.
type packed struct {
	entries  []uint32
	repeated uint32
	label    uint32
}

// each calls f for every token of p with its count.
func (p *packed) each(f func(id, count uint32)) {
	ids := p.entries[:len(p.entries)-int(p.repeated)]
	counts := p.entries[len(ids):]
	for i, id := range ids {
		n := uint32(1)
		if i < len(counts) {
			n = counts[i]
		}
		f(id, n)
	}
}

// NewCorpus makes an empty corpus of documents cut into tokens by t.
func NewCorpus(t Tokenizer) (*Corpus, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	c := &Corpus{
		tokenizer: t.explicit(),
		ids:       make(map[string]uint32),
		labelIDs:  make(map[string]uint32),
		scanner:   newScanner(t),
	}
	c.emit = c.count
	return c, nil
}

// count notes a token of the document being added.
func (c *Corpus) count(token []byte) {
	id, ok := c.ids[string(token)]
	if !ok {
		id = uint32(len(c.tokens))
		s := string(token)
		c.ids[s] = id
		c.tokens = append(c.tokens, s)
		c.counts = append(c.counts, 0)
	}
	if c.counts[id] == 0 {
		c.touched = append(c.touched, id)
	}
	c.counts[id]++
}

// Add adds a document. It must have a label; only its encoded form is kept.
func (c *Corpus) Add(d Document) error {
	if d.Label == "" {
		return &LineError{Line: d.Line, Err: ErrNoLabel}
	}
	if uint64(len(c.tokens))+uint64(len(d.Text))*maxNGrams > math.MaxUint32 {
		return &LineError{Line: d.Line, Err: fmt.Errorf("corpus has %d different tokens, more cannot be numbered", len(c.tokens))}
	}
	label, ok := c.labelIDs[d.Label]
	if !ok {
		label = uint32(len(c.labels))
		// The label is a part of the line as a rule; a copy lets go of the rest.
		s := strings.Clone(d.Label)
		c.labelIDs[s] = label
		c.labels = append(c.labels, s)
	}

	c.scanner.scan(d.Text, c.emit)
	repeated := 0
	for _, id := range c.touched {
		if c.counts[id] > 1 {
			repeated++
		}
	}
	p := packed{entries: c.alloc(len(c.touched) + repeated), repeated: uint32(repeated), label: label}
	many, once, counts := 0, repeated, len(c.touched)
	for _, id := range c.touched {
		if n := c.counts[id]; n > 1 {
			p.entries[many], p.entries[counts+many] = id, n
			many++
		} else {
			p.entries[once] = id
			once++
		}
		c.counts[id] = 0
	}
	c.touched = c.touched[:0]
	c.docs = append(c.docs, p)
	return nil
}

// alloc cuts n numbers from the current block. Blocks keep the documents out of
// one slice that would be copied again and again as it grows.
func (c *Corpus) alloc(n int) []uint32 {
	const block = 1 << 16
	if n > len(c.free) {
		c.free = make([]uint32, max(n, block))
	}
	s := c.free[:n:n]
	c.free = c.free[n:]
	return s
}

// ReadAll adds all documents of r; there must be at least one. It may be called
// for several files, one after the other. It calls progress, unless nil, with the
// number of documents read from r: every thousand and at the end. When ctx is
// cancelled it stops before the next document with the error of ctx.
func (c *Corpus) ReadAll(ctx context.Context, r Reader, progress func(n int)) error {
	for n := 0; ; n++ {
		if ctx != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		if progress != nil && n > 0 && n%1000 == 0 {
			progress(n)
		}
		d, err := r.Read()
		if err == io.EOF {
			if n == 0 {
				return &LineError{Name: nameOf(r), Err: ErrEmpty}
			}
			if progress != nil && n%1000 != 0 {
				progress(n)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if err := c.Add(d); err != nil {
			if at, ok := errors.AsType[*LineError](err); ok {
				at.Name = nameOf(r)
			}
			return err
		}
	}
}

// Len is the number of documents.
func (c *Corpus) Len() int { return len(c.docs) }

// Labels returns the different labels in alphabetical order. The place of a label
// is the number of its class.
func (c *Corpus) Labels() []string {
	labels := slices.Clone(c.labels)
	slices.Sort(labels)
	return labels
}

// ClassCounts returns how many of the rows have each of Labels.
func (c *Corpus) ClassCounts(rows []int) ([]int, error) {
	rows, err := c.check(rows)
	if err != nil {
		return nil, err
	}
	classes := c.classes()
	counts := make([]int, len(c.labels))
	for _, i := range rows {
		counts[classes[c.docs[i].label]]++
	}
	return counts, nil
}

// Check says whether c can be learned from: ErrEmpty if there is no document, and
// ErrOneClass, with its name, if all have the same label.
func (c *Corpus) Check() error {
	if len(c.docs) == 0 {
		return fmt.Errorf("bow: corpus: %w", ErrEmpty)
	}
	if len(c.labels) == 1 {
		return fmt.Errorf("bow: corpus: %w: all %d documents are %q", ErrOneClass, len(c.docs), c.labels[0])
	}
	return nil
}

// classes maps the number of a label by first sight to its class.
func (c *Corpus) classes() []int32 {
	classes := make([]int32, len(c.labels))
	for i, l := range c.Labels() {
		classes[c.labelIDs[l]] = int32(i)
	}
	return classes
}

// check returns rows, or all of them for nil, once it is sure that they exist.
func (c *Corpus) check(rows []int) ([]int, error) {
	if rows == nil {
		rows = make([]int, len(c.docs))
		for i := range rows {
			rows[i] = i
		}
		return rows, nil
	}
	for _, i := range rows {
		if i < 0 || i >= len(c.docs) {
			return nil, fmt.Errorf("bow: corpus of %d documents has no row %d", len(c.docs), i)
		}
	}
	return rows, nil
}

// Vocabulary makes the dictionary of the tokens that the rows have. To measure
// honestly, leave out the rows kept for validation. If no token satisfies o, the
// error is ErrNoWords.
func (c *Corpus) Vocabulary(rows []int, o VocabularyOptions) (*Vocabulary, error) {
	rows, err := c.check(rows)
	if err := errors.Join(err, o.Check()); err != nil {
		return nil, err
	}
	counts := make([]uint64, len(c.tokens))
	for _, i := range rows {
		c.docs[i].each(func(id, n uint32) { counts[id] += uint64(n) })
	}
	atLeast := uint64(max(o.MinCount, 1))
	var ids []uint32
	for id, n := range counts {
		if n >= atLeast {
			ids = append(ids, uint32(id))
		}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("bow: %w: none occurs %d times or more in the %d documents", ErrNoWords, atLeast, len(rows))
	}
	if o.MaxWords > 0 && len(ids) > o.MaxWords {
		slices.SortFunc(ids, func(a, b uint32) int {
			if d := cmp.Compare(counts[b], counts[a]); d != 0 {
				return d
			}
			return cmp.Compare(c.tokens[a], c.tokens[b])
		})
		ids = ids[:o.MaxWords]
	}
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = c.tokens[id]
	}
	slices.Sort(words)
	return newVocabulary(words)
}

// Encoder makes the encoder for the tokens of c and the dictionary v. With TFIDF
// the weights of the words are counted on the rows.
func (c *Corpus) Encoder(v *Vocabulary, w Weighting, rows []int) (*Encoder, error) {
	rows, err := c.check(rows)
	if err != nil {
		return nil, err
	}
	var idf []float32
	if w == TFIDF && v != nil {
		df := make([]int, v.Len())
		columns := c.columns(v)
		for _, i := range rows {
			c.docs[i].each(func(id, _ uint32) {
				if col := columns[id]; col >= 0 {
					df[col]++
				}
			})
		}
		idf = make([]float32, len(df))
		for i, d := range df {
			idf[i] = float32(math.Log(float64(1+len(rows))/float64(1+d)) + 1)
		}
	}
	return NewEncoder(v, Settings{Tokenizer: c.tokenizer, Weighting: w}, idf)
}

// columns maps the id of each token to its rank in v, -1 if it has none.
func (c *Corpus) columns(v *Vocabulary) []int32 {
	columns := make([]int32, len(c.tokens))
	for i := range columns {
		columns[i] = -1
	}
	for i, w := range v.words {
		if id, ok := c.ids[w]; ok {
			columns[id] = int32(i)
		}
	}
	return columns
}

// Set encodes the rows, in the order given. It returns exactly what
// Encoder.ReadSet would return for the same documents. The corpus must have two
// classes or more (see Check) and enc the same tokenizer. Set leaves the scratch
// memory of enc alone.
func (c *Corpus) Set(enc *Encoder, rows []int) (*data.Set, Stats, error) {
	var stats Stats
	if err := c.Check(); err != nil {
		return nil, stats, err
	}
	rows, err := c.check(rows)
	if err != nil {
		return nil, stats, err
	}
	if len(rows) == 0 {
		return nil, stats, fmt.Errorf("bow: set of 0 rows: %w", ErrEmpty)
	}
	if enc == nil || enc.vocabulary == nil {
		return nil, stats, errors.New("bow: set without an encoder; make one with Corpus.Encoder or NewEncoder")
	}
	if !c.tokenizer.equal(enc.settings.Tokenizer) {
		return nil, stats, fmt.Errorf("bow: encoder finds tokens by %+v, the corpus has those of %+v", enc.settings.Tokenizer, c.tokenizer)
	}
	enc = enc.Clone()
	columns, classes := c.columns(enc.vocabulary), c.classes()

	entries := 0
	for _, i := range rows {
		c.docs[i].each(func(id, _ uint32) {
			if columns[id] >= 0 {
				entries++
			}
		})
	}
	all := data.Batch{
		Offsets: make([]int, 0, len(rows)+1),
		Indices: make([]int32, 0, entries),
		Classes: make([]int32, 0, len(rows)),
	}
	if enc.settings.Weighting != Presence {
		all.Values = make([]float32, 0, entries)
	}
	for _, i := range rows {
		p := &c.docs[i]
		p.each(func(id, n uint32) {
			if col := columns[id]; col >= 0 {
				enc.add(col, n)
			}
		})
		if enc.flush(&all) == 0 {
			stats.Empty++
		}
		all.Classes = append(all.Classes, classes[p.label])
		stats.Documents++
	}
	return &data.Set{All: all}, stats, nil
}
