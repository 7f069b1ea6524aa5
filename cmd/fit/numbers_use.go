package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/vectors"
	"github.com/nestnet/nestnet/models/feedforward"
)

// numbersOf is how rows are read for a model that knows numbers.
func (f *sourceFlags) numbersOf(c *feedforward.Classifier) (vectors.ReaderOptions, error) {
	o := f.numbers()
	if f.textColumn != "" {
		return o, usagef("--text-column is for texts, and the model reads numbers")
	}
	if err := oneOf("format", f.format, numberFormats); err != nil {
		return o, err
	}
	o.Columns = c.Numbers.Columns
	reads := vectors.CSV
	if o.Columns == nil {
		reads = vectors.SVMLight // which has no names
	}
	switch f.numberFormat() {
	case "":
		o.Format = reads
	case reads:
	default:
		return o, usagef("%s is %s, and the model reads %s", f.name(), f.numberFormat(), reads)
	}
	if o.LabelColumn == "" && o.Format != vectors.SVMLight && c.Numbers.Columns != nil {
		o.LabelColumn = c.Numbers.Label
	}
	return o, nil
}

// numbers is fit eval for a model that reads numbers.
func (f *evalFlags) numbers(ctx context.Context, s streams, r *reporter, c *feedforward.Classifier) error {
	if f.mistakes > 0 || f.predictions != "" {
		return usagef("--mistakes and --predictions are for texts, and the model reads numbers")
	}
	o, err := f.source.numbersOf(c)
	if err != nil {
		return err
	}
	if err := f.source.oneFile(); err != nil {
		return err
	}
	file, err := openNumbers(s, f.source.path, o)
	if err != nil {
		return err
	}
	defer file.Close()
	r.numbers("data", file, "-format overrides")
	set, unknown, err := c.Numbers.ReadSet(ctx, file, c.Labels)
	if errors.Is(err, bow.ErrUnknownLabel) {
		err = fmt.Errorf("%w; the model was not trained on it", err)
	}
	if err != nil {
		return err
	}
	r.unknownColumns(unknown)
	fmt.Fprintln(r.text)
	if c.Numbers.Target == nil {
		e, err := c.Network.EvaluateEach(set)
		if err != nil {
			return err
		}
		return f.report(ctx, s, r, c, set, e, nil)
	}
	if f.positive != "" || f.curves != "" || f.calibration {
		return usagef("--positive, --curves and --calibration are for classes, and the model is a regression")
	}
	result, err := c.Network.Evaluate(set)
	if err != nil {
		return err
	}
	j := inUnits(result, c.Numbers)
	writeRegression(r.final, "test", j, c.Numbers.Label)
	if err := f.writePage(ctx, r, c, set, result, nil); err != nil {
		return err
	}
	j.Report = f.page
	if !f.out.json {
		return nil
	}
	return json.NewEncoder(s.out).Encode(j)
}

// predictNumbers writes an answer for each row: a label, a tab and its probability, or a
// number.
func predictNumbers(ctx context.Context, s streams, source *sourceFlags, c *feedforward.Classifier) error {
	o, err := source.numbersOf(c)
	if err != nil {
		return err
	}
	o.Unlabelled = true
	// A label is not needed, so a file need not have it where training had it.
	if source.labelColumn == "" {
		o.LabelColumn = ""
	}
	file, err := openNumbers(s, source.path, o)
	if err != nil {
		return err
	}
	defer file.Close()
	size := 256
	if source.path == "-" && isTerminal(s.out) {
		size = 1
	}
	out := bufio.NewWriterSize(s.out, 1<<16)
	rows := make([]*vectors.Row, 0, size)
	memory := make([]vectors.Row, size)
	flush := func() error {
		var line []byte
		if c.Numbers.Target != nil {
			answers, err := c.PredictRows(rows...)
			if err != nil {
				return err
			}
			for _, y := range answers {
				line = append(strconv.AppendFloat(line, y, 'g', 6, 64), '\n')
			}
		} else {
			labels, err := c.ClassifyRows(rows...)
			if err != nil {
				return err
			}
			for _, l := range labels {
				line = append(append(line, l.Name...), '\t')
				line = append(strconv.AppendFloat(line, l.Probability, 'f', 4, 64), '\n')
			}
		}
		rows = rows[:0]
		if _, err := out.Write(line); err != nil {
			return err
		}
		return out.Flush()
	}
	for {
		r := &memory[len(rows)]
		err := ctx.Err()
		if err == nil {
			err = file.Read(r)
		}
		if err == io.EOF {
			if n := file.Blank(); n > 0 {
				fmt.Fprintf(s.err, "fit: %s skipped\n", count(n, "blank line"))
			}
			return flush()
		}
		if err != nil {
			return errors.Join(flush(), err)
		}
		if rows = append(rows, r); len(rows) == size {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}
