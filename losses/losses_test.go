package losses_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/graph/graphtest"
	"github.com/nestnet/nestnet/losses"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// absolute is |y − f|, and chained a loss of several ops with constants: what a user writes.
var custom = []losses.Custom{
	{Label: "absolute", Func: func(f, y *gorgonia.Node) (*gorgonia.Node, error) {
		d, err := gorgonia.Sub(y, f)
		if err != nil {
			return nil, err
		}
		return gorgonia.Abs(d)
	}},
	{Label: "log-cosh", Classes: losses.PlusMinus, Func: func(f, y *gorgonia.Node) (*gorgonia.Node, error) {
		d, err := gorgonia.Sub(y, f) // ln cosh d = softplus(−2d) + d − ln 2
		if err != nil {
			return nil, err
		}
		two := gorgonia.NewConstant(-2.0)
		if f.Dtype() == tensor.Float32 {
			two = gorgonia.NewConstant(float32(-2))
		}
		m, err := gorgonia.Mul(d, two)
		if err != nil {
			return nil, err
		}
		s, err := gorgonia.Softplus(m)
		if err != nil {
			return nil, err
		}
		return gorgonia.Add(s, d)
	}},
	{Label: "ours inside", Func: func(f, y *gorgonia.Node) (*gorgonia.Node, error) {
		a, err := graph.Activate(f, graph.GELU)
		if err != nil {
			return nil, err
		}
		d, err := gorgonia.Sub(a, y)
		if err != nil {
			return nil, err
		}
		return gorgonia.Square(d)
	}},
}

func all(t *testing.T) []losses.Loss {
	t.Helper()
	var ls []losses.Loss
	for _, name := range losses.Names() {
		l, err := losses.New(name)
		if err != nil {
			t.Fatal(err)
		}
		ls = append(ls, l)
	}
	for _, c := range custom {
		ls = append(ls, c)
	}
	return ls
}

// problem is random answers f, right answers y in the loss's coding, and weights.
type problem struct {
	rows, cols int
	f, y, w    []float64
}

func newProblem(l losses.Loss, seed uint64, rows, cols int) problem {
	rng := rand.New(rand.NewPCG(seed, 3))
	p := problem{rows: rows, cols: cols}
	for range rows {
		p.w = append(p.w, 0.1+rng.Float64())
		one := rng.IntN(cols)
		for j := range cols {
			f := 6 * (rng.Float64() - 0.5)
			if math.Abs(math.Abs(f)-1) < 0.05 || math.Abs(f) < 0.05 {
				f += 0.15 // off the kinks of hinge, huber and |y−f|
			}
			var y float64
			switch l.Coding() {
			case losses.OneHot:
				if j == one {
					y = 1
				}
			case losses.ZeroOne:
				y = float64(rng.IntN(2))
			case losses.PlusMinus:
				y = float64(2*rng.IntN(2) - 1)
			}
			if r := math.Abs(y - f); math.Abs(r-1) < 0.05 || r < 0.05 {
				f += 0.15
			}
			p.f, p.y = append(p.f, f), append(p.y, y)
		}
	}
	return p
}

func dense(dt tensor.Dtype, x []float64, shape ...int) *tensor.Dense {
	d := tensor.New(tensor.Of(dt), tensor.WithShape(shape...))
	for i, v := range x {
		if dt == tensor.Float32 {
			d.Float32s()[i] = float32(v)
		} else {
			d.Float64s()[i] = v
		}
	}
	return d
}

func numbers(v gorgonia.Value) []float64 {
	var out []float64
	switch x := v.Data().(type) {
	case []float64:
		return append(out, x...)
	case []float32:
		for _, f := range x {
			out = append(out, float64(f))
		}
	case float64:
		out = []float64{x}
	case float32:
		out = []float64{float64(x)}
	}
	return out
}

