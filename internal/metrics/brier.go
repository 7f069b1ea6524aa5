package metrics

// Brier returns how far the probabilities of one example are from the truth, squared:
//
//	two classes   (p[1] − y)²                y is 1 if the actual class is 1, else 0
//	more          Σₖ (p[k] − [k = actual])²
//
// Its mean over the examples is the Brier score: between 0 and 1 for two classes, between
// 0 and 2 for more, small is good (Brier, "Verification of Forecasts Expressed in Terms of
// Probability", Monthly Weather Review 78, 1950). For two classes Brier's own sum is twice
// as large; the half is what scikit-learn's brier_score_loss returns.
func Brier(p []float64, actual int) float64 {
	if len(p) == 2 {
		d := p[1] - float64(actual)
		return d * d
	}
	sum := 0.0
	for k, v := range p {
		if k == actual {
			v--
		}
		sum += v * v
	}
	return sum
}
