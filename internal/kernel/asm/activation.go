package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Activations and their derivatives, as ../activation.go. Those without an exponential
// give the bits of the Go code. The exponential is computed in float64 as there, to
// some 12 digits, and rounded to float32 once: the result is the number nearest to the
// true one or, where that lies within 1e-5 of the middle between two, perhaps the
// other.
func activation(a *assembler) {
	a.activate("relu", func(z reg.VecVirtual) reg.VecVirtual {
		return a.and(z, a.compare(z, notLessOrEqual, a.zero())) // 0 for −0, NaN for NaN
	})
	slope := math.Float32bits(0.01)
	a.activate("leaky", func(z reg.VecVirtual) reg.VecVirtual {
		return a.choose(a.compare(z, less, a.zero()), a.mul(z, a.constant(slope)), z)
	})
	a.activate("elu", func(z reg.VecVirtual) reg.VecVirtual {
		e := a.halves(z, func(x reg.VecVirtual) reg.VecVirtual { return a.expm1(a.clamp(x)) })
		return a.choose(a.compare(z, less, a.zero()), e, z)
	})
	a.activate("sigmoid", func(z reg.VecVirtual) reg.VecVirtual { return a.halves(z, a.logistic) })
	a.activate("tanh", func(z reg.VecVirtual) reg.VecVirtual {
		t := a.halves(z, func(x reg.VecVirtual) reg.VecVirtual {
			// (e²ˣ−1)/(e²ˣ+1)
			y, sum := a.YMM(), a.YMM()
			a.VADDPD(x, x, y)
			e := a.expm1(a.clamp(y))
			a.VADDPD(a.f64(2), e, sum)
			a.VDIVPD(sum, e, sum)
			return sum
		})
		y := a.YMM() // with the sign of z, for −0
		a.VANDPS(a.constant(0x80000000), z, y)
		a.VORPS(y, t, y)
		return y
	})
	a.activate("softplus", func(z reg.VecVirtual) reg.VecVirtual { return a.halves(z, a.softplus) })
	a.activate("swish", func(z reg.VecVirtual) reg.VecVirtual {
		return a.halves(z, func(x reg.VecVirtual) reg.VecVirtual {
			y := a.YMM()
			a.VMULPD(a.logistic(x), x, y)
			return y
		})
	})

	one := math.Float32bits(1)
	a.gradient("relu", func(v, g reg.VecVirtual) reg.VecVirtual { return a.and(g, a.compare(v, greater, a.zero())) })
	a.gradient("leaky", func(v, g reg.VecVirtual) reg.VecVirtual {
		return a.choose(a.compare(v, greater, a.zero()), g, a.mul(g, a.constant(slope)))
	})
	a.gradient("elu", func(v, g reg.VecVirtual) reg.VecVirtual {
		return a.choose(a.compare(v, greater, a.zero()), g, a.mul(g, a.add(v, a.constant(one))))
	})
	a.gradient("sigmoid", func(v, g reg.VecVirtual) reg.VecVirtual {
		return a.mul(a.mul(g, v), a.sub(a.constant(one), v))
	})
	a.gradient("tanh", func(v, g reg.VecVirtual) reg.VecVirtual {
		return a.mul(g, a.sub(a.constant(one), a.mul(v, v)))
	})
	a.gradient("softplus", func(v, g reg.VecVirtual) reg.VecVirtual {
		return a.mul(g, a.halves(v, func(f reg.VecVirtual) reg.VecVirtual {
			y := a.YMM()
			a.VXORPD(a.f64(math.Copysign(0, -1)), f, y)
			e := a.expm1(a.clamp(y))
			a.VXORPD(a.f64(math.Copysign(0, -1)), e, y)
			return y
		}))
	})
	a.gradient("swish", func(v, g reg.VecVirtual) reg.VecVirtual {
		return a.mul(g, a.halves(v, func(x reg.VecVirtual) reg.VecVirtual {
			s := a.logistic(x)
			y, rest := a.YMM(), a.YMM()
			a.VMULPD(s, x, y)
			a.VMOVUPD(a.f64(1), rest)
			a.VSUBPD(s, rest, rest)
			a.VMULPD(rest, y, y)
			a.VADDPD(y, s, y)
			return y
		}))
	})
	softmax(a)
}

func (a *assembler) activate(name string, f func(z reg.VecVirtual) reg.VecVirtual) {
	a.function(name+"Vector", "func(f, z *float32, n int)", fmt.Sprintf("%sVector sets f to the activation of z.", name))
	to, z, n := a.word("f"), a.word("z"), a.word("n")
	a.each(n, 1, func(l lanes) { l.store(f(l.load(z)), to) })
	a.end()
}

