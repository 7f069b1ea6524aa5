package graph

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Machine runs an expression graph: a gorgonia.VM. It plans once, in the order of
// dependence, and then runs the plan from start to end in the goroutine of the
// caller. Ops that are Reusers write into the memory of the last run; any other
// Gorgonia op runs through its Do method. Unlike the TapeMachine it runs only what
// the wanted outputs need, never writes a result over an input, and needs no Reset
// between runs.
//
// A Machine is for one goroutine at a time. Several machines may run one graph
// side by side when each is Private.
type Machine struct {
	// Private keeps results in the machine. Otherwise RunAll also binds each to its
	// node, as other VMs do, so that node.Value() and node.Grad() find it.
	Private bool

	rows   int
	steps  []step
	values []gorgonia.Value // by place
	place  map[*gorgonia.Node]int
	inputs []input
	at     int // the step that is running, for the message after a panic
}

// step is one op of the plan.
type step struct {
	node  *gorgonia.Node
	op    gorgonia.Op
	reuse Reuser // op, if it is one
	from  []int  // places of its inputs
	to    int
	in    []gorgonia.Value // its inputs, filled before it runs
}

// input is a node whose value comes from outside.
type input struct {
	node  *gorgonia.Node
	shape tensor.Shape
	at    int
	let   gorgonia.Value // by Machine.Let, nil: from the node
}

// check says why v cannot be the value of the input. The shapes must be equal: Gorgonia's
// Shape.Eq takes a vector for a matrix of one column, which the ops cannot index.
func (in *input) check(v gorgonia.Value) error {
	if !slices.Equal(in.shape, v.Shape()) {
		return fmt.Errorf("graph: input %q: want shape %v, got %v", in.node.Name(), in.shape, v.Shape())
	}
	if want, got := in.node.Dtype(), v.Dtype(); want != got {
		return fmt.Errorf("graph: input %q: want type %v, got %v", in.node.Name(), want, got)
	}
	if d, ok := v.(*tensor.Dense); ok && (d.RequiresIterator() || d.DataOrder().IsColMajor()) {
		return fmt.Errorf("graph: input %q: the rows of the tensor do not lie in memory one after another (a transposed or sliced view); Materialize it", in.node.Name())
	}
	return nil
}

// NewMachine plans a run of g that yields the outputs; without outputs it yields
// every node. Statements such as gorgonia.Read are not run (Machine.Value reads).
func NewMachine(g *gorgonia.ExprGraph, outputs ...*gorgonia.Node) (*Machine, error) {
	return NewMachineFrom(g, nil, outputs...)
}

// NewMachineFrom is NewMachine for a run that does not compute the given nodes, nor what
// only they need: they are inputs, whose values come from Let.
func NewMachineFrom(g *gorgonia.ExprGraph, given gorgonia.Nodes, outputs ...*gorgonia.Node) (*Machine, error) {
	m := &Machine{rows: -1, place: map[*gorgonia.Node]int{}}
	if len(outputs) == 0 {
		for _, n := range g.AllNodes() {
			if !isStatement(n) {
				outputs = append(outputs, n)
			}
		}
	}
	p := planner{m: m, g: g, given: given, state: map[*gorgonia.Node]visit{}}
	for _, n := range outputs {
		if n == nil {
			return nil, errors.New("graph: an output of the machine is nil")
		}
		if n.Graph() != g {
			return nil, fmt.Errorf("graph: output %q belongs to another graph", n.Name())
		}
		if err := p.add(n); err != nil {
			return nil, err
		}
	}
	m.values = make([]gorgonia.Value, len(m.place))
	for i := range m.steps {
		s := &m.steps[i]
		s.in = make([]gorgonia.Value, len(s.from))
		if op, ok := s.op.(gorgonia.TrainModeOp); ok {
			if err := op.SetTraining(true); err != nil {
				return nil, fmt.Errorf("graph: node %q: %w", s.node.Name(), err)
			}
		}
	}
	return m, nil
}

func isStatement(n *gorgonia.Node) bool { return n.Op() != nil && n.Op().Type() == nil }

type visit uint8

const (
	unseen visit = iota
	open
	done
)

// planner puts nodes behind the nodes they need.
type planner struct {
	m     *Machine
	g     *gorgonia.ExprGraph
	given gorgonia.Nodes
	state map[*gorgonia.Node]visit
}

func (p *planner) add(n *gorgonia.Node) error {
	switch p.state[n] {
	case done:
		return nil
	case open:
		return fmt.Errorf("graph: node %q needs itself", n.Name())
	}
	if isStatement(n) {
		return fmt.Errorf("graph: node %q is a statement (%v), which a Machine does not run; read results with Machine.Value", n.Name(), n.Op())
	}
	p.state[n] = open
	given := slices.Contains(p.given, n)
	var from []int
	for it := p.g.From(n.ID()); !given && it.Next(); {
		child := it.Node().(*gorgonia.Node)
		if err := p.add(child); err != nil {
			return err
		}
		from = append(from, p.m.place[child])
	}
	p.state[n] = done
	at := len(p.m.place)
	p.m.place[n] = at
	_, constant := n.Op().(gorgonia.Valuer)
	if n.Op() == nil || constant || given {
		p.m.inputs = append(p.m.inputs, input{node: n, shape: n.Shape(), at: at})
		return nil
	}
	s := step{node: n, op: n.Op(), from: from, to: at}
	s.reuse, _ = n.Op().(Reuser)
	p.m.steps = append(p.m.steps, s)
	return nil
}

