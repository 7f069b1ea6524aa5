package solvers_test

import (
	"math/rand/v2"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// wordBatches draws which rows of a table of n words each of some batches reads,
// about size of them, Zipf-distributed.
func wordBatches(n, size, batches int) [][]int32 {
	rng := rand.New(rand.NewPCG(5, 6))
	share := float64(size) / 5
	for range 30 { // the share that gives the size
		expected := 0.0
		for r := range n {
			expected += min(share/float64(r+1), 1)
		}
		share *= float64(size) / expected
	}
	list := make([][]int32, batches)
	for i := range list {
		list[i] = zipfRows(rng, n, share)
	}
	return list
}

func bigTable(n, cols int) (*param, *graph.RowGrad) {
	g := graph.NewRowGrad(tensor.Float32, n, cols)
	return &param{"w", tensor.New(tensor.WithShape(n, cols), tensor.Of(tensor.Float32)), g}, g
}

func TestNoAllocations(t *testing.T) {
	batches := wordBatches(2000, 100, 64)
	for _, deferred := range []bool{true, false} {
		for _, solver := range all(t, defaults) {
			solver.SetDefer(deferred)
			p, g := bigTable(2000, 8)
			bias := &param{"b", tensor.New(tensor.WithShape(8), tensor.Of(tensor.Float64)), tensor.New(tensor.WithShape(8), tensor.Of(tensor.Float64))}
			scalar := &param{"s", gorgonia.NewF32(1), gorgonia.NewF32(1)}
			m := model(p, bias, scalar)
			i := 0
			step := func() {
				rows := batches[i%len(batches)]
				i++
				must(t, solver.CatchUp(m, 0, rows))
				g.Resize(rows)
				g.Float32s()[0] = 1
				must(t, solver.Step(m))
			}
			for range 65 {
				step()
			}
			if got := testing.AllocsPerRun(100, step); got != 0 {
				t.Errorf("%s, deferred %v: %v allocations a step, want none", solver.Name(), deferred, got)
			}
		}
	}
}

// BenchmarkStep is one step of a table of 25,762 words and 64 hidden units of
// which a batch reads 1,000 words.
func BenchmarkStep(b *testing.B) {
	const n, cols = 25762, 64
	batches := wordBatches(n, 1000, 256)
	rng := rand.New(rand.NewPCG(7, 8))
	noise := make([]float32, 2*1000*cols)
	for i := range noise {
		noise[i] = float32(rng.NormFloat64()) / 100
	}
	for _, deferred := range []bool{true, false} {
		mode := "deferred/"
		if !deferred {
			mode = "dense/"
		}
		for _, name := range solvers.Names() {
			b.Run(mode+name, func(b *testing.B) {
				solver, err := solvers.New(name, solvers.Settings{})
				must(b, err)
				solver.SetDefer(deferred)
				p, g := bigTable(n, cols)
				m := model(p)
				step := func(i int) {
					rows := batches[i%len(batches)]
					must(b, solver.CatchUp(m, 0, rows))
					g.Resize(rows)
					copy(g.Float32s(), noise)
					must(b, solver.Step(m))
				}
				warm := 500
				if !deferred {
					warm = 1
				}
				for i := range warm {
					step(i)
				}
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					step(i)
					i++
				}
			})
		}
	}
}
