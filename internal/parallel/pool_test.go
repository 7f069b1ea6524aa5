package parallel

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

func TestEveryPartOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 7} {
		p := New(workers)
		if p.Workers() != workers {
			t.Errorf("%d workers, want %d", p.Workers(), workers)
		}
		everyElementOnce(t, workers, p.Run, func(n, size, lo, hi int) bool { return hi-lo >= size || hi == n })
		p.Close()
		p.Close()
		done := 0
		p.Run(100, 1, func(_, lo, hi int) { done += hi - lo })
		if done != 100 {
			t.Errorf("%d of 100 done after Close", done)
		}
	}
}

func TestShare(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 7} {
		p := New(workers)
		everyElementOnce(t, workers, p.Share, func(n, size, lo, hi int) bool {
			size = max(size, 1)
			parts := min(workers, n/size)
			return parts <= 1 || n > 1000 || hi-lo == size || slices.Contains(ends(n, parts), hi)
		})
		p.Close()
	}
}

// everyElementOnce runs work on so many elements, in parts or pieces that right approves.
func everyElementOnce(t *testing.T, workers int, run func(n, size int, work func(worker, lo, hi int)), right func(n, size, lo, hi int) bool) {
	t.Helper()
	for _, n := range []int{0, 1, 2, 5, 64, 1000, 100_000} {
		for _, size := range []int{0, 1, 3, 100} {
			hits := make([]atomic.Int32, n)
			run(n, size, func(worker, lo, hi int) {
				if worker < 0 || worker >= workers || lo < 0 || hi > n || lo >= hi || !right(n, size, lo, hi) {
					t.Errorf("elements %d to %d of %d, size %d, worker %d of %d", lo, hi, n, size, worker, workers)
				}
				for i := lo; i < hi; i++ {
					hits[i].Add(1)
				}
			})
			for i := range hits {
				if hits[i].Load() != 1 {
					t.Fatalf("%d workers, n %d, size %d: element %d done %d times", workers, n, size, i, hits[i].Load())
				}
			}
		}
	}
}

// ends are where the parts of n elements end.
func ends(n, parts int) (ends []int) {
	for w := range parts {
		ends = append(ends, (w+1)*n/parts)
	}
	return ends
}

// TestShareHelps holds up the first piece of a worker until all others are done, those behind it
// too: somebody else must do them.
func TestShareHelps(t *testing.T) {
	const n = 40
	p := New(2)
	defer p.Close()
	for range 100 {
		var done atomic.Int32
		p.Share(n, 1, func(_, lo, _ int) {
			for lo == n/2 && done.Load() < n-1 {
				runtime.Gosched()
			}
			done.Add(1)
		})
		if done.Load() != n {
			t.Fatalf("%d of %d pieces done", done.Load(), n)
		}
	}
}

// TestNoWorkerTwice runs parts that would race if two of them were given one worker.
func TestNoWorkerTwice(t *testing.T) {
	p := New(4)
	defer p.Close()
	var scratch [4]int
	total := 0
	for range 200 {
		p.Run(64, 1, func(worker, lo, hi int) { scratch[worker] += hi - lo })
		p.Share(64, 3, func(worker, lo, hi int) { scratch[worker] += hi - lo })
	}
	for _, s := range scratch {
		total += s
	}
	if total != 2*200*64 {
		t.Errorf("%d elements done, want %d", total, 2*200*64)
	}
}

// TestWakes lets the workers fall asleep between jobs.
func TestWakes(t *testing.T) {
	defer func(n int) { spinsBeforeSleep = n }(spinsBeforeSleep)
	spinsBeforeSleep = 1 << 10
	p := New(3)
	defer p.Close()
	for range 5 {
		for p.sleepers() < 2 {
			runtime.Gosched()
		}
		var n atomic.Int64
		p.Run(100, 1, func(_, lo, hi int) { n.Add(int64(hi - lo)) })
		if n.Load() != 100 {
			t.Fatalf("%d of 100 done", n.Load())
		}
	}
}

func (p *Pool) sleepers() (n int) {
	for w := range p.members {
		if p.members[w].asleep.Load() != 0 {
			n++
		}
	}
	return n
}

