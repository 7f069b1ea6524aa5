//go:build amd64 && !purego

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// These tests hold the assembly to the Go code. Most kernels do the same operations in
// the same order and must give the same bits; where a bound is allowed, it is stated.

// portably runs f on the Go code.
func portably(f func()) {
	before := vector
	vector = false
	f()
	vector = before
}

func needVector(t *testing.T) {
	t.Helper()
	if !vector {
		t.Skip("this processor has no AVX2 and FMA, or GODEBUG turned them off")
	}
	if mulAdd(1+0x1p-12, 1+0x1p-12, -1-0x1p-11) != 0 {
		t.Skip("the compiler fused x·y+z (GOAMD64=v3), so the Go code gives other bits")
	}
}

// eachKind runs a test for each kind of assembly that the processor has.
func eachKind(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if !wide {
		f(t)
		return
	}
	defer func() { wide = true }()
	for _, wide = range []bool{false, true} {
		name := "AVX2"
		if wide {
			name = "AVX-512"
		}
		t.Run(name, f)
	}
}

//go:noinline
func mulAdd(x, y, z float32) float32 { return x*y + z }

// guarded is memory with a slice in its midst; what is around it must stay.
type guarded struct {
	all    []float32
	lo, hi int
}

const guard = 8

// draw makes a slice of n numbers that begins offset numbers behind a place where a vector may
// begin. With wild, some are NaN, infinite, denormal or ±0.
func draw(rng *rand.Rand, n, offset int, wild bool) guarded {
	special := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), math.SmallestNonzeroFloat32,
		-0x1p-130, 0x1p-126, -0x1p-126, math.MaxFloat32, -math.MaxFloat32, 0, float32(math.Copysign(0, -1)), 1, -1}
	g := guarded{make([]float32, offset+n+2*guard), guard + offset, guard + offset + n}
	for i := range g.all {
		g.all[i] = float32(rng.NormFloat64())
		if i >= g.lo && i < g.hi {
			switch {
			case wild && rng.IntN(3) == 0:
				g.all[i] = special[rng.IntN(len(special))]
			case rng.IntN(5) == 0:
				g.all[i] = 0
			}
		}
	}
	return g
}

func (g guarded) slice() []float32 { return g.all[g.lo:g.hi] }
func (g guarded) clone() guarded   { return guarded{append([]float32{}, g.all...), g.lo, g.hi} }

// differ returns the first place where two memories differ. NaN is like NaN.
func differ(a, b guarded) int {
	for i, x := range a.all {
		y := b.all[i]
		if math.Float32bits(x) != math.Float32bits(y) && (x == x || y == y) {
			return i
		}
	}
	return -1
}

// agree runs f on the Go code and on the assembly, each on a copy of the memories.
func agree(t *testing.T, what string, memories []guarded, f func(x [][]float32)) {
	t.Helper()
	run := func() (after []guarded) {
		var x [][]float32
		for _, m := range memories {
			c := m.clone()
			after, x = append(after, c), append(x, c.slice())
		}
		f(x)
		return after
	}
	var want []guarded
	portably(func() { want = run() })
	got := run()
	for k := range want {
		if i := differ(got[k], want[k]); i >= 0 {
			t.Fatalf("%s: operand %d, element %d of %d: %v, the Go code has %v (it was %v)", what, k, i-got[k].lo,
				got[k].hi-got[k].lo, got[k].all[i], want[k].all[i], memories[k].all[i])
		}
	}
}

