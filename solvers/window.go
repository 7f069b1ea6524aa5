package solvers

import (
	"math"

	"github.com/nestnet/nestnet/internal/kernel"
)

// windowSteps bounds how many steps a row of Adam can lag: then the whole table
// is caught up. It bounds the memory of the window (half a megabyte) and keeps
// the products in it within range; the cost of one sweep in 4096 steps is lost
// in the noise.
const windowSteps = 4096

// negligible is the part of a sum below which a float64 does not see a term.
const negligible = 1e-17

// A window lets Adam and AdamW do many steps without gradient at once.
//
// Let a row have done step t₀ with moments m and v, and be idle in the steps
// i = t₀+1 … t, with k = i−t₀. Then mᵢ = β₁ᵏ·m and vᵢ = β₂ᵏ·v, and step i moves
// the weight by
//
//	−ηᵢ·(mᵢ/(1−β₁ⁱ)) / (√(vᵢ/(1−β₂ⁱ)) + ε)  =  −m·uᵢ/(√v + ε·yᵢ)
//	yᵢ = √(1−β₂ⁱ)·β₂^(−k/2)
//	uᵢ = ηᵢ·√(1−β₂ⁱ)/(1−β₁ⁱ)·(β₁/√β₂)ᵏ
//
// The sum over i is the integral of 1/(√v + ε·y) over a measure of mass uᵢ at yᵢ
// that does not depend on the weight. It is replaced by the two masses a₁ at y₁
// and a₂ at y₂ that have the same moments Σu, Σu·y, Σu·y², Σu·y³ (Gauss
// quadrature with two nodes), so that a row takes one division a weight however
// long it was idle. It is exact for k ≤ 2, and differs by the fourth order of
// the spread of ε·y in √v + ε·y otherwise: not at all for gradients far above ε.
//
// An entry per t₀ holds the moments, and each step adds its one term to those
// entries for which it is not negligible: some 370 with the defaults. They are
// taken about y of the first idle step, because the spread is small beside y.
//
// The decay of AdamW multiplies the weight, and so all moves before it, by
// 1−ηᵢλ. With Pᵢ the product of these factors, the terms are uᵢ/Pᵢ and the sum
// is multiplied by P in the end.
type window struct {
	beta1, beta2, eps float64

	base    int // t₀ of the first entry
	entries []entry
	product float64 // P
	version uint32  // counts changes

	// By k; made once for a pair of betas.
	fade  []float64 // (β₁/√β₂)ᵏ
	far   []float64 // β₂^(−k/2)
	keep1 []float64 // β₁ᵏ
	keep2 []float64 // β₂ᵏ
	last  int       // the largest k whose term is not negligible
}

// An entry is for the rows that have done step t₀ and are idle since.
type entry struct {
	ref            float64 // y of the first idle step
	m0, m1, m2, m3 float64 // Σu, Σu·(y−ref), …
	product        float64 // P at t₀
}

// A bridge leads over idle steps, s being √v:
// w -= decay·w + m·(a·s+b)/((s+e1)·(s+e2)); the moments are multiplied by keep1 and keep2.
type bridge struct{ decay, a, b, e1, e2, keep1, keep2 float64 }

// restart empties the window; all rows have done step t.
func (w *window) restart(h *Settings, t int) {
	if w.fade == nil || w.beta1 != h.Beta1 || w.beta2 != h.Beta2 {
		w.tabulate(h.Beta1, h.Beta2)
	}
	w.eps = h.Epsilon
	w.base, w.product = t, 1
	w.entries = w.entries[:0]
	w.open(t)
	w.version++
}

func (w *window) tabulate(beta1, beta2 float64) {
	w.beta1, w.beta2 = beta1, beta2
	if w.fade == nil {
		w.entries = make([]entry, 0, windowSteps+1)
		tables := make([]float64, 4*(windowSteps+1))
		for _, to := range []*[]float64{&w.fade, &w.far, &w.keep1, &w.keep2} {
			*to, tables = tables[:windowSteps+1], tables[windowSteps+1:]
		}
	}
	w.last = windowSteps
	for k := range w.fade {
		x := float64(k)
		w.keep1[k] = math.Pow(beta1, x)
		w.keep2[k] = math.Pow(beta2, x)
		w.far[k] = math.Pow(beta2, -x/2)
		w.fade[k] = w.keep1[k] * w.far[k]
		// The third moment is the last to fade.
		if w.last == windowSteps && w.keep1[k] < negligible*w.keep2[k]*w.keep2[k] {
			w.last = k
		}
	}
}

