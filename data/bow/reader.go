package bow

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/nestnet/nestnet/internal/cluster"
)

// Reader hands out documents one after the other. The readers of this package
// hold one record in memory. They also have the methods
//
//	Name() string // of the file, for messages
//	Blank() int   // blank lines skipped so far
//
// A Reader of your own that has Name gets it into the errors of ReadAll and
// ReadSet.
type Reader interface {
	// Read returns the next document, or io.EOF when there is none left. Any
	// other error is final: the next call returns it again. (Unless the reader was
	// asked for an answer to every line: ReaderOptions.EveryLine.)
	Read() (Document, error)
}

// Format is how documents are written in a file.
type Format string

// The formats. The empty one is Auto.
const (
	// Auto finds the format by the extension of the name, else by the first line.
	Auto Format = "auto"

	// TSV is a document a line, "label<TAB>text". The label ends at the first tab;
	// the text may have more of them.
	TSV Format = "tsv"

	// CSV is comma-separated values as in RFC 4180: quoted fields may have commas,
	// line breaks and "" for ". The first record names the columns.
	CSV Format = "csv"

	// JSONL is JSON Lines: an object a line, as in {"label": "spam", "text": "Win!"}.
	JSONL Format = "jsonl"

	// FastText is a document a line, "__label__spam Win!". The label may stand
	// anywhere between the words; how many there may be, ReaderOptions.Labels says.
	FastText Format = "fasttext"

	// Folder is a folder with a folder for each class, whose name is the label and
	// whose files are documents, a text each:
	//
	//	mail/ham/1.txt  mail/ham/2.txt  mail/spam/1.txt.gz
	//
	// They come class by class, each in the order of their names (that of their
	// bytes), and Document.Line counts them from 1. Hidden files and folders, whose
	// names begin with a dot, are passed over; files beside the folders of the classes
	// belong to none and are counted (File.Beside). load_files of scikit-learn reads
	// the same. Only Open knows folders, and takes any for one of this kind.
	Folder Format = "folder"
)

// ParseFormat returns the format that s names; "" is Auto.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case "":
		return Auto, nil
	case Auto, TSV, CSV, JSONL, FastText, Folder:
		return f, nil
	}
	return "", fmt.Errorf("bow: unknown format %q, want %s, %s, %s, %s, %s or %s", s, Auto, TSV, CSV, JSONL, FastText, Folder)
}

// ReaderOptions says how a file is read. The zero value reads labelled documents
// of any format.
type ReaderOptions struct {
	// Format of the file. Empty means Auto.
	Format Format

	// LabelColumn and TextColumn say where label and text stand.
	//
	// CSV: names of the header. Empty means "label" and "text", in capitals or
	// not. If there are exactly two columns, one without that name is the other
	// one, and if neither has it, the first is the label.
	//
	// JSONL: keys of the object; "a.b" is the key b of the object at key a. Empty
	// means "label" and "text".
	//
	// TSV: numbers of columns, counted from 1. If both are empty, the text is all
	// that follows the first tab; if one is given, the other is 1 for the label or
	// 2 for the text, and a column ends at the next tab.
	//
	// FastText and Folder have no columns: they must be empty.
	LabelColumn string
	TextColumn  string

	// Labels says how many labels a document may have: words with __label__ of a line of
	// FastText, strings of a list of JSONL, or what LabelSeparator cuts a column into.
	// Empty means OneLabel. See Document.Labels.
	Labels LabelCount

	// LabelSeparator cuts the label column of TSV and CSV, or the string of JSONL, into
	// several labels: "," reads "sport,health" as two. White space around them is taken
	// away. Empty: it is one label. It needs SomeLabels or AnyLabels.
	LabelSeparator string

	// MaxLine is how many bytes a line may have, without its end; in CSV, how many
	// a record may have, in a Folder, how many a file may have. Zero means 16 MiB.
	MaxLine int

	// Unlabelled reads documents for prediction: a missing label is no error. In
	// TSV the whole line is the text, tabs included, unless TextColumn is given. In
	// the other formats a label that is there is read as usual.
	Unlabelled bool

	// EveryLine is for answers that stand beside the file, line by line. A blank line
	// is a document without text (in CSV, whose lines are not its records, it is still
	// skipped), and a record that cannot be used is not the end: Read returns its
	// *LineError, with Skipped set, and the next call goes on behind it. EveryLine needs
	// Unlabelled.
	EveryLine bool

	// Cluster, unless nil, makes Open read a part of the file or files: that of this rank.
	// See Open.
	Cluster cluster.Comm
}

