package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Rows of tables, added in the order of ../rows.go with its roundings: the same bits.
func rows(a *assembler) {
	a.function("addVector", "func(y, x *float32, n int)", "addVector is Add.")
	y, x, n := a.word("y"), a.word("x"), a.word("n")
	a.each(n, 4, func(l lanes) { l.store(a.add(l.load(y), l.load(x)), y) })
	a.end()

	a.function("axpyVector", "func(y *float32, alpha float32, x *float32, n int)", "axpyVector is Axpy.")
	y, x, n = a.word("y"), a.word("x"), a.word("n")
	alpha := a.spread("alpha")
	a.each(n, 4, func(l lanes) { l.store(a.add(l.load(y), a.mul(alpha, l.load(x))), y) })
	a.end()

	columnSums(a)
	cuts(a)
	falls(a)
	lists(a, "gatherListsVector", "GatherLists without values", false)
	lists(a, "gatherListsValuesVector", "GatherLists with values", true)
	scatter(a, "scatterVector", "ScatterAdd without values", false)
	scatter(a, "scatterValuesVector", "ScatterAdd with values", true)
}

// strip is some vectors that lie one after another: whole ones, or one of 4 numbers (half) or
// under a mask.
type strip struct {
	label   string
	vectors int
	half    bool
	mask    reg.Register
}

// strips does body for all of n columns: as long as it can for 64 at a time, then for 32, 16
// and, with AVX2, 8, and the rest under a mask, or, with AVX2, half a vector if it has just
// that. next moves on by so many columns.
func (a *assembler) strips(n reg.GPVirtual, body func(s strip), next func(columns int)) {
	for columns := 64; columns >= a.lanes(); columns /= 2 {
		vectors := columns / a.lanes()
		name := a.local(fmt.Sprintf("strip%d", columns))
		after := operand.LabelRef(name + "end")
		a.Label(name)
		a.CMPQ(n, operand.Imm(uint64(columns)))
		a.JLT(after)
		body(strip{label: name, vectors: vectors})
		next(columns)
		a.SUBQ(operand.Imm(uint64(columns)), n)
		if columns == 64 { // of the others there is one at most
			a.JMP(operand.LabelRef(name))
		}
		a.Label(string(after))
	}
	done := a.local("done")
	a.TESTQ(n, n)
	a.JEQ(operand.LabelRef(done))
	if !a.zmm {
		a.CMPQ(n, operand.Imm(4))
		a.JNE(operand.LabelRef("masked"))
		body(strip{label: "half", vectors: 1, half: true})
		a.JMP(operand.LabelRef(done))
		a.Label("masked")
	}
	mask := a.tailMask(n)
	body(strip{label: a.local("rest"), vectors: 1, mask: mask})
	a.Label(done)
}

// load reads vector v of a strip that begins at m. Lanes beyond its end read as 0.
func (a *assembler) load(s strip, v int, m operand.Mem) reg.VecVirtual {
	y := a.vector()
	a.loadTo(y, s, v, m)
	return y
}

func (a *assembler) loadTo(y reg.VecVirtual, s strip, v int, m operand.Mem) {
	if s.half {
		a.clear(y) // for avo, which counts on the upper half otherwise
		a.VMOVUPS(m, y.AsX())
		return
	}
	a.loadMasked(m.Offset(4*a.lanes()*v), s.mask, y)
}

func (a *assembler) loadAll(s strip, m operand.Mem) []reg.VecVirtual {
	ys := make([]reg.VecVirtual, s.vectors)
	for v := range ys {
		ys[v] = a.load(s, v, m)
	}
	return ys
}

// store writes vector v of a strip.
func (a *assembler) store(y reg.VecVirtual, s strip, v int, m operand.Mem) {
	if s.half {
		a.VMOVUPS(y.AsX(), m)
		return
	}
	a.storeMasked(y, s.mask, m.Offset(4*a.lanes()*v))
}

func (a *assembler) storeAll(ys []reg.VecVirtual, s strip, m operand.Mem) {
	for v, y := range ys {
		a.store(y, s, v, m)
	}
}

