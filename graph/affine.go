package graph

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Affine declares a layer of dense numbers, act(x·W + b), as one node.
//
//	x (batch, in)   W (in, out)   b (out)   →   (batch, out)
//
// Its symbolic gradient, for g = ∂loss/∂f and d = g ⊙ act′:
//
//	∂loss/∂W = xᵀ·d   ∂loss/∂b = Σ rows of d   ∂loss/∂x = d·Wᵀ
//
// An activation whose derivative cannot be told from its result (GELU, Swish) is
// declared as a node of its own behind the affine one.
func Affine(x, w, b *gorgonia.Node, act Activation) (*gorgonia.Node, error) {
	return affine(x, w, b, act, false)
}

func affine(x, w, b *gorgonia.Node, act Activation, sparse bool) (*gorgonia.Node, error) {
	if !act.Fuses() {
		z, err := affine(x, w, b, Linear, sparse)
		if err != nil {
			return nil, err
		}
		return Activate(z, act)
	}
	name := fmt.Sprintf("Affine{%v}", act)
	if sparse {
		name = "Sparse" + name
	}
	return gorgonia.ApplyOp(&affineOp{
		spec: spec{name: name, in: []hm.Type{matrixT, matrixT, vectorT}, out: matrixT},
		act:  act, sparse: sparse,
	}, x, w, b)
}

type affineOp struct {
	spec
	act    Activation
	sparse bool
}

func (op *affineOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapesOf(in)
	if err != nil {
		return nil, err
	}
	x, w, b := s[0], s[1], s[2]
	if len(x) != 2 || len(w) != 2 || x[1] != w[0] {
		return nil, fmt.Errorf("graph: %v: x %v and W %v do not fit: want (batch, in) and (in, out)", op, x, w)
	}
	if b.TotalSize() != w[1] {
		return nil, fmt.Errorf("graph: %v: b %v does not fit W %v: want (%d)", op, b, w, w[1])
	}
	return tensor.Shape{x[0], w[1]}, nil
}

func (op *affineOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *affineOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	if err := checkDtype(in[1]); err != nil {
		return nil, err
	}
	x, w := in[0], in[1]
	f := denseLike(out, w.Dtype(), x.Shape()[0], w.Shape()[1])
	if w.Dtype() == tensor.Float32 {
		return f, forwardAffine[float32](op, f, present(rows, x), in)
	}
	return f, forwardAffine[float64](op, f, present(rows, x), in)
}

func forwardAffine[T kernel.Float](op *affineOp, out *tensor.Dense, rows int, in []gorgonia.Value) error {
	f, w, b := floats[T](out), floats[T](in[1]), floats[T](in[2])
	n := len(b)
	f = f[:rows*n]
	kernel.Broadcast(f, b, rows)
	if op.sparse {
		x, ok := in[0].(*CSR)
		if !ok {
			return fmt.Errorf("graph: %v: x must be a *graph.CSR, got %T", op, in[0])
		}
		k := min(rows, x.rows)
		kernel.GatherLists(f[:k*n], w, n, x.indices, x.values, x.offsets[:k], x.offsets[1:k+1], true)
	} else {
		kernel.MatMul(f, floats[T](in[0]), w, rows, in[1].Shape()[0], n)
	}
	if op.act != Linear {
		kernel.Activate(op.act.kernel(), f, f)
	}
	return nil
}

// DiffWRT implements gorgonia.SDOp. A sparse x is data: nothing is learned before it.
func (op *affineOp) DiffWRT(int) []bool { return []bool{!op.sparse, true, true} }

