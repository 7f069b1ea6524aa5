package feedforward

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/solvers"
)

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6*max(1, math.Abs(b)) }

// An Evaluation holds the Result of Evaluate and the answers of Classify, and what it
// tells besides agrees with them.
func TestEvaluateEach(t *testing.T) {
	for _, row := range []struct {
		name    string
		classes int
		loss    losses.Loss
		output  Layer
	}{
		{"softmax, two classes", 2, losses.CrossEntropy{}, Dense(2, "softmax")},
		{"softmax, four classes", 4, losses.CrossEntropy{}, Dense(4, "softmax")},
		{"sigmoid", 2, losses.BinaryCrossEntropy{}, Dense(1, "sigmoid")},
		{"logistic", 2, losses.Logistic{}, Dense(1, "linear")},
		{"squared", 2, losses.Squared{}, Dense(1, "linear")},
		{"squared, three classes", 3, losses.Squared{}, Dense(3, "linear")},
	} {
		t.Run(row.name, func(t *testing.T) {
			train, test := randomSet(300, 60, row.classes, 1), randomSet(400, 60, row.classes, 2)
			n := mustNew(t, Config{Inputs: 60, Seed: 1, Loss: row.loss}, Dense(8, "relu"), row.output)
			if _, err := n.Fit(t.Context(), train, Fit{Epochs: 2, Batch: 32, Solver: &solvers.Adam{LearningRate: 0.01}}); err != nil {
				t.Fatal(err)
			}
			want, err := n.Evaluate(test)
			if err != nil {
				t.Fatal(err)
			}
			e, err := n.EvaluateEach(test)
			if err != nil {
				t.Fatal(err)
			}
			if e.Loss != want.Loss || e.Accuracy != want.Accuracy || e.MacroF1 != want.MacroF1 || !same(e.ROCAUC, want.ROCAUC) || e.Documents != 400 {
				t.Errorf("Evaluate: %+v, EvaluateEach: %+v", *want, e.Result)
			}
			sums, err := n.EvaluateSums(test)
			if err != nil {
				t.Fatal(err)
			}
			if !math.IsNaN(sums.ROCAUC) {
				t.Errorf("EvaluateSums tells a ROC AUC of %v", sums.ROCAUC)
			}
			if sums.ROCAUC = want.ROCAUC; fmt.Sprint(*sums) != fmt.Sprint(*want) {
				t.Errorf("Evaluate: %+v, EvaluateSums: %+v", *want, *sums)
			}
			answers, err := n.Classify(&test.All)
			if err != nil {
				t.Fatal(err)
			}
			right := 0
			for i, a := range answers {
				got := e.Answers[i]
				if got.Class != a.Class || got.Probability != a.Probability || !slices.Equal(got.Probabilities, a.Probabilities) || e.Truth[i] != int(test.All.Classes[i]) {
					t.Fatalf("example %d: %+v of class %d, Classify says %+v", i, got, e.Truth[i], a)
				}
				if a.Class == e.Truth[i] {
					right++
				}
			}
			if row.loss.Name() == (losses.CrossEntropy{}).Name() && !near(e.LogLoss(), e.Loss) {
				t.Errorf("log loss %v, the loss is %v", e.LogLoss(), e.Loss)
			}
			if b := e.Brier(); !(b > 0 && b < 2) {
				t.Errorf("Brier score %v", b)
			}

			_, table, err := e.Calibration(0)
			if err != nil {
				t.Fatal(err)
			}
			documents := 0
			for _, bin := range table {
				documents += bin.Documents
			}
			if documents != 400 || len(table) != 15 {
				t.Errorf("%d documents in %d bins", documents, len(table))
			}

			for positive := range row.classes {
				r, err := e.Ranking(positive)
				if err != nil {
					t.Fatal(err)
				}
				if row.classes == 2 && r.ROCAUC != want.ROCAUC {
					t.Errorf("class %d: area %v, of the result %v", positive, r.ROCAUC, want.ROCAUC)
				}
				area := 0.0
				for i, p := range r.Curve[1:] {
					if p.Threshold > r.Curve[i].Threshold || p.Recall < r.Curve[i].Recall || p.FalsePositiveRate < r.Curve[i].FalsePositiveRate {
						t.Fatalf("class %d: %v after %v", positive, p, r.Curve[i])
					}
					area += (p.FalsePositiveRate - r.Curve[i].FalsePositiveRate) * (p.Recall + r.Curve[i].Recall) / 2
				}
				if last := r.Curve[len(r.Curve)-1]; last.Recall != 1 || last.FalsePositiveRate != 1 || !near(area, r.ROCAUC) {
					t.Errorf("class %d: the curve ends at %v, the area under it is %v, want %v", positive, last, area, r.ROCAUC)
				}
			}

			wrong := e.Mistakes(1000)
			if len(wrong) != 400-right || len(e.Mistakes(3)) != min(3, len(wrong)) || len(e.Mistakes(-1)) != 0 {
				t.Errorf("%d mistakes of %d documents, %d are right", len(wrong), 400, right)
			}
			for i, w := range wrong {
				if e.Answers[w].Class == e.Truth[w] || i > 0 && e.Answers[w].Probability > e.Answers[wrong[i-1]].Probability {
					t.Errorf("mistake %d is no mistake, or surer than the one before", w)
				}
			}

			v, err := e.Intervals(t.Context(), Bootstrap{Resamples: 200, Positive: 1})
			if err != nil {
				t.Fatal(err)
			}
			ranking, _ := e.Ranking(1)
			for name, m := range map[string]struct {
				value float64
				Interval
			}{
				"accuracy": {e.Accuracy, v.Accuracy}, "macro F1": {e.MacroF1, v.MacroF1}, "log loss": {e.LogLoss(), v.LogLoss},
				"Brier": {e.Brier(), v.Brier}, "area": {ranking.ROCAUC, v.ROCAUC}, "average precision": {ranking.AveragePrecision, v.AveragePrecision},
			} {
				if !(m.Low < m.value && m.value < m.High) {
					t.Errorf("%s is %v, not within %v", name, m.value, m.Interval)
				}
			}
			if v, err = e.Intervals(t.Context(), Bootstrap{Resamples: 100, Positive: -1}); err != nil || !math.IsNaN(v.ROCAUC.Low) {
				t.Errorf("areas of no class: %v, %v", v, err)
			}
		})
	}
}

