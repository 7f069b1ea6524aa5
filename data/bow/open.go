package bow

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/nestnet/nestnet/internal/cluster"
)

// File is an open file of documents, or an open folder of them. It is a Reader.
type File struct {
	source   source
	format   Format
	detected string
	packing  packing
	files    int          // of a list
	cluster  cluster.Comm // that the documents are shared out to; nil: they are not
	close    func() error
	before   func() int // see inFile
}

// stdinName is what messages call standard input.
const stdinName = "stdin"

// Open opens the file at path for reading, or standard input if path is "-", or a
// folder with a folder for each class (see Folder). A file whose name ends in .gz or
// .zst or that starts as gzip and zstd files do is unpacked.
//
// If there is no such file, and the path has *, ? or [ in it, it is a pattern of
// path/filepath, and the files that it matches are read one after the other in the order
// of their names, each as if it were alone: with a format and a header of its own.
// Document.Line counts on from file to file, and errors name file and line.
//
// With ReaderOptions.Cluster the documents are shared out to the ranks: rank 0 gets the
// first ones, and each next rank those that follow, so that all ranks together have the documents
// of one process in its order. Open is collective then, and fails on all ranks if
// one does not have the files or has others. The parts are about
// equal in bytes on the disk, and a rank reads no more than its own, with these exceptions:
//
//   - CSV, whose records may have line breaks, is looked through for quotes by each rank that
//     has a part of the file.
//   - What is packed cannot be cut: such files are given out as a whole. One that is larger
//     than a rank's share is unpacked twice by each rank that has a part of it, first to
//     find the places where to cut, then to read.
//   - Of a folder each rank lists all files.
//
// In a part Document.Line counts from the start of the part, or close to it; errors name the
// line of the file.
func Open(path string, o ReaderOptions) (*File, error) {
	if o.Cluster != nil && o.Cluster.Size() > 1 {
		return openPart(path, []string{path}, o)
	}
	f, err := openOne(path, o)
	if errors.Is(err, fs.ErrNotExist) {
		paths, none := matching(path)
		if none != nil {
			return nil, none
		}
		if len(paths) > 0 {
			return openFiles(path, paths, o)
		}
	}
	return f, err
}

// openOne is Open for one file, and all of it.
func openOne(path string, o ReaderOptions) (*File, error) {
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
	if o.Cluster != nil && o.Cluster.Size() > 1 {
		return nil, errOneProcess
	}
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

// Name is the path or the pattern as it was given, "stdin" for standard input.
func (f *File) Name() string { return f.source.Name() }

// Format is the format found or asked for; never Auto. Of several files it is that of the
// first.
func (f *File) Format() Format { return f.format }

// Detected says how the format is known, as in "tsv, by its extension" or
// "csv in gzip, by its first line"; of several files also how many they are.
func (f *File) Detected() string {
	detected := f.detected
	if f.packing != "" {
		detected = string(f.format) + " in " + string(f.packing) + strings.TrimPrefix(f.detected, string(f.format))
	}
	if f.files > 0 {
		detected = fmt.Sprintf("%d files: %s", f.files, detected)
	}
	return detected
}

// Blank is the number of blank lines skipped so far.
func (f *File) Blank() int { return f.source.Blank() }

// Beside is the number of files of a folder that stand beside the folders of the
// classes, and belong to none.
func (f *File) Beside() int {
	if r, ok := f.folder(); ok {
		return r.beside
	}
	if r, _ := listOf(f); r != nil {
		if r.file != nil {
			return r.beside + r.file.Beside()
		}
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

// Place returns the file and the line in it that a Document.Line stands for; of a folder the
// file of the document, and 0.
func (f *File) Place(line int) (name string, in int) {
	if r, ok := f.folder(); ok && line > 0 && line <= len(r.files) {
		return r.files[line-1].path, 0
	}
	if r, _ := listOf(f); r != nil {
		return r.place(line)
	}
	return f.Name(), inFile(line, f.before)
}

// Close closes the file, unless it is standard input.
func (f *File) Close() error { return f.close() }
