package bow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/nestnet/nestnet/internal/kernel"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// MaxTokenBytes is the length up to which a run of letters is a word. A longer
// run (encoded binary data, as a rule) is no word: it is passed over as
// punctuation is, whatever letters it begins with.
const MaxTokenBytes = 1024

// maxNGrams bounds Tokenizer.NGrams: a text has NGrams tokens for each word.
const maxNGrams = 16

// Tokenizer says what the words of a text are.
//
// A word is a run of letters, digits and apostrophes within; everything else
// separates words. A combining mark belongs to the letter before it. An
// apostrophe (' or ’, both become ') counts only between two letters or digits:
// "don't" is one word, "'tis" is "tis" and "dogs'" is "dogs". Scripts written
// without spaces are not cut further: a run of Chinese characters is one word.
//
// Words are lower-cased by the rules of Unicode that hold in every language,
// each word by itself, so that equal words stay equal wherever they stand: Σ at
// the end of a word becomes ς as it is written in Greek, and İ becomes i with a
// dot above (two runes), not the i of "istanbul". Text is not normalised: é as
// one rune and é as e with an accent are two words.
//
// Bytes that are not UTF-8 separate words; readers report them earlier.
type Tokenizer struct {
	// MinRunes is the length of the shortest word kept. Zero means 1: all words.
	MinRunes int `json:"min_runes"`

	// NGrams is the length of the longest run of neighbouring words that is a
	// token too, joined by single spaces. Zero means 1: words only; 2 adds pairs
	// ("free entry"); at most 16. Runs go across punctuation, and they are formed
	// after short words and stop words are removed.
	NGrams int `json:"ngrams"`

	// StopWords are left out. Capital letters do not matter. One that is several words
	// by the rules above, such as "e.g.", stands for each of them. Nil means none;
	// EnglishStopWords is a list.
	StopWords []string `json:"stop_words,omitempty"`
}

// Check says which fields of t are wrong.
func (t Tokenizer) Check() error {
	var errs []error
	if t.MinRunes < 0 {
		errs = append(errs, fmt.Errorf("bow: Tokenizer.MinRunes is %d, want 0 or more", t.MinRunes))
	}
	if t.NGrams < 0 || t.NGrams > maxNGrams {
		errs = append(errs, fmt.Errorf("bow: Tokenizer.NGrams is %d, want 0 to %d", t.NGrams, maxNGrams))
	}
	for _, w := range t.StopWords {
		if len((Tokenizer{}).AppendTokens(nil, w)) == 0 {
			errs = append(errs, fmt.Errorf("bow: Tokenizer.StopWords: %q has no letters or digits, so it is no word; take it out", w))
		}
	}
	return errors.Join(errs...)
}

// AppendTokens appends the tokens of text to dst, in the order in which they
// end, shorter ones first: with NGrams 2, "a b c" gives "a", "b", "a b", "c",
// "b c". Settings out of range count as the nearest in range.
//
// It makes a string for each token. Encoder and Corpus go without.
func (t Tokenizer) AppendTokens(dst []string, text string) []string {
	newScanner(t).scan(text, func(token []byte) { dst = append(dst, string(token)) })
	return dst
}

// explicit is t with the defaults written out, which is what a model file keeps:
// another default in a later version must not change what an old model reads.
func (t Tokenizer) explicit() Tokenizer {
	t.MinRunes = max(t.MinRunes, 1)
	t.NGrams = min(max(t.NGrams, 1), maxNGrams)
	t.StopWords = slices.Clone(t.StopWords)
	return t
}

// equal says whether t and u find the same tokens in every text. (Lists of stop
// words in another order count as different.)
func (t Tokenizer) equal(u Tokenizer) bool {
	t, u = t.explicit(), u.explicit()
	return t.MinRunes == u.MinRunes && t.NGrams == u.NGrams && slices.Equal(t.StopWords, u.StopWords)
}

// scanner is a Tokenizer at work: the settings made ready, and scratch memory.
// It is for one goroutine.
type scanner struct {
	minRunes int
	nGrams   int
	stop     map[string]struct{} // nil: none
	plain    bool                // no n-grams, no stop words
	caser    cases.Caser

	wordMarks        // of the text being read, if it is ASCII
	word      []byte // the word being read
	lowered   []byte // a word that went through caser
	past      []byte // the last nGrams-1 words, a space after each
	starts    []int  // where they start in past
}

func newScanner(t Tokenizer) *scanner {
	t = t.explicit()
	s := &scanner{minRunes: t.MinRunes, nGrams: t.NGrams, caser: cases.Lower(language.Und)}
	if len(t.StopWords) > 0 {
		stop := make(map[string]struct{}, len(t.StopWords))
		plain := &scanner{minRunes: 1, nGrams: 1, caser: s.caser}
		for _, w := range t.StopWords {
			plain.scan(w, func(token []byte) { stop[string(token)] = struct{}{} })
		}
		s.stop = stop
	}
	s.plain = s.nGrams == 1 && s.stop == nil
	return s
}

