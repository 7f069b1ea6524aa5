package bow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/nestnet/nestnet/internal/memory"
)

// Vocabulary is the dictionary: words in alphabetical order (that of their
// bytes), each with its rank, counted from 0. With n-grams it holds these too. A
// Vocabulary does not change, except by UnmarshalText; any number of goroutines
// may read it.
type Vocabulary struct {
	words  []string
	lookup *lookup
	counts []int // by rank; nil if they are not known

	// The corpus that the words were taken from has them by these numbers; nil if there is
	// none.
	source *origin
	ids    []uint32 // by rank
}

// lookup finds the ranks of words. Only who encodes texts wants that, not who encodes a corpus
// that knows its words by their numbers, so it is made when it is first asked for.
type lookup struct {
	once  sync.Once
	index index
}

// index returns what finds the ranks of words.
func (v *Vocabulary) index() *index {
	if v.lookup == nil {
		return &index{}
	}
	v.lookup.once.Do(func() {
		t := table{index: index{words: v.words}}
		t.fit()
		v.lookup.index = t.index
	})
	return &v.lookup.index
}

// VocabularyOptions says which words get into the dictionary.
type VocabularyOptions struct {
	// MaxWords is how many words to keep: the most frequent ones, and of equally
	// frequent ones those that come first in the alphabet. Zero means no limit.
	MaxWords int

	// MinCount is how often a word must occur, all documents together. Zero means 1.
	MinCount int

	// MinDocuments and MaxDocuments bound how many documents have a word, MinShare and
	// MaxShare which share of all documents, above 0 and at most 1: min_df and max_df
	// of scikit-learn. Words that most documents have tell little. Zero means no bound;
	// of the two ways to give a bound, one may be used.
	MinDocuments, MaxDocuments int
	MinShare, MaxShare         float64
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
	errs = append(errs, o.checkDocuments())
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
	}
	return vocabularyOf(words), nil
}

// vocabularyOf takes over words, which must be such as newVocabulary wants them.
func vocabularyOf(words []string) *Vocabulary {
	return &Vocabulary{words: slices.Clip(words), lookup: &lookup{}}
}

// selectWords makes a dictionary of those words that found numbers: the most
// frequent ones by counts, at most n of them unless it is 0. Its ids are these numbers, of
// nobody yet.
func selectWords(words []string, counts []uint64, found []uint32, n int) (*Vocabulary, error) {
	// Words that occur least often do so this often, and there is room for spare
	// of those.
	least, spare := uint64(0), len(found)
	if n > 0 && len(found) > n {
		least, spare = leastOf(counts, found, n)
		found = slices.DeleteFunc(found, func(id uint32) bool { return counts[id] < least })
	} else {
		n = len(found)
	}
	if n > math.MaxInt32 {
		return nil, fmt.Errorf("bow: vocabulary of %d words, want at most %d", n, math.MaxInt32)
	}
	order := memory.Make[ordered](len(found))
	for i, id := range found {
		order[i] = ordered{start(words[id]), id}
	}
	sortWords(order, words)
	chosen, occur, ids := make([]string, 0, n), make([]int, 0, n), make([]uint32, 0, n)
	size := 0
	for _, w := range order {
		if counts[w.id] == least {
			if spare == 0 {
				continue
			}
			spare--
		}
		chosen, occur, ids = append(chosen, words[w.id]), append(occur, int(counts[w.id])), append(ids, w.id)
		size += len(words[w.id])
	}
	// A copy of the words alone lets go of all others.
	text := make([]byte, 0, size)
	for i, w := range chosen {
		text = append(text, w...)
		chosen[i] = stringOf(text[len(text)-len(w):])
	}
	v := vocabularyOf(chosen)
	v.counts, v.ids = occur, ids
	return v, nil
}

// leastOf returns the nth largest of the counts that found numbers, and how many of the n
// largest are equal to it.
func leastOf(counts []uint64, found []uint32, n int) (least uint64, equal int) {
	// Nearly all counts are small, and these are sorted by counting them.
	const small = 4096
	var with [small]int
	var large []uint64
	for _, id := range found {
		if c := counts[id]; c < small {
			with[c]++
		} else {
			large = append(large, c)
		}
	}
	if n > len(large) {
		n -= len(large)
		for c := small - 1; ; c-- {
			if n <= with[c] {
				return uint64(c), n
			}
			n -= with[c]
		}
	}
	slices.Sort(large)
	least = large[len(large)-n]
	for _, c := range large[len(large)-n:] {
		if c == least {
			equal++
		}
	}
	return least, equal
}

// ordered is a word that is being sorted. Most words differ in their first eight bytes,
// so these stand where they are quick to get at.
type ordered struct {
	start uint64
	id    uint32
}

// sortWords sorts s by the words: by their starts digit for digit, the last one first,
// and then those of one start.
func sortWords(s []ordered, words []string) {
	const digit = 11 // bits
	to := memory.Make[ordered](len(s))
	for shift := 0; shift < 64; shift += digit {
		var at [1 << digit]int
		for _, w := range s {
			at[w.start>>shift%(1<<digit)]++
		}
		sum := 0
		for i, n := range at {
			at[i] = sum
			sum += n
		}
		for _, w := range s {
			d := w.start >> shift % (1 << digit)
			to[at[d]] = w
			at[d]++
		}
		s, to = to, s
	}
	// Six turns: s is the slice that was given.
	for lo := 0; lo < len(s); {
		hi := lo + 1
		for hi < len(s) && s[hi].start == s[lo].start {
			hi++
		}
		if hi-lo > 1 {
			slices.SortFunc(s[lo:hi], func(a, b ordered) int { return strings.Compare(words[a.id], words[b.id]) })
		}
		lo = hi
	}
}

// start is the first eight bytes of s as a number. Of two strings that differ in it,
// the one with the smaller number comes first.
func start(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

// Len is the number of words, and the width of a row.
func (v *Vocabulary) Len() int {
	if v == nil {
		return 0
	}
	return len(v.words)
}

// Word returns the word of rank i, and "" if there is none.
func (v *Vocabulary) Word(i int) string {
	if i < 0 || i >= v.Len() {
		return ""
	}
	return v.words[i]
}

// Index returns the rank of word, and whether it has one.
func (v *Vocabulary) Index(word string) (int, bool) {
	if v == nil {
		return 0, false
	}
	i, ok := v.index().findString(word)
	return int(i), ok
}

// Words returns all words in their order, in a slice of its own.
func (v *Vocabulary) Words() []string {
	if v == nil {
		return nil
	}
	return slices.Clone(v.words)
}

// MarshalText writes the words, one a line, each line ended by "\n". It is how a
// model file keeps the dictionary.
func (v *Vocabulary) MarshalText() ([]byte, error) {
	if v == nil {
		return nil, nil
	}
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
