// Package kernel holds the inner loops: matrix products, rows gathered and
// scattered, activations, losses and update rules, for float32 and float64.
//
// Matrices are row-major slices without gaps. The functions check nothing: shapes
// are checked once, when a graph is declared. Sums run in a fixed order, so the
// same numbers in give the same bits out.
package kernel

// Float is the element type of all kernels.
type Float interface{ float32 | float64 }
