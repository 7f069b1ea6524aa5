package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Split cuts rows (nil: 0 to count-1) in two at random: about the given fraction of each
// group into part, what is left into rest. Both keep the order of rows. A group lists
// places in rows, and is shuffled; together the groups have each place once.
//
// Of a group of n places, fraction·n go into part, rounded to the nearest whole number
// (halves up), but at most n-1: a class cannot be learned that rest does not have. The
// fraction is at least 0 and less than 1. The same groups and the same state of rng give
// the same cut.
func Split(fraction float64, rows []int, count int, groups [][]int32, rng *rand.Rand) (rest, part []int, err error) {
	if err := CheckSplit(fraction, rng); err != nil {
		return nil, nil, err
	}
	inPart := make([]bool, count)
	for _, g := range groups {
		rng.Shuffle(len(g), func(i, j int) { g[i], g[j] = g[j], g[i] })
		n := int(math.Floor(fraction*float64(len(g)) + 0.5))
		for _, at := range g[:max(min(n, len(g)-1), 0)] {
			inPart[at] = true
		}
	}
	rest, part = Divide(rows, inPart)
	return rest, part, nil
}

// CheckSplit says what is wrong with a cut.
func CheckSplit(fraction float64, rng *rand.Rand) error {
	if !(fraction >= 0 && fraction < 1) {
		return fmt.Errorf("data: split: fraction is %v, want at least 0 and less than 1", fraction)
	}
	if rng == nil {
		return errors.New("data: split: rng is nil, want a source of random numbers")
	}
	return nil
}

// Divide returns the rows (nil: all) that are not in part, and those that are, in their
// order. Neither is nil, even if it is empty, as nil means all rows in most places.
func Divide(rows []int, inPart []bool) (rest, part []int) {
	n := 0
	for _, in := range inPart {
		if in {
			n++
		}
	}
	// There may be very many rows, so no more memory than they take.
	rest, part = make([]int, 0, len(inPart)-n), make([]int, 0, n)
	for at, in := range inPart {
		i := at
		if rows != nil {
			i = rows[at]
		}
		if in {
			part = append(part, i)
		} else {
			rest = append(rest, i)
		}
	}
	return rest, part
}
