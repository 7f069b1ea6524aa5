package vectors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
)

// Options says what an encoder does.
type Options struct {
	// Regression makes y the label as a number; otherwise it is the class.
	Regression bool
}

// Encoder makes rows of numbers ready for a network. A model file keeps it as JSON.
// Once made it does not change; any number of goroutines may use it.
type Encoder struct {
	// Columns names the columns of x; nil if they are known by number only.
	Columns []string `json:"columns,omitempty"`

	// Sparse says that rows are sparse (data.Batch.Indices), not dense.
	Sparse bool `json:"sparse,omitempty"`

	// Mean and Scale of each column: x' = (x − mean)/scale. In dense rows scale is the
	// deviation, 1 for a column that is constant. Sparse rows are not centred, which would
	// leave nothing zero, so Mean is nil, and scale is the largest amount in the column, as
	// in MaxAbsScaler of scikit-learn: the deviation of a number that is nearly always
	// zero is next to nothing, and to divide by it would blow up the rare ones. Of a
	// column that fewer than ten rows have, little is known, and scale is at least the
	// mean amount of all numbers.
	Mean  []float64 `json:"-"`
	Scale []float64 `json:"-"`

	// Label is the name of the label.
	Label string `json:"label"`

	// Target says how the label of a regression is standardised; nil for classes.
	Target *Target `json:"target,omitempty"`
}

// Target is the mean and the deviation of the label: y' = (y − mean)/deviation.
type Target struct {
	Mean      float64 `json:"mean"`
	Deviation float64 `json:"deviation"`
}

// denseShare is the share of a table that must be filled for rows to be dense.
const denseShare = 0.1

// wellKnown is how many rows must have a sparse column for its largest amount to be
// trusted.
const wellKnown = 10

// NewEncoder makes the encoder for a table; means and scales are those of the rows
// (nil: all), which are the training part. Rows of svmlight stay sparse if less than a
// tenth of the table is filled. With Regression, a label that is no number is an error
// at its line.
func NewEncoder(t *Table, rows []int, o Options) (*Encoder, error) {
	rows = t.rows(rows)
	if len(rows) == 0 {
		return nil, fmt.Errorf("vectors: encoder of 0 rows: %w", bow.ErrEmpty)
	}
	e := &Encoder{Columns: t.Columns, Label: t.Label}
	filled := float64(len(t.values)) / (float64(t.Len()) * float64(t.width))
	e.Sparse = t.Columns == nil && filled < denseShare
	e.measure(t, rows)
	if o.Regression {
		y, err := t.targets()
		if err != nil {
			return nil, err
		}
		all := make([]float64, len(rows))
		for k, i := range rows {
			all[k] = y[t.labels[i]]
		}
		mean, deviation := moments(all)
		e.Target = &Target{mean, deviation}
	}
	return e, e.Check(t.width)
}

// measure computes mean and scale of each column, zeroes included.
func (e *Encoder) measure(t *Table, rows []int) {
	n := float64(len(rows))
	mean, square := make([]float64, t.width), make([]float64, t.width)
	each := func(f func(j int, v float64)) {
		for _, i := range rows {
			r := t.row(i)
			for k, v := range r.Values {
				j := k
				if r.Indices != nil {
					j = int(r.Indices[k])
				}
				f(j, v)
			}
		}
	}
	if e.Sparse {
		e.Scale = make([]float64, t.width)
		filled, all, sum := make([]int, t.width), 0, 0.0
		each(func(j int, v float64) {
			e.Scale[j] = max(e.Scale[j], math.Abs(v))
			filled[j]++
			all++
			sum += math.Abs(v)
		})
		for j := range e.Scale {
			if filled[j] < wellKnown && all > 0 {
				e.Scale[j] = max(e.Scale[j], sum/float64(all))
			}
			if e.Scale[j] == 0 {
				e.Scale[j] = 1
			}
		}
		return
	}
	// A number at a time is divided, so that a sum of large ones does not overflow.
	filled := make([]float64, t.width)
	each(func(j int, v float64) { mean[j] += v / n; filled[j]++ })
	each(func(j int, v float64) { square[j] += (v - mean[j]) / n * (v - mean[j]) })
	e.Mean, e.Scale = mean, square
	for j := range square {
		// The zeroes that rows of svmlight leave out.
		e.Scale[j] = spread(square[j]+(n-filled[j])/n*mean[j]*mean[j], mean[j])
	}
}

// spread is the deviation of a variance, 1 for one that is rounding or nothing.
func spread(variance, mean float64) float64 {
	d := math.Sqrt(variance)
	if d <= 1e-10*math.Abs(mean) || d == 0 {
		return 1
	}
	return d
}

func moments(x []float64) (mean, deviation float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	variance := 0.0
	for _, v := range x {
		variance += (v - mean) / n * (v - mean)
	}
	return mean, spread(variance, mean)
}

