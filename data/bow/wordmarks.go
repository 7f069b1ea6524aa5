package bow

import (
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
	// One block more, so that eight bytes can be read at the last word.
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
	slots, mix := x.slots, x.mix
	mask := uint64(len(slots) - 1)
next:
	for i := 1; i < len(w.ends); i += 2 {
		from, n := w.ends[i-1], w.ends[i]-w.ends[i-1]
		if n < least || n > MaxTokenBytes {
			continue
		}
		// What at does for words of up to 16 bytes, without a call.
		switch {
		case n <= 8:
			key := first(w.text[from:], n)
			for at := spread(key, mix); ; at++ {
				s := &slots[at&mask]
				next := atomic.LoadUint32(&s.next)
				if next == 0 {
					break
				}
				if s.key == key && !s.long {
					dst = appendNumber(dst, next-1)
					continue next
				}
			}
		case n <= 16:
			start, end := bothEnds(w.text[from : from+n])
			key := spreadBoth(start, end, mix)
			for at := key; ; at++ {
				s := &slots[at&mask]
				next := atomic.LoadUint32(&s.next)
				if next == 0 {
					break
				}
				if s.key != key || !s.long {
					continue
				}
				if word := bytesOf(x.words[next-1]); len(word) == n {
					if a, b := bothEnds(word); a == start && b == end {
						dst = appendNumber(dst, next-1)
						continue next
					}
				}
			}
		default:
			if id, ok := x.find(w.text[from : from+n]); ok {
				dst = appendNumber(dst, id)
				continue
			}
		}
		w.missed = append(w.missed, i-1)
	}
	return dst
}
