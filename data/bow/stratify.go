package bow

import (
	"container/heap"
	"math/rand/v2"
)

// stratify deals out examples that have sets of labels to parts at random, so that each
// part gets about its share of all examples and of those with each label:
//
//	while there are examples with labels:
//	    of the label that the fewest of them have, give each example to the part that
//	    lacks this label most; if several do, to the one of these that lacks most
//	    examples; if several do, to any of these
//	then the examples without labels, each to the part that lacks most examples
//
// The rare labels go first, since a frequent one can still be put right later. sets has
// the labels of each example, below labels; stratify returns the part of each. With
// firstHasAll each label is in the first part, whatever its share.
//
// K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of Multi-Label Data",
// ECML PKDD 2011, algorithm 1.
func stratify(sets [][]int32, labels int, shares []float64, firstHasAll bool, rng *rand.Rand) []int {
	s := stratifier{sets: sets, rng: rng, left: make([]int, labels), place: make([]int, labels), part: make([]int, len(sets))}
	for i := range s.part {
		s.part[i] = -1
	}
	with := make([][]int, labels) // the examples of each label
	order := rng.Perm(len(sets))
	for _, i := range order {
		for _, l := range sets[i] {
			with[l] = append(with[l], i)
			s.left[l]++
		}
	}
	for l := range labels {
		s.place[l] = l
		s.queue = append(s.queue, int32(l))
	}
	for _, share := range shares {
		lacks := make([]float64, labels)
		for l := range lacks {
			lacks[l] = share * float64(s.left[l])
		}
		s.lacks, s.lacksRows = append(s.lacks, lacks), append(s.lacksRows, share*float64(len(sets)))
	}
	first := make([]bool, labels) // the label is in the first part
	heap.Init(&s)
	for s.Len() > 0 {
		l := heap.Pop(&s).(int32)
		for _, i := range with[l] {
			if s.part[i] >= 0 {
				continue
			}
			part := s.neediest(l)
			if firstHasAll {
				for _, l := range sets[i] {
					if s.left[l] == 1 && !first[l] {
						part = 0
					}
				}
			}
			if part == 0 {
				for _, l := range sets[i] {
					first[l] = true
				}
			}
			s.put(i, part)
		}
	}
	for _, i := range order {
		if s.part[i] < 0 {
			s.put(i, s.neediest(-1))
		}
	}
	return s.part
}

// stratify deals out the rows by their labels and returns the part of each.
func (c *Corpus) stratify(rows []int, shares []float64, firstHasAll bool, rng *rand.Rand) []int {
	all := c.sets()
	sets := make([][]int32, len(rows))
	for at, i := range rows {
		sets[at] = all[c.docLabels[i]]
	}
	return stratify(sets, len(c.Labels()), shares, firstHasAll, rng)
}

// stratifier is one call of stratify. It is a heap of labels, the one with the fewest
// examples left on top.
type stratifier struct {
	sets      [][]int32
	part      []int // of each example; -1: not yet known
	left      []int // examples with each label whose part is not known
	lacks     [][]float64
	lacksRows []float64
	queue     []int32 // the heap
	place     []int   // of each label in it; -1: no longer there
	rng       *rand.Rand
}

// neediest returns the part that lacks label l most; -1 is no label.
func (s *stratifier) neediest(l int32) int {
	best, ties := 0, 1
	for p := 1; p < len(s.lacks); p++ {
		d := 0.0
		if l >= 0 {
			d = s.lacks[p][l] - s.lacks[best][l]
		}
		if d == 0 {
			d = s.lacksRows[p] - s.lacksRows[best]
		}
		switch {
		case d > 0:
			best, ties = p, 1
		case d == 0:
			// Each of the equal ones is taken with the same chance.
			if ties++; s.rng.IntN(ties) == 0 {
				best = p
			}
		}
	}
	return best
}

// put gives example i to a part.
func (s *stratifier) put(i, part int) {
	s.part[i] = part
	s.lacksRows[part]--
	for _, l := range s.sets[i] {
		s.lacks[part][l]--
		s.left[l]--
		if s.place[l] >= 0 {
			heap.Fix(s, s.place[l])
		}
	}
}

// Len implements heap.Interface.
func (s *stratifier) Len() int { return len(s.queue) }

// Less implements heap.Interface.
func (s *stratifier) Less(i, j int) bool {
	a, b := s.queue[i], s.queue[j]
	if s.left[a] != s.left[b] {
		return s.left[a] < s.left[b]
	}
	return a < b
}

// Swap implements heap.Interface.
func (s *stratifier) Swap(i, j int) {
	s.queue[i], s.queue[j] = s.queue[j], s.queue[i]
	s.place[s.queue[i]], s.place[s.queue[j]] = i, j
}

// Push implements heap.Interface. All labels are there from the start.
func (s *stratifier) Push(any) { panic("bow: stratify: no label comes later") }

// Pop implements heap.Interface.
func (s *stratifier) Pop() any {
	last := len(s.queue) - 1
	l := s.queue[last]
	s.queue = s.queue[:last]
	s.place[l] = -1
	return l
}