// Check says which fields of o are wrong.
func (o ReaderOptions) Check() error {
	var errs []error
	if _, err := ParseFormat(string(o.Format)); err != nil {
		errs = append(errs, err)
	}
	if o.MaxLine < 0 {
		errs = append(errs, fmt.Errorf("bow: ReaderOptions.MaxLine is %d, want 0 or more", o.MaxLine))
	}
	if (o.Format == FastText || o.Format == Folder) && (o.LabelColumn != "" || o.TextColumn != "") {
		errs = append(errs, fmt.Errorf("bow: ReaderOptions.LabelColumn and TextColumn must be empty for %s, which has no columns", o.Format))
	}
	count, err := ParseLabelCount(string(o.Labels))
	switch {
	case err != nil:
		errs = append(errs, err)
	case o.LabelSeparator != "" && count == OneLabel && !o.Unlabelled:
		errs = append(errs, errors.New("bow: ReaderOptions.LabelSeparator is for documents with several labels (Labels some or any)"))
	case o.LabelSeparator != "" && o.Format == FastText:
		errs = append(errs, errors.New("bow: ReaderOptions.LabelSeparator must be empty for fasttext, whose labels are words with __label__"))
	}
	if o.EveryLine && !o.Unlabelled {
		errs = append(errs, errors.New("bow: ReaderOptions.EveryLine is for prediction and needs Unlabelled"))
	}
	if o.Format == TSV {
		_, _, err := o.tsvColumns()
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

const defaultMaxLine = 16 << 20

// NewReader reads documents from r, which is not compressed (Open unpacks). The
// name is for messages and, with Auto, for its extension. NewReader reads as much
// of r as it needs to know the format, and the header of a CSV file.
//
// A byte order mark at the start, lines that end with "\r\n" and a last line
// without end are all fine. A line of nothing but white space is skipped; in a CSV
// file, between two records.
func NewReader(r io.Reader, name string, o ReaderOptions) (Reader, error) {
	if o.Format == Folder {
		return nil, errors.New("bow: a folder is opened by its path (Open), not read as a stream")
	}
	if o.Cluster != nil && o.Cluster.Size() > 1 {
		return nil, errors.New("bow: a stream is for one process; of a file, which Open opens, several ranks read a part each")
	}
	rd, _, _, err := newReader(r, name, o)
	if err != nil {
		return nil, err
	}
	return rd, nil
}

// source is what a format knows: the next record of a file.
type source interface {
	Read() (Document, error)
	Name() string
	Blank() int
	lines() int // read so far; of a folder, files
}

func newReader(r io.Reader, name string, o ReaderOptions) (rd source, f Format, detected string, err error) {
	if err := o.Check(); err != nil {
		return nil, "", "", err
	}
	l := newLineReader(r, name, o.MaxLine)
	l.everyLine = o.EveryLine
	f, detected, err = detect(l, o)
	if err != nil {
		return nil, "", "", err
	}
	o.Format = f
	if err := o.Check(); err != nil { // once more: columns have another meaning in each format
		return nil, "", "", err
	}
	var p parser
	switch f {
	case CSV:
		rd, err = newCSVReader(l, o)
	case JSONL:
		p = newJSONLParser(o)
	case FastText:
		p = &fastTextParser{o.labelRule()}
	default:
		p, err = newTSVParser(o)
	}
	if err != nil {
		return nil, "", "", err
	}
	if p != nil {
		rd = &lineSource{l, p}
	}
	return &stickyReader{source: rd}, f, detected, nil
}

// parser is what a format with one document a line knows. Any number of goroutines
// may use one.
type parser interface {
	// parse returns the document of line, except Line; its strings may be parts of
	// line. The error needs no place.
	parse(line string) (Document, error)
}

// lineSource reads a document from each line.
type lineSource struct {
	*lineReader
	parser parser
}

func (r *lineSource) Read() (Document, error) {
	next := r.next
	if r.everyLine {
		next = r.nextAny
	}
	b, err := next()
	if err != nil {
		return Document{}, err
	}
	if r.everyLine && isBlank(b) {
		return Document{Line: r.line}, nil
	}
	return r.parseLine(r.parser, string(b))
}

// parseLine parses the line returned last.
func (l *lineReader) parseLine(p parser, line string) (Document, error) {
	d, err := p.parse(line)
	d.Line = l.line
	if err != nil {
		return d, l.wrong(err)
	}
	return d, nil
}

// stickyReader makes an error final, whatever the format does after it.
type stickyReader struct {
	source
	err error
}

func (r *stickyReader) Read() (Document, error) {
	if r.err != nil {
		return Document{}, r.err
	}
	d, err := r.source.Read()
	if err != nil {
		if !skipped(err) {
			r.err = err
		}
		return Document{}, err
	}
	return d, nil
}

// nameOf returns the name that r has, if it has one.
func nameOf(r Reader) string {
	if n, ok := r.(interface{ Name() string }); ok {
		return n.Name()
	}
	return ""
}

// detect returns the format of what l reads and a phrase that says how it is
// known, such as "tsv, by its extension". It leaves l at the start.
func detect(l *lineReader, o ReaderOptions) (Format, string, error) {
	if o.Format != "" && o.Format != Auto {
		return o.Format, string(o.Format) + ", as asked for", nil
	}
	if f := byExtension(l.name); f != "" {
		return f, string(f) + ", by its extension", nil
	}
	line, err := l.firstLine()
	if err == io.EOF {
		return TSV, "tsv, as there is no line to tell by", nil
	}
	if err != nil {
		return "", "", err
	}
	l.unread()
	f := byLine(line, o)
	if f != "" {
		return f, string(f) + ", by its first line", nil
	}
	if o.Unlabelled {
		return TSV, "tsv, a text on each line", nil
	}
	return "", "", l.errorf("cannot tell the format by the name or the first line; say which it is: %s, %s, %s or %s", TSV, CSV, JSONL, FastText)
}

func byExtension(name string) Format {
	name = strings.ToLower(name)
	switch filepath.Ext(withoutPacking(name)) {
	case ".tsv":
		return TSV
	case ".csv":
		return CSV
	case ".jsonl", ".json", ".ndjson":
		return JSONL
	case ".ft", ".fasttext":
		return FastText
	}
	return ""
}

// byLine guesses the format by the first line that is not blank. Where lines are
// plain texts, a comma or a tab does not mean much.
func byLine(line []byte, o ReaderOptions) Format {
	trimmed := bytes.TrimSpace(line)
	switch {
	case trimmed[0] == '{' && (!o.Unlabelled || bytes.HasSuffix(trimmed, []byte("}"))):
		return JSONL
	case bytes.HasPrefix(trimmed, []byte(labelPrefix)):
		return FastText
	case o.Unlabelled:
		return ""
	case bytes.IndexByte(line, '\t') >= 0:
		return TSV
	case looksLikeHeader(line, o):
		return CSV
	}
	return ""
}

// lineReader reads lines and knows their numbers. All formats share it, and with
// it the treatment of line ends, byte order mark, limits and bad UTF-8.
type lineReader struct {
	name    string
	r       *bufio.Reader // nil: the lines are in block
	atHand  bool          // reading from r takes no time to speak of
	block   []byte
	maxLine int

	line   int    // number of the line returned last
	blank  int    // blank lines skipped
	long   []byte // a line that is longer than the buffer of r
	last   []byte // the line returned last
	held   []heldLine
	failed error

	everyLine bool       // see ReaderOptions.EveryLine
	before    func() int // see inFile
}

// heldLine is a line that was read and is to be returned once more.
type heldLine struct {
	line int
	text []byte
	err  error
}

func newLineReader(r io.Reader, name string, maxLine int) *lineReader {
	if maxLine == 0 {
		maxLine = defaultMaxLine
	}
	return &lineReader{name: name, r: bufio.NewReaderSize(r, 64<<10), atHand: isAtHand(r), maxLine: maxLine}
}

// isAtHand says whether r can be read without waiting or unpacking.
func isAtHand(r io.Reader) bool {
	switch r := r.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return true
	case *io.LimitedReader:
		return isAtHand(r.R)
	case *headReader:
		return isAtHand(r.r)
	case *os.File:
		info, err := r.Stat()
		return err == nil && info.Mode().IsRegular()
	}
	return false
}

func (l *lineReader) Name() string { return l.name }
func (l *lineReader) Blank() int   { return l.blank }
func (l *lineReader) lines() int   { return l.line }

// errorf makes an error at the line returned last.
func (l *lineReader) errorf(format string, args ...any) error {
	return l.error(fmt.Errorf(format, args...))
}

func (l *lineReader) error(err error) error {
	return &LineError{Name: l.name, Line: inFile(l.line, l.before), Err: err}
}

// wrong is error for a record that can be left out.
func (l *lineReader) wrong(err error) error {
	return &LineError{Name: l.name, Line: inFile(l.line, l.before), Err: err, Skipped: l.everyLine}
}

// next returns the next line that is not blank, without its end. It is valid
// until the following call.
func (l *lineReader) next() ([]byte, error) {
	for {
		line, err := l.nextAny()
		if err != nil {
			return line, err
		}
		if !isBlank(line) {
			return line, nil
		}
		l.blank++
	}
}

// unread makes the following call return the last line again.
func (l *lineReader) unread() { l.held = append(l.held, heldLine{line: l.line, text: l.last}) }

// firstLine is next, at the start of a file whose format is not known yet. With everyLine
// the lines before the one it returns are not lost.
func (l *lineReader) firstLine() ([]byte, error) {
	if !l.everyLine {
		return l.next()
	}
	var before []heldLine
	for {
		line, err := l.nextAny()
		switch {
		case skipped(err) || err == nil && isBlank(line):
			before = append(before, heldLine{line: l.line, err: err})
			continue
		case err == io.EOF:
			l.failed = nil // the end comes behind those held
		}
		l.held = before
		return line, err
	}
}

// nextAny is next for blank lines too.
func (l *lineReader) nextAny() ([]byte, error) {
	if len(l.held) > 0 {
		h := l.held[0]
		l.held = l.held[1:]
		l.line, l.last = h.line, h.text
		return h.text, h.err
	}
	if l.failed != nil {
		return nil, l.failed
	}
	line, err := l.read()
	if skipped(err) {
		l.last = nil
		return line, err
	}
	if err != nil {
		// Remembered, because after the end some readers begin anew.
		l.failed, l.last = err, nil
		return nil, err
	}
	l.last = line
	return line, nil
}

var byteOrderMark = []byte("\uFEFF")

func (l *lineReader) read() ([]byte, error) {
	l.line++
	line, err := l.cut()
	if err == io.EOF {
		l.line--
	}
	if err != nil {
		return nil, err
	}
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
	}
	if l.line == 1 {
		line = bytes.TrimPrefix(line, byteOrderMark)
	}
	if len(line) > l.maxLine {
		return nil, l.tooLong()
	}
	if !utf8.Valid(line) {
		return line, l.wrong(ErrInvalidUTF8)
	}
	return line, nil
}

