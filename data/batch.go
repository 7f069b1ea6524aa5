package data

import (
	"fmt"

	"github.com/nestnet/nestnet/internal/kernel"
)

// Batch is a number of examples, one a row. The slices may be larger than
// the batch and are used again by the next one: who keeps a Batch, copies it.
type Batch struct {
	// Columns is the width of x: the number of words in the dictionary, or of
	// numbers in a dense row.
	Columns int

	// Offsets, Indices and Values hold sparse rows. The columns of row i that are
	// not zero are Indices[Offsets[i]:Offsets[i+1]], ascending and each at most
	// once; Offsets has one entry more than there are rows, and the first one need
	// not be 0. Values holds the numbers at these columns; nil means that each is 1.
	Offsets []int
	Indices []int32
	Values  []float32

	// Dense holds dense rows instead, Columns numbers each. It is used when
	// Offsets is nil.
	Dense []float64

	// Classes holds the class of each row, counted from 0. Nil when y is sets of
	// labels, or numbers, or unknown.
	Classes []int32

	// LabelOffsets and LabelIndices hold sets of labels, for rows that may have any
	// number of them. The labels of row i, counted from 0, are
	// LabelIndices[LabelOffsets[i]:LabelOffsets[i+1]], ascending and each at most once:
	// y is 1 there and 0 elsewhere. They are kept in this form because of thousands of
	// labels a row has a few. Used when Classes is nil and LabelOffsets is not empty.
	LabelOffsets []int
	LabelIndices []int32

	// Targets holds y as numbers, the same count for each row. Used when there are
	// neither Classes nor sets of labels.
	Targets []float64

	// Weights holds how much each row counts in the loss; nil means 1 each.
	Weights []float64
}

// Rows is the number of examples in b.
func (b *Batch) Rows() int {
	switch {
	case len(b.Offsets) > 0:
		return len(b.Offsets) - 1
	case b.Columns > 0:
		return len(b.Dense) / b.Columns
	}
	return 0
}

// Row returns the columns of row i that are not zero and their numbers (nil:
// each is 1). It is for sparse batches.
func (b *Batch) Row(i int) (indices []int32, values []float32) {
	lo, hi := b.Offsets[i], b.Offsets[i+1]
	if b.Values != nil {
		values = b.Values[lo:hi]
	}
	return b.Indices[lo:hi], values
}

// Labels returns the labels of row i of a batch with sets of labels.
func (b *Batch) Labels(i int) []int32 {
	return b.LabelIndices[b.LabelOffsets[i]:b.LabelOffsets[i+1]]
}

// Reset empties b and keeps its memory.
func (b *Batch) Reset() {
	*b = Batch{
		Offsets: b.Offsets[:0], Indices: b.Indices[:0], Values: b.Values[:0], Dense: b.Dense[:0],
		Classes: b.Classes[:0], LabelOffsets: b.LabelOffsets[:0], LabelIndices: b.LabelIndices[:0],
		Targets: b.Targets[:0], Weights: b.Weights[:0],
	}
}

// Check says whether b is well formed: offsets ascend and stay inside Indices,
// columns ascend within a row and are smaller than Columns, and whatever is
// given for each row is given for all of them. A model calls it on batches that
// come from outside.
func (b *Batch) Check() error {
	rows := b.Rows()
	if b.Columns <= 0 {
		return fmt.Errorf("data: batch has %d columns, want at least 1", b.Columns)
	}
	if len(b.Offsets) == 0 && len(b.Dense)%b.Columns != 0 {
		return fmt.Errorf("data: %d dense numbers are no whole number of rows of %d", len(b.Dense), b.Columns)
	}
	if len(b.Offsets) > 0 {
		if err := checkOffsets(rows, b.Offsets, b.Indices); err != nil {
			return fmt.Errorf("data: %w", err)
		}
		if b.Values != nil && len(b.Values) != len(b.Indices) {
			return fmt.Errorf("data: %d values for %d indices", len(b.Values), len(b.Indices))
		}
		wellFormed := ascend(b.Offsets, b.Indices, b.Columns)
		for i := 0; i < rows && !wellFormed; i++ {
			last := int32(-1)
			for _, c := range b.Indices[b.Offsets[i]:b.Offsets[i+1]] {
				if c <= last || int(c) >= b.Columns {
					return fmt.Errorf("data: row %d: column %d after %d; columns must ascend and be below %d", i, c, last, b.Columns)
				}
				last = c
			}
		}
	}
	if len(b.LabelOffsets) > 0 {
		if len(b.LabelOffsets) != rows+1 {
			return fmt.Errorf("data: %d sets of labels for %d rows", len(b.LabelOffsets)-1, rows)
		}
		if err := checkOffsets(rows, b.LabelOffsets, b.LabelIndices); err != nil {
			return fmt.Errorf("data: labels: %w", err)
		}
		for i := range rows {
			last := int32(-1)
			for _, l := range b.Labels(i) {
				if l <= last {
					return fmt.Errorf("data: row %d: label %d after %d; labels must ascend", i, l, last)
				}
				last = l
			}
		}
	}
	if b.Classes != nil && len(b.Classes) != rows {
		return fmt.Errorf("data: %d classes for %d rows", len(b.Classes), rows)
	}
	if len(b.Targets) > 0 && (rows == 0 || len(b.Targets)%rows != 0) {
		return fmt.Errorf("data: %d targets do not fit %d rows", len(b.Targets), rows)
	}
	if b.Weights != nil && len(b.Weights) != rows {
		return fmt.Errorf("data: %d weights for %d rows", len(b.Weights), rows)
	}
	return nil
}

// ascend says whether the numbers of each row ascend from 0 on and are below columns. Every step
// of a training asks that, so it is quick: where rows begin they may fall, and nowhere else.
func ascend(offsets []int, indices []int32, columns int) bool {
	start, end := offsets[0], offsets[len(offsets)-1]
	falls, most := kernel.Falls(indices[start:end])
	last := start
	for _, o := range offsets {
		if o > last && o < end && indices[o] <= indices[o-1] {
			falls--
		}
		last = o
	}
	return falls == 0 && (start == end || int64(most) < min(int64(columns), 1<<31))
}

// checkOffsets says whether offsets cut indices into rows.
func checkOffsets(rows int, offsets []int, indices []int32) error {
	if offsets[0] < 0 || offsets[rows] > len(indices) {
		return fmt.Errorf("offsets run from %d to %d, but there are %d indices", offsets[0], offsets[rows], len(indices))
	}
	// All offsets first: a row can only be cut out when they ascend.
	for i := range rows {
		if offsets[i] > offsets[i+1] {
			return fmt.Errorf("row %d: offset %d is followed by the smaller %d", i, offsets[i], offsets[i+1])
		}
	}
	return nil
}
