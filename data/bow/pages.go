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

// A page holds documents one after the other, in units of 16 bits. Each is how many units
// follow, then its tokens, as often as they occur and in no order; in a long one the number
// again says that the token before it occurs so many times more as the number behind it says.
// All are numbers as appendNumber writes them: one unit for those below wide. Tokens are numbered
// by first sight, so those that most texts are made of take one.
type page struct {
	first int      // the number of its first document
	words []uint16 // nil: in the file
	at    int64    // where, there
	size  int      // how many units
}

// wide is the smallest number that takes more than one unit. From here to wider − 1 the first of two
// has bits 16 and higher, behind a byte of ones; above, a unit of ones comes before two.
const (
	wide  = 0xff00
	wider = 0xff0000

	maxUnits = 3 // of a number

	again = math.MaxUint32 // is no token
)

// appendNumber appends n to a page.
func appendNumber(dst []uint16, n uint32) []uint16 {
	switch {
	case n < wide:
		return append(dst, uint16(n))
	case n < wider:
		return append(dst, wide|uint16(n>>16), uint16(n))
	}
	return append(dst, 0xffff, uint16(n>>16), uint16(n))
}

// packed are numbers as a page has them: the tokens of a document.
type packed []uint16

// at returns the number at unit i, and where the next one is.
func (d packed) at(i int) (n uint32, next int) {
	if u := d[i]; u < wide {
		return uint32(u), i + 1
	}
	return d.wideAt(i)
}

// wideAt is at for a number of more than one unit.
func (d packed) wideAt(i int) (n uint32, next int) {
	if high := d[i]; high != 0xffff {
		return uint32(high&^wide)<<16 | uint32(d[i+1]), i + 2
	}
	return uint32(d[i+1])<<16 | uint32(d[i+2]), i + 3
}

// measure writes how long the document is that starts at unit from and ends the page. There
// is a unit for it.
func measure(page []uint16, from int) []uint16 {
	n := len(page) - from - 1
	if n < wide {
		page[from] = uint16(n)
		return page
	}
	var b [maxUnits]uint16
	return slices.Replace(page, from, from+1, appendNumber(b[:0], uint32(n))...)
}

// pageSize is about how many units a page has, unless a document has more.
const pageSize = 64 << 10

// maxSlab is how many units of pages are made at a time, at most: 2 MiB, a huge page.
const maxSlab = 1 << 20

// pages are the documents of a corpus.
type pages struct {
	list  []page
	slab  []uint16 // where the next page goes, if it fits
	docs  int      // in all of them
	total int      // units in all of them
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
func (c *Corpus) store(words []uint16, n int) (err error) {
	p := &c.pages
	next := page{first: p.docs, size: len(words)}
	bytes := 2 * int64(len(words))
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
			p.buf = binary.LittleEndian.AppendUint16(p.buf, w)
		}
		if next.at, err = p.file.Append(p.buf); err != nil {
			return fmt.Errorf("bow: corpus: %w", err)
		}
	} else {
		if len(words) > cap(p.slab)-len(p.slab) {
			// As much as there is already, so that a small corpus takes little.
			p.slab = memory.Make[uint16](max(min(p.total, maxSlab), len(words)))[:0]
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
func (p *pages) load(i int, dst []uint16, buf []byte) ([]uint16, []byte, error) {
	from := p.list[i]
	buf = slices.Grow(buf[:0], 2*from.size)[:2*from.size]
	if err := p.file.Read(buf, from.at); err != nil {
		return nil, buf, fmt.Errorf("bow: corpus: %w", err)
	}
	dst = slices.Grow(dst[:0], from.size)[:from.size]
	for k := range dst {
		dst[k] = binary.LittleEndian.Uint16(buf[2*k:])
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

// cut cuts the first document from words.
func cut(words packed) (d, rest packed) {
	n, at := words.at(0)
	end := at + int(n)
	return words[at:end], words[end:]
}

// cursor goes through the documents of a corpus. It is fast where each document
// comes after the one before. A cursor is for one goroutine.
type cursor struct {
	c    *Corpus
	doc  int      // the document that rest starts with
	end  int      // the first document after the page
	rest packed   // what is left of the page
	own  []uint16 // memory for pages from the file
	buf  []byte
	page int // the one in own, plus 1
}

func (c *Corpus) cursor() *cursor { return &cursor{c: c} }

// seek returns document i. It is valid until the next call.
func (k *cursor) seek(i int) (packed, error) {
	if i < k.doc || i >= k.end {
		if err := k.turn(i); err != nil {
			return nil, err
		}
	}
	for ; k.doc < i; k.doc++ {
		_, k.rest = cut(k.rest)
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

// entries is about how many tokens all documents have.
func (c *Corpus) entries() int { return c.pages.total + len(c.indexer.page) }
