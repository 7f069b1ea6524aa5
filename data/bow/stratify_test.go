package bow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// randomSets makes n sets of labels of which some are rare, one is in every second set
// and each comes with others.
func randomSets(n, labels int, rng *rand.Rand) [][]int32 {
	sets := make([][]int32, n)
	for i := range sets {
		for l := range labels {
			if rng.IntN(2+l*l) == 0 {
				sets[i] = append(sets[i], int32(l))
			}
		}
	}
	return sets
}

// Each part gets its share of the examples and of each label.
func TestStratify(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, shares := range [][]float64{{0.8, 0.2}, {0.9, 0.1}, {0.5, 0.3, 0.2}, {0.2, 0.2, 0.2, 0.2, 0.2}} {
		const n, labels = 1000, 12
		sets := randomSets(n, labels, rng)
		parts := stratify(sets, labels, shares, true, rng)
		counts, total := make([][]int, len(shares)), make([]int, labels)
		rows := make([]int, len(shares))
		for p := range shares {
			counts[p] = make([]int, labels)
		}
		for i, p := range parts {
			rows[p]++
			for _, l := range sets[i] {
				counts[p][l]++
				total[l]++
			}
		}
		for p, share := range shares {
			if off := math.Abs(float64(rows[p]) - share*n); off > 0.02*n {
				t.Errorf("%v: part %d has %d of %d examples", shares, p, rows[p], n)
			}
			for l := range labels {
				// By chance alone the deviation would be some √(n·share·(1−share)), up to 10.
				if want := share * float64(total[l]); math.Abs(float64(counts[p][l])-want) > 2 {
					t.Errorf("%v: part %d has %d examples with label %d, want %.1f of %d", shares, p, counts[p][l], l, want, total[l])
				}
			}
		}
	}
}

// The order in which labels and examples are dealt with, by hand.
func TestStratifyByHand(t *testing.T) {
	// Label 1 is the rarest: its two examples go to different parts. Of the two other
	// examples with label 0, one goes to each part.
	sets := [][]int32{{0, 1}, {0}, {0, 1}, {0}, {}, {}}
	for seed := range uint64(20) {
		parts := stratify(sets, 2, []float64{0.5, 0.5}, false, rand.New(rand.NewPCG(seed, 0)))
		for _, pair := range [][2]int{{0, 2}, {1, 3}, {4, 5}} {
			if parts[pair[0]] == parts[pair[1]] {
				t.Errorf("seed %d: %v, want examples %v in different parts", seed, parts, pair)
			}
		}
	}
}

func multiCorpus(t testing.TB, sets [][]int32) *Corpus {
	t.Helper()
	c := mustCorpus(t, Tokenizer{})
	c.MultiLabel = true
	for i, set := range sets {
		d := Document{Text: fmt.Sprintf("w%d", i%17), Labels: []string{}}
		for _, l := range set {
			d.Labels = append(d.Labels, string(rune('a'+l)))
		}
		if err := c.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestSplitOfSets(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	sets := append(randomSets(300, 8, rng), []int32{8}, []int32{0, 9}) // two labels stand once
	c := multiCorpus(t, sets)
	for _, fraction := range []float64{0, 0.1, 0.25, 0.5, 0.9} {
		rest, part, err := c.Split(fraction, nil, rand.New(rand.NewPCG(1, 1)))
		if err != nil {
			t.Fatal(err)
		}
		again, _, _ := c.Split(fraction, nil, rand.New(rand.NewPCG(1, 1)))
		other, _, _ := c.Split(fraction, nil, rand.New(rand.NewPCG(2, 1)))
		if !slices.Equal(rest, again) || fraction > 0 && slices.Equal(rest, other) {
			t.Errorf("fraction %v: not drawn from the seed", fraction)
		}
		if !slices.IsSorted(rest) || !slices.IsSorted(part) {
			t.Errorf("fraction %v: the order of rows is lost", fraction)
		}
		all := append(slices.Clone(rest), part...)
		slices.Sort(all)
		if want, _ := c.check(nil); !slices.Equal(all, want) {
			t.Errorf("fraction %v: %d and %d rows, not each once", fraction, len(rest), len(part))
		}
		whole, err := c.ClassCounts(nil)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := c.ClassCounts(rest)
		if err != nil {
			t.Fatal(err)
		}
		for l, n := range kept {
			if want := float64(whole[l]) * (1 - fraction); n == 0 || math.Abs(float64(n)-want) > 2.5 {
				t.Errorf("fraction %v: rest has label %s %d times of %d", fraction, c.Labels()[l], n, whole[l])
			}
		}
	}
	folds, err := c.Folds(5, nil, rng)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := c.ClassCounts(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, fold := range folds {
		counts, err := c.ClassCounts(fold)
		if err != nil || math.Abs(float64(len(fold))-float64(c.Len())/5) > 5 {
			t.Errorf("fold %d has %d of %d rows, %v", i, len(fold), c.Len(), err)
		}
		for l, n := range counts {
			if math.Abs(float64(n)-float64(whole[l])/5) > 2 {
				t.Errorf("fold %d has label %s %d times of %d", i, c.Labels()[l], n, whole[l])
			}
		}
	}
	if rest, part, err := c.Split(0, nil, rng); err != nil || len(part) != 0 || !reflect.DeepEqual(len(rest), c.Len()) {
		t.Errorf("fraction 0 takes %d rows, %v", len(part), err)
	}
}
