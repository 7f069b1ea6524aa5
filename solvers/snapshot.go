package solvers

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
)

// Window is what Adam and AdamW know of the steps that rows have still to do. Its
// numbers are for SetState alone.
type Window struct {
	Base    int       // the step of the first entry
	Product float64   // what decay has left of a weight since Base
	Entries []float64 // six numbers for each step from Base to State.Step
}

// entryNumbers is how many numbers of a Window make an entry.
const entryNumbers = 6

// snapshot is state without the flush.
func (c *core) snapshot(r rule, model []gorgonia.ValueGrad) (State, error) {
	if err := c.bind(r, model); err != nil {
		return State{}, err
	}
	s := State{Solver: r.Name(), Step: c.steps, Settings: c.settings, Params: make([]ParamState, len(c.params))}
	s.Settings.Schedule = nil
	for i := range c.params {
		p := &c.params[i]
		to := &s.Params[i]
		to.Name, to.Lagging = p.name, p.lagging
		if p.clocked && !p.stale {
			to.Clock = make([]int32, p.rows)
			for row := range to.Clock {
				to.Clock[row] = p.states[row].done
			}
		}
		to.Tensors = p.tensors()
	}
	if w, ok := r.(interface{ save() *Window }); ok && c.lagging {
		s.Window = w.save()
	}
	return s, nil
}

// resume takes up what of s has to do with deferred rows. The rest is in place.
func (c *core) resume(r rule, s State) error {
	w, windowed := r.(interface {
		load(h *Settings, t int, from *Window) error
	})
	lagging := false
	for i := range s.Params {
		lagging = lagging || s.Params[i].Lagging
	}
	switch {
	case s.Window != nil && !windowed:
		return fmt.Errorf("it has a window, which %s has not", r.Name())
	case s.Window == nil && windowed && lagging:
		return fmt.Errorf("rows lag behind, but there is no window")
	}
	if lagging || s.Window != nil {
		before := s.Settings
		before.LearningRate = c.settings.LearningRate
		if before.numbers() != c.settings.numbers() {
			return fmt.Errorf("rows lag behind under the settings %v; want these, got %v", s.Settings, c.settings)
		}
	}
	oldest := 0
	if s.Window != nil {
		oldest = s.Window.Base
	}
	for i := range s.Params {
		if err := c.params[i].setClock(&s.Params[i], oldest, s.Step); err != nil {
			return fmt.Errorf("%s: %w", c.params[i].name, err)
		}
	}
	if s.Window != nil {
		if err := w.load(&c.settings, s.Step, s.Window); err != nil {
			return err
		}
	} else if lagging {
		r.restart(&c.settings, s.Step)
	}
	c.lagging = lagging || s.Window != nil
	return nil
}

// setClock copies the clock of each row, which must be a step from oldest to now.
func (p *param) setClock(s *ParamState, oldest, now int) error {
	if s.Clock == nil {
		if s.Lagging {
			return fmt.Errorf("rows lag behind, but there is no clock")
		}
		return nil
	}
	if len(s.Clock) != p.rows {
		return fmt.Errorf("a clock of %d rows for %d", len(s.Clock), p.rows)
	}
	if now > math.MaxInt32 {
		return fmt.Errorf("a clock cannot count to step %d", now)
	}
	if !s.Lagging {
		oldest = now
	}
	for row, t := range s.Clock {
		if t < 0 {
			t = ^t
		}
		if int(t) < oldest || int(t) > now {
			return fmt.Errorf("row %d has done step %d, want %d to %d", row, t, oldest, now)
		}
	}
	p.keepClocks()
	for row, t := range s.Clock {
		p.states[row].done = t
	}
	p.lagging = s.Lagging
	return nil
}

// save copies the window.
func (w *window) save() *Window {
	s := &Window{Base: w.base, Product: w.product, Entries: make([]float64, 0, entryNumbers*len(w.entries))}
	for i := range w.entries {
		e := &w.entries[i]
		s.Entries = append(s.Entries, e.ref, e.m0, e.m1, e.m2, e.m3, e.product)
	}
	return s
}

// load makes the window the one that was saved after step t.
func (w *window) load(h *Settings, t int, s *Window) error {
	if s.Base < 0 || s.Base > t || t-s.Base > windowSteps || len(s.Entries) != entryNumbers*(t-s.Base+1) {
		return fmt.Errorf("a window of %d numbers from step %d to %d, want %d a step and at most %d steps",
			len(s.Entries), s.Base, t, entryNumbers, windowSteps)
	}
	w.restart(h, s.Base)
	w.product = s.Product
	w.entries = w.entries[:0]
	for e := s.Entries; len(e) > 0; e = e[entryNumbers:] {
		w.entries = append(w.entries, entry{ref: e[0], m0: e[1], m1: e[2], m2: e[3], m3: e[4], product: e[5]})
	}
	w.version++
	return nil
}
