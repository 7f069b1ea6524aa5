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
	if g.vectors == 1 && !g.masked { // with AVX-512, 8 columns are done under a mask
		g.tiles()
		return
	}
	g.twice(func() {
		if g.zmm {
			g.wideTiles()
		} else {
			g.tiles()
		}
	})
}

// tiles goes down the rows with AVX2.
func (g *panel) tiles() {
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

// heights are the rows of the tiles for AVX-512, which are 16 columns wide. Sixteen sums
// keep two units of 4 cycles busy, and hardly more is loaded than multiplied.
var heights = []int{16, 8, 4, 2, 1}

// wideTiles goes down the rows with AVX-512.
func (g *panel) wideTiles() {
	g.c, g.a, g.rowA = g.word("c"), g.word("a"), g.word("rowA")
	g.mask = nil
	if g.masked {
		g.mask = g.tailMask(g.word("n"))
	}
	// Multiples of the stride that no scale gives.
	s := strides{1: g.rowA, 3: g.GP64(), 5: g.GP64(), 7: g.GP64()}
	g.LEAQ(operand.Mem{Base: s[1], Index: s[1], Scale: 2}, s[3])
	g.LEAQ(operand.Mem{Base: s[1], Index: s[1], Scale: 4}, s[5])
	g.LEAQ(operand.Mem{Base: s[3], Index: s[1], Scale: 4}, s[7])
	m := g.address("m") // there are not enough registers for it
	for _, rows := range heights {
		name := fmt.Sprintf("wide%d", rows)
		after := operand.LabelRef(name + "end")
		g.Label(name)
		g.CMPQ(m, operand.Imm(uint64(rows)))
		g.JLT(after)
		if rows > 8 {
			// Rows 2 KB and more apart compete for the same few places of the cache.
			g.CMPQ(s[1], operand.U32(2048))
			g.JGE(after)
		}
		g.wideTile(rows, s)
		g.SUBQ(operand.Imm(uint64(rows)), m)
		g.JMP(operand.LabelRef(name))
		g.Label(string(after))
	}
	g.end()
}

// strides are registers with odd multiples of one, by the multiple.
type strides [8]reg.GPVirtual

// row is p + i·stride, i below 8.
func (s strides) row(p reg.GPVirtual, i int) operand.Mem {
	switch i {
	case 0:
		return operand.Mem{Base: p}
	case 2, 4:
		return operand.Mem{Base: p, Index: s[1], Scale: uint8(i)}
	case 6:
		return operand.Mem{Base: p, Index: s[3], Scale: 2}
	default:
		return operand.Mem{Base: p, Index: s[i], Scale: 1}
	}
}

// wideTile computes rows × 16 numbers, and moves c and a behind them.
func (g *panel) wideTile(rows int, s strides) {
	sums := make([]reg.VecVirtual, rows)
	for i := range sums {
		sums[i] = g.zero()
	}
	c := g.GP64()
	fresh := operand.LabelRef(fmt.Sprintf("wideFresh%d", rows))
	g.CMPQ(g.address("keep"), operand.Imm(0))
	g.JEQ(fresh)
	g.MOVQ(g.c, c)
	for _, z := range sums {
		g.loadMasked(operand.Mem{Base: c}, g.mask, z)
		g.ADDQ(g.address("ldc"), c)
	}
	g.Label(string(fresh))

	a, a8, b, k := g.GP64(), g.GP64(), g.word("b"), g.word("k")
	colA, ldb := g.word("colA"), g.word("ldb")
	g.MOVQ(g.a, a)
	if rows > 8 {
		g.LEAQ(operand.Mem{Base: a, Index: s[1], Scale: 8}, a8)
	}
	loop := operand.LabelRef(fmt.Sprintf("wideK%d", rows))
	g.Label(string(loop))
	x := g.ZMM()
	g.loadMasked(operand.Mem{Base: b}, g.mask, x)
	for i, z := range sums {
		p := a
		if i >= 8 {
			p = a8
		}
		g.VFMADD231PS_BCST(s.row(p, i%8), x, z)
	}
	g.ADDQ(colA, a)
	if rows > 8 {
		g.ADDQ(colA, a8)
	}
	g.ADDQ(ldb, b)
	g.DECQ(k)
	g.JNE(loop)

	for _, z := range sums {
		g.storeMasked(z, g.mask, operand.Mem{Base: g.c})
		g.ADDQ(g.address("ldc"), g.c)
	}
	g.IMUL3Q(operand.Imm(uint64(rows)), s[1], a)
	g.ADDQ(a, g.a)
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