func columnSums(a *assembler) {
	a.function("columnSumsVector", "func(c, x *float32, m, n int)", "columnSumsVector is ColumnSums of m rows, m ≥ 1.")
	c, x, n := a.word("c"), a.word("x"), a.word("n")
	stride := a.GP64()
	a.MOVQ(n, stride)
	a.SHLQ(operand.Imm(2), stride)
	a.strips(n, func(s strip) {
		sums := make([]reg.VecVirtual, s.vectors)
		for v := range sums {
			sums[v] = a.zero()
		}
		row, m := a.GP64(), a.GP64()
		a.MOVQ(x, row)
		a.MOVQ(a.address("m"), m)
		a.Label(s.label + "row")
		for v, y := range a.loadAll(s, operand.Mem{Base: row}) {
			a.VADDPS(y, sums[v], sums[v])
		}
		a.ADDQ(stride, row)
		a.DECQ(m)
		a.JNE(operand.LabelRef(s.label + "row"))
		a.storeAll(sums, s, operand.Mem{Base: c})
	}, func(columns int) {
		a.ADDQ(operand.U32(4*columns), x)
		a.ADDQ(operand.U32(4*columns), c)
	})
	a.end()
}

// scatter describes ScatterAdd. It keeps the row that is added in registers.
func scatter(a *assembler, name, what string, scaled bool) {
	signature := "func(table, row *float32, n, limit int, rows *int32, count int) int"
	if scaled {
		signature = "func(table, row *float32, n, limit int, rows *int32, count int, values *float32) int"
	}
	a.function(name, signature,
		fmt.Sprintf("%s is %s. limit is the number of the table's element at which its", name, what),
		"last row begins. It returns how many rows of the list were found before one lies",
		"outside of the table. n, count ≥ 1.")
	a.twice(func() {
		table, row, n, limit := a.word("table"), a.word("row"), a.word("n"), a.word("limit")
		rows, count := a.word("rows"), a.word("count")
		var values reg.GPVirtual
		if scaled {
			values = a.word("values")
		}
		columns := a.GP64()
		a.MOVQ(n, columns)
		p := a.GP64()
		a.strips(n, func(s strip) {
			held := a.loadAll(s, operand.Mem{Base: row})
			a.XORQ(p, p)
			a.Label(s.label + "row")
			// A negative index becomes a large number, beyond the limit.
			start := a.GP64()
			a.MOVLQSX(operand.Mem{Base: rows, Index: p, Scale: 4}, start)
			a.IMULQ(columns, start)
			a.CMPQ(start, limit)
			a.JHI(operand.LabelRef(a.local("outside")))
			var value reg.VecVirtual
			if scaled {
				value = a.vector()
				a.VBROADCASTSS(operand.Mem{Base: values, Index: p, Scale: 4}, value)
			}
			m := operand.Mem{Base: table, Index: start, Scale: 4}
			for v, y := range held {
				x := a.load(s, v, m)
				if scaled {
					y = a.mul(value, y)
				}
				a.store(a.add(x, y), s, v, m)
			}
			a.INCQ(p)
			a.CMPQ(p, count)
			a.JLT(operand.LabelRef(s.label + "row"))
		}, func(columns int) {
			a.ADDQ(operand.U32(4*columns), table)
			a.ADDQ(operand.U32(4*columns), row)
		})
		a.Label(a.local("outside"))
		a.Store(p, a.ReturnIndex(0))
		a.end()
	})
}

