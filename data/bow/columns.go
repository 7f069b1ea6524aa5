package bow

import "math/bits"

// columnSet is a set of columns that comes out in order. A bit says that a column
// is in; a bit of above says that one of 64 such words is not zero. So a row of
// some dozens of words is sorted by setting bits and looking for them, in less time
// than sorting takes.
type columnSet struct {
	words []uint64
	above []uint64
	some  []int32 // scratch: which words are not zero
}

func newColumnSet(columns int) columnSet {
	n := (columns + 63) / 64
	return columnSet{make([]uint64, n), make([]uint64, (n+63)/64), make([]int32, n+inTurn)}
}

// inTurn is how many bits are looked for at a time.
const inTurn = 8

// add puts column i into the set.
func (s *columnSet) add(i int32) {
	w := uint32(i) / 64
	s.words[w] |= 1 << (uint32(i) % 64)
	s.above[w/64] |= 1 << (w % 64)
}

// drain appends the columns to dst, which has room for them, ascending, and empties the set.
func (s *columnSet) drain(dst []int32) []int32 {
	// Which words have columns. How many there are in a word of above is anyone's guess, so
	// the processor is not asked to guess it: more are written than there are, mostly.
	n := 0
	for a, bit := range s.above {
		if bit == 0 {
			continue
		}
		s.above[a] = 0
		next := n + bits.OnesCount64(bit)
		for ; bit != 0; n += inTurn {
			some := s.some[n:][:inTurn]
			for k := range some {
				some[k] = int32(a*64 + bits.TrailingZeros64(bit))
				bit &= bit - 1
			}
		}
		n = next
	}
	// Nearly all of them have one.
	k := len(dst)
	dst = dst[:cap(dst)]
	for _, w := range s.some[:n] {
		word := s.words[w]
		s.words[w] = 0
		dst[k] = w*64 + int32(bits.TrailingZeros64(word))
		k++
		for word &= word - 1; word != 0; word &= word - 1 {
			dst[k] = w*64 + int32(bits.TrailingZeros64(word))
			k++
		}
	}
	return dst[:k]
}
