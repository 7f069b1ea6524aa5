package vectors

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
)

// Table is rows in memory, numbered from 0 in the order in which they came. Where a
// method takes rows, nil means all of them.
type Table struct {
	// Columns names the columns; nil if they are known by number only.
	Columns []string

	// Label is the name of the label.
	Label string

	name    string
	width   int
	offsets []int
	indices []int32 // nil: each row has all columns
	values  []float64
	labels  []int32 // of each row, numbered by first sight
	words   []string
	lines   []int32
}

// ReadTable reads all rows of f; there must be at least one. It calls progress, unless
// nil, with the number of rows read: every thousand and at the end. When ctx is
// cancelled it stops with the error of ctx.
func ReadTable(ctx context.Context, f *File, progress func(n int)) (*Table, error) {
	t := &Table{Columns: f.Columns(), Label: f.LabelColumn(), name: f.Name(), width: len(f.Columns()), offsets: []int{0}}
	numbers := map[string]int32{}
	var r Row
	for {
		n := t.Len()
		if progress != nil && n > 0 && n%1000 == 0 {
			progress(n)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := f.Read(&r)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(r.Indices) > 0 {
			t.width = max(t.width, int(r.Indices[len(r.Indices)-1])+1)
		}
		t.indices, t.values = append(t.indices, r.Indices...), append(t.values, r.Values...)
		t.offsets = append(t.offsets, len(t.values))
		label, ok := numbers[r.Label]
		if !ok {
			label = int32(len(t.words))
			numbers[r.Label] = label
			t.words = append(t.words, r.Label)
		}
		t.labels, t.lines = append(t.labels, label), append(t.lines, int32(r.Line))
	}
	if progress != nil {
		progress(t.Len())
	}
	switch {
	case t.Len() == 0:
		return nil, &bow.LineError{Name: t.name, Err: bow.ErrEmpty}
	case t.width == 0:
		return nil, &bow.LineError{Name: t.name, Err: fmt.Errorf("%w: no row has a number", bow.ErrNoColumn)}
	}
	return t, nil
}

// Len is the number of rows.
func (t *Table) Len() int { return len(t.labels) }

// Width is the number of columns.
func (t *Table) Width() int { return t.width }

// Labels returns the different labels in alphabetical order. The place of a label is
// the number of its class.
func (t *Table) Labels() []string {
	return slices.Sorted(slices.Values(t.words))
}

// classes returns the class of each label by its number.
func (t *Table) classes(labels []string) []int32 {
	classes := make([]int32, len(t.words))
	for i, w := range t.words {
		classes[i] = int32(slices.Index(labels, w))
	}
	return classes
}

// ClassCounts returns how many of the rows have each of Labels.
func (t *Table) ClassCounts(rows []int) []int {
	labels := t.Labels()
	classes := t.classes(labels)
	counts := make([]int, len(labels))
	for _, i := range t.rows(rows) {
		counts[classes[t.labels[i]]]++
	}
	return counts
}

// rows returns rows, or all of them for nil.
func (t *Table) rows(rows []int) []int {
	if rows == nil {
		rows = make([]int, t.Len())
		for i := range rows {
			rows[i] = i
		}
	}
	return rows
}

// Numbers says whether all labels are numbers, and whether all of these are whole.
func (t *Table) Numbers() (all, whole bool) {
	whole = true
	for _, w := range t.words {
		y, err := number(w)
		if err != nil {
			return false, false
		}
		whole = whole && y == math.Trunc(y)
	}
	return true, whole
}

// targets returns the labels as numbers, by their own. A label that is none is an error
// at the first row that has it.
func (t *Table) targets() ([]float64, error) {
	y := make([]float64, len(t.words))
	for k, w := range t.words {
		v, err := number(w)
		if err != nil {
			row := slices.Index(t.labels, int32(k))
			return nil, &bow.LineError{Name: t.name, Line: int(t.lines[row]), Err: fmt.Errorf("label %q, column %q: %w", w, t.Label, ErrNumber)}
		}
		y[k] = v
	}
	return y, nil
}

// Split cuts rows (nil: all) in two at random: about the given fraction into part, what
// is left into rest, both in the order of rows. With classes each of them is cut, and
// at least one row of it is in rest, as in bow.Corpus.Split.
func (t *Table) Split(fraction float64, rows []int, classes bool, rng *rand.Rand) (rest, part []int, err error) {
	rows = t.rows(rows)
	groups := make([][]int32, 1)
	number := make([]int32, len(t.words))
	if classes {
		groups, number = make([][]int32, len(t.words)), t.classes(t.Labels())
	}
	for at, i := range rows {
		k := number[t.labels[i]]
		groups[k] = append(groups[k], int32(at))
	}
	return data.Split(fraction, rows, len(rows), groups, rng)
}

// row returns the numbers of row i; without indices it has all columns.
func (t *Table) row(i int) Row {
	lo, hi := t.offsets[i], t.offsets[i+1]
	r := Row{Label: t.words[t.labels[i]], Values: t.values[lo:hi], Line: int(t.lines[i])}
	if t.Columns == nil {
		r.Indices = t.indices[lo:hi:hi]
		if r.Indices == nil {
			r.Indices = []int32{}
		}
	}
	return r
}

// columnName names column i for a message.
func columnName(columns []string, i int) string {
	if columns == nil {
		return "column " + strconv.Itoa(i+1)
	}
	return fmt.Sprintf("column %.50q", columns[i])
}