// lists describes GatherLists: one list after the other, a strip of its row at a time.
func lists(a *assembler, name, what string, scaled bool) {
	signature := "func(y, table *float32, n, limit int, indices *int32, places int, from, to *int32, count, keep int) int"
	if scaled {
		signature = "func(y, table *float32, n, limit int, indices *int32, places int, from, to *int32, count, keep int, values *float32) int"
	}
	a.function(name, signature,
		fmt.Sprintf("%s is %s; keep = 0 sets y. limit is the number of", name, what),
		"the table's element at which its last row begins, places the number of indices. It",
		"returns how many lists were done before one that is not within the places, or has an",
		"index outside of the table. n, count ≥ 1.")
	a.twice(func() {
		y, indices, from, to := a.word("y"), a.word("indices"), a.word("from"), a.word("to")
		var values reg.GPVirtual
		if scaled {
			values = a.word("values")
		}
		list, p, end, left := a.GP64(), a.GP64(), a.GP64(), a.GP64()
		table, row := a.GP64(), a.GP64() // of a strip
		outside := operand.LabelRef(a.local("outside"))
		a.XORQ(list, list)
		a.Label(a.local("list"))
		first := operand.Mem{Base: from, Index: list, Scale: 4}
		a.MOVL(operand.Mem{Base: to, Index: list, Scale: 4}, end.As32())
		a.CMPQ(end, a.address("places"))
		a.JHI(outside)
		a.MOVL(first, p.As32())
		a.CMPQ(p, end)
		a.JHI(outside)
		a.MOVQ(a.address("table"), table)
		a.MOVQ(y, row)
		a.MOVQ(a.address("n"), left)
		a.strips(left, func(s strip) {
			sums := make([]reg.VecVirtual, s.vectors)
			for v := range sums {
				sums[v] = a.vector()
				a.clear(sums[v])
			}
			a.MOVL(first, p.As32())
			a.CMPQ(a.address("keep"), operand.Imm(0))
			a.JEQ(operand.LabelRef(s.label + "set"))
			for v, sum := range sums {
				a.loadTo(sum, s, v, operand.Mem{Base: row})
			}
			a.Label(s.label + "set")
			a.CMPQ(p, end)
			a.JEQ(operand.LabelRef(s.label + "last"))
			a.Label(s.label + "row")
			// A negative index becomes a large number, beyond the limit.
			start := a.GP64()
			a.MOVLQSX(operand.Mem{Base: indices, Index: p, Scale: 4}, start)
			a.IMULQ(a.address("n"), start)
			a.CMPQ(start, a.address("limit"))
			a.JHI(outside)
			var value reg.VecVirtual
			if scaled {
				value = a.vector()
				a.VBROADCASTSS(operand.Mem{Base: values, Index: p, Scale: 4}, value)
			}
			for v, sum := range sums {
				x := a.load(s, v, operand.Mem{Base: table, Index: start, Scale: 4})
				if scaled {
					x = a.mul(value, x)
				}
				a.VADDPS(x, sum, sum)
			}
			a.INCQ(p)
			a.CMPQ(p, end)
			a.JNE(operand.LabelRef(s.label + "row"))
			a.Label(s.label + "last")
			a.storeAll(sums, s, operand.Mem{Base: row})
		}, func(columns int) {
			a.ADDQ(operand.U32(4*columns), table)
			a.ADDQ(operand.U32(4*columns), row)
		})
		a.MOVQ(a.address("n"), left)
		a.LEAQ(operand.Mem{Base: y, Index: left, Scale: 4}, y)
		a.INCQ(list)
		a.CMPQ(list, a.address("count"))
		a.JLT(operand.LabelRef(a.local("list")))
		a.Label(a.local("outside"))
		a.Store(list, a.ReturnIndex(0))
		a.end()
	})
}

