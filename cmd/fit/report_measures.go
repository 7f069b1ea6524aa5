package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/nestnet/nestnet/models/feedforward"
)

// lead is what stands first: a sentence, and the numbers that sum up.
func (m *reportMaker) lead(r *feedforward.Result) (string, []reportTile) {
	var tiles []reportTile
	add := func(name string, v float64, i *feedforward.Interval) {
		if math.IsNaN(v) {
			return
		}
		t := reportTile{Name: name, Value: fmt.Sprintf("%.4f", v)}
		if i != nil && !math.IsNaN(i.Low) {
			t.Note = fmt.Sprintf("%.4f to %.4f", i.Low, i.High)
		}
		tiles = append(tiles, t)
	}
	thing := "document"
	switch {
	case r.Regression != nil && m.isRegression():
		j := inUnits(r, m.c.Numbers)
		thing = "row"
		add("R²", j.R2, nil)
		tiles = append(tiles, reportTile{Name: "RMSE", Value: fmt.Sprintf("%.6g", j.RMSE)}, reportTile{Name: "MAE", Value: fmt.Sprintf("%.6g", j.MAE)})
	case r.MultiLabel != nil:
		add("micro F1", r.MultiLabel.MicroF1, nil)
		add("macro F1", r.MacroF1, nil)
		add("all labels right", r.MultiLabel.SubsetAccuracy, nil)
	default:
		var v feedforward.Intervals
		if m.each != nil && m.each.intervals != nil {
			v = *m.each.intervals
		}
		add("accuracy", r.Accuracy, interval(v.Accuracy))
		add("macro F1", r.MacroF1, interval(v.MacroF1))
		add("ROC AUC", r.ROCAUC, interval(v.ROCAUC))
	}
	if m.c.Encoder == nil {
		thing = "row"
	}
	return fmt.Sprintf("Measured on the %s part: %s.", m.part, count(r.Documents, thing)), append(tiles, reportTile{Name: "loss", Value: lossText(r.Loss)})
}

func (m *reportMaker) isRegression() bool { return m.c.Numbers != nil && m.c.Numbers.Target != nil }

// interval is i, or nil if it was not computed: then it is zero.
func interval(i feedforward.Interval) *feedforward.Interval {
	if i.Low == 0 && i.High == 0 || math.IsNaN(i.Low) {
		return nil
	}
	return &i
}

// measures is the table of how well the network does on each part.
func (m *reportMaker) measures(of *feedforward.Result) *reportSection {
	t := &reportTable{Head: []string{"measure"}, Left: 1}
	intervals := m.each != nil && m.each.intervals != nil
	results := slices.Clone(m.results)
	slices.Reverse(results) // the part that is measured first
	for _, r := range results {
		t.Head = append(t.Head, r.name)
		if r.name == m.part && intervals {
			t.Head = append(t.Head, "95% interval")
		}
	}
	// One number of each part; v is for the measured part, whose answers are known.
	row := func(name string, format string, value func(*feedforward.Result) float64, i *feedforward.Interval) {
		cells, any := []string{name}, false
		for _, r := range results {
			text := ""
			if v := value(r.Result); !math.IsNaN(v) {
				text, any = fmt.Sprintf(format, v), true
			}
			cells = append(cells, text)
			if r.name == m.part && intervals {
				text = ""
				if i != nil {
					text = fmt.Sprintf("%.4f to %.4f", i.Low, i.High)
				}
				cells = append(cells, text)
			}
		}
		if any {
			t.row(cells...)
		}
	}
	only := func(v float64) func(*feedforward.Result) float64 {
		return func(r *feedforward.Result) float64 {
			if r == of {
				return v
			}
			return math.NaN()
		}
	}
	s := &reportSection{ID: "measures", Title: "Measures", Tables: []*reportTable{t}}
	switch {
	case m.isRegression():
		row("R²", "%.4f", func(r *feedforward.Result) float64 { return inUnits(r, m.c.Numbers).R2 }, nil)
		row("root mean square error (RMSE)", "%.6g", func(r *feedforward.Result) float64 { return inUnits(r, m.c.Numbers).RMSE }, nil)
		row("mean absolute error (MAE)", "%.6g", func(r *feedforward.Result) float64 { return inUnits(r, m.c.Numbers).MAE }, nil)
		s.Note = "Errors are in units of " + cut([]string{m.c.Numbers.Label})[0] + ", the loss is of the standardised answers."
	case of.MultiLabel != nil:
		row("micro F1", "%.4f", func(r *feedforward.Result) float64 { return r.MultiLabel.MicroF1 }, nil)
		row("micro precision", "%.4f", func(r *feedforward.Result) float64 { return r.MultiLabel.MicroPrecision }, nil)
		row("micro recall", "%.4f", func(r *feedforward.Result) float64 { return r.MultiLabel.MicroRecall }, nil)
		row("macro F1", "%.4f", func(r *feedforward.Result) float64 { return r.MacroF1 }, nil)
		row("all labels right (subset accuracy)", "%.4f", func(r *feedforward.Result) float64 { return r.MultiLabel.SubsetAccuracy }, nil)
		row("Hamming loss", "%.4f", func(r *feedforward.Result) float64 { return r.MultiLabel.HammingLoss }, nil)
		s.Note = fmt.Sprintf("A label is given at a probability of %v or more.", of.MultiLabel.Threshold)
	default:
		e := m.each
		var v feedforward.Intervals
		if e.intervals != nil {
			v = *e.intervals
		}
		row("accuracy", "%.4f", func(r *feedforward.Result) float64 { return r.Accuracy }, interval(v.Accuracy))
		row("macro F1", "%.4f", func(r *feedforward.Result) float64 { return r.MacroF1 }, interval(v.MacroF1))
		row("ROC AUC", "%.4f", func(r *feedforward.Result) float64 { return r.ROCAUC }, interval(v.ROCAUC))
		if e.ranking != nil {
			row("average precision", "%.4f", only(e.ranking.AveragePrecision), interval(v.AveragePrecision))
		}
		row("log loss", "%.4f", only(e.logLoss), interval(v.LogLoss))
		row("Brier score", "%.4f", only(e.brier), interval(v.Brier))
		row("calibration error", "%.4f", only(e.ece), nil)
		if e.intervals != nil {
			s.Note = fmt.Sprintf("Intervals by the bootstrap: %s of the %s part, seed %d.", count(e.flags.bootstrap, "resample"), m.part, e.flags.seed)
		}
		if e.ranking != nil {
			s.Note += " The positive class is " + cut(e.labels)[e.positive] + "."
		}
		if m.every > 1 {
			s.Note += fmt.Sprintf(" Intervals, and what only the %s part has, are of every %s document.", m.part, ordinal(m.every))
		}
	}
	row("loss", "%.4f", func(r *feedforward.Result) float64 { return r.Loss }, nil)
	return s
}

