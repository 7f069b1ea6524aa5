package bow

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Vocabulary is the dictionary: words in alphabetical order (that of their
// bytes), each with its rank, counted from 0. With n-grams it holds these too. A
// Vocabulary does not change, except by UnmarshalText; any number of goroutines
// may read it.
type Vocabulary struct {
	words []string
	index map[string]int32
}

// VocabularyOptions says which words get into the dictionary.
type VocabularyOptions struct {
	// MaxWords is how many words to keep: the most frequent ones, and of equally
	// frequent ones those that come first in the alphabet. Zero means no limit.
	MaxWords int

	// MinCount is how often a word must occur, all documents together. Zero means 1.
	MinCount int
}

// Check says which fields of o are wrong.
func (o VocabularyOptions) Check() error {
	var errs []error
	if o.MaxWords < 0 {
		errs = append(errs, fmt.Errorf("bow: VocabularyOptions.MaxWords is %d, want 0 or more", o.MaxWords))
	}
	if o.MinCount < 0 {
		errs = append(errs, fmt.Errorf("bow: VocabularyOptions.MinCount is %d, want 0 or more", o.MinCount))
	}
	return errors.Join(errs...)
}

// NewVocabulary makes a dictionary of words, which may come in any order. Each
// must be valid UTF-8, not empty, without line breaks, and there only once.
func NewVocabulary(words []string) (*Vocabulary, error) {
	words = slices.Clone(words)
	slices.Sort(words)
	return newVocabulary(words)
}

// newVocabulary takes over words, which must ascend.
func newVocabulary(words []string) (*Vocabulary, error) {
	if len(words) > math.MaxInt32 {
		return nil, fmt.Errorf("bow: vocabulary of %d words, want at most %d", len(words), math.MaxInt32)
	}
	index := make(map[string]int32, len(words))
	for i, w := range words {
		switch {
		case w == "":
			return nil, errors.New("bow: vocabulary: a word is empty")
		case strings.ContainsAny(w, "\n\r"):
			return nil, fmt.Errorf("bow: vocabulary: %q has a line break", w)
		case !utf8.ValidString(w):
			return nil, fmt.Errorf("bow: vocabulary: %q: %w", w, ErrInvalidUTF8)
		case i > 0 && w == words[i-1]:
			return nil, fmt.Errorf("bow: vocabulary: %q is there twice", w)
		case i > 0 && w < words[i-1]:
			return nil, fmt.Errorf("bow: vocabulary: word %d, %q, stands after %q; words must be in alphabetical order", i+1, w, words[i-1])
		}
		index[w] = int32(i)
	}
	return &Vocabulary{words: words, index: index}, nil
}

// Len is the number of words, and the width of a row.
func (v *Vocabulary) Len() int { return len(v.words) }

// Word returns the word of rank i, and "" if there is none.
func (v *Vocabulary) Word(i int) string {
	if i < 0 || i >= len(v.words) {
		return ""
	}
	return v.words[i]
}

// Index returns the rank of word, and whether it has one.
func (v *Vocabulary) Index(word string) (int, bool) {
	i, ok := v.index[word]
	return int(i), ok
}

// Words returns all words in their order, in a slice of its own.
func (v *Vocabulary) Words() []string { return slices.Clone(v.words) }

// MarshalText writes the words, one a line, each line ended by "\n". It is how a
// model file keeps the dictionary.
func (v *Vocabulary) MarshalText() ([]byte, error) {
	size := 0
	for _, w := range v.words {
		size += len(w) + 1
	}
	text := make([]byte, 0, size)
	for _, w := range v.words {
		text = append(text, w...)
		text = append(text, '\n')
	}
	return text, nil
}

// UnmarshalText reads what MarshalText wrote. Words out of order are an error, as
// their ranks would not be those that the model learned. After an error v is as
// it was.
func (v *Vocabulary) UnmarshalText(text []byte) error {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return errors.New("bow: vocabulary: the last line has no end; the text is cut off")
	}
	words := make([]string, 0, bytes.Count(text, []byte("\n")))
	// All words share one string.
	for rest := string(text); rest != ""; {
		w, after, _ := strings.Cut(rest, "\n")
		words = append(words, w)
		rest = after
	}
	n, err := newVocabulary(words)
	if err != nil {
		return err
	}
	*v = *n
	return nil
}
