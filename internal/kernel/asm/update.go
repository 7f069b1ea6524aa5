package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The update rules of ../update.go. Each has the operations of the Go code in its
// order, so the two give the same bits.
func update(a *assembler) {
	// The gradient is not called g: to Go's assembler that is a register.
	//
	// Two vectors a turn hide the latency of a loop that does little; where
	// roots and divisions keep the processor busy, one is enough.
	a.function("sgdVector", "func(w, grad *float32, n int, rate float32)", "sgdVector is SGD.")
	w, g, n, rate := a.word("w"), a.word("grad"), a.word("n"), a.spread("rate")
	a.each(n, 2, func(l lanes) {
		l.store(a.sub(l.load(w), a.mul(rate, l.load(g))), w)
	})
	a.end()

	a.function("momentumVector", "func(w, grad, v *float32, n int, mu, rate float32)", "momentumVector is Momentum.")
	w, g, v, n := a.word("w"), a.word("grad"), a.word("v"), a.word("n")
	mu, rate := a.spread("mu"), a.spread("rate")
	a.each(n, 2, func(l lanes) {
		x := a.sub(a.mul(mu, l.load(v)), a.mul(rate, l.load(g)))
		l.store(x, v)
		l.store(a.add(l.load(w), x), w)
	})
	a.end()

	a.function("nesterovVector", "func(w, grad, v *float32, n int, mu, rate float32)", "nesterovVector is Nesterov.")
	w, g, v, n = a.word("w"), a.word("grad"), a.word("v"), a.word("n")
	mu, rate = a.spread("mu"), a.spread("rate")
	a.each(n, 2, func(l lanes) {
		d := a.mul(rate, l.load(g))
		x := a.sub(a.mul(mu, l.load(v)), d)
		l.store(x, v)
		l.store(a.add(l.load(w), a.sub(a.mul(mu, x), d)), w)
	})
	a.end()

	a.function("momentumIdleVector", "func(w, v *float32, n int, move, keep float32)", "momentumIdleVector is MomentumIdle.")
	w, v, n = a.word("w"), a.word("v"), a.word("n")
	move, keep := a.spread("move"), a.spread("keep")
	f := a.flusher()
	a.each(n, 2, func(l lanes) {
		x := l.load(v)
		l.store(a.add(l.load(w), a.mul(move, x)), w)
		l.store(f.flush(a.mul(x, keep)), v)
	})
	a.end()

	a.function("rmspropVector", "func(w, grad, c *float32, n int, rho, fresh, rate, eps float32)",
		"rmspropVector is RMSprop; fresh is 1−rho.")
	a.twice(func() {
		w, g, n := a.word("w"), a.word("grad"), a.word("n")
		c := a.word("c")
		rho, fresh, rate, eps := a.spread("rho"), a.spread("fresh"), a.spread("rate"), a.spread("eps")
		a.each(n, 1, func(l lanes) {
			x := l.load(g)
			s := a.add(a.mul(rho, l.load(c)), a.mul(a.mul(fresh, x), x))
			l.store(s, c)
			l.store(a.sub(l.load(w), a.div(a.mul(rate, x), a.sqrt(a.add(s, eps)))), w)
		})
		a.end()
	})

	a.function("adagradVector", "func(w, grad, c *float32, n int, rate, eps float32)", "adagradVector is AdaGrad.")
	a.twice(func() {
		w, g, c, n := a.word("w"), a.word("grad"), a.word("c"), a.word("n")
		rate, eps := a.spread("rate"), a.spread("eps")
		a.each(n, 1, func(l lanes) {
			x := l.load(g)
			s := a.add(l.load(c), a.mul(x, x))
			l.store(s, c)
			l.store(a.sub(l.load(w), a.div(a.mul(rate, x), a.add(a.sqrt(s), eps))), w)
		})
		a.end()
	})

	adamRows(a)
	adamIdleRows(a)

	a.function("fadeVector", "func(x *float32, n int, keep float32)", "fadeVector is Fade.")
	x, n := a.word("x"), a.word("n")
	keep = a.spread("keep")
	f = a.flusher()
	a.each(n, 2, func(l lanes) { l.store(f.flush(a.mul(l.load(x), keep)), x) })
	a.end()

	a.function("decayVector", "func(x *float32, n int, part float32)", "decayVector is Decay.")
	x, n = a.word("x"), a.word("n")
	part := a.spread("part")
	a.each(n, 2, func(l lanes) {
		y := l.load(x)
		l.store(a.sub(y, a.mul(part, y)), x)
	})
	a.end()

	allZero(a)
}