// fused runs the loss and its gradient on a Machine, stock on a TapeMachine.
func fused(t *testing.T, l losses.Loss, dt tensor.Dtype, p problem) (loss float64, grad []float64) {
	t.Helper()
	g := gorgonia.NewGraph()
	f, y := matrix(g, "f", dense(dt, p.f, p.rows, p.cols)), matrix(g, "y", dense(dt, p.y, p.rows, p.cols))
	w := gorgonia.NewVector(g, dt, gorgonia.WithName("w"), gorgonia.WithShape(p.rows), gorgonia.WithValue(dense(dt, p.w, p.rows)))
	n, err := l.Fused(f, y, w)
	if err != nil {
		t.Fatalf("Fused: %v", err)
	}
	ds, err := gorgonia.Grad(n, f)
	if err != nil {
		t.Fatalf("Fused: %v", err)
	}
	m, err := graph.NewMachine(g, n, ds[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	return numbers(m.Value(n))[0], numbers(m.Value(ds[0]))
}

func stock(t *testing.T, l losses.Loss, dt tensor.Dtype, p problem) (loss float64, grad []float64) {
	t.Helper()
	g := gorgonia.NewGraph()
	f, y := matrix(g, "f", dense(dt, p.f, p.rows, p.cols)), matrix(g, "y", dense(dt, p.y, p.rows, p.cols))
	var repeated []float64
	for _, w := range p.w {
		for range p.cols {
			repeated = append(repeated, w)
		}
	}
	n, err := l.Stock(f, y, matrix(g, "w", dense(dt, repeated, p.rows, p.cols)))
	if err != nil {
		t.Fatalf("Stock: %v", err)
	}
	ds, err := gorgonia.Grad(n, f)
	if err != nil {
		t.Fatalf("Stock: %v", err)
	}
	var lv, dv gorgonia.Value
	gorgonia.Read(n, &lv)
	gorgonia.Read(ds[0], &dv)
	tape := gorgonia.NewTapeMachine(g)
	defer tape.Close()
	if err := tape.RunAll(); err != nil {
		t.Fatal(err)
	}
	return numbers(lv)[0], numbers(dv)
}

func matrix(g *gorgonia.ExprGraph, name string, v *tensor.Dense) *gorgonia.Node {
	return gorgonia.NewMatrix(g, v.Dtype(), gorgonia.WithName(name), gorgonia.WithShape(v.Shape()...), gorgonia.WithValue(v))
}

// TestFusedEqualsStock: two statements of one formula, on two engines. A new loss is a
// new row by being known to New.
func TestFusedEqualsStock(t *testing.T) {
	for _, l := range all(t) {
		for _, row := range []struct {
			dt  tensor.Dtype
			tol float64
		}{{tensor.Float64, 1e-12}, {tensor.Float32, 1e-5}} {
			for _, s := range [][2]int{{1, 1}, {1, 3}, {4, 1}, {5, 2}, {7, 4}} {
				t.Run(fmt.Sprintf("%s/%v/%v", l.Name(), row.dt, s), func(t *testing.T) {
					for seed := range uint64(5) {
						p := newProblem(l, seed, s[0], s[1])
						loss, grad := fused(t, l, row.dt, p)
						wantLoss, wantGrad := stock(t, l, row.dt, p)
						if !near(loss, wantLoss, row.tol) {
							t.Errorf("seed %d: fused loss %v, stock %v", seed, loss, wantLoss)
						}
						for i := range wantGrad {
							if len(grad) != len(wantGrad) || !near(grad[i], wantGrad[i], row.tol) {
								t.Errorf("seed %d: fused gradient %v, stock %v", seed, grad, wantGrad)
								break
							}
						}
					}
				})
			}
		}
	}
}

func near(got, want, tol float64) bool { return math.Abs(got-want) <= tol*max(1, math.Abs(want)) }

// TestFormulas holds both to the formula of the doc comment, written once more in plain Go.
func TestFormulas(t *testing.T) {
	sigma := func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
	formulas := map[string]func(f, y []float64) float64{
		"squared":  sum(func(f, y float64) float64 { return (y - f) * (y - f) }),
		"logistic": sum(func(f, y float64) float64 { return math.Log2(1 + math.Exp(-y*f)) }),
		"binary-crossentropy": sum(func(f, y float64) float64 {
			return -y*math.Log(sigma(f)) - (1-y)*math.Log(1-sigma(f))
		}),
		"crossentropy": func(f, y []float64) float64 {
			var all, l float64
			for _, z := range f {
				all += math.Exp(z)
			}
			for j, z := range f {
				l -= y[j] * math.Log(math.Exp(z)/all)
			}
			return l
		},
		"hinge": sum(func(f, y float64) float64 { return math.Max(0, 1-y*f) }),
		"huber": sum(func(f, y float64) float64 {
			if r := math.Abs(y - f); r > 1 {
				return r - 0.5
			}
			return (y - f) * (y - f) / 2
		}),
	}
	for _, name := range losses.Names() {
		l, _ := losses.New(name)
		formula, ok := formulas[name]
		if !ok {
			t.Errorf("%s has no formula here", name)
			continue
		}
		for seed := range uint64(10) {
			p := newProblem(l, seed, 4, 3)
			var want float64
			for i, w := range p.w {
				want += w * formula(p.f[i*3:i*3+3], p.y[i*3:i*3+3])
			}
			if got, _ := fused(t, l, tensor.Float64, p); !near(got, want, 1e-13) {
				t.Errorf("%s, fused: %v, want %v", name, got, want)
			}
			if got, _ := stock(t, l, tensor.Float64, p); !near(got, want, 1e-13) {
				t.Errorf("%s, stock: %v, want %v", name, got, want)
			}
		}
	}
}

func sum(l func(f, y float64) float64) func(f, y []float64) float64 {
	return func(f, y []float64) (s float64) {
		for j := range f {
			s += l(f[j], y[j])
		}
		return s
	}
}

// One number each, worked out by hand.
func TestByHand(t *testing.T) {
	for _, row := range []struct {
		loss       losses.Loss
		f, y       []float64
		want       float64
		grad       []float64
		derivation string
	}{
		{losses.Squared{}, []float64{3, 1}, []float64{1, 1}, 4, []float64{4, 0}, "(1−3)² + 0"},
		{losses.Logistic{}, []float64{0}, []float64{1}, 1, []float64{-0.5 / math.Ln2}, "log₂ 2: one bit"},
		{losses.Logistic{}, []float64{math.Log(3)}, []float64{-1}, 2, []float64{0.75 / math.Ln2}, "log₂(1+3)"},
		{losses.BinaryCrossEntropy{}, []float64{math.Log(3)}, []float64{1}, math.Log(4.0 / 3), []float64{-0.25}, "σ(ln 3) = ¾"},
		{losses.BinaryCrossEntropy{}, []float64{math.Log(3)}, []float64{0}, math.Log(4), []float64{0.75}, "1 − ¾"},
		{losses.CrossEntropy{}, []float64{math.Log(5), math.Log(3), 0, 0}, []float64{1, 0, 0, 0}, math.Ln2, []float64{-0.5, 0.3, 0.1, 0.1}, "p = 5/10"},
		{losses.CrossEntropy{}, []float64{7, 7, 7}, []float64{0, 1, 0}, math.Log(3), []float64{1. / 3, -2. / 3, 1. / 3}, "undecided: ln C"},
		{losses.Hinge{}, []float64{0.5, -3, 2}, []float64{1, 1, 1}, 4.5, []float64{-1, -1, 0}, "½ + 4 + 0"},
		{losses.Huber{}, []float64{0.5, 3}, []float64{0, 0}, 2.625, []float64{0.5, 1}, "⅛ + 2½"},
	} {
		loss, grad := fused(t, row.loss, tensor.Float64, problem{rows: 1, cols: len(row.f), f: row.f, y: row.y, w: []float64{1}})
		if !near(loss, row.want, 1e-15) {
			t.Errorf("%s at %v, %v: %v, want %v (%s)", row.loss.Name(), row.f, row.y, loss, row.want, row.derivation)
		}
		for j := range grad {
			if !near(grad[j], row.grad[j], 1e-15) {
				t.Errorf("%s at %v, %v: gradient %v, want %v", row.loss.Name(), row.f, row.y, grad, row.grad)
				break
			}
		}
	}
}

// TestGradients: both statements against differences.
func TestGradients(t *testing.T) {
	for _, l := range all(t) {
		for _, s := range [][2]int{{1, 1}, {3, 4}} {
			p := newProblem(l, 11, s[0], s[1])
			f, y := dense(tensor.Float64, p.f, s[0], s[1]), dense(tensor.Float64, p.y, s[0], s[1])
			t.Run(fmt.Sprintf("%s/%v/fused", l.Name(), s), func(t *testing.T) {
				graphtest.CheckGradient(t, func(_ *gorgonia.ExprGraph, in ...*gorgonia.Node) (*gorgonia.Node, error) {
					return l.Fused(in[0], in[1], in[2])
				}, f, graphtest.Data(y), graphtest.Data(dense(tensor.Float64, p.w, s[0])))
			})
			t.Run(fmt.Sprintf("%s/%v/stock", l.Name(), s), func(t *testing.T) {
				w := make([]float64, s[0]*s[1])
				for i := range w {
					w[i] = p.w[i/s[1]]
				}
				graphtest.CheckGradient(t, func(_ *gorgonia.ExprGraph, in ...*gorgonia.Node) (*gorgonia.Node, error) {
					return l.Stock(in[0], in[1], in[2])
				}, f, graphtest.Data(y), graphtest.Data(dense(tensor.Float64, w, s[0], s[1])))
			})
		}
	}
}

// The stock statements are finite at large logits too; the fused ones are tested in
// package graph.
func TestStockExtremes(t *testing.T) {
	for _, l := range all(t) {
		for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
			for _, f := range [][]float64{{1e4, -1e4}, {-1e4, 1e4}, {1e4, 1e4}, {-1e4, -1e4}, {0, 0}} {
				p := problem{rows: 2, cols: 2, f: append(f, 0, 0.5), y: []float64{1, 0, 0, 1}, w: []float64{1, 1}}
				if l.Coding() == losses.PlusMinus {
					p.y = []float64{1, -1, -1, 1}
				}
				loss, grad := stock(t, l, dt, p)
				fl, fg := fused(t, l, dt, p)
				if math.IsNaN(loss) || math.IsInf(loss, 0) || !near(loss, fl, 2e-7) {
					t.Errorf("%s %v at %v: stock loss %v, fused %v", l.Name(), dt, f, loss, fl)
				}
				for i := range grad {
					if math.IsNaN(grad[i]) || !near(grad[i], fg[i], 2e-6) && !(l.Name() == "absolute" && p.f[i] == p.y[i]) {
						t.Errorf("%s %v at %v: stock gradient %v, fused %v", l.Name(), dt, f, grad, fg)
						break
					}
				}
			}
		}
	}
}

func TestStockLogSoftmax(t *testing.T) {
	// Rows far apart, which stock LogSoftMax alone makes NaN.
	g := gorgonia.NewGraph()
	z := matrix(g, "z", dense(tensor.Float32, []float64{120, 0, 0, 1, -120, -120}, 3, 2))
	n, err := losses.StockLogSoftmax(z)
	if err != nil {
		t.Fatal(err)
	}
	var v gorgonia.Value
	gorgonia.Read(n, &v)
	tape := gorgonia.NewTapeMachine(g)
	defer tape.Close()
	if err := tape.RunAll(); err != nil {
		t.Fatal(err)
	}
	lse := math.Log(1 + math.E)
	for i, want := range []float64{0, -120, -lse, 1 - lse, -math.Ln2, -math.Ln2} {
		if got := numbers(v)[i]; !near(got, want, 1e-6) {
			t.Errorf("element %d is %v, want %v", i, got, want)
		}
	}
}

func TestNew(t *testing.T) {
	names := losses.Names()
	if want := []string{"squared", "logistic", "binary-crossentropy", "crossentropy", "hinge", "huber"}; !slices.Equal(names, want) {
		t.Errorf("names %v, want %v: a saved model knows its loss by these words", names, want)
	}
	for _, name := range names {
		if l, err := losses.New(name); err != nil || l.Name() != name {
			t.Errorf("New(%q) = %v, %v", name, l, err)
		}
	}
	_, err := losses.New("cross-entropy")
	if err == nil {
		t.Fatal("cross-entropy is known")
	}
	for _, want := range append(names, `"cross-entropy"`) {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %s", err, want)
		}
	}
}

