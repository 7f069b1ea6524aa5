package tune

import (
	"cmp"
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"
)

var (
	// ErrCut is the cause (context.Cause) by which the context of a trial ends that does
	// not go on to the next rung.
	ErrCut = errors.New("tune: not among the trials that go on")

	// ErrLost is what Search.Train returns for a trial that came to nothing.
	ErrLost = errors.New("tune: lost")
)

// Search runs the trials of a Halving.
type Search struct {
	Halving

	// Workers is how many trials are trained at the same time, 0 as many as there are
	// cores. The result is the same for any number.
	Workers int

	// Train trains a trial, numbered from 0, until it is finished or ctx ends, and calls
	// epoch after each epoch, with its number from 1 and the loss by which trials are
	// compared; the least one counts. epoch waits where a rung ends. When Train returns
	// ErrLost the trial is worse than any other; any other error, unless ctx has
	// ended, ends the search. Train runs in several goroutines.
	Train func(ctx context.Context, trial int, epoch func(number int, loss float64)) error

	// OnRung, if given, is called at the end of each rung, with its number from 1 and
	// its trials, the best first.
	OnRung func(number int, rung Rung, ranking []Standing)
}

// Standing is how a trial does.
type Standing struct {
	Trial int
	Loss  float64 // the least so far; +Inf if lost, or without an epoch
}

// contestant is a trial in a search.
type contestant struct {
	Standing
	cancel context.CancelCauseFunc
	goOn   chan struct{}
	rung   int
	ended  bool
}

// arrival is a trial that has come to the end of a rung, or its own.
type arrival struct {
	trial int
	ended bool
	err   error
}

// Run searches until all rungs are done or ctx ends. Trials are ranked by loss, equal
// ones by number. The error is that of a trial, or ctx's.
func (s *Search) Run(ctx context.Context) error {
	workers := s.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	rungs := s.Rungs()
	all, stop := context.WithCancel(ctx)
	defer stop()
	slots := make(chan struct{}, workers)
	// Room for all arrivals there can be: no trial waits for the loop below.
	arrivals := make(chan arrival, s.Trials*(len(rungs)+1))
	trials := make([]*contestant, s.Trials)
	contexts := make([]context.Context, s.Trials)
	for i := range trials {
		own, cancel := context.WithCancelCause(all)
		contexts[i] = own
		trials[i] = &contestant{Standing: Standing{Trial: i, Loss: math.Inf(1)}, cancel: cancel, goOn: make(chan struct{}, 1)}
	}
	var running sync.WaitGroup
	running.Go(func() { // in their order
		for i, c := range trials {
			if !take(all, slots) {
				arrivals <- arrival{trial: i, ended: true}
				continue
			}
			running.Go(func() {
				err := s.run(contexts[i], c, rungs, slots, arrivals)
				if contexts[i].Err() != nil && !errors.Is(err, ErrLost) {
					err = nil
				}
				arrivals <- arrival{i, true, err}
			})
		}
	})
	var failed error
	in := slices.Clone(trials)
	for k, rung := range rungs {
		waiting := 0
		for _, c := range in {
			if !c.ended {
				waiting++
			}
		}
		for waiting > 0 {
			a := <-arrivals
			c := trials[a.trial]
			if a.ended {
				c.ended = true
				if errors.Is(a.err, ErrLost) {
					c.Loss = math.Inf(1)
				} else if a.err != nil && all.Err() == nil {
					failed = a.err
					stop()
				}
			}
			if c.rung == k && slices.Contains(in, c) {
				waiting--
			}
		}
		if all.Err() != nil {
			break
		}
		slices.SortFunc(in, func(a, b *contestant) int { return cmp.Or(cmp.Compare(a.Loss, b.Loss), cmp.Compare(a.Trial, b.Trial)) })
		if s.OnRung != nil {
			var ranking []Standing
			for _, c := range in {
				ranking = append(ranking, c.Standing)
			}
			s.OnRung(k+1, rung, ranking)
		}
		if k+1 == len(rungs) {
			break
		}
		keep := rungs[k+1].Trials
		for _, c := range in[keep:] {
			c.cancel(ErrCut)
		}
		in = in[:keep]
		for _, c := range in {
			c.rung = k + 1
			if !c.ended {
				c.goOn <- struct{}{}
			}
		}
	}
	running.Wait()
	return cmp.Or(failed, ctx.Err())
}

// take takes one of the slots, unless ctx ends before.
func take(ctx context.Context, slots chan struct{}) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// run trains one trial, in its own goroutine, which holds one of the slots, except when
// it waits at the end of a rung.
func (s *Search) run(ctx context.Context, c *contestant, rungs []Rung, slots chan struct{}, arrivals chan<- arrival) error {
	holds := true
	defer func() {
		if holds {
			<-slots
		}
	}()
	rung := 0
	return s.Train(ctx, c.Trial, func(number int, loss float64) {
		c.Loss = min(c.Loss, loss)
		if rung == len(rungs)-1 || number < rungs[rung].Epochs || !holds {
			return
		}
		<-slots
		holds = false
		arrivals <- arrival{trial: c.Trial}
		select {
		case <-c.goOn:
			rung++
			holds = take(ctx, slots)
		case <-ctx.Done():
		}
	})
}
