package bow

import (
	"bytes"
	"io"
	"sync"

	"github.com/nestnet/nestnet/internal/memory"
)

// A file is cut into blocks, by a goroutine that reads or by those who work on them, each
// with memory of its own. The results are taken over block after
// block as they stand in the file, so nobody can tell how many workers there were.

// block is a piece of a file.
type block struct {
	lines []byte // whole lines, unless the documents are there already
	line  int    // how many lines stand before
	docs  []Document

	// err is what follows the documents: io.EOF, or what is wrong. Nil: the next
	// block.
	err   error
	blank int // blank lines among lines, as far as they were read

	worker int           // who works on it
	done   chan struct{} // gets a value when the worker is through
	out    any           // what the worker made of the documents
}

// blockSize is about how many bytes a block has. A worker needs about a millisecond for
// it; what larger ones would save is less than what their memory costs.
const blockSize = 128 << 10

// blockReader cuts what a Reader reads into blocks.
type blockReader struct {
	name  string
	size  int
	next  func(b *block)                       // fills b
	parse parser                               // makes documents of lines
	place func(line int) (name string, in int) // of a document, if it is not name and line

	// Of a format with a document a line:
	source *lineSource
	sticky *stickyReader
	tail   []byte // the start of a line whose end is not read yet
	line   int    // lines handed out
}

func newBlockReader(r Reader, size int) *blockReader {
	if size <= 0 {
		size = blockSize
	}
	b := &blockReader{name: nameOf(r), size: size}
	if p, ok := r.(interface{ Place(int) (string, int) }); ok {
		b.place = p.Place
	}
	// By their types, not by a method: a type that embeds *File and has a Read of its
	// own wants it to be called.
	if f, ok := r.(*File); ok {
		r = f.source
	}
	if s, ok := r.(*stickyReader); ok {
		b.sticky = s
		b.source, _ = s.source.(*lineSource)
	}
	if b.source == nil {
		b.next = func(block *block) { b.nextDocuments(r, block) }
		return b
	}
	b.next, b.parse, b.line = b.nextLines, b.source.parser, b.source.line
	return b
}

// nextDocuments fills b with documents.
func (r *blockReader) nextDocuments(from Reader, b *block) {
	b.docs = b.docs[:0]
	for size := 0; size < r.size; {
		d, err := from.Read()
		if err != nil {
			b.err = err
			return
		}
		b.docs = append(b.docs, d)
		size += len(d.Label) + len(d.Text) + 1
	}
}

// nextLines fills b with lines.
func (r *blockReader) nextLines(b *block) {
	l := r.source.lineReader
	if l.failed != nil {
		b.lines, b.err = b.lines[:0], l.failed
		return
	}
	buf := append(b.lines[:0], r.tail...)
	r.tail = r.tail[:0]
	b.line = r.line
	end, idle := 0, 0 // end of the last whole line; reads in a row that gave nothing
	for {
		if cap(buf)-len(buf) < r.size/8+1 {
			buf = memory.Grow(buf, r.size/4+max(r.size, len(buf)))
		}
		n, err := l.r.Read(buf[len(buf):cap(buf)])
		if at := bytes.LastIndexByte(buf[len(buf):len(buf)+n], '\n'); at >= 0 {
			end = len(buf) + at + 1
		}
		buf = buf[:len(buf)+n]
		if idle++; n > 0 {
			idle = 0
		} else if idle == 100 && err == nil {
			err = io.ErrNoProgress
		}
		switch {
		case err == io.EOF:
			b.lines, b.err = buf, io.EOF
			r.line += bytes.Count(buf, newline)
		case err != nil:
			// A line cut short by a failure is no line.
			b.lines = buf[:end]
			r.line += bytes.Count(b.lines, newline)
			b.err = r.named(&LineError{Line: r.line + 1, Err: err})
		case len(buf) < r.size:
			continue
		case end > 0:
			b.lines = buf[:end]
			r.line += bytes.Count(b.lines, newline)
			r.tail = append(r.tail, buf[end:]...)
		case len(buf) > l.limit(r.line+1):
			// The worker sees that the line is too long.
			b.lines, b.err = buf, io.EOF
		default:
			continue
		}
		return
	}
}

var newline = []byte("\n")

// each calls f for the documents of b until something is wrong. The strings are
// valid until b is filled again.
func (r *blockReader) each(b *block, f func(Document) error) {
	if r.source == nil {
		for _, d := range b.docs {
			if err := f(d); err != nil {
				b.err = r.named(err)
				return
			}
		}
		return
	}
	l := lineReader{name: r.name, block: b.lines, maxLine: r.source.maxLine, line: b.line}
	for {
		line, err := l.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			var d Document
			if d, err = l.parseLine(r.parse, stringOf(line)); err == nil {
				err = f(d)
			}
		}
		if err != nil {
			b.err = r.named(err)
			break
		}
	}
	b.blank = l.blank
}

