package feedforward

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/solvers"
)

// stepBatches makes batches of documents with 30 distinct words each, drawn by Zipf's
// law from a dictionary of the given size whose alphabetical order says nothing about
// frequency.
func stepBatches(batches, size, words int) []*data.Batch {
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.1, 4, uint64(words-1))
	place := rng.Perm(words)
	out := make([]*data.Batch, batches)
	for k := range out {
		b := &data.Batch{Columns: words, Offsets: []int{0}}
		for range size {
			row := map[int32]bool{}
			for len(row) < 30 {
				row[int32(place[zipf.Uint64()])] = true
			}
			start := len(b.Indices)
			for j := range row {
				b.Indices = append(b.Indices, j)
			}
			slices.Sort(b.Indices[start:])
			b.Offsets = append(b.Offsets, len(b.Indices))
			b.Classes = append(b.Classes, int32(rng.IntN(2)))
		}
		out[k] = b
	}
	return out
}

func stepTrainer(tb testing.TB, engine Engine, workers int, batches []*data.Batch, layers ...Layer) *trainer {
	n := mustNew(tb, Config{Inputs: batches[0].Columns, Seed: 1, Engine: engine}, layers...)
	fit := Fit{Solver: &solvers.Adam{}, Workers: workers, Batch: batches[0].Rows()}
	if engine == Gorgonia {
		stock, err := solvers.Stock(&solvers.Adam{})
		if err != nil {
			tb.Fatal(err)
		}
		fit.Solver = stock
	}
	tr := mustTrainer(tb, n, fit)
	for _, b := range batches { // machines and solvers allocate at their first steps
		if _, err := tr.step(b, 1); err != nil {
			tb.Fatal(err)
		}
	}
	return tr
}

// mustTrainer makes what Fit does its steps with.
func mustTrainer(tb testing.TB, n *Network, fit Fit) *trainer {
	tb.Helper()
	err := fit.setDefaults()
	if err != nil {
		tb.Fatal(err)
	}
	tr, err := newTrainer(n, fit, cluster.Alone{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(tr.close)
	return tr
}

// BenchmarkStep is one training step: 25,762 words → 64 → 64 → 2, batches of 64
// documents of 30 distinct words, Adam, one worker; our engine against stock Gorgonia.
func BenchmarkStep(b *testing.B) {
	benchmarkStep(b, "native", Native, 1, 64, 25762)
	benchmarkStep(b, "gorgonia", Gorgonia, 1, 64, 25762)
}

// BenchmarkTrainStep varies the step: two workers, larger batches, a larger dictionary.
func BenchmarkTrainStep(b *testing.B) {
	for _, batch := range []int{64, 512} {
		for _, workers := range []int{1, 2} {
			benchmarkStep(b, fmt.Sprintf("batch=%d/workers=%d", batch, workers), Native, workers, batch, 25762)
		}
	}
	benchmarkStep(b, "words=1000000/workers=1", Native, 1, 64, 1000000)
}

// BenchmarkTrainOneLayer is a step of multinomial logistic regression: rows of four numbers
// a word.
func BenchmarkTrainOneLayer(b *testing.B) {
	for _, workers := range []int{1, 2} {
		benchmarkLayers(b, fmt.Sprintf("workers=%d", workers), Native, workers, 64, 25762, Dense(4, "softmax"))
	}
}

func benchmarkStep(b *testing.B, name string, engine Engine, workers, batch, words int) {
	benchmarkLayers(b, name, engine, workers, batch, words, Dense(64, "relu"), Dense(64, "relu"), Dense(2, "softmax"))
}

func benchmarkLayers(b *testing.B, name string, engine Engine, workers, batch, words int, layers ...Layer) {
	b.Run(name, func(b *testing.B) {
		batches := stepBatches(1024/batch, batch, words)
		tr := stepTrainer(b, engine, workers, batches, layers...)
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			if _, err := tr.step(batches[i%len(batches)], 1); err != nil {
				b.Fatal(err)
			}
			i++
		}
		b.ReportMetric(float64(batch)*float64(b.N)/b.Elapsed().Seconds(), "docs/s")
	})
}

// BenchmarkTrainEpoch is one epoch over 6,400 such documents.
func BenchmarkTrainEpoch(b *testing.B) {
	all := stepBatches(1, 6400, 25762)[0]
	set := &data.Set{All: *all}
	n := mustNew(b, Config{Inputs: 25762, Seed: 1}, Dense(64, "relu"), Dense(64, "relu"), Dense(2, "softmax"))
	solver := &solvers.Adam{}
	for b.Loop() {
		if _, err := n.Fit(b.Context(), set, Fit{Epochs: 1, Solver: solver}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(6400*float64(b.N)/b.Elapsed().Seconds(), "docs/s")
}

// TestStepAllocatesNothing holds a training step on the native engine to no allocation
// after the first ones, for every solver.
func TestStepAllocatesNothing(t *testing.T) {
	batches := stepBatches(8, 64, 2000)
	for _, name := range solvers.Names() {
		s, err := solvers.New(name, solvers.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		n := mustNew(t, Config{Inputs: 2000, Seed: 1}, Dense(64, "relu"), Dense(64, "relu"), Dense(2, "softmax"))
		tr := mustTrainer(t, n, Fit{Solver: s, Workers: 2})
		i := 0
		step := func() {
			if _, err := tr.step(batches[i%len(batches)], 1); err != nil {
				t.Fatal(err)
			}
			i++
		}
		for range 64 {
			step()
		}
		everyMember(t, tr)
		if got := testing.AllocsPerRun(100, step); got != 0 {
			t.Errorf("%s: %v allocations a step", name, got)
		}
	}
}

// everyMember has every worker's machine compute a shard once. On a busy machine one
// worker may do all of the first steps, and another one takes its memory later.
func everyMember(t *testing.T, tr *trainer) {
	t.Helper()
	tr.team.first = 0
	tr.team.inWave = 1
	for worker := range tr.team.members {
		if err := tr.team.shard(worker, 0); err != nil {
			t.Fatal(err)
		}
	}
}
