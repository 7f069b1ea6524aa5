package solvers

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// sideBySide runs all parts at the same time.
func sideBySide(n, size int, work func(worker, lo, hi int)) {
	var wg sync.WaitGroup
	for lo := 0; lo < n; lo += size {
		wg.Go(func() { work(lo/size, lo, min(lo+size, n)) })
	}
	wg.Wait()
}

type tableGrad struct {
	w *tensor.Dense
	g *graph.RowGrad
}

func (t tableGrad) Value() gorgonia.Value         { return t.w }
func (t tableGrad) Grad() (gorgonia.Value, error) { return t.g, nil }

// TestParallelChangesNothing steps a table row after row and side by side, and compares
// every bit.
func TestParallelChangesNothing(t *testing.T) {
	const rows, cols = 500, 3
	for _, name := range Names() {
		var tables [2][]float64
		for k, p := range []Parallel{nil, sideBySide} {
			s, err := New(name, Settings{})
			if err != nil {
				t.Fatal(err)
			}
			s.SetParallel(p)
			s.SetDefer(true)
			rng := rand.New(rand.NewPCG(1, 1))
			w := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(rows, cols))
			for i := range w.Float64s() {
				w.Float64s()[i] = rng.NormFloat64()
			}
			model := []gorgonia.ValueGrad{tableGrad{w, graph.NewRowGrad(tensor.Float64, rows, cols)}}
			for range 60 {
				var touched []int32
				for r := range int32(rows) {
					if rng.Float64() < 0.3 {
						touched = append(touched, r)
					}
				}
				if err := s.CatchUp(model, 0, touched); err != nil {
					t.Fatal(err)
				}
				g := model[0].(tableGrad).g
				g.Resize(touched)
				for i := range g.Float64s() {
					g.Float64s()[i] = rng.NormFloat64()
				}
				if err := s.Step(model); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Flush(model); err != nil {
				t.Fatal(err)
			}
			tables[k] = w.Float64s()
		}
		for i := range tables[0] {
			if tables[0][i] != tables[1][i] {
				t.Fatalf("%s: weight %d is %v alone, %v side by side", name, i, tables[0][i], tables[1][i])
			}
		}
	}
}