// open adds the entry for t, the last step begun.
func (w *window) open(t int) {
	ref := math.Sqrt(-math.Expm1(float64(t+1)*math.Log(w.beta2))) * w.far[1]
	w.entries = append(w.entries, entry{ref: ref, product: w.product})
}

// full tells that the next step might not fit. In the first steps y grows like
// √i, a wide spread for two nodes, hence a sweep whenever the number of steps
// has doubled until √(1−β₂ⁱ) is close to 1: some ten in all, over the rows that
// have had a gradient.
func (w *window) full() bool {
	length := len(w.entries) - 1
	if length >= max(w.base, 4) && float64(w.base)*(1-w.beta2) < 4 {
		return true
	}
	return length >= windowSteps || w.product < 1e-100
}

// add extends all entries by step t, with y = scale·β₂^(−k/2) and
// u = rate·(β₁/√β₂)ᵏ, the weights losing the part decay.
func (w *window) add(t int, scale, rate, decay float64) {
	w.product *= 1 - decay
	rate /= w.product
	// From the last entry on, for which k is 1.
	entries := w.entries[max(0, t-w.last-w.base) : t-w.base]
	fade, far := w.fade[1:len(entries)+1], w.far[1:len(entries)+1]
	for k, f := range fade {
		e := &entries[len(entries)-1-k]
		u := rate * f
		d := scale*far[k] - e.ref
		e.m0 += u
		u *= d
		e.m1 += u
		u *= d
		e.m2 += u
		u *= d
		e.m3 += u
	}
	w.open(t)
	w.version++
}

// decayed is the part of a weight that decay has taken since step t₀.
func (w *window) decayed(t0 int) float64 { return 1 - w.product/w.entries[t0-w.base].product }

// quadrature finds the two nodes and masses that have the moments of e.
func (e *entry) quadrature(product, eps float64) bridge {
	decay := 1 - product/e.product
	if e.m0 == 0 { // the learning rate was zero
		return bridge{decay: decay, e1: eps, e2: 1}
	}
	mean := e.m1 / e.m0
	second := e.m2 / e.m0
	variance := second - mean*mean
	center := e.ref + mean
	mass := e.m0 * product
	// (s+1)/(s+1) makes one node fit the form with two.
	oneNode := bridge{decay: decay, a: mass, b: mass, e1: eps * center, e2: 1}
	if variance <= 1e-18*center*center {
		return oneNode
	}
	// About the mean the nodes are the roots of x² − skew·x − variance.
	third := e.m3/e.m0 - 3*mean*second + 2*mean*mean*mean
	skew := third / variance / 2
	root := math.Sqrt(skew*skew + variance)
	x1, x2 := skew-root, skew+root
	if skew > 0 {
		x1 = -variance / x2
	} else {
		x2 = -variance / x1
	}
	a1 := mass * x2 / (x2 - x1)
	a2 := mass - a1
	e1, e2 := eps*(center+x1), eps*(center+x2)
	if e1*e2 < 0x1p-120 {
		// Their product would vanish in float32, and 0/0 be the move of a weight that
		// never had a gradient. One node will do: such an ε is there for that only.
		return oneNode
	}
	return bridge{decay: decay, a: mass, b: a1*e2 + a2*e1, e1: e1, e2: e2}
}

// idleBlock is how many rows are collected before they are done in one go.
const idleBlock = 256

// An idler collects rows that have idle steps to do, and with them what each is to do,
// of which there are as many kinds as steps since which rows are idle. Each worker has
// one, and works out the kinds that it meets.
type idler struct {
	clocks          [idleBlock]int32 // of a block
	places          [idleBlock]int32 // of its rows' slots
	some            [idleBlock]int32 // rows, if there is no list of them
	rows, at, which []int32          // the rows to do, the places of their slots, and their kinds

	version uint32 // of the window that the kinds are for
	single  bool   // they are in kinds32, else in kinds64
	kinds32 []kernel.Idle[float32]
	kinds64 []kernel.Idle[float64]
	found   []int32 // by the steps to do: 1 more than the place of their kind; 0: there is none yet
	lags    []int32 // those found
}

