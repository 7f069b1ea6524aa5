package solvers

import (
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"github.com/nestnet/nestnet/data"
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

// TestPutOffChangesNothing steps a table by gradients that are there and by those that are
// computed row by row, with all that can be done to a gradient, and compares every bit. Some
// rows were not caught up before.
func TestPutOffChangesNothing(t *testing.T) {
	const words, units, examples = 400, 20, 40
	for _, name := range Names() {
		for _, settings := range []Settings{{}, {Clip: 0.5}, {L1: 0.01}} {
			if name == "lazyadam" && settings.L1 != 0 {
				continue
			}
			for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				var tables [2]*tensor.Dense
				for k := range tables {
					s, err := New(name, settings)
					if err != nil {
						t.Fatal(err)
					}
					s.SetParallel(sideBySide)
					s.SetDefer(true)
					rng := rand.New(rand.NewPCG(1, 1))
					numbers := func(rows int) *tensor.Dense {
						x := tensor.New(tensor.Of(dtype), tensor.WithShape(rows, units))
						for i := range rows * units {
							if dtype == tensor.Float32 {
								x.Float32s()[i] = float32(rng.NormFloat64())
							} else {
								x.Float64s()[i] = rng.NormFloat64()
							}
						}
						return x
					}
					tables[k] = numbers(words)
					g, x := graph.NewRowGrad(dtype, words, units), graph.NewCSR(dtype, examples, words)
					model := []gorgonia.ValueGrad{tableGrad{tables[k], g}}
					for step := range 30 {
						b := &data.Batch{Columns: words, Offsets: []int{0}}
						for range examples {
							for j := range int32(words) {
								if rng.Float64() < 4/float64(4+j) {
									b.Indices = append(b.Indices, j)
								}
							}
							b.Offsets = append(b.Offsets, len(b.Indices))
						}
						if err := x.Set(b); err != nil {
							t.Fatal(err)
						}
						if step%3 > 0 {
							if err := s.CatchUp(model, 0, x.Touched()[step%3:]); err != nil {
								t.Fatal(err)
							}
						}
						d := numbers(examples)
						if k == 0 {
							g.Begin(x)
							g.SetProduct(x, d, 0, len(g.Rows()))
						} else if !g.PutOff(x, d) {
							t.Fatal("the gradient was not put off")
						}
						if err := s.Step(model); err != nil {
							t.Fatal(err)
						}
					}
					if err := s.Flush(model); err != nil {
						t.Fatal(err)
					}
				}
				if !reflect.DeepEqual(tables[0].Data(), tables[1].Data()) {
					t.Errorf("%s %v %v: other bits", name, settings, dtype)
				}
			}
		}
	}
}

// TestParallelChangesNothing steps a table row after row and side by side, and lets its rows
// catch up in one call or piece by piece, and compares every bit.
func TestParallelChangesNothing(t *testing.T) {
	const rows, cols = 500, 3
	for _, name := range Names() {
		var tables [3][]float64
		for k, p := range []Parallel{nil, sideBySide, sideBySide} {
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
				if k < 2 {
					if err := s.CatchUp(model, 0, touched); err != nil {
						t.Fatal(err)
					}
				} else if catchUp, err := s.CatchUpLater(model, 0); err != nil {
					t.Fatal(err)
				} else if catchUp != nil {
					sideBySide(len(touched), 100, func(worker, lo, hi int) { catchUp(worker, touched[lo:hi]) })
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
			if tables[0][i] != tables[1][i] || tables[0][i] != tables[2][i] {
				t.Fatalf("%s: weight %d is %v alone, %v side by side, %v caught up by pieces", name, i, tables[0][i], tables[1][i], tables[2][i])
			}
		}
	}
}
