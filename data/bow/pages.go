package bow

import (
	"sort"
)

// A page holds documents one after the other. Each is two numbers, how many
// different tokens it has and how many of them occur more than once; then the
// tokens, those that occur more than once first; then the counts of these. Most
// words of a text occur once, so this takes little more than the tokens and still
// knows all counts.
type page struct {
	first int // the number of its first document
	words []uint32
}

// pageSize is about how many numbers a page has, unless a document has more.
const pageSize = 64 << 10

// pages are the documents of a corpus.
type pages struct {
	list []page
	docs int // in all of them
	size int // numbers in all of them
}

// append adds a page of n documents and takes over words.
func (p *pages) append(words []uint32, n int) error {
	p.list = append(p.list, page{first: p.docs, words: words})
	p.docs += n
	p.size += len(words)
	return nil
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
	at   int      // the page it is on
	doc  int      // the document that rest starts with
	end  int      // the first document after the page
	page []uint32 // the whole page
	rest []uint32
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
		k.doc, k.end, k.page = p.docs, len(k.c.docLabels), k.c.indexer.page
		k.rest = k.page
		return nil
	}
	k.at = sort.Search(len(p.list), func(n int) bool { return p.list[n].first > i }) - 1
	k.doc, k.end, k.page = p.list[k.at].first, p.docs, p.list[k.at].words
	if k.at+1 < len(p.list) {
		k.end = p.list[k.at+1].first
	}
	k.rest = k.page
	return nil
}

// entries is about how many tokens all documents have, each counted once.
func (c *Corpus) entries() int { return c.pages.size + len(c.indexer.page) }
