package feedforward

import (
	"sync"
	"testing"

	"github.com/nestnet/nestnet/solvers"
)

// Networks that are trained at the same time, by several workers each and from the same
// examples, end as each of them does alone. The race detector looks on in make check.
func TestTrainSideBySide(t *testing.T) {
	set := randomSet(500, 60, 3, 1)
	train := func(seed uint64) *Network {
		n, err := New(Config{Inputs: 60, Seed: seed}, Layer{Units: 8, Activation: "relu", Dropout: 0.1}, Dense(3, "softmax"))
		if err != nil {
			t.Error(err)
			return nil
		}
		if _, err := n.Fit(t.Context(), set, Fit{Epochs: 2, Batch: 128, Solver: &solvers.Adam{}, Valid: set, Workers: 3}); err != nil {
			t.Error(err)
		}
		return n
	}
	const networks = 4
	var together [networks]*Network
	var wg sync.WaitGroup
	for i := range together {
		wg.Go(func() { together[i] = train(uint64(i)) })
	}
	wg.Wait()
	for i, n := range together {
		if alone := train(uint64(i)); !t.Failed() && !sameWeights(n, alone) {
			t.Errorf("network %d learned something else beside others", i)
		}
	}
}
