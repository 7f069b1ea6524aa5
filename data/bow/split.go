package bow

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Split cuts rows (nil: all) in two at random: about the given fraction of each
// class into part, what is left into rest. Both keep the order of rows.
//
// Of a class with n rows, fraction·n go into part, rounded to the nearest whole
// number (halves up), but at most n-1: a class cannot be learned that rest does
// not have. So a class of one row is in rest only. The fraction is at least 0
// and less than 1.
//
// With MultiLabel the share of each label is kept as well as can be, by iterative
// stratification (Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-Label
// Data", ECML PKDD 2011), and each label is in rest.
//
// The same rows and the same state of rng give the same cut.
func (c *Corpus) Split(fraction float64, rows []int, rng *rand.Rand) (rest, part []int, err error) {
	if !(fraction >= 0 && fraction < 1) {
		return nil, nil, fmt.Errorf("bow: split: fraction is %v, want at least 0 and less than 1", fraction)
	}
	if rng == nil {
		return nil, nil, errors.New("bow: split: rng is nil, want a source of random numbers")
	}
	if rows, err = c.check(rows); err != nil {
		return nil, nil, err
	}
	inPart := make([]bool, len(rows))
	if c.MultiLabel {
		for at, part := range c.stratify(rows, []float64{1 - fraction, fraction}, true, rng) {
			inPart[at] = part == 1
		}
	} else {
		for _, p := range c.places(rows) {
			rng.Shuffle(len(p), func(i, j int) { p[i], p[j] = p[j], p[i] })
			n := int(math.Floor(fraction*float64(len(p)) + 0.5))
			for _, at := range p[:max(min(n, len(p)-1), 0)] {
				inPart[at] = true
			}
		}
	}
	n := 0
	for _, in := range inPart {
		if in {
			n++
		}
	}
	// Not nil even when empty: nil would mean all rows. A corpus may have very many, so
	// no more memory than it takes.
	rest, part = make([]int, 0, len(rows)-n), make([]int, 0, n)
	for at, i := range rows {
		if inPart[at] {
			part = append(part, i)
		} else {
			rest = append(rest, i)
		}
	}
	return rest, part, nil
}

// places says, for each class, where in rows its examples stand. Going through the
// classes in alphabetical order makes a cut the same whichever label came first in the
// file.
func (c *Corpus) places(rows []int) [][]int32 {
	classes := c.classes()
	counts := make([]int, len(classes))
	for _, i := range rows {
		counts[classes[c.docLabels[i]]]++
	}
	places, all := make([][]int32, len(classes)), make([]int32, len(rows))
	for k, n := range counts {
		places[k], all = all[:0:n], all[n:]
	}
	for at, i := range rows {
		k := classes[c.docLabels[i]]
		places[k] = append(places[k], int32(at))
	}
	return places
}
