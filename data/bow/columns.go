package bow

import "math/bits"

// columnSet is a set of columns that comes out in order. A bit says that a column
// is in; a bit of above says that one of 64 such words is not zero. So a row of
// some dozens of words is sorted by setting bits and looking for them, in less time
// than sorting takes.
type columnSet struct {
	words []uint64
	above []uint64
}

func newColumnSet(columns int) columnSet {
	n := (columns + 63) / 64
	return columnSet{make([]uint64, n), make([]uint64, (n+63)/64)}
}

// add puts column i into the set.
func (s *columnSet) add(i int32) {
	w := uint32(i) / 64
	s.words[w] |= 1 << (uint32(i) % 64)
	s.above[w/64] |= 1 << (w % 64)
}

// drain appends the columns to dst, ascending, and empties the set.
func (s *columnSet) drain(dst []int32) []int32 {
	for a, some := range s.above {
		if some == 0 {
			continue
		}
		for ; some != 0; some &= some - 1 {
			w := a*64 + bits.TrailingZeros64(some)
			for word := s.words[w]; word != 0; word &= word - 1 {
				dst = append(dst, int32(w*64+bits.TrailingZeros64(word)))
			}
			s.words[w] = 0
		}
		s.above[a] = 0
	}
	return dst
}
