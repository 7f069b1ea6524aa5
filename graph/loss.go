package graph

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The losses below are one node each: a scalar, the weighted sum over the batch
//
//	Σ_i w_i · ℓ(f_i, y_i)
//
// with f and y (batch, outputs) and w (batch). Weights of 1/n make it the mean; a
// weight of 0 takes a row out. ℓ is summed over the outputs of an example. The sum is
// kept in float64 for either element type. Only f is differentiated.

// SoftmaxCrossEntropy declares ℓ = −Σ_j y_j·ln softmax(z)_j for logits z. y holds the
// wanted probabilities, with a single 1 where there is one right class.
//
//	∂ℓ/∂z = softmax(z)·Σ_j y_j − y
func SoftmaxCrossEntropy(z, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	return applyLoss(lossKind{softmax: true}, z, y, w)
}

// SigmoidCrossEntropy declares ℓ = −Σ_j y_j·ln σ(z_j) + (1−y_j)·ln(1−σ(z_j)) for logits
// z and y from 0 to 1 (binary cross-entropy).
//
//	∂ℓ/∂z = σ(z) − y
func SigmoidCrossEntropy(z, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	return applyLoss(lossKind{of: kernel.SigmoidCrossEntropy}, z, y, w)
}

// Logistic declares the guide's loss ℓ = (1/ln 2)·Σ_j ln(1+e^(−y_j·f_j)) for y = ±1.
//
//	∂ℓ/∂f = −y·σ(−y·f)/ln 2
func Logistic(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	return applyLoss(lossKind{of: kernel.LogisticLoss}, f, y, w)
}

// Squared declares ℓ = Σ_j (y_j − f_j)².
//
//	∂ℓ/∂f = 2(f − y)
func Squared(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	return applyLoss(lossKind{of: kernel.Squared}, f, y, w)
}

// Hinge declares ℓ = Σ_j max(0, 1 − y_j·f_j) for y = ±1. Its slope at the kink
// y·f = 1 is 0.
func Hinge(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	return applyLoss(lossKind{of: kernel.Hinge}, f, y, w)
}

// Huber declares ℓ = Σ_j ½(y_j−f_j)² where |y_j−f_j| ≤ 1, else |y_j−f_j| − ½.
func Huber(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	return applyLoss(lossKind{of: kernel.Huber}, f, y, w)
}

// WeightedSum declares Σ_i w_i·Σ_j l_ij for a matrix l (batch, outputs): it turns the
// losses of single outputs, declared with any ops, into the loss of the batch.
func WeightedSum(l, w *gorgonia.Node) (*gorgonia.Node, error) {
	return gorgonia.ApplyOp(&weightedSumOp{
		spec{name: "WeightedSum", in: []hm.Type{matrixT, vectorT}, out: scalarT},
	}, l, w)
}

type lossKind struct {
	softmax bool
	of      kernel.Loss // unless softmax
}

func (k lossKind) String() string {
	if k.softmax {
		return "SoftmaxCrossEntropy"
	}
	return [...]string{
		kernel.Squared: "Squared", kernel.LogisticLoss: "Logistic",
		kernel.SigmoidCrossEntropy: "SigmoidCrossEntropy", kernel.Hinge: "Hinge", kernel.Huber: "Huber",
	}[k.of]
}

func applyLoss(kind lossKind, f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	return gorgonia.ApplyOp(&lossOp{
		spec: spec{name: kind.String() + "Loss", in: []hm.Type{matrixT, matrixT, vectorT}, out: scalarT}, kind: kind,
	}, f, y, w)
}

type lossOp struct {
	spec
	kind lossKind
}

func (op *lossOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapesOf(in)
	if err != nil {
		return nil, err
	}
	if !s[0].Eq(s[1]) || s[2].TotalSize() != s[0][0] {
		return nil, fmt.Errorf("graph: %v: shapes f %v, y %v, w %v do not fit: want (n, outputs) twice and (n)", op, s[0], s[1], s[2])
	}
	return tensor.ScalarShape(), nil
}

func (op *lossOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) { return op.DoInto(nil, -1, in...) }

func (op *lossOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	f := in[0]
	if err := checkDtype(f); err != nil {
		return nil, err
	}
	rows = present(rows, f)
	var l float64
	if f.Dtype() == tensor.Float32 {
		l = lossAt[float32](op.kind, rows, in)
	} else {
		l = lossAt[float64](op.kind, rows, in)
	}
	return scalarOf(out, f.Dtype(), l), nil
}

