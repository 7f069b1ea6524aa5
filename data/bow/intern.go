package bow

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"slices"
	"unsafe"
)

// table numbers words from 0 in the order in which they were first seen. It is a
// hash table with open addressing; the bytes of the words stand one after the
// other in blocks. A word costs its bytes, 16 for the string and 21 to 43 for the
// slots, and looking one up allocates nothing. The zero value is an empty table.
//
// Methods that only read may run side by side.
type table struct {
	words []string // by number
	block []byte   // where the next word goes, if it fits
	slots []slot   // a power of two of them, at most 3/4 taken
	seed  maphash.Seed
	mix   uint64 // the seed of short words
}

// slot is a place for a word. A word of up to eight bytes is its own key, so that
// nothing else must be looked at to know it; most words are. Of a longer one the
// key is the hash.
type slot struct {
	key  uint64
	next uint32 // the number plus 1; 0: nobody is here
	long bool
}

// Larger blocks waste more when the last one is left half empty, smaller ones at
// the end of each. The longest token is an n-gram of 16 words of 1,024 bytes.
const tableBlock = 64 << 10

// minSlots is how many slots a table with a word has at least.
const minSlots = 1024

// key returns the key of word, where to look for it first, and whether it is long.
func (t *table) key(word []byte) (key, hash uint64, long bool) {
	n := len(word)
	switch {
	case n > 8:
		key = maphash.Bytes(t.seed, word)
		return key, key, true
	case n >= 4:
		key = uint64(binary.LittleEndian.Uint32(word)) | uint64(binary.LittleEndian.Uint32(word[n-4:]))<<(8*(n-4))
	default:
		for i, c := range word {
			key |= uint64(c) << (8 * i)
		}
	}
	return key, t.spread(key), false
}

// spread is the hash of a short word. Words have no zero bytes, so the length is in
// the key.
func (t *table) spread(key uint64) uint64 {
	high, low := bits.Mul64(key^t.mix, 0x9e3779b97f4a7c15)
	return high ^ low
}

// at returns the slot of word, or the free one where it belongs. There must be
// slots.
func (t *table) at(word []byte) (s *slot, key uint64, long bool) {
	slots := t.slots
	mask := uint64(len(slots) - 1)
	if n := len(word); n <= 8 && cap(word) >= 8 { // as nearly all are, from a scanner
		key := binary.LittleEndian.Uint64(word[:8]) & (1<<(8*n) - 1)
		for at := t.spread(key) & mask; ; at = (at + 1) & mask {
			s := &slots[at]
			if s.next == 0 || s.key == key && !s.long {
				return s, key, false
			}
		}
	}
	key, hash, long := t.key(word)
	for at := hash & mask; ; at = (at + 1) & mask {
		s := &slots[at]
		if s.next == 0 || s.key == key && s.long == long && (!long || t.words[s.next-1] == string(word)) {
			return s, key, long
		}
	}
}

// number returns the number of word; a new word gets the next one.
func (t *table) number(word []byte) uint32 {
	if len(t.slots) > 0 {
		if s, _, _ := t.at(word); s.next != 0 {
			return s.next - 1
		}
	}
	return t.add(word, "")
}

// add is number for a word that is kept as the given string, unless it is empty.
func (t *table) add(word []byte, kept string) uint32 {
	if len(t.words) >= len(t.slots)/4*3 {
		t.resize(max(2*len(t.slots), minSlots))
	}
	s, key, long := t.at(word)
	if s.next == 0 {
		if kept == "" {
			kept = t.keep(word)
		}
		t.words = append(t.words, kept)
		*s = slot{key, uint32(len(t.words)), long}
	}
	return s.next - 1
}

// find returns the number of word, and whether it has one.
func (t *table) find(word []byte) (uint32, bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	s, _, _ := t.at(word)
	return s.next - 1, s.next != 0
}

// findString is find for a string.
func (t *table) findString(word string) (uint32, bool) { return t.find(bytesOf(word)) }

// takeAll appends the numbers of words to dst. New words are not copied.
func (t *table) takeAll(dst []uint32, words []string) []uint32 {
	for _, w := range words {
		dst = append(dst, t.add(bytesOf(w), w))
	}
	return dst
}

// index makes the slots for the words that are there, and no more.
func (t *table) index() {
	size := minSlots
	for size/4*3 <= len(t.words) {
		size *= 2
	}
	t.reslot(size)
}

// resize makes room for as many slots, which must be a power of two, and their words.
func (t *table) resize(size int) {
	// All at once, since growing bit by bit copies far more often.
	t.words = slices.Grow(t.words, size/4*3-len(t.words))
	t.reslot(size)
}

// reslot gives t as many slots.
func (t *table) reslot(size int) {
	if len(t.slots) == 0 {
		t.seed = maphash.MakeSeed()
		t.mix = maphash.String(t.seed, "")
	}
	t.slots = make([]slot, size)
	for n, w := range t.words {
		// The words differ, so a slot that is taken has another one.
		key, hash, long := t.key(bytesOf(w))
		at := hash & uint64(size-1)
		for t.slots[at].next != 0 {
			at = (at + 1) & uint64(size-1)
		}
		t.slots[at] = slot{key, uint32(n + 1), long}
	}
}

// keep copies word into a block.
func (t *table) keep(word []byte) string {
	if len(word) > cap(t.block)-len(t.block) {
		t.block = make([]byte, 0, max(tableBlock, len(word)))
	}
	from := len(t.block)
	t.block = append(t.block, word...)
	return stringOf(t.block[from:])
}

// stringOf is b as a string without a copy: b must not change while the string is
// used.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf is s as bytes without a copy: they must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
