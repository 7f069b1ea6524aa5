package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Write writes f to w. The bytes depend on nothing but the content of f: not on
// the order of f.Tensors, nor on the metadata being nil or empty.
//
// All of f is checked before the first byte is written. The header is built in
// memory; the values go out in chunks of 64 KiB, bit by bit as they are, NaN
// included. w needs no buffer of its own.
func Write(w io.Writer, f *File) error {
	if err := write(w, f); err != nil {
		return prefixed(err)
	}
	return nil
}

func write(w io.Writer, f *File) error {
	header, order, err := formatHeader(f)
	if err != nil {
		return err
	}
	prefix := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	for _, b := range [][]byte{prefix, header} {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	chunk := make([]byte, 0, chunkSize)
	for _, i := range order {
		t := &f.Tensors[i]
		// Two of the three slices are nil.
		err := writeValues(w, t.F32, 4, chunk)
		if err == nil {
			err = writeValues(w, t.F64, 8, chunk)
		}
		if err == nil {
			err = writeValues(w, t.I64, 8, chunk)
		}
		if err != nil {
			return fmt.Errorf("tensor %s: %w", quote(t.Name), err)
		}
	}
	return nil
}

// writeValues writes values of the given size by way of chunk, whose length is
// 0 and whose capacity is used.
func writeValues[T float32 | float64 | int64](w io.Writer, values []T, size int, chunk []byte) error {
	for len(values) > 0 {
		n := min(len(values), cap(chunk)/size)
		b, err := binary.Append(chunk, binary.LittleEndian, values[:n])
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}
