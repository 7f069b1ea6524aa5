package losses

import (
	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
)

// Hinge is ℓ = Σ_j max(0, 1 − y_j·f_j) with y = ±1, the loss of a support vector
// machine. Its slope at the kink y·f = 1 is 0.
type Hinge struct{}

// Name implements Loss.
func (Hinge) Name() string { return "hinge" }

// Outputs implements Loss.
func (Hinge) Outputs() []string { return []string{"linear", "tanh"} }

// TakesLogits implements Loss.
func (Hinge) TakesLogits() bool { return false }

// Coding implements Loss.
func (Hinge) Coding() Coding { return PlusMinus }

// Fused implements Loss.
func (Hinge) Fused(f, y, w *gorgonia.Node) (*gorgonia.Node, error) { return graph.Hinge(f, y, w) }

// Stock implements Loss. Stock Rectify has slope 1 at its kink.
func (Hinge) Stock(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	yf, err := gorgonia.HadamardProd(y, f)
	if err != nil {
		return nil, err
	}
	m, err := gorgonia.Sub(number(f, 1), yf)
	if err != nil {
		return nil, err
	}
	l, err := gorgonia.Rectify(m)
	if err != nil {
		return nil, err
	}
	return weighted(l, w)
}