func (a *assembler) gradient(name string, f func(v, g reg.VecVirtual) reg.VecVirtual) {
	a.function(name+"GradVector", "func(d, v, grad *float32, n int)",
		fmt.Sprintf("%sGradVector sets d to grad times the derivative of the activation, told from v.", name))
	d, v, g, n := a.word("d"), a.word("v"), a.word("grad"), a.word("n")
	a.each(n, 1, func(l lanes) { l.store(f(l.load(v), l.load(g)), d) })
	a.end()
}

// choose takes x where the mask has ones, else y.
func (a *assembler) choose(mask reg.Register, x, y reg.VecVirtual) reg.VecVirtual {
	z := a.vector()
	if a.zmm {
		a.VBLENDMPS(x, y, mask, z)
	} else {
		a.VBLENDVPS(mask, x, y, z)
	}
	return z
}

// halves does f to four float64s at a time, and rounds what comes out.
func (a *assembler) halves(z reg.VecVirtual, f func(x reg.VecVirtual) reg.VecVirtual) reg.VecVirtual {
	var half [2]reg.VecVirtual
	for h := range half {
		x, part := a.YMM(), z.AsX()
		if h == 1 {
			part = a.XMM()
			a.VEXTRACTF128(operand.Imm(1), z, part)
		}
		a.VCVTPS2PD(part, x)
		half[h] = f(x)
		a.VCVTPD2PSY(half[h], half[h].AsX())
	}
	y := a.YMM()
	a.VINSERTF128(operand.Imm(1), half[1].AsX(), half[0], y)
	return y
}

// f64 is a constant in memory, four times.
func (a *assembler) f64(x float64) operand.Mem {
	bits := math.Float64bits(x) // as a key it tells −0 from 0
	if m, ok := a.f64s[bits]; ok {
		return m
	}
	m := a.StaticGlobal(fmt.Sprintf("f64_%016x", bits))
	a.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 4 {
		a.AddDatum(8*i, operand.U64(bits))
	}
	if a.f64s == nil {
		a.f64s = map[uint64]operand.Mem{}
	}
	a.f64s[bits] = m
	return m
}

// clamp brings x to where the exponential needs no care for its exponent, and where
// it lies beyond what float32 can tell from 0 and from infinity. NaN stays.
func (a *assembler) clamp(x reg.VecVirtual) reg.VecVirtual {
	lo, y := a.YMM(), a.YMM()
	// Both give their second operand, here x, if one is NaN.
	a.VMOVUPD(a.f64(-150), lo)
	a.VMAXPD(x, lo, y)
	a.VMOVUPD(a.f64(150), lo)
	a.VMINPD(y, lo, y)
	return y
}

// exponential returns 2ⁿ and eʳ−1 for x = n·ln 2 + r, |r| ≤ ½·ln 2, with |x| ≤ 150.
func (a *assembler) exponential(x reg.VecVirtual) (scale, em1 reg.VecVirtual) {
	// Added to 1.5·2⁵², a number is rounded, and its low bits are n.
	n, r := a.YMM(), a.YMM()
	a.VMOVUPD(a.f64(math.Log2E), n)
	a.VFMADD213PD(a.f64(0x1.8p52), x, n)
	a.VSUBPD(a.f64(0x1.8p52), n, r)
	// For n = 0, r is x to the last bit, so that eˣ−1 has all its digits.
	a.VFNMADD132PD(a.f64(math.Ln2), x, r)
	scale = a.YMM()
	a.VPSLLQ(operand.Imm(52), n, scale)
	a.VPADDQ(a.f64(1), scale, scale)

	// r·Σ rᵏ/(k+1)!: the first term left out is 6e-13 of the sum.
	q := a.YMM()
	const last = 9
	factorial := 1.0
	for k := 2.0; k <= last+1; k++ {
		factorial *= k
	}
	a.VMOVUPD(a.f64(1/factorial), q)
	for k := last; k > 0; k-- {
		factorial /= float64(k + 1)
		a.VFMADD213PD(a.f64(1/factorial), r, q)
	}
	a.VMULPD(r, q, q)
	return scale, q
}

// expm1 is eˣ−1.
func (a *assembler) expm1(x reg.VecVirtual) reg.VecVirtual {
	scale, q := a.exponential(x)
	less1 := a.YMM()
	a.VSUBPD(a.f64(1), scale, less1)
	a.VFMADD213PD(less1, scale, q)
	return q
}

