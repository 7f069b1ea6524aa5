// Package kernel holds the inner loops: matrix products, rows gathered and
// scattered, activations, losses and update rules, for float32 and float64.
//
// Matrices are row-major slices without gaps. The functions check nothing: shapes
// are checked once, when a graph is declared. Sums run in a fixed order, so the
// same numbers in give the same bits out.
//
// On amd64 with AVX2 and FMA most float32 kernels run in assembly (X_amd64.s), which
// folder asm generates; the Go code beside is for all else, and what the assembly is
// tested against. Some use AVX-512 where there is that, and then give the same bits. The
// matrix products round once where the Go code rounds twice, so their results differ in
// the last bits from one kind of processor to another.
package kernel

//go:generate go -C asm run . -dir ..

// Float is the element type of all kernels.
type Float interface{ float32 | float64 }