// Check says whether e is whole, for rows of so many columns. A model that is loaded
// may hold anything.
func (e *Encoder) Check(width int) error {
	switch {
	case len(e.Scale) != width || width == 0:
		return fmt.Errorf("vectors: encoder: %d scales for %d columns", len(e.Scale), width)
	case e.Columns != nil && len(e.Columns) != width:
		return fmt.Errorf("vectors: encoder: %d names for %d columns", len(e.Columns), width)
	case e.Sparse && (e.Columns != nil || e.Mean != nil):
		return errors.New("vectors: encoder: sparse rows have neither names nor means")
	case !e.Sparse && len(e.Mean) != width:
		return fmt.Errorf("vectors: encoder: %d means for %d columns", len(e.Mean), width)
	}
	for j, d := range e.Scale {
		if !(d > 0) || math.IsInf(d, 0) || e.Mean != nil && (math.IsNaN(e.Mean[j]) || math.IsInf(e.Mean[j], 0)) {
			return fmt.Errorf("vectors: %s has numbers too large or too small to standardise", columnName(e.Columns, j))
		}
	}
	if t := e.Target; t != nil && (!(t.Deviation > 0) || math.IsInf(t.Deviation, 0) || math.IsNaN(t.Mean) || math.IsInf(t.Mean, 0)) {
		return fmt.Errorf("vectors: the label %q has numbers too large or too small to standardise", e.Label)
	}
	return nil
}

// Width is the number of columns of x.
func (e *Encoder) Width() int { return len(e.Scale) }

// AppendRow appends the numbers of r to b, standardised. Columns of svmlight that the
// training part did not have are left out, and counted: the network has no weights for
// them. A row of another form is an error, and b is then of no use.
func (e *Encoder) AppendRow(b *data.Batch, r *Row) (unknown int, err error) {
	if (r.Indices == nil) != (e.Columns != nil) || r.Indices == nil && len(r.Values) != e.Width() {
		return 0, fmt.Errorf("vectors: a row of another form: %d numbers by %d indices, want %d columns", len(r.Values), len(r.Indices), e.Width())
	}
	b.Columns = e.Width()
	if !e.Sparse {
		at := len(b.Dense)
		b.Dense = slices.Grow(b.Dense, e.Width())[:at+e.Width()]
		x := b.Dense[at:]
		clear(x)
		for k, v := range r.Values {
			j := k
			if r.Indices != nil {
				j = int(r.Indices[k])
			}
			if j >= len(x) {
				unknown++
				continue
			}
			x[j] = v
		}
		for j := range x {
			z := (x[j] - e.Mean[j]) / e.Scale[j]
			if math.Abs(z) > math.MaxFloat32 {
				return 0, e.tooFar(j, x[j])
			}
			x[j] = z
		}
		return unknown, nil
	}
	if len(b.Offsets) == 0 {
		b.Offsets = append(b.Offsets, len(b.Indices))
	}
	if b.Values == nil {
		b.Values = []float32{}
	}
	for k, j := range r.Indices {
		if int(j) >= e.Width() {
			unknown++
			continue
		}
		z := r.Values[k] / e.Scale[j]
		if math.Abs(z) > math.MaxFloat32 {
			return 0, e.tooFar(int(j), r.Values[k])
		}
		b.Indices, b.Values = append(b.Indices, j), append(b.Values, float32(z))
	}
	b.Offsets = append(b.Offsets, len(b.Indices))
	return unknown, nil
}

// tooFar says that a number cannot be one of the kind that training saw.
func (e *Encoder) tooFar(j int, v float64) error {
	return fmt.Errorf("%w: %s: %v is too far from those that the encoder was made for", ErrNumber, columnName(e.Columns, j), v)
}

// appendAnswer appends y of a label to b.
func (e *Encoder) appendAnswer(b *data.Batch, label string, labels []string) error {
	if e.Target == nil {
		k := slices.Index(labels, label)
		if k < 0 {
			return fmt.Errorf("%w %q", bow.ErrUnknownLabel, label)
		}
		b.Classes = append(b.Classes, int32(k))
		return nil
	}
	y, err := number(label)
	if err != nil {
		return fmt.Errorf("label %q, column %q: %w", label, e.Label, ErrNumber)
	}
	b.Targets = append(b.Targets, (y-e.Target.Mean)/e.Target.Deviation)
	return nil
}

// Restore returns the number that an output of the network stands for: y'·deviation +
// mean of a regression.
func (e *Encoder) Restore(y float64) float64 {
	if e.Target == nil {
		return y
	}
	return y*e.Target.Deviation + e.Target.Mean
}

// Set encodes the rows of the table that e was made for, with their labels.
func (e *Encoder) Set(t *Table, rows []int) (*data.Set, error) {
	set := &data.Set{}
	labels := t.Labels()
	for _, i := range t.rows(rows) {
		r := t.row(i)
		if _, err := e.AppendRow(&set.All, &r); err != nil {
			return nil, err
		}
		if err := e.appendAnswer(&set.All, r.Label, labels); err != nil {
			return nil, &bow.LineError{Name: t.name, Line: r.Line, Err: err}
		}
	}
	return set, nil
}

// ReadSet encodes all rows of f, with their labels: classes are places in labels, and a
// label that is not among them is bow.ErrUnknownLabel at its line. It returns how many
// numbers stood in columns that e does not know. When ctx is cancelled it stops with the
// error of ctx.
func (e *Encoder) ReadSet(ctx context.Context, f *File, labels []string) (set *data.Set, unknown int, err error) {
	set = &data.Set{}
	var r Row
	for {
		err := ctx.Err()
		if err == nil {
			err = f.Read(&r)
		}
		switch {
		case err == io.EOF && set.Len() == 0:
			return nil, 0, &bow.LineError{Name: f.Name(), Err: bow.ErrEmpty}
		case err == io.EOF:
			return set, unknown, nil
		case err != nil:
			return nil, 0, err
		}
		n, err := e.AppendRow(&set.All, &r)
		if err == nil {
			err = e.appendAnswer(&set.All, r.Label, labels)
		}
		if err != nil {
			return nil, unknown, &bow.LineError{Name: f.Name(), Line: r.Line, Err: err}
		}
		unknown += n
	}
}
