package graph

import (
	"fmt"
	"math"
	"math/bits"
	"unsafe"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/kernel"
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

	offsets []int32 // by row, its first place in indices; one more for the end
	indices []int32
	values  []float32 // nil: all ones

	// The columns from lo to hi that are not empty, ascending. Solver and gradient go by
	// them; they are found out when one of them first asks.
	indexed  bool
	lo, hi   int32
	segments []segment
	columns  int     // how many are not empty
	touched  []int32 // these, once somebody asks for all in one list
	listed   bool

	// Whether a gradient finds its way by column (the segments' starts, rows and numbers), or
	// by the segments' slots, as the examples come.
	byColumn bool

	then    func(worker, part int, touched []int32) // of IndexParts
	doIndex func(worker, lo, hi int)                // made once
}

// word says which of 64 columns are in use.
type word struct {
	bits   uint64
	before int32 // if one is: how many columns of the segment are left of it
}

// segment is the part of the index for a range of columns.
type segment struct {
	from, to int32
	seen     []word   // of 64 columns each, from that of column from on; no bit is set between two calls of Index
	above    []uint64 // a bit a word of seen that is not zero, from that of column from on; see sparse

	// Of the matrix, what is in the columns of the segment: one row after another, row i up
	// to ends[i]. The memory is that of the matrix if it is all, else own.
	indices []int32
	values  []float32 // nil: all ones
	ends    []int32
	own     struct {
		indices, ends, starts, stops []int32
		values                       []float32
	}
	starting, stopping []int32 // by row, the places in the matrix where what is in the columns begins and stops

	touched []int32
	at      int     // place of its first column among those of all segments
	slots   []int32 // for each of indices, the place of its column in touched

	// By column: entry k of touched has rows[starts[k]:starts[k+1]], and numbers if there are
	// values.
	starts  []int32
	rows    []int32
	numbers []float32

	_ [64]byte // keeps the segments of two workers out of one cache line
}

// NewCSR makes an empty matrix for batches of up to capacity rows. The dtype,
// tensor.Float32 or tensor.Float64, is that of the graph it is meant for.
func NewCSR(dtype tensor.Dtype, capacity, columns int) *CSR {
	return &CSR{shape: tensor.Shape{capacity, columns}, dtype: dtype, hi: int32(columns), offsets: make([]int32, capacity+1)}
}

// Own makes the index one of the columns from lo to hi−1: Touched and gradients leave out the
// others. It holds from the next Set.
func (c *CSR) Own(lo, hi int) { c.lo, c.hi = int32(lo), int32(hi) }

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
	case n > 0 && b.Offsets[n]-b.Offsets[0] > math.MaxInt32:
		return fmt.Errorf("graph: CSR got %d numbers, want at most %d", b.Offsets[n]-b.Offsets[0], math.MaxInt32)
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
			c.offsets[i] = int32(o - lo)
		}
	}
	for i := n; i < c.shape[0]; i++ {
		c.offsets[i+1] = c.offsets[n]
	}
	return nil
}

// Index finds out which columns are not empty, and what each holds, which Touched and
// RowGrad.SetProduct otherwise do when they need it. The work is cut into parts, each for a
// range of columns, that run may do side by side: it calls work for ranges lo to hi that
// together are 0 to n.
func (c *CSR) Index(parts int, run func(n, size int, work func(worker, lo, hi int))) {
	if c.indexed {
		return
	}
	c.cut(parts)
	c.indexSegments(run)
}

// IndexParts is Index for parts that begin and end where one likes: part q has the columns from
// bounds[q] to bounds[q+1]−1. When the columns in use of a part are known, then is called with
// them, by the same worker, for what is to be done next where these columns are.
func (c *CSR) IndexParts(bounds []int32, run func(n, size int, work func(worker, lo, hi int)), then func(worker, part int, touched []int32)) {
	c.grow(len(bounds) - 1)
	for q := range c.segments {
		c.segments[q].from, c.segments[q].to = bounds[q], bounds[q+1]
	}
	c.then = then
	c.indexSegments(run)
	c.then = nil
}

