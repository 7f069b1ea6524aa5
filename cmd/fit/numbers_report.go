package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/nestnet/nestnet/data/vectors"
	"github.com/nestnet/nestnet/models/feedforward"
)

// numbers says which file is read, for what, and how its form is known.
func (r *reporter) numbers(what string, f *vectors.File, override string) {
	fmt.Fprintf(r.text, "%-10s%s (numbers in %s; %s)\n", what, f.Name(), f.Detected(), override)
}

// table counts the rows.
func (r *reporter) table(f *vectors.File, t *vectors.Table, regression bool, why string) {
	if n := f.Blank(); n > 0 {
		fmt.Fprintf(r.text, "          %s skipped\n", count(n, "blank line"))
	}
	fmt.Fprintf(r.text, "          %s of %s", count(t.Len(), "row"), count(t.Width(), "number"))
	if labels := t.Labels(); !regression {
		var each []string
		counts := t.ClassCounts(nil)
		for i, l := range labels {
			each = append(each, fmt.Sprintf("%s %s", l, thousands(counts[i])))
		}
		if list := strings.Join(each, ", "); len(list) <= 60 {
			fmt.Fprintf(r.text, ": %s", list)
		} else {
			fmt.Fprintf(r.text, " in %d classes", len(labels))
		}
	}
	fmt.Fprintln(r.text)
	if why != "" {
		fmt.Fprintf(r.text, "task      %s\n", why)
	}
}

// inputs describes the parts of a table, and what was done to the numbers.
func (r *reporter) inputs(p *plan, ps *parts) {
	r.split(p, ps)
	fmt.Fprintf(r.text, "inputs    %s\n", numbersText(ps.numbers))
	if t := ps.numbers.Target; t != nil {
		fmt.Fprintf(r.text, "answers   %s, standardised likewise (mean %.6g, deviation %.6g)\n", ps.numbers.Label, t.Mean, t.Deviation)
	}
}

// numbersText says what the network reads of a row.
func numbersText(e *vectors.Encoder) string {
	how := "standardised by mean and deviation of the training part"
	if e.Sparse {
		how = "sparse, each divided by its largest amount in the training part"
	}
	return count(e.Width(), "number") + ", " + how
}

func (r *reporter) unknownColumns(n int) {
	if n > 0 {
		fmt.Fprintf(r.text, "          %s of the test part in columns that the training part has not, left out\n", count(n, "number"))
	}
}

// inUnits is a result with errors in the units of the label.
func inUnits(r *feedforward.Result, e *vectors.Encoder) regressionJSON {
	return regressionJSON{
		Rows: r.Documents, Loss: r.Loss,
		RMSE: r.Regression.RMSE * e.Target.Deviation, MAE: r.Regression.MAE * e.Target.Deviation, R2: r.Regression.R2,
	}
}

// writeRegression writes how far answers are from what they should be.
func writeRegression(w io.Writer, title string, r regressionJSON, label string) {
	fmt.Fprintf(w, "%s: %s, R² %.4f, loss %s\n\n", title, count(r.Rows, "row"), r.R2, lossText(r.Loss))
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "error\tin units of %s\t\n", strings.Join(strings.Fields(label), " "))
	fmt.Fprintf(table, "root mean square (RMSE)\t%.6g\t\n", r.RMSE)
	fmt.Fprintf(table, "mean absolute (MAE)\t%.6g\t\n", r.MAE)
	table.Flush()
}

// regressionJSON is what --json says about a part of a regression.
type regressionJSON struct {
	Rows int     `json:"documents"`
	Loss float64 `json:"loss"` // of the standardised answers
	RMSE float64 `json:"rmse"`
	MAE  float64 `json:"mae"`
	R2   float64 `json:"r2"`

	Report string `json:"report,omitempty"` // of fit eval
}

// regressionTrainJSON is the object of fit train for a regression: that of classes with
// other parts.
type regressionTrainJSON struct {
	trainJSON
	Classes []string        `json:"classes,omitempty"`
	Train   *regressionJSON `json:"train"`
	Valid   *regressionJSON `json:"valid,omitempty"`
	Test    *regressionJSON `json:"test,omitempty"`
}

// regression reports the parts of a regression.
func (r *reporter) regression(t *trainReport, title string, part *feedforward.Result) error {
	writeRegression(r.final, title, inUnits(part, t.numbers), t.numbers.Label)
	if !r.flags.json {
		return nil
	}
	of := func(part *feedforward.Result) *regressionJSON {
		if part == nil {
			return nil
		}
		j := inUnits(part, t.numbers)
		return &j
	}
	j := regressionTrainJSON{Train: of(t.train), Valid: of(t.valid), Test: of(t.test)}
	classes := *t
	classes.train, classes.valid, classes.test = nil, nil, nil
	j.trainJSON = classes.json()
	return json.NewEncoder(r.s.out).Encode(j)
}

// validText says how well an epoch did on the validation part.
func validText(r *feedforward.Result) string {
	name, value := validMeasure(r)
	return fmt.Sprintf("loss %s, %s %.4f", lossText(r.Loss), name, value)
}

// validMeasure is what a result is told by beside its loss.
func validMeasure(r *feedforward.Result) (name string, value float64) {
	if r.Regression != nil {
		return "R²", r.Regression.R2
	}
	return measure(r)
}
