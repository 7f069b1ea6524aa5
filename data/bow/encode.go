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
}

// Check says which fields of s are wrong.
func (s Settings) Check() error {
	_, err := ParseWeighting(string(s.Weighting))
	return errors.Join(s.Tokenizer.Check(), err)
}

// Encoder turns texts into sparse rows. Corpus.Encoder or NewEncoder makes one.
// It has scratch memory and is for one goroutine; Clone makes one for another.
type Encoder struct {
	settings   Settings
	vocabulary *Vocabulary
	idf        []float32 // a weight for each word; nil unless the weighting is TFIDF

	scanner *scanner
	emit    func(token []byte) // made once: a closure for each text would be an allocation
	counts  []uint32           // by word; zero between two rows
	touched []int32            // the words whose count is not zero
	known   int                // tokens counted
}

// NewEncoder makes an Encoder from its parts, as a model file has them. The idf
// is what Encoder.IDF returned: a weight for each word with TFIDF, nil otherwise.
// For training, Corpus.Encoder computes it.
func NewEncoder(v *Vocabulary, s Settings, idf []float32) (*Encoder, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if v == nil || v.Len() == 0 {
		return nil, fmt.Errorf("bow: encoder without a dictionary: %w", ErrNoWords)
	}
	s.Weighting, _ = ParseWeighting(string(s.Weighting))
	s.Tokenizer = s.Tokenizer.explicit()
	if s.Weighting == TFIDF && len(idf) != v.Len() {
		return nil, fmt.Errorf("bow: encoder: %d idf weights for %d words", len(idf), v.Len())
	}
	if s.Weighting != TFIDF && len(idf) > 0 {
		return nil, fmt.Errorf("bow: encoder: idf weights given, but the weighting is %s", s.Weighting)
	}
	for i, w := range idf {
		if !(w > 0) || math.IsInf(float64(w), 0) {
			return nil, fmt.Errorf("bow: encoder: idf weight of %q is %v, want a positive number", v.Word(i), w)
		}
	}
	e := &Encoder{settings: s, vocabulary: v}
	if len(idf) > 0 {
		e.idf = slices.Clone(idf)
	}
	e.prepare()
	return e, nil
}

// prepare gives e scratch memory of its own.
func (e *Encoder) prepare() {
	e.scanner = newScanner(e.settings.Tokenizer)
	e.counts = make([]uint32, e.vocabulary.Len())
	e.emit = func(token []byte) {
		// The compiler looks up string(token) without making a string.
		if i, ok := e.vocabulary.index[string(token)]; ok {
			e.add(i, 1)
		}
	}
}

// Clone returns an Encoder that does the same, for another goroutine. The two
// share the dictionary.
func (e *Encoder) Clone() *Encoder {
	c := &Encoder{settings: e.settings, vocabulary: e.vocabulary, idf: e.idf}
	c.prepare()
	return c
}

// Settings returns what e does, with the defaults written out.
func (e *Encoder) Settings() Settings {
	s := e.settings
	s.Tokenizer.StopWords = slices.Clone(s.Tokenizer.StopWords)
	return s
}

// Vocabulary returns the dictionary.
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
	e.scanner.scan(text, e.emit)
	return e.flush(b)
}

// add counts n tokens of word i for the row under way.
func (e *Encoder) add(i int32, n uint32) {
	if e.counts[i] == 0 {
		e.touched = append(e.touched, i)
	}
	e.counts[i] += n
	e.known += int(n)
}

// flush appends the row under way to b and starts the next one.
func (e *Encoder) flush(b *data.Batch) (known int) {
	b.Columns = e.vocabulary.Len()
	if len(b.Offsets) == 0 {
		b.Offsets = append(b.Offsets, len(b.Indices))
	}
	slices.Sort(e.touched)
	b.Indices = append(b.Indices, e.touched...)
	b.Offsets = append(b.Offsets, len(b.Indices))
	if e.settings.Weighting == Presence {
		b.Values = nil
	} else {
		if b.Values == nil {
			b.Values = []float32{} // also when the first row is empty: nil has a meaning of its own
		}
		b.Values = e.appendValues(b.Values)
	}
	for _, i := range e.touched {
		e.counts[i] = 0
	}
	e.touched = e.touched[:0]
	known, e.known = e.known, 0
	return known
}

// appendValues appends the numbers of the row under way.
func (e *Encoder) appendValues(dst []float32) []float32 {
	if e.settings.Weighting == Count {
		for _, i := range e.touched {
			dst = append(dst, float32(e.counts[i]))
		}
		return dst
	}
	sum := 0.0
	for _, i := range e.touched {
		x := float64(e.counts[i]) * float64(e.idf[i])
		sum += x * x
	}
	scale := 1 / math.Sqrt(sum) // not used if the row is empty
	for _, i := range e.touched {
		dst = append(dst, float32(float64(e.counts[i])*float64(e.idf[i])*scale))
	}
	return dst
}

// Batch encodes texts, a row each. A text that is not valid UTF-8 is an error, as
// it is in a file.
func (e *Encoder) Batch(texts ...string) (*data.Batch, error) {
	b := &data.Batch{Columns: e.vocabulary.Len(), Offsets: []int{0}}
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
// them is ErrUnknownLabel, at its line. It holds one document at a time besides
// the encoded rows.
func (e *Encoder) ReadSet(r Reader, labels []string) (*data.Set, Stats, error) {
	var stats Stats
	classes := make(map[string]int32, len(labels))
	for i, l := range labels {
		if _, ok := classes[l]; ok {
			return nil, stats, fmt.Errorf("bow: label %q is there twice", l)
		}
		classes[l] = int32(i)
	}
	set := &data.Set{}
	for {
		d, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, stats, err
		}
		class, ok := classes[d.Label]
		if !ok {
			return nil, stats, &LineError{Name: nameOf(r), Line: d.Line, Err: unknownLabel(d.Label, labels)}
		}
		if e.AppendRow(&set.All, d.Text) == 0 {
			stats.Empty++
		}
		set.All.Classes = append(set.All.Classes, class)
		stats.Documents++
	}
	if stats.Documents == 0 {
		return nil, stats, &LineError{Name: nameOf(r), Err: ErrEmpty}
	}
	return set, stats, nil
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
