package bow

import (
	"encoding/csv"
	"io"
	"os"
)

// Lines reads a file that is not text to be tokenised, line by line or record by
// record: unpacked, with line ends, byte order mark, limits, bad UTF-8 and errors
// treated as in files of documents. Package vectors reads numbers with it.
type Lines struct {
	l       *lineReader
	records *csvReader
	packing packing
	close   func() error
}

// OpenLines opens the file at path, or standard input if it is "-". A line, or a record,
// may have maxLine bytes; 0 means 16 MiB.
func OpenLines(path string, maxLine int) (*Lines, error) {
	if path == "-" {
		return NewLines(os.Stdin, stdinName, maxLine)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	l, err := NewLines(f, path, maxLine)
	if err != nil {
		f.Close()
		return nil, err
	}
	unpacked := l.close
	l.close = func() error {
		unpacked()
		return f.Close()
	}
	return l, nil
}

// NewLines reads from r. The name is for messages, and to see what should be packed.
func NewLines(r io.Reader, name string, maxLine int) (*Lines, error) {
	r, packing, done, err := unpack(r, name)
	if err != nil {
		return nil, err
	}
	l := newLineReader(r, name, maxLine)
	return &Lines{l: l, records: newCSVRecords(l), packing: packing, close: func() error { done(); return nil }}, nil
}

// Next returns the next line that is not blank, without its end. It is valid until the
// following call.
func (l *Lines) Next() ([]byte, error) {
	line, err := l.l.next()
	l.records.feed.start = l.l.line
	return line, err
}

// Unread makes what follows begin with the last line again.
func (l *Lines) Unread() { l.l.unread() }

// Record returns the next record of a CSV file, valid until the following call. All
// have as many fields as the first.
func (l *Lines) Record() ([]string, error) { return l.records.record() }

// Line is where the line or record returned last starts, counted from 1.
func (l *Lines) Line() int { return l.records.feed.start }

// Error puts the place of the line or record returned last into err.
func (l *Lines) Error(err error) error { return l.records.feed.errorAtStart(err) }

// Name is the path as it was given, "stdin" for standard input.
func (l *Lines) Name() string { return l.l.name }

// Packing is "gzip" or "zstd" if the file is packed, else empty.
func (l *Lines) Packing() string { return string(l.packing) }

// Blank is the number of blank lines skipped so far.
func (l *Lines) Blank() int { return l.l.blank }

// Close closes the file, unless it is standard input.
func (l *Lines) Close() error { return l.close() }

// newCSVRecords reads records from l; label and text are not known yet.
func newCSVRecords(l *lineReader) *csvReader {
	r := &csvReader{feed: csvFeed{lineReader: l}, label: -1}
	r.csv = csv.NewReader(&r.feed)
	r.csv.ReuseRecord = true
	return r
}
