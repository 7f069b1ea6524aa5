package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/models/feedforward"
)

// What inspect says of a training is what the training said of itself.
func TestInspect(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	model := filepath.Join(t.TempDir(), "m")
	j := trainedJSON(t, "-data", data, "-layers", "8,4", "-activation", "tanh,relu", "-epochs", "6", "-learning-rate", "0.02", "-batch", "16", "-ngrams", "2",
		"-seed", "9", "-solver", "rmsprop", "-model", model, "-q")
	m := decodeJSON[modelJSON](t, mustFit(t, "inspect", "-model", model, "-json", "-top", "3").out)
	r := m.Training
	if r == nil {
		t.Fatal("no training")
	}
	if m.Inputs != j.Vocabulary || m.Vocabulary != j.Vocabulary || m.Parameters != j.Parameters || m.Loss != j.Loss || strings.Join(m.Labels, " ") != "ham spam" ||
		len(m.Layers) != 3 || m.Layers[0] != (layerJSON{Units: 8, Activation: "tanh"}) || m.Encoder.Tokenizer.NGrams != 2 {
		t.Errorf("model %+v", m)
	}
	if r.Solver != "rmsprop" || r.SolverSettings.LearningRate != 0.02 || r.SolverSettings.Rho != 0.9 || r.Batch != 16 || r.Seed != 9 || r.Engine != feedforward.Native {
		t.Errorf("training %+v", r)
	}
	if r.Settings["layers"] != "8,4" || r.Settings["ngrams"] != "2" || r.Settings["patience"] != "2" {
		t.Errorf("settings %v", r.Settings)
	}
	if len(r.Epochs) != j.Epochs || r.Best != j.BestEpoch || r.Steps != j.Steps || string(r.Stopped) != j.Stopped || *r.Epochs[r.Best-1].ValidLoss != j.Valid.Loss {
		t.Errorf("course %+v, want %+v", r, j)
	}
	if r.Documents["training"] != j.Train.Documents || r.Documents["validation"] != j.Valid.Documents || r.PerClass[0]+r.PerClass[1] != j.Train.Documents {
		t.Errorf("documents %v, %v", r.Documents, r.PerClass)
	}
	if r.Test.Documents != j.Test.Documents || r.Test.Loss != j.Test.Loss || *r.Test.Accuracy != j.Test.Accuracy || *r.Test.ROCAUC != *j.Test.ROCAUC {
		t.Errorf("test %+v, want %+v", r.Test, j.Test)
	}
	if len(m.Frequent) != 3 || m.Frequent[0].Count < m.Frequent[2].Count || m.Frequent[2].Count < 1 || m.Frequent[0].Word[0] != 'w' {
		t.Errorf("most frequent %+v", m.Frequent)
	}
}

// The record holds nothing of where and when: other places, names of files and numbers of
// workers save the same bytes.
func TestTrainingRecordIsOfTheTraining(t *testing.T) {
	text := read(t, corpus(t, 120, "ham", "spam"))
	train := func(data string, args ...string) string {
		model := filepath.Join(t.TempDir(), "model-"+filepath.Base(data))
		mustFit(t, append([]string{"-data", data, "-layers", "8", "-epochs", "3", "-model", model, "-q"}, args...)...)
		return read(t, model)
	}
	want := train(file(t, "a.tsv", text))
	if got := train(file(t, "b.txt", text), "-workers", "3", "-format", "tsv", "-cache", "memory", "-log", filepath.Join(t.TempDir(), "log"), "-json"); got != want {
		t.Error("the same training saves another model")
	}
	for _, name := range []string{"a.tsv", t.TempDir()} {
		if strings.Contains(want, name) {
			t.Errorf("the model names %s", name)
		}
	}
}

// Models on numbers of words, hashed ones, and those of cross-validation and search can be
// inspected too.
func TestInspectKinds(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	for _, row := range []struct{ args, want string }{
		{"-hash-bits 6 -weighting count", "words     hashed into 64 columns, count\n"},
		{"-valid-fraction 0 -test-fraction 0 -batch 0 -loss hinge", "the whole set a step"},
		{"-cross-validate 3", "epoch 1 "},
		{"tune -budget 3 -epochs 2", "test part: 24 documents, accuracy"},
		{"-label-smoothing 0.1 -class-weights balanced -schedule cosine", "class-weights balanced,"},
	} {
		model := filepath.Join(t.TempDir(), "m")
		args := append(strings.Fields(row.args), "-data", data, "-model", model, "-q")
		if !strings.HasPrefix(row.args, "tune") {
			args = append(args, "-layers", "8", "-epochs", "2")
		}
		mustFit(t, args...)
		if o := mustFit(t, "inspect", "-model", model); !strings.Contains(o.out, row.want) || o.errors != "" {
			t.Errorf("%s: want %q in\n%s%s", row.args, row.want, o.out, o.errors)
		}
	}
}

func TestInspectDraws(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	dot := filepath.Join(t.TempDir(), "graph.dot")
	o := mustFit(t, "inspect", "-model", model, "-dot", dot)
	text := read(t, dot)
	if !strings.HasPrefix(text, "digraph \"feedforward\" {\n") || !strings.Contains(text, "subgraph cluster_gradient") || !strings.Contains(text, `∂loss/∂a1\nRowGrad\n40 × 8`) {
		t.Errorf("the graph is\n%s", text)
	}
	if !strings.HasPrefix(o.out, "model     ") {
		t.Errorf("beside the graph\n%s", o.out)
	}
	if o := mustFit(t, "inspect", "-model", model, "-dot", "-"); o.out != text {
		t.Errorf("on standard output\n%s", o.out)
	}
	for part, other := range map[string]string{"forward": "cluster_gradient", "gradient": "cluster_forward"} {
		if o := mustFit(t, "inspect", "-model", model, "-dot", "-", "-part", part); strings.Contains(o.out, other) || !strings.Contains(o.out, "cluster_"+part) {
			t.Errorf("%s part:\n%s", part, o.out)
		}
	}
}

func TestInspectSVG(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	svg := filepath.Join(t.TempDir(), "graph.svg")
	if _, err := exec.LookPath("dot"); err == nil {
		mustFit(t, "inspect", "-model", model, "-svg", svg)
		if text := read(t, svg); !strings.Contains(text, "<svg ") || !strings.Contains(text, "∂loss/∂a1") {
			t.Errorf("the picture is\n%s", text)
		}
	} else {
		t.Log("not drawn: Graphviz is not installed")
	}
	t.Setenv("PATH", t.TempDir())
	missing := filepath.Join(t.TempDir(), "graph.svg")
	o := fit(t, "inspect", "-model", model, "-svg", missing)
	if o.code != exitFailed || !strings.Contains(o.errors, "--svg: this needs the program dot of Graphviz (Debian, Ubuntu: apt-get install graphviz") {
		t.Errorf("without Graphviz: exit code %d, %s", o.code, o.errors)
	}
	only(t, filepath.Dir(missing))
}
