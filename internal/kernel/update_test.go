package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestUpdates holds every rule to its formula, written once more element by
// element in float64, over lengths that a vectorized loop would split.
func TestUpdates(t *testing.T) {
	for _, n := range []int{0, 1, 3, 4, 7, 8, 9, 31, 32, 33, 64, 65} {
		t.Run("float64", func(t *testing.T) { testUpdates[float64](t, n, 1e-15) })
		t.Run("float32", func(t *testing.T) { testUpdates[float32](t, n, 1e-6) })
	}
}

func testUpdates[T Float](t *testing.T, n int, tol float64) {
	const rate, mu, b1, b2, eps, decay = 0.1, 0.9, 0.8, 0.95, 1e-3, 0.01
	for _, rule := range []struct {
		name string
		run  func(w, g, a, b []T)
		want func(w, g, a, b float64) (w2, a2, b2 float64)
	}{
		{"SGD", func(w, g, a, b []T) { SGD(w, g, rate) },
			func(w, g, a, b float64) (float64, float64, float64) { return w - rate*g, a, b }},
		{"Momentum", func(w, g, a, b []T) { Momentum(w, g, a, mu, rate) },
			func(w, g, a, b float64) (float64, float64, float64) { v := mu*a - rate*g; return w + v, v, b }},
		{"Nesterov", func(w, g, a, b []T) { Nesterov(w, g, a, mu, rate) },
			func(w, g, a, b float64) (float64, float64, float64) {
				v := mu*a - rate*g
				return w + mu*v - rate*g, v, b
			}},
		{"MomentumIdle", func(w, g, a, b []T) { MomentumIdle(w, a, 3, 0.5) },
			func(w, g, a, b float64) (float64, float64, float64) { return w + 3*a, a / 2, b }},
		{"RMSprop", func(w, g, a, b []T) { RMSprop(w, g, b, mu, rate, eps) },
			func(w, g, a, b float64) (float64, float64, float64) {
				c := mu*b + (1-mu)*g*g
				return w - rate*g/math.Sqrt(c+eps), a, c
			}},
		{"AdaGrad", func(w, g, a, b []T) { AdaGrad(w, g, b, rate, eps) },
			func(w, g, a, b float64) (float64, float64, float64) {
				c := b + g*g
				return w - rate*g/(math.Sqrt(c)+eps), a, c
			}},
		{"Adam", func(w, g, a, b []T) { Adam(w, g, a, b, b1, b2, decay, rate, eps) },
			func(w, g, a, b float64) (float64, float64, float64) {
				m, v := b1*a+(1-b1)*g, b2*b+(1-b2)*g*g
				return w - decay*w - rate*m/(math.Sqrt(v)+eps), m, v
			}},
		{"AdamIdleRows", func(w, g, a, b []T) {
			idle(w, a, b, Idle[T]{Decay: decay, A: 0.3, B: 0.2, E1: 0.1, E2: 0.4, Keep1: b1, Keep2: b2})
		},
			func(w, g, a, b float64) (float64, float64, float64) {
				s := math.Sqrt(b)
				return w - decay*w - a*(0.3*s+0.2)/((s+0.1)*(s+0.4)), a * b1, b * b2
			}},
		{"Fade", func(w, g, a, b []T) { Fade(a, mu) },
			func(w, g, a, b float64) (float64, float64, float64) { return w, a * mu, b }},
		{"Decay", func(w, g, a, b []T) { Decay(w, decay) },
			func(w, g, a, b float64) (float64, float64, float64) { return w - decay*w, a, b }},
	} {
		// One element more than the rule is given, which it must leave alone.
		w, g, a, b := make([]T, n+1), make([]T, n+1), make([]T, n+1), make([]T, n+1)
		for i := range w {
			x := float64(i)
			w[i], g[i] = T(math.Sin(x)), T(math.Cos(3*x))
			a[i], b[i] = T(math.Sin(5*x+1)), T(math.Abs(math.Cos(7*x)))
		}
		var wantW, wantA, wantB []float64
		for i := range n {
			x, y, z := rule.want(float64(w[i]), float64(g[i]), float64(a[i]), float64(b[i]))
			wantW, wantA, wantB = append(wantW, x), append(wantA, y), append(wantB, z)
		}
		wantW, wantA, wantB = append(wantW, float64(w[n])), append(wantA, float64(a[n])), append(wantB, float64(b[n]))
		rule.run(w[:n], g[:n], a[:n], b[:n])
		for i := range w {
			for what, pair := range map[string][2]float64{
				"w": {float64(w[i]), wantW[i]}, "a": {float64(a[i]), wantA[i]}, "b": {float64(b[i]), wantB[i]}} {
				if d := math.Abs(pair[0] - pair[1]); !(d <= tol*(1+math.Abs(pair[1]))) {
					t.Fatalf("%s, length %d: %s[%d] is %v, want %v", rule.name, n, what, i, pair[0], pair[1])
				}
			}
		}
	}
}