// cut returns the next line with its end.
func (l *lineReader) cut() ([]byte, error) {
	if l.r == nil {
		if len(l.block) == 0 {
			return nil, io.EOF
		}
		n := bytes.IndexByte(l.block, '\n') + 1
		if n == 0 {
			n = len(l.block)
		}
		line := l.block[:n]
		l.block = l.block[n:]
		return line, nil
	}
	limit := l.limit(l.line)
	l.long = l.long[:0]
	var line []byte
	for {
		part, err := l.r.ReadSlice('\n')
		if len(l.long) == 0 {
			line = part
		}
		if len(l.long) > 0 || err == bufio.ErrBufferFull {
			if len(l.long)+len(part) > limit {
				if l.everyLine {
					for err == bufio.ErrBufferFull {
						_, err = l.r.ReadSlice('\n')
					}
					if err != nil && err != io.EOF {
						return nil, l.error(err)
					}
				}
				return nil, l.tooLong()
			}
			l.long = append(l.long, part...)
			line = l.long
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(line) == 0:
			return nil, io.EOF
		case err != nil && err != io.EOF:
			// A line cut short by a failure is no line.
			return nil, l.error(err)
		}
		return line, nil
	}
}

// limit is how many bytes may belong to a line: maxLine, its end, and before the
// first one the byte order mark.
func (l *lineReader) limit(line int) int {
	limit := l.maxLine + len("\r\n")
	if line == 1 {
		limit += len(byteOrderMark)
	}
	return limit
}

func (l *lineReader) tooLong() error {
	return l.wrong(fmt.Errorf("%w: more than %d bytes; if that is meant to be, raise MaxLine", ErrLineTooLong, l.maxLine))
}

func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }
