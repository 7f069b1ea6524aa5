package data

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	rows := []int{7, 3, 9, 9, 1, 0, 4, 2}
	groups := func() [][]int32 { return [][]int32{{0, 2, 4, 6}, {1, 3}, {5}, {7}, {}} }
	rest, part, err := Split(0.5, rows, len(rows), groups(), rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	// 2 of 4, 1 of 2, and of groups of one nothing.
	if len(part) != 3 || len(rest) != 5 {
		t.Errorf("rest %v, part %v", rest, part)
	}
	if all := slices.Sorted(slices.Values(slices.Concat(rest, part))); !slices.Equal(all, slices.Sorted(slices.Values(rows))) {
		t.Errorf("rest %v and part %v are not %v", rest, part, rows)
	}
	again, _, err := Split(0.5, rows, len(rows), groups(), rand.New(rand.NewPCG(1, 1)))
	if err != nil || !slices.Equal(again, rest) {
		t.Errorf("the same cut again: %v, %v", again, err)
	}
	rest, part, err = Split(0, nil, len(rows), groups(), rand.New(rand.NewPCG(1, 1)))
	if err != nil || part == nil || len(part) != 0 || !slices.Equal(rest, []int{0, 1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("nothing of all rows: rest %v, part %v, %v", rest, part, err)
	}
	for _, fraction := range []float64{-0.1, 1} {
		if _, _, err := Split(fraction, rows, len(rows), groups(), rand.New(rand.NewPCG(1, 1))); err == nil {
			t.Errorf("fraction %v is taken", fraction)
		}
	}
	if _, _, err := Split(0.5, rows, len(rows), groups(), nil); err == nil {
		t.Error("no rng is taken")
	}
}
