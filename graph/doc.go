// Package graph adds to Gorgonia what a network on text needs: sparse inputs,
// row-sparse gradients, fused operations and a machine that runs them without
// allocating. Everything in it is an ordinary gorgonia.Op, gorgonia.Value or
// gorgonia.VM, so it mixes with the stock ones and with your own.
//
// # Three moments
//
// Describe. Nodes are declared in a gorgonia.ExprGraph, nothing is computed. Shapes
// and types that do not fit are errors here:
//
//	g := gorgonia.NewGraph()
//	x := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(2, 5), gorgonia.WithName("x"))
//	a := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(5, 3), gorgonia.WithName("a1"), gorgonia.WithValue(weights))
//	b := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithShape(3), gorgonia.WithName("b1"), gorgonia.WithValue(bias))
//	f, err := graph.SparseAffine(x, a, b, graph.ReLU) // f = relu(x·a + b)
//
// Differentiate. gorgonia.Grad(loss, a, b) adds the nodes of the gradient, each
// again a symbolic expression. The ops here know their own derivatives (SymDiff).
//
// Run. NewMachine orders what the wanted outputs need; RunAll computes it. Inputs
// are given with Machine.Let. A value that does not fit is an error of Let or RunAll,
// which names the node.
//
// # Conventions
//
// Rows are examples: x is (batch, inputs), W is (inputs, outputs), z = x·W + b. A
// graph is declared for a capacity of rows; a batch may hold fewer (SetRows). A loss
// is a weighted sum over examples, and the weights are an input: 1/n for the mean, 0
// for a row that is not there.
//
// Give every input its own name: Gorgonia takes two inputs of equal name, type and
// shape for one node.
package graph