// Let gives an input node its value for this machine, whatever is bound to the node
// itself. The value is used as it is, not copied: refill it between runs.
func (m *Machine) Let(n *gorgonia.Node, v gorgonia.Value) error {
	i := slices.IndexFunc(m.inputs, func(in input) bool { return in.node == n })
	if i < 0 {
		return fmt.Errorf("graph: %q is not an input of this machine", n.Name())
	}
	if v == nil {
		return fmt.Errorf("graph: input %q: value is nil", n.Name())
	}
	if err := m.inputs[i].check(v); err != nil {
		return err
	}
	m.inputs[i].let = v
	return nil
}

// Needs says whether n is an input of the plan.
func (m *Machine) Needs(n *gorgonia.Node) bool {
	return slices.ContainsFunc(m.inputs, func(in input) bool { return in.node == n })
}

// Shared says whether several machines may run the graph at a time, which is so when all
// ops of the plan are Reusers: stock ops may keep something for themselves.
func (m *Machine) Shared() bool {
	return !slices.ContainsFunc(m.steps, func(s step) bool { return s.reuse == nil })
}

// SetRows says how many rows of the batch are present, from the first one on, so
// that the ops of this package leave out the others; a negative number means all.
// Stock ops always work on all rows: give the absent ones a weight of 0 in the loss.
func (m *Machine) SetRows(n int) { m.rows = n }

// RunAll computes every wanted output. A panic in an op is returned as an error
// that names the node; the machine can be run again.
func (m *Machine) RunAll() (err error) {
	defer m.recoverTo(&err)
	m.at = -1
	for i := range m.inputs {
		in := &m.inputs[i]
		v := in.let
		if v == nil {
			if v = in.node.Value(); v == nil {
				return fmt.Errorf("graph: no value for input %q of shape %v", in.node.Name(), in.shape)
			}
			if in.node.Op() == nil { // a constant need not be asked
				if err := in.check(v); err != nil {
					return err
				}
			}
		}
		m.values[in.at] = v
	}
	for i := range m.steps {
		m.at = i
		s := &m.steps[i]
		for k, from := range s.from {
			s.in[k] = m.values[from]
		}
		var v gorgonia.Value
		if s.reuse != nil {
			v, err = s.reuse.DoInto(m.values[s.to], m.rows, s.in...)
		} else {
			v, err = s.op.Do(s.in...)
		}
		if err != nil {
			return fmt.Errorf("graph: node %q (%v): %w", s.node.Name(), s.op, err)
		}
		if v == nil {
			return fmt.Errorf("graph: node %q (%v): the op returned no value", s.node.Name(), s.op)
		}
		m.values[s.to] = v
		if !m.Private && s.node.Value() != v {
			if err := gorgonia.UnsafeLet(s.node, v); err != nil {
				return fmt.Errorf("graph: node %q (%v): %w", s.node.Name(), s.op, err)
			}
		}
	}
	return nil
}

func (m *Machine) recoverTo(err *error) {
	r := recover()
	if r == nil {
		return
	}
	name, op := "input", "reading the inputs"
	if m.at >= 0 {
		name, op = m.steps[m.at].node.Name(), m.steps[m.at].op.String()
	}
	*err = fmt.Errorf("graph: node %q (%s): panic: %v", name, op, r)
}

// Value returns the value of a node after RunAll, nil for a node that the plan
// does not hold. It is overwritten by the next run.
func (m *Machine) Value(n *gorgonia.Node) gorgonia.Value {
	if i, ok := m.place[n]; ok {
		return m.values[i]
	}
	return nil
}

// ValueGrads pairs parameters with their gradient nodes, as gorgonia.Grad returned
// them, for a solver: value and gradient are those in the machine.
func (m *Machine) ValueGrads(params, grads gorgonia.Nodes) []gorgonia.ValueGrad {
	vs := make([]gorgonia.ValueGrad, len(params))
	for i := range params {
		vs[i] = &valueGrad{m: m, param: params[i], grad: grads[i]}
	}
	return vs
}

type valueGrad struct {
	m           *Machine
	param, grad *gorgonia.Node
}

func (v *valueGrad) Name() string { return v.param.Name() }

func (v *valueGrad) Value() gorgonia.Value {
	if w := v.m.Value(v.param); w != nil {
		return w
	}
	return v.param.Value() // before the first run
}

func (v *valueGrad) Grad() (gorgonia.Value, error) {
	if g := v.m.Value(v.grad); g != nil {
		return g, nil
	}
	return nil, fmt.Errorf("graph: no gradient of %q: its node is not an output of the machine, or RunAll was not called", v.param.Name())
}

// Reset implements gorgonia.VM. There is nothing to reset.
func (m *Machine) Reset() {}

// Close implements gorgonia.VM. There is nothing to close.
func (m *Machine) Close() error { return nil }

var _ gorgonia.VM = (*Machine)(nil)
