package solvers

import "github.com/nestnet/nestnet/internal/kernel"

// Parallel runs work for parts lo to hi that together are 0 to n, perhaps several at a
// time, and returns when all are done. A part has at least size elements, but for the
// last one; worker tells apart the parts that run at the same time.
type Parallel func(n, size int, work func(worker, lo, hi int))

// SetParallel lets the solver step and catch up rows of a table side by side. Rows do not
// depend on one another, so the results are the same bits for any number of workers.
// Nil, the default, does one row after the other.
func (c *core) SetParallel(p Parallel) { c.parallel = p }

// rowsPerPart is how many rows are worth handing to another worker.
const rowsPerPart = 32

// part is one thing to do to rows.
type part struct {
	c     *core
	rule  rule
	param *param
	rows  []int32 // nil: all rows of the table
}

const (
	partUpdate = iota
	partCatchUp
)

// runPart does one of the things above to n rows of c.part. The functions for that are
// made once: made for each step they would be allocated each time.
func (c *core) runPart(n, which int) {
	if c.parallel == nil {
		c.doPart(which, 0, 0, n)
		return
	}
	if c.bound[which] == nil {
		c.bound[which] = func(worker, lo, hi int) { c.doPart(which, worker, lo, hi) }
	}
	c.parallel(n, rowsPerPart, c.bound[which])
}

func (c *core) doPart(which, worker, lo, hi int) {
	if which == partUpdate {
		c.part.update(worker, lo, hi)
	} else {
		c.part.catchUp(worker, lo, hi)
	}
}

// view returns an empty view for a worker. (A local one would be allocated each time:
// its address goes to a rule, through an interface.)
func (c *core) view(worker int) *view {
	if worker >= len(c.views) {
		return new(view)
	}
	c.views[worker].view = view{}
	return &c.views[worker].view
}

// paddedView keeps the views of two workers out of one cache line.
type paddedView struct {
	view
	_ [64]byte
}

func (j *part) update(worker, lo, hi int) {
	c, p := j.c, j.param
	v := c.view(worker)
	now := int32(c.steps)
	for k := lo; k < hi; k++ {
		if k+rowsAhead < hi {
			p.prefetch(int(j.rows[k+rowsAhead]))
		}
		row := j.rows[k]
		p.see(v, int(row), int(row)+1)
		p.seeGrad(v, k)
		c.apply(j.rule, v)
		if p.lagging {
			p.done[row] = now
		}
	}
}

func (j *part) catchUp(worker, lo, hi int) {
	c, p := j.c, j.param
	v := c.view(worker)
	for k := lo; k < hi; k++ {
		row := k
		if j.rows != nil {
			row = int(j.rows[k])
			if k+rowsAhead < hi {
				p.prefetch(int(j.rows[k+rowsAhead]))
			}
		}
		from, blank := p.lag(row)
		if from == c.steps {
			continue
		}
		p.see(v, row, row+1)
		j.rule.idle(&c.settings, v, from, c.steps, blank)
		now := int32(c.steps)
		if blank {
			now = ^now
		}
		p.done[row] = now
	}
}

// rowsAhead is how many rows before its turn a row is asked for: enough for it to come
// from a cache that all cores share, few enough for it to be there still.
const rowsAhead = 4

// prefetch asks for a row's weights and slots.
func (p *param) prefetch(row int) {
	if p.w.f32 == nil || p.cols < 32 { // a short row comes as fast as it is asked for
		return
	}
	i, j := row*p.cols, (row+1)*p.cols
	kernel.Prefetch(p.w.f32[i:j])
	for k := range p.slots {
		if s := p.slots[k].f32; s != nil {
			kernel.Prefetch(s[i:j])
		}
	}
}
