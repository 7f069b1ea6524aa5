package graphtest

import (
	"fmt"
	"hash"
	"hash/fnv"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// cube is x³ element by element, with a derivative that can be spoilt.
type cube struct {
	spoil string
	grad  bool // x, g → g·3x²
}

func (c cube) Arity() int {
	if c.grad {
		return 2
	}
	return 1
}

func (c cube) Type() hm.Type {
	m := gorgonia.TensorType{Dims: 2, Of: hm.TypeVariable('a')}
	if c.grad {
		return hm.NewFnType(m, m, m)
	}
	return hm.NewFnType(m, m)
}

func (c cube) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape).Clone(), nil
}
func (c cube) ReturnsPtr() bool      { return false }
func (c cube) CallsExtern() bool     { return false }
func (c cube) OverwritesInput() int  { return -1 }
func (c cube) WriteHash(h hash.Hash) { fmt.Fprint(h, c.String()) }
func (c cube) String() string        { return fmt.Sprintf("cube{%s %v}", c.spoil, c.grad) }
func (c cube) DiffWRT(int) []bool    { return []bool{true} }

func (c cube) Hashcode() uint32 {
	h := fnv.New32a()
	c.WriteHash(h)
	return h.Sum32()
}

func (c cube) SymDiff(in gorgonia.Nodes, _, g *gorgonia.Node) (gorgonia.Nodes, error) {
	d, err := gorgonia.ApplyOp(cube{spoil: c.spoil, grad: true}, in[0], g)
	return gorgonia.Nodes{d}, err
}

func (c cube) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	x := in[0].(*tensor.Dense).Float64s()
	out := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(in[0].Shape()...))
	y := out.Float64s()
	for i, v := range x {
		if !c.grad {
			y[i] = v * v * v
			continue
		}
		g := in[1].(*tensor.Dense).Float64s()
		switch y[i] = g[i] * 3 * v * v; c.spoil {
		case "factor":
			y[i] *= 1 + 1e-5
		case "ignores g":
			y[i] = 3 * v * v
		case "wrong order": // every element of g is used once, at the wrong place
			y[i] = g[len(g)-1-i] * 3 * v * v
		case "one element":
			if i == 0 {
				y[i] += 1e-9
			}
		case "input":
			x[0]++
		}
	}
	return out, nil
}

func buildCube(spoil string) Build {
	return func(_ *gorgonia.ExprGraph, in ...*gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.ApplyOp(cube{spoil: spoil}, in[0])
	}
}

func matrix(rows, cols int, x ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(x))
}

func TestRightDerivative(t *testing.T) {
	CheckGradient(t, buildCube(""), matrix(2, 3, 0.3, -0.2, 1.5, 2, -1, 0.7))
	CheckGradient(t, buildCube(""), matrix(1, 1, 0.3))
	CheckGradient(t, func(_ *gorgonia.ExprGraph, in ...*gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Mul(in[0], in[1])
	}, matrix(2, 3, 1, 2, 3, 4, 5, 6), matrix(3, 2, 1, -2, 3, -4, 5, -6))
	CheckGradient(t, func(_ *gorgonia.ExprGraph, in ...*gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Sum(gorgonia.Must(gorgonia.Square(in[0])))
	}, matrix(2, 2, 1, 2, 3, 4))
}

// The check must be able to fail, on both engines, and say where.
func TestWrongDerivative(t *testing.T) {
	for _, row := range []struct{ spoil, want string }{
		{"factor", "input 0 (2, 2), element 1: symbolic"},
		{"ignores g", "element 1: symbolic 12,"},
		{"wrong order", "element 0: symbolic"},
		{"one element", "element 0"},
		{"input", "the run changed element 0 of input 0"},
	} {
		x := matrix(2, 2, 0.001, 2, 3, 4)
		for _, e := range engines {
			err := check(e, buildCube(row.spoil), []gorgonia.Value{x})
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s, %s: error %v, want one with %q", row.spoil, e.name, err, row.want)
			}
		}
	}
}

// A floor that is too high would hide a wrong small gradient.
func TestFloor(t *testing.T) {
	scaled := func(factor float64) Build {
		return func(_ *gorgonia.ExprGraph, in ...*gorgonia.Node) (*gorgonia.Node, error) {
			f, err := gorgonia.ApplyOp(cube{spoil: "factor"}, in[0])
			if err != nil {
				return nil, err
			}
			return gorgonia.HadamardProd(f, gorgonia.NewConstant(tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]float64{factor}))))
		}
	}
	x := []gorgonia.Value{matrix(1, 1, 1)}
	for _, e := range engines {
		if err := check(e, scaled(1e-5), x); err == nil {
			t.Errorf("%s: a gradient of 3e-5 that is wrong by 1e-5 of itself passes", e.name)
		}
	}
}

func TestMisuse(t *testing.T) {
	x := matrix(1, 2, 1, 2)
	for _, row := range []struct {
		name   string
		inputs []gorgonia.Value
		build  Build
		want   string
	}{
		{"nothing to differentiate by", []gorgonia.Value{Data(x)}, buildCube(""), "no input"},
		{"float32", []gorgonia.Value{tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]float32{1}))}, buildCube(""), "want float64"},
		{"build fails", []gorgonia.Value{x}, func(*gorgonia.ExprGraph, ...*gorgonia.Node) (*gorgonia.Node, error) {
			return nil, fmt.Errorf("no such node")
		}, "no such node"},
		{"no derivative", []gorgonia.Value{x}, func(_ *gorgonia.ExprGraph, in ...*gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.Gt(in[0], gorgonia.NewConstant(0.5), true)
		}, "gradient: Non Differentiable"},
	} {
		if err := check(engines[0], row.build, row.inputs); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want one with %q", row.name, err, row.want)
		}
	}
}

// recorder is a testing.TB that only notes that a test failed.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Errorf(s string, a ...any) { r.errors = append(r.errors, fmt.Sprintf(s, a...)) }

func TestCheckGradientFailsTheTest(t *testing.T) {
	r := &recorder{TB: t}
	CheckGradient(r, buildCube("factor"), matrix(1, 2, 1, 2))
	if len(r.errors) != 2 || !strings.HasPrefix(r.errors[0], "graph.Machine: ") || !strings.HasPrefix(r.errors[1], "gorgonia.TapeMachine: ") {
		t.Errorf("errors %q, want one of each engine", r.errors)
	}
	x := matrix(1, 2, 1, 2)
	CheckGradient(r, buildCube(""), x)
	if len(r.errors) != 2 {
		t.Errorf("a right derivative fails: %q", r.errors[2:])
	}
	if x.Float64s()[0] != 1 || x.Float64s()[1] != 2 {
		t.Errorf("the input is now %v", x)
	}
}

func TestCheckFunc(t *testing.T) {
	cubed := func(spoil string) func(z *gorgonia.Node) (*gorgonia.Node, error) {
		return func(z *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.ApplyOp(cube{spoil: spoil}, z) }
	}
	if err := CheckFunc(cubed(""), matrix(1, 2, 1, 2)); err != nil {
		t.Errorf("a right derivative fails: %v", err)
	}
	err := CheckFunc(cubed("factor"), matrix(1, 2, 1, 2))
	for _, want := range []string{"graph.Machine: gradient by input 0", "gorgonia.TapeMachine: gradient by input 0"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
