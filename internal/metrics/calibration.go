package metrics

import (
	"fmt"
	"math"
)

// Calibration tells whether a classifier is right as often as it is sure. Answers are put
// into M bins of equal width by the probability of the class they chose: bin m, from 1,
// takes those in ((m−1)/M, m/M]. In a bin B, acc is the share of right answers and conf
// the mean of the probabilities. The expected calibration error is
//
//	ECE = Σ_B |B|/n · |acc(B) − conf(B)|
//
// (Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017,
// section 2, where M is 15.)
type Calibration struct {
	bins []calibrationBin
	n    int
}

type calibrationBin struct {
	n, right int
	sum      float64 // of the probabilities
}

// Bin is one row of a reliability table.
type Bin struct {
	Low, High  float64 // the probabilities it takes: Low < p ≤ High
	Examples   int
	Confidence float64 // mean probability; NaN for an empty bin
	Accuracy   float64 // share of right answers; NaN for an empty bin
}

// NewCalibration returns empty bins. It panics if there is not at least one.
func NewCalibration(bins int) *Calibration {
	if bins < 1 {
		panic(fmt.Sprintf("metrics: calibration in %d bins, want at least 1", bins))
	}
	return &Calibration{bins: make([]calibrationBin, bins)}
}

// Add counts one answer, with the probability of the class that was chosen.
func (c *Calibration) Add(p float64, right bool) {
	m := len(c.bins)
	b := &c.bins[min(max(int(math.Ceil(p*float64(m)))-1, 0), m-1)]
	b.n++
	b.sum += p
	if right {
		b.right++
	}
	c.n++
}

// Error returns the expected calibration error, NaN without any answer.
func (c *Calibration) Error() float64 {
	sum := 0.0
	for _, b := range c.bins {
		sum += math.Abs(float64(b.right) - b.sum)
	}
	if c.n == 0 {
		return math.NaN()
	}
	return sum / float64(c.n)
}

// Bins returns the reliability table, the lowest probabilities first.
func (c *Calibration) Bins() []Bin {
	bins := make([]Bin, len(c.bins))
	m := float64(len(c.bins))
	for i, b := range c.bins {
		bins[i] = Bin{
			Low: float64(i) / m, High: float64(i+1) / m, Examples: b.n,
			Confidence: b.sum / float64(b.n), Accuracy: float64(b.right) / float64(b.n),
		}
	}
	return bins
}
