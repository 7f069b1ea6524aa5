package vectors

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/nestnet/nestnet/data/bow"
)

func (f *File) readSVMLight(r *Row) error {
	for {
		line, err := f.lines.Next()
		if err != nil {
			return err
		}
		line, _, _ = bytes.Cut(line, []byte("#"))
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue // a comment by itself
		}
		if err := f.parse(r, string(line)); err != nil {
			return f.lines.Error(err)
		}
		return nil
	}
}

// parse reads a line without its comment.
func (f *File) parse(r *Row, line string) error {
	*r = Row{Indices: r.Indices[:0], Values: r.Values[:0], Line: f.lines.Line()}
	if r.Indices == nil {
		r.Indices = []int32{} // nil has a meaning of its own
	}
	first := true
	for field := range strings.FieldsSeq(line) {
		index, value, isNumber := strings.Cut(field, ":")
		switch {
		case first && !isNumber:
			if strings.Contains(field, ",") {
				return fmt.Errorf("%w (%q)", bow.ErrManyLabels, field)
			}
			r.Label = field
		case !isNumber:
			return fmt.Errorf("%.40q: want index:value", field)
		case index == "qid":
		default:
			if err := r.add(index, value); err != nil {
				return err
			}
		}
		first = false
	}
	if r.Label == "" && !f.o.Unlabelled {
		return bow.ErrNoLabel
	}
	return nil
}

// add appends a number at an index counted from 1.
func (r *Row) add(index, value string) error {
	i, err := strconv.ParseUint(index, 10, 64)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %.40q, want a whole number from 1", ErrIndex, index)
	case i == 0:
		return fmt.Errorf("%w: 0; indices count from 1, so add 1 to all of them", ErrIndex)
	case i > MaxColumns:
		return fmt.Errorf("%w: %d, want at most %d", ErrIndex, i, MaxColumns)
	}
	if n := len(r.Indices); n > 0 && int32(i-1) <= r.Indices[n-1] {
		return fmt.Errorf("%w: %d after %d; indices must ascend", ErrIndex, i, r.Indices[n-1]+1)
	}
	v, err := number(value)
	if err != nil {
		return fmt.Errorf("index %d: %w", i, err)
	}
	r.Indices, r.Values = append(r.Indices, int32(i-1)), append(r.Values, v)
	return nil
}
