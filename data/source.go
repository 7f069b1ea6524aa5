package data

import (
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// Source is a collection of examples that can be gone through any number of
// times.
type Source interface {
	// Pass starts a pass over all examples in batches of size rows, the last one
	// perhaps smaller; 0 puts all of them into one batch. With a shuffle the
	// examples come in an order drawn from it, else in their own.
	Pass(size int, shuffle *rand.Rand) Pass
}

// Pass is one way through a Source.
type Pass interface {
	// Next fills b with the next batch, using its memory again. It returns io.EOF
	// when there is none left.
	Next(b *Batch) error
}

// SplitPass is a Pass whose batches may be put together by several workers.
type SplitPass interface {
	Pass

	// NextSplit is Next. Run calls work for ranges lo to hi that together are 0 to n, of at
	// least size elements but for the last one, perhaps side by side, and returns when all are
	// done.
	NextSplit(b *Batch, run func(n, size int, work func(worker, lo, hi int))) error
}

// Set is a Source of examples kept in memory: one large Batch.
type Set struct {
	All Batch
}

// Len is the number of examples.
func (s *Set) Len() int { return s.All.Rows() }

// Pass implements Source, with a SplitPass. The order drawn from shuffle is exact: every
// permutation of the examples is as likely as any other.
func (s *Set) Pass(size int, shuffle *rand.Rand) Pass {
	n := s.Len()
	if size <= 0 || size > n {
		size = max(n, 1)
	}
	p := &setPass{set: s, size: size}
	p.doCopy = p.copy
	if shuffle != nil {
		p.order = orders.Get().(*[]int)
		order := resized(*p.order, n)
		*p.order = order
		for i := range order {
			order[i] = i
		}
		shuffle.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] }) // as Perm does
	}
	return p
}

// orders are the orders of passes that have ended: memory that was never touched takes longer than
// the shuffle.
var orders = sync.Pool{New: func() any { return new([]int) }}

type setPass struct {
	set   *Set
	size  int
	order *[]int // nil: as stored
	at    int

	batch  *Batch                   // under way
	doCopy func(worker, lo, hi int) // made once
	called atomic.Int64             // what warm reads
}

func (p *setPass) Next(b *Batch) error { return p.NextSplit(b, nil) }

// NextSplit implements SplitPass.
func (p *setPass) NextSplit(b *Batch, run func(n, size int, work func(worker, lo, hi int))) error {
	n := p.set.Len()
	if p.at >= n {
		if p.order != nil {
			orders.Put(p.order)
			p.order = nil
		}
		return io.EOF
	}
	rows := min(p.size, n-p.at)
	p.makeRoom(b, rows)
	p.batch = b
	if run == nil {
		p.copy(0, 0, rows)
	} else {
		run(rows, warmRows, p.doCopy)
	}
	p.batch = nil
	p.at += rows
	b.nilAbsent(&p.set.All)
	return nil
}

// row is the number in the set of row k of the batch under way.
func (p *setPass) row(k int) int {
	if p.order != nil {
		return (*p.order)[p.at+k]
	}
	return p.at + k
}

// makeRoom makes b a batch of so many rows, in which all but their offsets is still to be filled in.
func (p *setPass) makeRoom(b *Batch, rows int) {
	all := &p.set.All
	b.Reset()
	b.Columns = all.Columns
	if len(all.Offsets) > 0 {
		b.Offsets = p.offsets(b.Offsets, all.Offsets, rows)
		entries := b.Offsets[rows]
		b.Indices = resized(b.Indices, entries)
		if all.Values != nil {
			b.Values = resized(b.Values, entries)
		}
	} else {
		b.Dense = resized(b.Dense, rows*all.Columns)
	}
	if all.Classes != nil {
		b.Classes = resized(b.Classes, rows)
	}
	if len(all.LabelOffsets) > 0 {
		b.LabelOffsets = p.offsets(b.LabelOffsets, all.LabelOffsets, rows)
		b.LabelIndices = resized(b.LabelIndices, b.LabelOffsets[rows])
	}
	if all.Targets != nil {
		b.Targets = resized(b.Targets, rows*(len(all.Targets)/p.set.Len()))
	}
	if all.Weights != nil {
		b.Weights = resized(b.Weights, rows)
	}
}

// offsets are those of the batch under way, where all has those of all rows.
func (p *setPass) offsets(to, all []int, rows int) []int {
	to = resized(to, rows+1)
	at := 0
	for k := range rows {
		to[k] = at
		i := p.row(k)
		at += all[i+1] - all[i]
	}
	to[rows] = at
	return to
}

// resized is s with room for n elements, of any value.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// copy fills in the rows from lo to hi.
func (p *setPass) copy(_, lo, hi int) {
	sum := 0
	for lo < hi {
		end := min(lo+warmRows, hi)
		sum += p.warm(lo, end)
		for ; lo < end; lo++ {
			p.batch.setRow(lo, &p.set.All, p.row(lo))
		}
	}
	p.called.Add(int64(sum))
}

// warmRows is how many rows warm reads: few enough to be there still when they are copied.
const warmRows = 64