// named puts the name of the file into err.
func (r *blockReader) named(err error) error {
	if at, ok := err.(*LineError); ok {
		at.Name = r.name
		if r.place != nil {
			at.Name, at.Line = r.place(at.Line)
		}
	}
	return err
}

// run cuts all that is left into blocks. Each of the workers that start makes,
// which fills out, is called for some of them, take for all of them in order, until
// it returns an error or there are no more. Then run returns that error, or what
// ended the reading, which is nil for io.EOF, and the reader is at its end for all
// that read from it later.
func (r *blockReader) run(workers int, start func(w int) func(b *block), take func(w int, b *block) error) error {
	blank := 0
	taken := func(b *block) error {
		if err := take(b.worker, b); err != nil {
			return err
		}
		blank += b.blank
		return b.err
	}
	work := r.pipeline
	if r.source != nil && r.source.atHand {
		work = r.inTurn
	}
	err := work(workers, start, taken)
	if r.sticky != nil {
		r.sticky.err = err
	}
	if r.source != nil {
		r.source.blank += blank
		r.source.failed, r.source.last = err, nil
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// pipeline is run with a goroutine of its own for reading, which waits for the disk or a pipe, unpacks
// or parses.
func (r *blockReader) pipeline(workers int, start func(w int) func(b *block), take func(b *block) error) error {
	var (
		ordered = make(chan *block, workers+1)
		work    = make(chan *block, workers+1)
		free    = make(chan *block, workers+3)
		stop    = make(chan struct{})
		wg      sync.WaitGroup
	)
	wg.Go(func() {
		defer close(ordered)
		defer close(work)
		for more := true; more; {
			var b *block
			select {
			case b = <-free:
			default:
				b = newBlock()
			}
			select {
			case <-stop: // also if the others would take another block
				return
			default:
			}
			r.fill(b)
			more = b.err == nil
			select {
			case ordered <- b:
			case <-stop:
				return
			}
			work <- b // has room for all that are ordered
		}
	})
	for w := range workers {
		wg.Go(func() {
			f := start(w)
			for b := range work {
				b.worker = w
				f(b)
				b.done <- struct{}{}
			}
		})
	}
	var err error
	for b := range ordered {
		<-b.done
		if err = take(b); err != nil {
			break
		}
		free <- b
	}
	close(stop)
	wg.Wait()
	return err
}

// inTurn is run for what can be read at once: each worker reads its blocks itself, with the
// others waiting, and has them in its cache then. The calling goroutine is the first worker, and
// between two blocks it takes what is ready, so that one worker does without others to wake.
func (r *blockReader) inTurn(workers int, start func(w int) func(b *block), take func(b *block) error) error {
	count := 1
	if workers > 1 {
		count = 2*workers + 1
	}
	var (
		ordered = make(chan *block, count)
		free    = make(chan *block, count)
		stop    = make(chan struct{})
		wg      sync.WaitGroup
		mu      sync.Mutex
		ended   bool
	)
	for range count {
		free <- newBlock()
	}
	// read fills b and returns false if there is nothing left.
	read := func(b *block, w int) bool {
		mu.Lock()
		defer mu.Unlock()
		if ended {
			return false
		}
		r.fill(b)
		b.worker, ended = w, b.err != nil
		ordered <- b
		return true
	}
	for w := 1; w < workers; w++ {
		wg.Go(func() {
			f := start(w)
			for {
				select {
				case <-stop:
					return
				case b := <-free:
					if !read(b, w) {
						return
					}
					f(b)
					b.done <- struct{}{}
				}
			}
		})
	}
	defer wg.Wait()
	defer close(stop)
	f := start(0)
	var head *block // the next one to be taken; nil: not read yet, or not looked at
	for {
		if head == nil {
			select {
			case head = <-ordered:
			default:
			}
		}
		ready := false
		if head != nil {
			select {
			case <-head.done:
				ready = true
			default:
			}
		}
		if !ready {
			select {
			case b := <-free:
				if read(b, 0) {
					f(b)
					b.done <- struct{}{}
					continue
				}
			default:
			}
			// Others have what comes next.
			if head == nil {
				head = <-ordered
			}
			<-head.done
		}
		if err := take(head); err != nil {
			return err
		}
		free <- head
		head = nil
	}
}

// newBlock makes a block that fill fills.
func newBlock() *block { return &block{done: make(chan struct{}, 1)} }

// fill reads a block into the memory of b.
func (r *blockReader) fill(b *block) {
	*b = block{lines: b.lines, docs: b.docs, done: b.done, out: b.out}
	r.next(b)
}
