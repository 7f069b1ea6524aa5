package graph

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/nestnet/nestnet/data"
	"gorgonia.org/tensor"
)

// CSR is a sparse matrix in compressed sparse rows, as a Gorgonia value: the
// batch of a bag-of-words network. Bind it to an input node of the same shape
// and type with Machine.Let or gorgonia.Let.
//
// Its shape is (capacity, columns). The rows that a batch fills are the first
// ones, RowsPresent of them; the others are empty.
type CSR struct {
	shape tensor.Shape
	dtype tensor.Dtype
	rows  int

	offsets []int
	indices []int32
	values  []float32 // nil: all ones

	// The columns that are not empty, ascending, and for each of them the rows and
	// values that it has: entry k of touched has columnRows[columns[k]:columns[k+1]].
	// Solver and gradient go by column; it is found out when one of them first asks.
	indexed      bool
	touched      []int32
	columns      []int32
	columnRows   []int32
	columnValues []float32 // only valid with values

	slots  []int32  // by place in indices: the place of its column in touched
	slotOf []int32  // by column; only the entries of touched are valid
	seen   []uint64 // a bit a column, zero between two calls of index
}

// NewCSR makes an empty matrix for batches of up to capacity rows. The dtype,
// tensor.Float32 or tensor.Float64, is that of the graph it is meant for.
func NewCSR(dtype tensor.Dtype, capacity, columns int) *CSR {
	return &CSR{shape: tensor.Shape{capacity, columns}, dtype: dtype, offsets: make([]int, capacity+1)}
}

// Set fills c with the rows of a sparse batch. It keeps references to the
// indices and values of b, so b must not change before the next Set. It allocates
// only when the batch is larger than any before.
//
// The batch must be well formed (see data.Batch.Check); Set verifies that it fits.
func (c *CSR) Set(b *data.Batch) error {
	n := b.Rows()
	switch {
	case len(b.Offsets) == 0 && n > 0:
		return fmt.Errorf("graph: CSR wants a sparse batch, got a dense one")
	case b.Columns != c.shape[1]:
		return fmt.Errorf("graph: CSR of shape %v got a batch with %d columns", c.shape, b.Columns)
	case n > c.shape[0]:
		return fmt.Errorf("graph: CSR of shape %v got %d rows", c.shape, n)
	}
	c.rows, c.indexed = n, false
	c.indices, c.values = nil, nil
	c.offsets[0] = 0
	if n > 0 {
		lo, hi := b.Offsets[0], b.Offsets[n]
		c.indices = b.Indices[lo:hi]
		if b.Values != nil {
			c.values = b.Values[lo:hi]
		}
		for i, o := range b.Offsets {
			c.offsets[i] = o - lo
		}
	}
	for i := n; i < c.shape[0]; i++ {
		c.offsets[i+1] = c.offsets[n]
	}
	return nil
}

// SetPart makes c the rows lo to hi of another matrix of as many columns, sharing its
// memory: it lasts until the other one's next Set.
func (c *CSR) SetPart(of *CSR, lo, hi int) error {
	switch {
	case of.shape[1] != c.shape[1]:
		return fmt.Errorf("graph: CSR of shape %v got a part of one of shape %v", c.shape, of.shape)
	case lo < 0 || hi < lo || hi > of.rows || hi-lo > c.shape[0]:
		return fmt.Errorf("graph: CSR of shape %v got rows %d to %d of %d", c.shape, lo, hi, of.rows)
	}
	c.rows, c.indexed = hi-lo, false
	c.indices, c.values, c.offsets = of.indices, of.values, of.offsets[lo:hi+1]
	return nil
}

// index collects the columns in use and turns rows into columns.
func (c *CSR) index() {
	if c.indexed {
		return
	}
	c.indexed = true
	if c.seen == nil {
		c.slotOf, c.seen = make([]int32, c.shape[1]), make([]uint64, (c.shape[1]+63)/64)
	}
	lo, hi := c.offsets[0], c.offsets[c.rows]
	indices := c.indices[lo:hi]
	// Marking columns in a bitmap and reading it from left to right yields them in
	// ascending order without a sort.
	for _, j := range indices {
		c.seen[j>>6] |= 1 << (j & 63)
	}
	c.touched = c.touched[:0]
	for w, word := range c.seen {
		if word == 0 {
			continue
		}
		c.seen[w] = 0
		for ; word != 0; word &= word - 1 {
			j := int32(w<<6 + bits.TrailingZeros64(word))
			c.slotOf[j] = int32(len(c.touched))
			c.touched = append(c.touched, j)
		}
	}
	c.columns = zeroed(c.columns, len(c.touched)+1)
	c.slots = resized(c.slots, len(indices))
	for p, j := range indices {
		s := c.slotOf[j]
		c.slots[p] = s
		c.columns[s]++
	}
	// From counts to ends; filling from the last row to the first turns them into starts.
	end := int32(0)
	for s, n := range c.columns {
		end += n
		c.columns[s] = end
	}
	c.columnRows = resized(c.columnRows, len(indices))
	if c.values != nil {
		c.columnValues = resized(c.columnValues, len(indices))
	}
	for i := c.rows - 1; i >= 0; i-- {
		for p := c.offsets[i] - lo; p < c.offsets[i+1]-lo; p++ {
			s := c.slots[p]
			c.columns[s]--
			at := c.columns[s]
			c.columnRows[at] = int32(i)
			if c.values != nil {
				c.columnValues[at] = c.values[lo+p]
			}
		}
	}
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// RowsPresent is the number of rows that the last batch filled.
func (c *CSR) RowsPresent() int { return c.rows }

// Touched holds the columns that are not empty, ascending. It is valid until
// the next Set and must not be changed.
func (c *CSR) Touched() []int32 {
	c.index()
	return c.touched
}

// Dense returns the matrix with all its zeroes, as another engine wants it.
func (c *CSR) Dense() *tensor.Dense {
	d := tensor.New(tensor.Of(c.dtype), tensor.WithShape(c.shape...))
	switch data := d.Data().(type) {
	case []float32:
		scatter(c, data)
	case []float64:
		scatter(c, data)
	}
	return d
}

func scatter[T float32 | float64](c *CSR, to []T) {
	for i := range c.rows {
		for p := c.offsets[i]; p < c.offsets[i+1]; p++ {
			v := T(1)
			if c.values != nil {
				v = T(c.values[p])
			}
			to[i*c.shape[1]+int(c.indices[p])] = v
		}
	}
}

// Shape is (capacity, columns).
func (c *CSR) Shape() tensor.Shape { return c.shape }

// Dtype is the type of the graph that c is an input of.
func (c *CSR) Dtype() tensor.Dtype { return c.dtype }

// Size is the number of elements, zeroes included.
func (c *CSR) Size() int { return c.shape.TotalSize() }

// Data returns the columns in use of all rows ([]int32), one row after another.
func (c *CSR) Data() interface{} { return c.inUse() }

func (c *CSR) inUse() []int32 { return c.indices[c.offsets[0]:c.offsets[c.rows]] }

// MemSize is the number of bytes that Data takes.
func (c *CSR) MemSize() uintptr { return uintptr(len(c.inUse())) * unsafe.Sizeof(int32(0)) }

// Uintptr is the address of Data.
func (c *CSR) Uintptr() uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(c.inUse()))) }

// Format writes a summary.
func (c *CSR) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "CSR%v %v, %d rows, %d not zero", c.shape, c.dtype, c.rows, len(c.inUse()))
}
