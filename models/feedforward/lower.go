package feedforward

import (
	"fmt"
	"sync"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/losses"
	"gorgonia.org/gorgonia"
)

// declaring serialises the declaration of graphs: Gorgonia counts the groups of its
// nodes (gorgonia.Rectify makes one) in a global variable.
var declaring sync.Mutex

// declare writes the network down as an expression graph for p.capacity rows, with
// the loss, and for training with dropout and the gradient. Both engines get the same
// nodes by name; what stands behind a name is lowered for the engine.
func (p *program) declare(n *Network, train bool) (err error) {
	declaring.Lock()
	defer declaring.Unlock()
	part := "the inputs"
	defer func() {
		// Gorgonia panics at some mistakes in a declaration, a Func of the caller's may too.
		if r := recover(); r != nil {
			err = fmt.Errorf("feedforward: declaring %s: panic: %v", part, r)
		}
	}()
	dt := n.cfg.Dtype
	p.g = gorgonia.NewGraph(gorgonia.WithGraphName("feedforward"))
	p.x = gorgonia.NewMatrix(p.g, dt, gorgonia.WithShape(p.capacity, n.cfg.Inputs), gorgonia.WithName("x"))
	p.y = gorgonia.NewMatrix(p.g, dt, gorgonia.WithShape(p.capacity, n.Outputs()), gorgonia.WithName("y"))
	if n.cfg.Engine == Gorgonia {
		p.w = gorgonia.NewMatrix(p.g, dt, gorgonia.WithShape(p.capacity, n.Outputs()), gorgonia.WithName("w"))
	} else {
		p.w = gorgonia.NewVector(p.g, dt, gorgonia.WithShape(p.capacity), gorgonia.WithName("w"))
	}
	if train && n.drops() {
		p.step = gorgonia.NewScalar(p.g, gorgonia.Float64, gorgonia.WithName("step"))
	}
	f := p.x
	var z *gorgonia.Node // the last layer's argument of its nonlinear function
	for i, l := range n.layers {
		part = fmt.Sprintf("layer %d (%s)", i+1, l.Activation)
		a := gorgonia.NewMatrix(p.g, dt, gorgonia.WithShape(n.params[2*i].Shape()...),
			gorgonia.WithName(fmt.Sprintf("a%d", i+1)), gorgonia.WithValue(n.params[2*i]))
		b := gorgonia.NewVector(p.g, dt, gorgonia.WithShape(l.Units),
			gorgonia.WithName(fmt.Sprintf("b%d", i+1)), gorgonia.WithValue(n.params[2*i+1]))
		p.params = append(p.params, a, b)
		needsZ := i == len(n.layers)-1 && n.cfg.Loss.TakesLogits()
		if n.cfg.Engine == Gorgonia {
			z, f, err = stockLayer(f, a, b, l)
		} else {
			z, f, err = fusedLayer(f, a, b, l, i == 0 && !n.cfg.Numbers, needsZ)
		}
		if err != nil {
			return fmt.Errorf("feedforward: layer %d (%s): %w", i+1, l.Activation, err)
		}
		if want := p.params[2*i+1].Shape()[0]; f == nil || len(f.Shape()) != 2 || f.Shape()[0] != p.capacity || f.Shape()[1] != want {
			return fmt.Errorf("feedforward: layer %d (%s): the nonlinear function must return a matrix of the shape it got, %v", i+1, l.Activation, []int{p.capacity, want})
		}
		if z != nil && z != f {
			gorgonia.WithName(fmt.Sprintf("z%d", i+1))(z)
		}
		gorgonia.WithName(fmt.Sprintf("f%d", i+1))(f)
		if p.step != nil && l.Dropout > 0 {
			// Stock Dropout draws from the clock and scales its gradient wrongly, so both
			// engines get ours. The seed tells the layers apart.
			if f, err = graph.Dropout(f, p.step, l.Dropout, n.cfg.Seed<<8+uint64(i)); err != nil {
				return fmt.Errorf("feedforward: layer %d: %w", i+1, err)
			}
		}
	}
	p.f = f
	in := f
	if n.cfg.Loss.TakesLogits() {
		in = z
	}
	part = "loss " + n.cfg.Loss.Name()
	if n.cfg.Engine == Gorgonia {
		p.loss, err = n.cfg.Loss.Stock(in, p.y, p.w)
	} else {
		p.loss, err = n.cfg.Loss.Fused(in, p.y, p.w)
	}
	if err != nil {
		return fmt.Errorf("feedforward: loss %s: %w", n.cfg.Loss.Name(), err)
	}
	gorgonia.WithName("loss")(p.loss)
	if !train {
		return nil
	}
	if p.grads, err = gorgonia.Grad(p.loss, p.params...); err != nil {
		return fmt.Errorf("feedforward: gradient of %s: %w", n.cfg.Loss.Name(), err)
	}
	for i, g := range p.grads {
		gorgonia.WithName("∂loss/∂" + p.params[i].Name())(g)
	}
	return nil
}

