package kernel

import (
	"math"
	"unsafe"
)

// The update rules of package solvers, each one pass over its slices. All
// slices of a call have the length of w. Constants come as float64 and are
// rounded once, because 1−β computed in float32 would be off by 1e-5.
//
// The functions whose name ends in Idle stand for many steps with a zero
// gradient, in closed form.

// SGD subtracts the gradient: w -= rate·g.
func SGD[T Float](w, g []T, rate float64) {
	g = g[:len(w)]
	if vectorized[T]() {
		sgdVector(ptr(w), ptr(g), len(w), float32(rate))
		return
	}
	r := T(rate)
	for i := range w {
		w[i] -= r * g[i]
	}
}

// Momentum moves by a velocity: v = mu·v − rate·g; w += v.
func Momentum[T Float](w, g, v []T, mu, rate float64) {
	g, v = g[:len(w)], v[:len(w)]
	if vectorized[T]() {
		momentumVector(ptr(w), ptr(g), ptr(v), len(w), float32(mu), float32(rate))
		return
	}
	m, r := T(mu), T(rate)
	for i := range w {
		x := m*v[i] - r*g[i]
		v[i] = x
		w[i] += x
	}
}

// Nesterov moves by the velocity looked ahead: v = mu·v − rate·g;
// w += mu·v − rate·g.
func Nesterov[T Float](w, g, v []T, mu, rate float64) {
	g, v = g[:len(w)], v[:len(w)]
	if vectorized[T]() {
		nesterovVector(ptr(w), ptr(g), ptr(v), len(w), float32(mu), float32(rate))
		return
	}
	m, r := T(mu), T(rate)
	for i := range w {
		d := r * g[i]
		x := m*v[i] - d
		v[i] = x
		w[i] += m*x - d
	}
}

// MomentumIdle lets a velocity run out: w += move·v; v *= keep. A velocity that
// would become denormal becomes zero.
func MomentumIdle[T Float](w, v []T, move, keep float64) {
	v = v[:len(w)]
	if vectorized[T]() {
		momentumIdleVector(ptr(w), ptr(v), len(w), float32(move), float32(keep))
		return
	}
	a, k, least := T(move), T(keep), smallestNormal[T]()
	for i := range w {
		x := v[i]
		w[i] += a * x
		x *= k
		if T(math.Abs(float64(x))) < least { // not x > -least: half of the signs would be guessed wrong
			x = 0
		}
		v[i] = x
	}
}

// RMSprop divides by the root of a running mean of squares, eps inside of the
// root: c = rho·c + (1−rho)·g²; w -= rate·g/√(c+eps).
func RMSprop[T Float](w, g, c []T, rho, rate, eps float64) {
	g, c = g[:len(w)], c[:len(w)]
	if vectorized[T]() {
		rmspropVector(ptr(w), ptr(g), ptr(c), len(w), float32(rho), float32(1-rho), float32(rate), float32(eps))
		return
	}
	p, q, r, e := T(rho), T(1-rho), T(rate), T(eps)
	for i := range w {
		x := g[i]
		s := p*c[i] + q*x*x
		c[i] = s
		w[i] -= r * x / T(math.Sqrt(float64(s+e)))
	}
}

// AdaGrad divides by the root of the sum of squares, eps outside of the root:
// c += g²; w -= rate·g/(√c+eps).
func AdaGrad[T Float](w, g, c []T, rate, eps float64) {
	g, c = g[:len(w)], c[:len(w)]
	if vectorized[T]() {
		adagradVector(ptr(w), ptr(g), ptr(c), len(w), float32(rate), float32(eps))
		return
	}
	r, e := T(rate), T(eps)
	for i := range w {
		x := g[i]
		s := c[i] + x*x
		c[i] = s
		w[i] -= r * x / (T(math.Sqrt(float64(s))) + e)
	}
}

