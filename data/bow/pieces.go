package bow

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
)

// piece is what a rank reads of a file: of its weight, the part from here to there. Files
// weigh their bytes on the disk and one more, so that an empty one is in a part too.
type piece struct {
	path             string
	from, to, weight int64
	cutPacked        bool // if it is packed: the file is more than the share of a rank
}

// whole says whether p is all of the file.
func (p piece) whole() bool { return p.from == 0 && p.to == p.weight }

var errOneProcess = errors.New("bow: standard input is for one process, and cannot be read in parts by several ranks; give a file")

// piecesOf cuts files of these weights, one after the other, into equal parts for ranks, and
// returns the one of this rank.
func piecesOf(paths []string, weights []int64, rank, ranks int) []piece {
	all := int64(0)
	for _, w := range weights {
		all += w
	}
	n := int64(ranks)
	start := func(r int64) int64 { return all/n*r + all%n*r/n }
	lo, hi := start(int64(rank)), start(int64(rank)+1)
	var list []piece
	at := int64(0)
	for i, w := range weights {
		p := piece{path: paths[i], from: max(lo-at, 0), to: min(hi-at, w), weight: w}
		p.cutPacked = w > all/n
		if p.from < p.to {
			list = append(list, p)
		}
		at += w
	}
	return list
}

// weightOf is the weight of a file, or of a folder of classes.
func weightOf(path string, o ReaderOptions) (int64, error) {
	if path == "-" {
		return 0, errOneProcess
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return 0, fmt.Errorf("bow: %w", err)
	case info.IsDir():
		f, err := openFolder(path, o)
		if err != nil {
			return 0, err
		}
		r, _ := f.folder()
		return r.weight(), nil
	case !info.Mode().IsRegular():
		return 0, fmt.Errorf("bow: %s is not a regular file, and cannot be read in parts", path)
	}
	return info.Size() + 1, nil
}

// open opens the file for reading what belongs to p. The whole file is opened in any case, as
// its start says which format it is, and has the header of CSV.
func (p piece) open(o ReaderOptions) (*File, error) {
	f, err := openOne(p.path, o)
	if err != nil || p.whole() {
		return f, err
	}
	if err := f.confine(p); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// confine makes f read what belongs to p, and nothing else.
func (f *File) confine(p piece) error {
	if r, ok := f.folder(); ok {
		r.confine(p)
		return nil
	}
	if f.packing != "" && !p.cutPacked {
		// All of it or nothing: who has the middle takes it.
		if p.from > p.weight/2 || p.to <= p.weight/2 {
			f.end()
		}
		return nil
	}
	from, to, err := f.bordersOf(p)
	if err != nil {
		return &LineError{Name: p.path, Err: err}
	}
	if from.at == to.at {
		f.end()
		return nil
	}
	// From here on another file is read, or rather the same one opened once more.
	r, done, err := openUnpacked(p.path)
	if err != nil {
		return err
	}
	close := f.close
	f.close = func() error { return cmp.Or(close(), done()) }
	if err := skip(r, from.at); err != nil {
		return &LineError{Name: p.path, Err: err}
	}
	return f.goOn(io.LimitReader(r, to.at-from.at), from.at == 0)
}

// bordersOf returns where p begins and ends.
func (f *File) bordersOf(p piece) (from, to border, err error) {
	if f.packing == "" && f.format != CSV {
		file, err := os.Open(p.path)
		if err != nil {
			return from, to, err
		}
		defer file.Close()
		size := p.weight - 1
		if from.at, err = lineStart(file, p.from, size); err == nil {
			to.at, err = lineStart(file, p.to, size)
		}
		f.before = linesBefore(p.path, from.at)
		return from, to, err
	}
	r, done, err := openUnpacked(p.path)
	if err != nil {
		return from, to, err
	}
	defer done()
	c, err := findBorders(r, f.format == CSV)
	if err != nil {
		return from, to, err
	}
	from, to = c.place(p.from, p.weight), c.place(p.to, p.weight)
	f.before = func() int { return from.lines }
	return from, to, nil
}

// openUnpacked opens a file for its bytes.
func openUnpacked(path string) (io.Reader, func() error, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	r, packing, done, err := unpack(file, path)
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	if packing == "" {
		done()
		_, err = file.Seek(0, io.SeekStart)
		return file, file.Close, err
	}
	return r, func() error { done(); return file.Close() }, nil
}

// skip goes n bytes on.
func skip(r io.Reader, n int64) error {
	if file, ok := r.(*os.File); ok {
		_, err := file.Seek(n, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, r, n)
	return err
}

// forget lets go of the memory for reading, at the end.
func (f *File) forget() {
	switch s := f.source.(*stickyReader).source.(type) {
	case *lineSource:
		s.r = nil
	case *csvReader:
		s.feed.r = nil
	}
}

// end makes f have no documents.
func (f *File) end() { f.source.(*stickyReader).err = io.EOF }

// goOn makes f, of which nothing but the start was looked at, read on in r.
func (f *File) goOn(r io.Reader, start bool) error {
	switch s := f.source.(*stickyReader).source.(type) {
	case *lineSource:
		s.goOn(r, start, f.before)
	case *csvReader:
		s.feed.goOn(r, start, f.before)
		if start { // the header once more
			if _, err := s.record(); err != io.EOF {
				return err
			}
		}
	}
	return nil
}

// goOn makes l read on in r, which is at the start of the file or in the midst of it.
func (l *lineReader) goOn(r io.Reader, start bool, before func() int) {
	l.r.Reset(r)
	l.atHand = isAtHand(r)
	l.before = before
	l.held, l.last, l.failed = nil, nil, nil
	l.line, l.blank = 0, 0
	if !start {
		l.line = 1 // the first line has a byte order mark
	}
}

// inFile returns which line of the file is meant by one of a part, before which are so
// many lines, −1 if that cannot be known. A nil function is for a whole file.
func inFile(line int, before func() int) int {
	if before == nil || line == 0 {
		return line
	}
	n := before()
	switch {
	case n < 0:
		return 0
	case n > 0:
		return line - 1 + n // see goOn
	}
	return line
}
