package plots

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"
)

// Domain is the part of a plane over which a function is drawn.
type Domain struct {
	MinA, MaxA, MinB, MaxB float64

	// A and B name the axes, F the function. Defaults "a", "b" and "loss".
	A, B, F string

	// Points is how many numbers a and b take on, each; the function is called for all
	// pairs. 0 means 100.
	Points int

	// Levels are the values that part the bands from one another, ascending. Nil means bands
	// of equal area. A band between levels has the same shade in every figure, whatever the
	// function's range is.
	Levels []float64
}

// Path is a way over a surface: the places to which a solver came, one a step.
type Path struct {
	Name string
	A, B []float64

	// Dots draws a dot at each place and no line between them, as of examples.
	Dots bool
}

// Surface draws a function of two numbers as seen from above, such as the loss of a network of
// two coefficients: in bands of equal area, or between levels of your own, from the lowest, which have
// the colour of the page, to the highest, with the values between them beside the figure, and on it
// the paths, each from a ring to a dot, or as dots. The default size is 6.8 × 5.2 inches.
//
// Errors: no function; an empty domain; fewer than 2 or more than 1000 points; levels that do not
// ascend; no finite value; a path without points, or with A and B of different lengths.
func Surface(style Style, f func(a, b float64) float64, domain Domain, paths ...Path) (*Figure, error) {
	domain.A, domain.B, domain.F = cmp.Or(domain.A, "a"), cmp.Or(domain.B, "b"), cmp.Or(domain.F, "loss")
	domain.Points = cmp.Or(domain.Points, 100)
	if err := domain.check(f, paths); err != nil {
		return nil, err
	}
	n := domain.Points
	s := surface{domain: domain, z: make([]float64, n*n)}
	for i := range n { // of b
		for j := range n { // of a
			s.z[i*n+j] = f(domain.MinA+(domain.MaxA-domain.MinA)*float64(j)/float64(n-1), domain.MinB+(domain.MaxB-domain.MinB)*float64(i)/float64(n-1))
		}
	}
	for _, w := range paths {
		s.paths = append(s.paths, Path{w.Name, slices.Clone(w.A), slices.Clone(w.B), w.Dots})
	}
	if s.levels = levels(s.z, domain.Levels); s.levels == nil {
		return nil, errors.New("plots: the function of Surface has no finite value")
	}
	s.shades = len(s.levels) - 1
	if domain.Levels != nil {
		s.shades = len(domain.Levels) + 1
		for s.below < len(domain.Levels) && domain.Levels[s.below] <= s.levels[0] {
			s.below++
		}
	}
	return newFigure(style, 6.8, 5.2, s.draw)
}

func (d Domain) check(f func(a, b float64) float64, paths []Path) error {
	var errs []error
	if f == nil {
		errs = append(errs, errors.New("plots: Surface without a function"))
	}
	for _, side := range []struct {
		name      string
		low, high float64
	}{{"A", d.MinA, d.MaxA}, {"B", d.MinB, d.MaxB}} {
		if least := 1e-9 * max(math.Abs(side.low), math.Abs(side.high)); !(finite(side.low) && finite(side.high) && side.high-side.low > least) {
			errs = append(errs, fmt.Errorf("plots: Domain from Min%s %v to Max%[1]s %v, want the first below the second", side.name, side.low, side.high))
		}
	}
	for i, v := range d.Levels {
		if !finite(v) || i > 0 && v <= d.Levels[i-1] {
			errs = append(errs, fmt.Errorf("plots: Domain.Levels are %v, want finite numbers, ascending", d.Levels))
			break
		}
	}
	if d.Points < 2 || d.Points > 1000 {
		errs = append(errs, fmt.Errorf("plots: Domain.Points is %d, want 2 to 1000, or 0 for 100", d.Points))
	}
	for _, w := range paths {
		if len(w.A) != len(w.B) {
			errs = append(errs, fmt.Errorf("plots: path %q has %d a and %d b, want as many", w.Name, len(w.A), len(w.B)))
		} else if len(w.A) == 0 {
			errs = append(errs, fmt.Errorf("plots: path %q has no points", w.Name))
		}
	}
	return errors.Join(errs...)
}

