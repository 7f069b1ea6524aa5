package solvers_test

import (
	"encoding/json"
	"os"
	"sort"
	"strconv"
	"testing"

	"github.com/nestnet/nestnet/solvers"
)

// PyTorch's weights, see testdata/README.md.
type golden struct {
	Hyper struct {
		LR          float64
		Momentum    float64
		Beta1       float64
		Beta2       float64
		Eps         float64
		WeightDecay float64 `json:"weight_decay"`
	}
	Dense, Gaps goldenRun
}

type goldenRun struct {
	Rows, Cols, Steps int
	W0                [][]float64
	Grads             []map[string][]float64
	WeightsAfter      map[string][][]float64 `json:"weights_after"`
}

func readGolden(t *testing.T) map[string]golden {
	data, err := os.ReadFile("testdata/optimizers.json")
	must(t, err)
	var file struct{ Optimizers map[string]golden }
	must(t, json.Unmarshal(data, &file))
	return file.Optimizers
}

func flat(rows [][]float64) []float64 {
	var x []float64
	for _, r := range rows {
		x = append(x, r...)
	}
	return x
}

// steps runs a solver over the run and returns the largest difference.
func (run goldenRun) steps(t *testing.T, solver solvers.Solver, p *param, sparse bool) float64 {
	t.Helper()
	m, most, compared := model(p), 0.0, 0
	for step, grads := range run.Grads {
		var rows []int32
		for key := range grads {
			row, err := strconv.Atoi(key)
			must(t, err)
			rows = append(rows, int32(row))
		}
		sort.Slice(rows, func(i, j int) bool { return rows[i] < rows[j] })
		if sparse {
			must(t, solver.CatchUp(m, 0, rows))
			g := p.rows(rows)
			for k, row := range rows {
				copy(g[k*run.Cols:], grads[strconv.Itoa(int(row))])
			}
		} else {
			for _, row := range rows {
				copy(p.g()[int(row)*run.Cols:], grads[strconv.Itoa(int(row))])
			}
		}
		must(t, solver.Step(m))
		if want, ok := run.WeightsAfter[strconv.Itoa(step+1)]; ok {
			must(t, solver.Flush(m))
			most = max(most, distance(p.w(), flat(want)))
			compared++
		}
	}
	if compared != len(run.WeightsAfter) || compared == 0 {
		t.Fatalf("compared %d of %d", compared, len(run.WeightsAfter))
	}
	return most
}

func TestGolden(t *testing.T) {
	// Every run flushes at some 7 steps only, so that rows of the deferred runs
	// are idle for long.
	tolerance := map[string]float64{ // of the deferred runs
		"sgd": 1e-9, "adagrad": 1e-9, "momentum": 1e-9, "nesterov": 1e-9,
		"adam": 1e-13, "adamw": 1e-13, // measured 1.6e-15 and 2.0e-15
	}
	all := readGolden(t)
	if len(all) != len(tolerance) {
		t.Fatalf("%d rules in the file, want %d", len(all), len(tolerance))
	}
	for name, want := range all {
		h := want.Hyper
		fresh := func(deferred bool) solvers.Solver {
			solver, err := solvers.New(name, solvers.Settings{LearningRate: h.LR, Momentum: h.Momentum,
				Beta1: h.Beta1, Beta2: h.Beta2, Epsilon: h.Eps, WeightDecay: h.WeightDecay})
			must(t, err)
			solver.SetDefer(deferred)
			return solver
		}
		dense, gaps := want.Dense, want.Gaps
		for _, c := range []struct {
			what     string
			run      goldenRun
			sparse   bool
			deferred bool
			tol      float64
		}{
			{"dense", dense, false, false, 1e-9},
			{"dense run by rows, deferred", dense, true, true, 1e-9},
			{"gaps, dense gradient", gaps, false, false, 1e-9},
			{"gaps, dense gradient, deferred", gaps, false, true, 1e-9},
			{"gaps by rows", gaps, true, false, 1e-9},
			{"gaps by rows, deferred", gaps, true, true, tolerance[name]},
		} {
			p := matrix(c.run.Rows, c.run.Cols, flat(c.run.W0)...)
			if c.sparse {
				p = table(c.run.Rows, c.run.Cols, flat(c.run.W0)...)
			}
			got := c.run.steps(t, fresh(c.deferred), p, c.sparse)
			t.Logf("%s: %s: %.1e", name, c.what, got)
			if !(got <= c.tol) {
				t.Errorf("%s: %s: off by %.2g, want at most %g", name, c.what, got, c.tol)
			}
		}
	}
}

// PyTorch calls the rule SparseAdam.
func TestGoldenLazyAdam(t *testing.T) {
	data, err := os.ReadFile("testdata/sparseadam.json")
	must(t, err)
	var want golden
	must(t, json.Unmarshal(data, &want))
	h, run := want.Hyper, want.Gaps
	for _, deferred := range []bool{false, true} {
		solver := &solvers.LazyAdam{LearningRate: h.LR, Beta1: h.Beta1, Beta2: h.Beta2, Epsilon: h.Eps}
		solver.SetDefer(deferred)
		got := run.steps(t, solver, table(run.Rows, run.Cols, flat(run.W0)...), true)
		t.Logf("deferred %v: %.1e", deferred, got)
		if !(got <= 1e-12) {
			t.Errorf("deferred %v: off by %.2g, want at most 1e-12", deferred, got)
		}
	}
}
