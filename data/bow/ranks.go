package bow

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/memory"
)

// A corpus of several ranks: each has the documents that it read, and all know the labels
// of all. What is the same for everyone (splits, folds, counts of labels) each rank works
// out for itself.

// errNotJoined says that a rank knows its own documents only.
var errNotJoined = errors.New("bow: the ranks of the corpus have not joined; call Corpus.Join when the documents are read")

// shared says whether other ranks have documents of c.
func (c *Corpus) shared() bool { return c.Cluster != nil && c.Cluster.Size() > 1 }

// ready says whether what is asked of all documents can be answered.
func (c *Corpus) ready() error {
	if c.shared() && !c.joined {
		return errNotJoined
	}
	return nil
}

// Join makes one corpus of what the ranks have read: rows then count the documents of all
// ranks, those of rank 0 first. Each rank must call it once, after its last document, also
// if reading failed: err is then why, else nil. If anything is wrong on one rank, Join is
// an error on all: on this one err, on others a sentence that names the rank. Without other ranks
// Join returns err.
//
// What goes between the ranks are the labels, 4 bytes a document.
func (c *Corpus) Join(err error) error {
	if !c.shared() {
		return err
	}
	if err == nil && c.joined {
		err = errors.New("bow: Corpus.Join is called twice")
	}
	if err == nil {
		if err = c.prepare(); err == nil {
			err = c.endPage()
		}
	}
	if err = cluster.Agree(c.Cluster, err); err != nil {
		return err
	}
	settings := fmt.Appendf(nil, "%+v %d", c.tokenizer, c.HashBits)
	if err := cluster.Same(c.Cluster, "what a corpus takes for words", settings); err != nil {
		return err
	}
	// The labels that each rank has seen, and how many documents it has.
	own := cluster.AppendStrings(binary.AppendUvarint(nil, uint64(len(c.docLabels))), c.indexer.labels.words...)
	theirs, err := cluster.GatherAll(c.Cluster, own)
	if err != nil {
		return err
	}
	var labels table
	numbers := make([][]uint32, len(theirs)) // of the labels of each rank
	starts := make([]int, len(theirs)+1)     // the first row of each rank
	for r, b := range theirs {
		n, k := binary.Uvarint(b)
		if k <= 0 {
			return errCutOff
		}
		words, err := cluster.CutStrings(b[k:])
		if err != nil {
			return err
		}
		numbers[r] = labels.takeAll(nil, words)
		starts[r+1] = starts[r] + int(n)
	}
	all := memory.Make[uint32](starts[len(theirs)])
	to := make([][]byte, len(theirs))
	for r := range to {
		to[r] = cluster.Bytes(all[starts[r]:starts[r+1]])
	}
	if err := c.Cluster.Gather(cluster.Bytes(c.docLabels), to); err != nil {
		return err
	}
	for r, numbers := range numbers {
		for i, set := range all[starts[r]:starts[r+1]] {
			if int(set) >= len(numbers) {
				return errCutOff
			}
			all[starts[r]+i] = numbers[set]
		}
	}
	c.indexer.labels, c.docLabels = labels, all
	me := c.Cluster.Rank()
	c.first, c.end, c.joined = starts[me], starts[me+1], true
	return nil
}

var errCutOff = errors.New("bow: what another rank sent is cut off")

// Held returns the first row that this rank has, and the first one behind it that it has
// not: without other ranks 0 and Len.
func (c *Corpus) Held() (lo, hi int) {
	if !c.joined {
		return 0, c.Len()
	}
	return c.first, c.end
}

// held returns those of the rows that this rank has, as it numbers its own documents.
func (c *Corpus) held(rows []int) []int {
	if !c.shared() {
		return rows
	}
	lo, hi := c.Held()
	n := 0
	for _, i := range rows {
		if i >= lo && i < hi {
			n++
		}
	}
	own := memory.Make[int](n)[:0]
	for _, i := range rows {
		if i >= lo && i < hi {
			own = append(own, i-lo)
		}
	}
	return own
}

// settle lets err of one rank be one of all, as a cluster.AgreedError.
func (c *Corpus) settle(err error) error {
	if !c.shared() {
		return err
	}
	return cluster.Agree(c.Cluster, err)
}

// addUp makes s count the documents of all ranks, unless there is an error on one of them.
func addUp(c cluster.Comm, s Stats, err error) (Stats, error) {
	if err := cluster.Agree(c, err); err != nil {
		return s, err
	}
	theirs, err := cluster.GatherAll(c, cluster.Bytes([]int{s.Documents, s.Empty}))
	if err != nil {
		return s, err
	}
	s = Stats{}
	for r, b := range theirs {
		of := cluster.Of[int](b)
		if r < c.Rank() {
			s.Before += of[0]
		}
		s.Documents += of[0]
		s.Empty += of[1]
	}
	return s, nil
}

// ranksOf returns the ranks that r reads a part for, or the only one.
func ranksOf(r Reader) cluster.Comm {
	if p, ok := r.(interface{ ranks() cluster.Comm }); ok {
		return p.ranks()
	}
	return cluster.Alone{}
}

// ranks returns the ranks that f is shared out to.
func (f *File) ranks() cluster.Comm {
	if f.cluster == nil {
		return cluster.Alone{}
	}
	return f.cluster
}
