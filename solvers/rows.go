package solvers

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
)

// updateRows steps only the rows that the gradient holds.
func (c *core) updateRows(r rule, p *param) {
	c.job = job{c: c, rule: r, param: p}
	c.run(p.sparse.Len(), jobUpdate)
}

// updateTable steps all rows, those that the gradient does not hold with zero.
func (c *core) updateTable(r rule, p *param) {
	p.readRows()
	v := c.desk(0).empty()
	next := 0
	for k, row := range p.sparse.Rows() {
		c.updateAbsent(r, p, next, int(row))
		p.see(v, int(row), 1, int(row))
		v.g = p.g.part(k*p.cols, (k+1)*p.cols)
		c.apply(r, v)
		next = int(row) + 1
	}
	c.updateAbsent(r, p, next, p.rows)
}

func (c *core) updateAbsent(r rule, p *param, from, to int) {
	const most = 64 // rows at a time: zeroes that stay in the cache
	if n := most * p.cols; len(c.idleGrad.f32) < n || len(c.idleGrad.f64) < n {
		c.idleGrad = floats{make([]float32, n), make([]float64, n)}
	}
	v := c.desk(0).empty()
	for from < to {
		n := min(to-from, most)
		p.see(v, from, n, from)
		if p.w.f32 != nil {
			v.g.f32 = c.idleGrad.f32[:n*p.cols]
		} else {
			v.g.f64 = c.idleGrad.f64[:n*p.cols]
		}
		c.apply(r, v)
		if c.penalized() {
			v.g.zero()
		}
		from += n
	}
}

// deferTable starts to keep the clocks of a table.
func (c *core) deferTable(r rule, p *param) {
	if p.lagging {
		return
	}
	if !c.lagging {
		r.restart(&c.settings, c.steps)
		c.lagging = true
	}
	p.lagging = true
	had := p.keepClocks()
	if had && !p.stale {
		// Every row has done all steps, and the marks of blank rows are right.
		return
	}
	// Slots that nothing was written to since they were made are not even looked at: their
	// memory is not there yet.
	untouched := !had && !p.stale
	v := c.desk(0).empty()
	for row := range p.states {
		s := &p.states[row]
		s.done = clockOf(c.steps, true)
		if untouched || s.place < 0 {
			continue
		}
		p.see(v, row, 1, int(s.place))
		if !allZero(v.slots[0]) || !allZero(v.slots[1]) {
			s.done = clockOf(c.steps, false)
		}
	}
	p.stale = false
}

// clockOf is the clock of a row that has done all steps up to this one.
func clockOf(step int, blank bool) int32 {
	if blank {
		return ^int32(step)
	}
	return int32(step)
}

// lag tells which step a row with that clock has done last, and whether it is blank.
func lag(clock int32) (from int, blank bool) {
	if clock < 0 {
		return int(^clock), true
	}
	return int(clock), false
}

// catchUpRows lets rows do the steps they have not done, all with gradient zero. Nil
// rows are all rows of the table.
func (c *core) catchUpRows(r rule, p *param, rows []int32) {
	n := len(rows)
	if rows == nil {
		n = p.rows
	}
	c.job = job{c: c, rule: r, param: p, rows: rows}
	c.run(n, jobCatchUp)
}

// settle catches up all rows of a table.
func (c *core) settle(r rule, p *param) {
	if !p.lagging {
		return
	}
	c.catchUpRows(r, p, nil)
	p.lagging = false
}

func (c *core) flushRows(r rule) {
	for i := range c.params {
		c.settle(r, &c.params[i])
	}
	c.lagging = false
}

func (c *core) flush(r rule, model []gorgonia.ValueGrad) error {
	if err := c.bind(r, model); err != nil {
		return err
	}
	c.flushRows(r)
	return nil
}

// lags returns model[i] if rows of it may lag behind.
func (c *core) lags(r rule, model []gorgonia.ValueGrad, i int) (*param, error) {
	if i < 0 || i >= len(model) {
		return nil, fmt.Errorf("solvers: catch up: want a parameter below %d, got %d", len(model), i)
	}
	if !c.lagging {
		return nil, nil
	}
	p := &c.params[i]
	if len(model) != len(c.params) || r.Settings().numbers() != c.settings.numbers() {
		if err := c.bind(r, model); err != nil {
			return nil, err
		}
	} else if err := p.bind(r, model, i); err != nil { // the others can wait for the step
		return nil, err
	}
	if p.lagging {
		return p, nil
	}
	return nil, nil
}

// CatchUpLater is CatchUp for rows that are found out later; see Solver.
func (c *core) CatchUpLater(model []gorgonia.ValueGrad, param int) (func(worker int, rows []int32), error) {
	p, err := c.lags(c.rule, model, param)
	if p == nil {
		return nil, err
	}
	c.job = job{c: c, rule: c.rule, param: p}
	if c.later == nil {
		c.later = func(worker int, rows []int32) {
			c.job.catchUp(c.desk(worker), rows, 0, len(rows), c.steps)
		}
	}
	return c.later, nil
}

func (c *core) catchUp(r rule, model []gorgonia.ValueGrad, i int, rows []int32) error {
	p, err := c.lags(r, model, i)
	if p == nil {
		return err
	}
	for _, row := range rows {
		if row < 0 || int(row) >= p.rows {
			return fmt.Errorf("solvers: %s: catch up: want rows below %d, got %d", p.name, p.rows, row)
		}
	}
	if len(rows) > 0 {
		c.catchUpRows(r, p, rows)
	}
	return nil
}

// powers tabulates x, x², … because rows fall into few classes by the number of
// steps they lag.
type powers struct {
	base  float64
	table []float64
}

// ready makes the table for a base, so that at only reads.
func (p *powers) ready(base float64) {
	if base != p.base || p.table == nil {
		p.base = base
		if p.table == nil {
			p.table = make([]float64, windowSteps+1)
		}
		for i := range p.table {
			p.table[i] = math.Pow(base, float64(i))
		}
	}
}

// at is baseᵏ, for the base that ready was called with.
func (p *powers) at(k int) float64 {
	if k < len(p.table) {
		return p.table[k]
	}
	return math.Pow(p.base, float64(k))
}
