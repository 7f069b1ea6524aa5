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
	walk(a, "gatherVector", "GatherAdd without values", false, false)
	walk(a, "gatherValuesVector", "GatherAdd with values", false, true)
	below(a, "gatherBelowVector", "GatherBelow without values", false)
	below(a, "gatherBelowValuesVector", "GatherBelow with values", true)
	walk(a, "scatterVector", "ScatterAdd without values", true, false)
	walk(a, "scatterValuesVector", "ScatterAdd with values", true, true)
}

// strip is some vectors that lie one after another: whole ones, or one of 4 numbers (half) or
// under a mask.
type strip struct {
	label   string
	vectors int
	half    bool
	mask    reg.Register
}

// strips does body for all of n columns: as long as it can for 64 at a time, 8
// vectors, then for 32, 16, 8 and the rest under a mask, or half a vector if it has just
// that. next moves on by so many columns.
func (a *assembler) strips(n reg.GPVirtual, body func(s strip), next func(columns int)) {
	for _, vectors := range []int{8, 4, 2, 1} {
		columns := 8 * vectors
		name := fmt.Sprintf("strip%d", columns)
		after := operand.LabelRef(name + "end")
		a.Label(name)
		a.CMPQ(n, operand.Imm(uint64(columns)))
		a.JLT(after)
		body(strip{label: name, vectors: vectors})
		next(columns)
		a.SUBQ(operand.Imm(uint64(columns)), n)
		if vectors == 8 { // of the others there is one at most
			a.JMP(operand.LabelRef(name))
		}
		a.Label(string(after))
	}
	a.TESTQ(n, n)
	a.JEQ(operand.LabelRef("done"))
	a.CMPQ(n, operand.Imm(4))
	a.JNE(operand.LabelRef("masked"))
	body(strip{label: "half", vectors: 1, half: true})
	a.JMP(operand.LabelRef("done"))
	a.Label("masked")
	mask := a.tailMask(n)
	body(strip{label: "rest", vectors: 1, mask: mask})
	a.Label("done")
}

// load reads vector v of a strip that begins at m. Lanes beyond its end read as 0.
func (a *assembler) load(s strip, v int, m operand.Mem) reg.VecVirtual {
	if s.half {
		y := a.zero() // for avo, which counts on the upper half otherwise
		a.VMOVUPS(m, y.AsX())
		return y
	}
	y := a.YMM()
	a.loadMasked(m.Offset(32*v), s.mask, y)
	return y
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
	a.storeMasked(y, s.mask, m.Offset(32*v))
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

// walk describes a kernel that goes along a list of rows of a table. It keeps the
// other operand, one row, in registers: a row to add to or, if scatter, to be added.
func walk(a *assembler, name, what string, scatter, scaled bool) {
	signature := "func(table, row *float32, n, limit int, rows *int32, count int) int"
	if scaled {
		signature = "func(table, row *float32, n, limit int, rows *int32, count int, values *float32) int"
	}
	a.function(name, signature,
		fmt.Sprintf("%s is %s. limit is the number of the table's element at which its", name, what),
		"last row begins. It returns how many rows of the list were found before one lies",
		"outside of the table. n, count ≥ 1.")
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
		a.JHI(operand.LabelRef("outside"))
		var value reg.VecVirtual
		if scaled {
			value = a.YMM()
			a.VBROADCASTSS(operand.Mem{Base: values, Index: p, Scale: 4}, value)
		}
		m := operand.Mem{Base: table, Index: start, Scale: 4}
		for v, y := range held {
			x := a.load(s, v, m)
			switch {
			case scatter && scaled:
				x = a.add(x, a.mul(value, y))
			case scatter:
				x = a.add(x, y)
			case scaled:
				a.VADDPS(a.mul(value, x), y, y)
			default:
				a.VADDPS(x, y, y)
			}
			if scatter {
				a.store(x, s, v, m)
			}
		}
		a.INCQ(p)
		a.CMPQ(p, count)
		a.JLT(operand.LabelRef(s.label + "row"))
		if !scatter {
			a.storeAll(held, s, operand.Mem{Base: row})
		}
	}, func(columns int) {
		a.ADDQ(operand.U32(4*columns), table)
		a.ADDQ(operand.U32(4*columns), row)
	})
	a.Label("outside")
	a.Store(p, a.ReturnIndex(0))
	a.end()
}

