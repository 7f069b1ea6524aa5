// Package graphtest checks the gradients of graph nodes: of this project's ops,
// layers and losses, and of your own.
//
// An op states its derivative by hand (SymDiff), and a wrong one trains nearly as well
// as a right one. So it is compared with what needs no derivation, the quotient of
// differences
//
//	∂s/∂x ≈ (8·(s(x+h) − s(x−h)) − (s(x+2h) − s(x−2h))) / 12h
//
// which is off by h⁴·s⁽⁵⁾(x)/30 and, because s is rounded, by about ε·|s|/h. With
// h = 1e-3 both are near 1e-13: five points instead of two, or a tolerance of 1e-6 would
// not hold for small elements.
//
// The scalar s is made from the node f under test with unequal weights,
//
//	s = Σ_ij c_ij·f_ij   or   s = c·f where f is a scalar
//
// With equal ones, an op that returns its gradient in the wrong order, or summed along
// the wrong axis, could pass; and a c that is not 1 catches an op that forgets the
// gradient it is handed.
//
// Everything is float64 and runs on both engines, graph.Machine and Gorgonia's
// TapeMachine. The inputs must be bit for bit the same after each run.
//
// Keep inputs 0.01 away from a kink (0 of a ReLU), where differences mean nothing;
// what is wanted there is a convention, to be tested by itself:
//
//	graphtest.CheckGradient(t, func(g *gorgonia.ExprGraph, in ...*gorgonia.Node) (*gorgonia.Node, error) {
//		return graph.Squared(in[0], in[1], in[2])
//	}, f, graphtest.Data(y), graphtest.Data(w))
package graphtest

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Tolerance is the largest relative error, |symbolic − numeric| divided by the larger
// of the two and of a floor of 1e-5·max(1, |s|): the quotient itself is only good to
// about 1e-12·|s|, so that an element below the floor cannot be told to 1e-6. It is held
// to 1e-11·max(1, |s|) instead.
const Tolerance = 1e-6

// Build declares the node under test from its inputs, given in the order of the
// values handed to CheckGradient.
type Build func(g *gorgonia.ExprGraph, inputs ...*gorgonia.Node) (*gorgonia.Node, error)

// Data marks an input that nothing is differentiated by, such as the right answers of
// a loss. A value that is not a *tensor.Dense, such as a *graph.CSR, is data anyway.
func Data(v gorgonia.Value) gorgonia.Value { return fixed{v} }

type fixed struct{ gorgonia.Value }

// CheckGradient fails t if the symbolic gradient of the node that build declares
// differs from the quotient of differences, by any *tensor.Dense among the inputs. The
// inputs are moved about and put back.
func CheckGradient(t testing.TB, build Build, inputs ...gorgonia.Value) {
	t.Helper()
	for _, err := range mistakes(build, inputs) {
		t.Errorf("%v", err)
	}
}

// CheckFunc is CheckGradient for a function of one node, such as feedforward.Layer.Func,
// where no test runs, in a notebook for example: it returns what CheckGradient reports,
// nil if the gradients agree.
func CheckFunc(f func(z *gorgonia.Node) (*gorgonia.Node, error), z *tensor.Dense) error {
	return errors.Join(mistakes(func(_ *gorgonia.ExprGraph, in ...*gorgonia.Node) (*gorgonia.Node, error) {
		return f(in[0])
	}, []gorgonia.Value{z})...)
}

// mistakes has at most one error for each engine.
func mistakes(build Build, inputs []gorgonia.Value) []error {
	var errs []error
	for _, e := range engines {
		if err := check(e, build, inputs); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.name, err))
		}
	}
	return errs
}

// engine makes a machine for a graph; the TapeMachine runs all of it and needs no
// outputs.
type engine struct {
	name string
	make func(g *gorgonia.ExprGraph, outputs gorgonia.Nodes) (gorgonia.VM, error)
}

var engines = []engine{
	{"graph.Machine", func(g *gorgonia.ExprGraph, outputs gorgonia.Nodes) (gorgonia.VM, error) {
		return graph.NewMachine(g, outputs...)
	}},
	{"gorgonia.TapeMachine", func(g *gorgonia.ExprGraph, _ gorgonia.Nodes) (gorgonia.VM, error) {
		return gorgonia.NewTapeMachine(g), nil
	}},
}

const h = 1e-3

