package metrics

import (
	"math"
	"testing"
)

func TestRegression(t *testing.T) {
	for _, test := range []struct {
		name          string
		outputs       int
		y, f          []float64
		rmse, mae, r2 float64
	}{
		// The example in scikit-learn's documentation of r2_score and its neighbours.
		{"scikit-learn", 1, []float64{3, -0.5, 2, 7}, []float64{2.5, 0, 2, 8}, math.Sqrt(0.375), 0.5, 0.9486081370449679},
		{"perfect", 0, []float64{1, 2, 3}, []float64{1, 2, 3}, 0, 0, 1},
		{"the mean", 1, []float64{1, 2, 3}, []float64{2, 2, 2}, math.Sqrt(2. / 3), 2. / 3, 0},
		{"worse than the mean", 1, []float64{1, 2, 3}, []float64{3, 2, 1}, math.Sqrt(8. / 3), 4. / 3, -3},
		{"constant", 1, []float64{5, 5}, []float64{5, 6}, math.Sqrt(0.5), 0.5, 0},
		{"constant and right", 1, []float64{5, 5}, []float64{5, 5}, 0, 0, 1},
		{"far from zero", 1, []float64{1e9 + 1, 1e9 + 2, 1e9 + 3}, []float64{1e9 + 2, 1e9 + 2, 1e9 + 2}, math.Sqrt(2. / 3), 2. / 3, 0},
		// scikit-learn's multi-output example, multioutput="variance_weighted".
		{"two outputs", 2, []float64{0.5, 1, -1, 1, 7, -6}, []float64{0, 2, -1, 2, 8, -5}, math.Sqrt(4.25 / 6), 0.75, 0.9382566585956417},
		{"nothing", 1, nil, nil, math.NaN(), math.NaN(), math.NaN()},
	} {
		r := Regression{Outputs: test.outputs}
		k := max(test.outputs, 1)
		for i := 0; i < len(test.y); i += k { // in portions
			r.Add(test.y[i:i+k], test.f[i:i+k])
		}
		for _, m := range []struct {
			name      string
			got, want float64
		}{{"RMSE", r.RMSE(), test.rmse}, {"MAE", r.MAE(), test.mae}, {"R2", r.R2(), test.r2}} {
			if math.Abs(m.got-m.want) > 1e-9 || math.IsNaN(m.got) != math.IsNaN(m.want) {
				t.Errorf("%s: %s %v, want %v", test.name, m.name, m.got, m.want)
			}
		}
	}
}