// classes is a row for each class; of very many those that do worst.
func (m *reportMaker) classes() (*reportSection, error) {
	r := m.measured()
	if r.PerClass == nil {
		return nil, nil
	}
	name := "class"
	if r.MultiLabel != nil {
		name = "label"
	}
	s := &reportSection{ID: "classes", Title: map[string]string{"class": "Classes", "label": "Labels"}[name]}
	order := make([]int, len(r.PerClass))
	for i := range order {
		order[i] = i
	}
	if len(order) > reportWorst {
		slices.SortStableFunc(order, m.worse(r))
		order = order[:reportWorst]
		s.Intro = fmt.Sprintf("The %d of %s with the lowest F1.", reportWorst, thousands(len(r.PerClass)))
	}
	t := &reportTable{Head: []string{name, "precision", "recall", "F1", "documents"}, Left: 1}
	labels := cut(m.c.Labels)
	for _, i := range order {
		c := r.PerClass[i]
		row := []reportCell{{Text: labels[i]}}
		for _, v := range []float64{c.Precision, c.Recall, c.F1} {
			row = append(row, reportCell{Text: fmt.Sprintf("%.4f", v), Bar: percent(v)})
		}
		t.Rows = append(t.Rows, append(row, reportCell{Text: thousands(c.Support)}))
	}
	s.Tables = append(s.Tables, t)
	return s, nil
}

// worse orders classes: those without documents last, then by F1.
func (m *reportMaker) worse(r *feedforward.Result) func(a, b int) int {
	return func(a, b int) int {
		x, y := r.PerClass[a], r.PerClass[b]
		if (x.Support == 0) != (y.Support == 0) {
			return cmp.Compare(y.Support, x.Support)
		}
		return cmp.Compare(x.F1, y.F1)
	}
}

// calibration is the reliability table, with a bar for each share.
func (m *reportMaker) calibration() (*reportSection, error) {
	if m.each == nil {
		return nil, nil
	}
	t := &reportTable{Head: []string{"probability", "documents", "mean", "right"}}
	for _, b := range m.each.bins {
		if b.Documents > 0 {
			t.Rows = append(t.Rows, []reportCell{{Text: fmt.Sprintf("%.4f to %.4f", b.Low, b.High)}, {Text: thousands(b.Documents)},
				{Text: fmt.Sprintf("%.4f", b.Confidence), Bar: percent(b.Confidence)}, {Text: fmt.Sprintf("%.4f", b.Accuracy), Bar: percent(b.Accuracy)}})
		}
	}
	s := &reportSection{ID: "calibration", Title: "Calibration", Tables: []*reportTable{t}}
	s.Intro = fmt.Sprintf("Answers by the probability of their class. Where the share of right answers is near the mean probability, the probabilities can be believed. The calibration error is %.4f.", m.each.ece)
	figures, err := m.reliability()
	s.Figures = figures
	return s, err
}