// What a network reads off a loss: codings, outputs that graph knows, logits.
func TestProperties(t *testing.T) {
	for _, row := range []struct {
		loss   losses.Loss
		first  string
		logits bool
		coding losses.Coding
	}{
		{losses.Squared{}, "linear", false, losses.ZeroOne},
		{losses.Logistic{}, "linear", false, losses.PlusMinus},
		{losses.BinaryCrossEntropy{}, "sigmoid", true, losses.ZeroOne},
		{losses.CrossEntropy{}, "softmax", true, losses.OneHot},
		{losses.Hinge{}, "linear", false, losses.PlusMinus},
		{losses.Huber{}, "linear", false, losses.ZeroOne},
		{losses.Custom{}, "linear", false, losses.ZeroOne},
		{losses.Custom{Output: "tanh", Logits: true, Classes: losses.OneHot}, "tanh", true, losses.OneHot},
	} {
		l := row.loss
		if l.Outputs()[0] != row.first || l.TakesLogits() != row.logits || l.Coding() != row.coding {
			t.Errorf("%s: output %s, logits %v, coding %v; want %s, %v, %v", l.Name(),
				l.Outputs()[0], l.TakesLogits(), l.Coding(), row.first, row.logits, row.coding)
		}
		for _, o := range l.Outputs() {
			if _, err := graph.ParseActivation(o); err != nil && o != "softmax" {
				t.Errorf("%s goes with %q: %v", l.Name(), o, err)
			}
		}
	}
	if name := (losses.Custom{}).Name(); name != "custom" {
		t.Errorf("a Custom without Label is called %q", name)
	}
}

