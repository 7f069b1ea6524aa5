package bow

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
)

// The values that MurmurHash3_x86_32 with seed 0 is known by, among them those in
// Wikipedia's article on it.
func TestMurmur3(t *testing.T) {
	for text, want := range map[string]uint32{
		"": 0, "test": 0xba6bd213, "Hello, world!": 0xc0363e43, "The quick brown fox jumps over the lazy dog": 0x2e4ff723,
		"hello": 0x248bfa47, "hello, world": 0x149bbb7f,
	} {
		if got := murmur3([]byte(text)); got != want {
			t.Errorf("%q: %#x, want %#x", text, got, want)
		}
	}
	// "Hello, world!" is negative as a signed number, and its column that of the amount.
	for bits, want := range map[int]uint32{1: 1, 4: 0xd, 18: 0x1c1bd, 24: 0xc9c1bd} {
		if got := hashColumn([]byte("Hello, world!"), bits); got != want {
			t.Errorf("%d bits: column %#x, want %#x", bits, got, want)
		}
	}
}

const hashed = `ham	Lunch at noon?
spam	WIN cash now! Win!
ham	Don't bring cash, lunch is free
spam	Free prize: cash cash cash
ham	...
`

// hashedCorpus reads the messages without a dictionary.
func hashedCorpus(t *testing.T, bits, workers int) *Corpus {
	t.Helper()
	corpus, err := NewCorpus(Tokenizer{NGrams: 2})
	if err != nil {
		t.Fatal(err)
	}
	corpus.HashBits, corpus.Workers, corpus.blockSize = bits, workers, 40
	r, err := NewReader(strings.NewReader(strings.Repeat(hashed, 20)), "m.tsv", ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := corpus.ReadAll(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	return corpus
}

// A corpus, a file and single texts give the same rows, with collisions (5 bits) and
// hardly any (18), for any number of workers.
func TestHashing(t *testing.T) {
	for _, w := range []Weighting{Presence, Count, TFIDF} {
		for _, bits := range []int{1, 5, 18} {
			t.Run(fmt.Sprintf("%s, %d bits", w, bits), func(t *testing.T) {
				var first *data.Set
				for _, workers := range []int{1, 3} {
					corpus := hashedCorpus(t, bits, workers)
					enc, err := corpus.Encoder(nil, w, nil)
					if err != nil {
						t.Fatal(err)
					}
					if enc.Columns() != 1<<bits || enc.Vocabulary().Len() != 0 || len(corpus.indexer.tokens.words()) != 0 {
						t.Errorf("%d columns, a dictionary of %d words, %d tokens kept", enc.Columns(), enc.Vocabulary().Len(), len(corpus.indexer.tokens.words()))
					}
					set, stats, err := corpus.Set(enc, nil)
					if err != nil {
						t.Fatal(err)
					}
					if err := set.All.Check(); err != nil {
						t.Fatal(err)
					}
					if stats.Documents != 100 || stats.Empty != 20 {
						t.Errorf("stats %+v", stats)
					}
					if first == nil {
						first = set
					} else if !reflect.DeepEqual(set, first) {
						t.Error("another number of workers gives another set")
					}
					r, err := NewReader(strings.NewReader(strings.Repeat(hashed, 20)), "m.tsv", ReaderOptions{})
					if err != nil {
						t.Fatal(err)
					}
					read, readStats, err := enc.ReadSet(r, corpus.Labels())
					if err != nil {
						t.Fatal(err)
					}
					if !reflect.DeepEqual(read, set) || readStats != stats {
						t.Errorf("ReadSet gives\n%+v, %+v, Set\n%+v, %+v", read.All, readStats, set.All, stats)
					}
					again, err := NewEncoder(nil, enc.Settings(), enc.IDF())
					if err != nil {
						t.Fatal(err)
					}
					one, err := again.Batch("Free prize: cash cash cash")
					if err != nil {
						t.Fatal(err)
					}
					indices, values := one.Row(0)
					wantIndices, wantValues := set.All.Row(3)
					if !reflect.DeepEqual(indices, wantIndices) || !reflect.DeepEqual(values, wantValues) {
						t.Errorf("a text by itself is %v %v, in the set %v %v", indices, values, wantIndices, wantValues)
					}
				}
			})
		}
	}
}

func TestHashingAllocatesNothing(t *testing.T) {
	enc, err := NewEncoder(nil, Settings{HashBits: 18, Weighting: Count}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b data.Batch
	if n := testing.AllocsPerRun(100, func() {
		b.Reset()
		enc.AppendRow(&b, "Don't bring cash, lunch is free")
	}); n != 0 {
		t.Errorf("%v allocations a text", n)
	}
}

func TestHashingErrors(t *testing.T) {
	words, err := NewVocabulary([]string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	corpus := hashedCorpus(t, 5, 1)
	late := hashedCorpus(t, 0, 1)
	late.HashBits = 5
	large, err := NewCorpus(Tokenizer{})
	if err != nil {
		t.Fatal(err)
	}
	large.HashBits = 25
	for want, f := range map[string]func() error{
		"Settings.HashBits is 25, want 1 to 24": func() error { return Settings{HashBits: 25}.Check() },
		"Settings.HashBits is -1":               func() error { _, err := NewEncoder(nil, Settings{HashBits: -1}, nil); return err },
		"with HashBits and a dictionary":        func() error { _, err := NewEncoder(words, Settings{HashBits: 1}, nil); return err },
		"3 idf weights for 2 words": func() error {
			_, err := NewEncoder(nil, Settings{HashBits: 1, Weighting: TFIDF}, make([]float32, 3))
			return err
		},
		"a corpus with HashBits has no dictionary":       func() error { _, err := corpus.Vocabulary(nil, VocabularyOptions{}); return err },
		"Corpus.HashBits is 5, and was 0 when the first": func() error { return late.Add(Document{Label: "a", Text: "b"}) },
		"Corpus.HashBits is 25, want 1 to 24":            func() error { return large.Add(Document{Label: "a", Text: "b"}) },
		"encoder has HashBits 0, the corpus 5": func() error {
			enc, err := NewEncoder(words, Settings{Tokenizer: Tokenizer{NGrams: 2}}, nil)
			if err == nil {
				_, _, err = corpus.Set(enc, nil)
			}
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func FuzzHash(f *testing.F) {
	for _, text := range []string{"", "a", "test", "Hello, world!", "Don't bring cash", "äöü ∀", "x\x00y"} {
		f.Add(text, 5)
	}
	f.Fuzz(func(t *testing.T, text string, bits int) {
		bits = 1 + (bits&0xff)%16
		token := []byte(text)
		if c := hashColumn(token, bits); c >= 1<<bits || c != hashColumn(bytes.Clone(token), bits) || c&1 != hashColumn(token, 1) {
			t.Errorf("%d bits: column %d", bits, c)
		}
		enc, err := NewEncoder(nil, Settings{HashBits: bits, Weighting: Count}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var b data.Batch
		known := enc.AppendRow(&b, text)
		if err := b.Check(); err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, v := range b.Values {
			sum += int(v)
		}
		if tokens := (Tokenizer{}).AppendTokens(nil, text); known != len(tokens) || sum != known {
			t.Errorf("%d tokens, %d known, counts of %d in all", len(tokens), known, sum)
		}
	})
}
