package feedforward

import "github.com/nestnet/nestnet/data"

// Predict returns f(x), the outputs of the last layer, for each row of b: with a
// softmax the probability of each class. Any number of rows will do.
func (n *Network) Predict(b *data.Batch) ([][]float64, error) {
	if err := n.checkBatch(b, false); err != nil {
		return nil, err
	}
	k := n.Outputs()
	rows := make([][]float64, 0, b.Rows())
	err := n.each(b, func(_ *data.Batch, lo, hi int, out []float64, _ float64) {
		for i := range hi - lo {
			rows = append(rows, append([]float64(nil), out[i*k:(i+1)*k]...))
		}
	})
	return rows, err
}

// Answer is the class that a network takes an example for.
type Answer struct {
	Class         int
	Probability   float64   // of Class
	Probabilities []float64 // of each class
}

// Classify returns the class of each row of b. The probabilities are those of the
// outputs with softmax and sigmoid; with other losses they are derived from them.
func (n *Network) Classify(b *data.Batch) ([]Answer, error) {
	out, err := n.Predict(b)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(out))
	for i, o := range out {
		a := &answers[i]
		a.Probabilities = make([]float64, n.Classes())
		n.probabilities(a.Probabilities, o)
		a.Class = n.decide(o)
		a.Probability = a.Probabilities[a.Class]
	}
	return answers, nil
}
