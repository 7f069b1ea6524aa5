package bow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/memory"
	"github.com/nestnet/nestnet/internal/spill"
)

// A page holds documents one after the other. Each is two numbers, how many
// different tokens it has and how many of them occur more than once; then the
// tokens, those that occur more than once first; then the counts of these. Most
// words of a text occur once, so this takes little more than the tokens and still
// knows all counts.
type page struct {
	first int      // the number of its first document
	words []uint32 // nil: in the file
	at    int64    // where, there
	size  int      // how many numbers
}

// pageSize is about how many numbers a page has, unless a document has more.
const pageSize = 64 << 10

// maxSlab is how many numbers of pages are made at a time, at most: 2 MiB, a huge page.
const maxSlab = 512 << 10

// pages are the documents of a corpus.
type pages struct {
	list  []page
	slab  []uint32 // where the next page goes, if it fits
	docs  int      // in all of them
	total int      // numbers in all of them
	size  int64    // bytes in all of them
	file  *spill.File
	buf   []byte
}

// errClosed says that the documents are gone.
var errClosed = errors.New("bow: the corpus is closed")

// bound is how many bytes of documents may be in memory.
func (c *Corpus) bound() int64 {
	switch o := c.Cache.Explicit(); o.Mode {
	case data.CacheMemory:
		return math.MaxInt64 / 2
	case data.CacheDisk:
		return 0
	default:
		return o.Bytes / 2
	}
}

// store adds a page of n documents. It makes a copy of the words.
func (c *Corpus) store(words []uint32, n int) (err error) {
	p := &c.pages
	next := page{first: p.docs, size: len(words)}
	bytes := 4 * int64(len(words))
	if c.limit == 0 {
		if err := c.Cache.Check(); err != nil {
			return err
		}
		c.limit = c.bound() + 1
	}
	if p.file != nil || p.size+bytes >= c.limit {
		if p.file == nil {
			if p.file, err = spill.Create(c.Cache.Dir); err != nil {
				return fmt.Errorf("bow: corpus: %w", err)
			}
		}
		p.buf = p.buf[:0]
		for _, w := range words {
			p.buf = binary.LittleEndian.AppendUint32(p.buf, w)
		}
		if next.at, err = p.file.Append(p.buf); err != nil {
			return fmt.Errorf("bow: corpus: %w", err)
		}
	} else {
		if len(words) > cap(p.slab)-len(p.slab) {
			// As much as there is already, so that a small corpus takes little.
			p.slab = memory.Make[uint32](max(min(p.total, maxSlab), len(words)))[:0]
		}
		from := len(p.slab)
		p.slab = append(p.slab, words...)
		next.words = p.slab[from:]
	}
	p.list = append(p.list, next)
	p.docs += n
	p.total += len(words)
	p.size += bytes
	return nil
}

// load reads page i from the file, into the memory of dst.
func (p *pages) load(i int, dst []uint32, buf []byte) ([]uint32, []byte, error) {
	from := p.list[i]
	buf = slices.Grow(buf[:0], 4*from.size)[:4*from.size]
	if err := p.file.Read(buf, from.at); err != nil {
		return nil, buf, fmt.Errorf("bow: corpus: %w", err)
	}
	dst = slices.Grow(dst[:0], from.size)[:from.size]
	for k := range dst {
		dst[k] = binary.LittleEndian.Uint32(buf[4*k:])
	}
	return dst, buf, nil
}

func (p *pages) close() error {
	f := p.file
	*p = pages{}
	if f == nil {
		return nil
	}
	return f.Close()
}

// packed is a document of a page.
type packed struct {
	ids    []uint32 // its different tokens
	counts []uint32 // of the first len(counts) of them; the others occur once
}

// cut cuts the first document from words.
func cut(words []uint32) (d packed, rest []uint32) {
	n, repeated := int(words[0]), int(words[1])
	return packed{words[2 : 2+n], words[2+n : 2+n+repeated]}, words[2+n+repeated:]
}

// cursor goes through the documents of a corpus. It is fast where each document
// comes after the one before. A cursor is for one goroutine.
type cursor struct {
	c    *Corpus
	doc  int      // the document that rest starts with
	end  int      // the first document after the page
	rest []uint32 // what is left of the page
	own  []uint32 // memory for pages from the file
	buf  []byte
	page int // the one in own, plus 1
}

func (c *Corpus) cursor() *cursor { return &cursor{c: c} }

// seek returns document i. It is valid until the next call.
func (k *cursor) seek(i int) (packed, error) {
	if i < k.doc || i >= k.end {
		if err := k.turn(i); err != nil {
			return packed{}, err
		}
	}
	for ; k.doc < i; k.doc++ {
		n, repeated := k.rest[0], k.rest[1]
		k.rest = k.rest[2+n+repeated:]
	}
	d, rest := cut(k.rest)
	k.rest, k.doc = rest, i+1
	return d, nil
}

// turn goes to the start of the page that has document i.
func (k *cursor) turn(i int) error {
	p := &k.c.pages
	if i >= p.docs { // not in a page yet
		k.doc, k.end, k.rest = p.docs, len(k.c.docLabels), k.c.indexer.page
		return nil
	}
	at := sort.Search(len(p.list), func(n int) bool { return p.list[n].first > i }) - 1
	switch {
	case p.list[at].words != nil:
		k.rest = p.list[at].words
	case k.page == at+1:
		k.rest = k.own
	default:
		var err error
		k.page = 0
		if k.own, k.buf, err = p.load(at, k.own, k.buf); err != nil {
			return err
		}
		k.rest, k.page = k.own, at+1
	}
	k.doc, k.end = p.list[at].first, p.docs
	if at+1 < len(p.list) {
		k.end = p.list[at+1].first
	}
	return nil
}

// entries is about how many tokens all documents have, each counted once.
func (c *Corpus) entries() int { return c.pages.total + len(c.indexer.page) }
