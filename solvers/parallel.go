package solvers

import "github.com/nestnet/nestnet/internal/kernel"

// Parallel runs work for parts lo to hi that together are 0 to n, perhaps several at a
// time, and returns when all are done. Parts of less than size elements are not worth handing to
// another worker; worker tells apart those that run at the same time.
type Parallel func(n, size int, work func(worker, lo, hi int))

// SetParallel lets the solver step and catch up rows of a table side by side. Rows do not
// depend on one another, so the results are the same bits for any number of workers.
// Nil, the default, does one row after the other.
func (c *core) SetParallel(p Parallel) { c.parallel = p }

// rowsPerPart is how many rows are worth handing to another worker.
const rowsPerPart = 32

// job is one thing to do to rows.
type job struct {
	c     *core
	rule  rule
	param *param
	rows  []int32 // that are caught up; nil: all rows of the table
}

const (
	jobUpdate = iota
	jobCatchUp
)

// run does one of the things above to n rows of c.job. The functions for that are made
// once: made for each step they would be allocated each time.
func (c *core) run(n, which int) {
	if c.parallel == nil {
		c.job.do(which, 0, 0, n)
		return
	}
	if c.bound[which] == nil {
		c.bound[which] = func(worker, lo, hi int) { c.job.do(which, worker, lo, hi) }
	}
	c.parallel(n, rowsPerPart, c.bound[which])
}

func (j *job) do(which, worker, lo, hi int) {
	if d := j.c.desk(worker); which == jobUpdate {
		j.update(d, lo, hi)
	} else {
		j.catchUp(d, j.rows, lo, hi, j.c.steps)
	}
}

// desk is what a worker works with. (A local view would be allocated each time: its
// address goes to a rule, through an interface.)
type desk struct {
	_      [64]byte // keeps the desks of two workers out of one cache line
	worker int
	view
	idler
	grad floats // of some rows
	_    [64]byte
}

// desk returns a worker's own, which it makes itself.
func (c *core) desk(worker int) *desk {
	if worker >= len(c.desks) {
		return &desk{worker: worker}
	}
	if c.desks[worker] == nil {
		c.desks[worker] = &desk{worker: worker}
	}
	return c.desks[worker]
}

// A tableRule does many rows of a table in one go, which saves what it costs to begin
// with each.
type tableRule interface {
	// stepRows is update for rows of the table, with their slots at the given places; g holds
	// their gradient, one after another.
	stepRows(h *Settings, p *param, g floats, rows, places []int32)

	// idleRows brings rows up to step now, as idle does, and sets their clocks. Nil rows are
	// the rows lo to hi of the table, others are at the places lo to hi of the list.
	idleRows(h *Settings, d *idler, p *param, rows []int32, lo, hi, now int)
}

func (j *job) update(d *desk, lo, hi int) {
	p, now := j.param, j.c.steps
	p.sparse.Prefetch(d.worker)
	for lo < hi {
		rows := p.sparse.RowsFrom(lo, min(lo+partRows, hi))
		end := lo + len(rows)
		places := rows
		if p.states != nil {
			// As a rule none is behind: they were caught up to be read.
			places = d.places[:len(d.block(p, rows, 0, len(rows)))]
			if p.lagging && d.behind(len(rows), now-1) {
				j.catchUp(d, rows, 0, len(rows), now-1)
				d.block(p, rows, 0, len(rows))
			}
		}
		if p.pool != nil {
			p.place(d.worker, rows, places)
		}
		if p.sparse.IsPutOff() {
			j.stepRows(d, d.part(p, lo, end), rows, places)
		} else {
			j.stepRows(d, p.g.part(lo*p.cols, end*p.cols), rows, places)
		}
		if p.lagging {
			for _, row := range rows {
				p.states[row].done = clockOf(now, false)
			}
		}
		lo = end
	}
}

// partRows is how many rows of a gradient are computed and stepped at a time: so few that it
// is in the first cache when they are. It is at most idleBlock.
const partRows = 128

// part is the gradient of the rows at the places lo to hi, which was put off.
func (d *desk) part(p *param, lo, hi int) floats {
	n := (hi - lo) * p.cols
	if p.w.f32 != nil {
		if len(d.grad.f32) < n {
			d.grad.f32 = make([]float32, partRows*p.cols)
		}
		p.sparse.Part32(d.worker, d.grad.f32, lo, hi)
		return floats{f32: d.grad.f32[:n]}
	}
	if len(d.grad.f64) < n {
		d.grad.f64 = make([]float64, partRows*p.cols)
	}
	p.sparse.Part64(d.worker, d.grad.f64, lo, hi)
	return floats{f64: d.grad.f64[:n]}
}

// stepRows steps some rows, whose slots are at the given places, by their gradient.
func (j *job) stepRows(d *desk, g floats, rows, places []int32) {
	c, p := j.c, j.param
	if t, ok := j.rule.(tableRule); ok && !c.penalized() && c.settings.Clip == 0 {
		t.stepRows(&c.settings, p, g, rows, places)
		return
	}
	v := d.empty()
	for k, row := range rows {
		if k+rowsAhead < len(rows) {
			p.prefetch(int(rows[k+rowsAhead]), int(places[k+rowsAhead]))
		}
		p.see(v, int(row), 1, int(places[k]))
		v.g = g.part(k*p.cols, (k+1)*p.cols)
		c.apply(j.rule, v)
	}
}

// catchUp lets the rows lo to hi of a list, or of the table, do the steps up to now that they
// have not done.
func (j *job) catchUp(d *desk, rows []int32, lo, hi, now int) {
	c, p := j.c, j.param
	if t, ok := j.rule.(tableRule); ok {
		t.idleRows(&c.settings, &d.idler, p, rows, lo, hi, now)
		return
	}
	rule, v := j.rule.(rowRule), d.empty()
	for k := lo; k < hi; k++ {
		row := k
		if rows != nil {
			row = int(rows[k])
			if k+rowsAhead < hi {
				ahead := int(rows[k+rowsAhead])
				if s := p.states[ahead]; s.place >= 0 && s.done != clockOf(now, false) {
					p.prefetch(ahead, int(s.place))
				}
			}
		}
		s := &p.states[row]
		from, blank := lag(s.done)
		if from == now {
			continue
		}
		s.done = clockOf(now, blank)
		if s.place < 0 { // a gradient has yet to come
			continue
		}
		p.see(v, row, 1, int(s.place))
		rule.idle(&c.settings, v, from, now, blank)
	}
}

// rowsAhead is how many rows before its turn a row is asked for: enough for it to come
// from a cache that all cores share, few enough for it to be there still.
const rowsAhead = 4

// prefetch asks for a row's weights and slots.
func (p *param) prefetch(row, place int) {
	if p.w.f32 == nil || p.cols < 32 { // a short row comes as fast as it is asked for
		return
	}
	kernel.Prefetch(p.w.f32[row*p.cols:][:p.cols])
	for k := range p.names {
		kernel.Prefetch(p.slots[k].f32[place*p.pitch:][:p.cols])
	}
}