// idle is AdamIdleRows for a table of one row.
func idle[T Float](w, m, v []T, how Idle[T]) {
	AdamIdleRows(w, Moments[T]{M: m, V: v, Pitch: len(w), Places: first}, len(w), first, first, []Idle[T]{how})
}

func TestPenalizeAndClamp(t *testing.T) {
	g := []float32{1, 1, 1, -5, float32(math.NaN()), 5}
	Penalize(g, []float32{2, -2, 0, 1, 1, -1}, 0.5, 0.25)
	for i, want := range []float32{2, 0, 1, -4.25} {
		if g[i] != want {
			t.Errorf("penalized gradient %d is %v, want %v", i, g[i], want)
		}
	}
	Clamp(g, 1.5)
	for i, want := range []float32{1.5, 0, 1, -1.5} {
		if g[i] != want {
			t.Errorf("clamped gradient %d is %v, want %v", i, g[i], want)
		}
	}
	if g[4] == g[4] || g[5] != 1.5 {
		t.Errorf("clamped gradients %v, want NaN to stay and 1.5", g[4:])
	}
}

// What would become denormal becomes zero, and nothing larger does.
func TestDenormals(t *testing.T) {
	x := []float32{0x1p-125, -0x1p-125, 0x1p-124, -0x1p-124}
	m, v := append([]float32{}, x...), []float32{0x1p-125, 0x1p-125, 0x1p-124, 0x1p-124}
	u := append([]float32{}, x...)
	w := make([]float32, 4)
	Fade(x, 0.25)
	idle(w, m, v, Idle[float32]{E1: 1, E2: 1, Keep1: 0.25, Keep2: 0.25})
	MomentumIdle(w, u, 0, 0.25)
	for i, want := range []float32{0, 0, 0x1p-126, -0x1p-126} {
		if x[i] != want || m[i] != want || u[i] != want || v[i] != float32(math.Abs(float64(want))) {
			t.Errorf("element %d: %v %v %v %v, want %v", i, x[i], m[i], u[i], v[i], want)
		}
	}
	y := []float64{0x1p-1021, 0x1p-1020}
	if Fade(y, 0.25); y[0] != 0 || y[1] != 0x1p-1022 {
		t.Errorf("%v, want 0 and %v", y, 0x1p-1022)
	}
}

func TestAllZero(t *testing.T) {
	if x := []float64{0, math.Copysign(0, -1), 0}; !AllZero(x) {
		t.Error("zeroes are not all zero")
	}
	if x := []float64{0, 0, 1e-300}; AllZero(x) {
		t.Error("1e-300 is zero")
	}
}

// BenchmarkUpdate is a row of 64 numbers, as one of a table is stepped, and a layer of
// 64×64. The bytes are those read and written.
func BenchmarkUpdate(b *testing.B) {
	for _, rule := range []struct {
		name  string
		words int // read and written for a number
		run   func(w, g, m, v []float32)
	}{
		{"SGD", 3, func(w, g, m, v []float32) { SGD(w, g, 1e-9) }},
		{"Momentum", 5, func(w, g, m, v []float32) { Momentum(w, g, m, 0.9, 1e-9) }},
		{"Nesterov", 5, func(w, g, m, v []float32) { Nesterov(w, g, m, 0.9, 1e-9) }},
		{"MomentumIdle", 4, func(w, g, m, v []float32) { MomentumIdle(w, m, 1e-9, 1) }},
		{"RMSprop", 5, func(w, g, m, v []float32) { RMSprop(w, g, v, 0.9, 1e-9, 1e-8) }},
		{"AdaGrad", 5, func(w, g, m, v []float32) { AdaGrad(w, g, v, 1e-9, 1e-8) }},
		{"Adam", 7, func(w, g, m, v []float32) { Adam(w, g, m, v, 0.9, 0.999, 0, 1e-9, 1e-8) }},
		{"AdamIdleRows", 6, func(w, g, m, v []float32) {
			idle(w, m, v, Idle[float32]{A: 1e-9, B: 1e-9, E1: 1e-8, E2: 2e-8, Keep1: 1, Keep2: 1})
		}},
		{"Fade", 2, func(w, g, m, v []float32) { Fade(w, 1) }},
	} {
		for _, n := range []int{64, 4096} {
			b.Run(fmt.Sprintf("%s/%d", rule.name, n), func(b *testing.B) {
				x := [4][]float32{}
				for k := range x {
					x[k] = make([]float32, n)
					for i := range x[k] {
						x[k][i] = float32(i%7+1) / 8
					}
				}
				b.SetBytes(int64(4 * rule.words * n))
				for b.Loop() {
					rule.run(x[0], x[1], x[2], x[3])
				}
			})
		}
	}
}