var elementwise = []struct {
	name string
	run  func(x [][]float32) // w, g, a, b
}{
	{"Add", func(x [][]float32) { Add(x[0], x[1]) }},
	{"Add to itself", func(x [][]float32) { Add(x[0], x[0]) }},
	{"Axpy", func(x [][]float32) { Axpy(x[0], -0.3, x[1]) }},
	{"SGD", func(x [][]float32) { SGD(x[0], x[1], 0.1) }},
	{"Momentum", func(x [][]float32) { Momentum(x[0], x[1], x[2], 0.9, 0.1) }},
	{"Nesterov", func(x [][]float32) { Nesterov(x[0], x[1], x[2], 0.9, 0.1) }},
	{"MomentumIdle", func(x [][]float32) { MomentumIdle(x[0], x[2], 3.3, 0.25) }},
	{"RMSprop", func(x [][]float32) { RMSprop(x[0], x[1], x[3], 0.9, 0.01, 1e-8) }},
	{"AdaGrad", func(x [][]float32) { AdaGrad(x[0], x[1], x[3], 0.01, 1e-8) }},
	{"Adam", func(x [][]float32) { Adam(x[0], x[1], x[2], x[3], 0.9, 0.999, 0, 1e-3, 1e-8) }},
	{"AdamW", func(x [][]float32) { Adam(x[0], x[1], x[2], x[3], 0.9, 0.999, 0.01, 1e-3, 1e-8) }},
	{"AdamIdleRows", func(x [][]float32) {
		idle(x[0], x[2], x[3], Idle[float32]{Decay: 0.01, A: 0.3, B: 0.2, E1: 1e-8, E2: 2e-8, Keep1: 0.25, Keep2: 0.5})
	}},
	{"Fade", func(x [][]float32) { Fade(x[0], 0.25) }},
	{"Decay", func(x [][]float32) { Decay(x[0], 0.01) }},
}

func TestVectorsAgree(t *testing.T) { eachKind(t, testVectorsAgree) }

func testVectorsAgree(t *testing.T) {
	needVector(t)
	rng := rand.New(rand.NewPCG(11, 11))
	for _, k := range elementwise {
		for n := range 71 {
			for offset := range 8 {
				for _, wild := range []bool{false, true} {
					m := []guarded{draw(rng, n, offset, wild), draw(rng, n, 0, wild), draw(rng, n, (3*offset)%8, wild), draw(rng, n, 1, wild)}
					for i, x := range m[3].slice() { // the sums of squares
						m[3].slice()[i] = float32(math.Abs(float64(x)))
					}
					agree(t, fmt.Sprintf("%s, wild=%v, offset %d", k.name, wild, offset), m, k.run)
				}
			}
		}
	}
}

func TestVectorAllZero(t *testing.T) { eachKind(t, testVectorAllZero) }

func testVectorAllZero(t *testing.T) {
	needVector(t)
	for n := range 40 {
		g := guarded{make([]float32, n+2*guard), guard, guard + n}
		for i := range g.all { // what is around does not count
			g.all[i] = 1
		}
		x := g.slice()
		clear(x)
		if n > 0 {
			x[n/2] = float32(math.Copysign(0, -1))
		}
		if !AllZero(x) {
			t.Errorf("%d zeroes are not all zero", n)
		}
		for i := range x {
			for _, v := range []float32{math.SmallestNonzeroFloat32, float32(math.NaN()), -1} {
				x[i] = v
				if AllZero(x) {
					t.Errorf("%v at %d of %d is not seen", v, i, n)
				}
				x[i] = 0
			}
		}
	}
}

func TestVectorRowsAgree(t *testing.T) { eachKind(t, testVectorRowsAgree) }

func testVectorRowsAgree(t *testing.T) {
	needVector(t)
	rng := rand.New(rand.NewPCG(12, 12))
	widths := []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 20, 24, 31, 32, 33, 63, 64, 65, 100, 127, 128, 200}
	for _, n := range widths {
		for offset := range 8 {
			for _, count := range []int{0, 1, 2, 3, 4, 5, 30} {
				wild := rng.IntN(2) == 0
				rows := 1 + rng.IntN(12)
				indices, values := make([]int32, count), make([]float32, count)
				for p := range indices {
					indices[p], values[p] = int32(rng.IntN(rows)), float32(rng.NormFloat64())
				}
				what := fmt.Sprintf("%d of %d rows of %d, offset %d", count, rows, n, offset)
				row, table := draw(rng, n, offset, wild), draw(rng, rows*n, (5*offset)%8, wild)
				for _, v := range [][]float32{nil, values} {
					agree(t, "GatherAdd "+what, []guarded{row, table}, func(x [][]float32) { GatherAdd(x[0], x[1], indices, v) })
					agree(t, "ScatterAdd "+what, []guarded{row, table}, func(x [][]float32) { ScatterAdd(x[1], x[0], indices, v) })
				}
				agree(t, "ColumnSums "+what, []guarded{row, table}, func(x [][]float32) { ColumnSums(x[0], x[1], rows) })
			}
		}
	}
}

