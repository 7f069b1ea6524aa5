package bow

import (
	"errors"
	"slices"
)

// indexer turns documents into numbers. It is for one goroutine.
type indexer struct {
	scanner *scanner
	emit    func(token []byte)
	tokens  *sharedTable
	labels  table // sets of labels; see setMark
	bits    int   // above 0: tokens are numbered by their hash, into 2^bits numbers

	ids      []uint32 // of tokens being counted
	counts   []uint32 // of each token; zero between two documents
	touched  []uint32 // the tokens whose count is not zero
	repeated int      // how many of them have a count above one
	page     []uint32 // the documents, in the form that cursor reads
	set      []byte   // of labels
}

func newIndexer(t Tokenizer, tokens *sharedTable) *indexer {
	x := &indexer{scanner: newScanner(t), tokens: tokens}
	x.emit = x.count
	return x
}

// count notes a token of the document being added.
func (x *indexer) count(token []byte) {
	x.ids = append(x.ids[:0], x.tokens.number(token))
	x.countAll()
}

// countAll notes the tokens in ids.
func (x *indexer) countAll() {
	x.touched = slices.Grow(x.touched, len(x.ids))
	for _, id := range x.ids {
		if int(id) >= len(x.counts) {
			x.counts = append(x.counts, make([]uint32, max(int(id)+1, 2*len(x.counts), minSlots)-len(x.counts))...)
		}
		n := x.counts[id]
		x.counts[id] = n + 1
		switch n {
		case 0:
			x.touched = append(x.touched, id)
		case 1:
			x.repeated++
		}
	}
}

// add writes d to the page and returns the number of its set of labels.
func (x *indexer) add(d Document) (set uint32, err error) {
	word := bytesOf(d.Label)
	switch {
	case d.Labels != nil:
		if word, err = appendSet(x.set[:0], d); err != nil {
			return 0, &LineError{Line: d.Line, Err: err}
		}
		x.set = word
	case d.Label == "":
		return 0, &LineError{Line: d.Line, Err: ErrNoLabel}
	}
	if s := x.scanner; x.bits == 0 && s.plain && s.mark(d.Text) {
		x.ids = x.tokens.numbers(x.ids[:0], &s.wordMarks, s.minRunes)
		x.countAll()
	} else {
		s.scan(d.Text, x.emit)
	}
	defer x.clear()
	if x.tokens.overflow.Load() {
		return 0, &LineError{Line: d.Line, Err: errTooManyTokens}
	}
	n, repeated := len(x.touched), x.repeated
	x.page = slices.Grow(x.page, 2+n+repeated)
	from := len(x.page) + 2
	x.page = append(x.page, uint32(n), uint32(repeated))
	x.page = append(x.page, x.touched...)
	if repeated > 0 {
		ids, many, once := x.page[from:], 0, repeated
		for _, id := range x.touched {
			if n := x.counts[id]; n > 1 {
				ids[many] = id
				many++
				x.page = append(x.page, n)
			} else {
				ids[once] = id
				once++
			}
		}
	}
	return x.labels.number(word), nil
}

// clear makes ready for the next document.
func (x *indexer) clear() {
	for _, id := range x.touched {
		x.counts[id] = 0
	}
	x.touched, x.repeated = x.touched[:0], 0
}

// forget lets go of all but the labels.
func (x *indexer) forget() {
	x.tokens, x.ids, x.counts, x.touched, x.page = newSharedTable(), nil, nil, nil, nil
}

var errTooManyTokens = errors.New("the corpus has more different tokens than can be numbered")
