package solvers_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestZeroValuesWork(t *testing.T) {
	for _, solver := range []solvers.Solver{&solvers.SGD{}, &solvers.Momentum{}, &solvers.Nesterov{},
		&solvers.RMSprop{}, &solvers.AdaGrad{}, &solvers.Adam{}, &solvers.AdamW{}} {
		byName, err := solvers.New(solver.Name(), solvers.Settings{})
		must(t, err)
		if got, want := solver.Settings().String(), byName.Settings().String(); got != want || got == "" {
			t.Errorf("%s: defaults %q, by name %q", solver.Name(), got, want)
		}
		// Resolved settings make the same solver again.
		again, err := solvers.New(solver.Name(), solver.Settings())
		must(t, err)
		if got, want := again.Settings().String(), solver.Settings().String(); got != want {
			t.Errorf("%s: settings %q give %q", solver.Name(), want, got)
		}
	}
}

func TestSettingsAsJSON(t *testing.T) {
	s := (&solvers.AdamW{Schedule: decaying}).Settings()
	data, err := json.Marshal(s)
	must(t, err)
	var back solvers.Settings
	must(t, json.Unmarshal(data, &back))
	s.Schedule = nil
	if back.String() != s.String() {
		t.Errorf("%s: read back %v, want %v", data, back, s)
	}
}

// Each rule keeps the settings it has, and refuses those it does not have.
func TestNewTakesEverySetting(t *testing.T) {
	one := map[string]solvers.Settings{
		"learning rate": {LearningRate: 0.5}, "momentum": {Momentum: 0.5}, "rho": {Rho: 0.5},
		"beta1": {Beta1: 0.5}, "beta2": {Beta2: 0.5}, "epsilon": {Epsilon: 0.5},
		"weight decay": {WeightDecay: 0.5}, "l1": {L1: 0.5}, "l2": {L2: 0.5}, "clip": {Clip: 0.5},
	}
	has := map[string]string{
		"sgd": "learning rate,l1,l2,clip", "momentum": "learning rate,momentum,l1,l2,clip",
		"nesterov": "learning rate,momentum,l1,l2,clip", "rmsprop": "learning rate,rho,epsilon,l1,l2,clip",
		"adagrad": "learning rate,epsilon,l1,l2,clip", "adam": "learning rate,beta1,beta2,epsilon,l1,l2,clip",
		"adamw":    "learning rate,beta1,beta2,epsilon,weight decay,l1,clip",
		"lazyadam": "learning rate,beta1,beta2,epsilon,clip",
	}
	for _, name := range solvers.Names() {
		for setting, s := range one {
			solver, err := solvers.New(name, s)
			if strings.Contains(","+has[name]+",", ","+setting+",") {
				if err != nil {
					t.Errorf("%s with %s: %v", name, setting, err)
				} else if !strings.Contains(solver.Settings().String(), setting+" 0.5") {
					t.Errorf("%s with %s 0.5 has %v", name, setting, solver.Settings())
				}
			} else if want := "solvers: " + name + " has no setting " + setting; err == nil || err.Error() != want {
				t.Errorf("%s with %s: error %v, want %s", name, setting, err, want)
			}
		}
		solver, err := solvers.New(name, solvers.Settings{Schedule: decaying})
		must(t, err)
		if solver.Settings().Schedule == nil {
			t.Errorf("%s loses its schedule", name)
		}
	}
}

func TestBadSettings(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		solver solvers.Solver
		want   []string // all in one error
	}{
		{&solvers.SGD{LearningRate: -1}, []string{"solvers: sgd: learning rate is -1"}},
		{&solvers.SGD{LearningRate: nan, L1: -1, L2: inf, Clip: nan},
			[]string{"learning rate is NaN", "l1 is -1", "l2 is +Inf", "clip is NaN"}},
		{&solvers.Momentum{Momentum: 1}, []string{"momentum is 1"}},
		{&solvers.Nesterov{Momentum: -0.1}, []string{"momentum is -0.1"}},
		{&solvers.RMSprop{Rho: 1.5, Epsilon: -1}, []string{"rho is 1.5", "epsilon is -1"}},
		{&solvers.AdaGrad{Epsilon: nan}, []string{"epsilon is NaN"}},
		{&solvers.Adam{Beta1: 1, Beta2: nan}, []string{"beta1 is 1", "beta2 is NaN"}},
		{&solvers.AdamW{WeightDecay: -1}, []string{"weight decay is -1"}},
	} {
		p := matrix(1, 1, 5)
		copy(p.g(), []float64{1})
		for what, err := range map[string]error{"Check": c.solver.Check(), "Step": c.solver.Step(model(p))} {
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "solvers: ") {
					t.Errorf("%s: %s: error %v, want %q in it", c.solver.Name(), what, err, want)
				}
			}
		}
		if p.w()[0] != 5 {
			t.Errorf("%s: a refused step changed the weight to %v", c.solver.Name(), p.w()[0])
		}
	}
}