// Adam moves by the running mean of gradients over the root of that of squares:
// m = beta1·m + (1−beta1)·g; v = beta2·v + (1−beta2)·g²;
// w -= decay·w + rate·m/(√v+eps). The bias corrections are in rate and eps. Decay
// is 0 but for AdamW; a factor 1−decay in its place would be rounded, in float32
// and the same way at every step, by up to 0.3 % of a decay of 1e-5.
func Adam[T Float](w, g, m, v []T, beta1, beta2, decay, rate, eps float64) {
	AdamRows(w, g, Moments[T]{M: m, V: v, Pitch: len(w), Places: first}, len(w), first, beta1, beta2, decay, rate, eps)
}

var first = []int32{0}

// Moments are the running means that Adam keeps of some rows of a table, in any order: those of
// a row begin at M[place·Pitch] and V[place·Pitch].
type Moments[T Float] struct {
	M, V   []T
	Pitch  int
	Places []int32 // by row of a list
}

// of returns the moments of row k of the list, n numbers each.
func (a *Moments[T]) of(k, n int) (m, v []T) {
	at := int(a.Places[k]) * a.Pitch
	return a.M[at:][:n], a.V[at:][:n]
}

// room is where the moments of a row of n numbers can begin at the latest.
func (a *Moments[T]) room(n int) int {
	_, _ = a.M[n-1], a.V[n-1]
	return min(len(a.M), len(a.V)) - n
}

// AdamRows is Adam for the given rows of a table, n numbers each. The rows of w are those of
// the table, those of g and the moments' places those of the list, one after another.
func AdamRows[T Float](w, g []T, a Moments[T], n int, rows []int32, beta1, beta2, decay, rate, eps float64) {
	if n == 0 || len(rows) == 0 {
		return
	}
	g, a.Places = g[:len(rows)*n], a.Places[:len(rows)]
	if vectorized[T]() {
		_ = w[n-1]
		found := adamRowsVector(ptr(w), ptr(a.M), ptr(a.V), ptr(g), n, len(w)-n, a.Pitch, a.room(n), &rows[0], &a.Places[0], len(rows),
			float32(beta1), float32(1-beta1), float32(beta2), float32(1-beta2), float32(decay), float32(rate), float32(eps))
		if found < len(rows) { // one of these panics with the usual message
			_ = rowOf(w, n, int(rows[found]))
			_, _ = a.of(found, n)
		}
		return
	}
	b1, c1 := T(beta1), T(1-beta1)
	b2, c2 := T(beta2), T(1-beta2)
	d, r, e := T(decay), T(rate), T(eps)
	for k, row := range rows {
		w, g := rowOf(w, n, int(row)), rowOf(g, n, k)
		m, v := a.of(k, n)
		m, v, g = m[:len(w)], v[:len(w)], g[:len(w)]
		for i := range w {
			x := g[i]
			a := b1*m[i] + c1*x
			b := b2*v[i] + c2*x*x
			m[i] = a
			v[i] = b
			w[i] -= d*w[i] + r*a/(T(math.Sqrt(float64(b)))+e)
		}
	}
}

// rowOf is a row of a table, n numbers each.
func rowOf[T Float](table []T, n, row int) []T { return table[row*n:][:n] }

// Idle is what Adam does to a weight in many steps without a gradient, with s = √v:
// w -= Decay·w + m·(A·s+B)/((s+E1)·(s+E2)); m *= Keep1; v *= Keep2. Moments that would
// become denormal become zero.
type Idle[T Float] struct {
	Decay, A, B, E1, E2, Keep1, Keep2 T

	_ T // eight numbers, as the assembly reads them
}

