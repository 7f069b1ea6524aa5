package tune_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/nestnet/nestnet/internal/tune"
)

// Search for the learning rate of a made-up training whose best one is 0.01.
func ExampleSearch() {
	axis, err := tune.ParseAxis("learning-rate", tune.Rate, "1e-4:1")
	if err != nil {
		log.Fatal(err)
	}
	rates := make([]string, 12)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range rates {
		rates[i] = axis.Draw(rng)
	}
	s := tune.Search{
		Halving: tune.Halving{Trials: len(rates), Epochs: 9},
		Train: func(ctx context.Context, trial int, epoch func(int, float64)) error {
			rate, _ := strconv.ParseFloat(rates[trial], 64)
			for e := 1; e <= 9 && ctx.Err() == nil; e++ {
				epoch(e, math.Abs(math.Log10(rate/0.01))+1/float64(e))
			}
			return ctx.Err()
		},
		OnRung: func(number int, r tune.Rung, ranking []tune.Standing) {
			best := ranking[0]
			fmt.Printf("%d trials, %d epochs: the best has rate %s and loss %.2f\n", r.Trials, r.Epochs, rates[best.Trial], best.Loss)
		},
	}
	if err := s.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 12 trials, 1 epochs: the best has rate 0.0108 and loss 1.03
	// 4 trials, 3 epochs: the best has rate 0.0108 and loss 0.37
	// 2 trials, 9 epochs: the best has rate 0.0108 and loss 0.14
}
