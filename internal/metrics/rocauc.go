package metrics

import "math"

// ROCAUC returns the area under the ROC curve: the probability that a positive
// example, drawn at random, scores higher than a negative one, where a tie
// counts half. With P and N the sets of positive and negative examples,
//
//	AUC = 1/(|P|·|N|) · Σ_{p∈P} Σ_{n∈N} ( [sₚ > sₙ] + ½·[sₚ = sₙ] )
//
// which is the statistic U of Mann and Whitney over |P|·|N| (Hanley and
// McNeil, "The meaning and use of the area under a receiver operating
// characteristic (ROC) curve", Radiology 143, 1982). 1 is a perfect ranking, ½
// one that knows nothing, such as equal scores for all, and 0 a perfect one
// upside down.
//
// Only the order of the scores counts: any strictly increasing transform of
// them (logits or probabilities) gives the same area. Infinite scores are
// ordered like any other.
//
// The area is undefined, and the result NaN, if there is no positive or no
// negative example, or if a score is NaN.
//
// The scores are sorted in a copy, in O(n log n) time, and the pairs counted in
// integers, so the only rounding is that of the final division. ROCAUC panics
// if scores and positive differ in length.
func ROCAUC(scores []float64, positive []bool) float64 {
	examples, ok := sorted(scores, positive)
	if !ok {
		return math.NaN()
	}
	var a areas
	for len(examples) > 0 {
		var count [2]int64
		size := 0
		for size < len(examples) && examples[size].score == examples[0].score {
			if examples[size].positive {
				count[1]++
			} else {
				count[0]++
			}
			size++
		}
		a.add(count[1], count[0])
		examples = examples[size:]
	}
	return a.roc()
}

// ROCAUC is the function of that name, for examples that are ranked already.
func (r *Ranking) ROCAUC() float64 {
	if r == nil {
		return math.NaN()
	}
	return r.areas().roc()
}

// areas sums over all groups.
func (r *Ranking) areas() *areas {
	var a areas
	for _, g := range r.groups {
		a.add(int64(g.positives), int64(g.negatives))
	}
	return &a
}

// areas sums what the areas under the curves need, group after group, the highest score
// first.
type areas struct {
	positives, negatives int64 // so far
	u2                   int64 // 2·U: the pairs in the right order, ties half
	precision            float64
}

func (a *areas) add(positives, negatives int64) {
	// Each negative of a group is beaten by every positive above the group and ties with
	// every positive in it.
	a.u2 += negatives * (2*a.positives + positives)
	a.positives += positives
	a.negatives += negatives
	if positives > 0 {
		a.precision += float64(positives) * (float64(a.positives) / float64(a.positives+a.negatives))
	}
}

func (a *areas) roc() float64 {
	if a.positives == 0 || a.negatives == 0 {
		return math.NaN()
	}
	return float64(a.u2) / float64(2*a.positives*a.negatives)
}

func (a *areas) averagePrecision() float64 {
	if a.positives == 0 {
		return math.NaN()
	}
	return a.precision / float64(a.positives)
}
