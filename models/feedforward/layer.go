package feedforward

import (
	"fmt"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
)

// Layer is one f_i(z) = nonlinear_i(a_i·z + b_i).
type Layer struct {
	// Units is the size of the result.
	Units int

	// Activation names the nonlinear function: linear, relu, leakyrelu, elu, sigmoid,
	// tanh, softplus, gelu, swish, and for the last layer softmax. Default linear.
	Activation string

	// Func is a nonlinear function of your own, given as a function of Gorgonia nodes;
	// Activation is then only its name, default custom. z and the result have shape (batch, Units). It
	// works on both engines. A network that has one cannot be saved.
	Func func(z *gorgonia.Node) (*gorgonia.Node, error)

	// Dropout is the share of the results that each training step sets to 0, the
	// others being scaled up by 1/(1−Dropout). Nothing is dropped when predicting.
	Dropout float64
}

// Dense is a layer of the given size and activation.
func Dense(units int, activation string) Layer {
	return Layer{Units: units, Activation: activation}
}

const softmax = "softmax"

// check reports what is wrong with layer i of n.
func (l Layer) check(i, n int) error {
	last := i == n
	if l.Units <= 0 {
		return fmt.Errorf("layer %d has %d units, want at least 1", i, l.Units)
	}
	if !(l.Dropout >= 0 && l.Dropout < 1) {
		return fmt.Errorf("layer %d: dropout %v, want at least 0 and below 1", i, l.Dropout)
	}
	if last && l.Dropout != 0 {
		return fmt.Errorf("layer %d: dropout on the output would drop answers", i)
	}
	switch {
	case l.Func != nil:
		return nil
	case l.Activation == softmax && !last:
		return fmt.Errorf("layer %d: softmax is for the last layer", i)
	case l.Activation == softmax && l.Units < 2:
		return fmt.Errorf("layer %d: softmax over one unit is always 1; use 2 units, or sigmoid", i)
	case l.Activation == softmax:
		return nil
	}
	if _, err := graph.ParseActivation(l.Activation); err != nil {
		return fmt.Errorf("layer %d: unknown activation %q, want one of %v or %s", i, l.Activation, graph.ActivationNames(), softmax)
	}
	return nil
}

// known returns the layer's activation where package graph has it.
func (l Layer) known() (act graph.Activation, ok bool) {
	if l.Func != nil || l.Activation == softmax {
		return graph.Linear, false
	}
	act, err := graph.ParseActivation(l.Activation)
	return act, err == nil
}
