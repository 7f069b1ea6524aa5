package data

import (
	"io"
	"math/rand/v2"
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

// Set is a Source of examples kept in memory: one large Batch.
type Set struct {
	All Batch
}

// Len is the number of examples.
func (s *Set) Len() int { return s.All.Rows() }

// Pass implements Source. The order drawn from shuffle is exact: every
// permutation of the examples is as likely as any other.
func (s *Set) Pass(size int, shuffle *rand.Rand) Pass {
	n := s.Len()
	if size <= 0 || size > n {
		size = max(n, 1)
	}
	p := &setPass{set: s, size: size}
	if shuffle != nil {
		p.order = shuffle.Perm(n)
	}
	return p
}

type setPass struct {
	set   *Set
	size  int
	order []int // nil: as stored
	at    int
	sum   int // of what warm reads
}

// warmRows is how many rows warm reads: few enough to be there still when they are copied.
const warmRows = 64

// warm reads some of each row from at to end. In the order of a shuffle they lie far apart,
// and a copy waits for each before it goes on to the next; loads that nothing waits for come
// side by side.
func (p *setPass) warm(end int) {
	all := &p.set.All
	if p.order == nil || len(all.Offsets) == 0 {
		return
	}
	order, sum := p.order[p.at:end], 0
	for _, i := range order {
		sum += all.Offsets[i+1]
	}
	for _, i := range order {
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
	p.sum += sum
}

func (p *setPass) Next(b *Batch) error {
	n := p.set.Len()
	if p.at >= n {
		return io.EOF
	}
	b.Reset()
	all := &p.set.All
	b.Columns = all.Columns
	end := min(p.at+p.size, n)
	for from := p.at; p.at < end; p.at++ {
		if (p.at-from)%warmRows == 0 {
			p.warm(min(p.at+warmRows, end))
		}
		i := p.at
		if p.order != nil {
			i = p.order[i]
		}
		b.appendRow(all, i)
	}
	b.nilAbsent(all)
	return nil
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
