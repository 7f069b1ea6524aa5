package graph

import (
	"github.com/chewxy/hm"
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Softmax declares p_j = e^(z_j)/Σ_k e^(z_k) for each row of z (batch, classes). Each row
// is shifted by its own maximum: finite for any finite z.
//
// It is for reading probabilities. A loss takes the logits z and SoftmaxCrossEntropy.
func Softmax(z *gorgonia.Node) (*gorgonia.Node, error) {
	return gorgonia.ApplyOp(&softmaxOp{spec{name: "RowSoftmax", in: []hm.Type{matrixT}, out: matrixT}}, z)
}

type softmaxOp struct{ spec }

func (op *softmaxOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) { return sameShape(in) }

func (op *softmaxOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *softmaxOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	z := in[0]
	if err := checkDtype(z); err != nil {
		return nil, err
	}
	p := denseLike(out, z.Dtype(), z.Shape()...)
	if z.Dtype() == tensor.Float32 {
		kernel.Softmax(floats[float32](p), floats[float32](z), present(rows, z), z.Shape()[1])
	} else {
		kernel.Softmax(floats[float64](p), floats[float64](z), present(rows, z), z.Shape()[1])
	}
	return p, nil
}

func (op *softmaxOp) DiffWRT(int) []bool { return []bool{true} }

func (op *softmaxOp) SymDiff(_ gorgonia.Nodes, p, g *gorgonia.Node) (gorgonia.Nodes, error) {
	d, err := gorgonia.ApplyOp(&softmaxGradOp{
		spec{name: "RowSoftmaxGrad", in: []hm.Type{matrixT, matrixT}, out: matrixT},
	}, p, g)
	return gorgonia.Nodes{d}, err
}

// softmaxGradOp is p ⊙ (g − Σ_k g_k·p_k), row by row.
type softmaxGradOp struct{ spec }

func (op *softmaxGradOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return sameShape(in)
}

func (op *softmaxGradOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *softmaxGradOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	p, g := in[0], in[1]
	d := denseLike(out, p.Dtype(), p.Shape()...)
	if p.Dtype() == tensor.Float32 {
		kernel.SoftmaxGrad(floats[float32](d), floats[float32](p), floats[float32](g), present(rows, p), p.Shape()[1])
	} else {
		kernel.SoftmaxGrad(floats[float64](d), floats[float64](p), floats[float64](g), present(rows, p), p.Shape()[1])
	}
	clearFrom(d, present(rows, p)*p.Shape()[1])
	return d, nil
}
