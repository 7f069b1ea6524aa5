// Package parallel runs short pieces of work on all cores: a training step has some
// of a few microseconds each, for which starting goroutines would take too long.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Pool is a number of goroutines that wait for work. A nil Pool runs everything in the
// caller's goroutine.
//
// Run cuts work into parts as it likes. So that results do not depend on the number
// of workers, no part may read what another one writes, and no sum may cross parts.
type Pool struct {
	members []member // by worker; the first is the caller
	used    int      // how many of them Run uses
	turn    uint64   // counts jobs
	closed  atomic.Bool
	fault   atomic.Pointer[any]
	done    sync.WaitGroup
}

// member is a worker. Two cores take as long to hand over a cache line as for a hundred
// multiplications or more, so there are as few of them as can be: one in which Run tells the
// worker everything, one with what it answers, and one that is the worker's own as a rule.
type member struct {
	_ [64]byte

	turn     atomic.Uint64 // of the job that it is to take part in; written last
	work     func(worker, lo, hi int)
	n, parts int

	_ [64]byte

	left   atomic.Uint64 // the last turn that it is through with
	asleep atomic.Uint64 // the turn after the last one seen; 0: it is awake
	wake   chan struct{}

	_ [64]byte

	begun atomic.Uint64 // the last turn whose part of this worker somebody began
}

// New starts a pool of the given size, the caller included; 0 is one for each core.
// Close it.
func New(workers int) *Pool {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := &Pool{members: make([]member, workers), used: workers}
	for w := 1; w < workers; w++ {
		p.members[w].wake = make(chan struct{}, 1)
		p.done.Add(1)
		go p.serve(w)
	}
	return p
}

// Workers is the number of goroutines of the pool, the caller's included.
func (p *Pool) Workers() int {
	if p == nil {
		return 1
	}
	return len(p.members)
}

// Use makes Run use no more than so many of them from now on. The others fall asleep.
func (p *Pool) Use(workers int) {
	p.used = min(max(workers, 1), len(p.members))
}

// Used is the number of goroutines that Run uses.
func (p *Pool) Used() int {
	if p == nil {
		return 1
	}
	return p.used
}

// Run calls work for parts lo to hi that together are 0 to n, one for each worker, and
// returns when all are done. There are fewer parts where they would have less than size
// elements. A worker has the same part each time, so that what it computed last is still in
// its cache, unless it does not come: then the caller does that one too. worker tells apart
// the parts that run at the same time; it is below Workers.
// A panic in work is one in Run. Run is for one goroutine at a time, and work must not
// call it.
func (p *Pool) Run(n, size int, work func(worker, lo, hi int)) {
	if n <= 0 {
		return
	}
	parts := min(p.Used(), n/max(size, 1))
	if parts <= 1 || p.closed.Load() {
		work(0, 0, n)
		return
	}
	p.turn++
	turn := p.turn
	sleepers := 0
	for w := parts - 1; w > 0; w-- {
		if !p.members[w].tell(turn, work, n, parts) {
			sleepers++
		}
	}
	p.part(0, turn, 0, work, n, parts)
	for w := 1; sleepers > 0 && w < parts; w++ {
		if m := &p.members[w]; m.turn.Load() != turn {
			p.part(w, turn, 0, work, n, parts)
			sleepers--
		}
	}
	for w := 1; w < parts; w++ {
		m := &p.members[w]
		for spins := 1; m.turn.Load() == turn && m.left.Load() != turn; spins++ {
			if spins == spinsBeforeHelp {
				p.part(w, turn, 0, work, n, parts)
			}
			if spins%spinsBeforeYield == 0 {
				runtime.Gosched()
			}
		}
	}
	if f := p.fault.Swap(nil); f != nil {
		panic(*f)
	}
}

const (
	// Looking on costs nothing while the core has nothing else to do; another goroutine
	// gets its turn now and then.
	spinsBeforeYield = 1 << 10
	// A worker has begun by now if it has a core: asking earlier would only take the line
	// from it in which it is about to say so.
	spinsBeforeHelp = 1 << 12
)

// spinsBeforeSleep are about half a millisecond. Being woken takes longer than most pieces of
// work: a worker that falls asleep between two of them is left out of the next one.
var spinsBeforeSleep = 1 << 19 // tests change it

// tell gives a worker its part of a job, and says whether it will do it: one that is asleep
// is woken for the next job.
func (m *member) tell(turn uint64, work func(worker, lo, hi int), n, parts int) bool {
	before := m.turn.Load()
	m.work, m.n, m.parts = work, n, parts
	m.turn.Store(turn)
	// Not if it has seen this turn, done its part and fallen asleep again: before is the last
	// one that it saw.
	if m.asleep.Load() == before+1 && m.asleep.CompareAndSwap(before+1, 0) {
		m.turn.Store(before) // it looks there again once it is awake
		m.wake <- struct{}{}
		return false
	}
	return true
}

// part does the part of worker of for it, unless somebody has begun it.
func (p *Pool) part(of int, turn uint64, worker int, work func(worker, lo, hi int), n, parts int) {
	begun := &p.members[of].begun
	if was := begun.Load(); was == turn || !begun.CompareAndSwap(was, turn) {
		return
	}
	defer func() {
		if r := recover(); r != nil {
			fault := r // r itself would be allocated each time
			p.fault.CompareAndSwap(nil, &fault)
		}
	}()
	work(worker, of*n/parts, (of+1)*n/parts)
}

func (p *Pool) serve(worker int) {
	defer p.done.Done()
	m := &p.members[worker]
	for seen := uint64(0); ; {
		seen = m.await(seen)
		if p.closed.Load() {
			return
		}
		p.part(worker, seen, worker, m.work, m.n, m.parts)
		m.left.Store(seen)
	}
}

// await returns the turn that follows the one seen.
func (m *member) await(seen uint64) uint64 {
	for {
		for spins := range spinsBeforeSleep {
			if turn := m.turn.Load(); turn != seen {
				return turn
			}
			if spins%spinsBeforeYield == spinsBeforeYield-1 {
				runtime.Gosched()
			}
		}
		m.asleep.Store(seen + 1)
		// A turn that came meanwhile counts, unless tell has seen that m is asleep.
		if m.turn.Load() == seen || !m.asleep.CompareAndSwap(seen+1, 0) {
			<-m.wake
		}
	}
}

// Close ends the workers; Run goes on without them.
func (p *Pool) Close() {
	if p == nil || p.closed.Swap(true) {
		return
	}
	p.turn++
	for w := range p.members[1:] {
		// One that was woken may be asleep again before it can be told: then it is woken once
		// more.
		for m := &p.members[w+1]; !m.tell(p.turn, nil, 0, 0); {
		}
	}
	p.done.Wait()
}
