package feedforward

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/losses"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

type goldenCase struct {
	Loss, Activation string
	Dims             []int
	X, Y             [][]float64
	W                [][][]float64
	B                [][]float64
	Value            float64
	DW               [][][]float64 `json:"dW"`
	DB               [][]float64   `json:"db"`
}

// TestGolden holds values and gradients of both engines, on sparse and on dense input,
// to PyTorch's numbers.
func TestGolden(t *testing.T) {
	raw, err := os.ReadFile("testdata/gradients.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Cases []goldenCase }
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Cases) != 90 {
		t.Fatalf("got %d cases, want 90", len(golden.Cases))
	}
	forms := []struct {
		name    string
		engine  Engine
		numbers bool
	}{{"native sparse", Native, false}, {"native dense", Native, true}, {"gorgonia", Gorgonia, false}}
	for _, c := range golden.Cases {
		for _, form := range forms {
			t.Run(fmt.Sprintf("%s/%s/%v/%s", c.Loss, c.Activation, c.Dims, form.name), func(t *testing.T) {
				n := c.network(t, form.engine, form.numbers)
				value, grads := c.run(t, n, form.numbers)
				within(t, "loss", value, c.Value)
				for i := range c.W {
					compare(t, fmt.Sprintf("da%d", i+1), grads[2*i], flatten(c.DW[i]))
					compare(t, fmt.Sprintf("db%d", i+1), grads[2*i+1], c.DB[i])
				}
			})
		}
	}
}

func (c *goldenCase) network(t *testing.T, engine Engine, numbers bool) *Network {
	loss, err := losses.New(c.Loss)
	if err != nil {
		t.Fatal(err)
	}
	var layers []Layer
	for i, units := range c.Dims[1:] {
		act := c.Activation
		if i == len(c.Dims)-2 {
			act = loss.Outputs()[0]
		}
		layers = append(layers, Dense(units, act))
	}
	n, err := New(Config{Inputs: c.Dims[0], Numbers: numbers, Loss: loss, Dtype: tensor.Float64, Engine: engine}, layers...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.W {
		a, b, err := n.Weights(i + 1)
		if err != nil {
			t.Fatal(err)
		}
		copy(a.Float64s(), flatten(c.W[i]))
		copy(b.Float64s(), c.B[i])
	}
	return n
}

// run returns the loss and the gradients of a1, b1, a2 …
func (c *goldenCase) run(t *testing.T, n *Network, numbers bool) (float64, [][]float64) {
	b := data.Batch{Columns: c.Dims[0], Targets: flatten(c.Y)}
	if numbers {
		b.Dense = flatten(c.X)
	} else {
		b.Offsets = []int{0}
		for _, row := range c.X {
			for j, v := range row {
				if v != 0 {
					b.Indices = append(b.Indices, int32(j))
				}
			}
			b.Offsets = append(b.Offsets, len(b.Indices))
		}
	}
	// One row more than there are: absent rows must not count.
	p, err := n.trainProgram(len(c.X) + 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.load(n, &b, 0, len(c.X), 1/float64(len(c.X))); err != nil {
		t.Fatal(err)
	}
	loss, err := p.run()
	if err != nil {
		t.Fatal(err)
	}
	var grads [][]float64
	for _, m := range p.model {
		g, err := m.Grad()
		if err != nil {
			t.Fatal(err)
		}
		grads = append(grads, denseOf(g))
	}
	return loss, grads
}

func denseOf(v gorgonia.Value) []float64 {
	if r, ok := v.(*graph.RowGrad); ok {
		v = r.Dense()
	}
	d := v.(*tensor.Dense)
	if d.Dtype() == tensor.Float64 {
		return d.Float64s()
	}
	out := make([]float64, d.Size())
	for i, f := range d.Float32s() {
		out[i] = float64(f)
	}
	return out
}

func flatten(rows [][]float64) []float64 {
	var flat []float64
	for _, r := range rows {
		flat = append(flat, r...)
	}
	return flat
}

func compare(t *testing.T, name string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %d numbers, want %d", name, len(got), len(want))
	}
	for i := range want {
		within(t, fmt.Sprintf("%s[%d]", name, i), got[i], want[i])
	}
}

// within wants 1e-9, relative where the number is large.
func within(t *testing.T, name string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		t.Errorf("%s: got %v, want %v (off by %.1e)", name, got, want, math.Abs(got-want))
	}
}
