package bow

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// folderReader reads the files of a folder that has a folder for each class.
type folderReader struct {
	name    string
	files   []folderFile
	beside  int // files that belong to no class
	next    int
	end     int // the first file that is not read any more
	maxLine int

	everyFile bool // see ReaderOptions.EveryLine
	buf       bytes.Buffer
}

type folderFile struct {
	label, path string
	size        int64
}

func openFolder(path string, o ReaderOptions) (*File, error) {
	detected := "folder, a class in each folder of it"
	if o.Format == Folder {
		detected = "folder, as asked for"
	}
	if o.Format != "" && o.Format != Auto && o.Format != Folder {
		return nil, fmt.Errorf("bow: %s is a folder, not a %s file", path, o.Format)
	}
	o.Format = Folder
	if err := o.Check(); err != nil {
		return nil, err
	}
	r := &folderReader{name: path, maxLine: cmp.Or(o.MaxLine, defaultMaxLine), everyFile: o.EveryLine}
	if err := r.list(o.Unlabelled); err != nil {
		return nil, err
	}
	r.end = len(r.files)
	return &File{source: &stickyReader{source: r}, format: Folder, detected: detected, close: func() error { return nil }}, nil
}

// list finds the files. Without labels to be learned, a folder of nothing but texts
// will do too.
func (r *folderReader) list(unlabelled bool) error {
	entries, err := entriesOf(r.name)
	if err != nil {
		return err
	}
	var loose []folderFile
	classes := 0
	for _, e := range entries {
		path := filepath.Join(r.name, e.Name())
		info, err := os.Stat(path) // of what a link leads to
		if err != nil {
			return fmt.Errorf("bow: %w", err)
		}
		if !info.IsDir() {
			loose = append(loose, folderFile{path: path, size: info.Size()})
			continue
		}
		classes++
		label := strings.TrimSpace(e.Name())
		if !utf8.ValidString(label) || label == "" {
			return &LineError{Name: path, Err: errors.New("the name of a folder is its label, and this one is blank or not valid UTF-8")}
		}
		inside, err := entriesOf(path)
		if err != nil {
			return err
		}
		for _, f := range inside {
			file := filepath.Join(path, f.Name())
			size := int64(0)
			if info, err := os.Stat(file); err == nil {
				if info.IsDir() {
					return &LineError{Name: file, Err: errors.New("a folder within the folder of a class; put its files into that one")}
				}
				size = info.Size()
			}
			r.files = append(r.files, folderFile{label, file, size})
		}
	}
	switch {
	case classes > 0:
		r.beside = len(loose)
	case unlabelled:
		r.files = loose
	case len(loose) > 0:
		return fmt.Errorf("bow: %s: %w: it has files, but no folder for each class", r.name, ErrNoLabel)
	}
	return nil
}

// entriesOf returns what is in a folder, in order, without what is hidden.
func entriesOf(path string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("bow: %w", err)
	}
	seen := entries[:0]
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			seen = append(seen, e)
		}
	}
	return seen, nil
}

func (r *folderReader) Name() string { return r.name }
func (r *folderReader) Blank() int   { return 0 }
func (r *folderReader) lines() int   { return r.next }

// weight is that of a folder in a piece. An empty file weighs something too.
func (r *folderReader) weight() int64 {
	sum := int64(1)
	for _, f := range r.files {
		sum += f.size + 1
	}
	return sum
}

// confine leaves of the files those that begin in p.
func (r *folderReader) confine(p piece) {
	r.next, r.end = 0, 0
	at := int64(0)
	for _, f := range r.files {
		if at < p.from {
			r.next++
		}
		if at < p.to {
			r.end++
		}
		at += f.size + 1
	}
}

func (r *folderReader) Read() (Document, error) {
	if r.next == r.end {
		return Document{}, io.EOF
	}
	file := r.files[r.next]
	r.next++
	text, err := r.text(file.path)
	if err != nil {
		if at, ok := err.(*LineError); ok {
			at.Skipped = r.everyFile
		}
		return Document{}, err
	}
	return Document{Label: file.label, Text: text, Line: r.next}, nil
}

// text reads a file.
func (r *folderReader) text(path string) (string, error) {
	bad := func(line int, err error) error { return &LineError{Name: path, Line: line, Err: err} }
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return "", bad(0, errors.New("not a regular file"))
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			err = at.Err
		}
		return "", bad(0, err)
	}
	defer f.Close()
	unpacked, _, done, err := unpack(f, path)
	if err != nil {
		return "", err
	}
	defer done()
	r.buf.Reset()
	_, err = r.buf.ReadFrom(io.LimitReader(unpacked, int64(r.maxLine)+int64(len(byteOrderMark))+1))
	if err != nil {
		return "", bad(0, err)
	}
	text := bytes.TrimPrefix(r.buf.Bytes(), byteOrderMark)
	switch {
	case len(text) > r.maxLine:
		return "", bad(0, fmt.Errorf("%w: the file has more than %d bytes; if that is meant to be, raise MaxLine", ErrLineTooLong, r.maxLine))
	case isBlank(text):
		return "", bad(0, fmt.Errorf("%w: the file is empty; take it away or fill it", ErrEmpty))
	case !utf8.Valid(text):
		return "", bad(lineOfInvalid(text), ErrInvalidUTF8)
	}
	return string(text), nil
}

// lineOfInvalid returns the line of the first byte that is not UTF-8.
func lineOfInvalid(text []byte) int {
	line := 1
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		text = text[size:]
	}
	return line
}
