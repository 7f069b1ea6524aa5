package bow

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

type tsvParser struct {
	labels      labelRule
	label, text int // columns counted from 1; both 0: cut at the first tab; text 0: all of the line
}

func newTSVParser(o ReaderOptions) (*tsvParser, error) {
	label, text, err := o.tsvColumns()
	if err != nil {
		return nil, err
	}
	return &tsvParser{labels: o.labelRule(), label: label, text: text}, nil
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

func (p *tsvParser) parse(line string) (d Document, err error) {
	if p.text != 0 {
		var ok bool
		if d.Text, ok = column(line, p.text); !ok {
			return d, fmt.Errorf("%w: the line has no column %d", ErrNoColumn, p.text)
		}
		if p.label != 0 {
			label, ok := column(line, p.label)
			if !ok && !p.labels.unlabelled {
				return d, fmt.Errorf("%w: the line has no column %d", ErrNoColumn, p.label)
			}
			return d, p.labels.column(&d, label)
		}
	} else if p.labels.unlabelled {
		d.Text = line
		return d, nil
	} else {
		label, text, ok := strings.Cut(line, "\t")
		if !ok {
			return d, ErrNoTab
		}
		d.Text = text
		return d, p.labels.column(&d, label)
	}
	return d, nil
}

// column returns the nth column of line, counted from 1.
func column(line string, n int) (string, bool) {
	for {
		field, rest, more := strings.Cut(line, "\t")
		if n == 1 {
			return field, true
		}
		if !more {
			return "", false
		}
		line = rest
		n--
	}
}