func (n *Network) drops() bool {
	for _, l := range n.layers {
		if l.Dropout > 0 {
			return true
		}
	}
	return false
}

// fusedLayer declares a layer with the ops of package graph. z is nil where it is no
// node of its own.
func fusedLayer(x, a, b *gorgonia.Node, l Layer, sparse, needsZ bool) (z, f *gorgonia.Node, err error) {
	affine := graph.Affine
	if sparse {
		affine = graph.SparseAffine
	}
	act, known := l.known()
	if known && !needsZ && act.Fuses() {
		f, err = affine(x, a, b, act)
		return nil, f, err
	}
	if z, err = affine(x, a, b, graph.Linear); err != nil {
		return nil, nil, err
	}
	f, err = fusedNonlinear(z, l)
	return z, f, err
}

// fusedNonlinear declares the nonlinear function of a layer, in a node of its own.
func fusedNonlinear(z *gorgonia.Node, l Layer) (*gorgonia.Node, error) {
	act, known := l.known()
	switch {
	case l.Func != nil:
		return l.Func(z)
	case known:
		return graph.Activate(z, act)
	}
	return graph.Softmax(z)
}

// stockLayer declares a layer with Gorgonia's ops.
func stockLayer(x, a, b *gorgonia.Node, l Layer) (z, f *gorgonia.Node, err error) {
	if z, err = stockAffine(x, a, b); err != nil {
		return nil, nil, err
	}
	f, err = stockNonlinear(z, l)
	return z, f, err
}

// stockAffine declares x·a + b.
func stockAffine(x, a, b *gorgonia.Node) (*gorgonia.Node, error) {
	xa, err := gorgonia.Mul(x, a)
	if err != nil {
		return nil, err
	}
	return gorgonia.BroadcastAdd(xa, b, nil, []byte{0})
}

// stockNonlinear declares the nonlinear function of a layer with Gorgonia's ops.
func stockNonlinear(z *gorgonia.Node, l Layer) (*gorgonia.Node, error) {
	act, known := l.known()
	switch {
	case l.Func != nil:
		return l.Func(z)
	case known:
		return stockActivation(z, act)
	}
	// The same node that the loss takes its logarithm from.
	logp, err := losses.StockLogSoftmax(z)
	if err != nil {
		return nil, err
	}
	return gorgonia.Exp(logp)
}

// stockActivation declares act(z) with Gorgonia's ops, in the forms that are right
// there for every argument.
func stockActivation(z *gorgonia.Node, act graph.Activation) (*gorgonia.Node, error) {
	switch act {
	case graph.Linear:
		return z, nil
	case graph.ReLU:
		return gorgonia.Rectify(z)
	case graph.LeakyReLU:
		return gorgonia.LeakyRelu(z, 0.01)
	case graph.Sigmoid:
		return gorgonia.Sigmoid(z)
	case graph.Tanh:
		return gorgonia.Tanh(z)
	case graph.Softplus:
		return gorgonia.Softplus(z)
	case graph.Swish:
		s, err := gorgonia.Sigmoid(z)
		if err != nil {
			return nil, err
		}
		return gorgonia.HadamardProd(z, s)
	case graph.ELU:
		return stockELU(z)
	case graph.GELU:
		// There is no error function in Gorgonia, and the tanh form is another function.
		return graph.Activate(z, graph.GELU)
	}
	return nil, fmt.Errorf("feedforward: no stock form of %v", act)
}

// stockELU is z·[z > 0] + expm1(−max(0, −z))·[z ≤ 0], which overflows nowhere.
func stockELU(z *gorgonia.Node) (*gorgonia.Node, error) {
	zero := gorgonia.NewConstant(0.0)
	if z.Dtype() == gorgonia.Float32 {
		zero = gorgonia.NewConstant(float32(0))
	}
	above, err := gorgonia.Gt(z, zero, true)
	if err != nil {
		return nil, err
	}
	below, err := gorgonia.Lte(z, zero, true)
	if err != nil {
		return nil, err
	}
	up, err := gorgonia.HadamardProd(z, above)
	if err != nil {
		return nil, err
	}
	e, err := gorgonia.Neg(z)
	if err != nil {
		return nil, err
	}
	if e, err = gorgonia.Rectify(e); err != nil {
		return nil, err
	}
	if e, err = gorgonia.Neg(e); err != nil {
		return nil, err
	}
	if e, err = gorgonia.Expm1(e); err != nil {
		return nil, err
	}
	down, err := gorgonia.HadamardProd(e, below)
	if err != nil {
		return nil, err
	}
	return gorgonia.Add(up, down)
}
