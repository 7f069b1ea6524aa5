package main

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/plots"
)

// twice draws a figure for light and for dark pages.
func twice(style plots.Style, draw func(plots.Style) (*plots.Figure, error)) (reportFigure, error) {
	style.Transparent = true
	light, err := draw(style)
	if err != nil {
		return reportFigure{}, err
	}
	style.Dark = true
	dark, err := draw(style)
	if err != nil {
		return reportFigure{}, err
	}
	// The figures escape the names that they show.
	width, _ := light.Size()
	return reportFigure{Light: template.HTML(light.SVG()), Dark: template.HTML(dark.SVG()), Width: int(96 * width)}, nil
}

// sentence is text as a sentence of its own.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + strings.ReplaceAll(text[size:], "\n", "; ") + "."
}

// course is the history of the training.
func (m *reportMaker) course() (*reportSection, error) {
	if m.history == nil || len(m.history.Epochs) == 0 {
		return nil, nil
	}
	f, err := twice(plots.Style{}, func(s plots.Style) (*plots.Figure, error) { return plots.History(m.history, s) })
	if err != nil {
		return nil, err
	}
	return &reportSection{ID: "course", Title: "Training curves", Figures: []reportFigure{f}, Note: sentence(ending(m.history))}, nil
}

// confusion is the confusion matrix, or its largest mistakes where it has too many classes
// to be seen.
func (m *reportMaker) confusion() (*reportSection, error) {
	r := m.measured()
	if r.Confusion == nil {
		return nil, nil
	}
	s := &reportSection{ID: "confusion", Title: "Confusion matrix"}
	if len(r.Confusion) <= reportMatrix {
		f, err := twice(plots.Style{}, func(s plots.Style) (*plots.Figure, error) { return plots.Confusion(r, cut(m.c.Labels), s) })
		if err != nil {
			return nil, err
		}
		s.Figures = append(s.Figures, f)
		s.Intro = "A row for each class, and in it how many of its documents were taken for which."
	}
	if len(r.Confusion) > 4 {
		s.Tables = append(s.Tables, confusedTable(r.Confusion, cut(m.c.Labels)))
	}
	return s, nil
}

// confusedTable lists the most frequent mistakes.
func confusedTable(confusion [][]int, labels []string) *reportTable {
	all := confused(confusion)
	if all == nil {
		return &reportTable{Title: "No mistakes"}
	}
	t := &reportTable{Title: "Most frequent mistakes", Head: []string{"of class", "taken for", "documents"}, Left: 2}
	for _, c := range all[:min(len(all), mostConfuse)] {
		t.row(labels[c.is], labels[c.taken], thousands(c.n))
	}
	return t
}

// curves are ROC and precision-recall: of two classes those of the positive one, of more
// those of each against all others, the worst first.
func (m *reportMaker) curves() (*reportSection, error) {
	if m.each == nil {
		return nil, nil
	}
	var all []plots.Ranked
	labels := cut(m.c.Labels)
	r := &m.each.Result
	usable := func(class int) bool {
		n := r.PerClass[class].Support
		return n > 0 && n < r.Documents
	}
	s := &reportSection{ID: "curves", Title: "ROC and precision–recall"}
	if m.each.positive >= 0 {
		if !usable(m.each.positive) {
			return nil, nil
		}
		all = append(all, plots.Ranked{Name: labels[m.each.positive], Ranking: thinned(m.each.ranking)})
		s.Intro = fmt.Sprintf("How %s is told from all others, for each threshold of its probability.", labels[m.each.positive])
	} else {
		var order []int
		for class := range labels {
			if usable(class) {
				order = append(order, class)
			}
		}
		slices.SortStableFunc(order, m.worse(r))
		for _, class := range order[:min(len(order), 2*reportCurves)] {
			ranking, err := m.each.Ranking(class)
			if err != nil {
				return nil, err
			}
			all = append(all, plots.Ranked{Name: labels[class], Ranking: thinned(ranking)})
		}
		slices.SortStableFunc(all, func(a, b plots.Ranked) int { return cmp.Compare(a.Ranking.ROCAUC, b.Ranking.ROCAUC) })
		s.Intro = "How each class is told from all others, for each threshold of its probability, the worst first."
		if len(all) < len(order) || len(all) > reportCurves {
			all = all[:min(len(all), reportCurves)]
			s.Intro = fmt.Sprintf("How a class is told from all others, for each threshold of its probability: the %d of %s that are told worst.", len(all), thousands(len(labels)))
		}
	}
	if all == nil {
		return nil, nil
	}
	for _, draw := range []func(plots.Style, ...plots.Ranked) (*plots.Figure, error){plots.ROC, plots.PrecisionRecall} {
		f, err := twice(plots.Style{}, func(s plots.Style) (*plots.Figure, error) { return draw(s, all...) })
		if err != nil {
			return nil, err
		}
		f.Half = true
		s.Figures = append(s.Figures, f)
	}
	return s, nil
}