// cuts looks at eight indices at a time: how many of them are smaller is a count of bits, with
// nothing to guess but where to stop.
func cuts(a *assembler) {
	a.function("cutsVector", "func(to, indices, from, ends *int32, count int, bound int32)",
		"cutsVector is Cuts. count ≥ 1.")
	to, indices, from, ends, count := a.word("to"), a.word("indices"), a.word("from"), a.word("ends"), a.word("count")
	bound, number := a.YMM(), a.GP32()
	a.Load(a.Param("bound"), number)
	a.VMOVD(number, bound.AsX())
	a.VPBROADCASTD(bound.AsX(), bound)
	at, n, found := a.GP64(), a.GP64(), a.GP64()
	smaller, bits := a.YMM(), a.GP32()
	a.Label("list")
	a.MOVLQSX(operand.Mem{Base: from}, at)
	a.MOVLQSX(operand.Mem{Base: ends}, n)
	a.MOVQ(at, found)
	a.SUBQ(at, n)
	a.LEAQ(operand.Mem{Base: indices, Index: at, Scale: 4}, at)
	a.SUBQ(operand.Imm(8), n)
	a.JLT(operand.LabelRef("tail"))
	a.Label("eight")
	a.VPCMPGTD(operand.Mem{Base: at}, bound, smaller)
	a.VMOVMSKPS(smaller, bits)
	a.POPCNTL(bits, bits)
	a.ADDQ(bits.As64(), found)
	a.CMPL(bits, operand.Imm(8)) // they ascend
	a.JNE(operand.LabelRef("done"))
	a.ADDQ(operand.Imm(32), at)
	a.SUBQ(operand.Imm(8), n)
	a.JGE(operand.LabelRef("eight"))
	a.Label("tail")
	a.ADDQ(operand.Imm(8), n)
	mask := a.tailMask(n)
	last := a.YMM()
	a.VPMASKMOVD(operand.Mem{Base: at}, mask, last)
	a.VPCMPGTD(last, bound, smaller)
	a.VPAND(mask, smaller, smaller)
	a.VMOVMSKPS(smaller, bits)
	a.POPCNTL(bits, bits)
	a.ADDQ(bits.As64(), found)
	a.Label("done")
	a.MOVL(found.As32(), operand.Mem{Base: to})
	a.ADDQ(operand.Imm(4), to)
	a.ADDQ(operand.Imm(4), from)
	a.ADDQ(operand.Imm(4), ends)
	a.DECQ(count)
	a.JNE(operand.LabelRef("list"))
	a.end()
}

// falls compares eight numbers at a time with those before them. In sums each lane counts down for
// every number that is above the one before, so that there is no branch.
func falls(a *assembler) {
	a.function("fallsVector", "func(x *int32, blocks int) (rises int, most uint32)",
		"fallsVector looks at the numbers that follow x[0], 8·blocks of them, blocks ≥ 1: how many are",
		"above the one before, and which is the largest as a number without a sign.")
	x, blocks := a.word("x"), a.word("blocks")
	sums, most := a.YMM(), a.YMM()
	a.VPXOR(sums, sums, sums)
	a.VPXOR(most, most, most)
	a.Label("block")
	these, above := a.YMM(), a.YMM()
	a.VMOVDQU(operand.Mem{Base: x, Disp: 4}, these)
	a.VPCMPGTD(operand.Mem{Base: x}, these, above)
	a.VPADDD(above, sums, sums)
	a.VPMAXUD(these, most, most)
	a.ADDQ(operand.Imm(32), x)
	a.DECQ(blocks)
	a.JNE(operand.LabelRef("block"))
	// One lane of both in the end, from four, from two.
	for _, fold := range []func(from, to reg.VecVirtual){
		func(from, to reg.VecVirtual) { a.VEXTRACTI128(operand.Imm(1), from, to.AsX()) },
		func(from, to reg.VecVirtual) { a.VPSHUFD(operand.Imm(0b01001110), from.AsX(), to.AsX()) },
		func(from, to reg.VecVirtual) { a.VPSHUFD(operand.Imm(0b10110001), from.AsX(), to.AsX()) },
	} {
		other := a.YMM()
		fold(sums, other)
		a.VPADDD(other.AsX(), sums.AsX(), sums.AsX())
		other = a.YMM()
		fold(most, other)
		a.VPMAXUD(other.AsX(), most.AsX(), most.AsX())
	}
	count, largest := a.GP64(), a.GP32()
	a.VMOVD(sums.AsX(), count.As32())
	a.NEGL(count.As32()) // which clears the upper half
	a.VMOVD(most.AsX(), largest)
	a.Store(count, a.ReturnIndex(0))
	a.Store(largest, a.ReturnIndex(1))
	a.end()
}
