package graph_test

import (
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// stub is an op of a user: it does what it is told.
type stub struct {
	name string
	do   func(in []gorgonia.Value) (gorgonia.Value, error)
}

func (s *stub) Arity() int { return 1 }
func (s *stub) Type() hm.Type {
	m := gorgonia.TensorType{Dims: 2, Of: hm.TypeVariable('a')}
	return hm.NewFnType(m, m)
}
func (s *stub) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape).Clone(), nil
}
func (s *stub) Do(in ...gorgonia.Value) (gorgonia.Value, error) { return s.do(in) }
func (s *stub) ReturnsPtr() bool                                { return false }
func (s *stub) CallsExtern() bool                               { return false }
func (s *stub) OverwritesInput() int                            { return -1 }
func (s *stub) WriteHash(h hash.Hash)                           { fmt.Fprintf(h, "stub %s %p", s.name, s) }
func (s *stub) String() string                                  { return s.name }
func (s *stub) Hashcode() uint32 {
	h := fnv.New32a()
	s.WriteHash(h)
	return h.Sum32()
}

// An op that fails in any way gives an error that names its node, and the machine works
// again as soon as the op does.
func TestFailingOps(t *testing.T) {
	errOut := errors.New("out of luck")
	var fail func() (gorgonia.Value, error)
	op := &stub{name: "Fickle", do: func(in []gorgonia.Value) (gorgonia.Value, error) {
		if fail != nil {
			return fail()
		}
		return in[0].(*tensor.Dense).Clone().(*tensor.Dense), nil
	}}
	g := gorgonia.NewGraph()
	x := input(t, g, "x", dense(tensor.Float64, tensor.Shape{1, 2}, -1, 2))
	n := must(gorgonia.ApplyOp(op, x))
	f := must(graph.Activate(n, graph.ReLU))
	m, err := graph.NewMachine(g, f)
	if err != nil {
		t.Fatal(err)
	}
	var empty []int
	for _, row := range []struct {
		name string
		fail func() (gorgonia.Value, error)
		want string
	}{
		{"works", nil, ""},
		{"panics", func() (gorgonia.Value, error) { panic("lost my hat") }, "lost my hat"},
		{"index out of range", func() (gorgonia.Value, error) { return nil, fmt.Errorf("%d", empty[3]) }, "index out of range"},
		{"error", func() (gorgonia.Value, error) { return nil, errOut }, "out of luck"},
		{"nothing", func() (gorgonia.Value, error) { return nil, nil }, "no value"},
		{"wrong shape", func() (gorgonia.Value, error) { return full(tensor.Float64, 1, 3, 3), nil }, "shape"},
	} {
		fail = row.fail
		err := m.RunAll()
		if row.fail == nil {
			if err != nil {
				t.Errorf("%s: %v", row.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), n.Name()) || !strings.Contains(err.Error(), "Fickle") {
			t.Errorf("%s: error %v, want one with %q, the node %q and the op Fickle", row.name, err, row.want, n.Name())
		}
		if row.name == "error" && !errors.Is(err, errOut) {
			t.Errorf("%v does not wrap the op's error", err)
		}
		fail = nil
		fill(x.Value().(*tensor.Dense), []float64{3, -4})
		if err := m.RunAll(); err != nil {
			t.Errorf("after %s: %v", row.name, err)
		}
		wantSame(t, "after "+row.name, float64s(t, m.Value(f)), []float64{3, 0})
	}
}

// Inputs that are missing or do not fit are errors that name the input.
func TestBadInputs(t *testing.T) {
	g := gorgonia.NewGraph()
	decl := func(name string, dt tensor.Dtype, shape ...int) *gorgonia.Node {
		return gorgonia.NewTensor(g, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
	}
	x, w, b := decl("words", tensor.Float64, 3, 2), decl("w", tensor.Float64, 2, 1), decl("b", tensor.Float64, 1)
	f := must(graph.Affine(x, w, b, graph.Linear))
	m, err := graph.NewMachine(g, f)
	if err != nil {
		t.Fatal(err)
	}
	wantError := func(what string, err error, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want one with %q", what, err, want)
			}
		}
	}
	wantError("nothing bound", m.RunAll(), "no value", `"words"`, "(3, 2)")
	if m.Value(f) != nil {
		t.Error("a value before the first run")
	}

	wantError("wrong shape", m.Let(x, full(tensor.Float64, 1, 2, 3)), `"words"`, "(3, 2)", "(2, 3)")
	wantError("wrong rank", m.Let(x, full(tensor.Float64, 1, 6)), `"words"`)
	// Gorgonia's Shape.Eq takes a vector for a column; the ops index rows and columns.
	wantError("a vector for a column", m.Let(w, full(tensor.Float64, 1, 2)), `"w"`, "(2, 1)", "(2)")
	wantError("wrong type", m.Let(x, full(tensor.Float32, 1, 3, 2)), `"words"`, "float64", "float32")
	wantError("nil", m.Let(x, nil), `"words"`)
	wantError("not an input", m.Let(f, full(tensor.Float64, 1, 3, 1)), f.Name())

	// A view that is not contiguous would be read in the wrong order.
	transposed := dense(tensor.Float64, tensor.Shape{2, 3}, 1, 2, 3, 4, 5, 6)
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	wantError("a transposed view", m.Let(x, transposed), `"words"`)
	wide := dense(tensor.Float64, tensor.Shape{3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	view, err := wide.Slice(nil, gorgonia.S(0, 2))
	if err != nil {
		t.Fatal(err)
	}
	wantError("a slice of columns", m.Let(x, view.(*tensor.Dense)), `"words"`)

	other := gorgonia.NewGraph()
	alien := gorgonia.NewMatrix(other, tensor.Float64, gorgonia.WithShape(1, 1), gorgonia.WithName("alien"))
	wantError("input of another graph", m.Let(alien, full(tensor.Float64, 1, 1, 1)), `"alien"`)
	_, err = graph.NewMachine(g, alien)
	wantError("output of another graph", err, `"alien"`, "another graph")
	_, err = graph.NewMachine(g, f, nil)
	wantError("nil output", err, "nil")
	if m.Value(alien) != nil {
		t.Error("a node of another graph has a value")
	}

	for n, v := range map[*gorgonia.Node]gorgonia.Value{
		x: dense(tensor.Float64, tensor.Shape{3, 2}, 1, 2, 3, 4, 5, 6), w: full(tensor.Float64, 1, 2, 1), b: full(tensor.Float64, 0.5, 1),
	} {
		if err := m.Let(n, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	wantSame(t, "f", float64s(t, m.Value(f)), []float64{3.5, 7.5, 11.5})
}

// A rows-only slice of a larger tensor lies in memory without gaps: it may be an input.
func TestContiguousView(t *testing.T) {
	all := dense(tensor.Float64, tensor.Shape{3, 2}, 1, 2, 3, 4, 5, 6)
	view, err := all.Slice(gorgonia.S(1, 3))
	if err != nil {
		t.Fatal(err)
	}
	f, _ := evaluate(t, activate(graph.Linear), 0, view.(*tensor.Dense))
	wantSame(t, "f", f, []float64{3, 4, 5, 6})
}

// WithValue does not compare the value with the shape that WithShape declared; a run must,
// or a product over the wrong dimensions comes out.
func TestBoundValueOfWrongShape(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(2, 3), gorgonia.WithName("x"), gorgonia.WithValue(full(tensor.Float64, 1, 4, 2)))
	x2 := input(t, g, "w", full(tensor.Float64, 1, 3, 2))
	b := input(t, g, "b", full(tensor.Float64, 0, 2))
	if !x.Shape().Eq(tensor.Shape{2, 3}) {
		t.Skipf("Gorgonia now takes the shape of the value, %v", x.Shape())
	}
	f, err := graph.Affine(x, x2, b, graph.Linear)
	if err != nil {
		t.Fatal(err)
	}
	m, err := graph.NewMachine(g, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err == nil || !strings.Contains(err.Error(), `"x"`) || !strings.Contains(err.Error(), "(4, 2)") {
		t.Errorf("error %v and value %v, want an error that names x and (4, 2)", err, m.Value(f))
	}
}

func TestStatementsAreRefused(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(t, g, "x", full(tensor.Float64, 1, 1, 2))
	f := must(graph.Activate(x, graph.Tanh))
	var v gorgonia.Value
	read := gorgonia.Read(f, &v)
	_, err := graph.NewMachine(g, read)
	if err == nil || !strings.Contains(err.Error(), "Machine.Value") || !strings.Contains(err.Error(), "statement") {
		t.Errorf("error %v, want one that refuses the statement and points to Machine.Value", err)
	}
	m, err := graph.NewMachine(g) // the rest of the graph runs
	if err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	wantNear(t, "f", float64s(t, m.Value(f)), []float64{math.Tanh(1), math.Tanh(1)}, 1e-15)
}
