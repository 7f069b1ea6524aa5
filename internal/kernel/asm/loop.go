package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lanes is where a vector of up to 8 numbers stands, at the same place of every slice.
type lanes struct {
	*assembler
	index reg.GPVirtual // in numbers
	skip  int           // on top of it, in numbers
	half  bool          // there are 4 numbers
	mask  *reg.VecVirtual
}

func (l lanes) of(p reg.GPVirtual) operand.Mem {
	return operand.Mem{Base: p, Index: l.index, Scale: 4, Disp: 4 * l.skip}
}

// load reads 8 numbers of slice p. Lanes beyond the end read as 0.
func (l lanes) load(p reg.GPVirtual) reg.VecVirtual {
	y := l.YMM()
	switch {
	case l.mask != nil:
		l.VMASKMOVPS(l.of(p), *l.mask, y)
	case l.half:
		l.VMOVUPS(l.of(p), y.AsX())
	default:
		l.VMOVUPS(l.of(p), y)
	}
	return y
}

// store writes 8 numbers, of which those beyond the end are dropped.
func (l lanes) store(y reg.VecVirtual, p reg.GPVirtual) {
	switch {
	case l.mask != nil:
		l.VMASKMOVPS(y, *l.mask, l.of(p))
	case l.half:
		l.VMOVUPS(y.AsX(), l.of(p))
	default:
		l.VMOVUPS(y, l.of(p))
	}
}

// each does body for all numbers of slices of length n, 8 at a time, and what is left
// under a mask, so that what happens to a number does not depend on its place. (Four that
// are left need none: a store under a mask takes longer than all the rest of a short row,
// on some processors.) Slices may be the same, but not overlap otherwise. unroll bodies
// make a turn.
func (a *assembler) each(n reg.GPVirtual, unroll int, body func(l lanes)) {
	label := func(name string) string { return fmt.Sprintf("%s%d", name, a.loops) }
	a.loops++
	i := a.GP64()
	a.XORQ(i, i)
	if unroll > 1 {
		a.SUBQ(operand.Imm(uint64(8*unroll)), n)
		a.JLT(operand.LabelRef(label("single")))
		a.Label(label("turn"))
		for u := range unroll {
			body(lanes{assembler: a, index: i, skip: 8 * u})
		}
		a.ADDQ(operand.Imm(uint64(8*unroll)), i)
		a.SUBQ(operand.Imm(uint64(8*unroll)), n)
		a.JGE(operand.LabelRef(label("turn")))
		a.Label(label("single"))
		a.ADDQ(operand.Imm(uint64(8*unroll)), n)
	}
	a.SUBQ(operand.Imm(8), n)
	a.JLT(operand.LabelRef(label("tail")))
	a.Label(label("vector"))
	body(lanes{assembler: a, index: i})
	a.ADDQ(operand.Imm(8), i)
	a.SUBQ(operand.Imm(8), n)
	a.JGE(operand.LabelRef(label("vector")))
	a.Label(label("tail"))
	a.ADDQ(operand.Imm(8), n)
	a.JEQ(operand.LabelRef(label("done")))
	a.CMPQ(n, operand.Imm(4))
	a.JNE(operand.LabelRef(label("rest")))
	body(lanes{assembler: a, index: i, half: true})
	a.JMP(operand.LabelRef(label("done")))
	a.Label(label("rest"))
	mask := a.tailMask(n)
	body(lanes{assembler: a, index: i, mask: &mask})
	a.Label(label("done"))
}

// The arithmetic below rounds each result, as Go's does on amd64: no fused
// multiply-add, so that the assembly gives the bits of the Go code.

func (a *assembler) mul(x, y reg.VecVirtual) reg.VecVirtual {
	z := a.YMM()
	a.VMULPS(y, x, z)
	return z
}

func (a *assembler) add(x, y reg.VecVirtual) reg.VecVirtual {
	z := a.YMM()
	a.VADDPS(y, x, z)
	return z
}

// sub is x − y.
func (a *assembler) sub(x, y reg.VecVirtual) reg.VecVirtual {
	z := a.YMM()
	a.VSUBPS(y, x, z)
	return z
}

// div is x/y.
func (a *assembler) div(x, y reg.VecVirtual) reg.VecVirtual {
	z := a.YMM()
	a.VDIVPS(y, x, z)
	return z
}

func (a *assembler) sqrt(x reg.VecVirtual) reg.VecVirtual {
	z := a.YMM()
	a.VSQRTPS(x, z)
	return z
}

// and keeps x where the mask has ones; elsewhere it is 0.
func (a *assembler) and(x, mask reg.VecVirtual) reg.VecVirtual {
	z := a.YMM()
	a.VANDPS(mask, x, z)
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

// compare returns ones in the lanes where x and y are as the predicate says.
func (a *assembler) compare(x reg.VecVirtual, predicate uint64, y reg.VecVirtual) reg.VecVirtual {
	z := a.YMM()
	a.VCMPPS(operand.Imm(predicate), y, x, z)
	return z
}

// constant loads a number, given by its bits, into all lanes.
func (a *assembler) constant(bits uint32) reg.VecVirtual {
	r, y := a.GP32(), a.YMM()
	a.MOVL(operand.U32(bits), r)
	a.VMOVD(r, y.AsX())
	a.VPBROADCASTD(y.AsX(), y)
	return y
}
