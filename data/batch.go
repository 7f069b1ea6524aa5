package data

import "fmt"

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

	// Classes holds the class of each row, counted from 0. Nil when y is numbers,
	// or unknown.
	Classes []int32

	// Targets holds y as numbers, the same count for each row. Used when Classes
	// is nil.
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

// Reset empties b and keeps its memory.
func (b *Batch) Reset() {
	*b = Batch{
		Offsets: b.Offsets[:0], Indices: b.Indices[:0], Values: b.Values[:0], Dense: b.Dense[:0],
		Classes: b.Classes[:0], Targets: b.Targets[:0], Weights: b.Weights[:0],
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
		if b.Offsets[0] < 0 || b.Offsets[rows] > len(b.Indices) {
			return fmt.Errorf("data: offsets run from %d to %d, but there are %d indices", b.Offsets[0], b.Offsets[rows], len(b.Indices))
		}
		if b.Values != nil && len(b.Values) != len(b.Indices) {
			return fmt.Errorf("data: %d values for %d indices", len(b.Values), len(b.Indices))
		}
		// All offsets first: a row can only be cut out when they ascend.
		for i := range rows {
			if b.Offsets[i] > b.Offsets[i+1] {
				return fmt.Errorf("data: row %d: offset %d is followed by the smaller %d", i, b.Offsets[i], b.Offsets[i+1])
			}
		}
		for i := range rows {
			last := int32(-1)
			for _, c := range b.Indices[b.Offsets[i]:b.Offsets[i+1]] {
				if c <= last || int(c) >= b.Columns {
					return fmt.Errorf("data: row %d: column %d after %d; columns must ascend and be below %d", i, c, last, b.Columns)
				}
				last = c
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
