package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// words describes the marking of letters in a text, as ../words.go does it.
func words(a *assembler) {
	a.function("markVector", "func(lower *byte, marks *uint64, text *byte, blocks int) int",
		"markVector is MarkWords for whole blocks of 64 bytes, blocks ≥ 1. It returns 0 if all",
		"bytes are ASCII.")
	lower, marks, text, blocks := a.word("lower"), a.word("marks"), a.word("text"), a.word("blocks")
	caseBit := a.bytes(0x20)
	firstLetter, letters := a.bytes('a'), a.bytes('z'-'a')
	firstDigit, digits := a.bytes('0'), a.bytes('9'-'0')
	apostrophe := a.bytes('\'')
	high := a.zero()
	// within returns ones in the bytes that are first to first+span.
	within := func(x, first, span reg.VecVirtual) reg.VecVirtual {
		from, least := a.YMM(), a.YMM()
		a.VPSUBB(first, x, from)
		a.VPMINUB(span, from, least)
		a.VPCMPEQB(from, least, least)
		return least
	}
	a.Label("block")
	var masks [2][2]reg.GPVirtual // of each half: words, apostrophes
	for half := range 2 {
		x, low := a.YMM(), a.YMM()
		a.VMOVDQU(operand.Mem{Base: text, Disp: 32 * half}, x)
		a.VPOR(x, high, high)
		a.VPOR(caseBit, x, low)
		a.VMOVDQU(low, operand.Mem{Base: lower, Disp: 32 * half})
		word, quote := within(low, firstLetter, letters), a.YMM()
		a.VPOR(within(x, firstDigit, digits), word, word)
		a.VPCMPEQB(apostrophe, x, quote)
		for k, y := range []reg.VecVirtual{word, quote} {
			r := a.GP64()
			a.VPMOVMSKB(y, r.As32())
			masks[half][k] = r
		}
	}
	for k := range 2 {
		a.SHLQ(operand.Imm(32), masks[1][k])
		a.ORQ(masks[1][k], masks[0][k])
		a.MOVQ(masks[0][k], operand.Mem{Base: marks, Disp: 8 * k})
	}
	a.ADDQ(operand.Imm(64), text)
	a.ADDQ(operand.Imm(64), lower)
	a.ADDQ(operand.Imm(16), marks)
	a.DECQ(blocks)
	a.JNE(operand.LabelRef("block"))
	found := a.GP64()
	a.VPMOVMSKB(high, found.As32())
	a.Store(found, a.ReturnIndex(0))
	a.end()
}

// bytes loads a byte into all bytes of a vector.
func (a *assembler) bytes(b byte) reg.VecVirtual {
	r, y := a.GP32(), a.YMM()
	a.MOVL(operand.U32(uint32(b)), r)
	a.VMOVD(r, y.AsX())
	a.VPBROADCASTB(y.AsX(), y)
	return y
}
