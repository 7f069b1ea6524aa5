//go:build !amd64 || purego

package kernel

// vector says whether the float32 kernels run in assembly: here there is none.
const vector = false

// wide says whether it uses AVX-512.
const wide = false