// rowsAhead is how many rows before its turn a row is asked for: enough for it to come
// from a cache that all cores share, few enough for it to be there still.
const rowsAhead = 8

// eachRow goes along a list of rows of the table w, n numbers each, and a list of the places of
// their moments in m and v; body gets pointers to all three. It returns how many rows were found
// before one lies outside.
func (a *assembler) eachRow(body func(w, m, v, n reg.GPVirtual)) {
	rows, places, count := a.word("rows"), a.word("places"), a.word("count")
	w, m, v := a.GP64(), a.GP64(), a.GP64()
	n, start := a.GP64(), a.GP64()
	a.Label(a.local("row"))

	// A row to come. Its number may be wrong: asking for what is not there does no harm.
	a.CMPQ(count, operand.Imm(rowsAhead))
	a.JLE(operand.LabelRef(a.local("last")))
	number := func(list reg.GPVirtual, ahead int, pitch string) {
		a.MOVLQSX(operand.Mem{Base: list, Disp: 4 * ahead}, start)
		a.IMULQ(a.address(pitch), start)
	}
	point := func(to reg.GPVirtual, table string) {
		a.MOVQ(a.address(table), to)
		a.LEAQ(operand.Mem{Base: to, Index: start, Scale: 4}, to)
	}
	number(rows, rowsAhead, "n")
	point(w, "w")
	number(places, rowsAhead, "pitch")
	point(m, "m")
	point(v, "v")
	a.MOVQ(a.address("n"), n)
	a.XORQ(start, start)
	a.Label(a.local("line"))
	for _, row := range []reg.GPVirtual{w, m, v} {
		a.PREFETCHT0(operand.Mem{Base: row, Index: start, Scale: 4})
	}
	a.ADDQ(operand.Imm(16), start)
	a.SUBQ(operand.Imm(16), n)
	a.JGT(operand.LabelRef(a.local("line")))
	a.Label(a.local("last"))

	// A negative number becomes a large one, beyond the limit.
	number(rows, 0, "n")
	a.CMPQ(start, a.address("limit"))
	a.JHI(operand.LabelRef(a.local("outside")))
	point(w, "w")
	number(places, 0, "pitch")
	a.CMPQ(start, a.address("room"))
	a.JHI(operand.LabelRef(a.local("outside")))
	point(m, "m")
	point(v, "v")
	a.MOVQ(a.address("n"), n)
	body(w, m, v, n)
	a.ADDQ(operand.Imm(4), rows)
	a.ADDQ(operand.Imm(4), places)
	a.DECQ(count)
	a.JNE(operand.LabelRef(a.local("row")))
	a.Label(a.local("outside"))
	found := start
	a.MOVQ(a.address("count"), found)
	a.SUBQ(count, found)
	a.Store(found, a.ReturnIndex(0))
	a.end()
}

