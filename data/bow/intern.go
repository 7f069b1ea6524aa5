package bow

import (
	"hash/maphash"
	"unsafe"
)

// table numbers words from 0 in the order in which they were first seen. It is a
// hash table with open addressing; the bytes of the words stand one after the
// other in blocks. A word costs its bytes, 16 for the string and 11 to 21 for the
// slots, and looking one up allocates nothing. The zero value is an empty table.
//
// Methods that only read may run side by side.
type table struct {
	words []string // by number
	block []byte   // where the next word goes, if it fits

	// A slot is free if it is 0, else the upper half of the hash and the number
	// plus 1. There is a power of two of them, at most 3/4 taken.
	slots []uint64
	seed  maphash.Seed // set with the first slots
}

// Larger blocks waste more when the last one is left half empty, smaller ones at
// the end of each. The longest token is an n-gram of 16 words of 1,024 bytes.
const tableBlock = 64 << 10

// number returns the number of word; a new word gets the next one.
func (t *table) number(word []byte) uint32 { return t.add(word, "") }

// add is number for a word that is kept as the given string, unless it is empty.
func (t *table) add(word []byte, kept string) uint32 {
	if len(t.words) >= len(t.slots)/4*3 {
		t.resize(max(2*len(t.slots), 1024))
	}
	hash := maphash.Bytes(t.seed, word)
	slots := t.slots
	mask := uint64(len(slots) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		slot := slots[at]
		if slot == 0 {
			n := uint32(len(t.words))
			if kept == "" {
				kept = t.keep(word)
			}
			t.words = append(t.words, kept)
			slots[at] = hash&^numberMask | uint64(n+1)
			return n
		}
		if (slot^hash)&^numberMask == 0 {
			if n := uint32(slot) - 1; t.words[n] == string(word) {
				return n
			}
		}
	}
}

// numberMask masks the number in a slot.
const numberMask = 1<<32 - 1

// find returns the number of word, and whether it has one.
func (t *table) find(word []byte) (uint32, bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	hash := maphash.Bytes(t.seed, word)
	mask := uint64(len(t.slots) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		slot := t.slots[at]
		if slot == 0 {
			return 0, false
		}
		if (slot^hash)&^numberMask == 0 {
			if n := uint32(slot) - 1; t.words[n] == string(word) {
				return n, true
			}
		}
	}
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

// grow makes room for n words in all.
func (t *table) grow(n int) {
	size := 1024
	for size/4*3 <= n {
		size *= 2
	}
	if size > len(t.slots) {
		t.resize(size)
	}
}

// resize gives t as many slots, which must be a power of two.
func (t *table) resize(size int) {
	if len(t.slots) == 0 {
		t.seed = maphash.MakeSeed()
	}
	t.slots = make([]uint64, size)
	for n := range t.words {
		t.place(uint32(n))
	}
}

// place puts word n, which is not there, into a slot.
func (t *table) place(n uint32) {
	hash := maphash.String(t.seed, t.words[n])
	mask := uint64(len(t.slots) - 1)
	at := hash & mask
	for t.slots[at] != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = hash&^numberMask | uint64(n+1)
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
