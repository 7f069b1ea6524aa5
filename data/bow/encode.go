package bow

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
)

// Weighting says which number stands for a word in a row.
type Weighting string

// The weightings. The empty one is Presence.
const (
	// Presence is 1 for each word that the text has.
	Presence Weighting = "presence"

	// Count is how often the text has the word.
	Count Weighting = "count"

	// TFIDF is the count, less for words that many documents have:
	//
	//	x_w = tf_w · idf_w,  idf_w = ln((1+n)/(1+df_w)) + 1
	//
	// where tf_w is the count, n the number of documents that the dictionary was
	// counted on and df_w how many of them have the word w. Each row is then
	// divided by its length √Σx². This is what TfidfVectorizer of scikit-learn
	// does by default.
	TFIDF Weighting = "tfidf"
)

// ParseWeighting returns the weighting that s names; "" is Presence.
func ParseWeighting(s string) (Weighting, error) {
	switch w := Weighting(s); w {
	case "":
		return Presence, nil
	case Presence, Count, TFIDF:
		return w, nil
	}
	return "", fmt.Errorf("bow: unknown weighting %q, want %s, %s or %s", s, Presence, Count, TFIDF)
}

// Settings is what an Encoder does to a text, apart from the dictionary. It is
// kept in model files as JSON.
type Settings struct {
	// Tokenizer says what the words are. The zero value keeps all of them.
	Tokenizer Tokenizer `json:"tokenizer"`

	// Weighting says which number stands for a word. Empty means Presence.
	Weighting Weighting `json:"weighting"`

	// HashBits, if not 0, does without a dictionary: a token's column is a hash of its
	// bytes among 2^HashBits, at most MaxHashBits. The hash is MurmurHash3 (32 bits,
	// x86, seed 0), the column |h| mod 2^HashBits, as in HashingVectorizer of
	// scikit-learn without alternate_sign. Tokens that collide count as one.
	HashBits int `json:"hash_bits,omitempty"`
}

// Check says which fields of s are wrong.
func (s Settings) Check() error {
	_, err := ParseWeighting(string(s.Weighting))
	return errors.Join(s.Tokenizer.Check(), err, checkHashBits("Settings.HashBits", s.HashBits))
}

// Encoder turns texts into sparse rows. Corpus.Encoder or NewEncoder makes one.
// It has scratch memory and is for one goroutine; Clone makes one for another.
type Encoder struct {
	// Workers is how many goroutines ReadSet starts to cut texts into tokens and
	// encode them. What comes out does not depend on it. Zero means one for each
	// processor that Go may use (GOMAXPROCS).
	Workers int

	// MultiLabel makes ReadSet and ReadExamples take documents with any number of labels,
	// and give sets of labels (data.Batch.LabelOffsets) instead of classes.
	MultiLabel bool

	blockSize  int // of reading; 0: the usual one
	settings   Settings
	vocabulary *Vocabulary // nil with HashBits
	width      int         // columns
	idf        []float32   // a weight for each word; nil unless the weighting is TFIDF

	scanner *scanner
	emit    func(token []byte) // made once: a closure for each text would be an allocation
	found   []uint16           // words of the row under way, in the form of a page
	columns columnSet          // and its columns
	counts  []uint32           // by word; zero between two rows; nil with Presence
	known   int                // tokens counted
}

