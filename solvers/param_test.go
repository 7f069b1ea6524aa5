package solvers_test

import (
	"math"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A param is a weight with a gradient, without a graph around it.
type param struct {
	name        string
	value, grad gorgonia.Value
}

func (p *param) Name() string                  { return p.name }
func (p *param) Value() gorgonia.Value         { return p.value }
func (p *param) Grad() (gorgonia.Value, error) { return p.grad, nil }

// matrix is a parameter of float64 with a dense gradient.
func matrix(rows, cols int, w ...float64) *param {
	if len(w) == 0 {
		w = make([]float64, rows*cols)
	}
	return &param{"w",
		tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(append([]float64{}, w...))),
		tensor.New(tensor.WithShape(rows, cols), tensor.Of(tensor.Float64))}
}

// table is a parameter of float64 with a row-sparse gradient.
func table(rows, cols int, w ...float64) *param {
	p := matrix(rows, cols, w...)
	p.grad = graph.NewRowGrad(tensor.Float64, rows, cols)
	return p
}

func (p *param) w() []float64 { return p.value.(*tensor.Dense).Float64s() }

// g is the dense gradient.
func (p *param) g() []float64 { return p.grad.(*tensor.Dense).Float64s() }

// rows is the row-sparse gradient, holding the rows.
func (p *param) rows(rows []int32) []float64 {
	g := p.grad.(*graph.RowGrad)
	g.Resize(rows)
	return g.Float64s()
}

func model(params ...*param) []gorgonia.ValueGrad {
	var m []gorgonia.ValueGrad
	for _, p := range params {
		m = append(m, p)
	}
	return m
}

// all makes one solver of each kind.
func all(t testing.TB, s func(name string) solvers.Settings) []solvers.Solver {
	t.Helper()
	var list []solvers.Solver
	for _, name := range solvers.Names() {
		solver, err := solvers.New(name, s(name))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, solver)
	}
	return list
}

func defaults(string) solvers.Settings { return solvers.Settings{} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// distance is the largest difference of an element, NaN if there is one.
func distance(a, b []float64) float64 {
	most := 0.0
	for i := range a {
		d := math.Abs(a[i] - b[i])
		if !(d <= most) {
			most = d
		}
		if math.IsNaN(d) {
			return d
		}
	}
	return most
}
