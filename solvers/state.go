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
		for k, name := range r.slots() {
			s.Params[i].Tensors = append(s.Params[i].Tensors, Tensor{
				Name:    name,
				Shape:   slices.Clone([]int(p.shape)),
				Float32: slices.Clone(p.slots[k].f32),
				Float64: slices.Clone(p.slots[k].f64),
			})
		}
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
	fresh := core{deferRows: c.deferRows, parallel: c.parallel, factor: c.factor}
	if err := fresh.bind(r, model); err != nil {
		return err
	}
	fresh.steps = s.Step
	names := r.slots()
	for i := range fresh.params {
		p, tensors := &fresh.params[i], s.Params[i].Tensors
		if len(tensors) != len(names) {
			return fmt.Errorf("solvers: %s: %s: the state has %d tensors, want %d",
				r.Name(), p.name, len(tensors), len(names))
		}
		for k, t := range tensors {
			if err := p.restore(k, names[k], t); err != nil {
				return fmt.Errorf("solvers: %s: %s: state: %w", r.Name(), p.name, err)
			}
		}
		p.stale = s.Params[i].Clock == nil
	}
	if err := fresh.resume(r, s); err != nil {
		return fmt.Errorf("solvers: %s: state: %w", r.Name(), err)
	}
	*c = fresh
	return nil
}

// restore copies t to the slot of that number and name.
func (p *param) restore(slot int, name string, t Tensor) error {
	if t.Name != name {
		return fmt.Errorf("want tensor %q, got %q", name, t.Name)
	}
	if !slices.Equal([]int(p.shape), t.Shape) {
		return fmt.Errorf("%s: want shape %v, got %v", name, p.shape, tensor.Shape(t.Shape))
	}
	to := p.slots[slot]
	if len(t.Float32) != len(to.f32) || len(t.Float64) != len(to.f64) {
		return fmt.Errorf("%s: want %d float32 and %d float64, got %d and %d",
			name, len(to.f32), len(to.f64), len(t.Float32), len(t.Float64))
	}
	copy(to.f32, t.Float32)
	copy(to.f64, t.Float64)
	return nil
}