// TestFallingAsleep lets workers fall asleep at once, in several pools that take the cores
// from each other, so that jobs come at every moment of it.
func TestFallingAsleep(t *testing.T) {
	defer func(n int) { spinsBeforeSleep = n }(spinsBeforeSleep)
	spinsBeforeSleep = 1
	// More threads than cores, so that the system stops them anywhere.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(16))
	var pools sync.WaitGroup
	for range 4 {
		pools.Go(func() {
			p := New(3)
			defer p.Close()
			var cells [3]int
			for round := range rounds {
				p.Run(3, 1, func(_, lo, hi int) {
					for i := lo; i < hi; i++ {
						cells[i]++
						for range round % 7 * i { // parts end at different times
							runtime.Gosched()
						}
					}
				})
				if want := round + 1; cells != [3]int{want, want, want} {
					t.Errorf("round %d: parts were done %v times", round, cells)
					return
				}
			}
		})
	}
	pools.Wait()
}

// TestUse uses fewer workers than there are, and then all again.
func TestUse(t *testing.T) {
	p := New(3)
	defer p.Close()
	for _, use := range []int{3, 1, 2, 0, 5, 3} {
		p.Use(use)
		want := min(max(use, 1), 3)
		if p.Used() != want || p.Workers() != 3 {
			t.Fatalf("use %d: got %d of %d", use, p.Used(), p.Workers())
		}
		for range 100 {
			var parts atomic.Int64
			done := make([]int, 9)
			p.Run(len(done), 1, func(worker, lo, hi int) {
				if worker >= want {
					t.Errorf("worker %d of %d works", worker, want)
				}
				parts.Add(1)
				for i := lo; i < hi; i++ {
					done[i]++
				}
			})
			if int(parts.Load()) != want || slices.ContainsFunc(done, func(n int) bool { return n != 1 }) {
				t.Fatalf("use %d: %d parts, elements done %v times", use, parts.Load(), done)
			}
		}
	}
}

func TestPanic(t *testing.T) {
	p := New(2)
	defer p.Close()
	for round := range 3 {
		func() {
			defer func() {
				if r := recover(); fmt.Sprint(r) != "part 7" {
					t.Errorf("round %d: panic %v", round, r)
				}
			}()
			p.Run(16, 1, func(_, lo, hi int) {
				if lo <= 7 && 7 < hi {
					panic("part 7")
				}
			})
		}()
	}
	p.Run(4, 1, func(int, int, int) {}) // it goes on
}

func TestNilPool(t *testing.T) {
	var p *Pool
	sum := 0
	p.Run(10, 1, func(worker, lo, hi int) { sum += hi - lo + worker })
	p.Close()
	if sum != 10 || p.Workers() != 1 {
		t.Errorf("%d done by %d", sum, p.Workers())
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	p := New(2)
	defer p.Close()
	var cells [128]int
	work := func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			cells[i]++
		}
	}
	if got := testing.AllocsPerRun(100, func() { p.Run(len(cells), 1, work) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// BenchmarkRun is the cost of a job with nothing to do.
func BenchmarkRun(b *testing.B) {
	p := New(2)
	defer p.Close()
	work := func(int, int, int) {}
	for b.Loop() {
		p.Run(2, 1, work)
	}
}

// BenchmarkRunWork is that of a job of two parts that take about 2 µs each.
func BenchmarkRunWork(b *testing.B) {
	p := New(2)
	defer p.Close()
	var sums [2][16]float64
	work := func(w, lo, hi int) {
		s := sums[w][0]
		for i := range 500 * (hi - lo) {
			s = s*0.5 + float64(i)
		}
		sums[w][0] = s
	}
	for b.Loop() {
		p.Run(2, 1, work)
	}
}

// TestClosing closes pools whose workers are falling asleep, or just waking up.
func TestClosing(t *testing.T) {
	defer func(n int) { spinsBeforeSleep = n }(spinsBeforeSleep)
	spinsBeforeSleep = 1
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(16))
	var pools sync.WaitGroup
	for range 4 {
		pools.Go(func() {
			for range rounds / 6 {
				p := New(3)
				p.Run(3, 1, func(int, int, int) {})
				p.Close() // returns when all workers have ended
			}
		})
	}
	pools.Wait()
}