// NewEncoder makes an Encoder from its parts, as a model file has them. The dictionary
// is nil with HashBits. The idf
// is what Encoder.IDF returned: a weight for each word with TFIDF, nil otherwise.
// For training, Corpus.Encoder computes it.
func NewEncoder(v *Vocabulary, s Settings, idf []float32) (*Encoder, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	width := 1 << s.HashBits
	switch {
	case s.HashBits > 0 && v != nil:
		return nil, errors.New("bow: encoder with HashBits and a dictionary; want one of them")
	case s.HashBits > 0:
	case v == nil || v.Len() == 0:
		return nil, fmt.Errorf("bow: encoder without a dictionary: %w", ErrNoWords)
	default:
		width = v.Len()
	}
	s.Weighting, _ = ParseWeighting(string(s.Weighting))
	s.Tokenizer = s.Tokenizer.explicit()
	if s.Weighting == TFIDF && len(idf) != width {
		return nil, fmt.Errorf("bow: encoder: %d idf weights for %d words", len(idf), width)
	}
	if s.Weighting != TFIDF && len(idf) > 0 {
		return nil, fmt.Errorf("bow: encoder: idf weights given, but the weighting is %s", s.Weighting)
	}
	for i, w := range idf {
		if !(w > 0) || math.IsInf(float64(w), 0) {
			return nil, fmt.Errorf("bow: encoder: idf weight of %q is %v, want a positive number", v.Word(i), w)
		}
	}
	e := &Encoder{settings: s, vocabulary: v, width: width}
	if len(idf) > 0 {
		e.idf = slices.Clone(idf)
	}
	e.prepare()
	return e, nil
}

// prepare gives e scratch memory of its own.
func (e *Encoder) prepare() {
	e.scanner = newScanner(e.settings.Tokenizer)
	e.columns = newColumnSet(e.width)
	if e.settings.Weighting != Presence {
		e.counts = make([]uint32, e.width)
	}
	if n := e.settings.HashBits; n > 0 {
		e.emit = func(token []byte) { e.add(int32(hashColumn(token, n))) }
		return
	}
	e.emit = func(token []byte) {
		if i, ok := e.vocabulary.index().find(token); ok {
			e.add(int32(i))
		}
	}
}

// Clone returns an Encoder that does the same, for another goroutine. The two
// share the dictionary.
func (e *Encoder) Clone() *Encoder {
	c := &Encoder{Workers: e.Workers, MultiLabel: e.MultiLabel, blockSize: e.blockSize, settings: e.settings, vocabulary: e.vocabulary, width: e.width, idf: e.idf}
	c.prepare()
	return c
}

// Settings returns what e does, with the defaults written out.
func (e *Encoder) Settings() Settings {
	s := e.settings
	s.Tokenizer.StopWords = slices.Clone(s.Tokenizer.StopWords)
	return s
}

// Columns is the width of a row: the number of words in the dictionary, or 2^HashBits.
func (e *Encoder) Columns() int { return e.width }

// Vocabulary returns the dictionary; with HashBits a nil one, which has no words.
func (e *Encoder) Vocabulary() *Vocabulary { return e.vocabulary }

// IDF returns the weight of each word, in a slice of its own; nil unless the
// weighting is TFIDF.
func (e *Encoder) IDF() []float32 { return slices.Clone(e.idf) }

// AppendRow appends the row of text to b: the columns of its words, ascending.
// With Presence, b.Values is nil. It returns how many tokens of the text are in
// the dictionary, repetitions included; 0 means that the row is all zeroes.
//
// b must be empty or hold rows of the same encoder. AppendRow allocates only when
// b or the longest text grows.
func (e *Encoder) AppendRow(b *data.Batch, text string) (known int) {
	s := e.scanner
	if e.settings.HashBits > 0 || !s.plain || !s.mark(text) {
		s.scan(text, e.emit)
		return e.flush(b)
	}
	e.found = e.vocabulary.index().findMarked(e.found[:0], &s.wordMarks, s.minRunes)
	e.addPacked(e.found, nil)
	return e.flush(b)
}

// add counts a token of word i for the row under way.
func (e *Encoder) add(i int32) {
	e.columns.add(i)
	if e.counts != nil {
		e.counts[i]++
	}
	e.known++
}

