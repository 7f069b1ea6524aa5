package feedforward

import (
	"io"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
)

// Dot returns the drawing of the expression graph of training (Graph), for one shard of the
// batch: f(x) and the loss, their gradient, or both.
func (n *Network) Dot(part graph.Part) graph.Dot {
	return graph.Dot{Name: "feedforward", Outputs: gorgonia.Nodes{n.train.f, n.train.loss}, Gradients: n.train.grads, Part: part}
}

// WriteDot writes Dot in the DOT language of Graphviz.
func (n *Network) WriteDot(w io.Writer, part graph.Part) error { return n.Dot(part).Write(w) }
