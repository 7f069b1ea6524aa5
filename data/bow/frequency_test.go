package bow

import (
	"errors"
	"strings"
	"testing"
)

func TestDocumentFrequency(t *testing.T) {
	corpus, err := NewCorpus(Tokenizer{})
	if err != nil {
		t.Fatal(err)
	}
	// a stands in 4 documents, b in 3, c in 2, d in one, but four times.
	for i, text := range []string{"a b c", "a b c", "a b", "a d d d d"} {
		if err := corpus.Add(Document{Label: []string{"x", "y"}[i%2], Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		o    VocabularyOptions
		want string
	}{
		{VocabularyOptions{}, "a b c d"},
		{VocabularyOptions{MinDocuments: 1}, "a b c d"},
		{VocabularyOptions{MinDocuments: 2}, "a b c"},
		{VocabularyOptions{MinShare: 0.5}, "a b c"},
		{VocabularyOptions{MinShare: 0.51}, "a b"},
		{VocabularyOptions{MaxShare: 1}, "a b c d"},
		{VocabularyOptions{MaxShare: 0.75}, "b c d"},
		{VocabularyOptions{MaxShare: 0.74}, "c d"},
		{VocabularyOptions{MaxDocuments: 1}, "d"},
		{VocabularyOptions{MinDocuments: 2, MaxDocuments: 3}, "b c"},
		{VocabularyOptions{MinDocuments: 2, MaxWords: 1}, "a"},
		{VocabularyOptions{MinCount: 4}, "a d"},
		{VocabularyOptions{MinCount: 4, MaxShare: 0.5}, "d"},
	} {
		v, err := corpus.Vocabulary(nil, test.o)
		if err != nil {
			t.Errorf("%+v: %v", test.o, err)
		} else if got := strings.Join(v.Words(), " "); got != test.want {
			t.Errorf("%+v: %s, want %s", test.o, got, test.want)
		}
	}
	// Of some rows only those count.
	v, err := corpus.Vocabulary([]int{0, 3}, VocabularyOptions{MaxShare: 0.5})
	if err != nil || strings.Join(v.Words(), " ") != "b c d" {
		t.Errorf("of two rows: %v, %v", v, err)
	}
	_, err = corpus.Vocabulary(nil, VocabularyOptions{MinDocuments: 5})
	if !errors.Is(err, ErrNoWords) || err.Error() != "bow: no words: none occurs 1 times or more in the 4 documents, and in 5 to 4 of them" {
		t.Errorf("error %v", err)
	}
	o := VocabularyOptions{MinDocuments: -1, MaxDocuments: 1, MaxShare: 1.5}
	for _, want := range []string{"MinDocuments is -1", "MaxShare is 1.5, want 0 to 1", "MaxDocuments and MaxShare are two ways"} {
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
