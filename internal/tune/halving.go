package tune

import "math"

// Halving is the plan of a search: rungs in which ever fewer trials are trained ever
// longer. "Halving" is the name of the method; by default it keeps a third.
type Halving struct {
	// Trials is how many there are in the first rung.
	Trials int

	// Epochs is how long the trials of the last rung are trained, at the most.
	Epochs int

	// Keep is n where one in n trials goes on to the next rung, which is n times as
	// long. Default 3.
	Keep int
}

// Rung is one round of a search.
type Rung struct {
	Trials int // that take part
	Epochs int // they have been trained for at its end
}

// Rungs returns the rounds, the last one with Halving.Epochs:
//
//	trials_i = ⌈trials_(i−1)/keep⌉    epochs_i = round(Epochs/keep^(k−i)), i = 1 … k
//
// with k−1 the largest power of keep that is neither above Trials nor above Epochs, so
// that a rung has one trial and one epoch at the least.
func (h Halving) Rungs() []Rung {
	keep := h.Keep
	if keep < 2 {
		keep = 3
	}
	more := 0
	for size := keep; size <= min(h.Trials, h.Epochs); size *= keep {
		more++
	}
	var rungs []Rung
	trials := h.Trials
	for i := more; i >= 0; i-- {
		rungs = append(rungs, Rung{Trials: trials, Epochs: int(math.Round(float64(h.Epochs) / math.Pow(float64(keep), float64(i))))})
		trials = (trials + keep - 1) / keep
	}
	return rungs
}

// Cost is how many epochs all rungs take together, if no trial ends by itself.
func (h Halving) Cost() int {
	cost, before := 0, 0
	for _, r := range h.Rungs() {
		cost += r.Trials * (r.Epochs - before)
		before = r.Epochs
	}
	return cost
}
