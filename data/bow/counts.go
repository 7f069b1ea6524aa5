package bow

import (
	"cmp"
	"fmt"
	"slices"
)

// Counts returns how often each word occurs in the documents that the dictionary was made
// of, by rank, in a slice of its own; nil if that is not known. NewVocabulary and
// UnmarshalText do not know it.
func (v *Vocabulary) Counts() []int { return slices.Clone(v.counts) }

// WithCounts returns the same dictionary with these counts, one for each word.
func (v *Vocabulary) WithCounts(counts []int) (*Vocabulary, error) {
	if len(counts) != v.Len() {
		return nil, fmt.Errorf("bow: vocabulary: %d counts for %d words", len(counts), v.Len())
	}
	for i, n := range counts {
		if n < 0 {
			return nil, fmt.Errorf("bow: vocabulary: %q is counted %d times", v.Word(i), n)
		}
	}
	w := *v
	w.counts = slices.Clone(counts)
	return &w, nil
}

// Frequent returns the ranks of the n most frequent words, the most frequent one first,
// of equally frequent ones the first in the alphabet; none if the counts are not known.
func (v *Vocabulary) Frequent(n int) []int {
	ranks := make([]int, len(v.counts))
	for i := range ranks {
		ranks[i] = i
	}
	slices.SortStableFunc(ranks, func(a, b int) int { return cmp.Compare(v.counts[b], v.counts[a]) })
	return ranks[:min(max(n, 0), len(ranks))]
}