func TestBadSchedule(t *testing.T) {
	for _, factor := range []float64{-1, math.NaN(), math.Inf(1)} {
		solver := &solvers.SGD{Schedule: func(step int) float64 {
			if step == 2 {
				return factor
			}
			return 1
		}}
		m := model(matrix(1, 1))
		must(t, solver.Step(m))
		if err := solver.Step(m); err == nil || !strings.Contains(err.Error(), "step 2") {
			t.Errorf("factor %v: error %v, want one naming step 2", factor, err)
		}
	}
	// A decay of the whole weight or more in a step.
	solver := &solvers.AdamW{LearningRate: 1, WeightDecay: 1}
	if err := solver.Step(model(matrix(1, 1))); err == nil || !strings.Contains(err.Error(), "weight decay 1") {
		t.Errorf("error %v, want one about the weight decay", err)
	}
}

func TestBadModel(t *testing.T) {
	d := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float64))
	}
	d32 := tensor.New(tensor.WithShape(2, 3), tensor.Of(tensor.Float32))
	transposed := d(3, 2)
	must(t, transposed.T())
	rowGrad := func(shape []int, rows ...int32) *graph.RowGrad {
		g := graph.NewRowGrad(tensor.Float64, shape[0], shape[1])
		g.Resize(rows)
		return g
	}
	two := []int{2, 3}
	good := &param{"hidden", d(2, 3), d(2, 3)}
	for _, c := range []struct {
		what string
		bad  gorgonia.ValueGrad // after a step with the good one
		want string
	}{
		{"shape", &param{"hidden", d(4, 3), d(4, 3)}, "solvers: hidden: want the shape (2, 3) float64 of the steps before, got (4, 3) float64"},
		{"dtype", &param{"hidden", d32, d32}, "solvers: hidden: want the shape (2, 3) float64 of the steps before, got (2, 3) float32"},
		{"gradient's shape", &param{"hidden", d(2, 3), d(3, 2)}, "solvers: hidden: value is (2, 3) float64, but its gradient (3, 2) float64"},
		{"gradient's dtype", &param{"hidden", d(2, 3), d32}, "solvers: hidden: value is (2, 3) float64, but its gradient (2, 3) float32"},
		{"transposed", &param{"hidden", transposed, d(2, 3)}, "solvers: hidden: value: (2, 3) tensor: want contiguous rows"},
		{"no value", &param{"hidden", nil, d(2, 3)}, "solvers: hidden: value: it has no value"},
		{"no gradient", &param{"hidden", d(2, 3), nil}, "solvers: hidden: gradient: it has no value"},
		{"no name", &param{"", d(2, 3), nil}, "solvers: parameter 0: gradient: it has no value"},
		{"type", &param{"hidden", gorgonia.NewI(3), d(2, 3)}, "solvers: hidden: value: *gorgonia.I: want *tensor.Dense, *gorgonia.F32 or *gorgonia.F64"},
		{"integers", &param{"hidden", tensor.New(tensor.WithShape(2, 3), tensor.Of(tensor.Int)), d(2, 3)}, "solvers: hidden: value: dtype int: want float32 or float64"},
		{"rows' shape", &param{"hidden", d(2, 3), rowGrad([]int{3, 2})}, "solvers: hidden: value is (2, 3) float64, but its gradient (3, 2) float64"},
		{"rows unsorted", &param{"hidden", d(2, 3), rowGrad(two, 1, 0)}, "solvers: hidden: gradient: row 0 after row 1: want ascending rows below 2"},
		{"row too large", &param{"hidden", d(2, 3), rowGrad(two, 2)}, "solvers: hidden: gradient: row 2 after row -1: want ascending rows below 2"},
	} {
		for _, solver := range all(t, defaults) {
			must(t, solver.Step(model(good)))
			if err := solver.Step([]gorgonia.ValueGrad{c.bad}); err == nil || err.Error() != c.want {
				t.Errorf("%s: %s: error %v, want %s", solver.Name(), c.what, err, c.want)
			}
			err := solver.Step(model(good, good))
			if want := "solvers: want the 1 parameters of the steps before, got 2"; err == nil || err.Error() != want {
				t.Errorf("%s: error %v, want %s", solver.Name(), err, want)
			}
			must(t, solver.Step(model(good)))
		}
	}
}

func TestBadCatchUp(t *testing.T) {
	solver := &solvers.Adam{}
	solver.SetDefer(true)
	p := table(2, 3)
	must(t, solver.CatchUp(model(p), 0, []int32{1})) // nothing to do before the first step
	if catchUp, err := solver.CatchUpLater(model(p), 0); catchUp != nil || err != nil {
		t.Errorf("before the first step: there is something to catch up, error %v", err)
	}
	p.rows([]int32{0})
	must(t, solver.Step(model(p)))
	for _, rows := range [][]int32{{2}, {-1}} {
		if err := solver.CatchUp(model(p), 0, rows); err == nil || !strings.HasPrefix(err.Error(), "solvers: w: catch up: want rows below 2") {
			t.Errorf("rows %v: error %v", rows, err)
		}
	}
	if err := solver.CatchUp(model(p), 1, nil); err == nil {
		t.Error("parameter 1 of 1: no error")
	}
	if _, err := solver.CatchUpLater(model(p), 1); err == nil {
		t.Error("parameter 1 of 1, later: no error")
	}
	if err := solver.Flush(model(table(4, 3))); err == nil {
		t.Error("flush of another shape: no error")
	}
}