func (c *CSR) indexSegments(run func(n, size int, work func(worker, lo, hi int))) {
	c.indexed = true
	if c.doIndex == nil {
		c.doIndex = func(worker, lo, hi int) {
			for q := lo; q < hi; q++ {
				s := &c.segments[q]
				c.index(s)
				if c.then != nil {
					c.then(worker, q, s.touched)
				}
			}
		}
	}
	if len(c.segments) == 1 {
		c.doIndex(0, 0, 1)
	} else {
		run(len(c.segments), 1, c.doIndex)
	}
	c.columns, c.listed = 0, false
	for q := range c.segments {
		s := &c.segments[q]
		s.at = c.columns
		c.columns += len(s.touched)
	}
}

// Parts appends the places in Touched where the parts of the index begin, and where the last one
// ends.
func (c *CSR) Parts(places []int) []int {
	for q := range c.segments {
		places = append(places, c.segments[q].at)
	}
	return append(places, c.columns)
}

// columnsFrom returns some of the columns in use: those at the places lo to hi−1 of Touched, or
// the first of these that are in one segment. A worker that asks for what it found itself does
// not go through a list that another one made.
func (c *CSR) columnsFrom(lo, hi int) []int32 {
	for q := range c.segments {
		if s := &c.segments[q]; lo < s.at+len(s.touched) {
			return s.touched[lo-s.at : min(hi-s.at, len(s.touched))]
		}
	}
	return nil
}

// indexOf returns the segment of the columns from lo to hi−1, nil if the index has none.
func (c *CSR) indexOf(lo, hi int32) *segment {
	for q := range c.segments {
		if s := &c.segments[q]; c.indexed && s.from == lo && s.to == hi {
			return s
		}
	}
	return nil
}

// wantColumns has the index by column, from this batch on.
func (c *CSR) wantColumns() {
	if !c.byColumn {
		c.byColumn, c.indexed = true, false
	}
}

func (c *CSR) grow(parts int) {
	for len(c.segments) < parts {
		c.segments = append(c.segments, segment{})
	}
	c.segments = c.segments[:parts]
}

// cut shares out the columns, so that a batch before would have had as many columns in each
// segment.
func (c *CSR) cut(parts int) {
	c.grow(parts)
	from := c.lo
	for q := range c.segments {
		to := c.hi
		if q < parts-1 {
			to = c.lo + int32((q+1)*int(c.hi-c.lo)/parts)
			if n := len(c.touched); n > parts {
				to = c.touched[(q+1)*n/parts]
			}
			to = min(max(to, from), c.hi)
		}
		c.segments[q].from, c.segments[q].to = from, to
		from = to
	}
}

// index collects the columns in use of a segment, and leads the gradient to them.
func (c *CSR) index(s *segment) {
	c.share(s)
	if n := int(s.to>>6-s.from>>6) + 1; len(s.seen) < n {
		s.seen = make([]word, n)
	}
	c.mark(s)
	s.touched = resized(s.touched, len(s.indices))[:0]
	c.collect(s)
	c.number(s)
	if c.byColumn {
		c.count(s)
		c.fill(s)
	}
	seen, base := s.seen, uint32(s.from)>>6
	for _, j := range s.touched {
		seen[uint32(j)>>6-base].bits = 0
	}
}

// share gives a segment what is in its columns.
func (c *CSR) share(s *segment) {
	s.starting, s.stopping = c.offsets[:c.rows], c.offsets[1:c.rows+1]
	if s.from == 0 && s.to == int32(c.shape[1]) {
		s.indices, s.values, s.ends = c.indices, c.values, s.stopping
		return
	}
	s.own.ends = resized(s.own.ends, c.rows)
	s.ends = s.own.ends
	// Rows ascend, so what a segment has of each is in one piece.
	if s.from > 0 {
		s.own.starts = resized(s.own.starts, c.rows)
		kernel.Cuts(s.own.starts, c.indices, s.starting, s.stopping, s.from)
		s.starting = s.own.starts
	}
	if s.to < int32(c.shape[1]) {
		s.own.stops = resized(s.own.stops, c.rows)
		kernel.Cuts(s.own.stops, c.indices, s.starting, s.stopping, s.to)
		s.stopping = s.own.stops
	}
	all := resized(s.own.indices, len(c.indices))
	s.own.indices = all
	if c.values != nil {
		s.own.values = resized(s.own.values, len(c.indices))
	}
	n := 0
	for i, first := range s.starting {
		last := s.stopping[i]
		if c.values != nil {
			copy(s.own.values[n:], c.values[first:last])
		}
		n += copy(all[n:], c.indices[first:last])
		s.ends[i] = int32(n)
	}
	s.indices, s.values = all[:n], nil
	if c.values != nil {
		s.values = s.own.values[:n]
	}
}

