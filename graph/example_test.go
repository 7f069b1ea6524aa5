package graph_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Describe, differentiate, run: two messages of a dictionary of five words.
func Example() {
	weights := tensor.New(tensor.WithShape(5, 3), tensor.WithBacking([]float64{
		1, 0, 0,
		0, 1, 0,
		0, 0, 1,
		2, -1, 0,
		0, 0, -3,
	}))
	bias := tensor.New(tensor.WithShape(3), tensor.WithBacking([]float64{0, 0.5, 1}))

	// Describe.
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(2, 5), gorgonia.WithName("x"))
	a := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(5, 3), gorgonia.WithName("a1"), gorgonia.WithValue(weights))
	b := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithShape(3), gorgonia.WithName("b1"), gorgonia.WithValue(bias))
	f, err := graph.SparseAffine(x, a, b, graph.ReLU) // f = relu(x·a + b)
	if err != nil {
		log.Fatal(err)
	}

	// Differentiate. The loss is what you make it; here, the sum of f.
	loss, err := gorgonia.Sum(f)
	if err != nil {
		log.Fatal(err)
	}
	grads, err := gorgonia.Grad(loss, a, b)
	if err != nil {
		log.Fatal(err)
	}

	// Run. The first message has words 0 and 3, the second has word 4.
	messages := graph.NewCSR(tensor.Float64, 2, 5)
	if err := messages.Set(&data.Batch{Columns: 5, Offsets: []int{0, 2, 3}, Indices: []int32{0, 3, 4}}); err != nil {
		log.Fatal(err)
	}
	m, err := graph.NewMachine(g, f, grads[0], grads[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := m.Let(x, messages); err != nil {
		log.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("f:", m.Value(f).Data())
	da := m.Value(grads[0]).(*graph.RowGrad)
	fmt.Println("rows of a with a gradient:", da.Rows())
	fmt.Println("their gradients:", da.Float64s())
	fmt.Println("gradient of b:", m.Value(grads[1]).Data())

	// Output:
	// f: [3 0 1 0 0.5 0]
	// rows of a with a gradient: [0 3 4]
	// their gradients: [1 0 1 1 0 1 0 1 0]
	// gradient of b: [1 1 1]
}

// A graph declared for a batch of three predicts for one.
func ExampleMachine_SetRows() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(3, 1), gorgonia.WithName("x"))
	p, err := graph.Activate(x, graph.Sigmoid)
	if err != nil {
		log.Fatal(err)
	}
	m, err := graph.NewMachine(g, p)
	if err != nil {
		log.Fatal(err)
	}
	batch := tensor.New(tensor.WithShape(3, 1), tensor.WithBacking([]float64{0, 0, 0}))
	if err := m.Let(x, batch); err != nil {
		log.Fatal(err)
	}
	m.SetRows(1)
	if err := m.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Value(p).Data().([]float64)[:1])
	// Output: [0.5]
}

func ExampleParseActivation() {
	act, err := graph.ParseActivation("gelu")
	fmt.Println(act, err)
	_, err = graph.ParseActivation("glue")
	fmt.Println(err)
	// Output:
	// gelu <nil>
	// graph: unknown activation "glue", want one of linear, relu, leakyrelu, elu, sigmoid, tanh, softplus, gelu, swish
}

// Draw what a layer computes.
func ExampleDot() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(8, 3), gorgonia.WithName("x"))
	a := gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(3, 2), gorgonia.WithName("a"))
	b := gorgonia.NewVector(g, tensor.Float32, gorgonia.WithShape(2), gorgonia.WithName("b"))
	f, err := graph.Affine(x, a, b, graph.Tanh)
	if err != nil {
		log.Fatal(err)
	}
	gorgonia.WithName("f")(f)
	var drawing strings.Builder
	if err := (graph.Dot{Outputs: gorgonia.Nodes{f}}).Write(&drawing); err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(drawing.String()) {
		if strings.Contains(line, "label=") || strings.Contains(line, "->") {
			fmt.Print(strings.TrimLeft(line, " "))
		}
	}
	// Output:
	// label="forward"
	// n0 [label="x\n8 × 3", style="filled,rounded", fillcolor="#ddf4ff"]
	// n1 [label="a\n3 × 2", style="filled,rounded", fillcolor="#ddf4ff"]
	// n2 [label="b\n2", style="filled,rounded", fillcolor="#ddf4ff"]
	// n3 [label="f\nAffine{tanh}\n8 × 2", fillcolor="#dafbe1"]
	// n0 -> n3 [headlabel="1"]
	// n1 -> n3 [headlabel="2"]
	// n2 -> n3 [headlabel="3"]
}
