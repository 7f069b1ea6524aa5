package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

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
	if len(scores) != len(positive) {
		panic(fmt.Sprintf("metrics: ROC-AUC of %d scores and %d labels", len(scores), len(positive)))
	}
	type example struct {
		score    float64
		positive bool
	}
	examples := make([]example, len(scores))
	for i, s := range scores {
		if math.IsNaN(s) {
			return math.NaN()
		}
		examples[i] = example{s, positive[i]}
	}
	slices.SortFunc(examples, func(a, b example) int { return cmp.Compare(a.score, b.score) })

	// Upwards through groups of equal score. Each positive of a group beats
	// every negative below the group and ties with every negative in it.
	var u2 int64 // 2·U
	var positives, negatives int64
	for len(examples) > 0 {
		var p, n int64
		size := 0
		for size < len(examples) && examples[size].score == examples[0].score {
			if examples[size].positive {
				p++
			} else {
				n++
			}
			size++
		}
		u2 += p * (2*negatives + n)
		positives += p
		negatives += n
		examples = examples[size:]
	}
	if positives == 0 || negatives == 0 {
		return math.NaN()
	}
	return float64(u2) / float64(2*positives*negatives)
}
