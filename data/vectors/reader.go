package vectors

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nestnet/nestnet/data/bow"
)

// Format is how rows are written in a file.
type Format string

// The formats. The empty one is Auto.
const (
	// Auto finds the format by the extension of the name, else by the first line.
	Auto Format = "auto"

	// CSV is comma-separated values as in RFC 4180, with a header.
	CSV Format = "csv"

	// SVMLight is a row a line, "label index:value index:value … # comment". Indices
	// count from 1 and ascend. A qid:n after the label is passed over.
	SVMLight Format = "svmlight"
)

// ParseFormat returns the format that s names; "" is Auto.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case "":
		return Auto, nil
	case Auto, CSV, SVMLight:
		return f, nil
	}
	return "", fmt.Errorf("vectors: unknown format %q, want %s, %s or %s", s, Auto, CSV, SVMLight)
}

// The reasons why a row cannot be used; test for them with errors.Is. In a file they
// come inside a *bow.LineError.
var (
	// ErrMissing says that a number is not there.
	ErrMissing = errors.New("missing value")

	// ErrNumber says that something is no number.
	ErrNumber = errors.New("not a number")

	// ErrIndex says that the indices of a row are not what they should be.
	ErrIndex = errors.New("bad index")
)

// MaxColumns bounds the width of a row.
const MaxColumns = 1 << 24

// ReaderOptions says how a file is read. The zero value reads labelled rows of any
// format.
type ReaderOptions struct {
	// Format of the file. Empty means Auto.
	Format Format

	// LabelColumn names the column of a CSV file that is the label. Empty means
	// "label", in capitals or not. SVMLight has the label at the start of each line.
	LabelColumn string

	// Columns are the columns of a CSV file that are read, in this order; the file may
	// have them in another one, and others. Nil means all but the label.
	Columns []string

	// MaxLine is how many bytes a line, or a record of CSV, may have. Zero means 16 MiB.
	MaxLine int

	// Unlabelled reads rows for prediction: a missing label is no error.
	Unlabelled bool
}

// Check says which fields of o are wrong.
func (o ReaderOptions) Check() error {
	_, err := ParseFormat(string(o.Format))
	if o.MaxLine < 0 {
		err = errors.Join(err, fmt.Errorf("vectors: ReaderOptions.MaxLine is %d, want 0 or more", o.MaxLine))
	}
	if o.Format == SVMLight && o.LabelColumn != "" {
		err = errors.Join(err, errors.New("vectors: ReaderOptions.LabelColumn must be empty for svmlight, which has the label at the start of a line"))
	}
	return err
}

// Row is one example as it stands in a file.
type Row struct {
	Label   string    // without white space around it; empty if there is none
	Indices []int32   // columns counted from 0, ascending; nil: Values has all columns
	Values  []float64 // finite
	Line    int       // where it stands, counted from 1
}

// File is an open file of rows.
type File struct {
	lines    *bow.Lines
	o        ReaderOptions
	detected string
	columns  []string // nil for svmlight
	from     []int    // where each of columns stands in a record
	label    int      // where the label does; -1: nowhere
	name     string   // of the label
	failed   error
}

// Open opens the file at path for reading, or standard input if path is "-".
func Open(path string, o ReaderOptions) (*File, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	l, err := bow.OpenLines(path, o.MaxLine)
	if err != nil {
		return nil, err
	}
	return open(l, o)
}

// NewReader reads rows from r, packed or not. The name is for messages and, with Auto,
// for its extension.
func NewReader(r io.Reader, name string, o ReaderOptions) (*File, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	l, err := bow.NewLines(r, name, o.MaxLine)
	if err != nil {
		return nil, err
	}
	return open(l, o)
}

