package bow

import (
	"math"
	"sync"
	"sync/atomic"
)

// sharedTable is a table that several goroutines add words to at the same time. Which
// number a word gets depends on who comes first; nothing that is made of the numbers
// does.
//
// Most words are there already, and these are found without a lock, in the index
// published last. A slot changes once, from nobody to a word, and its number is written
// after all else, so whoever sees the number sees the word. In an index that is not the
// last any more some words are missing, no more; whoever misses one takes the lock and
// looks again.
type sharedTable struct {
	published atomic.Pointer[index]
	mu        sync.Mutex // held by who adds
	table     table

	origin   *origin
	limit    int         // how many words can be numbered
	overflow atomic.Bool // there were more; they got a wrong number
}

// origin tells tables apart for a Vocabulary that must not keep them in memory.
type origin struct{ _ byte }

func newSharedTable() *sharedTable {
	t := &sharedTable{origin: new(origin), limit: math.MaxUint32}
	t.table.resize(minSlots)
	t.publish()
	return t
}

// publish lets others see the words added from now on.
func (t *sharedTable) publish() {
	x := t.table.index
	x.words, x.keys = x.words[:cap(x.words)], x.keys[:cap(x.keys)]
	t.published.Store(&x)
}

// number returns the number of word; a new word gets the next one.
func (t *sharedTable) number(word []byte) uint32 {
	if n, ok := t.published.Load().find(word); ok {
		return n
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.add(word)
}

// numbers appends the numbers of the marked words that have at least so many letters,
// in no order, in the form of a page.
func (t *sharedTable) numbers(dst []uint16, w *wordMarks, least int) []uint16 {
	dst = t.published.Load().findMarked(dst, w, least)
	if len(w.missed) > 0 {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, i := range w.missed {
			dst = appendNumber(dst, t.add(w.text[w.ends[i]:w.ends[i+1]]))
		}
	}
	return dst
}

// add is number for who holds the lock.
func (t *sharedTable) add(word []byte) uint32 {
	if len(t.table.words) == t.limit {
		t.overflow.Store(true)
		return 0
	}
	room := len(t.table.slots)
	n := t.table.number(word)
	if len(t.table.slots) != room {
		t.publish()
	}
	return n
}

// eachWord calls f for the words of v that t has, when nobody adds any.
func (t *sharedTable) eachWord(v *Vocabulary, f func(rank int, id uint32)) {
	if v.source == t.origin {
		for rank, id := range v.ids {
			f(rank, id)
		}
		return
	}
	for rank, w := range v.words {
		if id, ok := t.table.findString(w); ok {
			f(rank, id)
		}
	}
}

// words are the words by their numbers, when nobody adds any.
func (t *sharedTable) words() []string { return t.table.words }
