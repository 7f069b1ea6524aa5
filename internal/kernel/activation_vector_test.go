//go:build amd64 && !purego

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// places are some 200,000 float32s from all over, with all that is special.
func places() []float32 {
	var x []float32
	for bits := uint64(0); bits < 1<<32; bits += 21_001 {
		x = append(x, math.Float32frombits(uint32(bits)))
	}
	for _, v := range []float32{0, math.SmallestNonzeroFloat32, 0x1p-127, 0x1p-126, 0x1p-24, 0x1p-12, 0.34657359, 0.5, 1,
		8.5, 9.01, 15, 17, 87.3, 88.7, 88.8, 103.9, 104.1, 149.9, 150, 151, 1e4, math.MaxFloat32, float32(math.Inf(1)), float32(math.NaN())} {
		x = append(x, v, -v)
	}
	rng := rand.New(rand.NewPCG(21, 21))
	for range 50_000 { // where the functions bend
		x = append(x, float32(rng.NormFloat64()*4))
	}
	return x
}

// ulp is the distance between float32s at x.
func ulp(x float64) float64 {
	_, e := math.Frexp(x)
	return math.Ldexp(1, max(e-24, -149))
}

// TestVectorActivationsAreExact holds the results to the float64 functions: they are within
// 0.50001 units of the last place, over the whole range. (The float64 of the Go code
// is right to 1e-15; math.Tanh and the rest are no more exact than that.)
func TestVectorActivationsAreExact(t *testing.T) { eachKind(t, testVectorActivationsAreExact) }

func testVectorActivationsAreExact(t *testing.T) {
	needVector(t)
	x := places()
	f := make([]float32, len(x))
	for _, row := range []struct {
		a     Activation
		exact func(x float64) float64
	}{
		{Sigmoid, Logistic}, {Tanh, math.Tanh}, {Softplus, LogOnePlusExp},
		{ELU, func(x float64) float64 {
			if x < 0 {
				return math.Expm1(x)
			}
			return x
		}},
		{Swish, func(x float64) float64 { return x * Logistic(x) }},
	} {
		Activate(row.a, f, x)
		worst := 0.0
		for i, got := range f {
			want := row.exact(float64(x[i]))
			if math.IsNaN(want) || math.IsInf(want, 0) {
				if float64(got) != want && !(math.IsNaN(want) && got != got) {
					t.Fatalf("activation %d of %v is %v, want %v", row.a, x[i], got, want)
				}
				continue
			}
			d := math.Abs(float64(got)-want) / ulp(want)
			if !(d <= 0.50001) {
				t.Fatalf("activation %d of %v is %v, want %v: %v units off", row.a, x[i], got, want, d)
			}
			worst = max(worst, d)
			if want == 0 && math.Signbit(float64(got)) != math.Signbit(want) && row.a == Tanh {
				t.Errorf("tanh of %v has the wrong sign", x[i])
			}
		}
		t.Logf("activation %d: at most %.6f units", row.a, worst)
	}
}

// TestVectorActivationsAgree: the same bits as the Go code, but for the last one where
// a true result lies in the middle between two numbers.
func TestVectorActivationsAgree(t *testing.T) { eachKind(t, testVectorActivationsAgree) }

func testVectorActivationsAgree(t *testing.T) {
	needVector(t)
	rng := rand.New(rand.NewPCG(22, 22))
	all := places()
	for name, a := range activationNames {
		for n := range 40 {
			for offset := range 8 {
				m := []guarded{draw(rng, n, offset, false), draw(rng, n, (3*offset)%8, false), draw(rng, n, 5, true)}
				for i := range m[1].slice() {
					m[1].slice()[i] = all[rng.IntN(len(all))]
				}
				what := fmt.Sprintf("%s, length %d, offset %d", name, n, offset)
				nearly(t, what, m, func(x [][]float32) { Activate(a, x[0], x[1]) })
				nearly(t, what+" in place", m[1:], func(x [][]float32) { Activate(a, x[0], x[0]) })
				nearly(t, what+" gradient", m, func(x [][]float32) { ActivateGrad(a, x[0], x[1], x[2]) })
			}
		}
	}
}

// nearly is agree with a unit of the last place allowed for a product of two roundings.
func nearly(t *testing.T, what string, memories []guarded, f func(x [][]float32)) {
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
		for i, x := range got[k].all {
			y := want[k].all[i]
			if x == y || x != x && y != y {
				continue
			}
			inside := i >= got[k].lo && i < got[k].hi
			if d := math.Abs(float64(x) - float64(y)); !inside || !(d <= ulp(float64(y))) {
				t.Fatalf("%s: element %d is %v, the Go code has %v (operands %v)", what, i-got[k].lo, x, y, memories[len(memories)-1].all[i])
			}
		}
	}
}

// A row of a softmax agrees to two units of the last place: its sum is added in another order.
func TestVectorSoftmax(t *testing.T) { eachKind(t, testVectorSoftmax) }

func testVectorSoftmax(t *testing.T) {
	needVector(t)
	rng := rand.New(rand.NewPCG(23, 23))
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for n := 1; n < 70; n++ {
		for offset := range 8 {
			for _, special := range []float32{0, 1e4, -1e4, math.MaxFloat32, inf, -inf, nan, 200} {
				z := draw(rng, 3*n, offset, false)
				for i := range z.slice() {
					z.slice()[i] *= 10
				}
				z.slice()[n+rng.IntN(n)] = special
				want, got := draw(rng, 3*n, (offset+3)%8, false), guarded{}
				got = want.clone()
				portably(func() { Softmax(want.slice(), z.slice(), 3, n) })
				Softmax(got.slice(), z.slice(), 3, n)
				for i, x := range got.all {
					y := want.all[i]
					inside := i >= got.lo && i < got.hi
					if d := math.Abs(float64(x) - float64(y)); !(d <= 2*ulp(float64(y))) && !(x != x && y != y) || !inside && x != y {
						t.Fatalf("%v among %d: element %d is %v, the Go code has %v", special, n, i-got.lo, x, y)
					}
				}
				same := z.clone()
				Softmax(same.slice(), same.slice(), 3, n)
				for i, x := range same.slice() {
					if y := got.slice()[i]; x != y && (x == x || y == y) {
						t.Fatalf("in place, element %d of %d is %v, else %v", i, n, x, y)
					}
				}
			}
		}
	}
	all := make([]float32, 16)
	for i := range all {
		all[i] = -inf
	}
	if Softmax(all, all, 1, 16); all[0] == all[0] {
		t.Errorf("the softmax of −∞ everywhere is %v, the Go code has NaN", all[0])
	}
}
