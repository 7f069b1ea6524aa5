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
	w, g, n = a.word("w"), a.word("grad"), a.word("n")
	c := a.word("c")
	rho, fresh, rate, eps := a.spread("rho"), a.spread("fresh"), a.spread("rate"), a.spread("eps")
	a.each(n, 1, func(l lanes) {
		x := l.load(g)
		s := a.add(a.mul(rho, l.load(c)), a.mul(a.mul(fresh, x), x))
		l.store(s, c)
		l.store(a.sub(l.load(w), a.div(a.mul(rate, x), a.sqrt(a.add(s, eps)))), w)
	})
	a.end()

	a.function("adagradVector", "func(w, grad, c *float32, n int, rate, eps float32)", "adagradVector is AdaGrad.")
	w, g, c, n = a.word("w"), a.word("grad"), a.word("c"), a.word("n")
	rate, eps = a.spread("rate"), a.spread("eps")
	a.each(n, 1, func(l lanes) {
		x := l.load(g)
		s := a.add(l.load(c), a.mul(x, x))
		l.store(s, c)
		l.store(a.sub(l.load(w), a.div(a.mul(rate, x), a.add(a.sqrt(s), eps))), w)
	})
	a.end()

	a.function("adamVector", "func(w, grad, m, v *float32, n int, beta1, fresh1, beta2, fresh2, decay, rate, eps float32)",
		"adamVector is Adam; fresh1 and fresh2 are 1−beta1 and 1−beta2.")
	w, g, v, n = a.word("w"), a.word("grad"), a.word("v"), a.word("n")
	m := a.word("m")
	beta1, fresh1, beta2, fresh2 := a.spread("beta1"), a.spread("fresh1"), a.spread("beta2"), a.spread("fresh2")
	decay, rate, eps := a.spread("decay"), a.spread("rate"), a.spread("eps")
	a.each(n, 1, func(l lanes) {
		x := l.load(g)
		m2 := a.add(a.mul(beta1, l.load(m)), a.mul(fresh1, x))
		v2 := a.add(a.mul(beta2, l.load(v)), a.mul(a.mul(fresh2, x), x))
		l.store(m2, m)
		l.store(v2, v)
		move := a.div(a.mul(rate, m2), a.add(a.sqrt(v2), eps))
		w2 := l.load(w)
		l.store(a.sub(w2, a.add(a.mul(decay, w2), move)), w)
	})
	a.end()

	a.function("adamIdleVector", "func(w, m, v *float32, n int, decay, a, b, e1, e2, keep1, keep2 float32)",
		"adamIdleVector is AdamIdle.")
	w, m, v, n = a.word("w"), a.word("m"), a.word("v"), a.word("n")
	decay = a.spread("decay")
	slope, base := a.spread("a"), a.spread("b")
	e1, e2, keep1, keep2 := a.spread("e1"), a.spread("e2"), a.spread("keep1"), a.spread("keep2")
	f = a.flusher()
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
	a.end()

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
