package kernel

import "unsafe"

// vectorized tells whether the assembly does the work for T. The compiler knows
// the size, so that for float64 nothing of the question is left.
func vectorized[T Float]() bool {
	var zero T
	return vector && unsafe.Sizeof(zero) == 4
}

// single is the same memory as float32, which T must be.
func single[T Float](x []T) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// ptr points to the first number as a float32, which T must be.
func ptr[T Float](x []T) *float32 { return (*float32)(unsafe.Pointer(unsafe.SliceData(x))) }
