package safetensors

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Tensor is a named array. Exactly one of F32, F64 and I64 is not nil; it gives
// the tensor's type and holds its values row by row (the last index runs
// fastest). A tensor without values has a slice that is empty but not nil.
type Tensor struct {
	Name string

	// Shape holds the length of each dimension. Their product is the number of
	// values. An empty shape, nil or not, is that of a single value.
	Shape []int

	F32 []float32
	F64 []float64
	I64 []int64
}

// File is the content of a safetensors file.
type File struct {
	// Metadata is free text. If it is empty, Write leaves it out; Read never
	// leaves it nil.
	Metadata map[string]string

	// Tensors have names that differ. Read returns them in the order of their
	// data. Write takes them in any order and leaves the slice as it is.
	Tensors []Tensor
}

// metadataKey is the header's entry for the metadata, so no tensor's name.
const metadataKey = "__metadata__"

// dtype is a type of values, by its name in the header.
type dtype string

const (
	f32 dtype = "F32"
	f64 dtype = "F64"
	i64 dtype = "I64"
)

// size returns the bytes a value takes, and 0 for a type that is not supported.
func (d dtype) size() int {
	switch d {
	case f32:
		return 4
	case f64, i64:
		return 8
	}
	return 0
}

// dtype returns the type of t's values and their number.
func (t *Tensor) dtype() (d dtype, n int, err error) {
	slices := 0
	if t.F32 != nil {
		d, n = f32, len(t.F32)
		slices++
	}
	if t.F64 != nil {
		d, n = f64, len(t.F64)
		slices++
	}
	if t.I64 != nil {
		d, n = i64, len(t.I64)
		slices++
	}
	switch slices {
	case 0:
		return "", 0, errors.New("no values: F32, F64 and I64 are all nil")
	case 1:
		return d, n, nil
	}
	return "", 0, errors.New("more than one of F32, F64 and I64 is set")
}

// elements returns the product of the dimensions. To be safe for whoever
// multiplies some of them, in any order, those other than 0 must have a product
// that does not overflow, even if the product of all is 0.
func elements(shape []int) (int, error) {
	product, zero := uint64(1), false
	for _, dim := range shape {
		switch {
		case dim < 0:
			return 0, fmt.Errorf("negative dimension in shape %v", brief(shape))
		case dim == 0:
			zero = true
			continue
		}
		high, low := bits.Mul64(product, uint64(dim))
		if high != 0 || low > math.MaxInt {
			return 0, fmt.Errorf("shape %v overflows", brief(shape))
		}
		product = low
	}
	if zero {
		return 0, nil
	}
	return int(product), nil
}

// brief formats a shape for an error, which a hostile file must not swell.
func brief(shape []int) string {
	if len(shape) > 16 {
		return fmt.Sprintf("of %d dimensions", len(shape))
	}
	return fmt.Sprint(shape)
}
