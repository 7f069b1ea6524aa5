package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tall is the number of rows of the largest tile. With 6 rows of 16 columns, 12
// sums, two vectors of b and two of a fill the 16 registers; 12 sums are more than
// the 8 additions that two units of 4 cycles have under way.
const tall = 6

func matmul(a *assembler) {
	for _, p := range []struct {
		name    string
		vectors int
		masked  bool
	}{{"panel16", 2, false}, {"panel8", 1, false}, {"panelTail", 1, true}} {
		g := &panel{assembler: a, name: p.name, vectors: p.vectors, masked: p.masked}
		g.describe()
	}
	transpose8(a)
}

// panel is a kernel that adds a product to some columns of c: to 16, to 8, or to
// fewer under a mask.
type panel struct {
	*assembler
	name    string
	vectors int
	masked  bool

	c, ldc, a, rowA, colA, b, ldb, k, keep reg.GPVirtual
	mask                                   reg.Register
}

func (g *panel) describe() {
	columns := fmt.Sprintf("%d", 8*g.vectors)
	signature := "func(c *float32, ldc int, a *float32, rowA, colA int, b *float32, ldb int, m, k int, keep int)"
	if g.masked {
		columns = "the first n of 8"
		signature = "func(c *float32, ldc int, a *float32, rowA, colA int, b *float32, ldb int, m, k int, keep int, n int)"
	}
	g.function(g.name, signature,
		fmt.Sprintf("%s adds a·b to %s columns of c, m rows; keep = 0 sets them instead.", g.name, columns),
		"Strides are in bytes: ldc and ldb from row to row, rowA and colA between the rows",
		"and columns of a. Each number is one chain of fused multiply-adds in the order of",
		"k, on top of what c holds, whatever the tile it falls in. k ≥ 1.")
	g.c, g.ldc = g.word("c"), g.word("ldc")
	g.a, g.rowA, g.colA = g.word("a"), g.word("rowA"), g.word("colA")
	g.b, g.ldb = g.word("b"), g.word("ldb")
	if g.masked {
		g.mask = g.tailMask(g.word("n"))
	}
	m := g.word("m")
	g.CMPQ(m, operand.Imm(tall))
	g.JLT(operand.LabelRef("rest"))
	g.Label("tiles")
	g.tile(tall)
	g.step(g.a, g.rowA)
	g.step(g.c, g.ldc)
	g.SUBQ(operand.Imm(tall), m)
	g.CMPQ(m, operand.Imm(tall))
	g.JGE(operand.LabelRef("tiles"))
	g.Label("rest")
	for rows := tall - 1; rows > 0; rows-- {
		g.CMPQ(m, operand.Imm(uint64(rows)))
		g.JEQ(operand.LabelRef(fmt.Sprintf("rows%d", rows)))
	}
	g.end()
	for rows := tall - 1; rows > 0; rows-- {
		g.Label(fmt.Sprintf("rows%d", rows))
		g.tile(rows)
		g.end()
	}
}

// step moves p on by six rows.
func (g *panel) step(p, stride reg.GPVirtual) {
	g.LEAQ(operand.Mem{Base: p, Index: stride, Scale: 4}, p)
	g.LEAQ(operand.Mem{Base: p, Index: stride, Scale: 2}, p)
}

