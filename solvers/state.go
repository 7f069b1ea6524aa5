package solvers

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// State is what a solver remembers between steps, as plain data. Together with
// Settings and the weights it is all that is needed to go on exactly as if
// training had not stopped.
type State struct {
	Solver string       // Solver.Name
	Step   int          // steps done
	Params []ParamState // in the order of the model

	// Of Snapshot only: the settings in force, without Schedule, and with Adam and
	// AdamW what they know of the steps that deferred rows have still to do.
	Settings Settings
	Window   *Window
}

// ParamState is what a solver remembers of one parameter.
type ParamState struct {
	Name    string // for the reader; SetState goes by position
	Tensors []Tensor

	// Of Snapshot only, for a table whose rows are deferred: the last step that each
	// row has done, complemented (^t) while its tensors are all zero, and whether a
	// row may lag behind.
	Clock   []int32
	Lagging bool
}

// Tensor is a named tensor, the velocity "v" say, with the shape of the
// parameter. Its numbers are in one of the two slices, row after row.
type Tensor struct {
	Name    string
	Shape   []int
	Float32 []float32
	Float64 []float64
}

func (c *core) state(r rule, model []gorgonia.ValueGrad) (State, error) {
	if err := c.flush(r, model); err != nil {
		return State{}, err
	}
	s := State{Solver: r.Name(), Step: c.steps, Params: make([]ParamState, len(c.params))}
	for i := range c.params {
		p := &c.params[i]
		s.Params[i].Name = p.name
		s.Params[i].Tensors = p.tensors()
		// The marks of blank rows are not part of the state. They are found again
		// here too, so that both ways go on alike to the bit.
		p.stale = true
	}
	return s, nil
}

func (c *core) setState(r rule, model []gorgonia.ValueGrad, s State) error {
	if s.Solver != r.Name() {
		return fmt.Errorf("solvers: %s: the state is that of %q", r.Name(), s.Solver)
	}
	if s.Step < 0 {
		return fmt.Errorf("solvers: %s: state: step is %d", r.Name(), s.Step)
	}
	if len(s.Params) != len(model) {
		return fmt.Errorf("solvers: %s: the state has %d parameters, the model %d",
			r.Name(), len(s.Params), len(model))
	}
	fresh := core{rule: r, deferRows: c.deferRows, parallel: c.parallel, factor: c.factor}
	if err := fresh.bind(r, model); err != nil {
		return err
	}
	fresh.steps = s.Step
	for i := range fresh.params {
		p, tensors := &fresh.params[i], s.Params[i].Tensors
		if len(tensors) != len(p.names) {
			return fmt.Errorf("solvers: %s: %s: the state has %d tensors, want %d",
				r.Name(), p.name, len(tensors), len(p.names))
		}
		for k, t := range tensors {
			if err := p.accepts(p.names[k], t); err != nil {
				return fmt.Errorf("solvers: %s: %s: state: %w", r.Name(), p.name, err)
			}
		}
		p.restore(&s.Params[i])
		p.stale = s.Params[i].Clock == nil
	}
	if err := fresh.resume(r, s); err != nil {
		return fmt.Errorf("solvers: %s: state: %w", r.Name(), err)
	}
	*c = fresh
	return nil
}

// tensors are copies of the slots.
func (p *param) tensors() []Tensor {
	var all []Tensor
	for k, name := range p.names {
		s := p.slot(k)
		all = append(all, Tensor{Name: name, Shape: slices.Clone([]int(p.shape)), Float32: s.f32, Float64: s.f64})
	}
	return all
}

func (t *Tensor) numbers() floats { return floats{t.Float32, t.Float64} }

// accepts says what is wrong with t for the slot of that name.
func (p *param) accepts(name string, t Tensor) error {
	if t.Name != name {
		return fmt.Errorf("want tensor %q, got %q", name, t.Name)
	}
	if !slices.Equal([]int(p.shape), t.Shape) {
		return fmt.Errorf("%s: want shape %v, got %v", name, p.shape, tensor.Shape(t.Shape))
	}
	if len(t.Float32) != len(p.w.f32) || len(t.Float64) != len(p.w.f64) {
		return fmt.Errorf("%s: want %d float32 and %d float64, got %d and %d",
			name, len(p.w.f32), len(p.w.f64), len(t.Float32), len(t.Float64))
	}
	return nil
}
