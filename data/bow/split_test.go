package bow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	// 10 of class a, 5 of b, 2 of c, 1 of d, mixed.
	var docs []Document
	for i := range 10 {
		docs = append(docs, Document{Label: "a", Text: "x"})
		if i%2 == 0 {
			docs = append(docs, Document{Label: "b", Text: "x"})
		}
		if i%5 == 0 {
			docs = append(docs, Document{Label: "c", Text: "x"})
		}
		if i == 3 {
			docs = append(docs, Document{Label: "d", Text: "x"})
		}
	}
	c := mustCorpus(t, Tokenizer{}, docs...)
	for _, test := range []struct {
		fraction float64
		want     []int // of each class in part
	}{
		{0, []int{0, 0, 0, 0}},
		{0.04, []int{0, 0, 0, 0}},
		{0.1, []int{1, 1, 0, 0}}, // 5·0.1 rounds up
		{0.2, []int{2, 1, 0, 0}},
		{0.25, []int{3, 1, 1, 0}},
		{0.5, []int{5, 3, 1, 0}},
		{0.99, []int{9, 4, 1, 0}}, // one of each stays
	} {
		t.Run(fmt.Sprint(test.fraction), func(t *testing.T) {
			rest, part, err := c.Split(test.fraction, nil, rand.New(rand.NewPCG(1, 0)))
			if err != nil {
				t.Fatal(err)
			}
			if rest == nil || part == nil {
				t.Error("a half is nil, which means all rows elsewhere")
			}
			if counts, _ := c.ClassCounts(part); !slices.Equal(counts, test.want) {
				t.Errorf("classes in part %v, want %v", counts, test.want)
			}
			if !slices.IsSorted(rest) || !slices.IsSorted(part) {
				t.Errorf("order not kept: %v, %v", rest, part)
			}
			all := slices.Concat(rest, part)
			slices.Sort(all)
			for i := range all {
				if all[i] != i || len(all) != c.Len() {
					t.Fatalf("rows %v are not each row once", all)
				}
			}
		})
	}
}

func TestSplitSeed(t *testing.T) {
	var docs []Document
	for i := range 200 {
		docs = append(docs, Document{Label: fmt.Sprint(i % 2), Text: "x"})
	}
	c := mustCorpus(t, Tokenizer{}, docs...)
	split := func(seed uint64, rows []int) []int {
		_, part, err := c.Split(0.2, rows, rand.New(rand.NewPCG(seed, 0)))
		if err != nil {
			t.Fatal(err)
		}
		return part
	}
	if !slices.Equal(split(1, nil), split(1, nil)) {
		t.Error("the same seed gives another split")
	}
	if slices.Equal(split(1, nil), split(2, nil)) {
		t.Error("another seed gives the same split")
	}
	// Of some rows, in their order.
	rows := []int{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}
	part := split(1, rows)
	if len(part) != 2 || part[0] < part[1] || part[0] > 9 {
		t.Errorf("part of %v is %v", rows, part)
	}
}
