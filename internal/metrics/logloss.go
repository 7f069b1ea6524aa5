package metrics

import "math"

// leastProbability is what LogLoss takes 0 for: ε of float64, as scikit-learn does.
const leastProbability = 0x1p-52

// LogLoss returns the surprise at the truth, in nats: −ln of the probability that was
// given to the actual class,
//
//	loss = −ln max(p[actual], 2⁻⁵²)
//
// Its mean over the examples is the log loss of scikit-learn, and the cross-entropy of the
// answers. Knowing nothing costs ln C, being wrong and sure at most 36.
func LogLoss(p []float64, actual int) float64 {
	return -math.Log(min(max(p[actual], leastProbability), 1))
}
