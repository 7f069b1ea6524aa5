package plots

import (
	"errors"
	"fmt"

	"github.com/nestnet/nestnet/models/feedforward"
)

// Ranked is the ranking of one class, or of one model, with its name.
type Ranked struct {
	Name    string
	Ranking *feedforward.Ranking
}

// Rankings returns the curves of an evaluation for ROC and PrecisionRecall: of two classes
// that of class 1, of more that of each class that any example has. labels are the names of
// the classes.
func Rankings(e *feedforward.Evaluation, labels []string) ([]Ranked, error) {
	if e == nil {
		return nil, errors.New("plots: Rankings without an evaluation")
	}
	if len(labels) != len(e.PerClass) {
		return nil, fmt.Errorf("plots: %d labels for %d classes", len(labels), len(e.PerClass))
	}
	var all []Ranked
	for class, r := range e.PerClass {
		if len(labels) == 2 && class == 0 || r.Support == 0 {
			continue
		}
		ranking, err := e.Ranking(class)
		if err != nil {
			return nil, err
		}
		all = append(all, Ranked{labels[class], ranking})
	}
	if all == nil {
		return nil, fmt.Errorf("plots: no example is of class %q, there is nothing to rank", labels[len(labels)-1])
	}
	return all, nil
}

// ROC draws ROC curves: for each threshold the share of the examples of a class that are
// found, by the share of the others that are taken for it. The dashed diagonal is what
// guessing comes to. The area under each curve is in the legend; 1 is perfect. The
// default size is 5.4 × 5.2 inches, and more in height for many classes.
//
// Errors: no curves; a curve without points, as of a ranking of no examples.
func ROC(style Style, curves ...Ranked) (*Figure, error) {
	lines, entries, err := ranked("ROC", "AUC", curves, func(r *feedforward.Ranking) float64 { return r.ROCAUC },
		func(p, _ feedforward.CurvePoint) []float64 { return []float64{p.FalsePositiveRate, p.Recall} })
	if err != nil {
		return nil, err
	}
	return unit(style, "false positive rate", "recall (true positive rate)", lines, entries, func(p *pen, t *theme, a plane) {
		p.curve([]point{a.at(0, 0), a.at(1, 1)}, a.box, stroke{color: t.muted, width: 1, dash: []float64{3, 3}})
	})
}

// PrecisionRecall draws precision–recall curves: for each threshold the share of those
// taken for a class that are of it, by the share of it that is found. The average
// precision, the area under the steps, is in the legend; 1 is perfect. Of a single curve the
// share of the class among all examples, what guessing comes to, is a dashed line. The
// default size is that of ROC.
func PrecisionRecall(style Style, curves ...Ranked) (*Figure, error) {
	lines, entries, err := ranked("PrecisionRecall", "AP", curves, func(r *feedforward.Ranking) float64 { return r.AveragePrecision },
		func(p, before feedforward.CurvePoint) []float64 {
			// A step: the area is that of average precision, to which what comes before the
			// first example found adds nothing.
			if p.Recall == 0 {
				return nil
			}
			return []float64{before.Recall, p.Precision, p.Recall, p.Precision}
		})
	if err != nil {
		return nil, err
	}
	share := curves[0].Ranking.Curve[len(curves[0].Ranking.Curve)-1].Precision // of taking all
	return unit(style, "recall", "precision", lines, entries, func(p *pen, t *theme, a plane) {
		if len(lines) == 1 {
			p.curve([]point{a.at(0, share), a.at(1, share)}, a.box, stroke{color: t.muted, width: 1, dash: []float64{3, 3}})
		}
	})
}

// ranked gathers the points of rankings, and their names with the areas. add makes the
// coordinates of a point and the one before.
func ranked(what, area string, curves []Ranked, value func(*feedforward.Ranking) float64, add func(p, before feedforward.CurvePoint) []float64) ([][]point, []string, error) {
	if len(curves) == 0 {
		return nil, nil, fmt.Errorf("plots: %s without curves", what)
	}
	var lines [][]point
	var names []string
	var errs []error
	for _, c := range curves {
		var line []point
		finiteLine := c.Ranking != nil
		if finiteLine {
			for i, p := range c.Ranking.Curve {
				xy := add(p, c.Ranking.Curve[max(i-1, 0)])
				for k := 0; k < len(xy); k += 2 {
					finiteLine = finiteLine && finite(xy[k]) && finite(xy[k+1])
					line = append(line, point{xy[k], xy[k+1]})
				}
			}
		}
		switch {
		case len(line) == 0:
			errs = append(errs, fmt.Errorf("plots: the ranking of %q has no points", c.Name))
		case !finiteLine:
			errs = append(errs, fmt.Errorf("plots: the ranking of %q has no curve: all examples are of that class, or none", c.Name))
		}
		lines = append(lines, line)
		name := fmt.Sprintf("%s %.4f", area, value(or(c.Ranking)))
		if c.Name != "" {
			name = fmt.Sprintf("%s  %s", name, c.Name)
		}
		names = append(names, name)
	}
	return lines, names, errors.Join(errs...)
}

func or(r *feedforward.Ranking) *feedforward.Ranking {
	if r == nil {
		return &feedforward.Ranking{}
	}
	return r
}

// unit draws lines in the square from 0 to 1.
func unit(style Style, x, y string, lines [][]point, names []string, guess func(*pen, *theme, plane)) (*Figure, error) {
	const width, height = 5.4, 4.8
	entries := func(t *theme) []entry {
		var list []entry
		for i, name := range names {
			list = append(list, lineEntry(name, t.line(i)))
		}
		return list
	}
	faces, err := newFonts()
	if err != nil {
		return nil, err
	}
	legend := faces.legendHeight(entries(style.theme()), 72*width-2*margin)
	return newFigure(style, width, height+legend/72, func(p *pen, t *theme, all box) {
		a := p.axes(t, p.legend(t, all, entries(t)), axis{label: x, max: 1}, axis{label: y, max: 1}, true)
		guess(p, t, a)
		around := box{a.x0 - 1, a.y0 - 1, a.x1 + 1, a.y1 + 1} // lines on the edge are not cut
		for i, line := range lines {
			var points []point
			for _, q := range line {
				points = append(points, a.at(q.x, q.y))
			}
			p.curve(points, around, t.line(i))
		}
	})
}