func TestVectorGatherListsAgrees(t *testing.T) { eachKind(t, testVectorGatherListsAgrees) }

func testVectorGatherListsAgrees(t *testing.T) {
	needVector(t)
	rng := rand.New(rand.NewPCG(15, 15))
	for _, n := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 128, 200} {
		for offset := range 8 {
			wild := rng.IntN(2) == 0
			rows := 1 + rng.IntN(40)
			indices, from, to, values := lists(rng, rng.IntN(7), rows)
			y, table := draw(rng, len(from)*n, offset, wild), draw(rng, rows*n, (5*offset)%8, wild)
			for _, v := range [][]float32{nil, values} {
				for _, keep := range []bool{false, true} {
					agree(t, fmt.Sprintf("GatherLists %v of %d rows of %d, offset %d", keep, rows, n, offset), []guarded{y, table}, func(x [][]float32) {
						GatherLists(x[0], x[1], n, indices, v, from, to, keep)
					})
				}
			}
		}
	}
}

// A row that the table does not have is a panic, not memory of someone else.
func TestRowsOutside(t *testing.T) { eachKind(t, testRowsOutside) }

func testRowsOutside(t *testing.T) {
	table := make([]float32, 5*9, 100*9)
	row := make([]float32, 9)
	for _, bad := range []int32{5, -1, math.MaxInt32, math.MinInt32} {
		for _, values := range [][]float32{nil, {1, 1, 1}} {
			for name, f := range map[string]func(i []int32){
				"GatherAdd":  func(i []int32) { GatherAdd(row, table, i, values) },
				"ScatterAdd": func(i []int32) { ScatterAdd(table, row, i, values) },
				"empty":      func(i []int32) { GatherAdd(row, table[:0], i, values) },
				"GatherLists": func(i []int32) {
					GatherLists(row[:8], table[:5*4], 4, i, values, []int32{0, 2}, []int32{2, 3}, false)
				},
				"from an empty table": func(i []int32) {
					GatherLists(row[:4], table[:0], 4, i, values, []int32{0}, []int32{3}, false)
				},
				"beyond the places": func(i []int32) {
					i[2] = 1
					GatherLists(row[:8], table[:5*4], 4, i, values, []int32{0, 2}, []int32{2, 4}, false)
				},
				"before the places": func(i []int32) {
					i[2] = 1
					GatherLists(row[:8], table[:5*4], 4, i, values, []int32{0, -1}, []int32{2, 3}, true)
				},
				"a list that ends before it begins": func(i []int32) {
					i[2] = 1
					GatherLists(row[:8], table[:5*4], 4, i, values, []int32{2, 2}, []int32{1, 3}, true)
				},
			} {
				func() {
					defer func() {
						if recover() == nil {
							t.Errorf("%s takes row %d of 5", name, bad)
						}
					}()
					f([]int32{4, 0, bad})
				}()
			}
		}
	}
}

// Products agree within the bound of sums of k products, each rounded at most twice:
// (k+2)·2⁻²³·Σ|a·b|. The assembly rounds once.
func TestVectorMatMulAgrees(t *testing.T) { eachKind(t, testVectorMatMulAgrees) }

