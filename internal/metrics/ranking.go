package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Ranking is the examples of a two-class problem in the order of their scores, which is
// all that ROC and precision-recall curves look at. Examples of equal score are one
// group: no threshold can part them.
type Ranking struct {
	groups               []group // by score, the highest first
	order                []int32 // the examples, group by group
	positive             []bool  // by their place in order
	positives, negatives int
}

// group is the examples of one score.
type group struct {
	score                float64
	first                int // where in order it begins
	positives, negatives int
}

// NewRanking sorts examples by their scores, in O(n log n) time. Infinite scores are
// ordered like any other. It returns nil if a score is NaN, and panics if scores and
// positive differ in length. The curves of a nil Ranking are empty, its areas NaN.
func NewRanking(scores []float64, positive []bool) *Ranking {
	sorted, ok := sorted(scores, positive)
	if !ok {
		return nil
	}
	r := &Ranking{order: make([]int32, len(sorted)), positive: make([]bool, len(sorted))}
	for at, e := range sorted {
		last := len(r.groups) - 1
		if last < 0 || r.groups[last].score != e.score {
			r.groups = append(r.groups, group{score: e.score, first: at})
			last++
		}
		r.order[at], r.positive[at] = e.index, e.positive
		if e.positive {
			r.groups[last].positives++
			r.positives++
		} else {
			r.groups[last].negatives++
			r.negatives++
		}
	}
	return r
}

// example is what a ranking sorts.
type example struct {
	score    float64
	index    int32
	positive bool
}

// sorted returns the examples, the highest score first, and false if a score is NaN.
func sorted(scores []float64, positive []bool) ([]example, bool) {
	if len(scores) != len(positive) {
		panic(fmt.Sprintf("metrics: ranking of %d scores and %d labels", len(scores), len(positive)))
	}
	examples := make([]example, len(scores))
	for i, s := range scores {
		if math.IsNaN(s) {
			return nil, false
		}
		examples[i] = example{s, int32(i), positive[i]}
	}
	slices.SortFunc(examples, func(a, b example) int { return cmp.Compare(b.score, a.score) })
	return examples, true
}

// Point is what comes of taking all examples with at least the threshold as score for
// positive. With TP and FP the positives and negatives among them, and P and N all
// there are,
//
//	false positive rate = FP/N
//	true positive rate  = TP/P, the recall
//	precision           = TP/(TP+FP)
//
// A rate is NaN if it would be 0/0.
type Point struct {
	Threshold         float64
	Example           int // one that has the threshold as its score; -1: there is none
	FalsePositiveRate float64
	Recall            float64
	Precision         float64
}

// Curve returns a point for each threshold that makes a difference, which are the scores
// that occur, the highest first. Before them stands the threshold +Inf, which nothing
// reaches; its precision is 1, as in scikit-learn's precision_recall_curve. With the false
// positive rate as x and the recall as y the points are the ROC curve, with the recall as
// x and the precision as y the precision-recall curve.
func (r *Ranking) Curve() []Point {
	if r == nil {
		return nil
	}
	points := make([]Point, 0, len(r.groups)+1)
	tp, fp := 0, 0
	add := func(threshold float64, example int, precision float64) {
		points = append(points, Point{
			Threshold: threshold, Example: example, Precision: precision,
			FalsePositiveRate: float64(fp) / float64(r.negatives),
			Recall:            float64(tp) / float64(r.positives),
		})
	}
	add(math.Inf(1), -1, 1)
	for _, g := range r.groups {
		tp += g.positives
		fp += g.negatives
		add(g.score, int(r.order[g.first]), float64(tp)/float64(tp+fp))
	}
	return points
}