// sparse says whether most words of seen are zero for a batch of so many columns in use, so
// that it pays to keep a bit for each word that is not.
func (c *CSR) sparse(s *segment) bool { return int(s.to-s.from)>>6 > 2*len(c.indices) }

// mark sets the bits of the columns in use of a segment.
func (c *CSR) mark(s *segment) {
	seen, first := s.seen, uint32(s.from)>>6
	for _, j := range s.indices {
		seen[uint32(j)>>6-first].bits |= 1 << (uint32(j) & 63)
	}
	if !c.sparse(s) {
		return
	}
	// Of above each word stands for 4,096 columns, and every column marks one: were those of
	// two workers in one cache line, it would go to and fro all the time.
	const around = 64 / 8
	if n := int(s.to>>12-s.from>>12) + 1; len(s.above) < n {
		s.above = make([]uint64, n+2*around)[around : around+n]
	}
	above, base := s.above, uint32(s.from)>>12
	for _, j := range s.indices {
		above[uint32(j)>>12-base] |= 1 << (uint32(j) >> 6 & 63)
	}
}

// collect reads the bits of a segment from left to right, which yields its columns in
// ascending order without a sort.
func (c *CSR) collect(s *segment) {
	if !c.sparse(s) {
		for w := int(s.from >> 6); w<<6 < int(s.to); w++ {
			s.collect(w)
		}
		return
	}
	base := int(s.from>>12) << 6
	for a, some := range s.above {
		for ; some != 0; some &= some - 1 {
			s.collect(base + a<<6 + bits.TrailingZeros64(some))
		}
		s.above[a] = 0
	}
}

// collect reads the bits of the columns from 64·w on.
func (s *segment) collect(w int) {
	seen := &s.seen[w-int(s.from>>6)]
	seen.before = int32(len(s.touched))
	for set := seen.bits; set != 0; set &= set - 1 {
		s.touched = append(s.touched, int32(w<<6+bits.TrailingZeros64(set)))
	}
}

// number sets the slots of a segment: the place of a column is how many columns in use there
// are to the left of it. (A table of the places would be as long as the dictionary, and a
// cache miss each.)
func (c *CSR) number(s *segment) {
	s.slots = resized(s.slots, len(s.indices))
	slots, seen, base := s.slots, s.seen, uint32(s.from)>>6
	for p, j := range s.indices {
		w := &seen[uint32(j)>>6-base]
		slots[p] = w.before + int32(bits.OnesCount64(w.bits&(1<<(uint32(j)&63)-1)))
	}
}

// count sets starts[k+2] to the number of places of column k.
func (c *CSR) count(s *segment) {
	s.starts = resized(s.starts, len(s.touched)+2)
	clear(s.starts)
	counts := s.starts[2:]
	for _, k := range s.slots {
		counts[k]++
	}
}

// fill sorts the places of a segment by column. Before, starts[k+1] is made the start of
// column k, and then its end as it is filled.
func (c *CSR) fill(s *segment) {
	end := int32(0)
	for k, n := range s.starts {
		end += n
		s.starts[k] = end
	}
	s.rows = resized(s.rows, len(s.slots))
	if s.values != nil {
		s.numbers = resized(s.numbers, len(s.slots))
	}
	next, rows := s.starts[1:], s.rows
	first := int32(0)
	for i, last := range s.ends {
		if s.values == nil {
			for _, k := range s.slots[first:last] {
				at := next[k]
				next[k] = at + 1
				rows[at] = int32(i)
			}
		} else {
			values := s.values[first:last]
			for p, k := range s.slots[first:last] {
				at := next[k]
				next[k] = at + 1
				rows[at], s.numbers[at] = int32(i), values[p]
			}
		}
		first = last
	}
	s.starts = s.starts[:len(s.touched)+1]
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
	c.Index(1, nil)
	if !c.listed {
		c.touched, c.listed = c.touched[:0], true
		for q := range c.segments {
			c.touched = append(c.touched, c.segments[q].touched...)
		}
	}
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
