package metrics

import (
	"math"
	"testing"
)

func TestMean(t *testing.T) {
	type add struct{ x, w float64 }
	tests := []struct {
		name   string
		adds   []add
		want   float64
		weight float64
		tol    float64
	}{
		{"nothing", nil, math.NaN(), 0, 0},
		{"weight 0 only", []add{{5, 0}}, math.NaN(), 0, 0},
		{"one", []add{{3, 2}}, 3, 2, 0},
		{"equal weights", []add{{1, 1}, {2, 1}, {6, 1}}, 3, 3, 1e-15},
		// (64·0.5 + 64·0.25 + 8·1)/136 = 56/136.
		{"batches, the last one short", []add{{0.5, 64}, {0.25, 64}, {1, 8}}, 56. / 136, 136, 1e-15},
		{"weight 0 between", []add{{1, 1}, {math.Inf(1), 0}, {3, 1}}, 2, 2, 0},
		{"no overflow", []add{{1e308, 1}, {1e308, 1}, {1e308, 1}}, 1e308, 3, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var m Mean
			for _, a := range test.adds {
				m.Add(a.x, a.w)
			}
			if got := m.Value(); !same(got, test.want) && !(math.Abs(got-test.want) <= test.tol) {
				t.Errorf("Value() = %v, want %v", got, test.want)
			}
			if got := m.Weight(); got != test.weight {
				t.Errorf("Weight() = %v, want %v", got, test.weight)
			}
		})
	}
}