func testVectorMatMulAgrees(t *testing.T) {
	needVector(t)
	rng := rand.New(rand.NewPCG(13, 13))
	check := func(m, k, n, offset int) {
		t.Helper()
		a, b, c := draw(rng, m*k, offset, false), draw(rng, k*n, (3*offset)%8, false), draw(rng, m*n, (5*offset)%8, false)
		at, bt := a.clone(), b.clone()
		copy(at.slice(), transpose(a.slice(), m, k))
		copy(bt.slice(), transpose(b.slice(), k, n))
		size := make([]float64, m*n)
		for i := range m {
			for j := range n {
				s := math.Abs(float64(c.slice()[i*n+j]))
				for p := range k {
					s += math.Abs(float64(a.slice()[i*k+p]) * float64(b.slice()[p*n+j]))
				}
				size[i*n+j] = s
			}
		}
		for name, f := range map[string]func(c []float32){
			"MatMul":       func(c []float32) { MatMul(c, a.slice(), b.slice(), m, k, n) },
			"MatMulTransA": func(c []float32) { MatMulTransA(c, at.slice(), b.slice(), k, m, n) },
			"MatMulTransB": func(c []float32) { MatMulTransB(c, a.slice(), bt.slice(), m, k, n) },
		} {
			want, got := c.clone(), c.clone()
			portably(func() { f(want.slice()) })
			f(got.slice())
			for i, x := range got.all {
				y, bound := want.all[i], 0.0
				if i >= got.lo && i < got.hi {
					bound = float64(k+2) * 0x1p-23 * size[i-got.lo]
				}
				if d := math.Abs(float64(x) - float64(y)); !(d <= bound) {
					t.Fatalf("%s %d×%d×%d, offset %d: element %d is %v, the Go code has %v", name, m, k, n, offset, i-got.lo, x, y)
				}
			}
		}
	}
	for _, m := range []int{0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13} {
		for _, k := range []int{0, 1, 2, 7, 8, 9, 64} {
			for n := range 36 {
				check(m, k, n, (m+k+n)%8)
			}
		}
	}
	for range 60 {
		check(rng.IntN(40), rng.IntN(300), rng.IntN(130), rng.IntN(8))
	}
	// Sizes at which b is copied, with a sum cut in three.
	check(9, 270, 1035, 1)
	check(257, 130, 521, 2)
	check(1030, 131, 261, 3)
}

// The result of the assembly does not show where a sum was cut, or which tile a number
// fell in: it is one chain of fused multiply-adds.
func TestVectorMatMulIsOneChain(t *testing.T) { eachKind(t, testVectorMatMulIsOneChain) }

func testVectorMatMulIsOneChain(t *testing.T) {
	needVector(t)
	rng := rand.New(rand.NewPCG(14, 14))
	for _, size := range [][3]int{{7, 13, 27}, {13, 300, 40}, {9, 270, 1035}, {1030, 131, 261}} {
		m, k, n := size[0], size[1], size[2]
		a, b, c := matrix[float32](rng, m*k), matrix[float32](rng, k*n), matrix[float32](rng, m*n)
		at, bt := transpose(a, m, k), transpose(b, k, n)
		got, gotA, gotB := append([]float32{}, c...), append([]float32{}, c...), make([]float32, m*n)
		MatMul(got, a, b, m, k, n)
		MatMulTransA(gotA, at, b, k, m, n)
		MatMulTransB(gotB, a, bt, m, k, n)
		for i := range m {
			for j := range n {
				sum, set := c[i*n+j], float32(0)
				for p := range k {
					sum = fma(a[i*k+p], b[p*n+j], sum)
					set = fma(a[i*k+p], b[p*n+j], set)
				}
				if o := i*n + j; got[o] != sum || gotA[o] != sum || gotB[o] != set {
					t.Fatalf("%v: element %d, %d is %v, %v and %v, want %v, %v and %v", size, i, j, got[o], gotA[o], gotB[o], sum, sum, set)
				}
			}
		}
	}
}

// AVX2 and AVX-512 give the same products to the last bit, also where a strip of columns
// or a tile of rows is not full.
func TestMatMulOfEachKind(t *testing.T) {
	needVector(t)
	if !wide {
		t.Skip("this processor has no AVX-512, or GODEBUG turned it off")
	}
	defer func() { wide = true }()
	rng := rand.New(rand.NewPCG(15, 15))
	check := func(m, k, n int) {
		t.Helper()
		a, b, c := draw(rng, m*k, m%8, true), draw(rng, k*n, k%8, true), draw(rng, m*n, n%8, true)
		for name, f := range map[string]func(c []float32){
			"MatMul":       func(c []float32) { MatMul(c, a.slice(), b.slice(), m, k, n) },
			"MatMulTransA": func(c []float32) { MatMulTransA(c, a.slice(), b.slice(), k, m, n) },
			"MatMulTransB": func(c []float32) { MatMulTransB(c, a.slice(), b.slice(), m, k, n) },
		} {
			want, got := c.clone(), c.clone()
			wide = false
			f(want.slice())
			wide = true
			f(got.slice())
			if i := differ(got, want); i >= 0 {
				t.Fatalf("%s %d×%d×%d: element %d is %v with AVX-512, %v with AVX2", name, m, k, n, i-got.lo, got.all[i], want.all[i])
			}
		}
	}
	for m := range 36 {
		for n := range 36 {
			check(m, 1+rng.IntN(9), n)
		}
	}
	check(33, 300, 47)
	check(9, 270, 1035)
	check(257, 130, 521)
	check(1030, 131, 261)
}

