package bow

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/nestnet/nestnet/internal/memory"
)

// index finds the numbers of words. It is a hash table with open addressing.
type index struct {
	words []string // by number; some behind the last one may be empty
	slots []slot   // a power of two of them, at most 3/4 taken
	seed  maphash.Seed
	mix   uint64 // the seed of short words
}

// table numbers words from 0 in the order in which they were first seen. The bytes of
// the words stand one after the other in blocks. A word costs its bytes, 16 for the
// string and 21 to 43 for the slots, and looking one up allocates nothing. The zero
// value is an empty table.
//
// Methods that only read may run side by side.
type table struct {
	index
	block []byte // where the next word goes, if it fits
}

// slot is a place for a word. A word of up to eight bytes is its own key, so that
// nothing else must be looked at to know it; most words are. Of a longer one the
// key is the hash.
type slot struct {
	key  uint64
	next uint32 // the number plus 1; 0: nobody is here. Written last, see sharedTable
	long bool
}

// Larger blocks waste more when the last one is left half empty, smaller ones at
// the end of each. The longest token is an n-gram of 16 words of 1,024 bytes.
const tableBlock = 64 << 10

// minSlots is how many slots a table with a word has at least.
const minSlots = 1024

// key returns the key of word, where to look for it first, and whether it is long.
func (x *index) key(word []byte) (key, hash uint64, long bool) {
	n := len(word)
	switch {
	case n > 16:
		key = maphash.Bytes(x.seed, word)
		return key, key, true
	case n > 8:
		start, end := bothEnds(word)
		key = spreadBoth(start, end, x.mix)
		return key, key, true
	case n >= 4:
		key = uint64(binary.LittleEndian.Uint32(word)) | uint64(binary.LittleEndian.Uint32(word[n-4:]))<<(8*(n-4))
	default:
		for i, c := range word {
			key |= uint64(c) << (8 * i)
		}
	}
	return key, spread(key, x.mix), false
}

// mixer is odd, and its bits are in no order.
const mixer = 0x9e3779b97f4a7c15

// spread is the hash of a short word. Words have no zero bytes, so the length is in
// the key.
func spread(key, mix uint64) uint64 {
	high, low := bits.Mul64(key^mix, mixer)
	return high ^ low
}

// spreadBoth is the hash of a word of 9 to 16 bytes.
func spreadBoth(start, end, mix uint64) uint64 {
	high, low := bits.Mul64(start^mix, end^mixer)
	return high ^ low
}

// bothEnds are the first and the last eight bytes of a word of at least as many: all
// bytes, if they are 16 at most.
func bothEnds(word []byte) (start, end uint64) {
	return binary.LittleEndian.Uint64(word), binary.LittleEndian.Uint64(word[len(word)-8:])
}

// first is the first n of at least eight bytes as a number, the first one lowest.
func first(bytes []byte, n int) uint64 {
	return binary.LittleEndian.Uint64(bytes) & (1<<(8*n) - 1)
}

// at returns the slot of word and the number there plus 1, or the free slot where it
// belongs and 0. There must be slots.
func (x *index) at(word []byte) (s *slot, next uint32, key uint64, long bool) {
	mask := uint64(len(x.slots) - 1)
	key, hash, long := x.key(word)
	for at := hash & mask; ; at = (at + 1) & mask {
		s := &x.slots[at]
		// Read once: a slot that was free may be taken by another word a moment later.
		next := atomic.LoadUint32(&s.next)
		if next == 0 || s.key == key && s.long == long && (!long || x.words[next-1] == string(word)) {
			return s, next, key, long
		}
	}
}

// number returns the number of word; a new word gets the next one.
func (t *table) number(word []byte) uint32 {
	if len(t.slots) > 0 {
		if _, next, _, _ := t.at(word); next != 0 {
			return next - 1
		}
	}
	return t.add(word, "")
}

// add is number for a word that is kept as the given string, unless it is empty.
func (t *table) add(word []byte, kept string) uint32 {
	if len(t.words) >= len(t.slots)/4*3 {
		t.resize(max(2*len(t.slots), minSlots))
	}
	s, next, key, long := t.at(word)
	if next == 0 {
		if kept == "" {
			kept = t.keep(word)
		}
		t.words = append(t.words, kept)
		s.key, s.long = key, long
		next = uint32(len(t.words))
		atomic.StoreUint32(&s.next, next)
	}
	return next - 1
}

// find returns the number of word, and whether it has one.
func (x *index) find(word []byte) (uint32, bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	_, next, _, _ := x.at(word)
	return next - 1, next != 0
}

// findString is find for a string.
func (x *index) findString(word string) (uint32, bool) { return x.find(bytesOf(word)) }

// takeAll appends the numbers of words to dst. New words are not copied.
func (t *table) takeAll(dst []uint32, words []string) []uint32 {
	for _, w := range words {
		dst = append(dst, t.add(bytesOf(w), w))
	}
	return dst
}

// fit makes the slots for the words that are there, and no more.
func (t *table) fit() {
	size := minSlots
	for size/4*3 <= len(t.words) {
		size *= 2
	}
	t.reslot(size)
}

// resize makes room for as many slots, which must be a power of two, and their words.
func (t *table) resize(size int) {
	// All at once, since growing bit by bit copies far more often.
	t.words = memory.Grow(t.words, size/4*3-len(t.words))
	t.reslot(size)
}

// reslot gives t as many slots.
func (t *table) reslot(size int) {
	if len(t.slots) == 0 {
		t.seed = maphash.MakeSeed()
		t.mix = maphash.String(t.seed, "")
	}
	t.slots = memory.Make[slot](size)
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
		t.block = memory.Make[byte](max(tableBlock, len(word)))[:0]
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
