package metrics

import "fmt"

// Confusion is the C×C table of counts n[actual][predicted] of a classifier
// that gives each example exactly one of C classes. The diagonal holds the
// correct predictions.
//
// Every ratio taken from the table is 0 where its denominator is 0, as with
// scikit-learn's zero_division=0.
type Confusion struct {
	classes int
	counts  []int // n[actual][predicted], row by row
}

// NewConfusion returns an empty table for the given number of classes. It
// panics if there is not at least one.
func NewConfusion(classes int) *Confusion {
	if classes < 1 {
		panic(fmt.Sprintf("metrics: confusion table of %d classes, want at least 1", classes))
	}
	return &Confusion{classes: classes, counts: make([]int, classes*classes)}
}

// Add counts one example. It panics if a class is out of range.
func (c *Confusion) Add(actual, predicted int) {
	c.counts[c.index(actual, predicted)]++
}

// Count returns n[actual][predicted]. It panics if a class is out of range.
func (c *Confusion) Count(actual, predicted int) int {
	return c.counts[c.index(actual, predicted)]
}

// Classes returns C, the number of classes.
func (c *Confusion) Classes() int { return c.classes }

// Total returns the number of examples added:
//
//	N = Σₐ Σₚ n[a][p]
func (c *Confusion) Total() int {
	total := 0
	for _, n := range c.counts {
		total += n
	}
	return total
}

// Accuracy returns the share of examples predicted correctly, and 0 if there
// are none:
//
//	accuracy = Σᵢ n[i][i] / N
func (c *Confusion) Accuracy() float64 {
	correct := 0
	for i := range c.classes {
		correct += c.Count(i, i)
	}
	return ratio(correct, c.Total())
}

func (c *Confusion) index(actual, predicted int) int {
	if actual < 0 || actual >= c.classes || predicted < 0 || predicted >= c.classes {
		panic(fmt.Sprintf("metrics: actual class %d, predicted class %d, want both in [0, %d)", actual, predicted, c.classes))
	}
	return actual*c.classes + predicted
}

// ratio returns a/b, and 0 for 0/0.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
