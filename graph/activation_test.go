package graph_test

import (
	"math"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func activate(act graph.Activation) builder {
	return func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return graph.Activate(in[0], act) }
}

// At a kink the derivative is the one from the left: relu′(0) = 0, leakyrelu′(0) = 0.01.
// elu has none (1 from both sides), but two pieces meet there.
func TestKinks(t *testing.T) {
	zeroes := []float64{0, math.Copysign(0, -1)}
	for _, row := range []struct {
		act   graph.Activation
		slope float64
	}{
		{graph.ReLU, 0},
		{graph.LeakyReLU, 0.01},
		{graph.ELU, 1},
	} {
		for _, dt := range dtypes {
			f, d := evaluate(t, activate(row.act), 1, dense(dt, tensor.Shape{1, 2}, zeroes...))
			wantNear(t, row.act.String()+"(0)", f, []float64{0, 0}, 0)
			wantNear(t, row.act.String()+"′(0)", d[0], []float64{row.slope, row.slope}, 1e-9)

			// And the same fused with the affine part: 1·z + 0.
			affine := func(in ...*gorgonia.Node) (*gorgonia.Node, error) {
				return graph.Affine(in[0], in[1], in[2], row.act)
			}
			_, d = evaluate(t, affine, 1, dense(dt, tensor.Shape{2, 1}, zeroes...), full(dt, 1, 1, 1), full(dt, 0, 1))
			wantNear(t, row.act.String()+"′(0), fused", d[0], []float64{row.slope, row.slope}, 1e-9)
		}
	}
}

// The smallest numbers on either side of the kink.
func TestBesideTheKink(t *testing.T) {
	for _, dt := range dtypes {
		tiny := 1e-300
		if dt == tensor.Float32 {
			tiny = 1e-37
		}
		for act, want := range map[graph.Activation][]float64{
			graph.ReLU: {0, 1}, graph.LeakyReLU: {0.01, 1}, graph.ELU: {1, 1},
		} {
			_, d := evaluate(t, activate(act), 1, dense(dt, tensor.Shape{1, 2}, -tiny, tiny))
			wantNear(t, act.String()+"′(∓tiny)", d[0], want, 1e-9)
		}
	}
}

func TestActivationExtremes(t *testing.T) {
	for _, row := range []struct {
		act            graph.Activation
		low, high      float64 // f(−1e4), f(1e4)
		dLow, dHigh    float64
		nanInTheSlope  bool // the derivative at NaN is NaN; relu's is a choice of two constants
		atInf, atMinus float64
	}{
		{graph.Linear, -1e4, 1e4, 1, 1, false, math.Inf(1), math.Inf(-1)},
		{graph.ReLU, 0, 1e4, 0, 1, false, math.Inf(1), 0},
		{graph.LeakyReLU, -100, 1e4, 0.01, 1, false, math.Inf(1), math.Inf(-1)},
		{graph.ELU, -1, 1e4, 0, 1, true, math.Inf(1), -1},
		{graph.Sigmoid, 0, 1, 0, 0, true, 1, 0},
		{graph.Tanh, -1, 1, 0, 0, true, 1, -1},
		{graph.Softplus, 0, 1e4, 0, 1, true, math.Inf(1), 0},
		{graph.GELU, 0, 1e4, 0, 1, true, math.Inf(1), math.NaN()}, // −∞·0
		{graph.Swish, 0, 1e4, 0, 1, true, math.Inf(1), math.NaN()},
	} {
		for _, dt := range dtypes {
			name := row.act.String() + " " + dt.String()
			f, d := evaluate(t, activate(row.act), 1, dense(dt, tensor.Shape{1, 2}, -1e4, 1e4))
			wantNear(t, name+" at ±1e4", f, []float64{row.low, row.high}, 1e-6)
			wantNear(t, name+"′ at ±1e4", d[0], []float64{row.dLow, row.dHigh}, 1e-6)
			f, d = evaluate(t, activate(row.act), 1, dense(dt, tensor.Shape{1, 2}, math.NaN(), 0.5))
			if !math.IsNaN(f[0]) || math.IsNaN(f[1]) {
				t.Errorf("%s of NaN and 0.5 is %v, want NaN and a number", name, f)
			}
			if row.nanInTheSlope && !math.IsNaN(d[0][0]) || math.IsNaN(d[0][1]) {
				t.Errorf("%s′ of NaN and 0.5 is %v, want NaN and a number", name, d[0])
			}
			f, _ = evaluate(t, activate(row.act), 0, dense(dt, tensor.Shape{1, 2}, math.Inf(1), math.Inf(-1)))
			wantNear(t, name+" at ±∞", f, []float64{row.atInf, row.atMinus}, 1e-6)
		}
	}
	if n := len(graph.ActivationNames()); n != 9 {
		t.Errorf("%d activations are known, but 9 have a row here", n)
	}
}

