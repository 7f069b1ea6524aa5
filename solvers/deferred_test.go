package solvers_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/tensor"
)

// zipfRows draws which of n rows a step reads: row r with probability about
// share/(r+1), as with words in texts.
func zipfRows(rng *rand.Rand, n int, share float64) []int32 {
	var rows []int32
	for r := range n {
		if rng.Float64() < share/float64(r+1) {
			rows = append(rows, int32(r))
		}
	}
	return rows
}

// deferrable are the rules to which an absent row is one with gradient zero.
func deferrable() []string {
	return slices.DeleteFunc(solvers.Names(), func(name string) bool { return name == "lazyadam" })
}

// deferredError trains a table with every step and once more deferred, and
// returns the largest difference relative to the largest move of a weight.
func deferredError(t *testing.T, name string, s solvers.Settings, scale float64, steps int) float64 {
	t.Helper()
	const n, cols = 400, 2
	rng := rand.New(rand.NewPCG(1, uint64(-math.Log10(scale))))
	w0 := make([]float64, n*cols)
	for i := range w0 {
		w0[i] = rng.NormFloat64()
		if name == "momentum" || name == "nesterov" {
			w0[i] *= scale // their moves are that small, and would be lost in rounding
		}
	}
	each, err := solvers.New(name, s)
	must(t, err)
	late, err := solvers.New(name, s)
	must(t, err)
	late.SetDefer(true)
	a, b := matrix(n, cols, w0...), table(n, cols, w0...)
	ma, mb := model(a), model(b)
	most := 0.0
	for step := range steps {
		rows := zipfRows(rng, n, 8)
		if step > 900 && len(rows) > 0 && rows[len(rows)-1] == n-1 {
			rows = rows[:len(rows)-1] // a word that does not come again
		}
		must(t, late.CatchUp(mb, 0, rows))
		g := b.rows(rows)
		for k, row := range rows {
			// What the next forward pass reads must be right, not just the end.
			i := int(row) * cols
			most = max(most, distance(a.w()[i:i+cols], b.w()[i:i+cols]))
			for c := range cols {
				g[k*cols+c] = scale * (rng.NormFloat64() + 0.3)
				a.g()[i+c] = g[k*cols+c]
			}
		}
		must(t, each.Step(ma))
		must(t, late.Step(mb))
		if step == 300 || step == steps-1 {
			must(t, late.Flush(mb))
			most = max(most, distance(a.w(), b.w()))
		}
	}
	return most / distance(a.w(), w0)
}

func decaying(step int) float64 { return 1 / (1 + float64(step)/200) }

func warmUp(step int) float64 { return min(float64(step-1)/100, 1) } // starts at rate 0

// Measured for Adam and AdamW, the largest over the schedules: 1.4e-13 for
// gradients of 1e-1 and 1e-2, 5e-13 at 1e-3, 8.3e-9 at 1e-5 and 2.2e-7 at 1e-7.
// The documentation of Adam takes its numbers from here.
func TestDeferredMatchesDense(t *testing.T) {
	schedules := []struct {
		name string
		of   func(int) float64
	}{{"constant", nil}, {"decaying", decaying}, {"warm-up", warmUp}}
	for _, name := range deferrable() {
		for _, schedule := range schedules {
			for _, scale := range []float64{1e-1, 1e-2, 1e-3, 1e-5, 1e-7} {
				tol := 1e-11 // the closed forms are exact
				if name != "adam" && name != "adamw" {
					if scale != 1e-1 && scale != 1e-7 {
						continue // the scale makes no difference to them
					}
				} else {
					tol = map[float64]float64{1e-1: 1e-11, 1e-2: 1e-11, 1e-3: 1e-11, 1e-5: 1e-7, 1e-7: 1e-6}[scale]
				}
				got := deferredError(t, name, solvers.Settings{Schedule: schedule.of}, scale, 3000)
				t.Logf("%s, %s rate, gradients of %g: %.1e", name, schedule.name, scale, got)
				if !(got <= tol) {
					t.Errorf("%s, %s rate, gradients of %g: relative error %.2g, want at most %g",
						name, schedule.name, scale, got, tol)
				}
			}
		}
	}
}

// Other betas than the defaults, up to where Adam gives up deferring.
func TestDeferredBetas(t *testing.T) {
	for _, b := range [][2]float64{{0.9, 0.99}, {0.95, 0.99}, {0.95, 0.98}, {0.9, 0.98}, {0.9, 0.96}, {0.5, 0.9}, {0.8, 0.9},
		{0.99, 0.999}, {0.1, 0.9999}, {0.9, 0.999999}, {0.9, 0.95}, {0.9, 0.5}} {
		for _, scale := range []float64{1e-1, 1e-3, 1e-5, 1e-7} {
			got := deferredError(t, "adam", solvers.Settings{Beta1: b[0], Beta2: b[1]}, scale, 2000)
			t.Logf("β %v, gradients of %g: %.1e", b, scale, got)
			if !(got <= 1e-5) { // measured 1.4e-6 at β 0.9, 0.98
				t.Errorf("β %v, gradients of %g: relative error %.2g, want at most 1e-5", b, scale, got)
			}
		}
	}
}

