package kernel

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
)

// TestCopyOut copies to and from any place, and no more than there is room for.
func TestCopyOut(t *testing.T) {
	t.Run("float64", testCopyOut[float64])
	t.Run("float32", testCopyOut[float32])
}

func testCopyOut[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{0, 1, 15, 16, 17, 64, 100, 1000} {
		for at := range 20 { // every place in a cache line
			from, to := matrix[T](rng, n+20), matrix[T](rng, n+40)
			want := slices.Clone(to)
			copy(want[at:at+n], from[at/2:])
			if CopyOut(to[at:at+n], from[at/2:]); !slices.Equal(to, want) {
				t.Errorf("%d numbers to place %d: others than those of copy", n, at)
			}
		}
	}
}

// TestCopyOutToAnother hands copies to another goroutine, as workers do: it is told by an atomic
// store and finds all of each.
func TestCopyOutToAnother(t *testing.T) {
	const n, rounds = 1024, 20_000
	from, to := make([]float32, n), make([]float32, n)
	var there, read atomic.Int32
	await := func(flag *atomic.Int32, round int32) {
		for flag.Load() != round {
			runtime.Gosched()
		}
	}
	go func() {
		for round := range int32(rounds) {
			for k := range from {
				from[k] = float32(round)
			}
			await(&read, round)
			CopyOut(to, from)
			there.Store(round + 1)
		}
	}()
	old := 0
	for round := range int32(rounds) {
		await(&there, round+1)
		for _, v := range to {
			if v != float32(round) {
				old++
			}
		}
		read.Store(round + 1)
	}
	if old > 0 {
		t.Errorf("%d numbers of %d rounds were not there yet", old, rounds)
	}
}

func TestCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 300 {
		const most = 100
		var indices, from, ends []int32
		for range rng.IntN(40) {
			from = append(from, int32(len(indices)))
			for j := range int32(most) {
				if rng.IntN(1+rng.IntN(6)) == 0 {
					indices = append(indices, j)
				}
			}
			ends = append(ends, int32(len(indices)))
			for range rng.IntN(3) { // between lists
				indices = append(indices, -1)
			}
		}
		bound := int32(rng.IntN(most+20) - 10)
		to := make([]int32, len(from))
		Cuts(to, indices, from, ends, bound)
		for i, got := range to {
			want := from[i]
			for want < ends[i] && indices[want] < bound {
				want++
			}
			if got != want {
				t.Fatalf("list %d, %v: bound %d is at place %d, want %d", i, indices[from[i]:ends[i]], bound, got-from[i], want-from[i])
			}
		}
	}
	for _, bad := range [][2]int32{{0, 5}, {-1, 2}, {3, 2}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("places %v of 4 were taken", bad)
				}
			}()
			Cuts(make([]int32, 1), make([]int32, 4), bad[:1], bad[1:], 3)
		}()
	}
}

func TestFalls(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for n := range 100 {
		for range 20 {
			x := make([]int32, n)
			for k, at := range rng.Perm(n) {
				x[k] = int32(at - rng.IntN(3)) // some are negative, some are the same
			}
			if rng.IntN(2) == 0 {
				slices.Sort(x)
			}
			wantFalls, wantMost := 0, uint32(0)
			for k, v := range x {
				if k > 0 && v <= x[k-1] {
					wantFalls++
				}
				wantMost = max(wantMost, uint32(v))
			}
			if falls, most := Falls(x); falls != wantFalls || most != wantMost {
				t.Fatalf("%v: %d falls, most %d, want %d and %d", x, falls, most, wantFalls, wantMost)
			}
		}
	}
}

func TestGatherScatter(t *testing.T) {
	t.Run("float64", testGatherScatter[float64])
	t.Run("float32", testGatherScatter[float32])
}

// GatherAdd is a row of x·W, ScatterAdd one of xᵀ·d, against the definition, for a sparse
// x of 0 to 9 numbers that are not zero.
func testGatherScatter[T Float](t *testing.T) {
	const rows = 12
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range sizes {
		for count := range 10 {
			for _, withValues := range []bool{false, true} {
				var indices []int32
				var values []float32
				for _, j := range rng.Perm(rows)[:count] {
					indices = append(indices, int32(j))
					if withValues {
						values = append(values, float32(rng.NormFloat64()))
					}
				}
				if withValues && values == nil {
					values = []float32{}
				}
				w, y, d := matrix[T](rng, rows*n), matrix[T](rng, n), matrix[T](rng, n)
				gathered, scattered := make([]float64, n), make([]float64, rows*n)
				for i := range y {
					gathered[i] = float64(y[i])
				}
				for i := range w {
					scattered[i] = float64(w[i])
				}
				for p, j := range indices {
					x := 1.0
					if withValues {
						x = float64(values[p])
					}
					for i := range n {
						gathered[i] += x * float64(w[int(j)*n+i])
						scattered[int(j)*n+i] += x * float64(d[i])
					}
				}
				what := fmt.Sprintf("%d rows of %d, values=%v", count, n, withValues)
				GatherAdd(y, w, indices, values)
				wantClose(t, "GatherAdd "+what, y, gathered)
				ScatterAdd(w, d, indices, values)
				wantClose(t, "ScatterAdd "+what, w, scattered)
			}
		}
	}
}

