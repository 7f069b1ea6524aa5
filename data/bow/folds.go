package bow

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/nestnet/nestnet/data"
)

// Folds deals rows (nil: all) out to k parts at random, for k-fold cross-validation:
// each part has about a kth of each class, and of all rows, a class's numbers in two
// parts differing by one at most, as do the sizes of the parts. Each keeps the order of
// rows. A class with fewer than k rows is missing from some parts. With MultiLabel the
// share of each label is kept as in Split.
//
// There must be at least 2 parts and as many rows as parts. The same rows and the same
// state of rng give the same folds.
func (c *Corpus) Folds(k int, rows []int, rng *rand.Rand) ([][]int, error) {
	if k < 2 {
		return nil, fmt.Errorf("bow: folds: want at least 2 parts, not %d", k)
	}
	if rng == nil {
		return nil, errors.New("bow: folds: rng is nil, want a source of random numbers")
	}
	rows, err := c.check(rows)
	if err != nil {
		return nil, err
	}
	if len(rows) < k {
		return nil, fmt.Errorf("bow: folds: %d parts of %d documents", k, len(rows))
	}
	to := make([]int, len(rows))
	if c.MultiLabel {
		to = c.stratify(rows, slices.Repeat([]float64{1 / float64(k)}, k), false, rng)
	} else {
		// Dealt out like cards: where one class ends the next goes on.
		next := 0
		for _, places := range c.places(rows) {
			rng.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
			for _, at := range places {
				to[at] = next % k
				next++
			}
		}
	}
	folds := make([][]int, k)
	for at, i := range rows {
		folds[to[at]] = append(folds[to[at]], i)
	}
	return folds, nil
}

// Except returns the rows of all folds but one, in ascending order.
func Except(folds [][]int, fold int) []int {
	var rest []int
	for i, rows := range folds {
		if i != fold {
			rest = append(rest, rows...)
		}
	}
	slices.Sort(rest)
	return rest
}

// Drop closes what Examples made of c, before c is closed: its memory counts as free
// again.
func (c *Corpus) Drop(examples *data.Cache) error {
	c.examples -= examples.MemoryBytes()
	return examples.Close()
}
