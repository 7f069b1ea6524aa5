package feedforward

import (
	"fmt"
	"math"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/safetensors"
	"github.com/nestnet/nestnet/solvers"
)

// Training is how a classifier came about. A model file keeps it for whoever asks later;
// the model works without it. It holds no times, no names of machines and no paths: the
// same training gives the same bytes.
type Training struct {
	// Settings are those of the program that trained, by the names of its flags.
	Settings map[string]string `json:"settings,omitempty"`

	// Solver is the name of the update rule, SolverSettings are its numbers.
	Solver         string           `json:"solver"`
	SolverSettings solvers.Settings `json:"solver_settings"`

	Engine Engine `json:"engine,omitempty"`
	Batch  int    `json:"batch"` // examples a step; Whole for all
	Seed   uint64 `json:"seed"`

	// Documents counts those of the parts, training and validation; PerClass those that the
	// training part has of each class, in the order of Labels.
	Documents map[string]int `json:"documents,omitempty"`
	PerClass  []int          `json:"per_class,omitempty"`

	Epochs  []TrainedEpoch `json:"epochs"`
	Steps   int            `json:"steps"`
	Best    int            `json:"best,omitempty"` // number of the epoch whose weights were kept; 0: the last
	Stopped Stopped        `json:"stopped"`

	// Test is how well the finished network did on the test part, if there was one.
	Test *TrainedResult `json:"test,omitempty"`
}

// TrainedEpoch is the course of one epoch.
type TrainedEpoch struct {
	Loss          float64  `json:"loss"`
	ValidLoss     *float64 `json:"valid_loss,omitempty"`
	ValidAccuracy *float64 `json:"valid_accuracy,omitempty"` // of classes
}

// TrainedResult is a Result in short.
type TrainedResult struct {
	Documents int      `json:"documents"`
	Loss      float64  `json:"loss"`
	Accuracy  *float64 `json:"accuracy,omitempty"` // of classes, like the two below
	MacroF1   *float64 `json:"macro_f1,omitempty"`
	ROCAUC    *float64 `json:"roc_auc,omitempty"`
	R2        *float64 `json:"r2,omitempty"` // of regression
}

// Remember copies the course of a training.
func (t *Training) Remember(h *History) {
	t.Epochs, t.Steps, t.Best, t.Stopped = nil, h.Steps, h.Best, h.Stopped
	for _, e := range h.Epochs {
		trained := TrainedEpoch{Loss: e.Loss}
		if e.Valid != nil {
			trained.ValidLoss, trained.ValidAccuracy = finite(e.Valid.Loss), finite(e.Valid.Accuracy)
		}
		t.Epochs = append(t.Epochs, trained)
	}
}

// RememberTest copies how well the network did on the test part; nil is no test.
func (t *Training) RememberTest(r *Result) {
	t.Test = nil
	if r != nil {
		t.Test = &TrainedResult{Documents: r.Documents, Loss: r.Loss, Accuracy: finite(r.Accuracy), MacroF1: finite(r.MacroF1), ROCAUC: finite(r.ROCAUC)}
		if r.Regression != nil {
			t.Test.R2 = finite(r.Regression.R2)
		}
	}
}

// finite is a number as JSON can hold it; nil is none.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// countsOf is the tensor of how often the words occur, nil if that is not known. Four
// bytes a word: numbers are exact up to 2²⁴.
func countsOf(v *bow.Vocabulary) *safetensors.Tensor {
	counts := v.Counts()
	if counts == nil {
		return nil
	}
	t := &safetensors.Tensor{Name: countsTensor, Shape: []int{len(counts)}, F32: make([]float32, len(counts))}
	for i, n := range counts {
		t.F32[i] = float32(n)
	}
	return t
}

// withCounts gives a dictionary the counts of a tensor, if there is one.
func withCounts(v *bow.Vocabulary, t *safetensors.Tensor) (*bow.Vocabulary, error) {
	if t == nil {
		return v, nil
	}
	counts := make([]int, len(t.F32))
	for i, n := range t.F32 {
		if !(n >= 0 && n < 1<<53) {
			return nil, fmt.Errorf("tensor %s: a word is counted %v times", countsTensor, n)
		}
		counts[i] = int(n)
	}
	return v.WithCounts(counts)
}
