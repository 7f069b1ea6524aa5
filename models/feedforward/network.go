package feedforward

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/losses"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Engine names what runs the network.
type Engine string

const (
	// Native runs the ops of package graph on a graph.Machine. The default.
	Native Engine = "native"
	// Gorgonia runs stock ops on a gorgonia.NewTapeMachine.
	Gorgonia Engine = "gorgonia"
)

// Config says what a network is besides its layers.
type Config struct {
	// Inputs is the width of x: the number of words in the dictionary, or of numbers.
	// Required.
	Inputs int

	// Numbers says that x is dense numbers (data.Batch.Dense) instead of sparse rows.
	Numbers bool

	// Loss is what training makes small. Default: the one that goes with the last
	// layer, losses.CrossEntropy for softmax, losses.BinaryCrossEntropy for sigmoid,
	// else losses.Squared.
	Loss losses.Loss

	// MultiLabel says that an example may have any number of labels: each output answers
	// for one of them, whether the example has it, and the batches hold sets of labels
	// (data.Batch.LabelOffsets). The usual last layer is one of sigmoids, whose loss
	// losses.BinaryCrossEntropy sums over the labels; PyTorch and Keras take the mean
	// over them, which makes gradients smaller by the number of labels. A loss that
	// shares one answer among the outputs, as losses.CrossEntropy, is refused.
	MultiLabel bool

	// Seed fixes the first weights, the order of the examples and dropout.
	Seed uint64

	// Init is how the first weights are drawn; biases start at 0. Default
	// graph.AutoInit.
	Init graph.Init

	// Dtype is tensor.Float32, the default, or tensor.Float64.
	Dtype tensor.Dtype

	// Engine is Native, the default, or Gorgonia.
	Engine Engine
}

// Network is a feedforward network: its declaration and its weights.
type Network struct {
	cfg    Config
	layers []Layer

	// params holds a1, b1, a2, b2 …; every graph of the network shares them.
	params []*tensor.Dense

	train, infer *program // made when first needed
	dropStep     float64  // counts training steps, for dropout

	gradients map[Output]*slopes // for Explain, made when first needed
}

// New declares a network and draws its first weights.
func New(cfg Config, layers ...Layer) (*Network, error) {
	n, err := declared(cfg, layers)
	if err != nil {
		return nil, err
	}
	in := cfg.Inputs
	for i, l := range n.layers {
		act, _ := l.known()
		// A stream a layer: changing one layer leaves the others' weights alone.
		rng := rand.New(rand.NewPCG(cfg.Seed, uint64(i+1)))
		w, err := cfg.Init.Weights(n.cfg.Dtype, in, l.Units, act, rng)
		if err != nil {
			return nil, fmt.Errorf("feedforward: layer %d: %w", i+1, err)
		}
		n.params = append(n.params, w, tensor.New(tensor.Of(n.cfg.Dtype), tensor.WithShape(l.Units)))
		in = l.Units
	}
	// Declaring the training graph finds whatever else does not fit, such as a
	// function of the caller's, now and not in the middle of Fit.
	if _, err := n.trainProgram(n.trainCapacity()); err != nil {
		return nil, err
	}
	return n, nil
}

// declared is a network without weights yet, its settings checked and the defaults
// filled in.
func declared(cfg Config, layers []Layer) (*Network, error) {
	layers = slices.Clone(layers)
	for i := range layers {
		switch l := &layers[i]; {
		case l.Activation == "" && l.Func != nil:
			l.Activation = "custom"
		case l.Activation == "":
			l.Activation = graph.Linear.String()
		}
	}
	if cfg.Dtype == (tensor.Dtype{}) {
		cfg.Dtype = tensor.Float32
	}
	if cfg.Engine == "" {
		cfg.Engine = Native
	}
	if cfg.Loss == nil && len(layers) > 0 {
		cfg.Loss = usualLoss(layers[len(layers)-1])
	}
	n := &Network{cfg: cfg, layers: layers}
	return n, n.check()
}

