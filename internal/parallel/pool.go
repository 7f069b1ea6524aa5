// Package parallel runs short pieces of work on all cores: a training step has some
// of a few microseconds each, for which starting goroutines would take too long.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Pool is a number of goroutines that wait for work. The zero value and a nil Pool
// run everything in the caller's goroutine.
//
// Run cuts work into parts as it likes. So that results do not depend on the number
// of workers, no part may read what another one writes, and no sum may cross parts.
type Pool struct {
	workers int // besides the caller
	job     job
	turn    atomic.Uint64 // counts jobs; a change tells the workers that there is one
	closed  atomic.Bool
	done    sync.WaitGroup

	mu     sync.Mutex
	wake   *sync.Cond // turn has changed
	asleep int
}

// job is what all take parts of.
type job struct {
	work    func(worker, lo, hi int)
	n       int
	parts   int
	taken   []atomic.Bool // by part
	pending atomic.Int64  // workers that have not left the job yet
	fault   atomic.Pointer[any]
}

// New starts a pool of the given size, the caller included; 0 is one for each core.
// Close it.
func New(workers int) *Pool {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := &Pool{workers: workers - 1}
	p.job.taken = make([]atomic.Bool, workers)
	p.wake = sync.NewCond(&p.mu)
	for w := 1; w < workers; w++ {
		p.done.Add(1)
		go p.serve(w)
	}
	return p
}

// Workers is the number of goroutines that Run uses, the caller's included.
func (p *Pool) Workers() int {
	if p == nil {
		return 1
	}
	return p.workers + 1
}

// Run calls work for parts lo to hi that together are 0 to n, one for each worker, and
// returns when all are done. There are fewer parts where they would have less than size
// elements. worker tells apart the parts that run at the same time; it is below Workers.
// A panic in work is one in Run. Run is for one goroutine at a time, and work must not
// call it.
func (p *Pool) Run(n, size int, work func(worker, lo, hi int)) {
	if n <= 0 {
		return
	}
	parts := min(p.Workers(), n/max(size, 1))
	if parts <= 1 || p.closed.Load() {
		work(0, 0, n)
		return
	}
	j := &p.job
	j.work, j.n, j.parts = work, n, parts
	for k := range j.parts {
		j.taken[k].Store(false)
	}
	j.pending.Store(int64(p.workers))
	p.begin()
	p.take(0)
	for spins := 1; j.pending.Load() > 0; spins++ {
		if spins%spinsBeforeYield == 0 {
			runtime.Gosched()
		}
	}
	if f := j.fault.Swap(nil); f != nil {
		panic(*f)
	}
}

const (
	// Looking on costs nothing while the core has nothing else to do; another goroutine
	// gets its turn now and then.
	spinsBeforeYield = 1 << 10
	// About half a millisecond. Being woken takes longer than most pieces of work: a worker
	// that falls asleep between two of them finds its part done by another one.
	spinsBeforeSleep = 1 << 19
)

// take does the worker's own part of the job, and then any that nobody has begun. Its own
// is the same one each time, so that what it computed last is still in its cache.
func (p *Pool) take(worker int) {
	j := &p.job
	defer func() {
		if r := recover(); r != nil {
			fault := r // r itself would be allocated each time
			j.fault.CompareAndSwap(nil, &fault)
		}
	}()
	for i := range j.parts {
		k := (worker + i) % j.parts
		if !j.taken[k].CompareAndSwap(false, true) {
			continue
		}
		j.work(worker, k*j.n/j.parts, (k+1)*j.n/j.parts)
	}
}

// begin tells the workers that there is something to do.
func (p *Pool) begin() {
	p.turn.Add(1)
	p.mu.Lock()
	if p.asleep > 0 {
		p.wake.Broadcast()
	}
	p.mu.Unlock()
}

// await returns when turn is no longer seen.
func (p *Pool) await(seen uint64) {
	for spins := range spinsBeforeSleep {
		if p.turn.Load() != seen {
			return
		}
		if spins%spinsBeforeYield == spinsBeforeYield-1 {
			runtime.Gosched()
		}
	}
	p.mu.Lock()
	p.asleep++
	for p.turn.Load() == seen {
		p.wake.Wait()
	}
	p.asleep--
	p.mu.Unlock()
}

func (p *Pool) serve(worker int) {
	defer p.done.Done()
	// Run waits for every worker, so none ever misses a turn.
	for seen := uint64(0); ; seen++ {
		p.await(seen)
		if p.closed.Load() {
			return
		}
		p.take(worker)
		p.job.pending.Add(-1)
	}
}

// Close ends the workers; Run goes on without them.
func (p *Pool) Close() {
	if p == nil || p.workers == 0 || p.closed.Swap(true) {
		return
	}
	p.begin()
	p.done.Wait()
}
