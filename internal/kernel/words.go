package kernel

import (
	"encoding/binary"
	"unsafe"
)

// WordsBlock is the number of bytes that MarkWords takes at a time.
const WordsBlock = 64

// MarkWords looks at a text in blocks of 64 bytes, the last one filled up with zeroes.
// Of block i it sets bit k
//
//	of marks[2i]    if byte k is an ASCII letter or digit,
//	of marks[2i+1]  if it is an apostrophe.
//
// It copies the text to lower, with bit 0x20 of each byte set: so letters become lower
// case, and digits and apostrophes stay. Both must have room for whole blocks. It
// returns whether all bytes are ASCII; if not, other letters are not marked.
func MarkWords(lower []byte, marks []uint64, text string) (ascii bool) {
	blocks := len(text) / WordsBlock
	ascii = markBlocks(lower, marks, unsafe.Slice(unsafe.StringData(text), len(text)), blocks)
	if rest := text[blocks*WordsBlock:]; rest != "" {
		var last [WordsBlock]byte
		copy(last[:], rest)
		if !markBlocks(lower[blocks*WordsBlock:], marks[2*blocks:], last[:], 1) {
			ascii = false
		}
	}
	return ascii
}

func markBlocks(lower []byte, marks []uint64, text []byte, blocks int) (ascii bool) {
	if blocks == 0 {
		return true
	}
	n := blocks * WordsBlock
	lower, marks, text = lower[:n], marks[:2*blocks], text[:n]
	if vector {
		return markVector(&lower[0], &marks[0], &text[0], blocks) == 0
	}
	high := uint64(0)
	for i := range blocks {
		var words, quotes uint64
		for k := 0; k < WordsBlock; k += 8 {
			at := i*WordsBlock + k
			eight := binary.LittleEndian.Uint64(text[at:])
			high |= eight
			binary.LittleEndian.PutUint64(lower[at:], eight|0x20*eachByte)
			words |= highBits(WordBytes(eight)) << k
			quotes |= highBits(quoteBytes(eight)) << k
		}
		marks[2*i], marks[2*i+1] = words, quotes
	}
	return high&(0x80*eachByte) == 0
}

// eachByte times a byte has it eight times.
const eachByte = 0x0101010101010101

// WordBytes sets the high bit of those of eight bytes that are ASCII letters or digits;
// the other bits mean nothing. Adding 0x80−a to bytes below 0x80 sets the high bits of
// those that are a or more, and no carry leaves a byte.
func WordBytes(eight uint64) uint64 {
	plain := eight &^ (0x80 * eachByte)
	folded := plain | 0x20*eachByte
	letters := (folded + (0x80-'a')*eachByte) &^ (folded + (0x7f-'z')*eachByte)
	digits := (plain + (0x80-'0')*eachByte) &^ (plain + (0x7f-'9')*eachByte)
	return (letters | digits) &^ eight
}

// quoteBytes is WordBytes for apostrophes.
func quoteBytes(eight uint64) uint64 {
	other := eight ^ '\''*eachByte // 0 for an apostrophe
	return ^(other&^(0x80*eachByte) + 0x7f*eachByte) &^ other
}

// highBits gathers the high bits of eight bytes, that of the first one lowest.
func highBits(eight uint64) uint64 {
	return (eight >> 7 & eachByte) * 0x0102040810204080 >> 56
}