// levels are values from the lowest to the highest: those wanted, or else up to 13 between which
// there is about the same area, those within rounded to two digits.
func levels(z, wanted []float64) []float64 {
	var sorted []float64
	for _, v := range z {
		if finite(v) {
			sorted = append(sorted, v)
		}
	}
	if sorted == nil {
		return nil
	}
	slices.Sort(sorted)
	const bands = 12
	list := []float64{sorted[0]}
	highest := sorted[len(sorted)-1]
	for _, v := range wanted {
		if v > list[0] && v < highest {
			list = append(list, v)
		}
	}
	if wanted != nil {
		return append(list, highest)
	}
	for i := 1; i < bands; i++ {
		v, _ := strconv.ParseFloat(strconv.FormatFloat(sorted[i*(len(sorted)-1)/bands], 'g', 2, 64), 64)
		if v > list[len(list)-1] && v < highest {
			list = append(list, v)
		}
	}
	return append(list, highest)
}

type surface struct {
	domain Domain
	z      []float64 // by b, then by a
	levels []float64
	paths  []Path

	shades, below int // how many there are, and how many are lighter than the lowest band's
}

func (s surface) draw(p *pen, t *theme, all box) {
	var entries []entry
	for i, w := range s.paths {
		if w.Name != "" {
			entries = append(entries, seriesEntry(t, i, w.Name, w.Dots))
		}
	}
	all = p.legend(t, all, entries)
	widest := p.width(clean(s.domain.F), tickSize, false)
	labels := make([]string, len(s.levels))
	for i, v := range s.levels {
		labels[i] = minus(shortExponent.Replace(strconv.FormatFloat(v, 'g', 3, 64)))
		widest = max(widest, p.width(labels[i], tickSize, false)+18)
	}
	widest = min(widest, 110)
	in := all
	in.x1 -= widest + 14
	a := p.axes(t, in, axis{label: s.domain.A, min: s.domain.MinA, max: s.domain.MaxA}, axis{label: s.domain.B, min: s.domain.MinB, max: s.domain.MaxB}, false)

	p.c.DrawImage(vg.Rectangle{Min: at(a.x0, a.y0), Max: at(a.x1, a.y1)}, s.image(t, a.width(), a.height()))
	for _, v := range s.levels[1 : len(s.levels)-1] {
		var line vg.Path
		s.contour(v, func(a0, b0, a1, b1 float64) {
			line = append(line, path([]point{a.at(a0, b0), a.at(a1, b1)})...)
		})
		p.set(stroke{color: mix(t.background, t.muted, 0.5), width: 0.5})
		p.c.Stroke(line)
	}
	s.bar(p, t, box{all.x1 - widest, a.y0, all.x1, a.y1 - 16}, labels)

	for i, w := range s.paths { // a border, so that a path is seen on any shade
		if w.Dots {
			continue
		}
		p.series(a, w.A, w.B, stroke{color: t.background, width: t.line(i).width + 2})
	}
	for i, w := range s.paths {
		line := t.line(i)
		if w.Dots {
			p.dots(t, a, w.A, w.B, line)
			continue
		}
		p.series(a, w.A, w.B, line)
		first, last := a.at(w.A[0], w.B[0]), a.at(w.A[len(w.A)-1], w.B[len(w.B)-1])
		if a.holds(first) {
			p.dot(first.x, first.y, 4.4, t.background)
			p.ring(first.x, first.y, 3.4, stroke{color: line.color, width: 1.6})
		}
		if a.holds(last) {
			p.dot(last.x, last.y, 4.6, t.background)
			p.dot(last.x, last.y, 3.6, line.color)
		}
	}
}

