package feedforward

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/safetensors"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// longRun is a training to be stopped and resumed.
type longRun struct {
	solver string
	dtype  tensor.Dtype
	train  data.Source
	valid  data.Source
	fit    Fit
}

func newLongRun(t *testing.T, solver string, dtype tensor.Dtype) *longRun {
	return &longRun{solver: solver, dtype: dtype, train: randomSet(230, 300, 3, 1), valid: randomSet(60, 300, 3, 2),
		fit: Fit{Epochs: 8, Batch: 16, Patience: 3, Workers: 1}}
}

func (r *longRun) network(t *testing.T) *Network {
	t.Helper()
	return mustNew(t, Config{Inputs: 300, Seed: 3, Dtype: r.dtype},
		Layer{Units: 8, Activation: "relu", Dropout: 0.3}, Dense(8, "tanh"), Dense(3, "softmax"))
}

// run trains a new network, and returns the bytes of its model.
func (r *longRun) run(t *testing.T, ctx context.Context, change func(*Fit)) ([]byte, *History, error) {
	t.Helper()
	s, err := solvers.New(r.solver, solvers.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	fit := r.fit
	fit.Solver, fit.Valid = s, r.valid
	change(&fit)
	n := r.network(t)
	h, err := n.Fit(ctx, r.train, fit)
	return modelBytes(t, n), h, err
}

func modelBytes(t *testing.T, n *Network) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model")
	if err := (&Classifier{Network: n}).Save(path); err != nil {
		t.Fatal(err)
	}
	return mustRead(t, path)
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// kill trains until a step, at which nothing more is written, as if the process had
// been killed, and from there again until the next one, to the end.
func (r *longRun) kill(t *testing.T, rng *rand.Rand) ([]byte, *History) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checkpoint")
	for from := 0; ; {
		ctx, stop := context.WithCancel(t.Context())
		end, next := from+rng.IntN(80), from+rng.IntN(30)
		var left []byte
		b, h, err := r.run(t, ctx, func(fit *Fit) {
			fit.Workers = 1 + rng.IntN(3)
			fit.Checkpoints = Checkpoints{Path: path, EveryEpochs: 2, Due: func(s Step) bool {
				if s.Step < next {
					return false
				}
				next = s.Step + rng.IntN(30)
				return true
			}}
			fit.OnStep = func(s Step) {
				if s.Step > end && left == nil {
					left, _ = os.ReadFile(path)
					stop()
				}
			}
			if c, err := LoadCheckpoint(path); err == nil {
				fit.Resume, from = c, c.Steps
			}
		})
		stop()
		if err == nil {
			return b, h
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if left != nil {
			if err := os.WriteFile(path, left, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestResumeIsExact compares trainings that were stopped, in the middle of epochs too,
// and resumed by another number of workers with ones that never wrote a checkpoint.
func TestResumeIsExact(t *testing.T) {
	for i, name := range solvers.Names() {
		for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			if dtype == tensor.Float64 && i%2 == 1 {
				continue // the solvers' own tests have them all
			}
			r := newLongRun(t, name, dtype)
			switch name {
			case "adam":
				r.train = cached(t, r.train.(*data.Set)) // by windows, from a file
			case "sgd", "adagrad":
				r.valid = nil
			case "nesterov":
				// Validated on wrong answers, so that it gets worse and cuts the rate.
				wrong := randomSet(60, 300, 3, 2)
				for i, c := range wrong.All.Classes {
					wrong.All.Classes[i] = (c + 1) % 3
				}
				r.fit.Schedule = solvers.Schedule{Name: solvers.Plateau, Drop: 0.5, Warmup: 20}
				r.valid, r.fit.Patience = wrong, 0
				r.fit.Epochs = 6
			case "adamw":
				r.fit.Schedule, r.fit.LabelSmoothing = solvers.Schedule{Name: solvers.Cosine}, 0.1
			case "rmsprop":
				r.fit.ClassWeights = []float64{1, 2, 0.5}
			}
			want, history, err := r.run(t, t.Context(), func(*Fit) {})
			if err != nil {
				t.Fatal(err)
			}
			got, h := r.kill(t, rand.New(rand.NewPCG(uint64(i), 1)))
			if !bytes.Equal(got, want) {
				t.Errorf("%s %v: another model after resuming", name, dtype)
			}
			if got, want := historyText(t, h), historyText(t, history); got != want {
				t.Errorf("%s %v: history\n%s\nwant\n%s", name, dtype, got, want)
			}
		}
	}
}

// historyText is what a history comes to, to the last digit, NaN being like NaN.
func historyText(t *testing.T, h *History) string {
	t.Helper()
	var epochs []epochJSON
	for _, e := range h.Epochs {
		epochs = append(epochs, newEpochJSON(e))
	}
	text, err := json.Marshal(epochs)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %d steps, %s, best %d", text, h.Steps, h.Stopped, h.Best)
}

// cached puts a set into a temporary file, of which windows of a part are read.
func cached(t *testing.T, set *data.Set) *data.Cache {
	t.Helper()
	c, err := data.NewCache(data.CacheOptions{Mode: data.CacheDisk, Bytes: 4000, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Extend(&set.All); err != nil {
		t.Fatal(err)
	}
	return c
}

// A training that is over can be given more epochs.
func TestResumeWithMoreEpochs(t *testing.T) {
	r := newLongRun(t, "adam", tensor.Float32)
	path := filepath.Join(t.TempDir(), "checkpoint")
	r.fit.Patience = 0
	want, _, err := r.run(t, t.Context(), func(fit *Fit) { fit.Epochs = 9 })
	if err != nil {
		t.Fatal(err)
	}
	var ends []*History
	for _, epochs := range []int{4, 4, 9} {
		got, h, err := r.run(t, t.Context(), func(fit *Fit) {
			fit.Epochs, fit.Checkpoints.Path = epochs, path
			if len(ends) > 0 {
				if fit.Resume, err = LoadCheckpoint(path); err != nil {
					t.Fatal(err)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if h.Stopped != StoppedEpochs || len(h.Epochs) != epochs {
			t.Errorf("stopped by %s after %d epochs, want %d", h.Stopped, len(h.Epochs), epochs)
		}
		if ends = append(ends, h); epochs == 9 && !bytes.Equal(got, want) {
			t.Error("another model than in one go")
		}
	}
}

// A checkpoint is a model too.
func TestCheckpointIsAModel(t *testing.T) {
	r := newLongRun(t, "rmsprop", tensor.Float32)
	path := filepath.Join(t.TempDir(), "checkpoint")
	if _, _, err := r.run(t, t.Context(), func(fit *Fit) {
		fit.Checkpoints = Checkpoints{Path: path, Labels: []string{"a", "b", "c"}, Notes: "by hand"}
	}); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	result, err := c.Network.Evaluate(r.train)
	if err != nil || result.Accuracy < 0.8 || len(c.Labels) != 3 {
		t.Errorf("labels %q, result %+v, %v", c.Labels, result, err)
	}
	k, err := LoadCheckpoint(path)
	if err != nil || k.Notes != "by hand" || k.Epochs == 0 || k.Steps != 15*k.Epochs {
		t.Errorf("checkpoint %+v, %v", k, err)
	}
}

func TestResumeRefuses(t *testing.T) {
	r := newLongRun(t, "adam", tensor.Float32)
	path := filepath.Join(t.TempDir(), "checkpoint")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, _, err := r.run(t, ctx, func(fit *Fit) {
		fit.Checkpoints.Path = path
		fit.OnStep = func(s Step) {
			if s.Step == 20 {
				stop()
			}
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		cfg    func(c *Config, layers []Layer)
		change func(fit *Fit, train *data.Source)
		want   string
	}{
		{"inputs", func(c *Config, _ []Layer) { c.Inputs = 301 }, nil, "of another network: want 300 inputs, got 301"},
		{"seed", func(c *Config, _ []Layer) { c.Seed = 4 }, nil, "of another network: want seed 3, got 4"},
		{"dtype", func(c *Config, _ []Layer) { c.Dtype = tensor.Float64 }, nil, "of another network: want float32, got float64"},
		{"layers", func(_ *Config, l []Layer) { l[0].Units = 9 }, nil, "want layers [8 relu dropout 0.3 8 tanh 3 softmax], got [9 relu"},
		{"dropout", func(_ *Config, l []Layer) { l[0].Dropout = 0 }, nil, "of another network: want layers"},
		{"engine", func(c *Config, _ []Layer) { c.Engine = Gorgonia }, nil, "checkpoints need engine native"},
		{"batch", nil, func(fit *Fit, _ *data.Source) { fit.Batch = 17 }, "was made with batches of 16, Fit.Batch is 17"},
		{"solver", nil, func(fit *Fit, _ *data.Source) { fit.Solver = &solvers.SGD{} }, "was made with solver adam, Fit.Solver is sgd"},
		{"settings", nil, func(fit *Fit, _ *data.Source) { fit.Solver = &solvers.Adam{Beta1: 0.8} }, "beta1 0.9, beta2 0.999, epsilon 1e-08, those of Fit.Solver are learning rate 0.001, beta1 0.8"},
		{"stock", nil, func(fit *Fit, _ *data.Source) { fit.Solver = gorgonia.NewAdamSolver() }, "checkpoints need engine native and a solver of package solvers"},
		{"schedule", nil, func(fit *Fit, _ *data.Source) { fit.Schedule = solvers.Schedule{Name: solvers.Cosine} }, "with the schedule constant over 0 steps, 0 an epoch, this is cosine over 120 steps, 15 an epoch"},
		{"class weights", nil, func(fit *Fit, _ *data.Source) { fit.ClassWeights = []float64{1, 1, 2} }, "with Fit.ClassWeights [], these are [1 1 2]"},
		{"label smoothing", nil, func(fit *Fit, _ *data.Source) { fit.LabelSmoothing = 0.1 }, "with Fit.LabelSmoothing 0, this is 0.1"},
		{"valid", nil, func(fit *Fit, _ *data.Source) { fit.Valid = nil }, "must both have Fit.Valid"},
		{"examples", nil, func(_ *Fit, train *data.Source) { *train = randomSet(50, 300, 3, 1) }, "on other examples: its 5 batches had 80, these have 50"},
	} {
		c, err := LoadCheckpoint(path)
		if err != nil {
			t.Fatal(err)
		}
		cfg := Config{Inputs: 300, Seed: 3}
		layers := []Layer{{Units: 8, Activation: "relu", Dropout: 0.3}, Dense(8, "tanh"), Dense(3, "softmax")}
		fit, train := r.fit, r.train
		fit.Solver, fit.Valid, fit.Resume = &solvers.Adam{}, r.valid, c
		if row.cfg != nil {
			row.cfg(&cfg, layers)
		}
		if row.change != nil {
			row.change(&fit, &train)
		}
		if _, err := mustNew(t, cfg, layers...).Fit(t.Context(), train, fit); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want %s", row.name, err, row.want)
		}
	}
}

func TestCheckpointsRefuse(t *testing.T) {
	set := randomSet(20, 30, 2, 1)
	for _, row := range []struct {
		name   string
		engine Engine
		layer  Layer
		fit    Fit
		want   string
	}{
		{"engine", Gorgonia, Dense(4, "relu"), Fit{}, "checkpoints need engine native"},
		{"solver", Native, Dense(4, "relu"), Fit{Solver: gorgonia.NewVanillaSolver()}, "a solver of package solvers"},
		{"layer", Native, Layer{Units: 4, Func: gorgonia.Sin}, Fit{}, "layer 1 (custom) is a function and cannot be saved"},
		{"every", Native, Dense(4, "relu"), Fit{Checkpoints: Checkpoints{EverySteps: -1}}, "Checkpoints.EverySteps is -1"},
		{"folder", Native, Dense(4, "relu"), Fit{}, "no such file"},
	} {
		n := mustNew(t, Config{Inputs: 30, Seed: 1, Engine: row.engine}, row.layer, Dense(2, "softmax"))
		row.fit.Checkpoints.Path = filepath.Join(t.TempDir(), "folder", "checkpoint")
		if _, err := n.Fit(t.Context(), set, row.fit); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want %s", row.name, err, row.want)
		}
	}
	// Training need not end with it.
	n := mustNew(t, Config{Inputs: 30, Seed: 1}, Dense(2, "softmax"))
	times := 0
	h, err := n.Fit(t.Context(), set, Fit{Epochs: 3, Checkpoints: Checkpoints{
		Path: filepath.Join(t.TempDir(), "folder", "checkpoint"),
		Failed: func(err error) error {
			if times++; !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
			return nil
		},
	}})
	if err != nil || len(h.Epochs) != 3 || times != 3 {
		t.Errorf("%v, %d epochs, told %d times", err, len(h.Epochs), times)
	}
}

func TestLoadCheckpointRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "checkpoint")
	good := checkpointOf(t, path)
	for _, row := range []struct {
		name   string
		change func(f *safetensors.File)
		want   string
	}{
		{"model", func(f *safetensors.File) { delete(f.Metadata, keyCheckpoint) }, "this is a model, not a checkpoint"},
		{"not ours", func(f *safetensors.File) { f.Metadata = nil }, "is not a checkpoint of Nestnet"},
		{"newer", func(f *safetensors.File) { f.Metadata[keyCheckpoint] = "2" }, "checkpoint version 2 is newer than this program knows (1): update Nestnet"},
		{"version no number", func(f *safetensors.File) { f.Metadata[keyCheckpoint] = "one" }, `"one" is not a number`},
		{"newer model", func(f *safetensors.File) { f.Metadata[keyVersion] = "99" }, "model version 99 is newer"},
		{"no progress", func(f *safetensors.File) { delete(f.Metadata, keyProgress) }, "no nestnet.progress"},
		{"progress no JSON", func(f *safetensors.File) { f.Metadata[keyProgress] = "[" }, "nestnet.progress: unexpected end"},
		{"negative", replace(`"steps":`, `"steps":-`), "a number is below 0"},
		{"best", replace(`"best":1`, `"best":9`), "best epoch 9 of 1"},
		{"no best", func(f *safetensors.File) { drop(f, "best.layer1.bias") }, "no tensor best.layer1.bias"},
		{"epoch", replace(`"epoch":2`, `"epoch":7`), "epoch 7 after 1 epochs"},
		{"no slot", func(f *safetensors.File) { drop(f, "solver.layer2.weight.v") }, "no tensor solver.layer2.weight.v"},
		{"clock", func(f *safetensors.File) { find(f, "solver.layer1.weight.clock").I64[3] = 1 << 40 }, "row 3 is 1099511627776"},
	} {
		f, err := safetensors.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		row.change(f)
		bad := filepath.Join(dir, "bad")
		if err := safetensors.WriteFile(bad, f); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadCheckpoint(bad); err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: error %v, want %q and the path", row.name, err, row.want)
		}
	}
	// Cut off anywhere, it is an error.
	for _, n := range []int{0, 7, 100, len(good) / 2, len(good) - 1} {
		if err := os.WriteFile(path, good[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadCheckpoint(path); err == nil {
			t.Errorf("%d bytes of a checkpoint are taken for one", n)
		}
	}
}

// checkpointOf writes a checkpoint in the middle of an epoch, and returns its bytes.
func checkpointOf(t testing.TB, path string) []byte {
	t.Helper()
	set := randomSet(40, 30, 2, 1)
	n, err := New(Config{Inputs: 30, Seed: 1}, Dense(4, "relu"), Dense(2, "softmax"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	_, err = n.Fit(ctx, set, Fit{Batch: 2, Valid: set, Checkpoints: Checkpoints{Path: path}, OnStep: func(s Step) {
		if s.Step == 33 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func replace(old, by string) func(f *safetensors.File) {
	return func(f *safetensors.File) {
		f.Metadata[keyProgress] = strings.Replace(f.Metadata[keyProgress], old, by, 1)
	}
}

func drop(f *safetensors.File, name string) {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			f.Tensors = append(f.Tensors[:i], f.Tensors[i+1:]...)
			return
		}
	}
}

// FuzzResume feeds damaged and hostile checkpoints: they may be refused, or trained on,
// and never make it panic.
func FuzzResume(f *testing.F) {
	f.Add(checkpointOf(f, filepath.Join(f.TempDir(), "checkpoint")))
	set := randomSet(40, 30, 2, 1)
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		c, err := checkpointFrom(file)
		if err != nil {
			return
		}
		n, err := New(Config{Inputs: 30, Seed: 1}, Dense(4, "relu"), Dense(2, "softmax"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = n.Fit(t.Context(), set, Fit{Epochs: 3, Batch: 2, Valid: set, Workers: 1, Resume: c})
	})
}
