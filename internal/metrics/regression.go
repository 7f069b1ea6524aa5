package metrics

import "math"

// Regression measures how far answers that are numbers are from what they should be.
//
//	RMSE = √(Σ(y − f)²/n)    MAE = Σ|y − f|/n    R² = 1 − Σ(y − f)²/Σ(y − ȳ)²
//
// With several outputs, RMSE and MAE are over all of them; each has a mean ȳ of its own,
// and R² is that of the sums. Of no numbers all three are NaN.
type Regression struct {
	Outputs int // numbers an example; 0 means 1

	n                 int // examples
	squared, absolute float64
	mean, around      []float64 // of y, by output; sum of squares around the mean
}

// Add takes the numbers of some examples, row after row, and the answers to them.
func (r *Regression) Add(y, f []float64) {
	k := max(r.Outputs, 1)
	if r.mean == nil {
		r.mean, r.around = make([]float64, k), make([]float64, k)
	}
	for i := range y {
		if i%k == 0 {
			r.n++
		}
		e := y[i] - f[i]
		r.squared += e * e
		r.absolute += math.Abs(e)
		// Welford's update: no difference of two large sums.
		d := y[i] - r.mean[i%k]
		r.mean[i%k] += d / float64(r.n)
		r.around[i%k] += d * (y[i] - r.mean[i%k])
	}
}

func (r *Regression) count() float64 { return float64(r.n * max(r.Outputs, 1)) }

// RMSE is the root of the mean squared error.
func (r *Regression) RMSE() float64 { return math.Sqrt(r.squared / r.count()) }

// MAE is the mean absolute error.
func (r *Regression) MAE() float64 { return r.absolute / r.count() }

// R2 is the share of the variance of y that the answers explain. Where y does not vary
// it is 1 for perfect answers, else 0, as in scikit-learn.
func (r *Regression) R2() float64 {
	around := 0.0
	for _, v := range r.around {
		around += v
	}
	switch {
	case r.n == 0:
		return math.NaN()
	case around == 0 && r.squared == 0:
		return 1
	case around == 0:
		return 0
	}
	return 1 - r.squared/around
}
