package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/nestnet/nestnet/internal/memory"
)

// chunkSize is how much of the data is read or written at once, in bytes.
const chunkSize = 1 << 16

// Read reads a safetensors file of the given size, in bytes. The size is the
// measure of all the file says of itself, so it must not come from the file.
//
// A file that is damaged, or of an unsupported type, gives a *FormatError; one
// that turns out shorter than size gives io.ErrUnexpectedEOF; other errors are
// those of r.
func Read(r io.ReaderAt, size int64) (*File, error) {
	f, err := read(r, size)
	if err != nil {
		return nil, prefixed(err)
	}
	return f, nil
}

// ReadFile reads the safetensors file at path, as Read does.
func ReadFile(path string) (*File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, prefixed(err)
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return nil, prefixed(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("safetensors: %s: not a regular file", path)
	}
	f, err := read(r, info.Size())
	if err != nil {
		var at *FormatError
		if errors.As(err, &at) {
			at.Path = path
			return nil, at
		}
		return nil, fmt.Errorf("safetensors: %s: %w", path, err)
	}
	return f, nil
}

// prefixed returns err with the package's name before it.
func prefixed(err error) error {
	if _, ok := err.(*FormatError); ok {
		return err
	}
	return fmt.Errorf("safetensors: %w", err)
}

func read(r io.ReaderAt, size int64) (*File, error) {
	if size < prefixSize {
		return nil, &FormatError{Err: fmt.Errorf("file of %d bytes, too short for the header's length", size)}
	}
	var prefix [prefixSize]byte
	if err := readFull(r, prefix[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(prefix[:])
	if n > maxHeader {
		return nil, &FormatError{Err: fmt.Errorf("header of %d bytes, want at most %d", n, maxHeader)}
	}
	if int64(n) > size-prefixSize {
		return nil, &FormatError{Err: fmt.Errorf("header of %d bytes in a file of %d", n, size)}
	}
	header := make([]byte, n)
	if err := readFull(r, header, prefixSize); err != nil {
		return nil, err
	}
	data := prefixSize + int64(n)
	metadata, entries, err := parseHeader(header, size-data)
	if err != nil {
		return nil, err
	}

	f := &File{Metadata: metadata, Tensors: make([]Tensor, len(entries))}
	chunk := make([]byte, min(size-data, chunkSize))
	for i, e := range entries {
		t := &f.Tensors[i]
		t.Name, t.Shape = e.name, e.shape
		n, offset := (e.end-e.begin)/e.dtype.size(), data+int64(e.begin)
		switch e.dtype {
		case f32:
			t.F32, err = readValues[float32](r, offset, n, 4, chunk)
		case f64:
			t.F64, err = readValues[float64](r, offset, n, 8, chunk)
		case i64:
			t.I64, err = readValues[int64](r, offset, n, 8, chunk)
		}
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", quote(e.name), err)
		}
	}
	return f, nil
}

// readValues reads n values of the given size, which begin at offset, by way of
// chunk, which has room for at least one.
func readValues[T float32 | float64 | int64](r io.ReaderAt, offset int64, n, size int, chunk []byte) ([]T, error) {
	values := memory.Make[T](n)
	for rest := values; len(rest) > 0; {
		k := min(len(rest), len(chunk)/size)
		b := chunk[:k*size]
		if err := readFull(r, b, offset); err != nil {
			return nil, err
		}
		if _, err := binary.Decode(b, binary.LittleEndian, rest[:k]); err != nil {
			return nil, err
		}
		rest, offset = rest[k:], offset+int64(len(b))
	}
	return values, nil
}

// readFull fills b from offset on. A file that ends before is an
// io.ErrUnexpectedEOF: it is shorter than the size that was given.
func readFull(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	if n == len(b) {
		return nil // with io.EOF or without, as ReadAt may choose
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}
