package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/tensor"
)

func TestInit(t *testing.T) {
	const in, out = 300, 200
	glorot, he := math.Sqrt(6.0/(in+out)), math.Sqrt(6.0/in)
	for _, row := range []struct {
		init  graph.Init
		act   graph.Activation
		bound float64 // 0: a normal distribution
		dev   float64
	}{
		{graph.Glorot, graph.ReLU, glorot, glorot / math.Sqrt(3)},
		{graph.He, graph.Tanh, he, he / math.Sqrt(3)},
		{graph.Normal, graph.Linear, 0, 0.05},
		{graph.Uniform, graph.Linear, 0.05, 0.05 / math.Sqrt(3)},
		{graph.AutoInit, graph.ReLU, he, he / math.Sqrt(3)},
		{graph.AutoInit, graph.LeakyReLU, he, he / math.Sqrt(3)},
		{graph.AutoInit, graph.ELU, he, he / math.Sqrt(3)},
		{graph.AutoInit, graph.GELU, he, he / math.Sqrt(3)},
		{graph.AutoInit, graph.Swish, he, he / math.Sqrt(3)},
		{graph.AutoInit, graph.Softplus, he, he / math.Sqrt(3)},
		{graph.AutoInit, graph.Linear, glorot, glorot / math.Sqrt(3)},
		{graph.AutoInit, graph.Sigmoid, glorot, glorot / math.Sqrt(3)},
		{graph.AutoInit, graph.Tanh, glorot, glorot / math.Sqrt(3)},
		{"", graph.Tanh, glorot, glorot / math.Sqrt(3)},
	} {
		name := fmt.Sprintf("%q for %v", row.init, row.act)
		draw := func(dt tensor.Dtype, seed uint64) []float64 {
			w, err := row.init.Weights(dt, in, out, row.act, rand.New(rand.NewPCG(seed, 1)))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if w.Dtype() != dt || !slices.Equal(w.Shape(), tensor.Shape{in, out}) {
				t.Errorf("%s: weights are %v %v", name, w.Dtype(), w.Shape())
			}
			return float64s(t, w)
		}
		w := draw(tensor.Float64, 1)
		var sum, squares, largest float64
		for _, v := range w {
			sum += v
			squares += v * v
			largest = max(largest, math.Abs(v))
		}
		n := float64(len(w))
		// The mean of n numbers has a deviation of dev/√n; the standard deviation itself one of
		// at most dev/√(2n) (normal; a uniform one has less). Five of each.
		if mean := sum / n; math.Abs(mean) > 5*row.dev/math.Sqrt(n) {
			t.Errorf("%s: mean %v, want 0 ± %.2g", name, mean, 5*row.dev/math.Sqrt(n))
		}
		if dev := math.Sqrt(squares / n); math.Abs(dev/row.dev-1) > 5/math.Sqrt(2*n) {
			t.Errorf("%s: standard deviation %v, want %v", name, dev, row.dev)
		}
		if row.bound > 0 && (largest > row.bound || largest < 0.999*row.bound) {
			t.Errorf("%s: the largest weight is %v, want one just below %v", name, largest, row.bound)
		}
		if row.bound == 0 && (largest < 3.5*row.dev || largest > 6*row.dev) {
			t.Errorf("%s: the largest of %v normal numbers is %v, %v deviations", name, n, largest, largest/row.dev)
		}

		wantSame(t, name+", same seed", draw(tensor.Float64, 1), w)
		if slices.Equal(draw(tensor.Float64, 2), w) {
			t.Errorf("%s: another seed gives the same weights", name)
		}
		for i, v := range draw(tensor.Float32, 1) {
			if v != float64(float32(w[i])) {
				t.Fatalf("%s: float32 weight %d is %v, want %v rounded", name, i, v, w[i])
			}
		}
	}
}

func TestInitErrors(t *testing.T) {
	if _, err := graph.Init("xavier").Weights(tensor.Float64, 1, 1, graph.ReLU, newRand(1)); err == nil {
		t.Error("xavier is known")
	} else {
		for _, want := range []string{`"xavier"`, "auto", "glorot", "he", "normal", "uniform"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not name %s", err, want)
			}
		}
	}
	if _, err := graph.He.Weights(tensor.Int, 1, 1, graph.ReLU, newRand(1)); err == nil {
		t.Error("weights of type int")
	}
	for name, want := range map[string]graph.Init{"": graph.AutoInit, "auto": graph.AutoInit, "he": graph.He} {
		if i, err := graph.ParseInit(name); err != nil || i != want {
			t.Errorf("ParseInit(%q) = %q, %v; want %q", name, i, err, want)
		}
	}
}