// TestAdamRows does rows of tables in one go and one after the other, and compares every
// bit; rows that the list does not name stay as they are. The moments are those of two tables, or
// side by side in one.
func TestAdamRows(t *testing.T) {
	t.Run("float64", testAdamRows[float64])
	t.Run("float32", testAdamRows[float32])
}

func testAdamRows[T Float](t *testing.T) {
	const size = 40
	rng := rand.New(rand.NewPCG(4, 4))
	kinds := []Idle[T]{
		{A: 1e-3, B: 2e-3, E1: 1e-8, E2: 2e-8, Keep1: 0.9, Keep2: 0.999},
		{Decay: 0.01, A: 0.3, B: 0.2, E1: 1e-8, E2: 1, Keep1: 0.5, Keep2: 0.25},
		{E1: 1, E2: 1, Keep1: 1, Keep2: 1},
	}
	for _, n := range sizes {
		for _, count := range []int{0, 1, 2, 8, 9, 25} {
			for _, together := range []bool{false, true} {
				var rows, places, which []int32
				for _, row := range rng.Perm(size)[:count] {
					rows, which = append(rows, int32(row)), append(which, int32(row%3))
				}
				for _, place := range rng.Perm(size)[:count] {
					places = append(places, int32(place))
				}
				w, g, pool := matrix[T](rng, size*n), matrix[T](rng, count*n), matrix[T](rng, 2*size*n)
				for i := range pool {
					pool[i] *= pool[i]
				}
				moments := func(pool []T) Moments[T] {
					if together {
						return Moments[T]{M: pool, V: pool[n:], Pitch: 2 * n, Places: places}
					}
					return Moments[T]{M: pool[:size*n], V: pool[size*n:], Pitch: n, Places: places}
				}
				w1, pool1 := slices.Clone(w), slices.Clone(pool)
				AdamIdleRows(w, moments(pool), n, rows, which, kinds)
				AdamRows(w, g, moments(pool), n, rows, 0.9, 0.999, 0.01, 1e-3, 1e-8)
				one := moments(pool1)
				for k, row := range rows {
					w := rowOf(w1, n, int(row))
					m, v := one.of(k, n)
					idle(w, m, v, kinds[which[k]])
					Adam(w, rowOf(g, n, k), m, v, 0.9, 0.999, 0.01, 1e-3, 1e-8)
				}
				if !slices.Equal(w, w1) || !slices.Equal(pool, pool1) {
					t.Errorf("%d rows of %d, moments together: %v: not what they come to one by one", count, n, together)
				}
			}
		}
	}
	table := make([]T, 4*3)
	moments := func(places []int32) Moments[T] {
		return Moments[T]{M: make([]T, 8*3), V: make([]T, 4*3), Pitch: 3, Places: places}
	}
	for what, f := range map[string]func(rows, places []int32){
		"AdamRows": func(rows, places []int32) {
			AdamRows(table, table[:6], moments(places), 3, rows, 0.9, 0.999, 0, 1e-3, 1e-8)
		},
		"AdamIdleRows": func(rows, places []int32) {
			AdamIdleRows(table, moments(places), 3, rows, []int32{0, 0}, make([]Idle[T], 1))
		},
	} {
		for _, bad := range []int32{-1, 4} {
			for _, lists := range [][2][]int32{{{1, bad}, {1, 2}}, {{1, 2}, {1, bad}}} {
				func() {
					defer func() {
						if recover() == nil {
							t.Errorf("%s: rows %v at places %v of 4 were taken", what, lists[0], lists[1])
						}
					}()
					f(lists[0], lists[1])
				}()
			}
		}
	}
}
