package solvers

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestPlaces has workers take places for all rows of a table, most of them by one worker when
// all others have begun with theirs, and some by workers that have none of their own.
func TestPlaces(t *testing.T) {
	for _, rows := range []int{1, 50, 1000, 70_000} {
		p := param{name: "w", shape: tensor.Shape{rows, 1}, dtype: tensor.Float32, rows: rows, cols: 1, names: []string{"m", "v"}}
		p.arrange(true)
		room := p.slots[0].len() / p.pitch
		const workers = 80
		taken := make([][]int32, workers)
		left := rows
		for w := 0; w < workers && left > 1; w++ {
			taken[w] = append(taken[w], p.pool.take(w))
			left--
		}
		var wg sync.WaitGroup
		for _, w := range []int{3, 70} { // side by side
			n := left / 2
			wg.Go(func() {
				for range n {
					taken[w] = append(taken[w], p.pool.take(w))
				}
			})
			left -= n
		}
		wg.Wait()
		for range left {
			taken[5] = append(taken[5], p.pool.take(5))
		}
		all := slices.Concat(taken...)
		slices.Sort(all)
		if len(all) != rows || len(slices.Compact(all)) != rows || all[0] < 0 || int(all[rows-1]) >= room {
			t.Errorf("%d rows: places from %d to %d of %d, or one twice", rows, all[0], all[len(all)-1], room)
		}
	}
}

// TestScatteredSlots steps rows of a table and all of it. Slots that come when a row is first
// stepped must be those that were there from the start, and be there for these rows alone.
func TestScatteredSlots(t *testing.T) {
	const rows, cols = 200, 5
	for _, name := range Names() {
		for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			var states [2]State
			var weights [2]*tensor.Dense
			for k := range states {
				s, err := New(name, Settings{})
				if err != nil {
					t.Fatal(err)
				}
				w := tensor.New(tensor.Of(dtype), tensor.WithShape(rows, cols))
				model := []gorgonia.ValueGrad{tableGrad{w, graph.NewRowGrad(dtype, rows, cols)}}
				weights[k] = w
				c := s.(interface{ self() *core }).self()
				if k == 1 {
					state, err := s.State(model) // all zero; from it slots lie in the order of rows
					if err != nil {
						t.Fatal(err)
					}
					if err := s.SetState(model, state); err != nil {
						t.Fatal(err)
					}
				}
				s.SetDefer(true)
				rng := rand.New(rand.NewPCG(2, 2))
				stepped := map[int32]bool{}
				for range 50 {
					var some []int32
					for row := range int32(rows / 2) {
						if rng.IntN(20) == 0 {
							some = append(some, row)
							stepped[row] = true
						}
					}
					if err := s.CatchUp(model, 0, some); err != nil {
						t.Fatal(err)
					}
					g := model[0].(tableGrad).g
					g.Resize(some)
					for i := range len(some) * cols {
						if x := rng.NormFloat64(); dtype == tensor.Float32 {
							g.Float32s()[i] = float32(x)
						} else {
							g.Float64s()[i] = x
						}
					}
					if err := s.Step(model); err != nil {
						t.Fatal(err)
					}
				}
				if p := &c.params[0]; p.names != nil {
					if scattered := p.pool != nil; scattered != (k == 0) {
						t.Fatalf("%s: slots are scattered: %v", name, scattered)
					}
					if k == 0 {
						for row, s := range p.states {
							if has := s.place >= 0; has != stepped[int32(row)] {
								t.Errorf("%s: row %d has slots: %v", name, row, has)
							}
						}
						p.arrange(false)
					}
				}
				if states[k], err = s.State(model); err != nil {
					t.Fatal(err)
				}
			}
			same := slices.Equal(asFloat64(weights[0]), asFloat64(weights[1]))
			for k, a := range states[0].Params[0].Tensors {
				b := states[1].Params[0].Tensors[k]
				same = same && slices.Equal(a.Float32, b.Float32) && slices.Equal(a.Float64, b.Float64)
			}
			if !same {
				t.Errorf("%s, %v: weights or slots differ", name, dtype)
			}
		}
	}
}

func asFloat64(d *tensor.Dense) []float64 {
	if d.Dtype() == tensor.Float64 {
		return d.Float64s()
	}
	var all []float64
	for _, x := range d.Float32s() {
		all = append(all, float64(x))
	}
	return all
}

func (c *core) self() *core { return c }
