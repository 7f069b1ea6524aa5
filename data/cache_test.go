package data

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func mustCache(t testing.TB, o CacheOptions, from *Batch, portion int) *Cache {
	t.Helper()
	c, err := NewCache(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	p := (&Set{All: *from}).Pass(portion, nil)
	for b := (Batch{}); ; {
		err := p.Next(&b)
		if err == io.EOF {
			return c
		}
		if err == nil {
			err = c.Extend(&b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// batches returns what a pass hands out.
func batches(t testing.TB, s Source, size int, shuffle *rand.Rand) (all []Batch) {
	t.Helper()
	p := s.Pass(size, shuffle)
	for {
		var b Batch
		err := p.Next(&b)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
}

// From memory and from the file come the same batches, for all forms.
func TestCachePass(t *testing.T) {
	const n = 300
	for name, s := range forms(n) {
		for _, o := range []CacheOptions{
			{Mode: CacheMemory}, {Mode: CacheAuto}, {Mode: CacheAuto, Bytes: 1}, {Mode: CacheAuto, Bytes: 2000}, {Mode: CacheDisk, Bytes: 1000}, {Mode: CacheDisk},
		} {
			for _, portion := range []int{1, 7, 0} {
				o.Dir = t.TempDir()
				c := mustCache(t, o, &s.All, portion)
				where := fmt.Sprintf("%s, %s with %d bytes, portions of %d", name, o.Mode, o.Bytes, portion)
				if _, disk := c.OnDisk(); disk != (o.Mode == CacheDisk || o.Bytes > 0) || c.Len() != n {
					t.Fatalf("%s: on disk: %t, %d examples", where, disk, c.Len())
				}
				if names, _ := os.ReadDir(o.Dir); len(names) != 0 {
					t.Fatalf("%s: the file has a name: %v", where, names)
				}
				for _, size := range []int{1, 64, 299, 0, 1000} {
					if got, want := batches(t, c, size, nil), batches(t, s, size, nil); !reflect.DeepEqual(got, want) {
						t.Fatalf("%s: batches of %d differ from those of a set", where, size)
					}
					order := func(seed uint64) (order []int) {
						for _, b := range batches(t, c, size, rand.New(rand.NewPCG(seed, 0))) {
							order = append(order, numbers(t, &b)...)
						}
						return order
					}
					shuffled := order(1)
					if !slices.Equal(shuffled, order(1)) {
						t.Fatalf("%s: the same seed gives another order", where)
					}
					if slices.Equal(shuffled, order(2)) || slices.IsSorted(shuffled) {
						t.Fatalf("%s: not shuffled by the seed", where)
					}
					slices.Sort(shuffled)
					for i, x := range shuffled {
						if i != x || len(shuffled) != n {
							t.Fatalf("%s: not each example once", where)
						}
					}
				}
			}
		}
	}
}

// Neighbours in the file are no neighbours in a shuffled pass, even if only a part
// of the file fits.
func TestCacheShuffles(t *testing.T) {
	const n = 20_000
	s := forms(n)["presence"]
	c := mustCache(t, CacheOptions{Mode: CacheDisk, Bytes: 64 << 10}, &s.All, 1000)
	var order []int
	for _, b := range batches(t, c, 100, rand.New(rand.NewPCG(1, 0))) {
		order = append(order, numbers(t, &b)...)
	}
	// The mean distance of two random numbers below n is n/3.
	sum := 0.0
	for i := range order[1:] {
		d := order[i+1] - order[i]
		sum += float64(max(d, -d))
	}
	if mean := sum / (n - 1); mean < n/4 || mean > n*5/12 {
		t.Errorf("neighbours are %.0f apart on average, want about %d", mean, n/3)
	}
}

// The memory of a pass does not grow with the number of examples.
func TestCacheBound(t *testing.T) {
	const bound = 1 << 20
	c, err := NewCache(CacheOptions{Bytes: bound})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	b := Batch{Columns: 1000, Offsets: []int{0}}
	for i := range 1000 {
		b.Indices = append(b.Indices, int32(i))
	}
	b.Offsets, b.Classes = append(b.Offsets, 1000), []int32{0}
	for range 5000 { // 20 MB
		if err := c.Extend(&b); err != nil {
			t.Fatal(err)
		}
	}
	p := c.Pass(64, rand.New(rand.NewPCG(1, 0)))
	for most := int64(0); ; {
		var b Batch
		if err := p.Next(&b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if most = max(most, heap()-before); most > 2*bound {
			t.Fatalf("%d bytes in memory with a bound of %d", most, bound)
		}
	}
	if size, disk := c.OnDisk(); !disk || size < 15<<20 {
		t.Errorf("on disk: %d bytes, %t", size, disk)
	}
}

func TestCacheSideBySide(t *testing.T) {
	s := forms(500)["values"]
	c := mustCache(t, CacheOptions{Bytes: 1000}, &s.All, 10)
	want := batches(t, c, 16, rand.New(rand.NewPCG(1, 0)))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := batches(t, c, 16, rand.New(rand.NewPCG(1, 0))); !reflect.DeepEqual(got, want) {
				t.Error("another pass at the same time changes the batches")
			}
		})
	}
	wg.Wait()
}

func TestCacheErrors(t *testing.T) {
	if _, err := NewCache(CacheOptions{Mode: "tape", Bytes: -1}); err == nil ||
		!strings.Contains(err.Error(), `unknown cache mode "tape", want auto, memory or disk`) || !strings.Contains(err.Error(), "Bytes is -1") {
		t.Errorf("bad options: error %v", err)
	}
	if _, err := NewCache(CacheOptions{Mode: CacheDisk, Dir: "/missing/folder"}); err == nil || !strings.Contains(err.Error(), "/missing/folder") {
		t.Errorf("missing folder: error %v", err)
	}
	s := forms(100)["presence"]
	c := mustCache(t, CacheOptions{Mode: CacheDisk, Bytes: 1000}, &s.All, 10)
	p := c.Pass(10, nil)
	if err := c.file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Next(&Batch{}); err == nil || !strings.Contains(err.Error(), "data: cache: temporary file") {
		t.Errorf("file gone: error %v", err)
	}
	if err := c.Extend(&s.All); err == nil {
		t.Error("writing to a file that is gone is no error")
	}
	c.file = nil
	if memory := (CacheOptions{}).Explicit(); memory.Mode != CacheAuto || memory.Bytes < 1<<20 {
		t.Errorf("defaults %+v", memory)
	}
}

func BenchmarkCachePass(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 0))
	s := &Set{All: Batch{Columns: 25_000, Offsets: []int{0}}}
	for range 40_000 {
		for c := rng.IntN(500); c < 25_000; c += 1 + rng.IntN(1200) {
			s.All.Indices = append(s.All.Indices, int32(c))
		}
		s.All.Offsets = append(s.All.Offsets, len(s.All.Indices))
		s.All.Classes = append(s.All.Classes, 0)
	}
	for _, mode := range []CacheMode{CacheMemory, CacheDisk} {
		b.Run(string(mode), func(b *testing.B) {
			c := mustCache(b, CacheOptions{Mode: mode, Bytes: 8 << 20}, &s.All, 1000)
			b.ReportAllocs()
			var batch Batch
			for b.Loop() {
				for p := c.Pass(64, rng); p.Next(&batch) == nil; {
				}
			}
			b.ReportMetric(float64(s.Len())*float64(b.N)/b.Elapsed().Seconds(), "docs/s")
		})
	}
}

// What is in memory can be taken out of a cache; a file cannot.
func TestCacheInMemory(t *testing.T) {
	b := &Batch{Columns: 9, Offsets: []int{0, 2, 2, 3}, Indices: []int32{1, 4, 8}, Classes: []int32{0, 1, 1}}
	c := mustCache(t, CacheOptions{Mode: CacheMemory}, b, 2)
	set, yes := c.InMemory()
	if err := c.Close(); err != nil || !yes {
		t.Fatal(yes, err)
	}
	if got, want := fmt.Sprint(batches(t, set, 2, nil)), fmt.Sprint(batches(t, &Set{All: *b}, 2, nil)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, yes := mustCache(t, CacheOptions{Mode: CacheDisk}, b, 2).InMemory(); yes {
		t.Error("a file is said to be in memory")
	}
}
