package bow

import (
	"slices"
	"strings"
	"testing"
)

func TestEnglishStopWords(t *testing.T) {
	words := EnglishStopWords()
	if len(words) < 150 {
		t.Errorf("%d words", len(words))
	}
	inOrder := slices.Clone(words)
	slices.Sort(inOrder)
	for i, w := range inOrder {
		if i > 0 && w == inOrder[i-1] {
			t.Errorf("%q is there twice", w)
		}
		if tokens := (Tokenizer{}).AppendTokens(nil, w); len(tokens) != 1 || tokens[0] != w {
			t.Errorf("%q is %q as tokens", w, tokens)
		}
		if slices.Contains([]string{"no", "not", "nor", "never", "without"}, w) || strings.HasSuffix(w, "n't") {
			t.Errorf("%q is a negation", w)
		}
	}
	tokens := Tokenizer{StopWords: words}.AppendTokens(nil, "You've won the prize, and it's NOT a trick!")
	if want := []string{"won", "prize", "not", "trick"}; !slices.Equal(tokens, want) {
		t.Errorf("%q, want %q", tokens, want)
	}
}

func TestStopWordOfSeveralWords(t *testing.T) {
	tok := Tokenizer{StopWords: []string{"e.g.", "and/or"}}
	if err := tok.Check(); err != nil {
		t.Fatal(err)
	}
	if got, want := tok.AppendTokens(nil, "fruit, e.g. apples and pears, or G"), []string{"fruit", "apples", "pears"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
