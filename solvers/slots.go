package solvers

import (
	"slices"
	"sync/atomic"

	"github.com/nestnet/nestnet/internal/kernel"
	"github.com/nestnet/nestnet/internal/memory"
	"gorgonia.org/tensor"
)

// The slots of a parameter, m and v of Adam say, lie row after row, one slot after the other,
// as its weights do; but for a table of which a step touches a few rows. Of such a table a
// row gets its slots when it is first stepped, side by side, behind those of the row before
// that, and without a gradient it has none. As batches go, frequent words come first. So what
// most steps touch lies close together, in few pages and next to what is also needed, while
// the rows of the weights are where the dictionary has them, all over the table. Where pages are
// 4 KiB to the hardware, that takes two fifths off the time to catch up and step the rows that
// a batch has of a million (a model in C, 115 and 67 µs).
//
// A step that is for the whole table, as with a penalty, wants the first order again
// and gets it for good (gather).

// rowState is what is kept of a row of a table besides its numbers.
type rowState struct {
	// done is the clock: the last step the row has done, complemented (^t) while its slots
	// are all zero. It counts only where param.clocked.
	done int32

	// place is where its slots are: they begin at place·pitch. −1: it has none yet, they are zero.
	place int32
}

// arrange makes the slots, if they are not there, for steps that touch some rows or all.
func (p *param) arrange(someRows bool) {
	switch {
	case p.names == nil: // there are none
	case p.pitch == 0 && someRows:
		p.scatter()
	case p.pitch == 0:
		p.flat()
	case p.pool != nil && !someRows:
		p.gather()
	}
}

// flat makes slots in the order of the rows.
func (p *param) flat() {
	p.pitch = p.cols
	for k := range p.names {
		p.slots[k] = makeFloats(p.dtype, p.rows*p.cols)
	}
}

// scatter makes room for slots of rows in any order.
func (p *param) scatter() {
	p.pool = &pool{some: int32(min(max(p.rows/1024, 1), 64))}
	p.pitch = len(p.names) * p.cols
	room := makeFloats(p.dtype, (p.rows+len(p.pool.own)*int(p.pool.some))*p.pitch)
	for k := range p.names {
		p.slots[k] = room.part(k*p.cols, room.len())
	}
	p.states = memory.Make[rowState](p.rows)
	for row := range p.states {
		p.states[row].place = -1
	}
}

// gather puts the slots in the order of the rows.
func (p *param) gather() {
	for k := range p.names {
		p.slots[k] = p.slot(k)
	}
	p.pitch, p.pool = p.cols, nil
	for row := range p.states {
		p.states[row].place = int32(row)
	}
}

// slot returns a copy of slot k, row after row.
func (p *param) slot(k int) floats {
	if p.pool == nil && p.pitch > 0 {
		return floats{slices.Clone(p.slots[k].f32), slices.Clone(p.slots[k].f64)}
	}
	to := makeFloats(p.dtype, p.rows*p.cols)
	for row := range p.states {
		if place := int(p.states[row].place); place >= 0 {
			from := p.slots[k].part(place*p.pitch, place*p.pitch+p.cols)
			copy(to.f32[min(row*p.cols, len(to.f32)):], from.f32)
			copy(to.f64[min(row*p.cols, len(to.f64)):], from.f64)
		}
	}
	return to
}

// restore makes the slots those of a state. Of a table with clocks, rows that have done
// nothing yet get none.
func (p *param) restore(s *ParamState) {
	if p.names == nil {
		return
	}
	if len(s.Clock) != p.rows {
		p.arrange(false)
		for k, t := range s.Tensors {
			copy(p.slots[k].f32, t.Float32)
			copy(p.slots[k].f64, t.Float64)
		}
		return
	}
	p.arrange(true)
	for row, clock := range s.Clock {
		lo, hi := row*p.cols, (row+1)*p.cols
		blank := clock < 0
		for _, t := range s.Tensors {
			blank = blank && allZero(t.numbers().part(lo, hi))
		}
		if blank {
			continue
		}
		place := int(p.pool.take(0))
		p.states[row].place = int32(place)
		for k, t := range s.Tensors {
			from, to := t.numbers().part(lo, hi), p.slots[k].part(place*p.pitch, place*p.pitch+p.cols)
			copy(to.f32, from.f32)
			copy(to.f64, from.f64)
		}
	}
}

func allZero(f floats) bool { return kernel.AllZero(f.f32) && kernel.AllZero(f.f64) }

// pool hands out places. Each worker takes some at a time, so that its rows are
// neighbours, and not those of another, which hardware would fetch with them.
type pool struct {
	some  int32
	taken atomic.Int32
	own   [64]struct{ next, end int32 } // by worker; those beyond take one at a time
}

// take is called by one goroutine of a worker at a time.
func (p *pool) take(worker int) int32 {
	if worker >= len(p.own) {
		return p.taken.Add(1) - 1
	}
	o := &p.own[worker]
	if o.next == o.end {
		o.end = p.taken.Add(p.some)
		o.next = o.end - p.some
	}
	o.next++
	return o.next - 1
}

// place gives slots to the rows of a list that have none; places are those they have.
func (p *param) place(worker int, rows, places []int32) {
	for k, place := range places {
		if place < 0 {
			places[k] = p.pool.take(worker)
			p.states[rows[k]].place = places[k]
		}
	}
}

// keepClocks makes the states of rows, if they are not there, and says whether they had
// clocks before.
func (p *param) keepClocks() (had bool) {
	if p.states == nil {
		p.states = memory.Make[rowState](p.rows)
		for row := range p.states {
			p.states[row].place = int32(row)
		}
	}
	had, p.clocked = p.clocked, true
	return had
}

// makeFloats makes the numbers of a slot. A rank of several steps its own rows alone.
func makeFloats(dtype tensor.Dtype, n int) floats {
	if dtype == tensor.Float32 {
		return floats{f32: memory.Room[float32](n)}
	}
	return floats{f64: memory.Room[float64](n)}
}
