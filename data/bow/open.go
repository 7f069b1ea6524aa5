package bow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// File is an open file of documents. It is a Reader.
type File struct {
	source   source
	format   Format
	detected string
	gzipped  bool
	close    func() error
}

// stdinName is what messages call standard input.
const stdinName = "stdin"

// Open opens the file at path for reading, or standard input if path is "-".
// A file whose name ends in .gz or that starts as gzip files do is unpacked.
func Open(path string, o ReaderOptions) (*File, error) {
	if path == "-" {
		return OpenStdin(os.Stdin, o)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("bow: %w", err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, fmt.Errorf("bow: %s is a directory, want a file of documents", path)
	}
	file, err := open(f, path, o)
	if err != nil {
		f.Close()
		return nil, err
	}
	file.close = f.Close
	return file, nil
}

// OpenStdin reads documents from r, as Open does for "-". Close does not close r.
func OpenStdin(r io.Reader, o ReaderOptions) (*File, error) {
	return open(r, stdinName, o)
}

func open(r io.Reader, name string, o ReaderOptions) (*File, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	head := make([]byte, 2)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, &LineError{Name: name, Err: err}
	}
	f := &File{close: func() error { return nil }}
	r = io.MultiReader(bytes.NewReader(head[:n]), r)
	f.gzipped = n == 2 && head[0] == 0x1f && head[1] == 0x8b
	if !f.gzipped && strings.HasSuffix(strings.ToLower(name), ".gz") {
		return nil, &LineError{Name: name, Err: errors.New("not gzip data, although the name ends in .gz")}
	}
	if f.gzipped {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, &LineError{Name: name, Err: gzipError(err)}
		}
		r = gzipReader{z}
	}
	f.source, f.format, f.detected, err = newReader(r, name, o)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// gzipReader says what is wrong with a file where gzip says "unexpected EOF".
type gzipReader struct{ z *gzip.Reader }

func (r gzipReader) Read(p []byte) (int, error) {
	n, err := r.z.Read(p)
	return n, gzipError(err)
}

func gzipError(err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case err == io.ErrUnexpectedEOF:
		return fmt.Errorf("gzip data is cut off: %w", err)
	case corrupt || err == gzip.ErrHeader || err == gzip.ErrChecksum:
		return fmt.Errorf("gzip data is damaged: %w", err)
	}
	return err
}

// Read returns the next document, or io.EOF.
func (f *File) Read() (Document, error) { return f.source.Read() }

// Name is the path as it was given, "stdin" for standard input.
func (f *File) Name() string { return f.source.Name() }

// Format is the format found or asked for; never Auto.
func (f *File) Format() Format { return f.format }

// Detected says how the format is known, as in "tsv, by its extension" or
// "csv in gzip, by its first line".
func (f *File) Detected() string {
	if f.gzipped {
		return string(f.format) + " in gzip" + strings.TrimPrefix(f.detected, string(f.format))
	}
	return f.detected
}

// Blank is the number of blank lines skipped so far.
func (f *File) Blank() int { return f.source.Blank() }

// Close closes the file, unless it is standard input.
func (f *File) Close() error { return f.close() }