// fma is x·y+z rounded once. The product is exact in float64, and so is the error of the
// sum, which says to which side of a tie the sum belongs.
func fma(x, y, z float32) float32 {
	p := float64(x) * float64(y)
	s := p + float64(z)
	// Round to odd: then rounding to float32 is the only rounding that counts.
	bb := s - p
	e := (p - (s - bb)) + (float64(z) - bb)
	if bits := math.Float64bits(s); e != 0 && bits&1 == 0 {
		if (e > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
		s = math.Float64frombits(bits)
	}
	return float32(s)
}

// NaN and infinities show in every number they belong to, and in no other. (The Go code
// skips four zeroes of a, and with them a NaN of b that stands against them.)
func TestVectorMatMulNaN(t *testing.T) { eachKind(t, testVectorMatMulNaN) }

func testVectorMatMulNaN(t *testing.T) {
	needVector(t)
	const m, k, n = 13, 9, 27
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, bad := range []float32{nan, inf, -inf} {
		for i := range m {
			a, b := make([]float32, m*k), make([]float32, k*n)
			for p := range a {
				a[p] = 1
			}
			for p := range b {
				b[p] = 1
			}
			a[i*k+i%k] = bad
			at, bt := transpose(a, m, k), transpose(b, k, n)
			c, ca, cb := make([]float32, m*n), make([]float32, m*n), make([]float32, m*n)
			MatMul(c, a, b, m, k, n)
			MatMulTransA(ca, at, b, k, m, n)
			MatMulTransB(cb, a, bt, m, k, n)
			for o := range c {
				for _, x := range []float32{c[o], ca[o], cb[o]} {
					want := float32(k)
					if o/n == i {
						want = bad
					}
					if x != want && (x == x || want == want) {
						t.Fatalf("%v in row %d: element %d, %d is %v, want %v", bad, i, o/n, o%n, x, want)
					}
				}
			}
		}
	}
}

func TestVectorsDoNotAllocate(t *testing.T) { eachKind(t, testVectorsDoNotAllocate) }

func testVectorsDoNotAllocate(t *testing.T) {
	x, y, z := make([]float32, 64*64), make([]float32, 64*64), make([]float32, 64*64)
	indices := []int32{1, 5, 9}
	values := []float32{1, 2, 3}
	from, to := []int32{0, 2}, []int32{2, 3}
	for name, f := range map[string]func(){
		"MatMul":       func() { MatMul(x, y, z, 64, 64, 64) },
		"MatMulTransA": func() { MatMulTransA(x, y, z, 64, 64, 64) },
		"MatMulTransB": func() { MatMulTransB(x, y, z, 64, 64, 64) },
		"GatherAdd":    func() { GatherAdd(x[:64], y, indices, values) },
		"GatherLists":  func() { GatherLists(x[:128], y, 64, indices, values, from, to, false) },
		"ScatterAdd":   func() { ScatterAdd(y, x[:64], indices, nil) },
		"Adam":         func() { Adam(x, y, z, z, 0.9, 0.999, 0, 1e-3, 1e-8) },
	} {
		if got := testing.AllocsPerRun(10, f); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func TestMarkWordsPortably(t *testing.T) { portably(func() { checkMarkWords(t) }) }

func TestMarkWordsOfEachKind(t *testing.T) { eachKind(t, checkMarkWords) }
