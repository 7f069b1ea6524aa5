package metrics

import "math"

// AveragePrecision returns the area under the precision-recall curve, as a sum of steps:
// with Pₖ and Rₖ precision and recall at the kth threshold, the highest first,
//
//	AP = Σₖ (Rₖ − Rₖ₋₁)·Pₖ        R₀ = 0
//
// There is no straight line between two points, which would promise too much (Davis and
// Goadrich, "The Relationship Between Precision-Recall and ROC Curves", ICML 2006). It is
// what scikit-learn's average_precision_score computes. A ranking that knows nothing has
// the share of the positives, a perfect one 1.
//
// Examples of equal score pass the threshold together. The result is NaN if there is no
// positive example, or if a score was NaN.
func (r *Ranking) AveragePrecision() float64 {
	if r == nil {
		return math.NaN()
	}
	return r.areas().averagePrecision()
}
