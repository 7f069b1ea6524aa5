package bow

import (
	"slices"
	"testing"
)

func TestAddWords(t *testing.T) {
	a := counted{words: []string{"a", "long " + string(make([]byte, 200)), "b"}, counts: []uint64{1, 300, 1 << 40}, documents: []uint64{1, 2, 3}}
	b := counted{words: []string{"b", "c"}, counts: []uint64{5, 6}}
	var parts [2][]byte
	for i := range a.words {
		parts[0] = a.append(parts[0], i)
	}
	for i := range b.words {
		parts[1] = b.append(parts[1], i)
	}
	sum, err := addWords(parts[:])
	if err != nil || !slices.Equal(sum.words, append(a.words, "c")) || !slices.Equal(sum.counts, []uint64{1, 300, 1<<40 + 5, 6}) ||
		!slices.Equal(sum.documents, []uint64{1, 2, 3, 0}) {
		t.Errorf("got %v, %v", sum, err)
	}
	for n := range len(parts[1]) {
		got, err := listWords(parts[1][:n])
		whole := n == 0 || n == len(parts[1])/2
		if (err == nil) != whole {
			t.Errorf("%d of %d bytes: %v, %v", n, len(parts[1]), got, err)
		}
	}
}
