package feedforward_test

import (
	"context"
	"fmt"
	"log"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/solvers"
)

// One class is rare: let it count as much as the other, and let the learning rate rise
// and fall.
func ExampleBalancedWeights() {
	set := &data.Set{All: data.Batch{Columns: 3, Offsets: []int{0}}}
	counts := make([]int, 2)
	for i := range 40 {
		class := int32(0)
		if i%8 == 0 {
			class = 1
		}
		set.All.Indices = append(set.All.Indices, class, 2) // a word of the class, and one of both
		set.All.Offsets = append(set.All.Offsets, len(set.All.Indices))
		set.All.Classes = append(set.All.Classes, class)
		counts[class]++
	}
	weights := feedforward.BalancedWeights(counts)
	fmt.Printf("%d examples, weights %.3f\n", counts, weights)

	net, err := feedforward.New(feedforward.Config{Inputs: 3, Seed: 1}, feedforward.Dense(2, "softmax"))
	if err != nil {
		log.Fatal(err)
	}
	history, err := net.Fit(context.Background(), set, feedforward.Fit{
		Epochs: 20, Batch: 8, Solver: &solvers.Adam{LearningRate: 0.1}, ClassWeights: weights, LabelSmoothing: 0.05,
		Schedule: solvers.Schedule{Name: solvers.Cosine, Warmup: 0.1},
	})
	if err != nil {
		log.Fatal(err)
	}
	result, err := net.Evaluate(set)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("after %d steps the rare class has recall %.2f\n", history.Steps, result.PerClass[1].Recall)
	// Output:
	// [35 5] examples, weights [0.571 4.000]
	// after 100 steps the rare class has recall 1.00
}
