package metrics

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// Bootstrap says how far a measure might be off because the test examples are only a
// sample of those there could be. It draws n of the n examples, with replacement, again
// and again, and computes the measure on each of these B resamples. The percentile
// interval of level 1−2α runs from the kth smallest to the kth largest of the B values,
//
//	k = ⌊(B+1)·α⌋
//
// (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, sections 12.5 and 13.3;
// they advise B ≥ 1000.) All measures are computed on the same resamples. The interval
// speaks of the test examples, not of the chance in training: the model is what it is.
type Bootstrap struct {
	Resamples int     // B
	Level     float64 // 1−2α; 0 means 0.95
	Seed      uint64  // fixes the resamples, whatever the number of workers
	Workers   int     // goroutines; 0 means one for each processor

	// Progress, if given, is told how many resamples are done, by one goroutine at a time.
	Progress func(done int)
}

// Examples is what Bootstrap draws from. All slices have an entry for each example.
type Examples struct {
	Classes           int
	Actual, Predicted []int32
	LogLoss, Brier    []float64
	Ranking           *Ranking // nil: no areas
}

// Interval is where a measure lies with the level's probability; NaN where it is not
// defined in any resample. Resamples in which it is not defined do not count.
type Interval struct{ Low, High float64 }

// Intervals holds the interval of each measure.
type Intervals struct {
	Accuracy, MacroF1, LogLoss, Brier, ROCAUC, AveragePrecision Interval
}

const measures = 6

// Intervals computes the intervals, and ends early with the error of ctx.
func (b Bootstrap) Intervals(ctx context.Context, e Examples) (Intervals, error) {
	n := len(e.Actual)
	values := make([][measures]float64, b.Resamples)
	workers := b.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	// In the order of the ranking, if there is one, to go through it once a resample.
	drawn := &drawing{Examples: e}
	if e.Ranking != nil {
		drawn.Examples = e.ranked()
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		next int
		done int
	)
	for range min(workers, b.Resamples) {
		wg.Go(func() {
			d := *drawn
			d.times = make([]uint32, n)
			d.actual, d.predicted, d.right = make([]int, e.Classes), make([]int, e.Classes), make([]int, e.Classes)
			for ctx.Err() == nil {
				mu.Lock()
				k := next
				next++
				mu.Unlock()
				if k >= b.Resamples {
					return
				}
				// A stream of random numbers for each resample, whoever draws it.
				values[k] = d.resample(rand.New(rand.NewPCG(b.Seed, uint64(k))))
				mu.Lock()
				if done++; b.Progress != nil {
					b.Progress(done)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return Intervals{}, err
	}
	var intervals [measures]Interval
	for m := range intervals {
		column := make([]float64, 0, len(values))
		for _, v := range values {
			if !math.IsNaN(v[m]) {
				column = append(column, v[m])
			}
		}
		intervals[m] = percentile(column, b.Level)
	}
	return Intervals{
		Accuracy: intervals[0], MacroF1: intervals[1], LogLoss: intervals[2], Brier: intervals[3],
		ROCAUC: intervals[4], AveragePrecision: intervals[5],
	}, nil
}

// percentile returns the interval of the values, which it sorts.
func percentile(values []float64, level float64) Interval {
	if level == 0 {
		level = 0.95
	}
	if len(values) == 0 {
		return Interval{math.NaN(), math.NaN()}
	}
	slices.Sort(values)
	// The bit on top is for a product that rounding leaves just below a whole number.
	k := int(float64(len(values)+1)*(1-level)/2 + 1e-9)
	k = max(k, 1)
	return Interval{values[k-1], values[len(values)-k]}
}

// ranked returns the examples in the order of their ranking.
func (e Examples) ranked() Examples {
	r := Examples{Classes: e.Classes, Ranking: e.Ranking}
	for _, i := range e.Ranking.order {
		r.Actual = append(r.Actual, e.Actual[i])
		r.Predicted = append(r.Predicted, e.Predicted[i])
		r.LogLoss = append(r.LogLoss, e.LogLoss[i])
		r.Brier = append(r.Brier, e.Brier[i])
	}
	return r
}

// drawing is what one worker needs.
type drawing struct {
	Examples
	times                    []uint32 // how often each example was drawn
	actual, predicted, right []int    // by class
}

// resample draws once and measures.
func (d *drawing) resample(rng *rand.Rand) (v [measures]float64) {
	n := len(d.times)
	clear(d.times)
	clear(d.actual)
	clear(d.predicted)
	clear(d.right)
	for range n {
		d.times[rng.Uint32N(uint32(n))]++
	}
	right, logLoss, brier := 0, 0.0, 0.0
	for i, t := range d.times {
		a, p := d.Actual[i], d.Predicted[i]
		d.actual[a] += int(t)
		d.predicted[p] += int(t)
		if a == p {
			d.right[a] += int(t)
			right += int(t)
		}
		logLoss += float64(t) * d.LogLoss[i]
		brier += float64(t) * d.Brier[i]
	}
	v = [measures]float64{ratio(right, n), macroF1(d.right, d.actual, d.predicted), logLoss / float64(n), brier / float64(n), math.NaN(), math.NaN()}
	if d.Ranking == nil {
		return v
	}
	var sum areas
	for g, group := range d.Ranking.groups {
		end := n
		if g+1 < len(d.Ranking.groups) {
			end = d.Ranking.groups[g+1].first
		}
		var count [2]int64
		for i := group.first; i < end; i++ {
			positive := 0
			if d.Ranking.positive[i] {
				positive = 1
			}
			count[positive] += int64(d.times[i])
		}
		sum.add(count[1], count[0])
	}
	v[4], v[5] = sum.roc(), sum.averagePrecision()
	return v
}
