package parallel

import (
	"testing"
	"time"
)

// play lets a choice among so many workers do jobs that take what cost says, and returns how
// many of them each number of workers did.
func play(c *Choice, jobs int, cost func(workers, job int) time.Duration) map[int]int {
	did := map[int]int{}
	for job := range jobs {
		n := c.Workers()
		did[n]++
		c.Took(cost(n, job))
	}
	return did
}

func TestChoiceFindsTheFastest(t *testing.T) {
	const jobs = 20_000
	for _, x := range []struct {
		workers, want int
		cost          map[int]time.Duration
	}{
		{1, 1, map[int]time.Duration{1: 100}},
		{2, 2, map[int]time.Duration{1: 100, 2: 60}},
		{2, 1, map[int]time.Duration{1: 100, 2: 180}},
		{2, 1, map[int]time.Duration{1: 100, 2: 99}}, // not worth a core
		{8, 8, map[int]time.Duration{1: 100, 2: 60, 4: 40, 8: 30}},
		{8, 1, map[int]time.Duration{1: 100, 2: 110, 4: 120, 8: 130}},
		{8, 4, map[int]time.Duration{1: 100, 2: 60, 4: 40, 8: 70}},
		{6, 3, map[int]time.Duration{1: 100, 2: 60, 3: 50, 6: 70}},
	} {
		did := play(NewChoice(x.workers), jobs, func(n, job int) time.Duration {
			c, ok := x.cost[n]
			if !ok {
				t.Fatalf("of %d workers %d are asked for", x.workers, n)
			}
			if job%7 == 0 { // now and then something gets in the way
				return 50 * c
			}
			return c
		})
		if share := float64(did[x.want]) / jobs; share < 0.97 {
			t.Errorf("%d workers with costs %v: %d did %.3f of the jobs, want 0.97", x.workers, x.cost, x.want, share)
		}
	}
}

// TestChoiceIsQuick holds that a short training gains too.
func TestChoiceIsQuick(t *testing.T) {
	did := play(NewChoice(2), 585, func(n, _ int) time.Duration { return time.Duration(n) })
	if did[1] < 500 {
		t.Errorf("one worker, the faster, did %d of 585 jobs", did[1])
	}
}

// TestChoiceFollows changes what is fastest.
func TestChoiceFollows(t *testing.T) {
	c := NewChoice(2)
	play(c, 50_000, func(n, _ int) time.Duration { return time.Duration(n) })
	did := play(c, 20_000, func(n, _ int) time.Duration { return time.Duration(3 - n) })
	if did[2] < 15_000 {
		t.Errorf("two workers, the faster by now, did %d of 20,000 jobs", did[2])
	}
}

// TestNoChoice holds that the zero value and one worker choose nothing.
func TestNoChoice(t *testing.T) {
	for _, c := range []*Choice{{}, NewChoice(0), NewChoice(1)} {
		if did := play(c, 100, func(int, int) time.Duration { return 1 }); did[1] != 100 {
			t.Errorf("%v", did)
		}
	}
}
