package losses

import (
	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
)

// BinaryCrossEntropy is ℓ = −Σ_j y_j·ln p_j + (1−y_j)·ln(1−p_j) with p = σ(z), for
// logits z and y from 0 to 1. With more than two classes each output answers "this
// class or not" on its own.
//
//	∂ℓ/∂z = σ(z) − y
type BinaryCrossEntropy struct{}

// Name implements Loss.
func (BinaryCrossEntropy) Name() string { return "binary-crossentropy" }

// Outputs implements Loss.
func (BinaryCrossEntropy) Outputs() []string { return []string{"sigmoid"} }

// TakesLogits implements Loss.
func (BinaryCrossEntropy) TakesLogits() bool { return true }

// Coding implements Loss.
func (BinaryCrossEntropy) Coding() Coding { return ZeroOne }

// Fused implements Loss.
func (BinaryCrossEntropy) Fused(z, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	return graph.SigmoidCrossEntropy(z, y, w)
}

// Stock implements Loss as y·softplus(−z) + (1−y)·softplus(z), which keeps the small
// losses that softplus(z) − y·z would lose.
func (BinaryCrossEntropy) Stock(z, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	neg, err := gorgonia.Neg(z)
	if err != nil {
		return nil, err
	}
	no, err := gorgonia.Softplus(neg)
	if err != nil {
		return nil, err
	}
	yes, err := gorgonia.Softplus(z)
	if err != nil {
		return nil, err
	}
	rest, err := gorgonia.Sub(number(z, 1), y)
	if err != nil {
		return nil, err
	}
	l1, err := gorgonia.HadamardProd(y, no)
	if err != nil {
		return nil, err
	}
	l0, err := gorgonia.HadamardProd(rest, yes)
	if err != nil {
		return nil, err
	}
	l, err := gorgonia.Add(l1, l0)
	if err != nil {
		return nil, err
	}
	return weighted(l, w)
}
