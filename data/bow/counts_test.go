package bow

import (
	"slices"
	"testing"
)

func TestCounts(t *testing.T) {
	c, err := NewCorpus(Tokenizer{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"b a b", "c b d", "a e e e e e"} {
		if err := c.Add(Document{Label: "x", Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		rows     []int
		o        VocabularyOptions
		counts   []int // a to e, as far as they are in
		frequent []int
	}{
		{nil, VocabularyOptions{}, []int{2, 3, 1, 1, 5}, []int{4, 1, 0}},
		{[]int{0, 1}, VocabularyOptions{}, []int{1, 3, 1, 1}, []int{1, 0, 2}},
		{nil, VocabularyOptions{MaxWords: 4}, []int{2, 3, 1, 5}, []int{3, 1, 0}},
		{nil, VocabularyOptions{MinCount: 3}, []int{3, 5}, []int{1, 0}},
	} {
		v, err := c.Vocabulary(test.rows, test.o)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Counts(); !slices.Equal(got, test.counts) {
			t.Errorf("%v, %+v: counts %d of %q, want %d", test.rows, test.o, got, v.Words(), test.counts)
		}
		if got := v.Frequent(3); !slices.Equal(got, test.frequent) {
			t.Errorf("%v, %+v: most frequent %d, want %d", test.rows, test.o, got, test.frequent)
		}
	}
}

func TestWithCounts(t *testing.T) {
	v, err := NewVocabulary([]string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	if v.Counts() != nil || len(v.Frequent(2)) != 0 {
		t.Errorf("counts %d from nowhere", v.Counts())
	}
	w, err := v.WithCounts([]int{1, 7})
	if err != nil || !slices.Equal(w.Counts(), []int{1, 7}) || v.Counts() != nil || w.Word(1) != "b" {
		t.Errorf("counts %d and %d, %v", w.Counts(), v.Counts(), err)
	}
	for _, bad := range [][]int{{1}, {1, 2, 3}, {1, -1}} {
		if _, err := v.WithCounts(bad); err == nil {
			t.Errorf("%d: no error", bad)
		}
	}
}
