package graph

import (
	"fmt"
	"unsafe"

	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// RowGrad is a row-sparse gradient: the gradient of a table (a matrix with a
// row a word) of which a batch read only some rows. All other rows are exactly
// zero and are not stored. The solvers of package solvers step it at the cost of
// the rows that are there.
//
// Other libraries call it a row-sparse (MXNet) or an indexed-slices gradient
// (TensorFlow); PyTorch's Embedding(sparse=True) yields the same as a COO tensor.
type RowGrad struct {
	shape tensor.Shape
	rows  []int32
	f32   []float32 // one of the two, by dtype
	f64   []float64
	dtype tensor.Dtype

	x *CSR            // of a product that was put off; nil: there is none
	d []*tensor.Dense // the other factor, by worker
}

// NewRowGrad makes a gradient without rows for a table of the given shape.
func NewRowGrad(dtype tensor.Dtype, rows, columns int) *RowGrad {
	return &RowGrad{shape: tensor.Shape{rows, columns}, dtype: dtype}
}

// Resize makes g hold the given rows of the table (ascending, each once), all
// zero. It keeps a reference to rows, and allocates only to grow.
func (g *RowGrad) Resize(rows []int32) {
	g.rows, g.x = rows, nil
	n := len(rows) * g.shape[1]
	if g.dtype == tensor.Float32 {
		g.f32 = zeroed(g.f32, n)
	} else {
		g.f64 = zeroed(g.f64, n)
	}
}

// SetProduct makes g the product xᵀ·d, the gradient of a table W behind x·W: Begin takes
// the rows from x, SetProduct computes those at the places lo to hi among Rows. Parts
// may be computed side by side, and each number is summed in the order of the rows of x.
func (g *RowGrad) SetProduct(x *CSR, d *tensor.Dense, lo, hi int) {
	if g.dtype == tensor.Float32 {
		setProduct(g.f32, 0, x, floats[float32](d), g.shape[1], lo, hi)
	} else {
		setProduct(g.f64, 0, x, floats[float64](d), g.shape[1], lo, hi)
	}
}

// narrow is up to how many columns a table's gradient is best summed where it stands, as
// its examples come; of longer rows one after the other is summed in registers.
const narrow = 16

// Begin makes room for the rows that x touches, without a value yet.
func (g *RowGrad) Begin(x *CSR) {
	if g.shape[1] > narrow {
		x.wantColumns()
	}
	g.rows, g.x = x.Touched(), nil
	g.room()
}

func (g *RowGrad) room() {
	n := len(g.rows) * g.shape[1]
	if g.dtype == tensor.Float32 {
		g.f32 = resized(g.f32, n)
	} else {
		g.f64 = resized(g.f64, n)
	}
}

// PutOff makes g the product xᵀ·d too, but computes none of it: a solver asks for a few rows
// at a time (Part32, Part64) and steps them at once, and they need not go to memory and back.
// Who asks for the numbers of all gets them too. x and d must stay as they are until then.
// Worker 0 reads d, and each other one its copy of d; those who have none read d too.
//
// It does nothing and says so where rows are so short that one at a time takes longer.
func (g *RowGrad) PutOff(x *CSR, d *tensor.Dense, copies ...*tensor.Dense) bool {
	if g.shape[1] <= narrow {
		return false
	}
	x.wantColumns()
	x.Index(1, nil)
	g.rows, g.x, g.d = nil, x, append(append(g.d[:0], d), copies...)
	return true
}

// IsPutOff says whether there is a product still to be computed.
func (g *RowGrad) IsPutOff() bool { return g.x != nil }

// Part32 sets to, of a product that was put off, to the rows at the places lo to hi among Rows,
// one after another. Workers may call it side by side.
func (g *RowGrad) Part32(worker int, to []float32, lo, hi int) {
	setProduct(to, lo, g.x, g.factor(worker).Float32s(), g.shape[1], lo, hi)
}

// Part64 is Part32 for a gradient of float64.
func (g *RowGrad) Part64(worker int, to []float64, lo, hi int) {
	setProduct(to, lo, g.x, g.factor(worker).Float64s(), g.shape[1], lo, hi)
}

// Prefetch asks for the copy of d that a worker is going to read, if there are copies. Others wrote
// into it: one after the other its numbers come faster than when they are needed, in no order.
func (g *RowGrad) Prefetch(worker int) {
	if g.IsPutOff() && len(g.d) > 1 && g.dtype == tensor.Float32 {
		kernel.Prefetch(g.factor(worker).Float32s()[:g.x.rows*g.shape[1]])
	}
}

func (g *RowGrad) factor(worker int) *tensor.Dense {
	if worker >= len(g.d) {
		worker = 0
	}
	return g.d[worker]
}

// compute makes up for what was put off.
func (g *RowGrad) compute() {
	if x := g.x; x != nil {
		g.rows, g.x = x.Touched(), nil
		g.room()
		g.SetProduct(x, g.d[0], 0, len(g.rows))
	}
}

// setProduct computes the rows from lo to hi. Those of g begin with row first.
func setProduct[T kernel.Float](g []T, first int, x *CSR, d []T, n, lo, hi int) {
	if !x.byColumn {
		clear(g[(lo-first)*n : (hi-first)*n])
	}
	for q := range x.segments {
		s := &x.segments[q]
		from, to := max(lo-s.at, 0), min(hi-s.at, len(s.touched))
		switch {
		case from >= to:
		case x.byColumn:
			var values []float32
			if s.values != nil {
				values = s.numbers
			}
			at := s.at - first
			kernel.GatherLists(g[(at+from)*n:(at+to)*n], d, n, s.rows, values, s.starts[from:to], s.starts[from+1:to+1], false)
		default:
			scatterSlopes(g[(s.at-first)*n:], x, s, d, n, from, to)
		}
	}
}

// scatterSlopes adds to the rows of g, which begins with that of column 0, the slopes of the
// columns from ≤ k < to of a segment, example by example.
func scatterSlopes[T kernel.Float](g []T, x *CSR, s *segment, d []T, n, from, to int) {
	g = g[:to*n]
	first := 0
	for i, end := range s.ends {
		last := int(end)
		slots := s.slots[first:last]
		at := first
		first = last
		// The columns of an example ascend.
		for from > 0 && len(slots) > 0 && int(slots[0]) < from {
			slots = slots[1:]
			at++
		}
		for to < len(s.touched) && len(slots) > 0 && int(slots[len(slots)-1]) >= to {
			slots = slots[:len(slots)-1]
		}
		var values []float32
		if s.values != nil {
			values = s.values[at:][:len(slots)]
		}
		kernel.ScatterAdd(g, d[i*n:i*n+n], slots, values)
	}
}

func zeroed[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	s = s[:n]
	clear(s)
	return s
}

// Rows names the rows of the table that g holds, ascending.
func (g *RowGrad) Rows() []int32 {
	if g.rows == nil && g.x != nil {
		return g.x.Touched()
	}
	return g.rows
}

// Len is the number of rows that g holds.
func (g *RowGrad) Len() int {
	if g.x != nil {
		return g.x.columns
	}
	return len(g.rows)
}

// RowsFrom returns the rows at the places lo to hi−1 of Rows, or only the first of these, at least
// one. Workers may call it side by side.
func (g *RowGrad) RowsFrom(lo, hi int) []int32 {
	if g.x != nil {
		return g.x.columnsFrom(lo, hi)
	}
	return g.rows[lo:hi]
}

// Float32s holds the rows one after another when Dtype is tensor.Float32, else
// nil. A solver may change the numbers in place.
func (g *RowGrad) Float32s() []float32 {
	g.compute()
	return g.f32
}

// Float64s holds the rows one after another when Dtype is tensor.Float64, else
// nil.
func (g *RowGrad) Float64s() []float64 {
	g.compute()
	return g.f64
}

// Dense returns the gradient with all its zeroes.
func (g *RowGrad) Dense() *tensor.Dense {
	g.compute()
	d := tensor.New(tensor.Of(g.dtype), tensor.WithShape(g.shape...))
	cols := g.shape[1]
	for k, r := range g.rows {
		switch to := d.Data().(type) {
		case []float32:
			copy(to[int(r)*cols:][:cols], g.f32[k*cols:])
		case []float64:
			copy(to[int(r)*cols:][:cols], g.f64[k*cols:])
		}
	}
	return d
}

// Shape is that of the table.
func (g *RowGrad) Shape() tensor.Shape { return g.shape }

// Dtype is the type of the numbers.
func (g *RowGrad) Dtype() tensor.Dtype { return g.dtype }

// Size is the number of elements, zeroes included.
func (g *RowGrad) Size() int { return g.shape.TotalSize() }

// Data returns the stored rows, []float32 or []float64.
func (g *RowGrad) Data() interface{} {
	g.compute()
	if g.dtype == tensor.Float32 {
		return g.f32
	}
	return g.f64
}

// MemSize is the number of bytes that Data takes.
func (g *RowGrad) MemSize() uintptr {
	g.compute()
	return uintptr(len(g.f32))*unsafe.Sizeof(float32(0)) + uintptr(len(g.f64))*unsafe.Sizeof(float64(0))
}

// Uintptr is the address of Data.
func (g *RowGrad) Uintptr() uintptr {
	g.compute()
	if g.dtype == tensor.Float32 {
		return uintptr(unsafe.Pointer(unsafe.SliceData(g.f32)))
	}
	return uintptr(unsafe.Pointer(unsafe.SliceData(g.f64)))
}

// Format writes a summary.
func (g *RowGrad) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "RowGrad%v %v, %d rows", g.shape, g.dtype, g.Len())
}

// RowGradParts returns the nodes x and d of a gradient xᵀ·d that is row-sparse, and
// whether grad is one. Who computes a batch in parts takes d from each and makes the
// product of all in one go (RowGrad.SetProduct).
func RowGradParts(grad *gorgonia.Node) (x, d *gorgonia.Node, ok bool) {
	if op, is := grad.Op().(*weightGradOp); !is || !op.sparse {
		return nil, nil, false
	}
	children := grad.Graph().From(grad.ID())
	children.Next()
	x = children.Node().(*gorgonia.Node)
	children.Next()
	return x, children.Node().(*gorgonia.Node), true
}