// thinned is a ranking with a curve of fewer points than can be seen.
func thinned(r *feedforward.Ranking) *feedforward.Ranking {
	const resolution = 400
	t := &feedforward.Ranking{ROCAUC: r.ROCAUC, AveragePrecision: r.AveragePrecision}
	cell := func(p feedforward.CurvePoint) [3]int {
		return [3]int{int(resolution * p.FalsePositiveRate), int(resolution * p.Recall), int(resolution * p.Precision)}
	}
	for i, p := range r.Curve {
		if i == 0 || i == len(r.Curve)-1 || cell(p) != cell(t.Curve[len(t.Curve)-1]) {
			t.Curve = append(t.Curve, p)
		}
	}
	return t
}

// reliability is the diagram of the calibration.
func (m *reportMaker) reliability() ([]reportFigure, error) {
	bins := plots.Curve{Name: "share that is right"}
	for _, b := range m.each.bins {
		if b.Documents > 0 {
			bins.X, bins.Y = append(bins.X, b.Confidence), append(bins.Y, b.Accuracy)
		}
	}
	perfect := plots.Curve{Name: "as it should be", X: []float64{0, 1}, Y: []float64{0, 1}}
	f, err := twice(plots.Style{Width: 4.8, Height: 4.2}, func(s plots.Style) (*plots.Figure, error) {
		return plots.Curves(s, "mean probability", "share of right answers", bins, perfect)
	})
	return []reportFigure{f}, err
}

// answers draws the answers of a regression by what they should be.
func (m *reportMaker) answers() (*reportSection, error) {
	if !m.isRegression() || m.source == nil {
		return nil, nil
	}
	rows, err := everyNth(context.Background(), m.source, over(m.measured().Documents, reportDots))
	if err != nil {
		return nil, err
	}
	found, err := m.c.Network.Predict(&rows.All)
	if err != nil {
		return nil, err
	}
	dots := plots.Curve{Name: "a row of the " + m.part + " part", Dots: true}
	low, high := math.Inf(1), math.Inf(-1)
	for i, y := range rows.All.Targets {
		y, answer := m.c.Numbers.Restore(y), m.c.Numbers.Restore(found[i][0])
		dots.X, dots.Y = append(dots.X, y), append(dots.Y, answer)
		low, high = min(low, y), max(high, y)
	}
	right := plots.Curve{Name: "as it should be", X: []float64{low, high}, Y: []float64{low, high}}
	label := cut([]string{m.c.Numbers.Label})[0]
	f, err := twice(plots.Style{Width: 5.4, Height: 4.8}, func(s plots.Style) (*plots.Figure, error) {
		return plots.Curves(s, label, "answer", dots, right)
	})
	s := &reportSection{ID: "answers", Title: "Answers", Figures: []reportFigure{f}}
	if n := len(rows.All.Targets); n < m.measured().Documents {
		s.Note = fmt.Sprintf("%s of %s.", count(n, "row"), thousands(m.measured().Documents))
	}
	return s, err
}