// AdamIdleRows does to each of the given rows of a table, n numbers each, what idle says
// at the place in which that belongs to the row. The moments' places are those of the list.
func AdamIdleRows[T Float](w []T, a Moments[T], n int, rows, which []int32, idle []Idle[T]) {
	if n == 0 || len(rows) == 0 {
		return
	}
	a.Places, which = a.Places[:len(rows)], which[:len(rows)]
	for _, k := range which {
		_ = idle[k]
	}
	if vectorized[T]() {
		_ = w[n-1]
		found := adamIdleRowsVector(ptr(w), ptr(a.M), ptr(a.V), n, len(w)-n, a.Pitch, a.room(n), &rows[0], &a.Places[0], len(rows),
			&which[0], (*float32)(unsafe.Pointer(&idle[0])))
		if found < len(rows) {
			_ = rowOf(w, n, int(rows[found]))
			_, _ = a.of(found, n)
		}
		return
	}
	for k, row := range rows {
		m, v := a.of(k, n)
		adamIdle(rowOf(w, n, int(row)), m, v, &idle[which[k]])
	}
}

func adamIdle[T Float](w, m, v []T, idle *Idle[T]) {
	m, v = m[:len(w)], v[:len(w)]
	d, p, q, f1, f2 := idle.Decay, idle.A, idle.B, idle.E1, idle.E2
	k1, k2, least := idle.Keep1, idle.Keep2, smallestNormal[T]()
	// The roots are taken ahead, in a loop of their own. Next to the division the
	// compiler gives both one register, and then each root waits for the division
	// before it: half the speed.
	var roots [64]T
	for lo := 0; lo < len(w); lo += len(roots) {
		hi := min(lo+len(roots), len(w))
		w, m, v := w[lo:hi], m[lo:hi], v[lo:hi]
		s := roots[:len(w)]
		for i, y := range v {
			s[i] = T(math.Sqrt(float64(y)))
		}
		for i, s := range s {
			x, y := m[i], v[i]
			w[i] -= d*w[i] + x*(p*s+q)/((s+f1)*(s+f2))
			x *= k1
			if T(math.Abs(float64(x))) < least { // not x > -least: half of the signs would be guessed wrong
				x = 0
			}
			y *= k2
			if y < least {
				y = 0
			}
			m[i], v[i] = x, y
		}
	}
}

// Fade multiplies by keep; what would become denormal becomes zero.
func Fade[T Float](x []T, keep float64) {
	if vectorized[T]() {
		fadeVector(ptr(x), len(x), float32(keep))
		return
	}
	k, least := T(keep), smallestNormal[T]()
	for i := range x {
		y := x[i] * k
		if T(math.Abs(float64(y))) < least {
			y = 0
		}
		x[i] = y
	}
}

// Decay takes away a part of each: x -= part·x.
func Decay[T Float](x []T, part float64) {
	if vectorized[T]() {
		decayVector(ptr(x), len(x), float32(part))
		return
	}
	d := T(part)
	for i := range x {
		x[i] -= d * x[i]
	}
}

// Penalize adds the gradient of the penalties l1·|w| + l2·w²/2 to g, with slope
// zero at w = 0.
func Penalize[T Float](g, w []T, l1, l2 float64) {
	w = w[:len(g)]
	a, b := T(l1), T(l2)
	for i := range g {
		x := w[i]
		switch {
		case x > 0:
			g[i] += a + b*x
		case x < 0:
			g[i] += b*x - a
		}
	}
}

// Clamp limits every element to the range from −limit to limit; NaN stays NaN.
func Clamp[T Float](g []T, limit float64) {
	hi := T(limit)
	for i, x := range g {
		if x > hi {
			g[i] = hi
		} else if x < -hi {
			g[i] = -hi
		}
	}
}

// AllZero tells whether every element is zero.
func AllZero[T Float](x []T) bool {
	if vectorized[T]() {
		return allZeroVector(ptr(x), len(x))
	}
	for _, y := range x {
		if y != 0 {
			return false
		}
	}
	return true
}

// smallestNormal is the least positive number that is not denormal. Arithmetic
// on denormal numbers takes some hundred cycles, and a decaying moment would
// otherwise end among them and stay.
func smallestNormal[T Float]() T {
	tiny := 0x1p-1022
	if _, single := any(T(0)).(float32); single {
		tiny = 0x1p-126
	}
	return T(tiny)
}