func adamRows(a *assembler) {
	a.function("adamRowsVector",
		"func(w, m, v, grad *float32, n, limit, pitch, room int, rows, places *int32, count int, beta1, fresh1, beta2, fresh2, decay, rate, eps float32) int",
		"adamRowsVector is AdamRows; fresh1 and fresh2 are 1−beta1 and 1−beta2. limit is where in",
		"w the last row begins, room where in m and v the last moments of a row can begin. It returns how",
		"many rows of the list were found before one, or its moments, lies outside. n, count ≥ 1.")
	a.twice(func() {
		grad := a.word("grad")
		beta1, fresh1, beta2, fresh2 := a.spread("beta1"), a.spread("fresh1"), a.spread("beta2"), a.spread("fresh2")
		decay, rate, eps := a.spread("decay"), a.spread("rate"), a.spread("eps")
		a.eachRow(func(w, m, v, n reg.GPVirtual) {
			a.each(n, 1, func(l lanes) {
				x := l.load(grad)
				m2 := a.add(a.mul(beta1, l.load(m)), a.mul(fresh1, x))
				v2 := a.add(a.mul(beta2, l.load(v)), a.mul(a.mul(fresh2, x), x))
				l.store(m2, m)
				l.store(v2, v)
				move := a.div(a.mul(rate, m2), a.add(a.sqrt(v2), eps))
				w2 := l.load(w)
				l.store(a.sub(w2, a.add(a.mul(decay, w2), move)), w)
			})
			next := a.GP64()
			a.MOVQ(a.address("n"), next)
			a.LEAQ(operand.Mem{Base: grad, Index: next, Scale: 4}, grad)
		})
	})
}

func adamIdleRows(a *assembler) {
	a.function("adamIdleRowsVector",
		"func(w, m, v *float32, n, limit, pitch, room int, rows, places *int32, count int, which *int32, idle *float32) int",
		"adamIdleRowsVector is AdamIdleRows; limit, room and result are as for adamRowsVector.")
	a.twice(func() {
		which, idle := a.word("which"), a.word("idle")
		f := a.flusher()
		a.eachRow(func(w, m, v, n reg.GPVirtual) {
			// An Idle has eight numbers.
			place := a.GP64()
			a.MOVLQSX(operand.Mem{Base: which}, place)
			a.SHLQ(operand.Imm(5), place)
			a.ADDQ(operand.Imm(4), which)
			number := func(k int) reg.VecVirtual {
				y := a.vector()
				a.VBROADCASTSS(operand.Mem{Base: idle, Index: place, Scale: 1, Disp: 4 * k}, y)
				return y
			}
			decay, slope, base, e1, e2, keep1, keep2 := number(0), number(1), number(2), number(3), number(4), number(5), number(6)
			a.each(n, 1, func(l lanes) {
				x, y := l.load(m), l.load(v)
				s := a.sqrt(y)
				move := a.div(a.mul(x, a.add(a.mul(slope, s), base)), a.mul(a.add(s, e1), a.add(s, e2)))
				w2 := l.load(w)
				l.store(a.sub(w2, a.add(a.mul(decay, w2), move)), w)
				l.store(f.flush(a.mul(x, keep1)), m)
				// No absolute value: v is not negative, and were it so it would become 0.
				y2 := a.mul(y, keep2)
				l.store(a.and(y2, a.compare(y2, notLess, f.least)), v)
			})
		})
	})
}

// flusher replaces what would become denormal by zero.
type flusher struct {
	*assembler
	least, magnitude reg.VecVirtual
}

func (a *assembler) flusher() *flusher {
	return &flusher{a, a.constant(math.Float32bits(0x1p-126)), a.constant(0x7fffffff)}
}

// flush lets NaN through, which is not less than anything.
func (f *flusher) flush(x reg.VecVirtual) reg.VecVirtual {
	return f.and(x, f.compare(f.and(x, f.magnitude), notLess, f.least))
}

func allZero(a *assembler) {
	a.function("allZeroVector", "func(x *float32, n int) bool", "allZeroVector is AllZero.")
	x, n := a.word("x"), a.word("n")
	zero, r := a.zero(), a.GP32()
	a.each(n, 1, func(l lanes) {
		a.VMOVMSKPS(a.compare(l.load(x), notEqual, zero), r)
		a.TESTL(r, r)
		a.JNE(operand.LabelRef("found"))
	})
	for _, found := range []bool{false, true} {
		yes := a.GP8()
		if found {
			a.Label("found")
			a.XORL(yes.As32(), yes.As32())
		} else {
			a.MOVL(operand.U32(1), yes.As32())
		}
		a.Store(yes, a.ReturnIndex(0))
		a.end()
	}
}
