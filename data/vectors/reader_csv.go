package vectors

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nestnet/nestnet/data/bow"
)

// header reads the first record, and finds label and numbers.
func (f *File) header() error {
	record, err := f.lines.Record()
	if err == io.EOF {
		return nil // no header and no rows: Read says io.EOF
	}
	if err != nil {
		return err
	}
	header := make([]string, len(record))
	seen := map[string]bool{}
	for i, name := range record {
		header[i] = strings.Clone(strings.TrimSpace(name))
		if seen[header[i]] {
			return f.lines.Error(fmt.Errorf("two columns are called %q", header[i]))
		}
		seen[header[i]] = true
	}
	f.label = find(header, f.o.LabelColumn, "label")
	switch {
	case f.label >= 0:
		f.name = header[f.label]
	case !f.o.Unlabelled:
		name := f.o.LabelColumn
		if name == "" {
			name = "label"
		}
		return f.lines.Error(fmt.Errorf("%w: %q, the label; the header has %s (LabelColumn names another one)", bow.ErrNoColumn, name, list(header)))
	}
	if f.o.Columns == nil {
		for i, name := range header {
			if i != f.label {
				f.columns, f.from = append(f.columns, name), append(f.from, i)
			}
		}
	} else {
		f.columns = f.o.Columns
		var missing []string
		for _, name := range f.columns {
			i := slices.Index(header, name)
			if i < 0 {
				missing = append(missing, name)
			}
			f.from = append(f.from, i)
		}
		if missing != nil {
			return f.lines.Error(fmt.Errorf("%w: %s; the header has %s", bow.ErrNoColumn, list(missing), list(header)))
		}
	}
	switch {
	case len(f.columns) == 0:
		return f.lines.Error(fmt.Errorf("%w: there is none beside the label %q", bow.ErrNoColumn, f.name))
	case len(f.columns) > MaxColumns:
		return f.lines.Error(fmt.Errorf("%d columns, want at most %d", len(f.columns), MaxColumns))
	}
	return nil
}

// find returns the column called name, or, if that is empty, the usual one in any
// capitals; -1 if it is not there.
func find(header []string, name, usual string) int {
	if name != "" {
		return slices.Index(header, name)
	}
	if i := slices.Index(header, usual); i >= 0 {
		return i
	}
	return slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(h, usual) })
}

// list writes names for a message.
func list(names []string) string {
	const most = 20
	more := ""
	if n := len(names) - most; n > 0 {
		names, more = names[:most], fmt.Sprintf(" and %d more", n)
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%.50q", n)
	}
	return strings.Join(quoted, ", ") + more
}

func (f *File) readCSV(r *Row) error {
	record, err := f.lines.Record()
	if err != nil {
		return err
	}
	*r = Row{Values: r.Values[:0], Line: f.lines.Line()}
	if f.label >= 0 {
		r.Label = strings.Clone(strings.TrimSpace(record[f.label]))
		if r.Label == "" && !f.o.Unlabelled {
			return f.lines.Error(fmt.Errorf("%w: column %q", bow.ErrEmptyLabel, f.name))
		}
	}
	for i, at := range f.from {
		v, err := number(record[at])
		if err != nil {
			return f.lines.Error(fmt.Errorf("column %.50q: %w", f.columns[i], err))
		}
		r.Values = append(r.Values, v)
	}
	return nil
}

// missing are the words for a number that is not there.
var missing = []string{"", "na", "n/a", "nan", "null", "none", "nil", "-", "?", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}

// number reads a number. There is no other way to say that one is missing than an
// error: what to put in its place only the user can know.
func number(text string) (float64, error) {
	text = strings.TrimSpace(text)
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
		return v, nil
	}
	if slices.Contains(missing, strings.ToLower(text)) {
		return 0, fmt.Errorf("%w: it is %q; fill it in, with the mean of the column for example, or leave the row out", ErrMissing, text)
	}
	if err != nil && math.IsInf(v, 0) {
		return 0, fmt.Errorf("%w: %.40s is too large", ErrNumber, text)
	}
	return 0, fmt.Errorf("%w: it is %.40q; code it as numbers, or leave the column out", ErrNumber, text)
}
