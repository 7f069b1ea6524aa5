package metrics

import (
	"math"
	"testing"
)

// Bins are open below and closed above, the first takes 0 too.
func TestCalibrationBins(t *testing.T) {
	c := NewCalibration(5)
	for _, a := range []struct {
		p     float64
		right bool
	}{{0, false}, {0.2, true}, {0.21, false}, {0.6, true}, {0.7, true}, {0.8, false}, {1, true}} {
		c.Add(a.p, a.right)
	}
	want := []Bin{
		{0, 0.2, 2, 0.1, 0.5},
		{0.2, 0.4, 1, 0.21, 0},
		{0.4, 0.6, 1, 0.6, 1},
		{0.6, 0.8, 2, 0.75, 0.5},
		{0.8, 1, 1, 1, 1},
	}
	for i, got := range c.Bins() {
		if got != want[i] {
			t.Errorf("bin %d is %v, want %v", i+1, got, want[i])
		}
	}
	// (2·0.4 + 1·0.21 + 1·0.4 + 2·0.25 + 0)/7
	if got, want := c.Error(), (0.8+0.21+0.4+0.5)/7; math.Abs(got-want) > 1e-15 {
		t.Errorf("the error is %v, want %v", got, want)
	}
	empty := NewCalibration(1)
	if b := empty.Bins()[0]; !math.IsNaN(empty.Error()) || !math.IsNaN(b.Accuracy) || !math.IsNaN(b.Confidence) {
		t.Errorf("no answers: error %v, bin %v, want NaN", empty.Error(), b)
	}
}

func TestExtremes(t *testing.T) {
	for _, row := range []struct {
		p              []float64
		actual         int
		logLoss, brier float64
	}{
		{[]float64{0, 1}, 1, 0, 0},
		{[]float64{0, 1}, 0, 52 * math.Ln2, 1},
		{[]float64{0.5, 0.5}, 0, math.Ln2, 0.25},
		{[]float64{0, 1, 0}, 1, 0, 0},
		{[]float64{0, 1, 0}, 2, 52 * math.Ln2, 2},
		{[]float64{1}, 0, 0, 0},
		{[]float64{0, 1.0000001}, 1, 0, 1e-14}, // a softmax that rounding took above 1
	} {
		if l, b := LogLoss(row.p, row.actual), Brier(row.p, row.actual); math.Abs(l-row.logLoss) > 1e-12 || math.Abs(b-row.brier) > 1e-12 {
			t.Errorf("%v, actual %d: log loss %v, Brier %v, want %v and %v", row.p, row.actual, l, b, row.logLoss, row.brier)
		}
	}
	var none *Ranking = NewRanking([]float64{math.NaN()}, []bool{true})
	if none != nil || none.Curve() != nil || !math.IsNaN(none.ROCAUC()) || !math.IsNaN(none.AveragePrecision()) {
		t.Error("a score that is not a number has a ranking")
	}
}