// asciiWord maps the ASCII letters and digits to their lower case and every
// other byte to 0.
var asciiWord = func() (t [256]byte) {
	for c := '0'; c <= '9'; c++ {
		t[c] = byte(c)
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = byte(c), byte(c)
	}
	return t
}()

const curlyApostrophe = '’'

// scan calls emit for each token of text. The bytes are valid during the call.
func (s *scanner) scan(text string, emit func(token []byte)) {
	s.past, s.starts = s.past[:0], s.starts[:0]
	if s.mark(text) {
		for i := 0; i < len(s.ends); i += 2 {
			s.end(s.text[s.ends[i]:s.ends[i+1]], true, emit)
		}
		return
	}
	word, ascii := s.word[:0], true
	for i := 0; i < len(text); {
		c := text[i]
		if len(text)-i >= 8 {
			// Eight bytes at a time, as most words have fewer.
			eight := eightBytes(text[i:])
			n := asciiWordLen(eight)
			if n > 0 {
				word = binary.LittleEndian.AppendUint64(word, eight|lowerCase)[:len(word)+n]
				i += n
				if n == 8 {
					continue
				}
				c = byte(eight >> (8 * n))
			}
		} else if l := asciiWord[c]; l != 0 {
			word = append(word, l)
			i++
			continue
		}
		// c is no ASCII letter or digit.
		size := 1
		switch {
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRuneInString(text[i:])
			if unicode.IsLetter(r) || unicode.IsDigit(r) || len(word) > 0 && unicode.IsMark(r) {
				word = append(word, text[i:i+size]...)
				ascii = false
				i += size
				continue
			}
			if r != curlyApostrophe {
				// Bytes that are no UTF-8 come here too: they decode to U+FFFD, which
				// is no letter.
				break
			}
			fallthrough
		case c == '\'':
			if len(word) > 0 && startsWord(text[i+size:]) {
				word = append(word, '\'')
				i += size
				continue
			}
		}
		if len(word) > 0 {
			s.end(word, ascii, emit)
			word, ascii = word[:0], true
		}
		i += size
	}
	if len(word) > 0 {
		s.end(word, ascii, emit)
	}
	s.word = word
}

// Bits that all eight bytes of a word of the machine have or lack.
const (
	eachByte  = 0x0101010101010101
	highBits  = 0x80 * eachByte
	lowerCase = 0x20 * eachByte // added to A to Z; digits and a to z have it
)

// eightBytes returns the first eight bytes of text, the first one lowest.
func eightBytes(text string) uint64 {
	_ = text[7]
	return uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
}

// asciiWordLen returns how many of the eight bytes, from the first one on, are ASCII
// letters and digits.
func asciiWordLen(eight uint64) int {
	return bits.TrailingZeros64(^kernel.WordBytes(eight)&highBits) / 8
}

// startsWord says whether text begins with a letter or digit.
func startsWord(text string) bool {
	if text == "" {
		return false
	}
	if text[0] < utf8.RuneSelf {
		return asciiWord[text[0]] != 0
	}
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// end hands out the word just read, and the n-grams that end with it.
func (s *scanner) end(word []byte, ascii bool, emit func([]byte)) {
	if len(word) > MaxTokenBytes {
		return
	}
	runes := len(word)
	if !ascii {
		word = s.lower(word)
		runes = utf8.RuneCount(word)
	}
	if runes < s.minRunes || len(word) > MaxTokenBytes {
		return
	}
	if s.stop != nil {
		if _, ok := s.stop[string(word)]; ok {
			return
		}
	}
	emit(word)
	if s.nGrams == 1 {
		return
	}
	s.starts = append(s.starts, len(s.past))
	s.past = append(s.past, word...)
	for k := len(s.starts) - 2; k >= 0; k-- {
		emit(s.past[s.starts[k]:])
	}
	s.past = append(s.past, ' ')
	if len(s.starts) == s.nGrams {
		cut := s.starts[1]
		s.past = s.past[:copy(s.past, s.past[cut:])]
		s.starts = s.starts[:copy(s.starts, s.starts[1:])]
		for k := range s.starts {
			s.starts[k] -= cut
		}
	}
}

// lower returns word in lower case, in memory that the next call uses again.
func (s *scanner) lower(word []byte) []byte {
	// No rune grows more than threefold.
	if need := 3 * len(word); cap(s.lowered) < need {
		s.lowered = make([]byte, max(need, 256))
	}
	s.caser.Reset()
	n, _, err := s.caser.Transform(s.lowered[:cap(s.lowered)], word, true)
	if err != nil {
		panic(fmt.Sprintf("bow: lower-casing %q: %v", word, err))
	}
	return s.lowered[:n]
}
