package solvers

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
)

// core is the part that all solvers share: it finds weights and gradients,
// applies penalties and the limit, and decides which rows are stepped. What a
// step does to a weight is up to the rule.
type core struct {
	deferRows bool
	settings  Settings // resolved and checked; in force
	steps     int      // done so far
	params    []param
	lagging   bool   // some parameter is
	idleGrad  floats // zeroes, for rows without a gradient
	parallel  Parallel
	factor    func(step int) float64 // of SetFactor
	job       job                    // what is being done to rows
	desks     [256]*desk             // by worker
	bound     [2]func(worker, lo, hi int)
	later     func(worker int, rows []int32) // of CatchUpLater; made once, like these
	rule      rule                           // whose core this is, from the first step on
}

// SetDefer turns deferred rows on or off; see the package comment.
func (c *core) SetDefer(on bool) { c.deferRows = on }

// step does one step. All that can be wrong is looked for before the first
// weight changes.
func (c *core) step(r rule, model []gorgonia.ValueGrad) error {
	c.rule = r
	if err := c.bind(r, model); err != nil {
		return err
	}
	for i := range c.params {
		if err := c.params[i].bindGrad(model, i); err != nil {
			return err
		}
	}
	η, err := c.learningRate(r)
	if err != nil {
		return err
	}
	// A penalty makes every gradient non-zero, so that no row is ever idle.
	deferring := c.deferRows && !c.penalized() && (!r.idles() || r.defers(&c.settings))
	someRows := deferring || !r.idles() && !c.penalized()
	if c.lagging && r.full() {
		c.flushRows(r)
	}
	for i := range c.params {
		p := &c.params[i]
		p.arrange(someRows && p.sparse != nil)
		switch {
		case !r.idles():
		case deferring && p.sparse != nil:
			c.deferTable(r, p)
		default:
			c.settle(r, p)
		}
	}
	c.lagging = c.lagging && deferring
	if err := r.begin(&c.settings, c.steps+1, η); err != nil {
		return err
	}
	c.steps++
	for i := range c.params {
		p := &c.params[i]
		switch {
		case p.sparse == nil:
			v := c.desk(0).empty()
			v.w, v.g, v.slots = p.w, p.g, p.slots
			c.apply(r, v)
			p.g.zero() // as Gorgonia's solvers do, because dual values accumulate
			p.stale = true
		case someRows:
			c.updateRows(r, p)
		default:
			c.updateTable(r, p)
			p.stale = true
		}
	}
	if e, ok := r.(ender); ok && c.lagging {
		e.end()
	}
	return nil
}

// bind looks up all weights, and takes up settings that have changed.
func (c *core) bind(r rule, model []gorgonia.ValueGrad) error {
	settings := r.Settings()
	fresh := c.params == nil
	if fresh || settings.numbers() != c.settings.numbers() {
		if err := settings.check(r.Name()); err != nil {
			return err
		}
	}
	if fresh {
		params := make([]param, len(model))
		for i := range params {
			if err := params[i].bind(r, model, i); err != nil {
				return err
			}
		}
		c.params = params
	} else {
		if len(model) != len(c.params) {
			return fmt.Errorf("solvers: want the %d parameters of the steps before, got %d",
				len(c.params), len(model))
		}
		for i := range c.params {
			if err := c.params[i].bind(r, model, i); err != nil {
				return err
			}
		}
	}
	// A new learning rate holds from the next step. Anything else also changes
	// what the steps that rows have still to do would be.
	before := c.settings
	before.LearningRate = settings.LearningRate
	if c.lagging && before.numbers() != settings.numbers() {
		c.flushRows(r)
	}
	c.settings = settings
	return nil
}

// learningRate is that of the next step.
func (c *core) learningRate(r rule) (float64, error) {
	factor := 1.0
	if c.settings.Schedule != nil {
		factor = c.settings.Schedule(c.steps + 1)
	}
	if c.factor != nil {
		factor *= c.factor(c.steps + 1)
	}
	if !(factor >= 0) || math.IsInf(factor, 1) {
		return 0, fmt.Errorf("solvers: %s: schedule: the factor at step %d is %v, want a finite number that is not negative",
			r.Name(), c.steps+1, factor)
	}
	return c.settings.LearningRate * factor, nil
}
