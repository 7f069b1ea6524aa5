package losses

import (
	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
)

// CrossEntropy is ℓ = −Σ_j y_j·ln p_j with p = softmax(z), for logits z: minus the
// logarithm of the probability given to the right class. The usual loss for two or
// more classes that exclude one another.
//
//	∂ℓ/∂z = p − y
//
// Natural logarithms, as in Keras and PyTorch: an undecided answer costs ln C.
type CrossEntropy struct{}

// Name implements Loss.
func (CrossEntropy) Name() string { return "crossentropy" }

// Outputs implements Loss.
func (CrossEntropy) Outputs() []string { return []string{"softmax"} }

// TakesLogits implements Loss.
func (CrossEntropy) TakesLogits() bool { return true }

// Coding implements Loss.
func (CrossEntropy) Coding() Coding { return OneHot }

// Fused implements Loss.
func (CrossEntropy) Fused(z, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	return graph.SoftmaxCrossEntropy(z, y, w)
}

// Stock implements Loss.
func (CrossEntropy) Stock(z, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	logp, err := StockLogSoftmax(z)
	if err != nil {
		return nil, err
	}
	l, err := gorgonia.HadamardProd(y, logp)
	if err != nil {
		return nil, err
	}
	s, err := weighted(l, w)
	if err != nil {
		return nil, err
	}
	return gorgonia.Neg(s)
}

// StockLogSoftmax declares ln softmax(z), row by row, with Gorgonia's ops. The rows
// are shifted by their maximum first: stock LogSoftMax shifts all rows by a maximum
// that starts from element 0 of the whole tensor, and so overflows in rows far below
// it. Take probabilities as Exp of this node; a second SoftMax of the same z would be
// merged with the first.
func StockLogSoftmax(z *gorgonia.Node) (*gorgonia.Node, error) {
	m, err := gorgonia.Max(z, 1)
	if err != nil {
		return nil, err
	}
	s, err := gorgonia.BroadcastSub(z, m, nil, []byte{1})
	if err != nil {
		return nil, err
	}
	return gorgonia.LogSoftMax(s, 1)
}
