package bow

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/nestnet/nestnet/internal/cluster"
)

// filesReader reads several files one after the other, or a rank's pieces of them.
type filesReader struct {
	name   string
	o      ReaderOptions
	pieces []piece // that are left

	average int64 // bytes of a file

	file   *File // being read; nil: the next piece is to be opened
	mu     sync.Mutex
	opened []openedFile // for place, which others call while files are read
	blank  int          // in the files before
	beside int
}

// openedFile is a file of a list.
type openedFile struct {
	*File
	first int // lines of the files before it
}

// OpenFiles opens several files, and all that patterns among them match, which are read one
// after the other in that order, as Open does with those of one pattern. All have to be there.
func OpenFiles(paths []string, o ReaderOptions) (*File, error) {
	if len(paths) == 1 {
		return Open(paths[0], o)
	}
	name := strings.Join(paths, ", ")
	if o.Cluster != nil && o.Cluster.Size() > 1 {
		return openPart(name, paths, o)
	}
	all, err := matched(paths)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("bow: no files to open")
	}
	return openFiles(name, all, o)
}

// matched returns the paths with the files that a pattern matches instead of the pattern.
func matched(paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		found := []string{path}
		if _, missing := os.Stat(path); missing != nil && path != "-" {
			var err error
			if found, err = matching(path); err != nil {
				return nil, err
			}
			if len(found) == 0 {
				return nil, fmt.Errorf("bow: %w", missing)
			}
		}
		all = append(all, found...)
	}
	return all, nil
}

// openFiles opens files that are read as one.
func openFiles(name string, paths []string, o ReaderOptions) (*File, error) {
	f, _, err := openPieces(name, paths, o, cluster.Alone{})
	return f, err
}

// openPart opens the part of a rank.
func openPart(name string, paths []string, o ReaderOptions) (*File, error) {
	var f *File
	var list []byte
	paths, err := matched(paths)
	if err == nil {
		f, list, err = openPieces(name, paths, o, o.Cluster)
	}
	if err = cluster.Agree(o.Cluster, err); err == nil {
		err = cluster.Same(o.Cluster, "the list of files, or the size of one,", list)
	}
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, err
	}
	f.cluster = o.Cluster
	return f, nil
}

// openPieces opens what a rank reads of the files. The list says which files they are.
func openPieces(name string, paths []string, o ReaderOptions, c cluster.Comm) (f *File, list []byte, err error) {
	o.Cluster = nil
	weights := make([]int64, len(paths))
	all := int64(0)
	for i, path := range paths {
		weights[i] = 1
		if c.Size() > 1 {
			if weights[i], err = weightOf(path, o); err != nil {
				return nil, nil, err
			}
		} else if info, err := os.Stat(path); err == nil {
			weights[i] = info.Size() + 1
		}
		all += weights[i]
		list = fmt.Appendln(list, weights[i], path)
	}
	// The first one says what they are, whoever reads it.
	first, err := openOne(paths[0], o)
	if err != nil {
		return nil, nil, err
	}
	r := &filesReader{name: name, o: o, average: all / int64(len(paths)), pieces: piecesOf(paths, weights, c.Rank(), c.Size())}
	f = &File{source: &stickyReader{source: r}, format: first.format, detected: first.detected, packing: first.packing, close: r.close}
	if len(paths) > 1 {
		f.files = len(paths)
	}
	if len(r.pieces) > 0 && r.pieces[0].path == paths[0] && r.pieces[0].whole() {
		r.pieces = r.pieces[1:]
		r.take(first)
		return f, list, nil
	}
	return f, list, first.Close()
}

// matching returns the files of a name that has *, ? or [ in it, in the order of their names;
// none if it has nothing of the kind.
func matching(pattern string) ([]string, error) {
	if !strings.ContainsAny(pattern, `*?[`) {
		return nil, nil
	}
	paths, err := filepath.Glob(pattern) // in order
	if err != nil {
		return nil, fmt.Errorf("bow: %s: %w", pattern, err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("bow: %w", &os.PathError{Op: "open", Path: pattern, Err: errNoMatch})
	}
	return paths, nil
}

// errNoMatch is what os.ErrNotExist is for patterns.
var errNoMatch = noMatch{errors.New("no file has such a name")}

type noMatch struct{ error }

func (noMatch) Is(target error) bool { return target == os.ErrNotExist }

// current returns the file being read, or io.EOF behind the last one.
func (r *filesReader) current() (*File, error) {
	if r.file == nil {
		if len(r.pieces) == 0 {
			return nil, io.EOF
		}
		f, err := r.pieces[0].open(r.o)
		if err != nil {
			return nil, err
		}
		r.pieces = r.pieces[1:]
		r.take(f)
	}
	return r.file, nil
}

// take reads on in f.
func (r *filesReader) take(f *File) {
	first := r.lines()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.file = f
	r.opened = append(r.opened, openedFile{f, first})
}

// done is called at the end of the file being read.
func (r *filesReader) done() error {
	f := r.file
	r.file = nil
	r.blank += f.Blank()
	r.beside += f.Beside()
	f.forget()
	return f.Close()
}

func (r *filesReader) close() error {
	r.pieces = nil
	if r.file == nil {
		return nil
	}
	return r.done()
}

func (r *filesReader) Name() string { return r.name }

func (r *filesReader) Blank() int {
	if r.file != nil {
		return r.blank + r.file.Blank()
	}
	return r.blank
}

func (r *filesReader) lines() int {
	if n := len(r.opened); n > 0 {
		return r.opened[n-1].first + r.opened[n-1].source.lines()
	}
	return 0
}

func (r *filesReader) Read() (Document, error) {
	for {
		f, err := r.current()
		if err != nil {
			return Document{}, err
		}
		d, err := f.Read()
		if err == io.EOF {
			if err = r.done(); err == nil {
				continue
			}
		}
		if err == nil {
			d.Line += r.opened[len(r.opened)-1].first
		}
		return d, err
	}
}

// place returns the file and the line there that a Document.Line stands for.
func (r *filesReader) place(line int) (name string, in int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.opened) - 1; i >= 0; i-- {
		if f := r.opened[i]; line > f.first {
			return f.Place(line - f.first)
		}
	}
	return r.name, line
}

// eachFile calls f for each of the files that r reads one after the other, or for r: if it is one
// file, and if they are smaller than the blocks that f cuts them into, when to start for each
// of them takes longer than to read it.
func eachFile(r Reader, size int, f func(Reader) error) error {
	if size <= 0 {
		size = blockSize
	}
	list, sticky := listOf(r)
	if list == nil || list.average < int64(size) {
		return f(r)
	}
	if sticky.err != nil && sticky.err != io.EOF {
		return sticky.err
	}
	for {
		file, err := list.current()
		if err == nil {
			if err = f(file); err == nil {
				err = list.done()
			}
		}
		if err != nil {
			sticky.err = err
			if err == io.EOF {
				return nil
			}
			return err
		}
	}
}

// listOf returns the list of files that r reads, if it does.
func listOf(r Reader) (*filesReader, *stickyReader) {
	if f, ok := r.(*File); ok {
		if s, ok := f.source.(*stickyReader); ok {
			if l, ok := s.source.(*filesReader); ok {
				return l, s
			}
		}
	}
	return nil, nil
}
