package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lanes is where a vector stands, at the same place of every slice.
type lanes struct {
	*assembler
	index reg.GPVirtual // in numbers
	skip  int           // on top of it, in numbers
	half  bool          // there are 4 numbers
	mask  reg.Register
}

func (l lanes) of(p reg.GPVirtual) operand.Mem {
	return operand.Mem{Base: p, Index: l.index, Scale: 4, Disp: 4 * l.skip}
}

// load reads the numbers of slice p. Lanes beyond the end read as 0.
func (l lanes) load(p reg.GPVirtual) reg.VecVirtual {
	y := l.vector()
	if l.half {
		y = l.zero() // for avo, which counts on the upper half otherwise
		l.VMOVUPS(l.of(p), y.AsX())
	} else {
		l.loadMasked(l.of(p), l.mask, y)
	}
	return y
}

// store writes the numbers, of which those beyond the end are dropped.
func (l lanes) store(y reg.VecVirtual, p reg.GPVirtual) {
	if l.half {
		l.VMOVUPS(y.AsX(), l.of(p))
	} else {
		l.storeMasked(y, l.mask, l.of(p))
	}
}

// loadMasked reads a vector. Lanes outside of the mask, if there is one, read as 0.
func (a *assembler) loadMasked(m operand.Mem, mask reg.Register, y reg.VecVirtual) {
	switch {
	case mask == nil:
		a.VMOVUPS(m, y)
	case a.zmm:
		a.VMOVUPS_Z(m, mask, y)
	default:
		a.VMASKMOVPS(m, mask, y)
	}
}

// storeMasked writes the lanes inside of the mask, or all.
func (a *assembler) storeMasked(y reg.VecVirtual, mask reg.Register, m operand.Mem) {
	switch {
	case mask == nil:
		a.VMOVUPS(y, m)
	case a.zmm:
		a.VMOVUPS(y, mask, m)
	default:
		a.VMASKMOVPS(y, mask, m)
	}
}

// each does body for all numbers of slices of length n, a vector at a time, and what is
// left under a mask, so that what happens to a number does not depend on its place. (Four that
// are left need none: a store under a mask takes longer than all the rest of a short row,
// on some processors.) Slices may be the same, but not overlap otherwise. unroll bodies
// make a turn.
func (a *assembler) each(n reg.GPVirtual, unroll int, body func(l lanes)) {
	label := func(name string) string { return fmt.Sprintf("%s%d", name, a.loops) }
	a.loops++
	one := uint64(a.lanes())
	turn := one * uint64(unroll)
	i := a.GP64()
	a.XORQ(i, i)
	if unroll > 1 {
		a.SUBQ(operand.Imm(turn), n)
		a.JLT(operand.LabelRef(label("single")))
		a.Label(label("turn"))
		for u := range unroll {
			body(lanes{assembler: a, index: i, skip: a.lanes() * u})
		}
		a.ADDQ(operand.Imm(turn), i)
		a.SUBQ(operand.Imm(turn), n)
		a.JGE(operand.LabelRef(label("turn")))
		a.Label(label("single"))
		a.ADDQ(operand.Imm(turn), n)
	}
	a.SUBQ(operand.Imm(one), n)
	a.JLT(operand.LabelRef(label("tail")))
	a.Label(label("vector"))
	body(lanes{assembler: a, index: i})
	a.ADDQ(operand.Imm(one), i)
	a.SUBQ(operand.Imm(one), n)
	a.JGE(operand.LabelRef(label("vector")))
	a.Label(label("tail"))
	a.ADDQ(operand.Imm(one), n)
	a.JEQ(operand.LabelRef(label("done")))
	if a.zmm {
		// A root and a division of 8 numbers take half the time of those of 16.
		a.eights = true
		a.SUBQ(operand.Imm(8), n)
		a.JLT(operand.LabelRef(label("few")))
		body(lanes{assembler: a, index: i})
		a.ADDQ(operand.Imm(8), i)
		a.SUBQ(operand.Imm(8), n)
		a.Label(label("few"))
		a.ADDQ(operand.Imm(8), n)
		a.JEQ(operand.LabelRef(label("done")))
	}
	a.CMPQ(n, operand.Imm(4))
	a.JNE(operand.LabelRef(label("rest")))
	body(lanes{assembler: a, index: i, half: true})
	a.JMP(operand.LabelRef(label("done")))
	a.Label(label("rest"))
	mask := a.tailMask(n)
	body(lanes{assembler: a, index: i, mask: mask})
	a.eights = false
	a.Label(label("done"))
}

// The arithmetic below rounds each result, as Go's does on amd64: no fused
// multiply-add, so that the assembly gives the bits of the Go code.

func (a *assembler) mul(x, y reg.VecVirtual) reg.VecVirtual {
	z := a.vector()
	a.VMULPS(a.fit(y), a.fit(x), z)
	return z
}

func (a *assembler) add(x, y reg.VecVirtual) reg.VecVirtual {
	z := a.vector()
	a.VADDPS(a.fit(y), a.fit(x), z)
	return z
}

// sub is x − y.
func (a *assembler) sub(x, y reg.VecVirtual) reg.VecVirtual {
	z := a.vector()
	a.VSUBPS(a.fit(y), a.fit(x), z)
	return z
}

// div is x/y.
func (a *assembler) div(x, y reg.VecVirtual) reg.VecVirtual {
	z := a.vector()
	a.VDIVPS(a.fit(y), a.fit(x), z)
	return z
}

func (a *assembler) sqrt(x reg.VecVirtual) reg.VecVirtual {
	z := a.vector()
	a.VSQRTPS(a.fit(x), z)
	return z
}

// and keeps x where the mask has ones; elsewhere it is 0.
func (a *assembler) and(x reg.VecVirtual, mask reg.Register) reg.VecVirtual {
	z := a.vector()
	if mask.Kind() == reg.KindOpmask {
		a.VMOVAPS_Z(a.fit(x), mask, z)
	} else {
		a.VANDPS(a.fit(mask), a.fit(x), z)
	}
	return z
}

// Predicates of VCMPPS. The "not" ones hold for NaN, the others do not.
const (
	notLess        = 0x15
	notLessOrEqual = 0x16
	less           = 0x11
	greater        = 0x1e
	notEqual       = 0x04
)

// compare returns a mask of the lanes where x and y are as the predicate says.
func (a *assembler) compare(x reg.VecVirtual, predicate uint64, y reg.VecVirtual) reg.Register {
	var z reg.Register = a.K()
	if !a.zmm {
		z = a.YMM()
	}
	a.VCMPPS(operand.Imm(predicate), a.fit(y), a.fit(x), z)
	return z
}

// constant loads a number, given by its bits, into all lanes.
func (a *assembler) constant(bits uint32) reg.VecVirtual {
	r, y := a.GP32(), a.vector()
	a.MOVL(operand.U32(bits), r)
	a.VMOVD(r, y.AsX())
	a.VPBROADCASTD(y.AsX(), y)
	return y
}
