package solvers

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
		c.doPart(which, 0, n)
		return
	}
	if c.bound[which] == nil {
		c.bound[which] = func(_, lo, hi int) { c.doPart(which, lo, hi) }
	}
	c.parallel(n, rowsPerPart, c.bound[which])
}

func (c *core) doPart(which, lo, hi int) {
	if which == partUpdate {
		c.part.update(lo, hi)
	} else {
		c.part.catchUp(lo, hi)
	}
}

func (j *part) update(lo, hi int) {
	c, p := j.c, j.param
	now := int32(c.steps)
	for k := lo; k < hi; k++ {
		row := j.rows[k]
		w, slots := p.row(int(row))
		c.apply(j.rule, w, p.g.part(k*p.cols, (k+1)*p.cols), slots)
		if p.lagging {
			p.done[row] = now
		}
	}
}

func (j *part) catchUp(lo, hi int) {
	c, p := j.c, j.param
	for k := lo; k < hi; k++ {
		row := k
		if j.rows != nil {
			row = int(j.rows[k])
		}
		from, blank := p.lag(row)
		if from == c.steps {
			continue
		}
		w, slots := p.row(row)
		j.rule.idle(&c.settings, w, slots, from, c.steps, blank)
		now := int32(c.steps)
		if blank {
			now = ^now
		}
		p.done[row] = now
	}
}
