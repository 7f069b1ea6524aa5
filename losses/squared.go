package losses

import (
	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
)

// Squared is ℓ = Σ_j (y_j − f_j)², the guide's first loss. Summed over the outputs,
// without a factor ½: PyTorch's and Keras' MSE is the mean over the outputs instead.
//
//	∂ℓ/∂f = 2(f − y)
type Squared struct{}

// Name implements Loss.
func (Squared) Name() string { return "squared" }

// Outputs implements Loss. A class is then the output nearest to 1. Softmax does not
// go with it: its gradient vanishes where the answer is surely wrong.
func (Squared) Outputs() []string {
	return []string{"linear", "sigmoid", "tanh", "relu", "leakyrelu", "elu", "softplus", "gelu", "swish"}
}

// TakesLogits implements Loss.
func (Squared) TakesLogits() bool { return false }

// Coding implements Loss.
func (Squared) Coding() Coding { return ZeroOne }

// Fused implements Loss.
func (Squared) Fused(f, y, w *gorgonia.Node) (*gorgonia.Node, error) { return graph.Squared(f, y, w) }

// Stock implements Loss.
func (Squared) Stock(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	d, err := gorgonia.Sub(y, f)
	if err != nil {
		return nil, err
	}
	l, err := gorgonia.Square(d)
	if err != nil {
		return nil, err
	}
	return weighted(l, w)
}
