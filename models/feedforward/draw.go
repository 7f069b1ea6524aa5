package feedforward

import (
	"io"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
)

// WriteDot writes the expression graph of training (Graph), for one shard of the batch, in
// the DOT language of Graphviz: f(x) and the loss, their gradient, or both.
func (n *Network) WriteDot(w io.Writer, part graph.Part) error {
	return graph.Dot{Name: "feedforward", Outputs: gorgonia.Nodes{n.train.f, n.train.loss}, Gradients: n.train.grads, Part: part}.Write(w)
}