func TestEvaluateEachRefuses(t *testing.T) {
	numbers := mustNew(t, Config{Inputs: 1, Numbers: true}, Dense(1, "linear"))
	line := &data.Set{All: data.Batch{Columns: 1, Dense: []float64{1, 2}, Targets: []float64{1, 2}}}
	if _, err := numbers.EvaluateEach(line); err == nil || !strings.Contains(err.Error(), "for examples with classes") {
		t.Errorf("numbers: %v", err)
	}
	if _, err := numbers.EvaluateEach(nil); err == nil {
		t.Error("no source: no error")
	}
	several := mustNew(t, Config{Inputs: 60, MultiLabel: true, Loss: losses.BinaryCrossEntropy{}}, Dense(3, "sigmoid"))
	if _, err := several.EvaluateEach(randomSet(10, 60, 3, 1)); err == nil || !strings.Contains(err.Error(), "of one class each") {
		t.Errorf("several labels: %v", err)
	}
	n := mustNew(t, Config{Inputs: 60}, Dense(3, "softmax"))
	e, err := n.EvaluateEach(randomSet(10, 60, 3, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Ranking(3); err == nil || !strings.Contains(err.Error(), "positive class 3, the network tells 3") {
		t.Errorf("class 3 of 3: %v", err)
	}
	if _, _, err := e.Calibration(-1); err == nil {
		t.Error("-1 bins: no error")
	}
	_, err = e.Intervals(t.Context(), Bootstrap{Resamples: 99, Level: 1, Workers: -1, Positive: 3})
	for _, want := range []string{"Resamples is 99", "Level is 1", "Workers is -1", "positive class 3"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("all wrong: %v, want %q in it", err, want)
		}
	}
}
