package feedforward

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func classifierLayers() []Layer {
	return []Layer{Dense(16, "relu"), Dense(16, "relu"), Dense(3, "softmax")}
}

// A sigmoid answers from 0 to 1 whatever y is: with y = ±1 for its argument, too, the
// middle is 0.5.
func TestSigmoidOfSignedClasses(t *testing.T) {
	logistic := losses.Custom{Output: "sigmoid", Logits: true, Classes: losses.PlusMinus,
		Func: func(z, y *gorgonia.Node) (*gorgonia.Node, error) {
			margin, err := gorgonia.HadamardProd(z, y)
			if err != nil {
				return nil, err
			}
			if margin, err = gorgonia.Neg(margin); err != nil {
				return nil, err
			}
			return gorgonia.Softplus(margin)
		}}
	train, test := randomSet(600, 60, 2, 1), randomSet(200, 60, 2, 2)
	n := mustNew(t, Config{Inputs: 60, Seed: 1, Loss: logistic}, Dense(16, "relu"), Dense(1, "sigmoid"))
	if _, err := n.Fit(t.Context(), train, Fit{Epochs: 5, Solver: &solvers.Adam{LearningRate: 0.01}}); err != nil {
		t.Fatal(err)
	}
	e, err := n.EvaluateEach(test)
	if err != nil {
		t.Fatal(err)
	}
	if e.Accuracy < 0.95 || e.ROCAUC < 0.95 {
		t.Errorf("accuracy %v, area %v; want 0.95 and more", e.Accuracy, e.ROCAUC)
	}
	p, err := n.Predict(&test.All)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range e.Answers {
		if f := p[i][0]; math.Abs(a.Probabilities[1]-f) > 1e-6 {
			t.Fatalf("example %d: probability %v of an output of %v", i, a.Probabilities[1], f)
		}
	}
}

func TestFitLearns(t *testing.T) {
	train, test := randomSet(600, 60, 3, 1), randomSet(200, 60, 3, 2)
	for _, engine := range []Engine{Native, Gorgonia} {
		n := mustNew(t, Config{Inputs: 60, Seed: 1, Engine: engine}, classifierLayers()...)
		before, err := n.Evaluate(test)
		if err != nil {
			t.Fatal(err)
		}
		h, err := n.Fit(t.Context(), train, Fit{Epochs: 5, Batch: 64, Solver: &solvers.Adam{LearningRate: 0.01}})
		if err != nil {
			t.Fatal(err)
		}
		after, err := n.Evaluate(test)
		if err != nil {
			t.Fatal(err)
		}
		if before.Accuracy > 0.6 || after.Accuracy < 0.95 {
			t.Errorf("%s: accuracy went from %v to %v, want from chance to 0.95", engine, before.Accuracy, after.Accuracy)
		}
		if h.Stopped != StoppedEpochs || len(h.Epochs) != 5 || h.Steps != 5*10 || h.Epochs[4].Documents != 600 || h.Best != 0 {
			t.Errorf("%s: history %+v", engine, h)
		}
		total := 0
		for i, row := range after.Confusion {
			sum := 0
			for _, c := range row {
				sum += c
			}
			if sum != after.PerClass[i].Support {
				t.Errorf("%s: row %d of the confusion matrix sums to %d, support is %d", engine, i, sum, after.PerClass[i].Support)
			}
			total += sum
		}
		if total != 200 || after.Documents != 200 {
			t.Errorf("%s: %d examples counted", engine, total)
		}
	}
}

