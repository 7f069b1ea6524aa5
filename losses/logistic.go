package losses

import (
	"math"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
)

// Logistic is ℓ = (1/ln 2)·Σ_j ln(1 + e^(−y_j·f_j)) with y = ±1, the guide's loss for
// spam or not spam. The factor makes it 1 where f = 0: an undecided answer costs one
// bit. It is BinaryCrossEntropy divided by ln 2, in another coding of y.
//
//	∂ℓ/∂f = −y·σ(−y·f)/ln 2
type Logistic struct{}

// Name implements Loss.
func (Logistic) Name() string { return "logistic" }

// Outputs implements Loss: f must be able to take either sign.
func (Logistic) Outputs() []string { return []string{"linear", "tanh"} }

// TakesLogits implements Loss.
func (Logistic) TakesLogits() bool { return false }

// Coding implements Loss.
func (Logistic) Coding() Coding { return PlusMinus }

// Fused implements Loss.
func (Logistic) Fused(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	return graph.Logistic(f, y, w)
}

// Stock implements Loss. Softplus instead of Log2(1+Exp): Gorgonia's Log2 has a wrong
// derivative, and Exp overflows.
func (Logistic) Stock(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	yf, err := gorgonia.HadamardProd(y, f)
	if err != nil {
		return nil, err
	}
	n, err := gorgonia.Neg(yf)
	if err != nil {
		return nil, err
	}
	s, err := gorgonia.Softplus(n)
	if err != nil {
		return nil, err
	}
	l, err := gorgonia.Mul(s, number(f, 1/math.Ln2))
	if err != nil {
		return nil, err
	}
	return weighted(l, w)
}
