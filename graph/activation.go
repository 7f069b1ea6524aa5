package graph

import (
	"fmt"
	"strings"

	"github.com/chewxy/hm"
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Activation is the fixed nonlinear function of a layer, applied to each number.
type Activation uint8

// The activations, with z the argument. At a kink the derivative is the one from
// the left, as in PyTorch: ReLU′(0) = 0.
const (
	Linear    = Activation(kernel.Linear)    // z
	ReLU      = Activation(kernel.ReLU)      // max(0, z)
	LeakyReLU = Activation(kernel.LeakyReLU) // z where z > 0, else 0.01·z
	ELU       = Activation(kernel.ELU)       // z where z > 0, else eᶻ − 1
	Sigmoid   = Activation(kernel.Sigmoid)   // 1/(1+e⁻ᶻ)
	Tanh      = Activation(kernel.Tanh)      // (eᶻ−e⁻ᶻ)/(eᶻ+e⁻ᶻ)
	Softplus  = Activation(kernel.Softplus)  // ln(1+eᶻ)
	GELU      = Activation(kernel.GELU)      // z·Φ(z), Φ the normal distribution function (the exact form, with erf)
	Swish     = Activation(kernel.Swish)     // z/(1+e⁻ᶻ), also called SiLU
)

var activationNames = [...]string{
	Linear: "linear", ReLU: "relu", LeakyReLU: "leakyrelu", ELU: "elu", Sigmoid: "sigmoid", Tanh: "tanh",
	Softplus: "softplus", GELU: "gelu", Swish: "swish",
}

// String is the activation's name: linear, relu, leakyrelu, elu, sigmoid, tanh,
// softplus, gelu or swish.
func (a Activation) String() string {
	if int(a) < len(activationNames) {
		return activationNames[a]
	}
	return fmt.Sprintf("Activation(%d)", uint8(a))
}

func (a Activation) kernel() kernel.Activation { return kernel.Activation(a) }

// ActivationNames lists the names that ParseActivation knows.
func ActivationNames() []string { return append([]string(nil), activationNames[:]...) }

// ParseActivation returns the activation of a name.
func ParseActivation(name string) (Activation, error) {
	for a, n := range activationNames {
		if n == name {
			return Activation(a), nil
		}
	}
	return 0, fmt.Errorf("graph: unknown activation %q, want one of %s", name, strings.Join(activationNames[:], ", "))
}

// Activate declares act(z), element by element, for a matrix z.
func Activate(z *gorgonia.Node, act Activation) (*gorgonia.Node, error) {
	return gorgonia.ApplyOp(&activateOp{
		spec: spec{name: fmt.Sprintf("Activate{%v}", act), in: []hm.Type{matrixT}, out: matrixT}, act: act,
	}, z)
}

type activateOp struct {
	spec
	act Activation
}

func (op *activateOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) { return sameShape(in) }

func (op *activateOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *activateOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	z := in[0]
	if err := checkDtype(z); err != nil {
		return nil, err
	}
	f := denseLike(out, z.Dtype(), z.Shape()...)
	n := present(rows, z) * z.Shape()[1]
	if z.Dtype() == tensor.Float32 {
		kernel.Activate(op.act.kernel(), floats[float32](f)[:n], floats[float32](z))
	} else {
		kernel.Activate(op.act.kernel(), floats[float64](f)[:n], floats[float64](z))
	}
	return f, nil
}

func (op *activateOp) DiffWRT(int) []bool { return []bool{true} }

func (op *activateOp) SymDiff(in gorgonia.Nodes, f, g *gorgonia.Node) (gorgonia.Nodes, error) {
	from := in[0]
	if op.act.Fuses() {
		from = f
	}
	d, err := activateGrad(op.act, from, g)
	return gorgonia.Nodes{d}, err
}

// activateGrad declares g ⊙ act′, told from v: the activation's result or its
// argument, whichever kernel.ActivateGrad wants.
func activateGrad(act Activation, v, g *gorgonia.Node) (*gorgonia.Node, error) {
	return gorgonia.ApplyOp(&activateGradOp{
		spec: spec{name: fmt.Sprintf("ActivateGrad{%v}", act), in: []hm.Type{matrixT, matrixT}, out: matrixT}, act: act,
	}, v, g)
}

type activateGradOp struct {
	spec
	act Activation
}

func (op *activateGradOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return sameShape(in)
}

func (op *activateGradOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return op.DoInto(nil, -1, in...)
}

func (op *activateGradOp) DoInto(out gorgonia.Value, rows int, in ...gorgonia.Value) (gorgonia.Value, error) {
	v, g := in[0], in[1]
	d := denseLike(out, v.Dtype(), v.Shape()...)
	n := present(rows, v) * v.Shape()[1]
	if v.Dtype() == tensor.Float32 {
		kernel.ActivateGrad(op.act.kernel(), floats[float32](d)[:n], floats[float32](v), floats[float32](g))
	} else {
		kernel.ActivateGrad(op.act.kernel(), floats[float64](d)[:n], floats[float64](v), floats[float64](g))
	}
	clearFrom(d, n)
	return d, nil
}

// sameShape is the shape rule of ops whose matrices are all alike.
func sameShape(in []gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapesOf(in)
	if err != nil {
		return nil, err
	}
	for _, other := range s[1:] {
		if !other.Eq(s[0]) {
			return nil, fmt.Errorf("graph: shapes %v and %v differ", s[0], other)
		}
	}
	return s[0].Clone(), nil
}

// Fuses says whether Affine declares the activation in the same node. It does when
// the derivative can be told from the result.
func (a Activation) Fuses() bool { return a.kernel().FromOutput() }