// exp is eˣ.
func (a *assembler) exp(x reg.VecVirtual) reg.VecVirtual {
	scale, q := a.exponential(x)
	a.VFMADD213PD(scale, scale, q)
	return q
}

// faded is e^−|x|, 0 where that is below 1e-65.
func (a *assembler) faded(x reg.VecVirtual) reg.VecVirtual {
	y, near := a.YMM(), a.YMM()
	a.VORPD(a.f64(math.Copysign(0, -1)), x, y)
	a.VCMPPD(operand.Imm(notLess), a.f64(-150), y, near)
	e := a.exp(a.clamp(y))
	a.VANDPD(near, e, e)
	return e
}

// logistic is 1/(1+e⁻ˣ).
func (a *assembler) logistic(x reg.VecVirtual) reg.VecVirtual {
	// With e = e^−|x|: 1/(1+e) or, for x < 0, e/(1+e). The sign bit chooses.
	e := a.faded(x)
	top, sum := a.YMM(), a.YMM()
	a.VMOVUPD(a.f64(1), top)
	a.VADDPD(top, e, sum)
	a.VBLENDVPD(x, e, top, top)
	a.VDIVPD(sum, top, top)
	return top
}

// softplus is max(x, 0) + ln(1+e^−|x|).
func (a *assembler) softplus(x reg.VecVirtual) reg.VecVirtual {
	// ln(1+e) = 2·artanh(t) with t = e/(2+e) ≤ 1/3; the first term left out of
	// 2·t·Σ t²ᵏ/(2k+1) is 1.4e-13 of the sum.
	e := a.faded(x)
	t, z, q := a.YMM(), a.YMM(), a.YMM()
	a.VADDPD(a.f64(2), e, t)
	a.VDIVPD(t, e, t)
	a.VMULPD(t, t, z)
	const last = 11
	a.VMOVUPD(a.f64(2/float64(2*last+1)), q)
	for k := last - 1; k >= 0; k-- {
		a.VFMADD213PD(a.f64(2/float64(2*k+1)), z, q)
	}
	above := a.YMM()
	a.VXORPD(above, above, above)
	a.VMAXPD(above, x, above)
	a.VFMADD213PD(above, t, q)
	return q
}

// softmax describes the kernel for one row.
func softmax(a *assembler) {
	a.function("softmaxVector", "func(p, z *float32, n int)",
		"softmaxVector sets the row p to the softmax of the row z, n ≥ 1. p may be z.")
	p, z := a.word("p"), a.word("z")
	// The largest. Lanes beyond the end read as 0, so there −∞ takes their place. A NaN
	// may get lost here, but it makes the sum NaN.
	top, lowest := a.constant(math.Float32bits(float32(math.Inf(-1)))), a.constant(math.Float32bits(float32(math.Inf(-1))))
	// absent puts it there.
	absent := func(l lanes, x reg.VecVirtual) reg.VecVirtual {
		switch {
		case l.mask != nil:
			return a.choose(l.mask, x, lowest)
		case l.half:
			a.VBLENDPS(operand.Imm(0xf0), lowest, x, x)
		}
		return x
	}
	a.each(a.word("n"), 1, func(l lanes) {
		a.VMAXPS(absent(l, l.load(z)), top, top)
	})
	other := a.YMM()
	for _, swap := range []func(){
		func() { a.VPERM2F128(operand.Imm(1), top, top, other) },
		func() { a.VSHUFPS(operand.Imm(0x4e), top, top, other) },
		func() { a.VSHUFPS(operand.Imm(0xb1), top, top, other) },
	} {
		swap()
		a.VMAXPS(other, top, top)
	}
	a.VCVTPS2PD(top.AsX(), top)

	sum := a.zero()
	a.each(a.word("n"), 1, func(l lanes) {
		x := absent(l, l.load(z)) // whose e^−∞ adds 0, or hardly more
		l.store(a.halves(x, func(x reg.VecVirtual) reg.VecVirtual {
			y := a.YMM()
			a.VSUBPD(top, x, y)
			e := a.exp(a.clamp(y))
			a.VADDPD(e, sum, sum)
			return e
		}), p)
	})
	a.VPERM2F128(operand.Imm(1), sum, sum, other)
	a.VADDPD(other, sum, sum)
	a.VSHUFPD(operand.Imm(5), sum, sum, other)
	a.VADDPD(other, sum, sum)

	a.each(a.word("n"), 1, func(l lanes) {
		l.store(a.halves(l.load(p), func(x reg.VecVirtual) reg.VecVirtual {
			a.VDIVPD(sum, x, x)
			return x
		}), p)
	})
	a.end()
}
