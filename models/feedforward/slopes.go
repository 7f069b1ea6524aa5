package feedforward

import (
	"fmt"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// slopeRows is the capacity of the graph that Explain runs.
const slopeRows = 128

// slopes is the network behind its first product, declared for Explain: z1 is an input,
// and the gradient is that of seed·out with respect to it.
type slopes struct {
	n      *Network
	output Output

	z1, seed, out, gradient *gorgonia.Node // gradient is seed where out is z1 itself

	z1Now, seedNow        *tensor.Dense
	machine               *graph.Machine // native
	tape                  gorgonia.VM    // gorgonia
	outRead, gradientRead gorgonia.Value
}

// point is z1 = b1 + α·u, and what there is to know about it.
type point struct {
	line  int
	alpha float64

	value    float64
	gradient []float64 // ∂value/∂z1
}

func (n *Network) slopes(o Output) (*slopes, error) {
	if s, ok := n.gradients[o]; ok {
		return s, nil
	}
	s, err := n.newSlopes(o)
	if err != nil {
		return nil, err
	}
	if n.gradients == nil {
		n.gradients = map[Output]*slopes{}
	}
	n.gradients[o] = s
	return s, nil
}

func (n *Network) newSlopes(o Output) (s *slopes, err error) {
	declaring.Lock()
	defer declaring.Unlock()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("feedforward: declaring the gradient of the output: panic: %v", r)
		}
	}()
	s = &slopes{n: n, output: o}
	dt := n.cfg.Dtype
	g := gorgonia.NewGraph(gorgonia.WithGraphName("slopes"))
	matrix := func(name string, columns int) *gorgonia.Node {
		return gorgonia.NewMatrix(g, dt, gorgonia.WithShape(slopeRows, columns), gorgonia.WithName(name))
	}
	s.z1, s.seed = matrix("z1", n.layers[0].Units), matrix("seed", n.Outputs())
	s.z1Now = tensor.New(tensor.Of(dt), tensor.WithShape(s.z1.Shape()...))
	s.seedNow = tensor.New(tensor.Of(dt), tensor.WithShape(s.seed.Shape()...))
	stock := n.cfg.Engine == Gorgonia
	nonlinear, affine := fusedNonlinear, func(x, a, b *gorgonia.Node) (*gorgonia.Node, error) { return graph.Affine(x, a, b, graph.Linear) }
	if stock {
		nonlinear, affine = stockNonlinear, stockAffine
	}
	z, f := s.z1, s.z1
	for i, l := range n.layers {
		if i > 0 {
			a := gorgonia.NewMatrix(g, dt, gorgonia.WithShape(n.params[2*i].Shape()...),
				gorgonia.WithName(fmt.Sprintf("a%d", i+1)), gorgonia.WithValue(n.params[2*i]))
			b := gorgonia.NewVector(g, dt, gorgonia.WithShape(l.Units),
				gorgonia.WithName(fmt.Sprintf("b%d", i+1)), gorgonia.WithValue(n.params[2*i+1]))
			if z, err = affine(f, a, b); err != nil {
				return nil, fmt.Errorf("feedforward: layer %d (%s): %w", i+1, l.Activation, err)
			}
		}
		s.out = z
		if i == len(n.layers)-1 && o == Logit {
			break
		}
		if f, err = nonlinear(z, l); err != nil {
			return nil, fmt.Errorf("feedforward: layer %d (%s): %w", i+1, l.Activation, err)
		}
		s.out = f
	}
	if s.out == s.z1 {
		s.gradient = s.seed
		return s, nil
	}
	grads, err := gorgonia.Backpropagate(gorgonia.Nodes{s.out}, gorgonia.Nodes{s.seed}, gorgonia.Nodes{s.z1})
	if err != nil {
		return nil, fmt.Errorf("feedforward: gradient of the output: %w", err)
	}
	s.gradient = grads[0]
	let := func(node *gorgonia.Node, v gorgonia.Value) error { return gorgonia.Let(node, v) }
	if !stock {
		if s.machine, err = graph.NewMachine(g, s.out, s.gradient); err != nil {
			return nil, fmt.Errorf("feedforward: %w", err)
		}
		s.machine.Private = true
		let = s.machine.Let
	} else {
		gorgonia.Read(s.out, &s.outRead)
		gorgonia.Read(s.gradient, &s.gradientRead)
	}
	if err := let(s.z1, s.z1Now); err != nil {
		return nil, fmt.Errorf("feedforward: %w", err)
	}
	if err := let(s.seed, s.seedNow); err != nil {
		return nil, fmt.Errorf("feedforward: %w", err)
	}
	if stock {
		s.tape = gorgonia.NewTapeMachine(g)
	}
	return s, nil
}

// at computes value and gradient of the points of some lines.
func (s *slopes) at(lines []line, points []point) error {
	_, b1, err := s.n.Weights(1)
	if err != nil {
		return err
	}
	bias := make([]float64, s.n.layers[0].Units)
	read(bias, b1, 0)
	z := make([]float64, len(bias))
	out, slope := make([]float64, s.n.Outputs()), make([]float64, s.n.Outputs())
	for len(points) > 0 {
		part := points[:min(len(points), slopeRows)]
		points = points[len(part):]
		for i, p := range part {
			for h := range z {
				z[h] = bias[h] + p.alpha*lines[p.line].u[h]
			}
			write(s.z1Now, i, z)
		}
		// What the output is decides where it leads, so it is computed twice.
		if err := s.run(len(part)); err != nil {
			return err
		}
		for i := range part {
			p := &part[i]
			read(out, s.value(s.out, s.outRead), i)
			p.value = s.n.outputOf(s.output, lines[p.line].class, out, slope)
			write(s.seedNow, i, slope)
		}
		if err := s.run(len(part)); err != nil {
			return err
		}
		for i := range part {
			part[i].gradient = make([]float64, len(z))
			read(part[i].gradient, s.value(s.gradient, s.gradientRead), i)
		}
	}
	return nil
}

func (s *slopes) run(rows int) error {
	switch {
	case s.machine != nil:
		s.machine.SetRows(rows)
		if err := s.machine.RunAll(); err != nil {
			return fmt.Errorf("feedforward: %w", err)
		}
	case s.tape != nil:
		s.tape.Reset()
		if err := s.tape.RunAll(); err != nil {
			return fmt.Errorf("feedforward: %w", err)
		}
	}
	return nil
}

func (s *slopes) value(n *gorgonia.Node, read gorgonia.Value) *tensor.Dense {
	switch {
	case n == s.z1:
		return s.z1Now
	case n == s.seed:
		return s.seedNow
	case s.machine != nil:
		return s.machine.Value(n).(*tensor.Dense)
	}
	return read.(*tensor.Dense)
}

// read copies row i of d, or all of it from there on as far as dst goes.
func read(dst []float64, d *tensor.Dense, i int) {
	switch data := d.Data().(type) {
	case []float32:
		for k := range dst {
			dst[k] = float64(data[i*len(dst)+k])
		}
	case []float64:
		copy(dst, data[i*len(dst):])
	}
}

// write sets row i of d.
func write(d *tensor.Dense, i int, row []float64) {
	switch data := d.Data().(type) {
	case []float32:
		for k, v := range row {
			data[i*len(row)+k] = float32(v)
		}
	case []float64:
		copy(data[i*len(row):], row)
	}
}