// TestSameSeedSameBytes trains twice and compares every weight.
func TestSameSeedSameBytes(t *testing.T) {
	set := randomSet(300, 50, 3, 1)
	train := func(seed uint64) *Network {
		layers := classifierLayers()
		layers[0].Dropout = 0.3
		n := mustNew(t, Config{Inputs: 50, Seed: seed}, layers...)
		if _, err := n.Fit(t.Context(), set, Fit{Epochs: 2, Valid: set}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	a, b, c := train(7), train(7), train(8)
	if !sameWeights(a, b) {
		t.Error("two runs with one seed differ")
	}
	if sameWeights(a, c) {
		t.Error("two seeds give one result")
	}
}

func sameWeights(a, b *Network) bool {
	for i := range a.params {
		x, y := denseOf(a.params[i]), denseOf(b.params[i])
		for k := range x {
			if math.Float64bits(x[k]) != math.Float64bits(y[k]) {
				return false
			}
		}
	}
	return true
}

// TestDeferredRowsChangeNothing compares training with deferred rows to a solver that
// steps every row every time.
func TestDeferredRowsChangeNothing(t *testing.T) {
	set := randomSet(200, 400, 2, 1)
	for _, name := range solvers.Names() {
		if name == "lazyadam" {
			continue // takes an absent row for something else than a zero gradient
		}
		var nets []*Network
		for _, deferred := range []bool{true, false} {
			s, err := solvers.New(name, solvers.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			n := mustNew(t, Config{Inputs: 400, Seed: 1, Dtype: tensor.Float64}, Dense(8, "tanh"), Dense(2, "softmax"))
			var solver gorgonia.Solver = s
			if !deferred {
				solver = plainSolver{s}
			}
			if _, err := n.Fit(t.Context(), set, Fit{Epochs: 3, Batch: 8, Solver: solver, Valid: set}); err != nil {
				t.Fatal(err)
			}
			nets = append(nets, n)
		}
		for i := range nets[0].params {
			compare(t, name, denseOf(nets[0].params[i]), denseOf(nets[1].params[i]))
		}
	}
}

// plainSolver hides everything of a solver but Step, as one of the caller's own would.
type plainSolver struct{ gorgonia.Solver }

func TestBestEpochIsKept(t *testing.T) {
	train, valid := randomSet(40, 300, 2, 1), randomSet(100, 300, 2, 2)
	n := mustNew(t, Config{Inputs: 300, Seed: 1}, Dense(32, "relu"), Dense(2, "softmax"))
	h, err := n.Fit(t.Context(), train, Fit{Epochs: 60, Batch: 8, Solver: &solvers.Adam{LearningRate: 0.02}, Valid: valid, Patience: 4})
	if err != nil {
		t.Fatal(err)
	}
	best := 0
	for i, e := range h.Epochs {
		if e.Valid.Loss < h.Epochs[best].Valid.Loss {
			best = i
		}
	}
	if h.Best != best+1 {
		t.Errorf("best epoch %d, the least validation loss is in epoch %d", h.Best, best+1)
	}
	if h.Stopped != StoppedPatience || len(h.Epochs) != h.Best+4 {
		t.Errorf("stopped by %s after %d epochs, best %d", h.Stopped, len(h.Epochs), h.Best)
	}
	r, err := n.Evaluate(valid)
	if err != nil {
		t.Fatal(err)
	}
	if r.Loss != h.Epochs[best].Valid.Loss {
		t.Errorf("the weights have validation loss %v, the best epoch had %v", r.Loss, h.Epochs[best].Valid.Loss)
	}
}

func TestTargetLoss(t *testing.T) {
	set := randomSet(300, 60, 3, 1)
	n := mustNew(t, Config{Inputs: 60, Seed: 1}, classifierLayers()...)
	h, err := n.Fit(t.Context(), set, Fit{Epochs: 100, TargetLoss: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	last := len(h.Epochs) - 1
	if h.Stopped != StoppedTargetLoss || h.Epochs[last].Loss > 0.3 || h.Epochs[last-1].Loss <= 0.3 {
		t.Errorf("stopped by %s with losses %v, %v", h.Stopped, h.Epochs[last-1].Loss, h.Epochs[last].Loss)
	}
}

// TestWholeSetIsGradientDescent compares a step on the whole set with one computed by
// hand from the gradient.
func TestWholeSetIsGradientDescent(t *testing.T) {
	set := randomSet(150, 20, 2, 1)
	n := mustNew(t, Config{Inputs: 20, Seed: 1, Dtype: tensor.Float64, Loss: losses.Logistic{}}, Dense(1, "linear"))
	start := append([]float64(nil), n.params[0].Float64s()...)
	want := make([]float64, 20)
	for i := range 150 {
		indices, _ := set.All.Row(i)
		y := float64(2*set.All.Classes[i] - 1)
		f := 0.0
		for _, j := range indices {
			f += start[j]
		}
		for _, j := range indices {
			want[j] -= y / (1 + math.Exp(y*f)) / math.Ln2 / 150
		}
	}
	for j := range want {
		want[j] = start[j] - 0.5*want[j]
	}
	h, err := n.Fit(t.Context(), set, Fit{Epochs: 1, Batch: Whole, Solver: &solvers.SGD{LearningRate: 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	if h.Steps != 1 {
		t.Errorf("%d steps an epoch, want 1", h.Steps)
	}
	compare(t, "a1", n.params[0].Float64s(), want)
}

// TestNumbers learns functions of plain numbers: a scalar of a scalar, a vector of a
// vector.
func TestNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	line, plane := &data.Set{All: data.Batch{Columns: 1}}, &data.Set{All: data.Batch{Columns: 2}}
	for range 256 {
		x, z := rng.Float64()*2-1, rng.Float64()*2-1
		line.All.Dense = append(line.All.Dense, x)
		line.All.Targets = append(line.All.Targets, 3*x-1)
		plane.All.Dense = append(plane.All.Dense, x, z)
		plane.All.Targets = append(plane.All.Targets, x*z, math.Abs(x))
	}
	for _, engine := range []Engine{Native, Gorgonia} {
		n := mustNew(t, Config{Inputs: 1, Numbers: true, Seed: 1, Engine: engine}, Dense(1, "linear"))
		if _, err := n.Fit(t.Context(), line, Fit{Epochs: 60, Batch: 16, Solver: &solvers.SGD{LearningRate: 0.1}}); err != nil {
			t.Fatal(err)
		}
		p, err := n.Predict(&data.Batch{Columns: 1, Dense: []float64{0, 1, -2}})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{-1, 2, -7} {
			if math.Abs(p[i][0]-want) > 1e-3 {
				t.Errorf("%s: line: f = %v, want %v", engine, p[i][0], want)
			}
		}
		m := mustNew(t, Config{Inputs: 2, Numbers: true, Seed: 1, Engine: engine}, Dense(24, "tanh"), Dense(24, "tanh"), Dense(2, "linear"))
		if _, err := m.Fit(t.Context(), plane, Fit{Epochs: 150, Batch: 32, Solver: &solvers.Adam{LearningRate: 5e-3}}); err != nil {
			t.Fatal(err)
		}
		r, err := m.Evaluate(plane)
		if err != nil {
			t.Fatal(err)
		}
		if r.Loss > 0.01 || !math.IsNaN(r.Accuracy) {
			t.Errorf("%s: plane: loss %v, accuracy %v; want below 0.01, and NaN", engine, r.Loss, r.Accuracy)
		}
	}
}

// TestCustom trains with an activation and a loss given as Gorgonia nodes on both
// engines, which must agree with each other and, for a loss that exists, with it.
func TestCustom(t *testing.T) {
	set := randomSet(90, 20, 2, 1)
	softsign := func(z *gorgonia.Node) (*gorgonia.Node, error) { // z/(1+|z|)
		a, err := gorgonia.Abs(z)
		if err != nil {
			return nil, err
		}
		one := gorgonia.NewConstant(1.0)
		d, err := gorgonia.Add(a, one)
		if err != nil {
			return nil, err
		}
		return gorgonia.HadamardDiv(z, d)
	}
	square := losses.Custom{Label: "mine", Func: func(f, y *gorgonia.Node) (*gorgonia.Node, error) {
		d, err := gorgonia.Sub(f, y)
		if err != nil {
			return nil, err
		}
		return gorgonia.Square(d)
	}}
	var all []*Network
	for _, loss := range []losses.Loss{square, losses.Squared{}} {
		for _, engine := range []Engine{Native, Gorgonia} {
			n := mustNew(t, Config{Inputs: 20, Seed: 1, Dtype: tensor.Float64, Loss: loss, Engine: engine},
				Layer{Units: 6, Activation: "softsign", Func: softsign}, Dense(1, "linear"))
			var s gorgonia.Solver = &solvers.SGD{LearningRate: 0.05}
			if _, err := n.Fit(t.Context(), set, Fit{Epochs: 5, Batch: 16, Solver: s}); err != nil {
				t.Fatal(err)
			}
			all = append(all, n)
		}
	}
	r, err := all[0].Evaluate(set)
	if err != nil {
		t.Fatal(err)
	}
	if r.Accuracy < 0.9 {
		t.Errorf("accuracy %v", r.Accuracy)
	}
	for _, n := range all[1:] {
		for i := range n.params {
			compare(t, string(n.cfg.Engine)+" "+n.cfg.Loss.Name(), denseOf(n.params[i]), denseOf(all[0].params[i]))
		}
	}
	if err := (&Classifier{Network: all[0]}).Save(t.TempDir() + "/m"); err == nil || !strings.Contains(err.Error(), "cannot be saved") {
		t.Errorf("saving a loss that is a function: %v", err)
	}
}

// TestAnySolver runs the native engine with a stock Gorgonia solver, which knows
// nothing of row-sparse gradients.
func TestAnySolver(t *testing.T) {
	set := randomSet(90, 20, 2, 1)
	var nets []*Network
	for _, s := range []gorgonia.Solver{gorgonia.NewAdamSolver(), &solvers.Adam{}} {
		n := mustNew(t, Config{Inputs: 20, Seed: 1, Dtype: tensor.Float64}, Dense(6, "tanh"), Dense(2, "softmax"))
		if _, err := n.Fit(t.Context(), set, Fit{Epochs: 3, Batch: 16, Solver: s}); err != nil {
			t.Fatal(err)
		}
		nets = append(nets, n)
	}
	for i := range nets[0].params {
		compare(t, "weights", denseOf(nets[0].params[i]), denseOf(nets[1].params[i]))
	}
}

func TestInterrupt(t *testing.T) {
	set := randomSet(600, 60, 3, 1)
	n := mustNew(t, Config{Inputs: 60, Seed: 1}, classifierLayers()...)
	ctx, stop := context.WithCancel(t.Context())
	h, err := n.Fit(ctx, set, Fit{Epochs: 5, OnStep: func(s Step) {
		if s.Step == 13 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) || h.Stopped != StoppedInterrupted || h.Steps != 13 || len(h.Epochs) != 1 {
		t.Errorf("error %v, history %+v", err, h)
	}
	if _, err := n.Evaluate(set); err != nil {
		t.Errorf("after an interrupt: %v", err)
	}
}

func TestDiverges(t *testing.T) {
	set := randomSet(100, 20, 2, 1)
	n := mustNew(t, Config{Inputs: 20, Seed: 1, Loss: losses.Squared{}}, Dense(8, "relu"), Dense(1, "linear"))
	_, err := n.Fit(t.Context(), set, Fit{Solver: &solvers.SGD{LearningRate: 1e6}})
	var d *DivergedError
	if !errors.As(err, &d) || d.Epoch < 1 || d.Step < 2 || !strings.Contains(err.Error(), "smaller learning rate") {
		t.Errorf("error %v", err)
	}
}

// failing is a source that breaks after one batch.
type failing struct{ *data.Set }

func (f failing) Pass(size int, r *rand.Rand) data.Pass {
	return &failingPass{Pass: f.Set.Pass(size, r)}
}

type failingPass struct {
	data.Pass
	n int
}

var errBroken = errors.New("broken")

func (f *failingPass) Next(b *data.Batch) error {
	if f.n++; f.n > 1 {
		return errBroken
	}
	return f.Pass.Next(b)
}

func TestBadInput(t *testing.T) {
	layers := classifierLayers()
	softmaxRelu := []Layer{Dense(4, "softmax"), Dense(2, "softmax")}
	for _, test := range []struct {
		name   string
		cfg    Config
		layers []Layer
		want   string
	}{
		{"no inputs", Config{}, layers, "Config.Inputs is 0"},
		{"no layers", Config{Inputs: 1}, nil, "at least one layer"},
		{"no units", Config{Inputs: 1}, []Layer{Dense(0, "relu")}, "layer 1 has 0 units"},
		{"unknown activation", Config{Inputs: 1}, []Layer{Dense(1, "rellu")}, `layer 1: unknown activation "rellu"`},
		{"softmax inside", Config{Inputs: 1}, softmaxRelu, "layer 1: softmax is for the last layer"},
		{"softmax over one", Config{Inputs: 1}, []Layer{Dense(1, "softmax")}, "softmax over one unit"},
		{"softmax and squared", Config{Inputs: 1, Loss: losses.Squared{}}, layers, "loss squared does not go with a softmax output; it takes linear"},
		{"sigmoid and cross-entropy", Config{Inputs: 1, Loss: losses.CrossEntropy{}}, []Layer{Dense(2, "sigmoid")}, "loss crossentropy does not go with a sigmoid output; it takes softmax"},
		{"dropout", Config{Inputs: 1}, []Layer{{Units: 1, Activation: "relu", Dropout: 1}, Dense(1, "linear")}, "layer 1: dropout 1"},
		{"dropout of answers", Config{Inputs: 1}, []Layer{{Units: 1, Activation: "linear", Dropout: .5}}, "dropout on the output"},
		{"engine", Config{Inputs: 1, Engine: "cuda"}, layers, `Config.Engine is "cuda"`},
		{"dtype", Config{Inputs: 1, Dtype: tensor.Int}, layers, "Config.Dtype is int"},
		{"init", Config{Inputs: 1, Init: "xavier"}, layers, `unknown initialiser "xavier"`},
		{"several", Config{Engine: "x"}, []Layer{Dense(-1, "relu")}, "Config.Inputs is 0"},
		{"function fails", Config{Inputs: 1}, []Layer{{Units: 1, Func: func(*gorgonia.Node) (*gorgonia.Node, error) { return nil, errBroken }}}, "layer 1 (custom): broken"},
		{"function panics", Config{Inputs: 1}, []Layer{{Units: 1, Func: func(z *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Must(gorgonia.Add(z, nil)), nil }}}, "declaring layer 1 (custom): panic"},
		{"function returns nothing", Config{Inputs: 1}, []Layer{{Units: 1, Func: func(*gorgonia.Node) (*gorgonia.Node, error) { return nil, nil }}}, "must return a matrix"},
	} {
		if _, err := New(test.cfg, test.layers...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}

	stock := mustNew(t, Config{Inputs: 60, Engine: Gorgonia}, layers...)
	if _, err := stock.trainProgram(1 << 30); err == nil || !strings.Contains(err.Error(), "use a smaller batch") {
		t.Errorf("a dense batch of 2^30 rows: %v", err)
	}

	n := mustNew(t, Config{Inputs: 60, Seed: 1}, layers...)
	set := randomSet(100, 60, 3, 1)
	none := &data.Set{All: data.Batch{Columns: 60}}
	wide := randomSet(10, 61, 3, 1)
	classes := randomSet(10, 60, 4, 1)
	numbers := &data.Set{All: data.Batch{Columns: 60, Dense: make([]float64, 60), Classes: []int32{0}}}
	silent := randomSet(10, 60, 3, 1)
	silent.All.Classes = nil
	broken := randomSet(10, 60, 3, 1)
	broken.All.Indices[0], broken.All.Indices[1] = broken.All.Indices[1], broken.All.Indices[0]
	for _, test := range []struct {
		name string
		set  data.Source
		want string
	}{
		{"no source", nil, "the source is nil"},
		{"no set", (*data.Set)(nil), "the source is nil"},
		{"no examples", none, "no examples"},
		{"too wide", wide, "batch has 61 columns, the network 60 inputs"},
		{"unknown class", classes, "want 0 to 2"},
		{"numbers", numbers, "dense numbers, the network was declared for sparse rows"},
		{"no answers", silent, "neither Classes nor Targets"},
		{"columns descend", broken, "columns must ascend"},
		{"source fails", failing{set}, "broken"},
	} {
		if _, err := n.Fit(t.Context(), test.set, Fit{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Fit, %s: error %v, want %q", test.name, err, test.want)
		}
		if test.name == "source fails" {
			continue // evaluating needs a single batch
		}
		if _, err := n.Evaluate(test.set); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Evaluate, %s: error %v, want %q", test.name, err, test.want)
		}
	}
	for _, test := range []struct {
		fit  Fit
		want string
	}{
		{Fit{Valid: &data.Set{}}, "Fit.Valid has no examples"},
		{Fit{Valid: (*data.Set)(nil)}, "Fit.Valid is a nil pointer"},
		{Fit{Epochs: -1}, "Fit.Epochs is -1"},
		{Fit{Batch: -2}, "Fit.Batch is -2"},
		{Fit{Patience: -1}, "Fit.Patience is -1"},
		{Fit{Workers: -1}, "Fit.Workers is -1"},
		{Fit{TargetLoss: math.NaN()}, "Fit.TargetLoss is NaN"},
		{Fit{Solver: &solvers.Adam{Beta1: 2}}, "beta1"},
	} {
		if _, err := n.Fit(t.Context(), set, test.fit); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	if _, _, err := n.Weights(4); err == nil {
		t.Error("layer 4 of 3 has weights")
	}
}

// TestAnyNumberOfRows compares predictions made one by one, in parts and all at once,
// beyond the capacity of the graph and none at all.
func TestAnyNumberOfRows(t *testing.T) {
	all := randomSet(700, 60, 3, 1)
	for _, engine := range []Engine{Native, Gorgonia} {
		n := mustNew(t, Config{Inputs: 60, Seed: 1, Engine: engine}, classifierLayers()...)
		want, err := n.Predict(&all.All)
		if err != nil || len(want) != 700 {
			t.Fatal(len(want), err)
		}
		for _, size := range []int{1, 3, 256, 257} {
			pass := all.Pass(size, nil)
			var b data.Batch
			at := 0
			for at < 10*size && at < 700 {
				if err := pass.Next(&b); err == io.EOF {
					break
				}
				got, err := n.Predict(&b)
				if err != nil {
					t.Fatal(err)
				}
				for i := range got {
					for j := range got[i] {
						// Stock products round by the place in the batch.
						if off := math.Abs(got[i][j] - want[at+i][j]); off != 0 && engine == Native || off > 1e-6 {
							t.Fatalf("%s, %d at once: row %d is %v, all at once %v", engine, size, at+i, got[i], want[at+i])
						}
					}
				}
				at += len(got)
			}
		}
		none, err := n.Predict(&data.Batch{Columns: 60, Offsets: []int{0}})
		if err != nil || len(none) != 0 {
			t.Errorf("%s: no rows give %v, %v", engine, none, err)
		}
		sum := want[0][0] + want[0][1] + want[0][2]
		if math.Abs(sum-1) > 1e-6 {
			t.Errorf("%s: probabilities sum to %v", engine, sum)
		}
	}
}

// TestClassesAndProbabilities checks decisions and probabilities for every kind of
// output on a network whose output is known: one input, weight 1.
func TestClassesAndProbabilities(t *testing.T) {
	for _, test := range []struct {
		loss   losses.Loss
		output string
		x      float64
		class  int
		p      float64 // of class 1
	}{
		{losses.BinaryCrossEntropy{}, "sigmoid", 2, 1, 1 / (1 + math.Exp(-2))},
		{losses.BinaryCrossEntropy{}, "sigmoid", -2, 0, 1 / (1 + math.Exp(2))},
		{losses.Logistic{}, "linear", -1, 0, 1 / (1 + math.E)},
		{losses.Squared{}, "linear", 0.75, 1, 0.75},
		{losses.Squared{}, "linear", 1.5, 1, 1},
		{losses.Squared{}, "linear", 0.25, 0, 0.25},
		{losses.Squared{}, "tanh", -0.2, 0, (math.Tanh(-0.2) + 1) / 2},
		{losses.Squared{}, "sigmoid", -0.2, 0, 1 / (1 + math.Exp(0.2))},
		{losses.Hinge{}, "linear", 0.5, 1, 0.75},
	} {
		n := mustNew(t, Config{Inputs: 1, Numbers: true, Loss: test.loss, Dtype: tensor.Float64}, Dense(1, test.output))
		n.params[0].Float64s()[0] = 1
		a, err := n.Classify(&data.Batch{Columns: 1, Dense: []float64{test.x}})
		if err != nil {
			t.Fatal(err)
		}
		if a[0].Class != test.class || math.Abs(a[0].Probabilities[1]-test.p) > 1e-12 || math.Abs(a[0].Probabilities[0]-(1-test.p)) > 1e-12 {
			t.Errorf("%s, %s, x = %v: %+v, want class %d with %v", test.loss.Name(), test.output, test.x, a[0], test.class, test.p)
		}
	}
}

// TestWeights trains with example weights: a weight of 2 is an example seen twice in
// one batch, one of 0 an example that is not there.
func TestWeights(t *testing.T) {
	set := randomSet(6, 12, 2, 1)
	weighted, repeated := &data.Set{}, &data.Set{}
	for i := range 6 {
		weighted.Append(&set.All, i)
		for range i % 3 {
			repeated.Append(&set.All, i)
		}
	}
	weighted.All.Weights = []float64{0, 1, 2, 0, 1, 2}
	var nets []*Network
	for _, s := range []*data.Set{weighted, repeated} { // both of 6 examples
		n := mustNew(t, Config{Inputs: 12, Seed: 1, Dtype: tensor.Float64}, Dense(4, "tanh"), Dense(2, "softmax"))
		if _, err := n.Fit(t.Context(), s, Fit{Epochs: 20, Batch: Whole}); err != nil {
			t.Fatal(err)
		}
		nets = append(nets, n)
	}
	for i := range nets[0].params {
		compare(t, "weights", denseOf(nets[0].params[i]), denseOf(nets[1].params[i]))
	}
}

// TestWorkersChangeNothing trains with 1, 2, 3 and 7 workers, with batches of a part of a
// shard up to more than a wave of them, and compares every bit.
func TestWorkersChangeNothing(t *testing.T) {
	large := randomSet(waveShards*shardRows+100, 40, 3, 1)
	small := &data.Set{}
	for i := range 300 {
		small.Append(&large.All, i)
	}
	for _, name := range solvers.Names() {
		workersChangeNothing(t, small, name, 64)
	}
	for _, batch := range []int{20, 500, Whole} {
		workersChangeNothing(t, large, "adam", batch)
	}
}

func workersChangeNothing(t *testing.T, set *data.Set, solver string, batch int) {
	t.Helper()
	var first *Network
	for _, workers := range []int{1, 2, 3, 7} {
		s, err := solvers.New(solver, solvers.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		n := mustNew(t, Config{Inputs: 40, Seed: 1}, Dense(8, "relu"), Layer{Units: 8, Activation: "tanh", Dropout: 0.2}, Dense(3, "softmax"))
		if _, err := n.Fit(t.Context(), set, Fit{Epochs: 2, Batch: batch, Solver: s, Workers: workers}); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = n
		} else if !sameWeights(first, n) {
			t.Errorf("%s, batch %d: %d workers give other weights than 1", solver, batch, workers)
		}
	}
}

// TestWorkersMayChange does each step with another number of workers.
func TestWorkersMayChange(t *testing.T) {
	set := randomSet(600, 40, 3, 1)
	train := func(use func(step int) int) *Network {
		n := mustNew(t, Config{Inputs: 40, Seed: 1}, Dense(8, "relu"), Dense(3, "softmax"))
		tr := mustTrainer(t, n, Fit{Solver: &solvers.Adam{}, Workers: 3, Batch: 100})
		var b data.Batch
		for epoch := range 4 {
			pass := set.Pass(100, rand.New(rand.NewPCG(1, uint64(epoch))))
			for step := 0; pass.Next(&b) == nil; step++ {
				tr.pool.Use(use(step))
				if _, err := tr.step(&b, 1); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := tr.flush(true); err != nil {
			t.Fatal(err)
		}
		return n
	}
	want := train(func(int) int { return 1 })
	if !sameWeights(want, train(func(step int) int { return 1 + step%3 })) {
		t.Error("workers that change from step to step give other weights than one")
	}
}

// TestTwoNetworksAtOnce trains two networks side by side, for the race detector.
func TestTwoNetworksAtOnce(t *testing.T) {
	for range 2 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for _, engine := range []Engine{Native, Gorgonia} {
				n := mustNew(t, Config{Inputs: 60, Seed: 1, Engine: engine}, classifierLayers()...)
				if _, err := n.Fit(t.Context(), randomSet(100, 60, 3, 1), Fit{Epochs: 2}); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestGraph looks for the guide's names in the graph.
func TestGraph(t *testing.T) {
	n := mustNew(t, Config{Inputs: 5}, Dense(4, "relu"), Dense(4, "gelu"), Dense(2, "softmax"))
	for _, name := range []string{"x", "a1", "b1", "f1", "a2", "b2", "z2", "f2", "a3", "b3", "z3", "f3", "y", "w", "loss", "∂loss/∂a1", "∂loss/∂b3"} {
		if len(n.Graph().ByName(name)) != 1 {
			t.Errorf("%d nodes are named %s", len(n.Graph().ByName(name)), name)
		}
	}
	// The graph is an ordinary Gorgonia graph: the TapeMachine runs it too.
	const rows = shardRows
	set := randomSet(rows, 5, 2, 1)
	x := graph.NewCSR(tensor.Float32, rows, 5)
	if err := x.Set(&set.All); err != nil {
		t.Fatal(err)
	}
	y, w := tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(rows, 2)), tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(rows))
	for i, c := range set.All.Classes {
		y.Float32s()[2*i+int(c)] = 1
		w.Float32s()[i] = 1
	}
	byName := func(name string) *gorgonia.Node { return n.Graph().ByName(name)[0] }
	for name, v := range map[string]gorgonia.Value{"x": x, "y": y, "w": w} {
		if err := gorgonia.Let(byName(name), v); err != nil {
			t.Fatal(err)
		}
	}
	tape := gorgonia.NewTapeMachine(n.Graph())
	defer tape.Close()
	if err := tape.RunAll(); err != nil {
		t.Fatal(err)
	}
	r, err := n.Evaluate(set)
	if err != nil {
		t.Fatal(err)
	}
	if got := number(byName("loss").Value()) / rows; math.Abs(got-r.Loss) > 1e-6 {
		t.Errorf("loss on the TapeMachine %v, on the Machine %v", got, r.Loss)
	}
}

func TestString(t *testing.T) {
	n := mustNew(t, Config{Inputs: 2000, Seed: 1, Loss: losses.CrossEntropy{}},
		Layer{Units: 64, Activation: "relu", Dropout: 0.5}, Dense(64, "relu"), Dense(2, "softmax"))
	want := `y = f3(f2(f1(x))),  f_i(z) = nonlinear_i(a_i·z + b_i)

   layer           nonlinear          a    b   parameters
      f1   relu, dropout 0.5   2,000×64   64      128,064
      f2                relu      64×64   64        4,160
      f3             softmax       64×2    2          130

132,354 parameters (float32, 529.4 kB), loss crossentropy
`
	if got := n.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