func TestCustomErrors(t *testing.T) {
	errOut := errors.New("no such formula")
	for _, row := range []struct {
		name string
		loss losses.Custom
		want string
	}{
		{"no Func", losses.Custom{}, "without Func"},
		{"Func fails", losses.Custom{Label: "mine", Func: func(f, y *gorgonia.Node) (*gorgonia.Node, error) { return nil, errOut }}, "mine: no such formula"},
		{"nil", losses.Custom{Func: func(f, y *gorgonia.Node) (*gorgonia.Node, error) { return nil, nil }}, "(2, 3)"},
		{"a sum", losses.Custom{Func: func(f, y *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(f) }}, "(2, 3)"},
	} {
		g := gorgonia.NewGraph()
		in := make([]*gorgonia.Node, 3)
		for i := range in {
			in[i] = matrix(g, fmt.Sprint("in", i), dense(tensor.Float64, make([]float64, 6), 2, 3))
		}
		for engine, declare := range map[string]func(f, y, w *gorgonia.Node) (*gorgonia.Node, error){"Fused": row.loss.Fused, "Stock": row.loss.Stock} {
			_, err := declare(in[0], in[1], in[2])
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s, %s: error %v, want one with %q", row.name, engine, err, row.want)
			}
			if row.name == "Func fails" && !errors.Is(err, errOut) {
				t.Errorf("%s: %v does not wrap the error of Func", engine, err)
			}
		}
	}
}
