package bow

import "errors"

// indexer turns documents into numbers. It is for one goroutine.
type indexer struct {
	scanner *scanner
	emit    func(token []byte)
	tokens  *sharedTable
	labels  table // sets of labels; see setMark
	bits    int   // above 0: tokens are numbered by their hash, into 2^bits numbers

	page []uint16 // the documents, in the form that cursor reads
	set  []byte   // of labels

	counts  []uint32 // for squeeze, of each token; zero between two documents
	touched []uint32 // the tokens whose count is not zero
}

func newIndexer(t Tokenizer, tokens *sharedTable) *indexer {
	x := &indexer{scanner: newScanner(t), tokens: tokens}
	x.emit = func(token []byte) { x.page = appendNumber(x.page, x.tokens.number(token)) }
	return x
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
	from := len(x.page)
	x.page = append(x.page, 0) // for measure
	if s := x.scanner; x.bits == 0 && s.plain && s.mark(d.Text) {
		x.page = x.tokens.numbers(x.page, &s.wordMarks, s.minRunes)
	} else {
		s.scan(d.Text, x.emit)
	}
	if x.tokens.overflow.Load() {
		x.page = x.page[:from]
		return 0, &LineError{Line: d.Line, Err: errTooManyTokens}
	}
	if len(x.page)-from > longDocument {
		x.squeeze(from + 1)
	}
	x.page = measure(x.page, from)
	return x.labels.number(word), nil
}

// longDocument is from how many units on it is worth it to count tokens that occur again. The
// shorter ones, as most are, take less time and hardly more memory as they are.
const longDocument = 1024

// squeeze makes the tokens from unit from on take no more room if they occur often.
func (x *indexer) squeeze(from int) {
	d := packed(x.page[from:])
	for at := 0; at < len(d); {
		var id uint32
		id, at = d.at(at)
		if int(id) >= len(x.counts) {
			x.counts = append(x.counts, make([]uint32, max(int(id)+1, 2*len(x.counts), minSlots)-len(x.counts))...)
		}
		if x.counts[id]++; x.counts[id] == 1 {
			x.touched = append(x.touched, id)
		}
	}
	x.page = x.page[:from]
	for _, id := range x.touched {
		x.page = appendNumber(x.page, id)
		n := x.counts[id] - 1
		x.counts[id] = 0
		if n > maxUnits+1 {
			x.page = appendNumber(appendNumber(x.page, again), n)
			continue
		}
		for range n {
			x.page = appendNumber(x.page, id)
		}
	}
	x.touched = x.touched[:0]
}

// forget lets go of all but the labels.
func (x *indexer) forget() {
	x.tokens, x.page, x.counts, x.touched = newSharedTable(), nil, nil, nil
}

var errTooManyTokens = errors.New("the corpus has more different tokens than can be numbered")
