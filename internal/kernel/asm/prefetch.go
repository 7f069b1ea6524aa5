package main

import "github.com/mmcloughlin/avo/operand"

// prefetch describes ../prefetch.go: what goes to and from the caches.
func prefetch(a *assembler) {
	a.function("prefetchLines", "func(x *float32, bytes int)",
		"prefetchLines asks for the cache lines of so many bytes, above 0.")
	x, n := a.word("x"), a.word("bytes")
	a.Label("line")
	a.PREFETCHT0(operand.Mem{Base: x})
	a.ADDQ(operand.Imm(64), x)
	a.SUBQ(operand.Imm(64), n)
	a.JGT(operand.LabelRef("line"))
	a.RET()

	a.function("copyOutVector", "func(to, from *float32, lines int)",
		"copyOutVector copies cache lines, above 0, past the caches. to is at the start of one. There is no",
		"fence behind it: what tells another goroutine of the copy is one.")
	to, from, lines := a.word("to"), a.word("from"), a.word("lines")
	low, high := a.YMM(), a.YMM()
	a.Label("line")
	a.VMOVUPS(operand.Mem{Base: from}, low)
	a.VMOVUPS(operand.Mem{Base: from, Disp: 32}, high)
	a.VMOVNTPS(low, operand.Mem{Base: to})
	a.VMOVNTPS(high, operand.Mem{Base: to, Disp: 32})
	a.ADDQ(operand.Imm(64), from)
	a.ADDQ(operand.Imm(64), to)
	a.DECQ(lines)
	a.JNE(operand.LabelRef("line"))
	a.end()
}