// addPacked counts the tokens of d for the row under way. Their words are in columns, −1 if
// there is none; without columns they are the words.
func (e *Encoder) addPacked(d packed, columns []int32) {
	set, known := e.columns, 0
	i := int32(-1)
	for at := 0; at < len(d); {
		var id uint32
		if id, at = d.at(at); id == again {
			n, next := d.at(at)
			at = next
			if i >= 0 && e.counts != nil {
				e.counts[i] += n
			}
			continue
		}
		if i = int32(id); columns != nil {
			if i = columns[id]; i < 0 {
				continue
			}
		}
		set.add(i)
		known++
		if e.counts != nil {
			e.counts[i]++
		}
	}
	e.known += known
}

// flush appends the row under way to b and starts the next one.
func (e *Encoder) flush(b *data.Batch) (known int) {
	b.Columns = e.width
	from := len(b.Indices)
	if len(b.Offsets) == 0 {
		b.Offsets = append(b.Offsets, from)
	}
	b.Indices = e.columns.drain(slices.Grow(b.Indices, e.known))
	b.Offsets = append(b.Offsets, len(b.Indices))
	if e.settings.Weighting == Presence {
		b.Values = nil
	} else {
		if b.Values == nil {
			b.Values = []float32{} // also when the first row is empty: nil has a meaning of its own
		}
		n := len(b.Values)
		row := b.Indices[from:]
		b.Values = slices.Grow(b.Values, len(row))[:n+len(row)]
		e.values(b.Values[n:], row)
	}
	known, e.known = e.known, 0
	return known
}

// values writes the numbers of the row under way, which has these columns, to dst,
// and starts the next one.
func (e *Encoder) values(dst []float32, columns []int32) {
	if e.settings.Weighting == Count {
		for k, i := range columns {
			dst[k] = float32(e.counts[i])
			e.counts[i] = 0
		}
		return
	}
	sum := 0.0
	for _, i := range columns {
		x := float64(e.counts[i]) * float64(e.idf[i])
		sum += x * x
	}
	scale := 1 / math.Sqrt(sum) // not used if the row is empty
	for k, i := range columns {
		dst[k] = float32(float64(e.counts[i]) * float64(e.idf[i]) * scale)
		e.counts[i] = 0
	}
}

// Batch encodes texts, a row each. A text that is not valid UTF-8 is an error, as
// it is in a file.
func (e *Encoder) Batch(texts ...string) (*data.Batch, error) {
	b := &data.Batch{Columns: e.width, Offsets: []int{0}}
	for i, text := range texts {
		if !utf8.ValidString(text) {
			return nil, fmt.Errorf("bow: text %d: %w", i+1, ErrInvalidUTF8)
		}
		e.AppendRow(b, text)
	}
	return b, nil
}

// ReadSet encodes all documents of r. The class of a document is the place of its
// label in labels, which are those of Corpus.Labels; a label that is not among
// them is ErrUnknownLabel, at its line. With MultiLabel, it is the set of these places.
// It reads ahead by a few blocks of the file,
// and after an error what r has not handed out is lost.
//
// If r is a part of files (ReaderOptions.Cluster), ReadSet is collective: each rank gets
// the rows of its part, perhaps none, and the Stats of all. An error on one rank is one on all.
func (e *Encoder) ReadSet(r Reader, labels []string) (*data.Set, Stats, error) {
	set := &data.Set{}
	stats, err := e.readAll(r, labels, func(b *data.Batch) error {
		set.All.Extend(b)
		return nil
	})
	if err != nil {
		return nil, stats, err
	}
	return set, stats, nil
}

// ReadExamples is ReadSet into memory or into a temporary file. The caller closes
// the examples.
func (e *Encoder) ReadExamples(r Reader, labels []string, o data.CacheOptions) (*data.Cache, Stats, error) {
	cache, err := data.NewCache(o)
	if err != nil {
		return nil, Stats{}, err
	}
	stats, err := e.readAll(r, labels, cache.Extend)
	if err != nil {
		cache.Close()
		return nil, stats, err
	}
	return cache, stats, nil
}

