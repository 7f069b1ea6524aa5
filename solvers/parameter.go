package solvers

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// floats are the numbers of a parameter, a gradient or a slot: one of the two
// slices, by dtype.
type floats struct {
	f32 []float32
	f64 []float64
}

func (f floats) len() int { return len(f.f32) + len(f.f64) }

// part are the numbers from i to j−1.
func (f floats) part(i, j int) floats {
	if f.f32 != nil {
		return floats{f32: f.f32[i:j]}
	}
	return floats{f64: f.f64[i:j]}
}

func (f floats) zero() {
	clear(f.f32)
	clear(f.f64)
}

// param is what the core keeps for one parameter, by its position.
type param struct {
	name       string
	shape      tensor.Shape
	dtype      tensor.Dtype
	rows, cols int

	// See slots.go.
	names  []string  // of the slots
	slots  [2]floats // none before the first step
	pitch  int       // how far the slots of two places are apart; 0: there are none
	pool   *pool     // of places, where rows get their slots when they are stepped
	states []rowState

	clocked bool // the states have clocks
	lagging bool // some row may lag behind; if false, clocks may be out of date
	stale   bool // slots changed while clocks were not kept

	// What the step at hand works on.
	w, g   floats
	sparse *graph.RowGrad // g holds only its rows
}

// nameOf is how errors call model[i].
func nameOf(model []gorgonia.ValueGrad, i int) string {
	if n, ok := model[i].(gorgonia.Namer); ok && n.Name() != "" {
		return n.Name()
	}
	return fmt.Sprintf("parameter %d", i)
}

// numbersOf gives access to the numbers of a value that a solver can step.
func numbersOf(v gorgonia.Value) (floats, error) {
	switch v := v.(type) {
	case *tensor.Dense:
		if v == nil {
			return floats{}, fmt.Errorf("it has no value")
		}
		if !plain(v) {
			return floats{}, fmt.Errorf("%v tensor: want contiguous rows", v.Shape())
		}
		switch v.Dtype() {
		case tensor.Float32:
			return floats{f32: v.Float32s()}, nil
		case tensor.Float64:
			return floats{f64: v.Float64s()}, nil
		}
		return floats{}, fmt.Errorf("dtype %v: want float32 or float64", v.Dtype())
	case *gorgonia.F32:
		return floats{f32: unsafe.Slice((*float32)(v), 1)}, nil
	case *gorgonia.F64:
		return floats{f64: unsafe.Slice((*float64)(v), 1)}, nil
	case nil:
		return floats{}, fmt.Errorf("it has no value")
	}
	return floats{}, fmt.Errorf("%T: want *tensor.Dense, *gorgonia.F32 or *gorgonia.F64", v)
}

// plain tells whether the numbers of d lie row after row, without gaps. Gorgonia's
// DataOrder does not tell after a transposition.
func plain(d *tensor.Dense) bool {
	if d.IsScalar() {
		return true
	}
	shape, strides := d.Shape(), d.Strides()
	if d.DataSize() != shape.TotalSize() || len(strides) != len(shape) {
		return false
	}
	want := 1
	for i := len(shape) - 1; i >= 0; i-- {
		if shape[i] != 1 && strides[i] != want {
			return false
		}
		want *= shape[i]
	}
	return true
}

// bind looks up the weights of model[i], and makes the parameter if it is new.
func (p *param) bind(r rule, model []gorgonia.ValueGrad, i int) error {
	v := model[i].Value()
	w, err := numbersOf(v)
	if err != nil {
		return fmt.Errorf("solvers: %s: value: %w", nameOf(model, i), err)
	}
	if p.shape == nil {
		p.name, p.shape, p.dtype = nameOf(model, i), append(tensor.Shape{}, v.Shape()...), v.Dtype()
		p.rows, p.cols = 1, w.len()
		if len(p.shape) == 2 {
			p.rows, p.cols = p.shape[0], p.shape[1]
		}
		p.names = r.slots()
	} else if !slices.Equal(p.shape, v.Shape()) || p.dtype != v.Dtype() {
		return fmt.Errorf("solvers: %s: want the shape %v %v of the steps before, got %v %v",
			nameOf(model, i), p.shape, p.dtype, v.Shape(), v.Dtype())
	}
	p.w = w
	return nil
}

// bindGrad looks up the gradient of model[i].
func (p *param) bindGrad(model []gorgonia.ValueGrad, i int) error {
	v, err := model[i].Grad()
	if err != nil {
		return fmt.Errorf("solvers: %s: no gradient: %w", nameOf(model, i), err)
	}
	if rows, ok := v.(*graph.RowGrad); ok && rows != nil {
		p.sparse, p.g = rows, floats{}
		if !rows.IsPutOff() {
			p.readRows()
		}
		return p.checkRows(model, i)
	}
	p.sparse = nil
	if p.g, err = numbersOf(v); err != nil {
		return fmt.Errorf("solvers: %s: gradient: %w", nameOf(model, i), err)
	}
	// A scalar may come as a tensor with one element, and the other way round.
	same := p.shape.Eq(v.Shape()) || p.g.len() == 1
	if !same || p.g.len() != p.w.len() || p.dtype != v.Dtype() {
		return p.mismatch(model, i, v)
	}
	return nil
}

// readRows gets the numbers of a row-sparse gradient.
func (p *param) readRows() { p.g = floats{p.sparse.Float32s(), p.sparse.Float64s()} }

func (p *param) checkRows(model []gorgonia.ValueGrad, i int) error {
	if !slices.Equal(p.shape, p.sparse.Shape()) || p.dtype != p.sparse.Dtype() {
		return p.mismatch(model, i, p.sparse)
	}
	if p.sparse.IsPutOff() {
		return nil // they are the columns of a matrix, which ascend
	}
	before := int32(-1)
	for _, row := range p.sparse.Rows() {
		if row <= before || int(row) >= p.rows {
			return fmt.Errorf("solvers: %s: gradient: row %d after row %d: want ascending rows below %d",
				nameOf(model, i), row, before, p.rows)
		}
		before = row
	}
	return nil
}

func (p *param) mismatch(model []gorgonia.ValueGrad, i int, grad gorgonia.Value) error {
	return fmt.Errorf("solvers: %s: value is %v %v, but its gradient %v %v",
		nameOf(model, i), p.shape, p.dtype, grad.Shape(), grad.Dtype())
}

// view is the part of a parameter that is stepped, or caught up, at a time: rows of the
// weights, of the gradient and of the slots. It is passed by its address, because the
// loop over rows is hot and a view is 200 bytes.
type view struct {
	w, g  floats
	slots [2]floats
}

// empty is the view of a desk, for another parameter than before.
func (v *view) empty() *view {
	*v = view{}
	return v
}

// see makes v n rows of the weights, and their slots from place on; only flat slots have
// several rows' one after the other. A view stays with one parameter: of the slices in it,
// those of the other type are never set.
func (p *param) see(v *view, row, n, place int) {
	i, size, at := row*p.cols, n*p.cols, place*p.pitch
	if p.w.f32 != nil {
		v.w.f32 = p.w.f32[i:][:size]
		if s := p.slots[0].f32; s != nil {
			v.slots[0].f32 = s[at:][:size]
		}
		if s := p.slots[1].f32; s != nil {
			v.slots[1].f32 = s[at:][:size]
		}
		return
	}
	v.w.f64 = p.w.f64[i:][:size]
	if s := p.slots[0].f64; s != nil {
		v.slots[0].f64 = s[at:][:size]
	}
	if s := p.slots[1].f64; s != nil {
		v.slots[1].f64 = s[at:][:size]
	}
}
