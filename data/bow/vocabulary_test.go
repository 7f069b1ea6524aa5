package bow

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestNewVocabulary(t *testing.T) {
	given := []string{"zulu", "Z", "a", "free entry", "é"}
	v, err := NewVocabulary(given)
	if err != nil {
		t.Fatal(err)
	}
	if given[0] != "zulu" {
		t.Error("NewVocabulary sorted the slice it was given")
	}
	want := []string{"Z", "a", "free entry", "zulu", "é"} // byte order
	if got := v.Words(); !slices.Equal(got, want) || v.Len() != len(want) {
		t.Errorf("words %q, want %q", got, want)
	}
	for i, w := range want {
		if n, ok := v.Index(w); !ok || n != i || v.Word(i) != w {
			t.Errorf("Index(%q) = %d, %t; Word(%d) = %q", w, n, ok, i, v.Word(i))
		}
	}
	if _, ok := v.Index("bravo"); ok {
		t.Error(`Index("bravo") found a word that is not there`)
	}
	if v.Word(-1) != "" || v.Word(5) != "" {
		t.Error("Word out of range is not empty")
	}
	v.Words()[0] = "changed"
	if v.Word(0) != "Z" {
		t.Error("Words handed out the dictionary's own slice")
	}
}

func TestVocabularyErrors(t *testing.T) {
	for _, test := range []struct {
		words []string
		want  string
	}{
		{nil, ""},
		{[]string{"b", "a", "b"}, `"b" is there twice`},
		{[]string{"a", ""}, "a word is empty"},
		{[]string{"a\nb"}, "line break"},
		{[]string{"a\rb"}, "line break"},
		{[]string{"a\xff"}, "UTF-8"},
	} {
		_, err := NewVocabulary(test.words)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("NewVocabulary(%q): error %v, want %q", test.words, err, test.want)
		}
	}
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"a\nb\n", ""},
		{"a\nb", "cut off"},
		{"b\na\n", `word 2, "a", stands after "b"`},
		{"a\na\n", "there twice"},
		{"\n", "a word is empty"},
		{"a\r\n", "line break"},
		{"\xff\n", "UTF-8"},
	} {
		v, _ := NewVocabulary([]string{"kept"})
		err := v.UnmarshalText([]byte(test.text))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("UnmarshalText(%q): error %v, want %q", test.text, err, test.want)
		}
		if _, kept := v.Index("kept"); kept != (err != nil) {
			t.Errorf("UnmarshalText(%q): old words kept: %t, error %v", test.text, kept, err)
		}
	}
	if _, err := NewVocabulary([]string{"\xff"}); !errors.Is(err, ErrInvalidUTF8) {
		t.Errorf("error %v is not ErrInvalidUTF8", err)
	}
}

func FuzzVocabularyRoundTrip(f *testing.F) {
	for _, seed := range []string{"", "a\n", "a\nfree entry\nzulu\n", "b\na\n", "a\n\nb\n", "a\r\n", "é\n\xff\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// Any text: an error, or a dictionary that writes the same text.
		var v Vocabulary
		if v.UnmarshalText(text) == nil {
			if got, err := v.MarshalText(); err != nil || string(got) != string(text) {
				t.Fatalf("read %q, wrote %q, error %v", text, got, err)
			}
		}
		// Any words: an error, or a dictionary that reads what it wrote.
		w, err := NewVocabulary(strings.Split(string(text), " "))
		if err != nil {
			return
		}
		wrote, err := w.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var r Vocabulary
		if err := r.UnmarshalText(wrote); err != nil {
			t.Fatalf("wrote %q, cannot read it: %v", wrote, err)
		}
		if !slices.Equal(r.Words(), w.Words()) {
			t.Fatalf("wrote %q, read %q", w.Words(), r.Words())
		}
	})
}

// A dictionary of many words, of which some are equally frequent and some equal in
// their first eight letters, is the one that sorting everything would give.
func TestSelectWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for _, n := range []int{1, 10, 999, 1000, 5000} {
		var words []string
		var counts []uint64
		var ids []uint32
		for i := range n {
			words = append(words, fmt.Sprintf("%s%d", strings.Repeat("w", rng.IntN(12)), i))
			counts = append(counts, uint64(1+rng.IntN(4)))
			ids = append(ids, uint32(i))
		}
		byCount := slices.Clone(ids)
		slices.SortFunc(byCount, func(a, b uint32) int {
			return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(words[a], words[b]))
		})
		for _, most := range []int{0, 1, n / 3, n - 1, n, n + 1} {
			var want []string
			for _, id := range byCount {
				if most == 0 || len(want) < most {
					want = append(want, words[id])
				}
			}
			slices.Sort(want)
			v, err := selectWords(words, counts, slices.Clone(ids), most)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(v.Words(), want) {
				t.Errorf("%d of %d words: other ones than expected", most, n)
			}
		}
	}
}

// A dictionary means the same to a corpus that it was not made of, and to its own.
func TestVocabularyOfAnotherCorpus(t *testing.T) {
	docs := []Document{{Label: "a", Text: "one two three two"}, {Label: "b", Text: "four two five"}, {Label: "a", Text: "six one"}}
	own, other := mustCorpus(t, Tokenizer{}, docs...), mustCorpus(t, Tokenizer{}, Document{Label: "b", Text: "seven five one"})
	for _, d := range docs {
		if err := other.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	v, err := own.Vocabulary(nil, VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []Weighting{Presence, TFIDF} {
		mine, err := own.Encoder(v, w, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := own.Set(mine, nil)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := other.Encoder(v, w, []int{1, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := other.Set(theirs, []int{1, 2, 3})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v; error %v", w, got, want, err)
		}
	}
	if i, ok := v.Index("two"); !ok || v.Word(i) != "two" {
		t.Errorf("two is found at %d, %t", i, ok)
	}
}
