package ranked

import (
	"fmt"
	"math/rand/v2"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
)

// Eval is a data.Source of this rank's block of the examples that all ranks hold, with all
// columns and all that stands for y. The blocks are contiguous and lie rank after
// rank. Its passes are not collective.
type Eval struct {
	c     cluster.Comm
	rows  int
	first int
	block *data.Set
}

// NewEval cuts the examples of all ranks, of which local are those that this one holds, into
// blocks of whole groups of group examples (the last group may be smaller), as even as
// can be: the blocks of two ranks differ by one group at most. With fewer groups than
// ranks some blocks are empty. It is collective, and where it moves examples it does so at
// once.
//
// All ranks must have the same group and examples of the same form, which must be sparse. A
// rank may hold none.
func NewEval(c cluster.Comm, local *data.Set, group int) (*Eval, error) {
	l, err := newLayout(c, local)
	if err != nil {
		return nil, err
	}
	if err := cluster.Same(c, "ranked: the size of a group", cluster.Bytes([]int{group})); err != nil {
		return nil, err
	}
	if group < 1 {
		return nil, fmt.Errorf("ranked: groups of %d examples, want at least 1", group)
	}
	lo, hi := l.block(c.Rank(), group)
	e := &Eval{c: c, rows: l.rows(), first: lo}
	if l.inPlace(group) {
		e.block = local
		return e, nil
	}
	held := l.starts[c.Rank()]
	send := make([][]byte, c.Size())
	for r := range send {
		if r == c.Rank() {
			continue // what is here already is taken from there
		}
		from, to := l.common(c.Rank(), r, group)
		var message []int32
		for i := from; i < to; i++ {
			at := i - held
			message = l.pack(message, &local.All, at, local.All.Offsets[at], local.All.Offsets[at+1])
		}
		send[r] = cluster.Bytes(message)
	}
	recv, err := cluster.ExchangeAll(c, send)
	if err != nil {
		return nil, err
	}
	e.block = &data.Set{}
	l.form.start(&e.block.All)
	for r, b := range recv {
		message := cluster.Of[int32](b)
		from, to := l.common(r, c.Rank(), group)
		for i := from; i < to; i++ {
			if r == c.Rank() {
				e.block.Append(&local.All, i-held)
				continue
			}
			var ok bool
			if message, ok = l.unpack(&e.block.All, message); !ok {
				return nil, fmt.Errorf("ranked: what rank %d sent of its examples is cut off", r)
			}
		}
	}
	if n := e.block.Len(); n != hi-lo {
		panic(fmt.Sprintf("ranked: a block of %d examples has %d", hi-lo, n))
	}
	return e, nil
}

// Cluster is that of all ranks.
func (e *Eval) Cluster() cluster.Comm { return e.c }

// Len is the number of examples of all ranks.
func (e *Eval) Len() int { return e.rows }

// First is the number of the first example of this rank's block.
func (e *Eval) First() int { return e.first }

// Block is this rank's block.
func (e *Eval) Block() *data.Set { return e.block }

// Pass implements data.Source: it goes through this rank's block.
func (e *Eval) Pass(size int, shuffle *rand.Rand) data.Pass { return e.block.Pass(size, shuffle) }

// block returns which examples are in the block of rank r: lo to hi-1.
func (l *layout) block(r, group int) (lo, hi int) {
	n, ranks := l.rows(), len(l.starts)-1
	groups := (n + group - 1) / group
	return min(r*groups/ranks*group, n), min((r+1)*groups/ranks*group, n)
}

// common returns which examples rank holder holds of the block of rank r: lo to hi-1.
func (l *layout) common(holder, r, group int) (lo, hi int) {
	lo, hi = l.block(r, group)
	lo, hi = max(lo, l.starts[holder]), min(hi, l.starts[holder+1])
	return lo, max(lo, hi)
}

// inPlace says whether all ranks hold just their blocks.
func (l *layout) inPlace(group int) bool {
	for r := range len(l.starts) - 1 {
		if lo, hi := l.block(r, group); lo != l.starts[r] || hi != l.starts[r+1] {
			return false
		}
	}
	return true
}
