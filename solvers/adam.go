package solvers

import (
	"fmt"
	"math"

	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
)

// Adam steps by the running mean of the gradients over the root of the running
// mean of their squares, so that every weight moves by about η a step whatever
// the size of its gradients:
//
//	m = β₁·m + (1−β₁)·g
//	v = β₂·v + (1−β₂)·g²
//	m̂ = m/(1−β₁ᵗ)    v̂ = v/(1−β₂ᵗ)
//	w ← w − η·m̂/(√v̂ + ε)
//
// D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2015,
// algorithm 1 (arXiv:1412.6980).
//
// ε stands outside of the root and is added to √v̂, after the bias correction,
// as in the paper, PyTorch and Gorgonia. Keras adds it to √v before the
// correction (the paper's "ε̂", end of section 2) and has ε = 1e-7. Penalties
// enter m and v here as in PyTorch and Gorgonia; AdamW keeps them apart.
//
// With deferred rows the moves of an idle row are summed by a quadrature with
// two nodes (see window.go). Over 3,000 steps its error, relative to the largest
// move, is below 1e-12 for gradients of 1e-3 and more, and 3e-7 at worst where ε
// outweighs the gradients. It needs β₁ ≤ β₂⁴ and β₂ ≥ 0.9, as the defaults are;
// with other settings the whole table is stepped every time.
type Adam struct {
	LearningRate float64 // η; 0 means 0.001
	Beta1        float64 // β₁; 0 means 0.9
	Beta2        float64 // β₂; 0 means 0.999
	Epsilon      float64 // ε; 0 means 1e-8
	L1           float64 // adds L1·sign(w) to the gradient
	L2           float64 // adds L2·w to the gradient
	Clip         float64 // limits each element of the gradient to ±Clip; 0 means no limit

	// Schedule returns the factor on the learning rate at step 1, 2, …; nil means
	// 1 always.
	Schedule func(step int) float64

	core
	moments
}

// Name is "adam".
func (s *Adam) Name() string { return "adam" }

// Settings returns the settings with the defaults filled in.
func (s *Adam) Settings() Settings {
	return Settings{LearningRate: or(s.LearningRate, 1e-3), Beta1: or(s.Beta1, 0.9), Beta2: or(s.Beta2, 0.999),
		Epsilon: or(s.Epsilon, 1e-8), L1: s.L1, L2: s.L2, Clip: s.Clip, Schedule: s.Schedule}
}

// Check reports all settings that make no sense, in one error.
func (s *Adam) Check() error { return s.Settings().check(s.Name()) }

// Step changes the weights by their gradients and sets dense gradients to zero.
func (s *Adam) Step(model []gorgonia.ValueGrad) error { return s.step(s, model) }

// CatchUp brings rows of model[param] up to date; see Solver.
func (s *Adam) CatchUp(model []gorgonia.ValueGrad, param int, rows []int32) error {
	return s.catchUp(s, model, param, rows)
}

// Flush brings all rows of all parameters up to date.
func (s *Adam) Flush(model []gorgonia.ValueGrad) error { return s.flush(s, model) }

// State flushes, and returns a copy of step, m and v.
func (s *Adam) State(model []gorgonia.ValueGrad) (State, error) { return s.state(s, model) }

// Snapshot is State without the flush; see Solver.
func (s *Adam) Snapshot(model []gorgonia.ValueGrad) (State, error) { return s.snapshot(s, model) }

// SetState goes on from a State.
func (s *Adam) SetState(model []gorgonia.ValueGrad, state State) error {
	return s.setState(s, model, state)
}

// moments is the part that Adam and AdamW share. A step is
// w -= decay·w + rate·m/(√v + eps).
type moments struct {
	window
	decay, rate, eps float64

	// The step under way, and the root of its bias correction of v.
	t     int
	scale float64
}

func (a *moments) slots() []string { return []string{"m", "v"} }

func (a *moments) idles() bool { return true }

// defers is false where v fades so fast beside m that the spread of y becomes
// too wide for two nodes, or its powers too large.
func (a *moments) defers(h *Settings) bool {
	return h.Beta2 >= 0.9 && h.Beta1 <= math.Pow(h.Beta2, 4)
}

func (a *moments) begin(h *Settings, t int, η float64) error {
	a.decay = η * h.WeightDecay
	if a.decay >= 1 {
		return fmt.Errorf("solvers: adamw: weight decay %v times the learning rate %v of step %d is not below 1",
			h.WeightDecay, η, t)
	}
	// The bias corrections, moved from the moments to the constants. Expm1 keeps
	// their digits at the first steps, where 1−β₂ᵗ cancels.
	x := float64(t)
	correct1 := -math.Expm1(x * math.Log(h.Beta1))
	a.t, a.scale = t, math.Sqrt(-math.Expm1(x*math.Log(h.Beta2)))
	a.rate, a.eps = η*a.scale/correct1, h.Epsilon*a.scale
	return nil
}

// end adds the step to those that the rows without gradient have still to do.
func (a *moments) end() { a.add(a.t, a.scale, a.rate, a.decay) }

func (a *moments) update(h *Settings, v *view) {
	m, s := &v.slots[0], &v.slots[1]
	if v.w.f32 != nil {
		kernel.Adam(v.w.f32, v.g.f32, m.f32, s.f32, h.Beta1, h.Beta2, a.decay, a.rate, a.eps)
	} else {
		kernel.Adam(v.w.f64, v.g.f64, m.f64, s.f64, h.Beta1, h.Beta2, a.decay, a.rate, a.eps)
	}
}

func (a *moments) stepRows(h *Settings, p *param, g floats, rows, places []int32) {
	if p.w.f32 != nil {
		m := kernel.Moments[float32]{M: p.slots[0].f32, V: p.slots[1].f32, Pitch: p.pitch, Places: places}
		kernel.AdamRows(p.w.f32, g.f32, m, p.cols, rows, h.Beta1, h.Beta2, a.decay, a.rate, a.eps)
	} else {
		m := kernel.Moments[float64]{M: p.slots[0].f64, V: p.slots[1].f64, Pitch: p.pitch, Places: places}
		kernel.AdamRows(p.w.f64, g.f64, m, p.cols, rows, h.Beta1, h.Beta2, a.decay, a.rate, a.eps)
	}
}

func (a *moments) idleRows(h *Settings, d *idler, p *param, rows []int32, lo, hi, now int) {
	d.begin(&a.window, p.w.f32 != nil)
	for lo < hi {
		block := d.block(p, rows, lo, min(lo+idleBlock, hi))
		lo += len(block)
		if !d.behind(len(block), now) {
			continue
		}
		if h.WeightDecay != 0 {
			a.decayBlank(d, p, block, now)
		}
		d.collect(&a.window, p, block, now)
		d.flush(p)
	}
}

// decayBlank takes off the blank rows of a block what they would have lost by decay.
func (a *moments) decayBlank(d *idler, p *param, block []int32, now int) {
	for k, row := range block {
		from, blank := lag(d.clocks[k])
		if !blank || from == now {
			continue
		}
		part := a.decayed(from)
		if i, j := int(row)*p.cols, (int(row)+1)*p.cols; p.w.f32 != nil {
			kernel.Decay(p.w.f32[i:j], part)
		} else {
			kernel.Decay(p.w.f64[i:j], part)
		}
	}
}
