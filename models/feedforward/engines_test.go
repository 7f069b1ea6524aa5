package feedforward

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// randomSet makes n sparse examples over the given words and classes; every example has
// at least one word. The class is told, noisily, by the words.
func randomSet(n, words, classes int, seed uint64) *data.Set {
	rng := rand.New(rand.NewPCG(seed, 99))
	s := &data.Set{All: data.Batch{Columns: words, Offsets: []int{0}}}
	for range n {
		class := rng.IntN(classes)
		for j := range words {
			p := 0.2
			if j%classes == class {
				p = 0.5
			}
			if rng.Float64() < p || j == class {
				s.All.Indices = append(s.All.Indices, int32(j))
			}
		}
		s.All.Offsets = append(s.All.Offsets, len(s.All.Indices))
		s.All.Classes = append(s.All.Classes, int32(class))
	}
	return s
}

// randomLabels is randomSet with labels of which an example may have any number.
func randomLabels(n, words, labels int, seed uint64) *data.Set {
	rng := rand.New(rand.NewPCG(seed, 98))
	s := &data.Set{All: data.Batch{Columns: words, Offsets: []int{0}, LabelOffsets: []int{0}}}
	for i := range n {
		b := &s.All
		for l := range labels {
			if rng.IntN(3) == 0 {
				b.LabelIndices = append(b.LabelIndices, int32(l))
			}
		}
		b.LabelOffsets = append(b.LabelOffsets, len(b.LabelIndices))
		for j := range words {
			p := 0.2
			if slices.Contains(b.Labels(i), int32(j%labels)) {
				p = 0.6
			}
			if rng.Float64() < p || j == i%words {
				b.Indices = append(b.Indices, int32(j))
			}
		}
		b.Offsets = append(b.Offsets, len(b.Indices))
	}
	return s
}

func mustNew(t testing.TB, cfg Config, layers ...Layer) *Network {
	t.Helper()
	n, err := New(cfg, layers...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestEnginesAgree trains on both engines from the same weights, 30 steps, for every
// activation × loss × solver that stock Gorgonia has, and compares the weights relative
// to how far they moved: native sparse, with deferred rows and all, against stock ops,
// TapeMachine and stock solvers.
//
// Stock Gorgonia's defects that bear on it, and how the comparison passes them by:
//   - Rectify and LeakyRelu have derivative 1 at 0, ours 0: no example is empty, so that
//     no argument is exactly 0;
//   - no error function: GELU runs our op on both engines;
//   - Nesterov, AdaGrad and AdamW are missing or wrong there (solvers.Stock says how).
func TestEnginesAgree(t *testing.T) {
	activations := []string{"linear", "relu", "leakyrelu", "elu", "sigmoid", "tanh", "softplus", "gelu", "swish"}
	stock := []solvers.Solver{
		&solvers.SGD{LearningRate: 0.05}, &solvers.Momentum{}, &solvers.RMSprop{}, &solvers.Adam{},
	}
	for _, name := range losses.Names() {
		loss, err := losses.New(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, act := range activations {
			for _, s := range stock {
				for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
					t.Run(fmt.Sprintf("%s/%s/%s/%v", name, act, s.Name(), dt), func(t *testing.T) {
						t.Parallel()
						enginesAgree(t, loss, act, s.Name(), s.Settings(), dt, Fit{})
					})
				}
			}
		}
	}
}

func enginesAgree(t *testing.T, loss losses.Loss, act, solver string, settings solvers.Settings, dt tensor.Dtype, fit Fit) {
	const words, classes = 23, 3
	// 60 examples in batches of 8 leave a smaller one: absent rows must not count.
	set := randomSet(60, words, classes, 5)
	enginesAgreeOn(t, set, Config{Inputs: words, Loss: loss, Dtype: dt}, []Layer{Dense(7, act), Dense(5, act), Dense(classes, loss.Outputs()[0])}, solver, settings, fit)
}

// The same for sets of labels.
func TestEnginesAgreeOnLabels(t *testing.T) {
	for _, loss := range []losses.Loss{losses.BinaryCrossEntropy{}, losses.Logistic{}, losses.Squared{}} {
		for _, labels := range []int{1, 4} {
			for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
				t.Run(fmt.Sprintf("%s/%d/%v", loss.Name(), labels, dt), func(t *testing.T) {
					t.Parallel()
					cfg := Config{Inputs: 23, Loss: loss, Dtype: dt, MultiLabel: true}
					enginesAgreeOn(t, randomLabels(60, 23, labels, 5), cfg, []Layer{Dense(7, "tanh"), Dense(labels, loss.Outputs()[0])}, "adam", solvers.Settings{}, Fit{})
				})
			}
		}
	}
}

func enginesAgreeOn(t *testing.T, set *data.Set, cfg Config, layers []Layer, solver string, settings solvers.Settings, fit Fit) {
	const steps, batch = 30, 8
	trained := map[Engine]*Network{}
	var start *Network
	for _, engine := range []Engine{Native, Gorgonia} {
		cfg.Seed, cfg.Engine = 3, engine
		n := mustNew(t, cfg, layers...)
		s, err := solvers.New(solver, settings)
		if err != nil {
			t.Fatal(err)
		}
		var step gorgonia.Solver = s
		if engine == Gorgonia {
			if step, err = solvers.Stock(s); err != nil {
				t.Fatal(err)
			}
			start = mustNew(t, n.cfg, n.layers...)
		}
		ctx, stop := context.WithCancel(t.Context())
		fit.Epochs, fit.Batch, fit.Solver = 100, batch, step
		fit.OnStep = func(s Step) {
			if s.Step == steps {
				stop()
			}
		}
		h, err := n.Fit(ctx, set, fit)
		if err != context.Canceled || h.Steps != steps {
			t.Fatalf("%s: %d steps, error %v", engine, h.Steps, err)
		}
		trained[engine] = n
	}
	tol := 1e-9
	if cfg.Dtype == tensor.Float32 {
		tol = 1e-4
	}
	for i := range start.params {
		from, a, b := denseOf(start.params[i]), denseOf(trained[Native].params[i]), denseOf(trained[Gorgonia].params[i])
		moved, off := 0.0, 0.0
		for k := range a {
			moved = max(moved, math.Abs(b[k]-from[k]))
			off = max(off, math.Abs(a[k]-b[k]))
		}
		if moved == 0 {
			t.Errorf("parameter %d never moved", i)
		}
		if !(off <= tol*moved) {
			t.Errorf("parameter %d: engines differ by %.1e of the %.1e it moved", i, off/moved, moved)
		}
	}
}
