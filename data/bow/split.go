package bow

import (
	"math/rand/v2"

	"github.com/nestnet/nestnet/data"
)

// Split cuts rows (nil: all) in two at random: about the given fraction of each
// class into part, what is left into rest. Both keep the order of rows.
//
// Of a class with n rows, fraction·n go into part, rounded, but at most n-1, as in
// data.Split. So a class of one row is in rest only. The fraction is at least 0 and less
// than 1.
//
// With MultiLabel the share of each label is kept as well as can be, by iterative
// stratification (Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-Label
// Data", ECML PKDD 2011), and each label is in rest.
//
// The same rows and the same state of rng give the same cut.
func (c *Corpus) Split(fraction float64, rows []int, rng *rand.Rand) (rest, part []int, err error) {
	if err := data.CheckSplit(fraction, rng); err != nil {
		return nil, nil, err
	}
	if err := c.ready(); err != nil {
		return nil, nil, err
	}
	// All rows are not listed: a corpus may have very many.
	count := c.Len()
	if rows != nil {
		if rows, err = c.check(rows); err != nil {
			return nil, nil, err
		}
		count = len(rows)
	}
	if !c.MultiLabel {
		return data.Split(fraction, rows, count, c.places(rows), rng)
	}
	if rows, err = c.check(rows); err != nil {
		return nil, nil, err
	}
	inPart := make([]bool, count)
	for at, part := range c.stratify(rows, []float64{1 - fraction, fraction}, true, rng) {
		inPart[at] = part == 1
	}
	rest, part = data.Divide(rows, inPart)
	return rest, part, nil
}

// places says, for each class, where in rows (nil: all) its examples stand. Going through the
// classes in alphabetical order makes a cut the same whichever label came first in the
// file.
func (c *Corpus) places(rows []int) [][]int32 {
	sets := c.docLabels
	if rows != nil {
		sets = make([]uint32, len(rows))
		for at, i := range rows {
			sets[at] = c.docLabels[i]
		}
	}
	classes := c.classes()
	counts := make([]int, len(classes))
	for _, set := range sets {
		counts[classes[set]]++
	}
	places, all := make([][]int32, len(classes)), make([]int32, len(sets))
	for k, n := range counts {
		places[k], all = all[:0:n], all[n:]
	}
	for at, set := range sets {
		k := classes[set]
		places[k] = append(places[k], int32(at))
	}
	return places
}
