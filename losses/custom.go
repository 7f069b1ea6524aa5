package losses

import (
	"errors"
	"fmt"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
)

// Custom is a loss of your own, given as a function of Gorgonia nodes. It works on
// both engines. A network that has one cannot be saved.
//
//	absolute := losses.Custom{Label: "absolute", Func: func(f, y *gorgonia.Node) (*gorgonia.Node, error) {
//		d, err := gorgonia.Sub(y, f)
//		if err != nil {
//			return nil, err
//		}
//		return gorgonia.Abs(d)
//	}}
type Custom struct {
	// Label is the loss's name in summaries. Default "custom".
	Label string

	// Func declares the loss of each output of each example: f and y and the result
	// have shape (batch, outputs). Weights and mean are taken care of. Rows that are
	// not there hold zeroes in y and numbers of an earlier batch in f; the result must
	// be finite for them.
	Func func(f, y *gorgonia.Node) (*gorgonia.Node, error)

	// Output names the nonlinear function of the last layer. Default linear.
	Output string

	// Logits gives Func the last layer's argument instead of its result.
	Logits bool

	// Classes says how a class becomes y. Default ZeroOne.
	Classes Coding
}

// Name implements Loss.
func (c Custom) Name() string {
	if c.Label == "" {
		return "custom"
	}
	return c.Label
}

// Outputs implements Loss.
func (c Custom) Outputs() []string {
	if c.Output == "" {
		return []string{"linear"}
	}
	return []string{c.Output}
}

// TakesLogits implements Loss.
func (c Custom) TakesLogits() bool { return c.Logits }

// Coding implements Loss.
func (c Custom) Coding() Coding { return c.Classes }

// Fused implements Loss.
func (c Custom) Fused(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	l, err := c.declare(f, y)
	if err != nil {
		return nil, err
	}
	return graph.WeightedSum(l, w)
}

// Stock implements Loss.
func (c Custom) Stock(f, y, w *gorgonia.Node) (*gorgonia.Node, error) {
	l, err := c.declare(f, y)
	if err != nil {
		return nil, err
	}
	return weighted(l, w)
}

func (c Custom) declare(f, y *gorgonia.Node) (*gorgonia.Node, error) {
	if c.Func == nil {
		return nil, errors.New("losses: Custom without Func")
	}
	l, err := c.Func(f, y)
	if err != nil {
		return nil, fmt.Errorf("losses: %s: %w", c.Name(), err)
	}
	if l == nil || !l.Shape().Eq(f.Shape()) {
		return nil, fmt.Errorf("losses: %s: want a loss for each output, of shape %v", c.Name(), f.Shape())
	}
	return l, nil
}