// Numbers in the left tails: lost if computed as 1 − (a number near 1).
func TestActivationTails(t *testing.T) {
	for _, row := range []struct {
		act  graph.Activation
		z, f float64
		d    float64
	}{
		// mpmath-free closed forms: e⁻⁴⁰ = 4.248354255291589e-18 and what it dominates.
		{graph.Sigmoid, -40, 4.248354255291589e-18, 4.248354255291589e-18},
		{graph.Softplus, -40, 4.248354255291589e-18, 4.248354255291589e-18},
		{graph.Swish, -40, -40 * 4.248354255291589e-18, (1 - 40) * 4.248354255291589e-18},
		{graph.ELU, -1e-9, -1e-9 + 0.5e-18, 1 - 1e-9},
		// Φ(−10) = 7.619853024160526e-24 (R 4: pnorm(-10)); φ(10) = 7.694598626706420e-23.
		{graph.GELU, -10, -10 * 7.619853024160526e-24, 7.619853024160526e-24 - 10*7.694598626706420e-23},
	} {
		for _, dt := range dtypes {
			tol := 1e-13
			if dt == tensor.Float32 {
				tol = 2e-7
			}
			f, d := evaluate(t, activate(row.act), 1, full(dt, row.z, 1, 1))
			// The input itself is rounded in float32; only elu's −1e-9 feels it.
			if math.Abs(f[0]/row.f-1) > tol || math.Abs(d[0][0]/row.d-1) > tol {
				t.Errorf("%v %v at %v is %v, %v′ %v; want %v and %v to %v", row.act, dt, row.z, f[0], row.act, d[0][0], row.f, row.d, tol)
			}
		}
	}
}

func TestParseActivation(t *testing.T) {
	for _, name := range graph.ActivationNames() {
		if a, err := graph.ParseActivation(name); err != nil || a.String() != name {
			t.Errorf("ParseActivation(%q) = %v, %v", name, a, err)
		}
	}
	_, err := graph.ParseActivation("rellu")
	if err == nil {
		t.Fatal("rellu is known")
	}
	for _, name := range append(graph.ActivationNames(), `"rellu"`) {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("error %q does not list %s", err, name)
		}
	}
	if s := graph.Activation(99).String(); s != "Activation(99)" {
		t.Errorf("unknown activation prints as %s", s)
	}
	names := graph.ActivationNames()
	names[0] = "spoilt"
	if graph.Linear.String() != "linear" {
		t.Error("ActivationNames hands out the package's own slice")
	}
}

// Integers have no loop: an error, not a panic, as the TapeMachine dies of those.
func TestActivateIntegers(t *testing.T) {
	g := gorgonia.NewGraph()
	x := input(t, g, "x", tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]int{1, 2})))
	f, err := graph.Activate(x, graph.ReLU)
	if err != nil {
		return // refused when declared: as good
	}
	tape := gorgonia.NewTapeMachine(g)
	defer tape.Close()
	if err := tape.RunAll(); err == nil || !strings.Contains(err.Error(), "float32 or float64") {
		t.Errorf("error %v and value %v, want an error that names the types", err, f.Value())
	}
}
