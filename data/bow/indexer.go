package bow

import (
	"fmt"
	"math"
	"slices"
)

// indexer turns documents into numbers. It is for one goroutine.
type indexer struct {
	scanner *scanner
	emit    func(token []byte)
	tokens  table
	labels  table // sets of labels; see setMark
	bits    int   // above 0: tokens are numbered by their hash, into 2^bits numbers

	counts   []uint32 // of each token; zero between two documents
	touched  []uint32 // the tokens whose count is not zero
	repeated int      // how many of them have a count above one
	page     []uint32 // the documents, in the form that cursor reads
	set      []byte   // of labels
}

func newIndexer(t Tokenizer) *indexer {
	x := &indexer{scanner: newScanner(t)}
	x.emit = x.count
	return x
}

// count notes a token of the document being added.
func (x *indexer) count(token []byte) {
	id := x.tokens.number(token)
	if int(id) >= len(x.counts) {
		x.counts = append(x.counts, make([]uint32, cap(x.tokens.words)-len(x.counts))...)
	}
	switch x.counts[id]++; x.counts[id] {
	case 1:
		x.touched = append(x.touched, id)
	case 2:
		x.repeated++
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
	if uint64(len(x.tokens.words))+uint64(len(d.Text))*maxNGrams > math.MaxUint32 {
		return 0, &LineError{Line: d.Line, Err: tooManyTokens(len(x.tokens.words))}
	}
	x.scanner.scan(d.Text, x.emit)
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
	for _, id := range x.touched {
		x.counts[id] = 0
	}
	x.touched, x.repeated = x.touched[:0], 0
	return x.labels.number(word), nil
}

// forget lets go of all but the labels.
func (x *indexer) forget() {
	x.tokens, x.counts, x.touched, x.page = table{}, nil, nil, nil
}

func tooManyTokens(n int) error {
	return fmt.Errorf("corpus has %d different tokens, more cannot be numbered", n)
}