// bar draws what the bands stand for.
func (s surface) bar(p *pen, t *theme, in box, labels []string) {
	const width = 12
	p.text(p.fit(s.domain.F, tickSize, false, in.width()), in.x0, in.y1+8, textStyle{size: tickSize, color: t.ink})
	bands := len(s.levels) - 1
	each := in.height() / float64(bands)
	for i := range bands {
		y := in.y0 + float64(i)*each
		p.fill(box{in.x0, y, in.x0 + width, y + each}, s.shade(t, i))
	}
	for i, label := range labels {
		if i > 0 && label == labels[i-1] {
			continue
		}
		p.text(label, in.x0+width+5, in.y0+float64(i)*each, textStyle{size: tickSize, color: t.muted, ay: 0.5})
	}
	p.frame(box{in.x0, in.y0, in.x0 + width, in.y1}, stroke{color: t.muted, width: 0.5})
}

// shade is the colour of a band.
func (s surface) shade(t *theme, band int) color.RGBA {
	low, high := mix(t.background, blue, 0.03), mix(t.background, blue, 0.62)
	if t.dark {
		low, high = mix(t.background, sky, 0.04), mix(t.background, sky, 0.6)
	}
	return mix(low, high, float64(s.below+band)/float64(max(s.shades-1, 1)))
}

// image has two pixels a point of the figure, of a very large one fewer, shaded by the function
// between its points. What is no number is left out.
func (s surface) image(t *theme, width, height float64) image.Image {
	each := min(2, math.Sqrt(4e6/(width*height)))
	m := image.NewNRGBA(image.Rect(0, 0, max(int(each*width), 1), max(int(each*height), 1)))
	n := s.domain.Points
	size := m.Bounds().Size()
	for y := range size.Y {
		v := (1 - (float64(y)+0.5)/float64(size.Y)) * float64(n-1)
		i := min(int(v), n-2)
		v -= float64(i)
		for x := range size.X {
			u := (float64(x) + 0.5) / float64(size.X) * float64(n-1)
			j := min(int(u), n-2)
			u -= float64(j)
			low := s.z[i*n+j]*(1-u) + s.z[i*n+j+1]*u
			high := s.z[(i+1)*n+j]*(1-u) + s.z[(i+1)*n+j+1]*u
			z := low*(1-v) + high*v
			if math.IsNaN(z) {
				continue
			}
			c := s.shade(t, s.band(z))
			m.SetNRGBA(x, y, color.NRGBA(c))
		}
	}
	return m
}

// band is the number of the band of a value.
func (s surface) band(z float64) int {
	i, _ := slices.BinarySearch(s.levels[1:len(s.levels)-1], z)
	return i
}

// contour finds the lines on which the function has a value, by marching squares: in a square
// of four points the line crosses those sides whose ends lie to either side of it.
func (s surface) contour(v float64, line func(a0, b0, a1, b1 float64)) {
	d, n := s.domain, s.domain.Points
	for i := range n - 1 {
		for j := range n - 1 {
			// Corners, counterclockwise.
			z := [4]float64{s.z[i*n+j], s.z[i*n+j+1], s.z[(i+1)*n+j+1], s.z[(i+1)*n+j]}
			x, y := [4]float64{0, 1, 1, 0}, [4]float64{0, 0, 1, 1}
			if !finite(z[0] + z[1] + z[2] + z[3]) {
				continue
			}
			var cross [][2]float64
			for k := range 4 {
				m := (k + 1) % 4
				if (z[k] < v) == (z[m] < v) {
					continue
				}
				share := (v - z[k]) / (z[m] - z[k])
				cross = append(cross, [2]float64{
					d.MinA + (d.MaxA-d.MinA)*(float64(j)+x[k]+share*(x[m]-x[k]))/float64(n-1),
					d.MinB + (d.MaxB-d.MinB)*(float64(i)+y[k]+share*(y[m]-y[k]))/float64(n-1),
				})
			}
			// At a saddle the middle of the square says which sides belong together.
			if len(cross) == 4 && (z[0] < v) != ((z[0]+z[1]+z[2]+z[3])/4 < v) {
				cross = [][2]float64{cross[3], cross[0], cross[1], cross[2]}
			}
			for k := 0; k+1 < len(cross); k += 2 {
				line(cross[k][0], cross[k][1], cross[k+1][0], cross[k+1][1])
			}
		}
	}
}