// More steps than the window holds: the table is swept in between.
func TestDeferredBeyondWindow(t *testing.T) {
	for _, name := range []string{"adam", "adamw", "rmsprop", "momentum"} {
		if got := deferredError(t, name, solvers.Settings{}, 1e-2, 10500); !(got <= 1e-10) {
			t.Errorf("%s: relative error %.2g, want at most 1e-10", name, got)
		}
	}
	// A strong decay makes the window end by its product.
	strong := solvers.Settings{LearningRate: 0.1, WeightDecay: 9}
	if got := deferredError(t, "adamw", strong, 1e-2, 2000); !(got <= 1e-9) {
		t.Errorf("adamw with strong decay: relative error %.2g, want at most 1e-9", got)
	}
}

// An ε whose square vanishes in float32, with a column that has no gradient.
func TestDeferredTinyEpsilon(t *testing.T) {
	var ends [2][]float32
	for i := range ends {
		solver := &solvers.Adam{Epsilon: 1e-25}
		solver.SetDefer(i == 1)
		p, g := bigTable(2, 2)
		for step := range 30 {
			g.Resize([]int32{int32(min(step, 1))})
			if step < 2 {
				g.Float32s()[0] = 1e-3
			}
			must(t, solver.Step(model(p)))
		}
		must(t, solver.Flush(model(p)))
		ends[i] = p.value.(*tensor.Dense).Float32s()
	}
	for i, want := range ends[0] {
		if got := ends[1][i]; !(math.Abs(float64(got-want)) <= 1e-7) {
			t.Errorf("weight %d is %v, want %v", i, got, want)
		}
	}
}

// Penalties and a changed setting keep their dense meaning.
func TestDeferredExceptions(t *testing.T) {
	for _, name := range deferrable() {
		s := solvers.Settings{L1: 1e-3, Clip: 0.15}
		if got := deferredError(t, name, s, 0.1, 200); got != 0 {
			t.Errorf("%s with L1: differs by %g from dense stepping, want the same bits", name, got)
		}
		if got := deferredError(t, name, solvers.Settings{Clip: 0.15}, 0.1, 600); !(got <= 1e-11) {
			t.Errorf("%s with clip: relative error %.2g, want at most 1e-11", name, got)
		}
	}
}

// What a user may do between steps does not change where training ends.
func TestDeferredInterruptions(t *testing.T) {
	const n, cols = 60, 2
	interrupt := map[string]func(s solvers.Solver, step int){
		"learning rate": func(s solvers.Solver, step int) {
			if adam := s.(*solvers.Adam); step == 120 {
				adam.LearningRate = 0.0003
			}
		},
		"beta": func(s solvers.Solver, step int) {
			if adam := s.(*solvers.Adam); step == 120 {
				adam.Beta1 = 0.8
			}
		},
		"penalty on and off": func(s solvers.Solver, step int) {
			adam := s.(*solvers.Adam)
			adam.L2 = 0
			if step > 100 && step < 110 {
				adam.L2 = 0.1
			}
		},
	}
	for what, change := range interrupt {
		rng := rand.New(rand.NewPCG(3, 4))
		each, late := &solvers.Adam{}, &solvers.Adam{}
		a, b := matrix(n, cols), table(n, cols)
		c := table(n, cols) // a second table, whose gradient is dense at times
		for step := range 300 {
			change(each, step)
			change(late, step)
			late.SetDefer(step/50%2 == 0)
			rows := zipfRows(rng, n, 3)
			m := model(b, c)
			must(t, late.CatchUp(m, 0, rows))
			must(t, late.CatchUp(m, 1, rows))
			g := b.rows(rows)
			for i := range g {
				g[i] = 0.1 * rng.NormFloat64()
				a.g()[int(rows[i/cols])*cols+i%cols] = g[i]
			}
			sparse := c.grad
			copy(c.rows(rows), g)
			if step%90 == 7 {
				dense := matrix(n, cols)
				copy(dense.g(), a.g())
				c.grad = dense.grad
			}
			must(t, late.Step(m))
			c.grad = sparse
			must(t, each.Step(model(a)))
		}
		must(t, late.Flush(model(b, c)))
		for i, p := range []*param{b, c} {
			if got := distance(a.w(), p.w()); !(got <= 1e-13) {
				t.Errorf("%s: table %d: off by %.2g, want at most 1e-13", what, i, got)
			}
		}
	}
}

func ExampleSettings_String() {
	s, _ := solvers.New("momentum", solvers.Settings{L2: 1e-4})
	fmt.Println(s.Name(), "with", s.Settings())
	// Output: momentum with learning rate 0.01, momentum 0.9, l2 0.0001
}
