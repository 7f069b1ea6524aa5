package bow

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync/atomic"

	"github.com/nestnet/nestnet/internal/kernel"
)

// wordMarks are the words of a text of ASCII bytes, as most texts are. They are found all
// at once: then looking them up is a loop of its own, in which the processor waits for
// several words' places in a table at the same time.
type wordMarks struct {
	text  []byte   // the text in lower case, and some bytes after it
	ends  []int    // where words begin and end: word i is text[ends[2i]:ends[2i+1]]
	marks []uint64 // of kernel.MarkWords

	missed []int // places in ends of words that findMarked did not find
}

// mark finds the words of text, and returns false if it is not ASCII.
func (w *wordMarks) mark(text string) (ascii bool) {
	blocks := (len(text) + kernel.WordsBlock - 1) / kernel.WordsBlock
	// One block more, so that 16 bytes can be read at the last word.
	w.text = slices.Grow(w.text[:0], (blocks+1)*kernel.WordsBlock)
	w.text = w.text[:cap(w.text)]
	w.marks = slices.Grow(w.marks[:0], 2*(blocks+1))[:2*(blocks+1)]
	if !kernel.MarkWords(w.text, w.marks, text) {
		return false
	}
	w.marks[2*blocks], w.marks[2*blocks+1] = 0, 0
	// Where a word begins or ends, in place of its letters, and how often: a text may be
	// long, and mostly not words.
	count := 1
	last := uint64(0) // the last byte of the block before is of a word
	for i := range blocks {
		letters := w.marks[2*i]
		if quotes := w.marks[2*i+1]; quotes != 0 {
			// An apostrophe between two letters is of the word.
			letters |= quotes & (letters<<1 | last) & (letters>>1 | w.marks[2*i+2]<<63)
		}
		turns := letters ^ (letters<<1 | last)
		last = letters >> 63
		w.marks[2*i] = turns
		count += bits.OnesCount64(turns)
	}
	w.ends = slices.Grow(w.ends[:0], count)
	ends, n := w.ends[:count], 0
	for i := range blocks {
		turns := w.marks[2*i]
		for at := i * kernel.WordsBlock; turns != 0; turns &= turns - 1 {
			ends[n] = at + bits.TrailingZeros64(turns)
			n++
		}
	}
	if last != 0 {
		ends[n] = len(text)
		n++
	}
	w.ends = ends[:n]
	return true
}

// findMarked appends the numbers of the words that have at least so many letters, in the form
// of a page. Those that x does not have are in w.missed then.
func (x *index) findMarked(dst []uint16, w *wordMarks, least int) []uint16 {
	w.missed = w.missed[:0]
	if len(x.slots) == 0 {
		return dst
	}
	dst = slices.Grow(dst, len(w.ends)/2*maxUnits)
	to, k := dst[:cap(dst)], len(dst)
	slots, keys, mix := x.slots, x.keys, x.mix
	mask := uint32(len(slots) - 1)
next:
	for i := 1; i < len(w.ends); i += 2 {
		from, n := w.ends[i-1], w.ends[i]-w.ends[i-1]
		if n < least || n > MaxTokenBytes {
			continue
		}
		if n > 16 {
			if id, ok := x.find(w.text[from : from+n]); ok {
				k = len(appendNumber(to[:k], id))
				continue
			}
			w.missed = append(w.missed, i-1)
			continue
		}
		// What at does, without a call and without asking how long the word is.
		bytes, mask16 := w.text[from:from+16], &keyMasks[n]
		key := wordKey{binary.LittleEndian.Uint64(bytes) & mask16.start, binary.LittleEndian.Uint64(bytes[8:]) & mask16.end}
		hash := key.spread(mix)
		for at := hash; ; at++ {
			s := atomic.LoadUint64(&slots[at&mask])
			if s == 0 {
				break
			}
			if uint32(s>>32) != hash {
				continue
			}
			id := uint32(s) - 1
			if keys[id] != key {
				continue
			}
			if id < wide {
				to[k] = uint16(id)
				k++
			} else {
				k = len(appendNumber(to[:k], id))
			}
			continue next
		}
		w.missed = append(w.missed, i-1)
	}
	return to[:k]
}

// keyMasks has the bytes of words of 0 to 16 bytes.
var keyMasks = func() (masks [17]wordKey) {
	for n := range masks {
		masks[n] = wordKey{1<<(8*min(n, 8)) - 1, 1<<(8*max(n-8, 0)) - 1}
	}
	return masks
}()
