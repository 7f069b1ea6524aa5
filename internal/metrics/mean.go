package metrics

import "math"

// Mean is a weighted mean that is given its numbers one at a time and holds
// none of them:
//
//	mean = Σ wᵢ·xᵢ / Σ wᵢ
//
// It takes each number in by the step
//
//	W ← W + w
//	mean ← mean + (w/W)·(x − mean)
//
// in place of dividing two growing sums, so that it neither overflows nor
// loses digits as the number of examples grows (West, "Updating mean and
// variance estimates: an improved method", CACM 22, 1979).
//
// The zero value is ready to use.
type Mean struct {
	mean   float64
	weight float64
}

// Add takes in x with weight w ≥ 0: the mean over a batch goes in with the
// batch's size, a single example with 1. A weight of 0 changes nothing.
func (m *Mean) Add(x, w float64) {
	if w == 0 {
		return
	}
	m.weight += w
	m.mean += w / m.weight * (x - m.mean)
}

// Value returns the mean so far, and NaN before anything was added.
func (m *Mean) Value() float64 {
	if m.weight == 0 {
		return math.NaN()
	}
	return m.mean
}

// Weight returns the sum of the weights so far.
func (m *Mean) Weight() float64 { return m.weight }