func open(l *bow.Lines, o ReaderOptions) (*File, error) {
	f := &File{lines: l, o: o, label: -1, name: "label"}
	err := f.detect()
	if err == nil {
		err = f.o.Check() // once more: svmlight has no columns
	}
	if err == nil && f.o.Format == CSV {
		err = f.header()
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	return f, nil
}

// detect finds the format.
func (f *File) detect() error {
	if f.o.Format != "" && f.o.Format != Auto {
		f.detected = string(f.o.Format) + ", as asked for"
		return nil
	}
	if format := ByExtension(f.lines.Name()); format != "" {
		f.o.Format, f.detected = format, string(format)+", by its extension"
		return nil
	}
	line, err := f.lines.Next()
	if err == io.EOF {
		f.o.Format, f.detected = CSV, "csv, as there is no line to tell by"
		return nil
	}
	if err != nil {
		return err
	}
	f.lines.Unread()
	f.o.Format = CSV
	if LooksLikeSVMLight(line) {
		f.o.Format = SVMLight
	}
	f.detected = string(f.o.Format) + ", by its first line"
	return nil
}

// ByExtension returns the format that files of such a name have, "" if it says nothing.
func ByExtension(name string) Format {
	name = strings.ToLower(name)
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	switch filepath.Ext(name) {
	case ".csv":
		return CSV
	case ".svm", ".svmlight", ".libsvm":
		return SVMLight
	}
	return ""
}

// LooksLikeSVMLight says whether a line can only be one of such a file: a label, and
// behind it nothing but index:value, at least one of them.
func LooksLikeSVMLight(line []byte) bool {
	line, _, _ = bytes.Cut(line, []byte("#"))
	fields := bytes.Fields(line)
	if len(fields) < 2 || bytes.Contains(fields[0], []byte(":")) {
		return false
	}
	for _, field := range fields[1:] {
		index, value, ok := strings.Cut(string(field), ":")
		if !ok {
			return false
		}
		if _, err := strconv.ParseUint(index, 10, 32); err != nil && index != "qid" {
			return false
		}
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return false
		}
	}
	return true
}

// Read reads the next row into r, using its memory again, or returns io.EOF. Any other
// error is final.
func (f *File) Read(r *Row) error {
	if f.failed != nil {
		return f.failed
	}
	var err error
	if f.o.Format == SVMLight {
		err = f.readSVMLight(r)
	} else {
		err = f.readCSV(r)
	}
	f.failed = err
	return err
}

// Columns names the columns, in the order of Row.Values; nil for svmlight.
func (f *File) Columns() []string { return f.columns }

// LabelColumn is the name of the column that is the label; "label" for svmlight.
func (f *File) LabelColumn() string { return f.name }

// Labelled says whether rows have labels; that of svmlight may have some without.
func (f *File) Labelled() bool { return f.label >= 0 || f.o.Format == SVMLight }

// Name is the path as it was given, "stdin" for standard input.
func (f *File) Name() string { return f.lines.Name() }

// Format is the format found or asked for; never Auto.
func (f *File) Format() Format { return f.o.Format }

// Detected says how the format is known, as in "svmlight in zstd, by its extension".
func (f *File) Detected() string {
	if p := f.lines.Packing(); p != "" {
		return string(f.o.Format) + " in " + p + strings.TrimPrefix(f.detected, string(f.o.Format))
	}
	return f.detected
}

// Blank is the number of blank lines skipped so far.
func (f *File) Blank() int { return f.lines.Blank() }

// Close closes the file, unless it is standard input.
func (f *File) Close() error { return f.lines.Close() }

// LooksLikeNumbers says whether the file at path can only be meant as rows of numbers: it
// is svmlight, or it has a header with the label, two columns or more besides and none
// called "text", and the first row has a number in each.
func LooksLikeNumbers(path string, o ReaderOptions) bool {
	f, err := Open(path, o)
	if err != nil {
		return false
	}
	defer f.Close()
	var r Row
	if f.Read(&r) != nil {
		return false
	}
	return f.Format() == SVMLight || len(f.columns) > 1 && find(f.columns, "", "text") < 0
}