func lossAt[T kernel.Float](kind lossKind, rows int, in []gorgonia.Value) float64 {
	f, y, w := floats[T](in[0]), floats[T](in[1]), floats[T](in[2])
	n := in[0].Shape()[1]
	if kind.softmax {
		return kernel.SoftmaxCrossEntropy(f, y, w, rows, n)
	}
	return kernel.PointwiseLoss(kind.of, f, y, w, rows, n)
}

func (op *lossOp) DiffWRT(int) []bool { return []bool{true, false, false} }

func (op *lossOp) SymDiff(in gorgonia.Nodes, _, g *gorgonia.Node) (gorgonia.Nodes, error) {
	d, err := gorgonia.ApplyOp(&lossGradOp{
		spec: spec{name: op.kind.String() + "LossGrad", in: []hm.Type{matrixT, matrixT, vectorT, scalarT}, out: matrixT},
		kind: op.kind,
	}, in[0], in[1], in[2], g)
	return gorgonia.Nodes{d, nil, nil}, err
}

type lossGradOp struct {
	spec
	kind lossKind
}

func (op *lossGradOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return sameShape(in[:2])
}

func (op *lossGradOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *lossGradOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	f := in[0]
	d := denseLike(out, f.Dtype(), f.Shape()...)
	rows = present(rows, f)
	if f.Dtype() == tensor.Float32 {
		lossGradAt[float32](op.kind, d, rows, in)
	} else {
		lossGradAt[float64](op.kind, d, rows, in)
	}
	clearFrom(d, rows*f.Shape()[1])
	return d, nil
}

func lossGradAt[T kernel.Float](kind lossKind, out gorgonia.Value, rows int, in []gorgonia.Value) {
	d, f, y, w, g := floats[T](out), floats[T](in[0]), floats[T](in[1]), floats[T](in[2]), scalar[T](in[3])
	n := in[0].Shape()[1]
	if kind.softmax {
		kernel.SoftmaxCrossEntropyGrad(d, f, y, w, g, rows, n)
	} else {
		kernel.PointwiseLossGrad(kind.of, d, f, y, w, g, rows, n)
	}
}

type weightedSumOp struct{ spec }

func (op *weightedSumOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapesOf(in)
	if err != nil {
		return nil, err
	}
	if len(s[0]) != 2 || s[1].TotalSize() != s[0][0] {
		return nil, fmt.Errorf("graph: %v: shapes l %v, w %v do not fit: want (n, outputs) and (n)", op, s[0], s[1])
	}
	return tensor.ScalarShape(), nil
}

func (op *weightedSumOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *weightedSumOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	l := in[0]
	if err := checkDtype(l); err != nil {
		return nil, err
	}
	var sum float64
	if l.Dtype() == tensor.Float32 {
		sum = kernel.WeightedSum(floats[float32](l), floats[float32](in[1]), present(rows, l), l.Shape()[1])
	} else {
		sum = kernel.WeightedSum(floats[float64](l), floats[float64](in[1]), present(rows, l), l.Shape()[1])
	}
	return scalarOf(out, l.Dtype(), sum), nil
}

func (op *weightedSumOp) DiffWRT(int) []bool { return []bool{true, false} }

func (op *weightedSumOp) SymDiff(in gorgonia.Nodes, _, g *gorgonia.Node) (gorgonia.Nodes, error) {
	d, err := gorgonia.ApplyOp(&spreadOp{
		spec: spec{name: "SpreadWeights", in: []hm.Type{matrixT, vectorT, scalarT}, out: matrixT},
	}, in[0], in[1], g)
	return gorgonia.Nodes{d, nil}, err
}

// spreadOp is the gradient of a weighted sum: g·w_i in every column of row i. It
// takes l for its shape only.
type spreadOp struct{ spec }

func (op *spreadOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return sameShape(in[:1])
}

func (op *spreadOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *spreadOp) DoInto(out gorgonia.Value, _ int, in ...gorgonia.Value) (gorgonia.Value, error) {
	l := in[0]
	d := denseLike(out, l.Dtype(), l.Shape()...)
	// All rows, present or not: the ops behind may be stock ones, which read all.
	rows, n := l.Shape()[0], l.Shape()[1]
	if l.Dtype() == tensor.Float32 {
		kernel.Spread(floats[float32](d), floats[float32](in[1]), scalar[float32](in[2]), rows, n)
	} else {
		kernel.Spread(floats[float64](d), floats[float64](in[1]), scalar[float64](in[2]), rows, n)
	}
	return d, nil
}
