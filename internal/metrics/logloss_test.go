package metrics

import (
	"math"
	"testing"
)

func TestLogLoss(t *testing.T) {
	most := 52 * math.Ln2
	tests := []struct {
		name  string
		p     []float64
		class int
		want  float64
		tol   float64
	}{
		{"a half", []float64{0.5, 0.5}, 1, math.Ln2, 0},
		{"a quarter", []float64{0.25, 0.75}, 0, 2 * math.Ln2, 1e-15},
		{"1/e", []float64{1 - 1/math.E, 1 / math.E}, 1, 1, 1e-15},
		{"certain and right", []float64{0, 1}, 1, 0, 0},
		{"certain and wrong", []float64{0, 1}, 0, most, 1e-14},
		{"smaller than the clip", []float64{1e-300, 1}, 0, most, 1e-14},
		{"a little over 1", []float64{0, 1 + 0x1p-52}, 1, 0, 0},
		{"negative", []float64{-0.1, 1.1}, 0, most, 1e-14},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := LogLoss(test.p, test.class)
			if !(math.Abs(got-test.want) <= test.tol) || math.Signbit(got) {
				t.Errorf("LogLoss = %v, want %v", got, test.want)
			}
		})
	}
	if got := LogLoss([]float64{math.NaN()}, 0); !math.IsNaN(got) {
		t.Errorf("LogLoss of NaN = %v, want NaN", got)
	}
}
