package feedforward

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/safetensors"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/tensor"
)

func recorded(t testing.TB) *Classifier {
	t.Helper()
	c := trained(t, bow.TFIDF, tensor.Float32)
	c.Training = &Training{
		Settings: map[string]string{"layers": "8", "activation": "relu"}, Solver: "adam", SolverSettings: solvers.Settings{LearningRate: 1e-3, Beta1: 0.9},
		Engine: Native, Batch: Whole, Seed: 7, Documents: map[string]int{"training": 6, "validation": 2}, PerClass: []int{3, 3},
	}
	c.Training.Remember(&History{Steps: 9, Best: 1, Stopped: StoppedPatience, Epochs: []Epoch{
		{Number: 1, Loss: 0.1 + 0.2, Valid: &Result{Loss: 1.0 / 3, Accuracy: 0.5}}, {Number: 2, Loss: 0.25, Valid: &Result{Loss: 1, Accuracy: math.NaN()}}, {Number: 3, Loss: 0.125}}})
	c.Training.RememberTest(&Result{Documents: 4, Loss: 0.7, Accuracy: 0.75, MacroF1: 0.7, ROCAUC: math.NaN()})
	return c
}

// A model file keeps how the model came about and how often the words occur, and saves
// them again in the same bytes.
func TestSaveKeepsTheTraining(t *testing.T) {
	c := recorded(t)
	path, again := filepath.Join(t.TempDir(), "m"), filepath.Join(t.TempDir(), "again")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	l, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(l.Training, c.Training) {
		t.Errorf("loaded %+v, saved %+v", l.Training, c.Training)
	}
	if l.Training.Epochs[1].ValidAccuracy != nil || *l.Training.Epochs[0].ValidLoss != 1.0/3 || l.Training.Test.ROCAUC != nil {
		t.Errorf("loaded %+v", l.Training)
	}
	counts := l.Encoder.Vocabulary().Counts()
	if !slices.Equal(counts, c.Encoder.Vocabulary().Counts()) || len(counts) != l.Encoder.Vocabulary().Len() {
		t.Errorf("loaded counts %d", counts)
	}
	if i, _ := l.Encoder.Vocabulary().Index("free"); counts[i] != 3 {
		t.Errorf("\"free\" is counted %d times, want 3", counts[i])
	}
	if err := l.Save(again); err != nil {
		t.Fatal(err)
	}
	a, _ := os.ReadFile(path)
	b, _ := os.ReadFile(again)
	if !bytes.Equal(a, b) {
		t.Error("saved again, the file has other bytes")
	}
}

// Files of an earlier version have neither; wrong ones are refused.
func TestLoadWithoutTraining(t *testing.T) {
	for _, test := range []struct {
		change func(f *safetensors.File)
		want   string
	}{
		{func(f *safetensors.File) {
			delete(f.Metadata, keyTraining)
			f.Tensors = slices.DeleteFunc(f.Tensors, func(t safetensors.Tensor) bool { return t.Name == countsTensor })
		}, ""},
		{func(f *safetensors.File) { f.Metadata[keyTraining] = "{" }, "nestnet.training: unexpected end"},
		{func(f *safetensors.File) { find(f, countsTensor).F32[2] = -1 }, "tensor counts: a word is counted -1 times"},
		{func(f *safetensors.File) { find(f, countsTensor).F32[2] = float32(math.NaN()) }, "tensor counts: a word is counted NaN times"},
		{func(f *safetensors.File) {
			t := find(f, countsTensor)
			t.F32, t.Shape = t.F32[:3], []int{3}
		}, "3 counts for"},
	} {
		f, err := recorded(t).file()
		if err != nil {
			t.Fatal(err)
		}
		test.change(f)
		c, err := fromFile(f)
		if test.want == "" && (err != nil || c.Training != nil || c.Encoder.Vocabulary().Counts() != nil) {
			t.Errorf("an old file: %v", err)
		}
		if test.want != "" && (err == nil || !strings.Contains(fmt.Sprint(err), test.want)) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
}
