package bow

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

type tsvReader struct {
	*lineReader
	unlabelled  bool
	label, text int // columns counted from 1; both 0: cut at the first tab; text 0: all of the line
}

func newTSVReader(l *lineReader, o ReaderOptions) (*tsvReader, error) {
	label, text, err := o.tsvColumns()
	if err != nil {
		return nil, err
	}
	return &tsvReader{lineReader: l, unlabelled: o.Unlabelled, label: label, text: text}, nil
}

// tsvColumns reads the columns as numbers.
func (o ReaderOptions) tsvColumns() (label, text int, err error) {
	number := func(field, s string, unset int) int {
		if s == "" {
			return unset
		}
		n, e := strconv.Atoi(s)
		if e != nil || n < 1 {
			err = errors.Join(err, fmt.Errorf("bow: ReaderOptions.%s is %q; a tsv file has no header, so give the number of the column, counted from 1", field, s))
		}
		return n
	}
	if o.LabelColumn == "" && o.TextColumn == "" {
		return 0, 0, nil
	}
	if o.Unlabelled && o.TextColumn == "" {
		number("LabelColumn", o.LabelColumn, 0)
		return 0, 0, err
	}
	label, text = number("LabelColumn", o.LabelColumn, 1), number("TextColumn", o.TextColumn, 2)
	if o.Unlabelled && o.LabelColumn == "" {
		label = 0
	}
	if err == nil && label == text {
		err = fmt.Errorf("bow: ReaderOptions: label and text cannot both be column %d; give LabelColumn and TextColumn", text)
	}
	return label, text, err
}

func (r *tsvReader) Read() (Document, error) {
	b, err := r.next()
	if err != nil {
		return Document{}, err
	}
	d := Document{Line: r.line}
	if r.text != 0 {
		text, ok := column(b, r.text)
		if !ok {
			return d, r.errorf("%w: the line has no column %d", ErrNoColumn, r.text)
		}
		d.Text = string(text)
		if r.label != 0 {
			label, ok := column(b, r.label)
			if !ok && !r.unlabelled {
				return d, r.errorf("%w: the line has no column %d", ErrNoColumn, r.label)
			}
			d.Label = string(bytes.TrimSpace(label))
		}
	} else if r.unlabelled {
		d.Text = string(b)
		return d, nil
	} else {
		line := string(b) // one allocation for both
		label, text, ok := strings.Cut(line, "\t")
		if !ok {
			return d, r.error(ErrNoTab)
		}
		d.Label, d.Text = strings.TrimSpace(label), text
	}
	if d.Label == "" && !r.unlabelled {
		return d, r.error(ErrEmptyLabel)
	}
	return d, nil
}

// column returns the nth column of line, counted from 1.
func column(line []byte, n int) ([]byte, bool) {
	for {
		field, rest, more := bytes.Cut(line, []byte("\t"))
		if n == 1 {
			return field, true
		}
		if !more {
			return nil, false
		}
		line = rest
		n--
	}
}
