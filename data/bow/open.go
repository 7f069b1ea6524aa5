package bow

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// File is an open file of documents, or an open folder of them. It is a Reader.
type File struct {
	source   source
	format   Format
	detected string
	packing  packing
	close    func() error
}

// stdinName is what messages call standard input.
const stdinName = "stdin"

// Open opens the file at path for reading, or standard input if path is "-", or a
// folder with a folder for each class (see Folder). A file whose name ends in .gz or
// .zst or that starts as gzip and zstd files do is unpacked.
func Open(path string, o ReaderOptions) (*File, error) {
	if path == "-" {
		return OpenStdin(os.Stdin, o)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("bow: %w", err)
	}
	info, err := f.Stat()
	if isFolder := err == nil && info.IsDir(); isFolder || o.Format == Folder {
		f.Close()
		if !isFolder {
			return nil, fmt.Errorf("bow: %s is a file, want a folder with a folder for each class", path)
		}
		return openFolder(path, o)
	}
	file, err := open(f, path, o)
	if err != nil {
		f.Close()
		return nil, err
	}
	unpacked := file.close
	file.close = func() error { return cmp.Or(unpacked(), f.Close()) }
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
	if o.Format == Folder {
		return nil, errors.New("bow: a folder is opened by its path, not read as a stream")
	}
	r, packing, done, err := unpack(r, name)
	if err != nil {
		return nil, err
	}
	f := &File{packing: packing, close: func() error { done(); return nil }}
	if f.source, f.format, f.detected, err = newReader(r, name, o); err != nil {
		done()
		return nil, err
	}
	return f, nil
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
	if f.packing != "" {
		return string(f.format) + " in " + string(f.packing) + strings.TrimPrefix(f.detected, string(f.format))
	}
	return f.detected
}

// Blank is the number of blank lines skipped so far.
func (f *File) Blank() int { return f.source.Blank() }

// Beside is the number of files of a folder that stand beside the folders of the
// classes, and belong to none.
func (f *File) Beside() int {
	if r, ok := f.folder(); ok {
		return r.beside
	}
	return 0
}

// folder returns the reader of a folder.
func (f *File) folder() (*folderReader, bool) {
	s, ok := f.source.(*stickyReader)
	if !ok {
		return nil, false
	}
	r, ok := s.source.(*folderReader)
	return r, ok
}

// place returns the file and the line that a Document.Line stands for.
func (f *File) place(line int) (name string, in int) {
	if r, ok := f.folder(); ok && line > 0 && line <= len(r.files) {
		return r.files[line-1].path, 0
	}
	return f.Name(), line
}

// Close closes the file, unless it is standard input.
func (f *File) Close() error { return f.close() }
