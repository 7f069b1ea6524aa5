package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/bow/sample"
	"github.com/nestnet/nestnet/internal/spill"
)

// A corpus keeps no texts. The few that a page shows are read again from where they were
// read before.

// errChanged says that a file is not what it was when it was trained on.
var errChanged = errors.New("the file has changed since")

// spooled is standard input, of which a temporary file keeps what was read.
type spooled struct {
	in   io.Reader
	file *spill.File
}

// spool keeps standard input if the texts in it are to be read again. Else it returns nil.
func (p *plan) spool(s *streams) (*spooled, error) {
	if p.pictures.report == "" || p.source.path != "-" && p.test != "-" {
		return nil, nil
	}
	file, err := spill.Create(p.cache.Dir)
	if err != nil {
		return nil, err
	}
	in := &spooled{in: s.in, file: file}
	s.in = in
	return in, nil
}

func (s *spooled) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	if n > 0 {
		if _, full := s.file.Append(p[:n]); full != nil {
			return 0, full
		}
	}
	return n, err
}

// again reads from the beginning.
func (s *spooled) again() io.Reader { return &spooledReader{file: s.file} }

func (s *spooled) close() {
	if s != nil {
		s.file.Close()
	}
}

type spooledReader struct {
	file *spill.File
	at   int64
}

func (r *spooledReader) Read(p []byte) (int, error) {
	n := int(min(int64(len(p)), r.file.Size()-r.at))
	if n == 0 {
		return 0, io.EOF
	}
	if err := r.file.Read(p[:n], r.at); err != nil {
		return 0, err
	}
	r.at += int64(n)
	return n, nil
}

// textsOf returns what reads documents of a part again, those at places that ascend, and
// what their numbers in the file count.
func (p *plan) textsOf(r *reporter, ps *parts, part string) (texts func(context.Context, []int) ([]bow.Document, error), place string) {
	paths, rows := p.source.paths(), ps.rows[part]
	if part == "test" && p.test != "" {
		paths, rows = []string{p.test}, nil
	}
	return func(ctx context.Context, places []int) ([]bow.Document, error) {
		file, done, err := p.reopen(ps, paths)
		if err != nil {
			return nil, err
		}
		defer done()
		bar := r.counter("reading texts")
		defer bar.stop()
		var found []bow.Document
		for at := 0; len(found) < len(places); at++ {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			d, err := file.Read()
			if err == io.EOF {
				return nil, errChanged
			}
			if err != nil {
				return nil, err
			}
			want := places[len(found)]
			if rows != nil {
				want = rows[want]
			}
			if at == want {
				found = append(found, d)
			}
			if at%1024 == 0 {
				bar.count(at)
			}
		}
		return found, nil
	}, placeIn(paths)
}

// reopen opens a file of documents once more.
func (p *plan) reopen(ps *parts, paths []string) (bow.Reader, func() error, error) {
	switch {
	case len(paths) == 0:
		documents, err := sample.Documents()
		return documents, func() error { return nil }, err
	case paths[0] == "-":
		file, err := bow.OpenStdin(ps.in.again(), p.source.options())
		if err != nil {
			return nil, nil, err
		}
		return file, file.Close, nil
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			return nil, nil, fmt.Errorf("%s cannot be read a second time", path)
		}
	}
	file, err := bow.OpenFiles(paths, p.source.options())
	if err != nil {
		return nil, nil, fileError(err)
	}
	return file, file.Close, nil
}