// below describes GatherBelow for rows that one vector holds, one after the other.
func below(a *assembler, name, what string, scaled bool) {
	signature := "func(y, table *float32, n, limit int, rows *int32, at, ends *int, count, bound int) int"
	if scaled {
		signature = "func(y, table *float32, n, limit int, rows *int32, at, ends *int, count, bound int, values *float32) int"
	}
	a.function(name, signature,
		fmt.Sprintf("%s is %s, 1 ≤ n ≤ 8. limit is the number of the table's", name, what),
		"element at which its last row begins. It returns how many rows of y were done before one",
		"has an index outside of the table, at which its at stands then. count ≥ 1.")
	y, table, n, limit := a.word("y"), a.word("table"), a.word("n"), a.word("limit")
	rows, at, ends, bound := a.word("rows"), a.word("at"), a.word("ends"), a.word("bound")
	var values reg.GPVirtual
	if scaled {
		values = a.word("values")
	}
	i, p := a.GP64(), a.GP64()
	one := func(s strip) {
		a.XORQ(i, i)
		a.Label(s.label + "row")
		held := a.load(s, 0, operand.Mem{Base: y})
		a.MOVQ(operand.Mem{Base: at, Index: i, Scale: 8}, p)
		a.Label(s.label + "next")
		a.CMPQ(p, operand.Mem{Base: ends, Index: i, Scale: 8})
		a.JGE(operand.LabelRef(s.label + "end"))
		start := a.GP64()
		a.MOVLQSX(operand.Mem{Base: rows, Index: p, Scale: 4}, start)
		a.CMPQ(start, bound)
		a.JGE(operand.LabelRef(s.label + "end"))
		// A negative index becomes a large number, beyond the limit.
		a.IMULQ(n, start)
		a.CMPQ(start, limit)
		a.JHI(operand.LabelRef("outside"))
		x := a.load(s, 0, operand.Mem{Base: table, Index: start, Scale: 4})
		if scaled {
			value := a.YMM()
			a.VBROADCASTSS(operand.Mem{Base: values, Index: p, Scale: 4}, value)
			x = a.mul(value, x)
		}
		a.VADDPS(x, held, held)
		a.INCQ(p)
		a.JMP(operand.LabelRef(s.label + "next"))
		a.Label(s.label + "end")
		a.MOVQ(p, operand.Mem{Base: at, Index: i, Scale: 8})
		a.store(held, s, 0, operand.Mem{Base: y})
		a.LEAQ(operand.Mem{Base: y, Index: n, Scale: 4}, y)
		a.INCQ(i)
		a.CMPQ(i, a.address("count"))
		a.JLT(operand.LabelRef(s.label + "row"))
	}
	done := operand.LabelRef("done")
	a.CMPQ(n, operand.Imm(8))
	a.JEQ(operand.LabelRef("whole"))
	a.CMPQ(n, operand.Imm(4))
	a.JEQ(operand.LabelRef("half"))
	columns := a.GP64()
	a.MOVQ(n, columns)
	mask := a.tailMask(columns)
	one(strip{label: "mask", vectors: 1, mask: mask})
	a.JMP(done)
	a.Label("half")
	one(strip{label: "four", vectors: 1, half: true})
	a.JMP(done)
	a.Label("whole")
	one(strip{label: "eight", vectors: 1})
	a.JMP(done)
	a.Label("outside")
	a.MOVQ(p, operand.Mem{Base: at, Index: i, Scale: 8})
	a.Label("done")
	a.Store(i, a.ReturnIndex(0))
	a.end()
}
