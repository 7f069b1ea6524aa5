package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/nestnet/nestnet/internal/kernel"
	"github.com/nestnet/nestnet/internal/memory"
	"gorgonia.org/tensor"
)

// Init is a way to draw the first weights of a layer.
type Init string

// The ways, for a matrix W of shape (in, out). Gorgonia's own initialisers draw
// from the clock; these draw from a source that is handed in.
const (
	// AutoInit is He where the layer's activation is one of the ReLU family (relu,
	// leakyrelu, elu, gelu, swish, softplus), else Glorot.
	AutoInit Init = "auto"
	// Glorot is uniform within ±√(6/(in+out)). X. Glorot, Y. Bengio, AISTATS 2010.
	Glorot Init = "glorot"
	// He is uniform within ±√(6/in). K. He et al., ICCV 2015.
	He Init = "he"
	// Normal has mean 0 and standard deviation 0.05.
	Normal Init = "normal"
	// Uniform is uniform within ±0.05.
	Uniform Init = "uniform"
)

var initNames = []Init{AutoInit, Glorot, He, Normal, Uniform}

// ParseInit returns the Init of a name; "" is AutoInit.
func ParseInit(name string) (Init, error) {
	if name == "" {
		return AutoInit, nil
	}
	known := make([]string, len(initNames))
	for i, n := range initNames {
		if string(n) == name {
			return n, nil
		}
		known[i] = string(n)
	}
	return "", fmt.Errorf("graph: unknown initialiser %q, want one of %s", name, strings.Join(known, ", "))
}

// Weights draws a matrix of shape (in, out) for a layer with the given activation.
// Numbers are drawn as float64 in the order of memory, so that float32 and float64
// networks of one seed start from the same weights, up to rounding.
func (i Init) Weights(dtype tensor.Dtype, in, out int, act Activation, rng *rand.Rand) (*tensor.Dense, error) {
	how, err := ParseInit(string(i))
	if err != nil {
		return nil, err
	}
	if how == AutoInit {
		switch act {
		case ReLU, LeakyReLU, ELU, GELU, Swish, Softplus:
			how = He
		default:
			how = Glorot
		}
	}
	uniform := func(bound float64) func() float64 {
		return func() float64 { return (2*rng.Float64() - 1) * bound }
	}
	var draw func() float64
	switch how {
	case Glorot:
		draw = uniform(math.Sqrt(6 / float64(in+out)))
	case He:
		draw = uniform(math.Sqrt(6 / float64(in)))
	case Normal:
		draw = func() float64 { return 0.05 * rng.NormFloat64() }
	case Uniform:
		draw = uniform(0.05)
	}
	shape := tensor.WithShape(in, out)
	switch dtype {
	case tensor.Float32:
		return tensor.New(shape, tensor.WithBacking(drawn[float32](in*out, draw))), nil
	case tensor.Float64:
		return tensor.New(shape, tensor.WithBacking(drawn[float64](in*out, draw))), nil
	}
	return nil, fmt.Errorf("graph: weights of type %v, want float32 or float64", dtype)
}

func drawn[T kernel.Float](n int, draw func() float64) []T {
	w := memory.Make[T](n)
	for k := range w {
		w[k] = T(draw())
	}
	return w
}
