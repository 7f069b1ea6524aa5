package bow

import (
	"slices"
	"strings"
	"testing"
)

func TestLocate(t *testing.T) {
	text := "Don’t MISS: a FREE entry, Ünder 18s' only"
	for _, test := range []struct {
		t    Tokenizer
		want []string // token=what stands there
	}{
		{Tokenizer{}, []string{"don't=Don’t", "miss=MISS", "a=a", "free=FREE", "entry=entry", "ünder=Ünder", "18s=18s", "only=only"}},
		{Tokenizer{MinRunes: 2, StopWords: []string{"Only"}}, []string{"don't=Don’t", "miss=MISS", "free=FREE", "entry=entry", "ünder=Ünder", "18s=18s"}},
		{Tokenizer{MinRunes: 2, StopWords: []string{"free"}, NGrams: 3}, []string{
			"don't=Don’t", "miss=MISS", "don't miss=Don’t MISS", "entry=entry", "miss entry=MISS: a FREE entry",
			"don't miss entry=Don’t MISS: a FREE entry", "ünder=Ünder", "entry ünder=entry, Ünder", "miss entry ünder=MISS: a FREE entry, Ünder",
			"18s=18s", "ünder 18s=Ünder 18s", "entry ünder 18s=entry, Ünder 18s",
			"only=only", "18s only=18s' only", "ünder 18s only=Ünder 18s' only"}},
	} {
		var got []string
		for _, p := range test.t.locate(text) {
			got = append(got, p.Token+"="+text[p.Start:p.End])
			if words := strings.Count(p.Token, " ") + 1; p.Words != words {
				t.Errorf("%q has %d words, want %d", p.Token, p.Words, words)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v:\n%q, want\n%q", test.t, got, test.want)
		}
	}
}

// The columns are those of the row.
func TestLocateColumns(t *testing.T) {
	v, err := NewVocabulary([]string{"a", "a free", "free", "prize"})
	if err != nil {
		t.Fatal(err)
	}
	tokenizer := Tokenizer{NGrams: 2}
	text := "A free gift: free, a FREE prize"
	known, err := NewEncoder(v, Settings{Tokenizer: tokenizer}, nil)
	if err != nil {
		t.Fatal(err)
	}
	hashed, err := NewEncoder(nil, Settings{Tokenizer: tokenizer, HashBits: 5}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []*Encoder{known, hashed} {
		var columns []int32
		for _, p := range e.Locate(text) {
			if p.Column >= 0 {
				columns = append(columns, int32(p.Column))
			} else if _, ok := v.Index(p.Token); ok || e == hashed {
				t.Errorf("%q has no column", p.Token)
			}
		}
		slices.Sort(columns)
		b, err := e.Batch(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Compact(columns); !slices.Equal(got, b.Indices) {
			t.Errorf("columns %d, want %d", got, b.Indices)
		}
	}
}

// FuzzLocate wants locate to find the tokens that AppendTokens finds, in places that
// lie within the text.
func FuzzLocate(f *testing.F) {
	for _, text := range []string{"", "a b c", "don't 'tis dogs' O’Neil’s", "e\u0301\u0301 \u0301x İstanbul ΣΑΣ", "\xff\xfea\xc3", "日本語 ok",
		strings.Repeat("x", 1025) + " y " + strings.Repeat("İ", 600) + " z", "a''b'’c'1"} {
		for n := range 4 {
			f.Add(text, n, n%2)
		}
	}
	f.Fuzz(func(t *testing.T, text string, nGrams, minRunes int) {
		tok := Tokenizer{NGrams: nGrams, MinRunes: minRunes, StopWords: []string{"b", "x"}}
		var got []string
		for _, p := range tok.locate(text) {
			if p.Start < 0 || p.Start >= p.End || p.End > len(text) {
				t.Fatalf("%q: place %+v", text, p)
			}
			got = append(got, p.Token)
		}
		if want := tok.AppendTokens(nil, text); !slices.Equal(got, want) {
			t.Errorf("%q: located %q, want %q", text, got, want)
		}
	})
}