// readAll encodes all documents of r and calls take for some of them at a time, in
// order.
func (e *Encoder) readAll(r Reader, labels []string, take func(b *data.Batch) error) (Stats, error) {
	var stats Stats
	classes := make(map[string]int32, len(labels))
	for i, l := range labels {
		if _, ok := classes[l]; ok {
			return stats, fmt.Errorf("bow: label %q is there twice", l)
		}
		classes[l] = int32(i)
	}
	type part struct {
		batch data.Batch
		stats Stats
	}
	encode := func(e *Encoder, p *part, d Document) error {
		if e.MultiLabel {
			if err := appendLabels(&p.batch, d, classes, labels); err != nil {
				return &LineError{Line: d.Line, Err: err}
			}
		} else {
			class, ok := classes[d.Label]
			switch {
			case len(d.Labels) > 1:
				return &LineError{Line: d.Line, Err: ErrManyLabels}
			case !ok:
				return &LineError{Line: d.Line, Err: unknownLabel(d.Label, labels)}
			}
			p.batch.Classes = append(p.batch.Classes, class)
		}
		if e.AppendRow(&p.batch, d.Text) == 0 {
			p.stats.Empty++
		}
		p.stats.Documents++
		return nil
	}
	taken := func(p *part) error {
		stats.Documents += p.stats.Documents
		stats.Empty += p.stats.Empty
		if p.stats.Documents == 0 {
			return nil
		}
		return take(&p.batch)
	}

	err := eachFile(r, e.blockSize, func(r Reader) error {
		// The first document by itself: behind it the reader is at the start of a line.
		blocks := newBlockReader(r, e.blockSize)
		d, err := r.Read()
		if err == io.EOF {
			return nil
		}
		var first part
		if err == nil {
			err = blocks.named(encode(e, &first, d))
		}
		if err == nil {
			blocks = newBlockReader(r, e.blockSize)
			err = taken(&first)
		}
		if err != nil {
			return err
		}
		return blocks.run(workers(e.Workers, math.MaxInt), func(int) func(*block) {
			e := e.Clone()
			return func(b *block) {
				p, _ := b.out.(*part)
				if p == nil {
					p = &part{}
					b.out = p
				}
				p.batch.Reset()
				p.stats = Stats{}
				blocks.each(b, func(d Document) error { return encode(e, p, d) })
			}
		}, func(_ int, b *block) error { return taken(b.out.(*part)) })
	})
	c := ranksOf(r)
	if c.Size() > 1 {
		stats, err = addUp(c, stats, err)
	}
	if err == nil && stats.Documents == 0 {
		err = cluster.Agree(c, &LineError{Name: nameOf(r), Err: ErrEmpty})
	}
	return stats, err
}

// appendLabels appends the set of labels of d to b.
func appendLabels(b *data.Batch, d Document, classes map[string]int32, labels []string) error {
	if len(b.LabelOffsets) == 0 {
		b.LabelOffsets = append(b.LabelOffsets, 0)
	}
	from := len(b.LabelIndices)
	add := func(label string) error {
		class, ok := classes[label]
		if !ok {
			return unknownLabel(label, labels)
		}
		b.LabelIndices = append(b.LabelIndices, class)
		return nil
	}
	if d.Labels == nil {
		if err := add(d.Label); err != nil {
			return err
		}
	}
	for _, l := range d.Labels {
		if err := add(l); err != nil {
			return err
		}
	}
	set := b.LabelIndices[from:]
	slices.Sort(set)
	b.LabelIndices = b.LabelIndices[:from+len(slices.Compact(set))]
	b.LabelOffsets = append(b.LabelOffsets, len(b.LabelIndices))
	return nil
}

func unknownLabel(label string, known []string) error {
	if label == "" {
		return ErrNoLabel
	}
	const few = 10
	if len(known) == 0 || len(known) > few {
		return fmt.Errorf("%w %q", ErrUnknownLabel, label)
	}
	return fmt.Errorf("%w %q (known: %s)", ErrUnknownLabel, label, strings.Join(known, ", "))
}
