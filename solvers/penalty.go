package solvers

import "github.com/nestnet/nestnet/internal/kernel"

// penalized tells whether weights without a gradient get one.
func (c *core) penalized() bool { return c.settings.L1 != 0 || c.settings.L2 != 0 }

// apply steps the weights of v by its gradient, in the order that holds for all
// rules: penalties, then the limit, then the rule. It changes the gradient.
func (c *core) apply(r rule, v *view) {
	w, g := &v.w, &v.g
	if c.penalized() {
		if w.f32 != nil {
			kernel.Penalize(g.f32, w.f32, c.settings.L1, c.settings.L2)
		} else {
			kernel.Penalize(g.f64, w.f64, c.settings.L1, c.settings.L2)
		}
	}
	if c.settings.Clip > 0 {
		if w.f32 != nil {
			kernel.Clamp(g.f32, c.settings.Clip)
		} else {
			kernel.Clamp(g.f64, c.settings.Clip)
		}
	}
	r.update(&c.settings, v)
}