func check(e engine, build Build, inputs []gorgonia.Value) error {
	values := make([]gorgonia.Value, len(inputs))
	var by []int // the inputs to differentiate by
	for i, v := range inputs {
		values[i] = v
		if f, ok := v.(fixed); ok {
			values[i] = f.Value
		} else if d, ok := v.(*tensor.Dense); ok {
			if d.Dtype() != tensor.Float64 {
				return fmt.Errorf("input %d is %v, want float64", i, d.Dtype())
			}
			by = append(by, i)
		}
	}
	if len(by) == 0 {
		return errors.New("no input to differentiate by")
	}

	// The gradients, and the same scalar on a graph without them: the quotient must not
	// run through what it tests.
	p, err := declare(e, build, values, by)
	if err != nil {
		return err
	}
	defer p.vm.Close()
	s, err := p.run(values)
	if err != nil {
		return err
	}
	grads := make([][]float64, len(by))
	for k, i := range by {
		if grads[k], err = numbers(p.grads[k].Value(), values[i].Shape()); err != nil {
			return fmt.Errorf("gradient by input %d: %w", i, err)
		}
	}
	q, err := declare(e, build, values, nil)
	if err != nil {
		return err
	}
	defer q.vm.Close()

	floor := 1e-5 * math.Max(1, math.Abs(s))
	for k, i := range by {
		x := values[i].Data().([]float64)
		for j, x0 := range x {
			var at [4]float64
			for m, step := range [4]float64{-2 * h, -h, h, 2 * h} {
				x[j] = x0 + step
				at[m], err = q.run(values)
				x[j] = x0
				if err != nil {
					return err
				}
			}
			numeric := (8*(at[2]-at[1]) - (at[3] - at[0])) / (12 * h)
			symbolic := grads[k][j]
			scale := max(math.Abs(symbolic), math.Abs(numeric), floor)
			if d := math.Abs(symbolic - numeric); !(d <= Tolerance*scale) {
				return fmt.Errorf("gradient by input %d %v, element %d: symbolic %v, numeric %v, relative error %.2g",
					i, values[i].Shape(), j, symbolic, numeric, d/scale)
			}
		}
	}
	return nil
}

// program is a graph that ends in the scalar s, on one engine.
type program struct {
	vm    gorgonia.VM
	node  *gorgonia.Node
	grads gorgonia.Nodes
}

func declare(e engine, build Build, values []gorgonia.Value, by []int) (*program, error) {
	g := gorgonia.NewGraph()
	nodes := make(gorgonia.Nodes, len(values))
	for i, v := range values {
		opts := []gorgonia.NodeConsOpt{gorgonia.WithName(fmt.Sprintf("input%d", i))}
		if shape := v.Shape(); len(shape) > 0 {
			opts = append(opts, gorgonia.WithShape(shape...))
			nodes[i] = gorgonia.NewTensor(g, v.Dtype(), len(shape), opts...)
		} else {
			nodes[i] = gorgonia.NewScalar(g, v.Dtype(), opts...)
		}
		if err := gorgonia.UnsafeLet(nodes[i], v); err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
	}
	f, err := build(g, nodes...)
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	p := &program{}
	if p.node, err = weigh(f); err != nil {
		return nil, err
	}
	if len(by) > 0 {
		wrt := make(gorgonia.Nodes, len(by))
		for k, i := range by {
			wrt[k] = nodes[i]
		}
		if p.grads, err = gorgonia.Grad(p.node, wrt...); err != nil {
			return nil, fmt.Errorf("gradient: %w", err)
		}
	}
	p.vm, err = e.make(g, append(gorgonia.Nodes{p.node}, p.grads...))
	return p, err
}

// weigh declares Σ c·f with the weights 1, −1.37, 1.74 …: no two alike, no sum of which
// vanishes.
func weigh(f *gorgonia.Node) (*gorgonia.Node, error) {
	if f.IsScalar() {
		return gorgonia.Mul(f, gorgonia.NewConstant(1.7))
	}
	c := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(f.Shape()...))
	sign := 1.0
	for i := range c.Float64s() {
		c.Float64s()[i] = sign * (1 + 0.37*float64(i))
		sign = -sign
	}
	w := gorgonia.NewTensor(f.Graph(), tensor.Float64, f.Dims(), gorgonia.WithShape(f.Shape()...),
		gorgonia.WithName("graphtest weights"), gorgonia.WithValue(c))
	p, err := gorgonia.HadamardProd(f, w)
	if err != nil {
		return nil, err
	}
	return gorgonia.Sum(p)
}

// run computes s and makes sure that no input was written to.
func (p *program) run(values []gorgonia.Value) (float64, error) {
	before := make([][]float64, len(values))
	for i, v := range values {
		if d, ok := v.Data().([]float64); ok {
			before[i] = append(before[i], d...)
		}
	}
	p.vm.Reset()
	if err := p.vm.RunAll(); err != nil {
		return 0, err
	}
	for i, v := range values {
		for j, old := range before[i] {
			if now := v.Data().([]float64)[j]; math.Float64bits(now) != math.Float64bits(old) {
				return 0, fmt.Errorf("the run changed element %d of input %d from %v to %v", j, i, old, now)
			}
		}
	}
	switch s := p.node.Value().Data().(type) {
	case float64:
		return s, nil
	case []float64:
		return s[0], nil
	}
	return 0, fmt.Errorf("the scalar is a %T", p.node.Value().Data())
}

// numbers copies a gradient out of its node. A gradient that the graph computes with
// further may have been overwritten by the TapeMachine: then the check fails although
// the op is right, never the other way round.
func numbers(v gorgonia.Value, want tensor.Shape) ([]float64, error) {
	if sparse, ok := v.(interface{ Dense() *tensor.Dense }); ok {
		v = sparse.Dense()
	}
	if v == nil {
		return nil, errors.New("no value")
	}
	got := v.Shape()
	if len(got) != len(want) || got.TotalSize() != want.TotalSize() || !got.Eq(want) {
		return nil, fmt.Errorf("shape %v, want %v", got, want)
	}
	d, ok := v.Data().([]float64)
	if !ok {
		return nil, fmt.Errorf("a %T of %v, want a float64 tensor", v, v.Dtype())
	}
	return append([]float64(nil), d...), nil
}