// warm reads some of each row from lo to hi. In the order of a shuffle they lie far apart,
// and a copy waits for each before it goes on to the next; loads that nothing waits for come
// side by side. The sum of what it reads keeps the loads from being left out.
func (p *setPass) warm(lo, hi int) (sum int) {
	all := &p.set.All
	if p.order == nil || len(all.Offsets) == 0 {
		return 0
	}
	for _, i := range (*p.order)[p.at+lo : p.at+hi] {
		lo, hi := all.Offsets[i], all.Offsets[i+1]
		if lo == hi {
			continue
		}
		// A row of up to 48 words has four lines at most. How many these are is nothing to
		// branch by: it would be guessed, and the guess wait for the offsets.
		for k := lo; k < lo+64; k += 16 {
			sum += int(all.Indices[min(k, hi-1)])
		}
		if all.Values != nil {
			for k := lo; k < lo+64; k += 16 {
				sum += int(all.Values[min(k, hi-1)])
			}
		}
	}
	return sum
}

// setRow makes row k of b, for which there is room, row i of from.
func (b *Batch) setRow(k int, from *Batch, i int) {
	if len(from.Offsets) > 0 {
		lo, hi := from.Offsets[i], from.Offsets[i+1]
		copy(b.Indices[b.Offsets[k]:b.Offsets[k+1]], from.Indices[lo:hi])
		if from.Values != nil {
			copy(b.Values[b.Offsets[k]:b.Offsets[k+1]], from.Values[lo:hi])
		}
	} else {
		copy(b.Dense[k*from.Columns:(k+1)*from.Columns], from.Dense[i*from.Columns:])
	}
	if from.Classes != nil {
		b.Classes[k] = from.Classes[i]
	}
	if len(from.LabelOffsets) > 0 {
		copy(b.LabelIndices[b.LabelOffsets[k]:b.LabelOffsets[k+1]], from.Labels(i))
	}
	if from.Targets != nil {
		n := len(from.Targets) / from.Rows()
		copy(b.Targets[k*n:(k+1)*n], from.Targets[i*n:])
	}
	if from.Weights != nil {
		b.Weights[k] = from.Weights[i]
	}
}

// Append adds row i of from, which must be of the same form, to the set.
func (s *Set) Append(from *Batch, i int) {
	s.All.Columns = from.Columns
	s.All.appendRow(from, i)
	s.All.nilAbsent(from)
}

// Extend adds the rows of from, which must be of the same form, to the end of b.
// Both are of sparse rows or both of dense ones; an empty b takes on the form of
// from.
func (b *Batch) Extend(from *Batch) {
	b.Columns = from.Columns
	if rows := from.Rows(); len(from.Offsets) > 0 {
		b.Offsets = extendOffsets(b.Offsets, from.Offsets, len(b.Indices))
		lo, hi := from.Offsets[0], from.Offsets[rows]
		b.Indices = append(b.Indices, from.Indices[lo:hi]...)
		if from.Values != nil {
			b.Values = append(b.Values, from.Values[lo:hi]...)
		}
	} else {
		b.Dense = append(b.Dense, from.Dense...)
	}
	b.Classes = append(b.Classes, from.Classes...)
	if n := len(from.LabelOffsets); n > 0 {
		b.LabelOffsets = extendOffsets(b.LabelOffsets, from.LabelOffsets, len(b.LabelIndices))
		b.LabelIndices = append(b.LabelIndices, from.LabelIndices[from.LabelOffsets[0]:from.LabelOffsets[n-1]]...)
	}
	b.Targets = append(b.Targets, from.Targets...)
	b.Weights = append(b.Weights, from.Weights...)
	b.nilAbsent(from)
}

// extendOffsets appends the rows of from, whose indices go behind n others, to offsets.
func extendOffsets(offsets, from []int, n int) []int {
	if len(offsets) == 0 {
		offsets = append(offsets, 0)
	}
	for _, at := range from[1:] {
		offsets = append(offsets, at+n-from[0])
	}
	return offsets
}

// appendRow copies row i of from to the end of b.
func (b *Batch) appendRow(from *Batch, i int) {
	rows := from.Rows()
	if len(from.Offsets) > 0 {
		if len(b.Offsets) == 0 {
			b.Offsets = append(b.Offsets, 0)
		}
		indices, values := from.Row(i)
		b.Indices = append(b.Indices, indices...)
		b.Values = append(b.Values, values...)
		b.Offsets = append(b.Offsets, len(b.Indices))
	} else {
		b.Dense = append(b.Dense, from.Dense[i*from.Columns:(i+1)*from.Columns]...)
	}
	if from.Classes != nil {
		b.Classes = append(b.Classes, from.Classes[i])
	}
	if len(from.LabelOffsets) > 0 {
		if len(b.LabelOffsets) == 0 {
			b.LabelOffsets = append(b.LabelOffsets, 0)
		}
		b.LabelIndices = append(b.LabelIndices, from.Labels(i)...)
		b.LabelOffsets = append(b.LabelOffsets, len(b.LabelIndices))
	}
	if from.Targets != nil {
		k := len(from.Targets) / rows
		b.Targets = append(b.Targets, from.Targets[i*k:(i+1)*k]...)
	}
	if from.Weights != nil {
		b.Weights = append(b.Weights, from.Weights[i])
	}
}

// nilAbsent makes the optional slices of b nil where those of from are, since
// nil has a meaning of its own.
func (b *Batch) nilAbsent(from *Batch) {
	switch {
	case from.Values == nil:
		b.Values = nil
	case b.Values == nil:
		b.Values = []float32{} // there are values, but all rows are empty
	}
	if from.Classes == nil {
		b.Classes = nil
	}
	if from.Targets == nil {
		b.Targets = nil
	}
	if from.Weights == nil {
		b.Weights = nil
	}
}