// tile computes rows × 8·vectors numbers, all in registers.
func (g *panel) tile(rows int) {
	sums := make([][]reg.VecVirtual, rows)
	// No scale reaches row 3, so a second pointer stands there.
	row := func(p, p3, stride reg.GPVirtual, i int) operand.Mem {
		if i < 3 {
			return element(p, stride, i)
		}
		return element(p3, stride, i-3)
	}
	third := func(p, stride reg.GPVirtual) reg.GPVirtual {
		p3 := g.GP64()
		if rows > 3 {
			g.LEAQ(operand.Mem{Base: p, Index: stride, Scale: 2}, p3)
			g.ADDQ(stride, p3)
		}
		return p3
	}

	for i := range sums {
		for range g.vectors {
			sums[i] = append(sums[i], g.zero())
		}
	}
	fresh := operand.LabelRef(fmt.Sprintf("fresh%d", rows))
	g.CMPQ(g.address("keep"), operand.Imm(0))
	g.JEQ(fresh)
	c3 := third(g.c, g.ldc)
	for i := range sums {
		for v, y := range sums[i] {
			g.load(row(g.c, c3, g.ldc, i).Offset(32*v), y)
		}
	}
	g.Label(string(fresh))

	a, b, k := g.GP64(), g.GP64(), g.GP64()
	g.MOVQ(g.a, a)
	a3 := third(a, g.rowA)
	g.MOVQ(g.b, b)
	g.MOVQ(g.address("k"), k)
	loop := operand.LabelRef(fmt.Sprintf("k%d", rows))
	g.Label(string(loop))
	bs := make([]reg.VecVirtual, g.vectors)
	for v := range bs {
		bs[v] = g.YMM()
		g.load(operand.Mem{Base: b, Disp: 32 * v}, bs[v])
	}
	for i := range sums {
		x := g.YMM()
		g.VBROADCASTSS(row(a, a3, g.rowA, i), x)
		for v, y := range sums[i] {
			g.VFMADD231PS(x, bs[v], y)
		}
	}
	g.ADDQ(g.colA, a)
	if rows > 3 {
		g.ADDQ(g.colA, a3)
	}
	g.ADDQ(g.ldb, b)
	g.DECQ(k)
	g.JNE(loop)

	c3 = third(g.c, g.ldc)
	for i := range sums {
		for v, y := range sums[i] {
			m := row(g.c, c3, g.ldc, i).Offset(32 * v)
			if g.masked {
				g.VMASKMOVPS(y, g.mask, m)
			} else {
				g.VMOVUPS(y, m)
			}
		}
	}
}

func (g *panel) load(m operand.Mem, y reg.VecVirtual) {
	if g.masked {
		g.VMASKMOVPS(m, g.mask, y)
	} else {
		g.VMOVUPS(m, y)
	}
}

// element is p + i·stride, i below 3.
func element(p, stride reg.GPVirtual, i int) operand.Mem {
	if i == 0 {
		return operand.Mem{Base: p}
	}
	return operand.Mem{Base: p, Index: stride, Scale: uint8(i)}
}

// transpose8 describes the kernel that turns 8 rows into 8 columns.
func transpose8(a *assembler) {
	a.function("transpose8", "func(dst, src *float32, lds, blocks int)",
		"transpose8 writes 8 rows of 8·blocks numbers, lds bytes apart, as the columns of",
		"dst, whose rows are 16 numbers apart. blocks ≥ 1.")
	dst, src, lds, blocks := a.word("dst"), a.word("src"), a.word("lds"), a.word("blocks")
	src3, src6 := a.GP64(), a.GP64()
	a.LEAQ(operand.Mem{Base: src, Index: lds, Scale: 2}, src3)
	a.ADDQ(lds, src3)
	a.LEAQ(operand.Mem{Base: src3, Index: lds, Scale: 2}, src6)
	a.ADDQ(lds, src6)
	a.Label("block")
	// Rows i and i+4 meet in one register, so that no step but this crosses its halves.
	row := func(i int) operand.Mem {
		return element([]reg.GPVirtual{src, src3, src6}[i/3], lds, i%3)
	}
	var half [2][4]reg.VecVirtual // [low or high 4 columns][row and row+4]
	for h := range half {
		for i := range half[h] {
			y := a.YMM()
			a.VMOVUPS(row(i).Offset(16*h), y.AsX())
			a.VINSERTF128(operand.Imm(1), row(i+4).Offset(16*h), y, y)
			half[h][i] = y
		}
	}
	for h, r := range half {
		lo01, hi01, lo23, hi23 := a.YMM(), a.YMM(), a.YMM(), a.YMM()
		a.VUNPCKLPS(r[1], r[0], lo01)
		a.VUNPCKHPS(r[1], r[0], hi01)
		a.VUNPCKLPS(r[3], r[2], lo23)
		a.VUNPCKHPS(r[3], r[2], hi23)
		for j, pair := range [2][2]reg.VecVirtual{{lo01, lo23}, {hi01, hi23}} {
			y := a.YMM()
			a.VSHUFPS(operand.Imm(0x44), pair[1], pair[0], y)
			a.VMOVUPS(y, operand.Mem{Base: dst, Disp: 64 * (4*h + 2*j)})
			a.VSHUFPS(operand.Imm(0xee), pair[1], pair[0], y)
			a.VMOVUPS(y, operand.Mem{Base: dst, Disp: 64 * (4*h + 2*j + 1)})
		}
	}
	a.ADDQ(operand.Imm(32), src)
	a.ADDQ(operand.Imm(32), src3)
	a.ADDQ(operand.Imm(32), src6)
	a.ADDQ(operand.U32(512), dst)
	a.DECQ(blocks)
	a.JNE(operand.LabelRef("block"))
	a.end()
}
