package solvers_test

import (
	"fmt"
	"math"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Example finds the line through three points with a Gorgonia graph.
func Example() {
	g := gorgonia.NewGraph()
	given := func(name string, data ...float64) *gorgonia.Node {
		return gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(len(data)), gorgonia.WithName(name),
			gorgonia.WithValue(tensor.New(tensor.WithBacking(data))))
	}
	x, y := given("x", 0, 1, 2), given("y", 1, 3, 5)
	a := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName("a"), gorgonia.WithValue(0.0))
	b := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName("b"), gorgonia.WithValue(0.0))
	line := gorgonia.Must(gorgonia.Add(gorgonia.Must(gorgonia.Mul(x, a)), b))
	loss := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sub(line, y))))))
	if _, err := gorgonia.Grad(loss, a, b); err != nil {
		fmt.Println(err)
		return
	}
	vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(a, b))
	defer vm.Close()

	solver := &solvers.Adam{LearningRate: 0.1}
	model := gorgonia.NodesToValueGrads(gorgonia.Nodes{a, b})
	for range 500 {
		if err := vm.RunAll(); err != nil {
			fmt.Println(err)
			return
		}
		if err := solver.Step(model); err != nil {
			fmt.Println(err)
			return
		}
		vm.Reset()
	}
	fmt.Printf("y = %.2f·x + %.2f\n", a.Value().Data(), b.Value().Data())
	// Output: y = 2.00·x + 1.00
}

func ExampleNew() {
	for _, name := range []string{"adam", "sgd", "adma"} {
		solver, err := solvers.New(name, solvers.Settings{Beta1: 0.8})
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(solver.Settings())
	}
	// Output:
	// learning rate 0.001, beta1 0.8, beta2 0.999, epsilon 1e-08
	// solvers: sgd has no setting beta1
	// solvers: unknown solver "adma", want one of adam, rmsprop, momentum, nesterov, sgd, adagrad, adamw, lazyadam
}

func ExampleAdam_Check() {
	solver := &solvers.Adam{LearningRate: -1, Beta2: 1}
	fmt.Println(solver.Check())
	// Output:
	// solvers: adam: learning rate is -1, want a finite number that is not negative; beta2 is 1, want at least 0 and below 1
}

// A weight is a parameter without a graph.
type weight struct{ value, grad gorgonia.Value }

func (w *weight) Value() gorgonia.Value         { return w.value }
func (w *weight) Grad() (gorgonia.Value, error) { return w.grad, nil }

// Example_deferred steps a table of a million rows of which each step reads one.
func Example_deferred() {
	const words = 1_000_000
	table := tensor.New(tensor.WithShape(words, 1), tensor.Of(tensor.Float32))
	grad := graph.NewRowGrad(tensor.Float32, words, 1)
	model := []gorgonia.ValueGrad{&weight{table, grad}}

	solver := &solvers.Momentum{LearningRate: 0.1}
	solver.SetDefer(true)
	for step := range 100 {
		rows := []int32{int32(step % 2)} // the word 0, then 1, then 0 …
		if err := solver.CatchUp(model, 0, rows); err != nil {
			fmt.Println(err)
			return
		}
		grad.Resize(rows)
		if step < 2 {
			grad.Float32s()[0] = 1
		}
		if err := solver.Step(model); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := solver.Flush(model); err != nil {
		fmt.Println(err)
		return
	}
	// One gradient of 1 at rate 0.1: 0.1·(1 + μ + μ² + …) = 1.
	fmt.Printf("%.3f\n", table.Float32s()[:3])
	// Output: [-1.000 -1.000 0.000]
}

// signDescent moves every weight by the same amount against its gradient.
type signDescent struct{ rate float64 }

func (s signDescent) Step(model []gorgonia.ValueGrad) error {
	for _, p := range model {
		grad, err := p.Grad()
		if err != nil {
			return err
		}
		w, g := p.Value().(*tensor.Dense).Float64s(), grad.(*tensor.Dense).Float64s()
		for i := range w {
			if g[i] != 0 {
				w[i] -= math.Copysign(s.rate, g[i])
			}
			g[i] = 0
		}
	}
	return nil
}

// Example_ownRule is a solver of one's own, for any Gorgonia graph.
func Example_ownRule() {
	p := &weight{tensor.New(tensor.WithBacking([]float64{1, 1})), tensor.New(tensor.WithBacking([]float64{5, -3}))}
	var solver gorgonia.Solver = signDescent{rate: 0.5}
	if err := solver.Step([]gorgonia.ValueGrad{p}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(p.value.Data())
	// Output: [0.5 1.5]
}
