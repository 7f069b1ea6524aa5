package parallel

import (
	"slices"
	"time"
)

// Choice finds out how many workers do a job fastest that is done again and again, by doing it
// with fewer or more of them now and then. Where cores are far from each other, or shared with
// other programs, two may be slower than one, and that may change by the minute.
//
// The zero value knows one worker.
type Choice struct {
	counts []int // to choose from, ascending; each is about twice the one before
	best   int   // place of the number in use
	other  int   // place of the one on trial; best: none is
	up     bool  // the next trial is of more workers

	round  int // jobs done with the number of now
	wait   int // jobs until the next trial
	times  [trialJobs - trialSkip]time.Duration
	before time.Duration // what a job took with best, before the trial
}

const (
	// A trial is so many jobs. In the first ones sleepers wake up, and what the others worked on
	// goes from their caches to new ones.
	trialJobs = 12
	trialSkip = 3
	// The first trial comes soon, so that a training of a few hundred steps gains from it. Later
	// ones come less and less often as long as they change nothing, and cost one job in a hundred
	// or two at the most.
	firstWait = 2 * trialJobs
	lastWait  = 1 << 11
	// Fewer workers leave cores to others, so they win where it hardly matters.
	gain = 1.03
)

// NewChoice begins with all of so many workers.
func NewChoice(workers int) *Choice {
	c := &Choice{wait: firstWait}
	for n := max(workers, 1); n > 1; n = (n + 1) / 2 {
		c.counts = append(c.counts, n)
	}
	c.counts = append(c.counts, 1)
	slices.Reverse(c.counts)
	c.best = len(c.counts) - 1
	c.other = c.best
	return c
}

// Workers is how many should do the next job.
func (c *Choice) Workers() int {
	if len(c.counts) == 0 {
		return 1
	}
	return c.counts[c.other]
}

// Took tells how long the last job took. Jobs must be alike: leave out those that are not.
func (c *Choice) Took(d time.Duration) {
	if len(c.counts) < 2 {
		return
	}
	trial := c.other != c.best
	// Of a longer time without a trial, the end counts.
	if k := c.round - trialSkip; trial && k >= 0 {
		c.times[k] = d
	} else if k := c.round - (c.wait - len(c.times)); !trial && k >= 0 {
		c.times[k] = d
	}
	c.round++
	switch {
	case !trial && c.round == c.wait:
		c.before = median(c.times[:])
		c.other = c.next()
		c.round = 0
	case trial && c.round == trialJobs:
		c.decide(median(c.times[:]))
		c.other, c.round = c.best, 0
	}
}

// next is the place of the number to try: in turn the one above and the one below.
func (c *Choice) next() int {
	c.up = !c.up
	switch {
	case c.best == 0:
		return 1
	case c.best == len(c.counts)-1 || !c.up:
		return c.best - 1
	}
	return c.best + 1
}

// decide ends a trial in which a job took d.
func (c *Choice) decide(d time.Duration) {
	now, other := float64(c.before), float64(d)
	if c.other > c.best {
		now /= gain
	} else {
		now *= gain
	}
	if other < now {
		c.best, c.wait = c.other, firstWait
		return
	}
	c.wait = min(2*c.wait, lastWait)
}

func median(d []time.Duration) time.Duration {
	var sorted [trialJobs - trialSkip]time.Duration
	n := copy(sorted[:], d)
	slices.Sort(sorted[:n])
	return sorted[n/2]
}
