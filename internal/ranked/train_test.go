package ranked

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
)

// order is that of an epoch, as models/feedforward draws it.
func order(seed uint64, epoch int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(epoch)<<32))
}

// TestTrain holds that each rank gets its columns, and all else, of the batches of one
// process.
func TestTrain(t *testing.T) {
	for name, all := range sets(60) {
		for _, ranks := range []int{1, 2, 3, 4, 7} {
			t.Run(fmt.Sprint(name, ranks), func(t *testing.T) {
				parts, bounds := cut(all, ranks), bounds(ranks)
				err := cluster.Run(ranks, func(c cluster.Comm) error {
					train, err := NewTrain(c, parts[c.Rank()], bounds)
					if err != nil {
						return err
					}
					if train.Cluster() != c || !slices.Equal(train.Bounds(), bounds) {
						return fmt.Errorf("%v, bounds %v", train.Cluster(), train.Bounds())
					}
					if train.Len() != all.Len() {
						return fmt.Errorf("%d examples, want %d", train.Len(), all.Len())
					}
					for _, bytes := range []int{0, 500, 1 << 20} {
						train.windowBytes = bytes
						for _, size := range []int{1, 7, 20, 60, 1000, 0} {
							for epoch := range 3 { // 0: without shuffle
								if err := samePass(train, all, bounds[c.Rank():], size, epoch); err != nil {
									return fmt.Errorf("rank %d, windows of %d bytes, batches of %d, epoch %d: %w", c.Rank(), bytes, size, epoch, err)
								}
							}
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// samePass compares a pass with that of one process, in the columns bounds[0] to bounds[1]-1.
func samePass(train *Train, all *data.Set, bounds []int, size, epoch int) error {
	var shuffle, same *rand.Rand
	if epoch > 0 {
		shuffle, same = order(5, epoch), order(5, epoch)
	}
	lo, hi := bounds[0], bounds[1]
	pass := train.Pass(size, shuffle)
	got, err := batches(pass, 0, columns)
	if err != io.EOF {
		return err
	}
	if err := pass.Next(new(data.Batch)); err != io.EOF {
		return fmt.Errorf("%v after the end", err)
	}
	want, _ := batches(all.Pass(size, same), lo, hi)
	if !reflect.DeepEqual(got, want) {
		return errors.New("batches differ")
	}
	if shuffle != nil && shuffle.Uint64() != same.Uint64() {
		return errors.New("shuffle is in another state")
	}
	return nil
}

// TestTrainWindows holds that a small window is filled several times, and a large one once.
func TestTrainWindows(t *testing.T) {
	parts := cut(sets(60)["classes"], 2)
	for _, test := range []struct{ bytes, exchanges int }{{0, 9}, {400, 5}, {1 << 20, 1}} {
		err := cluster.Run(2, func(c cluster.Comm) error {
			counted := &counting{Comm: c}
			train, err := NewTrain(counted, parts[c.Rank()], bounds(2))
			if err != nil {
				return err
			}
			train.windowBytes = test.bytes
			counted.exchanges = 0
			batches(train.Pass(7, order(1, 1)), 0, columns)
			// One for the sizes and one for the rows.
			if counted.exchanges != 2*test.exchanges {
				return fmt.Errorf("windows of %d bytes: %d exchanges, want %d", test.bytes, counted.exchanges, 2*test.exchanges)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

type counting struct {
	cluster.Comm
	exchanges int
}

func (c *counting) Exchange(send, recv [][]byte) error {
	c.exchanges++
	return c.Comm.Exchange(send, recv)
}

// TestTrainAlone holds that a set is not copied for one rank.
func TestTrainAlone(t *testing.T) {
	set := sets(5)["classes"]
	train, err := NewTrain(cluster.Alone{}, set, []int{0, columns})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := train.Pass(2, nil), set.Pass(2, nil); reflect.TypeOf(got) != reflect.TypeOf(want) {
		t.Errorf("got a %T, want a %T", got, want)
	}
}

// TestTrainEmpty holds that no examples at all are no batches.
func TestTrainEmpty(t *testing.T) {
	forEach := func(c cluster.Comm) error {
		train, err := NewTrain(c, &data.Set{}, bounds(c.Size()))
		if err != nil {
			return err
		}
		if err := train.Pass(3, order(1, 1)).Next(new(data.Batch)); err != io.EOF || train.Len() != 0 {
			return fmt.Errorf("%v, %d examples", err, train.Len())
		}
		return nil
	}
	for _, n := range []int{1, 3} {
		if err := cluster.Run(n, forEach); err != nil {
			t.Error(err)
		}
	}
}

// TestTrainMistakes holds that all ranks are told what is wrong on one.
func TestTrainMistakes(t *testing.T) {
	other := func(change func(b *data.Batch)) *data.Set {
		b := within(&sets(4)["classes"].All, 0, columns)
		change(&b)
		return &data.Set{All: b}
	}
	good := bounds(2)
	for _, test := range []struct {
		name   string
		last   *data.Set // of rank 1
		bounds [2][]int
		want   string
	}{
		{"nil", nil, [2][]int{good, good}, "no examples (the set is nil)"},
		{"dense", &data.Set{All: data.Batch{Columns: 1, Dense: []float64{1}}}, [2][]int{good, good}, "rows are dense"},
		{"not well formed", other(func(b *data.Batch) { b.Classes = b.Classes[:2] }), [2][]int{good, good}, "2 classes for 4 rows"},
		{"columns", other(func(b *data.Batch) { b.Columns = 51 }), [2][]int{good, good},
			"rank 0 holds examples with 50 columns, classes, rank 1 with 51 columns, classes; all ranks must have the same"},
		{"form", sets(3)["targets"], [2][]int{good, good}, "rank 1 with 50 columns, values, weights, 3 targets"},
		{"other bounds", sets(3)["classes"], [2][]int{good, {0, 1, columns}}, "which columns a rank works on differs between rank 0 and rank 1"},
		{"bounds missing", sets(3)["classes"], [2][]int{}, "bounds of columns are [], want 3 from 0 to 50 that ascend"},
		{"bounds too short", sets(3)["classes"], [2][]int{{0, 4, 49}, {0, 4, 49}}, "want 3 from 0 to 50"},
		{"bounds descend", sets(3)["classes"], [2][]int{{0, 51, 50}, {0, 51, 50}}, "want 3 from 0 to 50"},
	} {
		t.Run(test.name, func(t *testing.T) {
			seen := make([]error, 2)
			cluster.Run(2, func(c cluster.Comm) error {
				local := sets(5)["classes"]
				if c.Rank() == 1 {
					local = test.last
				}
				_, seen[c.Rank()] = NewTrain(c, local, test.bounds[c.Rank()])
				return nil
			})
			for r, err := range seen {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("rank %d: %v, want %q", r, err, test.want)
				}
			}
		})
	}
}

// TestTrainOrder holds that ranks with another order are told so, and nothing breaks.
func TestTrainOrder(t *testing.T) {
	for _, name := range []string{"classes", "labels", "targets"} {
		parts := cut(sets(60)[name], 2)
		seen := make([]error, 2)
		cluster.Run(2, func(c cluster.Comm) error {
			train, err := NewTrain(c, parts[c.Rank()], bounds(2))
			if err != nil {
				return err
			}
			train.windowBytes = 400
			_, seen[c.Rank()] = batches(train.Pass(7, order(uint64(c.Rank()), 1)), 0, columns)
			return seen[c.Rank()]
		})
		if !errors.Is(errors.Join(seen...), errOrder) {
			t.Errorf("%s: got %v", name, seen)
		}
	}
}

// started goes through a pass on each rank whenever it is told to.
func started(tb testing.TB, ranks, size int, parts []*data.Set, bounds []int) (epoch func(), stop func()) {
	tb.Helper()
	start := make([]chan bool, ranks)
	done := make(chan error, ranks)
	for r := range start {
		start[r] = make(chan bool)
	}
	go cluster.Run(ranks, func(c cluster.Comm) error {
		train, err := NewTrain(c, parts[c.Rank()], bounds)
		if err != nil {
			done <- err
			return err
		}
		var b data.Batch
		shuffle := order(1, 1)
		for range start[c.Rank()] {
			pass := train.Pass(size, shuffle)
			for err == nil {
				err = pass.Next(&b)
			}
			if err == io.EOF {
				err = nil
			}
			done <- err
		}
		return nil
	})
	epoch = func() {
		for _, s := range start {
			s <- true
		}
		for range ranks {
			if err := <-done; err != nil {
				tb.Error(err)
			}
		}
	}
	stop = func() {
		for _, s := range start {
			close(s)
		}
	}
	return epoch, stop
}

// TestTrainAllocates holds that a pass uses the memory of the last one.
func TestTrainAllocates(t *testing.T) {
	for name, all := range sets(2000) {
		const ranks = 2
		epoch, stop := started(t, ranks, 16, cut(all, ranks), bounds(ranks))
		for range 5 {
			epoch()
		}
		// The pass itself.
		if n := testing.AllocsPerRun(5, epoch); n > ranks {
			t.Errorf("%s: an epoch of %d batches allocates %v times, want %d", name, 2000/16, n, ranks)
		}
		stop()
	}
}

// BenchmarkTrain is an epoch as large as that of AG News, of two ranks on goroutines:
// 37,411 documents of 32 words, batches of 512.
func BenchmarkTrain(b *testing.B) {
	const documents, words = 37411, 25762
	rng := rand.New(rand.NewPCG(1, 1))
	all := &data.Set{All: data.Batch{Columns: words, Offsets: []int{0}}}
	for range documents {
		c := 0
		for {
			if c += 1 + int(rng.ExpFloat64()*words/33); c >= words {
				break
			}
			all.All.Indices = append(all.All.Indices, int32(c))
		}
		all.All.Offsets = append(all.All.Offsets, len(all.All.Indices))
		all.All.Classes = append(all.All.Classes, rng.Int32N(4))
	}
	for _, ranks := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("ranks=%d", ranks), func(b *testing.B) {
			parts, bounds := make([]*data.Set, ranks), make([]int, ranks+1)
			for r := range parts {
				parts[r] = &data.Set{}
				for i := r * documents / ranks; i < (r+1)*documents/ranks; i++ {
					parts[r].Append(&all.All, i)
				}
				bounds[r+1] = (r + 1) * words / ranks
			}
			epoch, stop := started(b, ranks, 512, parts, bounds)
			b.ReportAllocs()
			for b.Loop() {
				epoch()
			}
			stop()
		})
	}
}