// begin is called before rows are collected for a window, of a table of float32 (single) or
// float64.
func (d *idler) begin(w *window, single bool) {
	if d.found == nil {
		d.rows, d.at, d.which = make([]int32, idleBlock), make([]int32, idleBlock), make([]int32, idleBlock)
		d.found = make([]int32, windowSteps+1)
	}
	if d.version != w.version || d.single != single {
		d.version, d.single = w.version, single
		d.kinds32, d.kinds64 = d.kinds32[:0], d.kinds64[:0]
		for _, k := range d.lags {
			d.found[k] = 0
		}
		d.lags = d.lags[:0]
		d.found[0] = 1 // of rows that have nothing to do
	}
}

// block returns the rows at the places lo to hi of the list, or those rows of the table
// if there is none, and reads their clocks and places. All in one go: they lie far apart,
// and then one need not wait for the other.
func (d *idler) block(p *param, rows []int32, lo, hi int) []int32 {
	if rows != nil {
		rows = rows[lo:hi]
	} else {
		rows = d.some[:hi-lo]
		for k := range rows {
			rows[k] = int32(lo + k)
		}
	}
	states, clocks, places := p.states, d.clocks[:len(rows)], d.places[:len(rows)]
	for k, row := range rows {
		s := states[row]
		clocks[k], places[k] = s.done, s.place
	}
	return rows
}

// behind says whether some row of a block of that size has not done step now.
func (d *idler) behind(size, now int) bool {
	differ := int32(0)
	for _, clock := range d.clocks[:size] {
		differ |= clock ^ clock>>31 ^ int32(now)
	}
	return differ != 0
}

// collect sets the clocks of a block to step now, and collects its rows that have steps to do
// until then; blank rows have none. Which these are is not to be guessed, so that there is no
// branch for it.
func (d *idler) collect(w *window, p *param, block []int32, now int) {
	states, found := p.states, d.found
	rows, which, clocks := d.rows[:idleBlock], d.which[:idleBlock], d.clocks[:len(block)]
	at, places := d.at[:idleBlock], d.places[:len(block)]
	n := 0
	for k, row := range block {
		blank := clocks[k] >> 31 // −1 if it is
		states[row].done = int32(now) ^ blank
		steps := (int32(now) - clocks[k]) &^ blank
		kind := found[steps]
		if kind == 0 {
			kind = d.find(w, now, int(steps))
		}
		to := n & (idleBlock - 1)
		rows[to], at[to], which[to] = row, places[k], kind-1
		n += int(uint32(-steps) >> 31) // 1 if there are steps
	}
	d.rows, d.at, d.which = rows[:n], at[:n], which[:n]
}

// find works out what a row is to do that has that many steps to do until now. It returns 1
// more than the place of the kind.
func (d *idler) find(w *window, now, steps int) int32 {
	e := &w.entries[now-steps-w.base]
	b := e.quadrature(w.product, w.eps)
	b.keep1, b.keep2 = w.keep1[steps], w.keep2[steps]
	if d.single {
		d.kinds32 = append(d.kinds32, idle[float32](b))
	} else {
		d.kinds64 = append(d.kinds64, idle[float64](b))
	}
	d.lags = append(d.lags, int32(steps))
	d.found[steps] = int32(len(d.lags))
	return d.found[steps]
}

func idle[T kernel.Float](b bridge) kernel.Idle[T] {
	return kernel.Idle[T]{Decay: T(b.decay), A: T(b.a), B: T(b.b), E1: T(b.e1), E2: T(b.e2), Keep1: T(b.keep1), Keep2: T(b.keep2)}
}

// flush lets the rows do their steps.
func (d *idler) flush(p *param) {
	if p.w.f32 != nil {
		m := kernel.Moments[float32]{M: p.slots[0].f32, V: p.slots[1].f32, Pitch: p.pitch, Places: d.at}
		kernel.AdamIdleRows(p.w.f32, m, p.cols, d.rows, d.which, d.kinds32)
	} else {
		m := kernel.Moments[float64]{M: p.slots[0].f64, V: p.slots[1].f64, Pitch: p.pitch, Places: d.at}
		kernel.AdamIdleRows(p.w.f64, m, p.cols, d.rows, d.which, d.kinds64)
	}
}
