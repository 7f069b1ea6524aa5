package metrics

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

// testdata/measures.json is what scikit-learn 1.2.1 makes of some answers; measures.py
// beside it wrote it.
func TestGolden(t *testing.T) {
	const tol = 1e-12
	text, err := os.ReadFile("testdata/measures.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Name             string
			Truth            []int
			Probabilities    [][]float64
			Accuracy         float64
			MacroF1          float64 `json:"macro_f1"`
			LogLoss          float64 `json:"log_loss"`
			ECE              float64
			Brier            *float64
			ROCAUC           *float64 `json:"roc_auc"`
			AveragePrecision *float64 `json:"average_precision"`
			ROC              struct{ FPR, TPR, Thresholds []float64 }
			PR               struct{ Precision, Recall, Thresholds []float64 }
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	for _, g := range golden.Cases {
		t.Run(g.Name, func(t *testing.T) {
			near := func(what string, got, want float64) {
				t.Helper()
				if !(math.Abs(got-want) <= tol) {
					t.Errorf("%s is %v, want %v", what, got, want)
				}
			}
			c, calibration := NewConfusion(len(g.Probabilities[0])), NewCalibration(15)
			var logLoss, brier float64
			var scores []float64
			var positive []bool
			for i, p := range g.Probabilities {
				predicted := slices.Index(p, slices.Max(p))
				c.Add(g.Truth[i], predicted)
				calibration.Add(p[predicted], predicted == g.Truth[i])
				logLoss += LogLoss(p, g.Truth[i])
				brier += Brier(p, g.Truth[i])
				scores, positive = append(scores, p[1]), append(positive, g.Truth[i] == 1)
			}
			n := float64(len(g.Truth))
			near("accuracy", c.Accuracy(), g.Accuracy)
			near("macro F1", c.MacroF1(), g.MacroF1)
			near("log loss", logLoss/n, g.LogLoss)
			near("ECE", calibration.Error(), g.ECE)
			if g.Brier == nil {
				return
			}
			r := NewRanking(scores, positive)
			near("Brier score", brier/n, *g.Brier)
			near("ROC AUC", r.ROCAUC(), *g.ROCAUC)
			near("average precision", r.AveragePrecision(), *g.AveragePrecision)
			curve := r.Curve()[1:]
			if len(curve) != len(g.ROC.FPR) || len(curve) != len(g.PR.Recall) {
				t.Fatalf("%d points, want %d and %d", len(curve), len(g.ROC.FPR), len(g.PR.Recall))
			}
			for i, p := range curve {
				near("threshold", p.Threshold, g.ROC.Thresholds[i])
				near("false positive rate", p.FalsePositiveRate, g.ROC.FPR[i])
				near("true positive rate", p.Recall, g.ROC.TPR[i])
				// scikit-learn begins this curve at the lowest threshold.
				j := len(curve) - 1 - i
				near("threshold", p.Threshold, g.PR.Thresholds[j])
				near("recall", p.Recall, g.PR.Recall[j])
				near("precision", p.Precision, g.PR.Precision[j])
				if scores[p.Example] != p.Threshold {
					t.Errorf("example %d has score %v, not the threshold %v", p.Example, scores[p.Example], p.Threshold)
				}
			}
		})
	}
}