func usualLoss(last Layer) losses.Loss {
	switch {
	case last.Func == nil && last.Activation == softmax:
		return losses.CrossEntropy{}
	case last.Func == nil && last.Activation == graph.Sigmoid.String():
		return losses.BinaryCrossEntropy{}
	}
	return losses.Squared{}
}

// check reports everything that is wrong with the declaration.
func (n *Network) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("feedforward: "+format, args...)) }
	if n.cfg.Inputs <= 0 {
		bad("Config.Inputs is %d, want the width of x, at least 1", n.cfg.Inputs)
	}
	if dt := n.cfg.Dtype; dt != tensor.Float32 && dt != tensor.Float64 {
		bad("Config.Dtype is %v, want float32 or float64", dt)
	}
	if e := n.cfg.Engine; e != Native && e != Gorgonia {
		bad("Config.Engine is %q, want %s or %s", e, Native, Gorgonia)
	}
	if _, err := graph.ParseInit(string(n.cfg.Init)); err != nil {
		bad("Config.Init: %w", err)
	}
	if len(n.layers) == 0 {
		bad("a network needs at least one layer")
		return errors.Join(errs...)
	}
	for i, l := range n.layers {
		if err := l.check(i+1, len(n.layers)); err != nil {
			bad("%w", err)
		}
	}
	last := n.layers[len(n.layers)-1]
	goes := n.cfg.Loss.Outputs()
	if last.Func == nil && goes != nil && !slices.Contains(goes, last.Activation) {
		bad("loss %s does not go with a %s output; it takes %s", n.cfg.Loss.Name(), last.Activation, strings.Join(goes, ", "))
	}
	if last.Func != nil && n.cfg.Loss.TakesLogits() {
		bad("loss %s has its own output function (%s) and does not go with a Func on the last layer", n.cfg.Loss.Name(), strings.Join(goes, ", "))
	}
	if n.cfg.Loss.Coding() == losses.OneHot && n.cfg.MultiLabel {
		bad("loss %s gives an example one class of several; Config.MultiLabel wants one for each output, such as %s", n.cfg.Loss.Name(), losses.BinaryCrossEntropy{}.Name())
	} else if n.cfg.Loss.Coding() == losses.OneHot && last.Units < 2 {
		bad("loss %s wants an output for each class, at least 2, got %d", n.cfg.Loss.Name(), last.Units)
	}
	return errors.Join(errs...)
}

// Config returns the configuration with the defaults filled in.
func (n *Network) Config() Config { return n.cfg }

// Layers returns the layers.
func (n *Network) Layers() []Layer { return slices.Clone(n.layers) }

// Outputs is the number of outputs.
func (n *Network) Outputs() int { return n.layers[len(n.layers)-1].Units }

// Classes is the number of classes that the outputs tell apart: one output tells two.
// With Config.MultiLabel it is the number of labels, one each output.
func (n *Network) Classes() int {
	if n.cfg.MultiLabel {
		return n.Outputs()
	}
	return max(n.Outputs(), 2)
}

// Parameters is the number of coefficients in all a_i and b_i.
func (n *Network) Parameters() int {
	total := 0
	for _, p := range n.params {
		total += p.Shape().TotalSize()
	}
	return total
}

// Weights returns a_i, of shape (inputs, outputs), and b_i, of shape (outputs), of
// layer i, counted from 1. They are the network's own: what is written to them counts.
func (n *Network) Weights(layer int) (a, b *tensor.Dense, err error) {
	if layer < 1 || layer > len(n.layers) {
		return nil, nil, fmt.Errorf("feedforward: no layer %d, the network has layers 1 to %d", layer, len(n.layers))
	}
	return n.params[2*layer-2], n.params[2*layer-1], nil
}

// Graph returns the symbolic expression graph that training runs: the nested
// function, its loss and the gradient. The nodes are named after the guide: x, a1, b1,
// f1 … y, loss, and ∂loss/∂a1 …; z3 is the argument a3·f2 + b3 of a nonlinear function
// where it is a node of its own.
func (n *Network) Graph() *gorgonia.ExprGraph { return n.train.g }
