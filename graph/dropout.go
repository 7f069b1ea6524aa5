package graph

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Dropout declares f = x ⊙ m/(1−p), where each number of the mask m is 0 with
// probability p, else 1 (inverted dropout: nothing is rescaled when predicting, the
// node is just left out there).
//
// The mask is a function of the seed, the step and the place in the batch, so that
// the gradient applies the very mask of the forward pass and a resumed training
// draws the masks that an undisturbed one draws. step is a scalar input of the
// graph, to be counted up by who trains; its number may be of any float type.
//
// N. Srivastava et al., "Dropout", JMLR 15 (2014).
func Dropout(x, step *gorgonia.Node, p float64, seed uint64) (*gorgonia.Node, error) {
	if !(p >= 0 && p < 1) {
		return nil, fmt.Errorf("graph: dropout %v, want at least 0 and below 1", p)
	}
	return gorgonia.ApplyOp(&dropoutOp{
		spec: spec{
			name: fmt.Sprintf("Dropout{%v, %d}", p, seed),
			in:   []hm.Type{matrixT, stepT}, out: matrixT,
		}, p: p, seed: seed,
	}, x, step)
}

// stepT is the type of the step, whatever the matrix is made of. The variable must not
// be b: Gorgonia's inference calls the result so.
var stepT = hm.TypeVariable('c')

type dropoutOp struct {
	spec
	p    float64
	seed uint64
}

func (op *dropoutOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return sameShape(in[:1])
}

func (op *dropoutOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *dropoutOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	x := in[0]
	if err := checkDtype(x); err != nil {
		return nil, err
	}
	step := uint64(scalar[float64](in[1]))
	f := denseLike(out, x.Dtype(), x.Shape()...)
	n := present(rows, x) * x.Shape()[1]
	if x.Dtype() == tensor.Float32 {
		kernel.Dropout(floats[float32](f)[:n], floats[float32](x), op.p, op.seed, step)
	} else {
		kernel.Dropout(floats[float64](f)[:n], floats[float64](x), op.p, op.seed, step)
	}
	clearFrom(f, n)
	return f, nil
}

func (op *dropoutOp) DiffWRT(int) []bool { return []bool{true, false} }

func (op *dropoutOp) SymDiff(in gorgonia.Nodes, _, g *gorgonia.Node) (gorgonia.Nodes, error) {
	d, err := Dropout(g, in[1], op.p, op.seed)
	return gorgonia.Nodes{d, nil}, err
}