// SymDiff implements gorgonia.SDOp.
func (op *affineOp) SymDiff(in gorgonia.Nodes, f, g *gorgonia.Node) (gorgonia.Nodes, error) {
	x, w, b := in[0], in[1], in[2]
	d := g
	if op.act != Linear {
		var err error
		if d, err = activateGrad(op.act, f, g); err != nil {
			return nil, err
		}
	}
	var dx *gorgonia.Node
	var err error
	weights := &weightGradOp{
		spec: spec{name: "WeightGrad", in: []hm.Type{matrixT, matrixT}, out: matrixT},
	}
	if op.sparse {
		weights.name, weights.sparse = "RowGrad", true
	} else {
		dx, err = gorgonia.ApplyOp(&inputGradOp{
			spec: spec{name: "InputGrad", in: []hm.Type{matrixT, matrixT}, out: matrixT},
		}, d, w)
		if err != nil {
			return nil, err
		}
	}
	dw, err := gorgonia.ApplyOp(weights, x, d)
	if err != nil {
		return nil, err
	}
	db, err := gorgonia.ApplyOp(&biasGradOp{
		spec: spec{name: "BiasGrad", in: []hm.Type{matrixT}, out: vectorT}, shape: b.Shape(),
	}, d)
	return gorgonia.Nodes{dx, dw, db}, err
}

// weightGradOp is xᵀ·d: dense, or row-sparse when x is.
type weightGradOp struct {
	spec
	sparse bool
}

func (op *weightGradOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapesOf(in)
	if err != nil {
		return nil, err
	}
	return tensor.Shape{s[0][1], s[1][1]}, nil
}

func (op *weightGradOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *weightGradOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	x, d := in[0], in[1]
	rows = present(rows, d)
	if op.sparse {
		x, ok := x.(*CSR)
		if !ok {
			return nil, fmt.Errorf("graph: %v: x must be a *graph.CSR, got %T", op, in[0])
		}
		g, _ := out.(*RowGrad)
		if g == nil {
			g = NewRowGrad(d.Dtype(), x.shape[1], d.Shape()[1])
		}
		dense, ok := d.(*tensor.Dense)
		if !ok {
			return nil, fmt.Errorf("graph: %v: d must be a *tensor.Dense, got %T", op, d)
		}
		g.Begin(x)
		g.SetProduct(x, dense, 0, len(g.rows))
		return g, nil
	}
	k, n := x.Shape()[1], d.Shape()[1]
	g := denseLike(out, d.Dtype(), k, n)
	if d.Dtype() == tensor.Float32 {
		denseWeightGrad[float32](g, x, d, rows, k, n)
	} else {
		denseWeightGrad[float64](g, x, d, rows, k, n)
	}
	return g, nil
}

func denseWeightGrad[T kernel.Float](g *tensor.Dense, x, d gorgonia.Value, rows, k, n int) {
	c := floats[T](g)
	clear(c)
	kernel.MatMulTransA(c, floats[T](x), floats[T](d), rows, k, n)
}

// inputGradOp is d·Wᵀ.
type inputGradOp struct{ spec }

func (op *inputGradOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapesOf(in)
	if err != nil {
		return nil, err
	}
	return tensor.Shape{s[0][0], s[1][0]}, nil
}

func (op *inputGradOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *inputGradOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	d, w := in[0], in[1]
	m, k, n := present(rows, d), d.Shape()[1], w.Shape()[0]
	g := denseLike(out, d.Dtype(), d.Shape()[0], n)
	if d.Dtype() == tensor.Float32 {
		kernel.MatMulTransB(floats[float32](g), floats[float32](d), floats[float32](w), m, k, n)
	} else {
		kernel.MatMulTransB(floats[float64](g), floats[float64](d), floats[float64](w), m, k, n)
	}
	clearFrom(g, m*n)
	return g, nil
}

// biasGradOp is the sum of the rows of d, in the shape of b.
type biasGradOp struct {
	spec
	shape tensor.Shape
}

func (op *biasGradOp) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return op.shape, nil }

func (op *biasGradOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *biasGradOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	d := in[0]
	g := denseLike(out, d.Dtype(), op.shape...)
	if d.Dtype() == tensor.Float32 {
		kernel.ColumnSums(floats[float32](g), floats[float32](d), present(rows, d))
	} else {
		kernel.ColumnSums(floats[float64](g), floats[float64](d), present(rows, d))
	}
	return g, nil
}
