package metrics

import (
	"fmt"
	"math"
)

// minProbability is the distance from 1 to the next float64. scikit-learn's
// log_loss clips float64 probabilities at the same value.
const minProbability = 0x1p-52

// LogLoss returns the logarithmic loss of one example, in nats, given the
// predicted probability of each class and the class it has:
//
//	loss = −ln( min(max(p[class], 2⁻⁵²), 1) )
//
// The clipping makes one confident mistake cost 52·ln 2 ≈ 36.04 and not an
// infinity that would swallow the mean of all others. It also takes a
// probability that rounding has put above 1 for 1, so no loss is negative.
// (scikit-learn clips at 1 − 2⁻⁵² as well, whence it reports 2.2e-16 where
// this function reports 0.) A NaN stays NaN.
//
// The other entries of p are not looked at: it is for the caller to see that
// they are probabilities that sum to 1. In a two-class problem with p the
// probability of class 1, pass []float64{1 - p, p}. The loss of a data set is
// the Mean over its examples.
//
// This is for reporting, from probabilities. To train, package losses takes
// logits, which need no clipping. LogLoss panics if class is out of range.
func LogLoss(p []float64, class int) float64 {
	if class < 0 || class >= len(p) {
		panic(fmt.Sprintf("metrics: log loss of class %d, want one in [0, %d)", class, len(p)))
	}
	q := min(max(p[class], minProbability), 1)
	if q == 1 {
		return 0 // not −0
	}
	return -math.Log(q)
}
