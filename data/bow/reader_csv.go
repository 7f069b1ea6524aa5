package bow

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

type csvReader struct {
	feed        csvFeed
	csv         *csv.Reader
	labels      labelRule
	label, text int // columns counted from 0; label -1: there is none
}

func newCSVReader(l *lineReader, o ReaderOptions) (*csvReader, error) {
	r := newCSVRecords(l)
	r.labels = o.labelRule()
	header, err := r.record()
	if err == io.EOF {
		return r, nil // no header and no documents: Read says io.EOF
	}
	if err != nil {
		return nil, err
	}
	if r.label, r.text, err = csvColumns(header, o); err != nil {
		return nil, r.feed.errorAtStart(err)
	}
	return r, nil
}

func (r *csvReader) Name() string { return r.feed.name }
func (r *csvReader) Blank() int   { return r.feed.blank }
func (r *csvReader) lines() int   { return r.feed.line }

func (r *csvReader) Read() (Document, error) {
	record, err := r.record()
	if err != nil {
		return Document{}, err
	}
	d := Document{Text: strings.Clone(record[r.text]), Line: r.feed.start}
	if r.label >= 0 {
		if err := r.labels.column(&d, strings.Clone(record[r.label])); err != nil {
			return d, r.feed.errorAtStart(err)
		}
	}
	return d, nil
}

// record returns the next record, which is valid until the following call.
func (r *csvReader) record() ([]string, error) {
	r.feed.begin()
	record, err := r.csv.Read()
	switch {
	case r.feed.err != nil:
		err = r.feed.err // ours, with its place; csv may have wrapped it
		if skipped(err) {
			r.feed.err, r.feed.rest = nil, nil
		}
		return nil, err
	case r.feed.bad != nil:
		return nil, r.feed.bad
	}
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		if bad.Err == csv.ErrFieldCount {
			return nil, r.feed.errorAtStart(fmt.Errorf("record has %d columns, the header has %d", len(record), r.csv.FieldsPerRecord))
		}
		return nil, r.feed.errorAtStart(fmt.Errorf("%w (csv: a field with \" in it stands in quotes, with \"\" for each \")", bad.Err))
	}
	return record, err
}

// csvColumns finds label and text in the header. The label is -1 if there is none
// and none is needed.
func csvColumns(header []string, o ReaderOptions) (label, text int, err error) {
	label, labelErr := findColumn(header, o.LabelColumn, "label")
	text, textErr := findColumn(header, o.TextColumn, "text")
	// A column that nobody named may be told by its place: a list of texts has
	// one column; of two columns the other one is known, or the first is the label.
	freeLabel := o.LabelColumn == "" && errors.Is(labelErr, ErrNoColumn)
	freeText := o.TextColumn == "" && errors.Is(textErr, ErrNoColumn)
	switch {
	case labelErr == nil && textErr == nil:
		if label == text {
			return 0, 0, fmt.Errorf("label and text cannot both be column %q", header[text])
		}
		return label, text, nil
	case o.Unlabelled && freeLabel && textErr == nil:
		return -1, text, nil
	case o.Unlabelled && freeLabel && freeText && len(header) == 1:
		return -1, 0, nil
	case len(header) == 2 && freeLabel && freeText:
		return 0, 1, nil
	case len(header) == 2 && freeLabel && textErr == nil:
		return 1 - text, text, nil
	case len(header) == 2 && freeText && labelErr == nil:
		return label, 1 - label, nil
	case o.Unlabelled && freeLabel:
		return 0, 0, textErr
	}
	return 0, 0, cmp.Or(labelErr, textErr)
}

// findColumn finds the column called name, or the usual name if it is empty.
func findColumn(header []string, name, usual string) (int, error) {
	if name == "" {
		name = usual
	}
	found := -1
	// As written first, then in any capitals.
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for i, h := range header {
			if !same(strings.TrimSpace(h), name) {
				continue
			}
			if found >= 0 {
				return 0, fmt.Errorf("two columns are called %q", name)
			}
			found = i
		}
		if found >= 0 {
			return found, nil
		}
	}
	return 0, fmt.Errorf("%w: %q; the header has %s", ErrNoColumn, name, quoted(header))
}

// looksLikeHeader says whether line is a csv header that names label or text.
func looksLikeHeader(line []byte, o ReaderOptions) bool {
	r := csv.NewReader(strings.NewReader(string(line)))
	header, err := r.Read()
	if err != nil || len(header) < 2 {
		return false
	}
	_, noLabel := findColumn(header, o.LabelColumn, "label")
	_, noText := findColumn(header, o.TextColumn, "text")
	return noLabel == nil || noText == nil
}

// quoted lists names for a message.
func quoted(names []string) string {
	const most = 20
	var b strings.Builder
	for i, n := range names {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%.50q", n)
	}
	return b.String()
}

// csvFeed hands lines to encoding/csv, one each Read, so that csv is never further
// in the file than the record it returns. Thus it knows where each record starts,
// and can stop one that a missing quote would let run on to the end of the file.
type csvFeed struct {
	*lineReader
	buf   []byte // the line being handed out, with its end
	rest  []byte // what is left of it
	inRec bool   // a line of the record under way was handed out
	start int    // its first line
	size  int    // its bytes, line breaks included
	bad   error  // why it is left out, although it could be read to its end
	err   error
}

// begin says that the following line starts a record.
func (f *csvFeed) begin() { f.inRec, f.size, f.bad = false, 0, nil }

func (f *csvFeed) errorAtStart(err error) error {
	return &LineError{Name: f.name, Line: inFile(f.start, f.before), Err: err, Skipped: f.everyLine}
}

func (f *csvFeed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.err != nil {
			return 0, f.err
		}
		var line []byte
		var err error
		if f.inRec {
			line, err = f.nextAny() // a blank line within quotes belongs to the text
		} else {
			line, err = f.next()
		}
		if err == io.EOF {
			return 0, io.EOF
		}
		if skipped(err) && line != nil {
			// Only by its bytes: the record has an end, where the next one begins.
			f.bad, err = err, nil
		}
		if err != nil {
			f.err = err
			return 0, err
		}
		if !f.inRec {
			f.inRec, f.start = true, f.line
		} else {
			f.size++
		}
		if f.size += len(line); f.size > f.maxLine {
			f.err = f.errorAtStart(fmt.Errorf("%w: the record has more than %d bytes; is a closing quote missing? If not, raise MaxLine", ErrLineTooLong, f.maxLine))
			return 0, f.err
		}
		f.buf = append(append(f.buf[:0], line...), '\n')
		f.rest = f.buf
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}
