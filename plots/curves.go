package plots

import (
	"errors"
	"fmt"
	"math"
)

// Curve is a line with a name: points, or a function.
type Curve struct {
	Name string

	// X and Y are the points, in the order in which the line joins them. Where one is NaN or
	// infinite the line has a gap.
	X, Y []float64

	// Dots draws the points as dots, without the line: measurements beside a theory.
	Dots bool

	// F is drawn for the x of From to To, instead of points.
	F        func(x float64) float64
	From, To float64
}

// Curves draws lines in one plane. x and y name the axes. The default size is 6.4 × 4.2
// inches.
//
// Errors: no curves; a curve without points, with X and Y of different lengths, with both points
// and a function, with dots of a function, or with no range for it; no finite point at all.
func Curves(style Style, x, y string, curves ...Curve) (*Figure, error) {
	if len(curves) == 0 {
		return nil, errors.New("plots: Curves without curves")
	}
	lines := make([]Curve, len(curves))
	var xs, ys [][]float64
	var errs []error
	for i, c := range curves {
		line, err := c.points()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		lines[i] = line
		var fx, fy []float64 // what is seen of the curve
		for k := range line.X {
			if finite(line.X[k]) && finite(line.Y[k]) {
				fx, fy = append(fx, line.X[k]), append(fy, line.Y[k])
			}
		}
		xs, ys = append(xs, fx), append(ys, fy)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	lowX, highX, ok := spread(xs...)
	lowY, highY, _ := spread(ys...)
	if !ok {
		return nil, errors.New("plots: Curves without a finite point")
	}
	return newFigure(style, 6.4, 4.2, func(p *pen, t *theme, all box) {
		var entries []entry
		for i, c := range lines {
			if c.Name != "" {
				entries = append(entries, seriesEntry(t, i, c.Name, c.Dots))
			}
		}
		a := p.axes(t, p.legend(t, all, entries), axis{label: x, min: lowX, max: highX}, axis{label: y, min: lowY, max: highY}, true)
		for i, c := range lines {
			if c.Dots {
				p.dots(t, a, c.X, c.Y, t.line(i))
				continue
			}
			p.series(a, c.X, c.Y, t.line(i))
		}
	})
}

// points are what is drawn: those of the curve, or as many of its function as can be seen.
func (c Curve) points() (Curve, error) {
	switch {
	case c.F != nil && (c.X != nil || c.Y != nil):
		return c, fmt.Errorf("plots: curve %q has points and a function, want one of them", c.Name)
	case c.F != nil && c.Dots:
		return c, fmt.Errorf("plots: curve %q is a function, and only points are drawn as dots", c.Name)
	case len(c.X) != len(c.Y):
		return c, fmt.Errorf("plots: curve %q has %d x and %d y, want as many", c.Name, len(c.X), len(c.Y))
	case c.F == nil && len(c.X) == 0:
		return c, fmt.Errorf("plots: curve %q has no points", c.Name)
	case c.F == nil:
		return Curve{Name: c.Name, X: append([]float64(nil), c.X...), Y: append([]float64(nil), c.Y...), Dots: c.Dots}, nil
	case !(finite(c.From) && finite(c.To) && c.From < c.To):
		return c, fmt.Errorf("plots: curve %q is a function from %v to %v, want From below To", c.Name, c.From, c.To)
	}
	const n = 600 // about two a point of the figure
	line := Curve{Name: c.Name}
	for i := range n + 1 {
		x := c.From + (c.To-c.From)*float64(i)/n
		line.X, line.Y = append(line.X, x), append(line.Y, c.F(x))
	}
	return line, nil
}

// series draws a line with gaps where it is not finite. A point that stands alone is a
// dot.
func (p *pen) series(a plane, x, y []float64, s stroke) {
	var run []point
	flush := func() {
		if len(run) == 1 {
			p.dot(run[0].x, run[0].y, 2.4, s.color)
		} else if len(run) > 1 {
			p.curve(run, a.box, s)
		}
		run = nil
	}
	for i := range x {
		if !finite(x[i]) || !finite(y[i]) {
			flush()
			continue
		}
		run = append(run, a.at(x[i], y[i]))
	}
	flush()
}

// dots draws the points of a series, each with a border that parts it from what is under
// it: the fewer there are, the larger.
func (p *pen) dots(t *theme, a plane, x, y []float64, s stroke) {
	r := 3.6
	if len(x) > 200 {
		r = max(1, r*math.Sqrt(200/float64(len(x))))
	}
	for i := range x {
		if !finite(x[i]) || !finite(y[i]) {
			continue
		}
		if q := a.at(x[i], y[i]); a.holds(q) {
			p.dot(q.x, q.y, r+min(1, r/4), t.background)
			p.dot(q.x, q.y, r, s.color)
		}
	}
}
