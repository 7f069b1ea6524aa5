package main

import "github.com/mmcloughlin/avo/operand"

// prefetch describes ../prefetch.go.
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
}
