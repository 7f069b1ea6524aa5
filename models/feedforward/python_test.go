package feedforward

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/bow/sample"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/tensor"
)

// pythonWithNumpy finds one: Debian's python3 has python3-numpy, another one that comes
// first in the path may have none.
func pythonWithNumpy(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import numpy").Run() == nil {
			return python
		}
	}
	const missing = "There is no python3 with numpy here to read the model with (on Debian: apt-get install python3-numpy)."
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// Texts that a tokeniser may get wrong.
var strange = []string{
	"Don't, DON’T 'tis dogs' rock'n'roll it''s 'a' 90's",
	"ΟΔΥΣΣΕΥΣ Σίσυφος ΣΑΣ. İstanbul ISPARTA Straße GROẞ ǅ ﬁ",
	"e\u0301te\u0301 \u0301accent naïve 日本語 中文 ٣٤٥ ½ x² №5 a_b a-b a.b",
	strings.Repeat("z", 1024) + " " + strings.Repeat("y", 1025) + " " + strings.Repeat("İ", 512) + " " + strings.Repeat("ß", 513),
	"", " \t ", "!?…", "\u200bzero\u200dwidth\u00a0space\u2028line",
}

// TestPythonReadsModels lets testdata/predict.py, which knows of a model what
// docs/model-file.md says, predict for 100 documents: the sample's and strange ones.
func TestPythonReadsModels(t *testing.T) {
	python := pythonWithNumpy(t)
	for _, row := range []struct {
		name      string
		weighting bow.Weighting
		tokenizer bow.Tokenizer
		hashBits  int
		dtype     tensor.Dtype
		loss      losses.Loss
		hidden    []string
		output    string
	}{
		{name: "presence", hidden: []string{"relu", "gelu"}, output: "softmax"},
		{name: "count", weighting: bow.Count, hidden: []string{"tanh", "softplus"}, output: "sigmoid", loss: losses.BinaryCrossEntropy{}},
		{name: "tf-idf", weighting: bow.TFIDF, hidden: []string{"leakyrelu", "swish"}, output: "softmax", dtype: tensor.Float64},
		{name: "tf-idf of pairs", weighting: bow.TFIDF, tokenizer: bow.Tokenizer{NGrams: 3, MinRunes: 2, StopWords: []string{"the", "A", "e.g."}},
			hidden: []string{"elu", "sigmoid"}, output: "linear", loss: losses.Logistic{}},
		{name: "hashed", hashBits: 9, tokenizer: bow.Tokenizer{NGrams: 2}, hidden: []string{"relu"}, output: "tanh", loss: losses.Squared{}},
		{name: "hinge", hidden: nil, output: "linear", loss: losses.Hinge{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			corpus, err := bow.NewCorpus(row.tokenizer)
			if err != nil {
				t.Fatal(err)
			}
			corpus.HashBits = row.hashBits
			documents, err := sample.Documents()
			if err != nil {
				t.Fatal(err)
			}
			texts := append([]string(nil), strange...)
			for i := 0; len(texts) < 100; i++ {
				d, err := documents.Read()
				if err != nil {
					t.Fatal(err)
				}
				if err := corpus.Add(d); err != nil {
					t.Fatal(err)
				}
				if i%4 == 0 {
					texts = append(texts, d.Text)
				}
			}
			for i, text := range strange {
				if err := corpus.Add(bow.Document{Label: []string{"ham", "spam"}[i%2], Text: text}); err != nil {
					t.Fatal(err)
				}
			}
			var words *bow.Vocabulary
			if row.hashBits == 0 {
				if words, err = corpus.Vocabulary(nil, bow.VocabularyOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			encoder, err := corpus.Encoder(words, row.weighting, nil)
			if err != nil {
				t.Fatal(err)
			}
			set, _, err := corpus.Set(encoder, nil)
			if err != nil {
				t.Fatal(err)
			}
			var layers []Layer
			for _, act := range row.hidden {
				layers = append(layers, Dense(8, act))
			}
			units := 1
			if row.output == "softmax" {
				units = 2
			}
			n := mustNew(t, Config{Inputs: set.All.Columns, Seed: 1, Dtype: row.dtype, Loss: row.loss}, append(layers, Dense(units, row.output))...)
			if _, err := n.Fit(t.Context(), set, Fit{Epochs: 2, Batch: 16, Solver: &solvers.Adam{LearningRate: 0.003}}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "model")
			if err := (&Classifier{Network: n, Encoder: encoder, Labels: corpus.Labels()}).Save(path); err != nil {
				t.Fatal(err)
			}
			comparePython(t, python, path, texts)
		})
	}
}

func comparePython(t *testing.T, python, path string, texts []string) {
	t.Helper()
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := c.Encoder.Batch(texts...)
	if err != nil {
		t.Fatal(err)
	}
	want, err := c.Network.Classify(batch)
	if err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	script := exec.Command(python, "-I", filepath.Join("testdata", "predict.py"), path)
	var failure bytes.Buffer
	script.Stdin, script.Stderr = bytes.NewReader(in), &failure
	out, err := script.Output()
	if err != nil {
		t.Fatalf("python: %v\n%s", err, failure.String())
	}
	var got [][]float64
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(texts) {
		t.Fatalf("python predicts for %d of %d texts", len(got), len(texts))
	}
	different := map[string]bool{}
	for i, text := range texts {
		if len(got[i]) != len(want[i].Probabilities) {
			t.Fatalf("python knows %d classes, want %d", len(got[i]), len(want[i].Probabilities))
		}
		for k, p := range want[i].Probabilities {
			if !(math.Abs(got[i][k]-p) <= 1e-5) {
				t.Errorf("python: class %d of %.60q has probability %v, want %v", k, text, got[i][k], p)
			}
		}
		different[fmt.Sprintf("%.4f", want[i].Probability)] = true
	}
	if len(different) < len(texts)/2 {
		t.Errorf("only %d different probabilities among %d texts show little", len(different), len(texts))
	}
}
