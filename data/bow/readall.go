package bow

import (
	"context"
	"io"
	"math"

	"github.com/nestnet/nestnet/internal/memory"
)

// indexed is a block as a worker leaves it.
type indexed struct {
	page   []uint16
	labels []uint32 // of each document, by the numbers of this worker

	newLabels []string // labels that this worker has not seen before
}

// ReadAll adds all documents of r; there must be at least one. It may be called
// for several files, one after the other. It calls progress, unless nil, with the
// number of documents read from r: every thousand and at the end. When ctx is
// cancelled it stops before the next document with the error of ctx.
//
// It reads ahead: after an error or ctx, what r has not handed out is lost.
func (c *Corpus) ReadAll(ctx context.Context, r Reader, progress func(n int)) error {
	if err := c.prepare(); err != nil {
		return err
	}
	n := 0
	// before is what comes before each document.
	before := func() error {
		if ctx != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		if progress != nil && n > 0 && n%1000 == 0 {
			progress(n)
		}
		return nil
	}
	if err := before(); err != nil {
		return err
	}
	err := eachFile(r, c.blockSize, func(r Reader) error { return c.readFile(r, &n, before) })
	if err == nil && n == 0 && !c.shared() {
		return &LineError{Name: nameOf(r), Err: ErrEmpty}
	}
	if err == nil && progress != nil && n%1000 != 0 {
		progress(n)
	}
	return err
}

// readFile adds all documents of r, counts them and calls before before each of them.
func (c *Corpus) readFile(r Reader, n *int, before func() error) error {
	// The first document by itself: behind it the reader is at the start of a line.
	blocks := newBlockReader(r, c.blockSize)
	d, err := r.Read()
	if err == io.EOF {
		return nil
	}
	if err == nil {
		err = blocks.named(c.Add(d))
	}
	if err == nil {
		*n++
		blocks = newBlockReader(r, c.blockSize)
		err = c.endPage()
	}
	if err != nil {
		return err
	}

	count := workers(c.Workers, math.MaxInt)
	// What the numbers that each worker gave to labels are in the corpus.
	labels := make([][]uint32, count)
	return blocks.run(count, func(int) func(*block) {
		x := newIndexer(c.tokenizer, c.indexer.tokens)
		x.hash(c.HashBits)
		return func(b *block) {
			out, _ := b.out.(*indexed)
			if out == nil {
				out = &indexed{}
				b.out = out
			}
			known := len(x.labels.words)
			x.page, out.labels = memory.Grow(out.page[:0], len(b.lines)/4), out.labels[:0]
			blocks.each(b, func(d Document) error {
				label, err := x.add(d)
				if err == nil {
					out.labels = append(out.labels, label)
				}
				return err
			})
			out.page = x.page
			out.newLabels = x.labels.words[known:]
		}
	}, func(w int, b *block) error {
		out := b.out.(*indexed)
		var err error
		rest, docs := out.page, 0
		for _, label := range out.labels {
			if err = before(); err != nil {
				break
			}
			if int(label) == len(labels[w]) {
				labels[w] = c.indexer.labels.takeAll(labels[w], out.newLabels[:1])
				out.newLabels = out.newLabels[1:]
			}
			c.docLabels = append(c.docLabels, labels[w][label])
			_, rest = cut(rest)
			*n++
			docs++
		}
		if e := c.store(out.page[:len(out.page)-len(rest)], docs); e != nil {
			return e
		}
		if err == nil && b.err != nil {
			err = before()
		}
		return err
	})
}
