package graph

import (
	"fmt"
	"hash"
	"hash/fnv"
	"unsafe"

	"github.com/chewxy/hm"
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Reuser is an Op that can write its result into memory that it has used before.
// Machine runs such an op without allocating; other machines call Do. Every op of
// this package is a Reuser, and an op of your own may be one.
type Reuser interface {
	gorgonia.Op

	// DoInto is Do for the first rows rows of the inputs that have a row an
	// example. out is what DoInto returned the last time on the same machine, nil
	// the first time; the result is it, filled anew, or a new value. A negative
	// rows means all of them.
	DoInto(out gorgonia.Value, rows int, inputs ...gorgonia.Value) (gorgonia.Value, error)
}

// spec is what gorgonia.Op asks of an op besides its work. The ops here embed it.
//
// The flags say: the result is a new value (Do always allocates, so another
// machine may overwrite it), nothing external is called, no input is overwritten.
type spec struct {
	name string // with its parameters: ops of equal name on equal inputs are one node
	in   []hm.Type
	out  hm.Type
}

// The types of Gorgonia's type system that the ops need, over one type variable.
var (
	scalarT = hm.TypeVariable('a')
	vectorT = gorgonia.TensorType{Dims: 1, Of: hm.TypeVariable('a')}
	matrixT = gorgonia.TensorType{Dims: 2, Of: hm.TypeVariable('a')}
)

func (s *spec) Arity() int { return len(s.in) }

func (s *spec) Type() hm.Type {
	ts := make([]hm.Type, 0, len(s.in)+1)
	return hm.NewFnType(append(append(ts, s.in...), s.out)...)
}

func (s *spec) ReturnsPtr() bool      { return false }
func (s *spec) CallsExtern() bool     { return false }
func (s *spec) OverwritesInput() int  { return -1 }
func (s *spec) WriteHash(h hash.Hash) { fmt.Fprint(h, "nestnet ", s.name) }
func (s *spec) String() string        { return s.name }

func (s *spec) Hashcode() uint32 {
	h := fnv.New32a()
	s.WriteHash(h)
	return h.Sum32()
}

// shapeOf returns the shapes of an op's inputs while a graph is declared.
func shapesOf(in []gorgonia.DimSizer) ([]tensor.Shape, error) {
	shapes := make([]tensor.Shape, len(in))
	for i, d := range in {
		s, ok := d.(tensor.Shape)
		if !ok {
			return nil, fmt.Errorf("graph: shape of input %d is unknown (%T)", i, d)
		}
		shapes[i] = s
	}
	return shapes, nil
}

// floats returns the numbers of a dense value. Going through Data would allocate
// an interface each time.
func floats[T kernel.Float](v gorgonia.Value) []T {
	d, ok := v.(tensor.DenseTensor)
	if !ok {
		panic(fmt.Sprintf("want a dense tensor, got %T", v))
	}
	var zero T
	if unsafe.Sizeof(zero) == 4 {
		s := d.(interface{ Float32s() []float32 }).Float32s()
		return *(*[]T)(unsafe.Pointer(&s))
	}
	s := d.(interface{ Float64s() []float64 }).Float64s()
	return *(*[]T)(unsafe.Pointer(&s))
}

// scalar returns the number of a scalar value.
func scalar[T kernel.Float](v gorgonia.Value) T {
	switch v := v.(type) {
	case *gorgonia.F32:
		return T(*v)
	case *gorgonia.F64:
		return T(*v)
	}
	panic(fmt.Sprintf("want a scalar, got %T", v))
}

// denseLike returns out if it is there, else a new tensor.
func denseLike(out gorgonia.Value, dtype tensor.Dtype, shape ...int) *tensor.Dense {
	if d, ok := out.(*tensor.Dense); ok {
		return d
	}
	return tensor.New(tensor.Of(dtype), tensor.WithShape(shape...))
}

// scalarOf returns a scalar value holding x, out if it is there.
func scalarOf(out gorgonia.Value, dtype tensor.Dtype, x float64) gorgonia.Value {
	switch out := out.(type) {
	case *gorgonia.F32:
		*out = gorgonia.F32(x)
		return out
	case *gorgonia.F64:
		*out = gorgonia.F64(x)
		return out
	}
	if dtype == tensor.Float32 {
		return gorgonia.NewF32(float32(x))
	}
	return gorgonia.NewF64(x)
}

// present returns how many rows of a batch matrix there are to work on.
func present(rows int, batch gorgonia.Value) int {
	if n := batch.Shape()[0]; rows < 0 || rows > n {
		return n
	}
	return rows
}

// clearFrom zeroes a result from number n on, the rows that are not present. The
// gradients do it: a stock op behind them reads all rows, and would take for a gradient
// what an earlier, larger batch left in the buffer.
func clearFrom(d *tensor.Dense, n int) {
	if d.Dtype() == tensor.Float32 {
		clear(floats[float32](d)[n:])
	} else {
		clear(floats[float64](d)[n:])
	}
}

// checkDtype refuses what the kernels have no loop for.
func checkDtype(v gorgonia.Value) error {
	if dt := v.Dtype(); dt != tensor.Float32 && dt != tensor.Float64 {
		return fmt.Errorf("graph: want float32 or float64, got %v", dt)
	}
	return nil
}
