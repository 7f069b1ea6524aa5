package losses

import (
	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
)

// Huber is ℓ = Σ_j ½r² where |r| ≤ 1, else |r| − ½, with r = y_j − f_j: squared near the
// right answer, and not upset by a few examples far from it. P. Huber, "Robust
// estimation of a location parameter", 1964.
//
//	∂ℓ/∂f = f − y, held within ±1
type Huber struct{}

// Name implements Loss.
func (Huber) Name() string { return "huber" }

// Outputs implements Loss.
func (Huber) Outputs() []string { return Squared{}.Outputs() }

// TakesLogits implements Loss.
func (Huber) TakesLogits() bool { return false }

// Coding implements Loss.
func (Huber) Coding() Coding { return ZeroOne }

// Fused implements Loss.
func (Huber) Fused(f, y, w *gorgonia.Node) (*gorgonia.Node, error) { return graph.Huber(f, y, w) }

// Stock implements Loss: with e = max(0, |r|−1) and m = |r| − e, the loss is ½m² + e.
// (½r² − ½e² is the same, but cancels: in float32 it is off by 1 at r = 1e4.)
func (Huber) Stock(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	r, err := gorgonia.Sub(y, f)
	if err != nil {
		return nil, err
	}
	a, err := gorgonia.Abs(r)
	if err != nil {
		return nil, err
	}
	over, err := gorgonia.Sub(a, number(f, 1))
	if err != nil {
		return nil, err
	}
	e, err := gorgonia.Rectify(over)
	if err != nil {
		return nil, err
	}
	m, err := gorgonia.Sub(a, e)
	if err != nil {
		return nil, err
	}
	m2, err := gorgonia.Square(m)
	if err != nil {
		return nil, err
	}
	half, err := gorgonia.Mul(m2, number(f, 0.5))
	if err != nil {
		return nil, err
	}
	l, err := gorgonia.Add(half, e)
	if err != nil {
		return nil, err
	}
	return weighted(l, w)
}
