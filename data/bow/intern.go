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
	words []string  // by number; some behind the last one may be empty
	keys  []wordKey // of the words
	slots []uint64  // a power of two of them, at most 3/4 taken: see slotOf
	seed  maphash.Seed
	mix   uint64 // the seed of words of up to 16 bytes
}

// table numbers words from 0 in the order in which they were first seen. The bytes of
// the words stand one after the other in blocks. A word costs its bytes, 16 for the
// string, 16 for the key and 11 to 22 for the slots, and looking one up allocates nothing. The zero
// value is an empty table.
//
// Methods that only read may run side by side.
type table struct {
	index
	block []byte // where the next word goes, if it fits
}

// wordKey is a word of up to 16 bytes, the first one lowest, filled up with zeroes, so that
// nothing else must be looked at to know it; nearly all words are. Of a longer one it is the
// hash, and long, which is the end of no word as words have no zero bytes.
type wordKey struct{ start, end uint64 }

const long = 0xff00

// A slot is a place for a word: its number plus 1 in the lower half, and its hash in the upper one,
// so that nearly only the word looked for is looked at. 0: nobody is here. So much of
// a slot is in a line of the cache that the words most texts are made of stay there.
func slotOf(hash, number uint32) uint64 { return uint64(hash)<<32 | uint64(number+1) }

// Larger blocks waste more when the last one is left half empty, smaller ones at
// the end of each. The longest token is an n-gram of 16 words of 1,024 bytes.
const tableBlock = 64 << 10

// minSlots is how many slots a table with a word has at least.
const minSlots = 1024

// key returns the key of word.
func (x *index) key(word []byte) wordKey {
	n := len(word)
	switch {
	case n > 16:
		return wordKey{maphash.Bytes(x.seed, word), long}
	case n > 8:
		end := binary.LittleEndian.Uint64(word[n-8:])
		return wordKey{binary.LittleEndian.Uint64(word), end >> (8 * (16 - n))}
	case n >= 4:
		return wordKey{start: uint64(binary.LittleEndian.Uint32(word)) | uint64(binary.LittleEndian.Uint32(word[n-4:]))<<(8*(n-4))}
	}
	k := wordKey{}
	for i, c := range word {
		k.start |= uint64(c) << (8 * i)
	}
	return k
}

// mixer is odd, and its bits are in no order.
const mixer = 0x9e3779b97f4a7c15

// hash spreads words over slots.
func (k wordKey) hash(mix uint64) uint32 {
	if k.end == long {
		return uint32(k.start)
	}
	return k.spread(mix)
}

// spread is the hash of a word of up to 16 bytes.
func (k wordKey) spread(mix uint64) uint32 {
	high, low := bits.Mul64(k.start^mix, k.end^mixer)
	return uint32((high ^ low) >> 32)
}

// at returns the slot of word and the number there plus 1, or the free slot where it
// belongs and 0. There must be slots.
func (x *index) at(word []byte) (slot *uint64, next uint32, key wordKey, hash uint32) {
	mask := uint32(len(x.slots) - 1)
	key = x.key(word)
	hash = key.hash(x.mix)
	for at := hash & mask; ; at = (at + 1) & mask {
		slot = &x.slots[at]
		// Read once: a slot that was free may be taken by another word a moment later.
		s := atomic.LoadUint64(slot)
		if next = uint32(s); next == 0 || uint32(s>>32) == hash && x.keys[next-1] == key && (key.end != long || x.words[next-1] == string(word)) {
			return slot, next, key, hash
		}
	}
}

// number returns the number of word; a new word gets the next one.
func (t *table) number(word []byte) uint32 {
	if len(t.words) >= len(t.slots)/4*3 { // not to make room for a word that is there
		if n, ok := t.find(word); ok {
			return n
		}
	}
	return t.add(word, "")
}

// add is number for a word that is kept as the given string, unless it is empty.
func (t *table) add(word []byte, kept string) uint32 {
	if len(t.words) >= len(t.slots)/4*3 {
		t.resize(max(2*len(t.slots), minSlots))
	}
	slot, next, key, hash := t.at(word)
	if next != 0 {
		return next - 1
	}
	if kept == "" {
		kept = t.keep(word)
	}
	n := uint32(len(t.words))
	t.words, t.keys = append(t.words, kept), append(t.keys, key)
	// Last, see sharedTable.
	atomic.StoreUint64(slot, slotOf(hash, n))
	return n
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
	room := size/4*3 - len(t.words)
	t.words, t.keys = memory.Grow(t.words, room), memory.Grow(t.keys, room)
	t.reslot(size)
}

// reslot gives t as many slots.
func (t *table) reslot(size int) {
	if len(t.slots) == 0 {
		t.seed = maphash.MakeSeed()
		t.mix = maphash.String(t.seed, "")
		if t.keys == nil {
			t.keys = memory.Make[wordKey](len(t.words))
		}
		for n, w := range t.words {
			t.keys[n] = t.key(bytesOf(w))
		}
	}
	t.slots = memory.Make[uint64](size)
	mask := uint32(size - 1)
	// The words seen first are the most frequent ones, and get the best places.
	for n, key := range t.keys {
		// The words differ, so a slot that is taken has another one.
		hash := key.hash(t.mix)
		at := hash & mask
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = slotOf(hash, uint32(n))
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
