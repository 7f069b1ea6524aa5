package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/models/feedforward"
)

// evalReport is what fit eval came to.
type evalReport struct {
	*feedforward.Evaluation
	flags     *evalFlags
	labels    []string
	positive  int // class, or -1
	documents []bow.Document

	logLoss, brier, ece float64
	bins                []feedforward.CalibrationBin
	ranking             *feedforward.Ranking // nil: no positive class
	intervals           *feedforward.Intervals
}

// measure computes what is not in the Result.
func (e *evalReport) measure(ctx context.Context, r *reporter) (err error) {
	e.logLoss, e.brier = e.LogLoss(), e.Brier()
	if e.ece, e.bins, err = e.Calibration(0); err != nil {
		return err
	}
	if e.positive >= 0 {
		if e.ranking, err = e.Ranking(e.positive); err != nil {
			return err
		}
	}
	if e.flags.bootstrap == 0 {
		return nil
	}
	b := feedforward.Bootstrap{Resamples: e.flags.bootstrap, Seed: e.flags.seed, Positive: e.positive}
	if e.Documents*e.flags.bootstrap > 50_000_000 { // about a second
		if bar := r.newBar(e.flags.bootstrap, "resampling"); bar != nil {
			b.Progress = func(done int) { _ = bar.Set(done) }
			defer func() { _ = bar.Finish() }()
		}
	}
	e.intervals, err = e.Intervals(ctx, b)
	return err
}

// write writes the tables. Texts are cut so that a line is no wider than width; 0 leaves
// them whole.
func (e *evalReport) write(w io.Writer, width int) {
	writeResult(w, "test", &e.Result, e.labels)
	e.writeMeasures(w)
	if e.flags.calibration {
		e.writeCalibration(w)
	}
	if e.flags.mistakes > 0 {
		e.writeMistakes(w, width)
	}
}

func (e *evalReport) writeMeasures(w io.Writer) {
	fmt.Fprint(w, "\nmeasures")
	if e.intervals != nil {
		fmt.Fprintf(w, " (95%% intervals by the bootstrap: %s, seed %d)", count(e.flags.bootstrap, "resample"), e.flags.seed)
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	var v feedforward.Intervals
	if e.intervals != nil {
		v = *e.intervals
	}
	row := func(name string, value float64, i *feedforward.Interval, note string) {
		fmt.Fprintf(table, "%s\t%.4f\t", name, value)
		switch {
		case i != nil && e.intervals != nil && !math.IsNaN(i.Low):
			fmt.Fprintf(table, "%.4f to %.4f\t%s", i.Low, i.High, note)
		case note != "":
			fmt.Fprintf(table, "\t%s", note)
		}
		fmt.Fprintln(table)
	}
	row("accuracy", e.Accuracy, &v.Accuracy, "")
	row("macro F1", e.MacroF1, &v.MacroF1, "")
	row("log loss", e.logLoss, &v.LogLoss, "")
	row("Brier score", e.brier, &v.Brier, "")
	if e.ranking != nil {
		row("ROC AUC", e.ranking.ROCAUC, &v.ROCAUC, "")
		row("average precision", e.ranking.AveragePrecision, &v.AveragePrecision, "")
	}
	row("calibration error", e.ece, nil, "")
	table.Flush()
	if e.ranking != nil {
		fmt.Fprintf(w, "the positive class is %s\n", cut(e.labels)[e.positive])
	}
}

func (e *evalReport) writeCalibration(w io.Writer) {
	fmt.Fprint(w, "\ncalibration (answers by the probability of their class)\n")
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "probability\tdocuments\tmean\tright\t")
	for _, b := range e.bins {
		if b.Documents > 0 {
			fmt.Fprintf(table, "%.4f to %.4f\t%s\t%.4f\t%.4f\t\n", b.Low, b.High, thousands(b.Documents), b.Confidence, b.Accuracy)
		}
	}
	table.Flush()
}

// evalJSON is the object that fit eval --json writes.
type evalJSON struct {
	resultJSON
	LogLoss          float64        `json:"log_loss"`
	Brier            float64        `json:"brier"`
	Positive         string         `json:"positive,omitempty"`
	AveragePrecision *float64       `json:"average_precision,omitempty"`
	CalibrationError float64        `json:"calibration_error"`
	Calibration      []binJSON      `json:"calibration"`
	Intervals        *intervalsJSON `json:"intervals,omitempty"`
	Mistakes         []mistakeJSON  `json:"mistakes,omitempty"`
}

type binJSON struct {
	Low        float64  `json:"low"`
	High       float64  `json:"high"`
	Documents  int      `json:"documents"`
	Confidence *float64 `json:"confidence"`
	Accuracy   *float64 `json:"accuracy"`
}

type intervalsJSON struct {
	Level            float64     `json:"level"`
	Method           string      `json:"method"`
	Resamples        int         `json:"resamples"`
	Seed             uint64      `json:"seed"`
	Accuracy         *[2]float64 `json:"accuracy"`
	MacroF1          *[2]float64 `json:"macro_f1"`
	LogLoss          *[2]float64 `json:"log_loss"`
	Brier            *[2]float64 `json:"brier"`
	ROCAUC           *[2]float64 `json:"roc_auc,omitempty"`
	AveragePrecision *[2]float64 `json:"average_precision,omitempty"`
}

func (e *evalReport) json() evalJSON {
	j := evalJSON{resultJSON: *resultOf(&e.Result, e.labels), LogLoss: e.logLoss, Brier: e.brier, CalibrationError: e.ece}
	if e.ranking != nil {
		j.Positive = e.labels[e.positive]
		j.ROCAUC, j.AveragePrecision = number(e.ranking.ROCAUC), number(e.ranking.AveragePrecision)
	}
	for _, b := range e.bins {
		j.Calibration = append(j.Calibration, binJSON{b.Low, b.High, b.Documents, number(b.Confidence), number(b.Accuracy)})
	}
	if v := e.intervals; v != nil {
		pair := func(i feedforward.Interval) *[2]float64 {
			if math.IsNaN(i.Low) {
				return nil
			}
			return &[2]float64{i.Low, i.High}
		}
		j.Intervals = &intervalsJSON{
			Level: 0.95, Method: "percentile bootstrap", Resamples: e.flags.bootstrap, Seed: e.flags.seed,
			Accuracy: pair(v.Accuracy), MacroF1: pair(v.MacroF1), LogLoss: pair(v.LogLoss), Brier: pair(v.Brier),
			ROCAUC: pair(v.ROCAUC), AveragePrecision: pair(v.AveragePrecision),
		}
	}
	j.Mistakes = e.mistakes()
	j.Report = e.flags.page
	return j
}

// number is v for JSON, which has no NaN.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
