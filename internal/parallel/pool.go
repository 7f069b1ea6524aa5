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
// Run and Share cut work into parts as they like. So that results do not depend on the number
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

	turn atomic.Uint64 // of the job that it is to take part in; written last
	job  job

	_ [64]byte

	left   atomic.Uint64 // the last turn that it is through with
	asleep atomic.Uint64 // the turn after the last one seen; 0: it is awake
	wake   chan struct{}

	_ [64]byte

	pieces pieces // of its part
}

// job is what one call of Run or Share is about.
type job struct {
	work     func(worker, lo, hi int)
	n, parts int
	piece    int // elements of a piece; 0: a part is one
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
		go p.work(w)
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
	p.do(n, size, job{work: work})
}

// Share is Run in pieces of size elements, one after the other from the start of each part, and
// who is through with its own takes from the end of what others have still to do: cores need not
// be equally fast, nor undisturbed. It is for work on what is about as far from all workers.
func (p *Pool) Share(n, size int, work func(worker, lo, hi int)) {
	p.do(n, size, job{work: work, piece: max(size, n/(maxPieces/2), 1)})
}

func (p *Pool) do(n, size int, j job) {
	if n <= 0 {
		return
	}
	j.n, j.parts = n, min(p.Used(), n/max(size, 1))
	if j.parts <= 1 || p.closed.Load() {
		j.work(0, 0, n)
		return
	}
	p.turn++
	turn := p.turn
	sleepers := 0
	for w := j.parts - 1; w > 0; w-- {
		if !p.members[w].tell(turn, j) {
			sleepers++
		}
	}
	p.serve(0, turn, &j)
	for w := 1; sleepers > 0 && w < j.parts; w++ {
		if m := &p.members[w]; m.turn.Load() != turn {
			p.part(w, 0, turn, &j)
			sleepers--
		}
	}
	for w := 1; w < j.parts; w++ {
		m := &p.members[w]
		for spins := 1; m.turn.Load() == turn && m.left.Load() != turn; spins++ {
			if spins == spinsBeforeHelp {
				p.part(w, 0, turn, &j)
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
func (m *member) tell(turn uint64, j job) bool {
	before := m.turn.Load()
	m.job = j
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

// serve does the part of a worker, and if there are pieces what is left of the others'.
func (p *Pool) serve(worker int, turn uint64, j *job) {
	p.part(worker, worker, turn, j)
	for k := 1; j.piece > 0 && k < j.parts; k++ {
		p.part((worker+k)%j.parts, worker, turn, j)
	}
}

// part has a worker do what nobody has begun of the part of worker of.
func (p *Pool) part(of, worker int, turn uint64, j *job) {
	defer func() {
		if r := recover(); r != nil {
			fault := r // r itself would be allocated each time
			p.fault.CompareAndSwap(nil, &fault)
		}
	}()
	lo, hi := of*j.n/j.parts, (of+1)*j.n/j.parts
	piece := j.piece
	if piece == 0 {
		piece = hi - lo
	}
	for {
		k, ok := p.members[of].pieces.take(turn, (hi-lo+piece-1)/piece, of != worker)
		if !ok {
			return
		}
		j.work(worker, lo+k*piece, min(lo+(k+1)*piece, hi))
	}
}

// pieces are those of a part that nobody has begun, in one word so that both ends change at once:
// the turn, the first one and the one after the last.
type pieces struct{ left atomic.Uint64 }

const (
	pieceBits = 12
	maxPieces = 1<<pieceBits - 1
	turnBits  = 64 - 2*pieceBits // so many turns take months
)

// take takes the first piece that is left, or the last one. n is how many there are before the
// first is taken; a worker need not have come for others to do its part.
func (p *pieces) take(turn uint64, n int, last bool) (piece int, ok bool) {
	turn &= 1<<turnBits - 1
	for {
		was := p.left.Load()
		next, end := 0, n
		if was>>(2*pieceBits) == turn {
			next, end = int(was>>pieceBits&maxPieces), int(was&maxPieces)
		}
		if next >= end {
			return 0, false
		}
		if piece = next; last {
			end--
			piece = end
		} else {
			next++
		}
		if p.left.CompareAndSwap(was, turn<<(2*pieceBits)|uint64(next)<<pieceBits|uint64(end)) {
			return piece, true
		}
	}
}

func (p *Pool) work(worker int) {
	defer p.done.Done()
	m := &p.members[worker]
	for seen := uint64(0); ; {
		seen = m.await(seen)
		if p.closed.Load() {
			return
		}
		p.serve(worker, seen, &m.job)
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
		for m := &p.members[w+1]; !m.tell(p.turn, job{}); {
		}
	}
	p.done.Wait()
}