// lists draws so many lists of rows of a table, of which some have been gone through in part,
// and values for them.
func lists(rng *rand.Rand, count, rows int) (indices, from, to []int32, values []float32) {
	for range count {
		first := len(indices)
		for j := range int32(rows) {
			if rng.IntN(3) == 0 {
				indices, values = append(indices, j), append(values, float32(rng.NormFloat64()))
			}
		}
		from, to = append(from, int32(first+rng.IntN(len(indices)-first+1))), append(to, int32(len(indices)))
	}
	return indices, from, to, values
}

func TestGatherLists(t *testing.T) {
	t.Run("float64", testGatherLists[float64])
	t.Run("float32", testGatherLists[float32])
}

// GatherLists is GatherAdd of each list.
func testGatherLists[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, n := range sizes {
		for round := range 20 {
			rows, keep := 1+rng.IntN(40), round%2 == 0
			indices, from, to, values := lists(rng, rng.IntN(7), rows)
			if rng.IntN(2) == 0 {
				values = nil
			}
			w, y := matrix[T](rng, rows*n), matrix[T](rng, len(from)*n)
			want := slices.Clone(y)
			if !keep {
				clear(want)
			}
			for i, first := range from {
				var x []float32
				if values != nil {
					x = values[first:to[i]]
				}
				GatherAdd(want[i*n:i*n+n], w, indices[first:to[i]], x)
			}
			GatherLists(y, w, n, indices, values, from, to, keep)
			if !slices.Equal(y, want) {
				t.Fatalf("rows of %d, keep %v: %v, want %v", n, keep, y, want)
			}
		}
	}
}

// Two words of one example may share a slot: both count.
func TestScatterTwice(t *testing.T) {
	g := []float32{1, 2, 3, 4}
	ScatterAdd(g, []float32{10, 20}, []int32{1, 1}, nil)
	wantClose(t, "ScatterAdd", g, []float64{1, 2, 23, 44})
}

func TestBroadcastAndColumnSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for _, m := range sizes {
		for _, n := range sizes {
			a, b := matrix[float64](rng, m*n), matrix[float64](rng, n)
			want := make([]float64, n)
			repeated := make([]float64, 0, m*n)
			for i := range m {
				repeated = append(repeated, b...)
				for j := range n {
					want[j] += a[i*n+j]
				}
			}
			c := matrix[float64](rng, n) // what was there is overwritten
			ColumnSums(c, a, m)
			wantClose(t, fmt.Sprintf("ColumnSums %d×%d", m, n), c, want)
			Broadcast(a, b, m)
			wantClose(t, fmt.Sprintf("Broadcast %d×%d", m, n), a, repeated)
		}
	}
}

// A message of 60 words, a table of 25,762 rows: the first layer of the spam filter.
const (
	benchRows  = 25762
	benchWords = 60
	benchWidth = 64
)

func BenchmarkGatherAdd(b *testing.B) {
	b.Run("float64", benchmarkGather[float64])
	b.Run("float32", benchmarkGather[float32])
}

func BenchmarkScatterAdd(b *testing.B) {
	b.Run("float64", benchmarkScatter[float64])
	b.Run("float32", benchmarkScatter[float32])
}

// messages draws a thousand messages, so that rows come from memory and not always
// from the cache.
func messages(rows int) [][]int32 {
	rng := rand.New(rand.NewPCG(3, 3))
	all := make([][]int32, 1000)
	for i := range all {
		for range benchWords {
			all[i] = append(all[i], int32(rng.IntN(rows)))
		}
	}
	return all
}

func report[T Float](b *testing.B) {
	var zero T
	bytes := 8
	if any(zero) == any(float32(0)) {
		bytes = 4
	}
	b.SetBytes(int64(bytes * benchWords * benchWidth))
	b.ReportMetric(benchWords*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func benchmarkGather[T Float](b *testing.B) {
	w, y, all := make([]T, benchRows*benchWidth), make([]T, benchWidth), messages(benchRows)
	for _, values := range [][]float32{nil, make([]float32, benchWords)} {
		b.Run(fmt.Sprintf("values=%v", values != nil), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				GatherAdd(y, w, all[i%len(all)], values)
			}
			report[T](b)
		})
	}
}

// The gradient holds only the rows of a batch, about a thousand.
func benchmarkScatter[T Float](b *testing.B) {
	const touched = 1000
	g, d, all := make([]T, touched*benchWidth), make([]T, benchWidth), messages(touched)
	for _, values := range [][]float32{nil, make([]float32, benchWords)} {
		b.Run(fmt.Sprintf("values=%v", values != nil), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				ScatterAdd(g, d, all[i%len(all)], values)
			}
			report[T](b)
		})
	}
}
