package feedforward

import (
	"errors"
	"fmt"
	"math"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/losses"
)

// BalancedWeights returns Fit.ClassWeights with which each class counts as much as any
// other, however many examples it has:
//
//	weight_c = n/(k·n_c)
//
// with n examples in all, n_c of class c, and k classes that have any, as scikit-learn's
// class_weight="balanced". Summed over the examples the weights are n, so that the loss
// keeps its size. A class without examples gets 0.
//
// G. King, L. Zeng, "Logistic Regression in Rare Events Data", Political Analysis 9, 2001.
func BalancedWeights(counts []int) []float64 {
	n, k := 0, 0
	for _, c := range counts {
		n += c
		if c > 0 {
			k++
		}
	}
	weights := make([]float64, len(counts))
	for i, c := range counts {
		if c > 0 {
			weights[i] = float64(n) / (float64(k) * float64(c))
		}
	}
	return weights
}

// answers is what training makes of the answers besides y. The zero value leaves them as
// they are.
type answers struct {
	weights   []float64 // by class
	smoothing float64   // s
	even      float64   // what y is drawn to, s times: an answer that prefers no class
}

// answers checks the settings of fit that concern them.
func (n *Network) answers(fit *Fit) (answers, error) {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("feedforward: "+format, args...)) }
	a := answers{weights: fit.ClassWeights, smoothing: fit.LabelSmoothing}
	if a.weights != nil && len(a.weights) != n.Classes() {
		bad("Fit.ClassWeights has %d numbers, the network tells %d classes", len(a.weights), n.Classes())
	}
	some := len(a.weights) == 0
	for c, w := range a.weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			bad("Fit.ClassWeights: class %d weighs %v, want a finite number of at least 0", c, w)
		}
		some = some || w != 0
	}
	if !some {
		bad("Fit.ClassWeights: no class weighs more than 0")
	}
	if !(a.smoothing >= 0 && a.smoothing < 1) {
		bad("Fit.LabelSmoothing is %v, want at least 0 and below 1", a.smoothing)
	} else if a.smoothing > 0 {
		switch name := n.cfg.Loss.Name(); name {
		case losses.CrossEntropy{}.Name():
			a.even = 1 / float64(n.Outputs())
		case losses.BinaryCrossEntropy{}.Name():
			a.even = 0.5
		default:
			bad("Fit.LabelSmoothing needs a loss whose answers are probabilities, %s or %s, not %s",
				losses.CrossEntropy{}.Name(), losses.BinaryCrossEntropy{}.Name(), name)
		}
	}
	return a, errors.Join(errs...)
}

// check refuses a batch whose classes would be weighed but are not known.
func (a *answers) check(b *data.Batch) error {
	if a.weights != nil && b.Classes == nil && b.Rows() > 0 {
		return errors.New("feedforward: Fit.ClassWeights is for examples of one class each (Batch.Classes)")
	}
	return nil
}

// smooth is y ← (1−s)·y + s·even for the answers of one example.
func smooth[T float32 | float64](y []T, a *answers) {
	keep, add := T(1-a.smoothing), T(a.smoothing*a.even)
	for j := range y {
		y[j] = keep*y[j] + add
	}
}
