package plots

import (
	"image/color"
	"math"
	"strings"
	"unicode"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// box is a rectangle in points, y upwards.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) width() float64  { return b.x1 - b.x0 }
func (b box) height() float64 { return b.y1 - b.y0 }

func (b box) holds(q point) bool { return b.x0 <= q.x && q.x <= b.x1 && b.y0 <= q.y && q.y <= b.y1 }

// halves are the left and the right half, with a gap between.
func (b box) halves() (left, right box) {
	const gap = 20
	left, right = b, b
	left.x1 = b.x0 + (b.width()-gap)/2
	right.x0 = left.x1 + gap
	return left, right
}

type point struct{ x, y float64 }

// fonts are the two faces of letters. Gonum's own collection has twelve, of 4 MB.
type fonts struct{ regular, bold *opentype.Font }

func newFonts() (*fonts, error) {
	regular, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		return nil, err
	}
	bold, err := opentype.Parse(liberationsansbold.TTF)
	return &fonts{regular, bold}, err
}

func (f *fonts) face(size float64, bold bool) font.Face {
	face := font.Face{Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(size)}, Face: f.regular}
	if bold {
		face.Face, face.Font.Weight = f.bold, xfont.WeightBold
	}
	return face
}

// width is that of a text in points. Letters that the font lacks count as wide as they
// are high, as Chinese ones are: the browser has them in another font.
func (f *fonts) width(s string, size float64, bold bool) float64 {
	face := f.face(size, bold)
	var buf sfnt.Buffer
	known, lacking := make([]rune, 0, len(s)), 0
	for _, r := range s {
		if lacks(face.Face, &buf, r) {
			lacking++
		} else {
			known = append(known, r)
		}
	}
	return float64(face.Width(string(known))) + float64(lacking)*size
}

func lacks(face *opentype.Font, buf *sfnt.Buffer, r rune) bool {
	i, err := face.GlyphIndex(buf, r)
	return err == nil && i == 0
}

// boxed puts another sign in the place of each letter that the font lacks, where nothing
// would stand: one that looks like it, or a box.
func (f *fonts) boxed(s string, face font.Face) string {
	var buf sfnt.Buffer
	return strings.Map(func(r rune) rune {
		if !lacks(face.Face, &buf, r) {
			return r
		}
		switch r {
		case '⊙', '∘': // Gorgonia's product of elements
			return '◦'
		case '⋅':
			return '·'
		case '∗':
			return '*'
		}
		return '□'
	}, s)
}

// pen draws on a canvas.
type pen struct {
	c vg.Canvas
	*fonts
	glyphs bool // letters are drawn with the font and not by a browser
}

// textStyle says how a text looks: ax and ay are the shares of its width and of the height of
// its capitals that lie left of and below the point where it is put.
type textStyle struct {
	size   float64
	color  color.Color
	bold   bool
	ax, ay float64
	turn   float64 // counterclockwise, in radians
}

func (p *pen) text(s string, x, y float64, t textStyle) {
	s = clean(s)
	if s == "" {
		return
	}
	const capitals = 0.72 // height of capitals and digits, of the font's size
	p.c.SetColor(t.color)
	dx, dy := -t.ax*p.width(s, t.size, t.bold), -t.ay*capitals*t.size
	face := p.face(t.size, t.bold)
	if p.glyphs {
		s = p.boxed(s, face)
	}
	if t.turn == 0 {
		p.c.FillString(face, at(x+dx, y+dy), s)
		return
	}
	p.c.Push()
	p.c.Translate(at(x, y))
	p.c.Rotate(t.turn)
	p.c.FillString(face, at(dx, dy), s)
	p.c.Pop()
}

// fit shortens a text that is wider than room, to an end of "…".
func (f *fonts) fit(s string, size float64, bold bool, room float64) string {
	s = clean(s)
	if f.width(s, size, bold) <= room {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := strings.TrimRight(string(runes[:n]), " ") + "…"; f.width(short, size, bold) <= room {
			return short
		}
	}
	return "…"
}

// clean leaves out what cannot stand in XML or on one line.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case r == 0xFFFE || r == 0xFFFF:
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

func (p *pen) set(s stroke) {
	p.c.SetColor(s.color)
	p.c.SetLineWidth(vg.Length(s.width))
	dash := make([]vg.Length, len(s.dash))
	for i, d := range s.dash {
		dash[i] = vg.Length(d)
	}
	p.c.SetLineDash(dash, 0)
}

func (p *pen) line(x0, y0, x1, y1 float64, s stroke) {
	p.set(s)
	p.c.Stroke(path([]point{{x0, y0}, {x1, y1}}))
}

// curve draws the part of a line that lies in a box, by as many points as can be seen.
func (p *pen) curve(points []point, in box, s stroke) {
	var line []vg.Point
	for _, q := range thinned(points) {
		line = append(line, at(q.x, q.y))
	}
	c := draw.Canvas{Canvas: p.c, Rectangle: vg.Rectangle{Min: at(in.x0, in.y0), Max: at(in.x1, in.y1)}}
	p.set(s)
	for _, part := range c.ClipLinesXY(line) {
		var seen []point
		for _, q := range part {
			seen = append(seen, point{float64(q.X), float64(q.Y)})
		}
		p.c.Stroke(path(seen))
	}
}

// thinned leaves out points of a line that nobody would miss: those that nearly lie on the
// last one, and of the others those that lie on the line between their neighbours, by the
// method of D. Douglas and T. Peucker, 1973.
func thinned(points []point) []point {
	const unseen = 0.04 // points
	var apart []point
	for i, q := range points {
		if n := len(apart); n == 0 || i == len(points)-1 || math.Hypot(q.x-apart[n-1].x, q.y-apart[n-1].y) >= 0.15 {
			apart = append(apart, q)
		}
	}
	if len(apart) < 3 {
		return apart
	}
	keep := make([]bool, len(apart))
	keep[0], keep[len(apart)-1] = true, true
	spans := [][2]int{{0, len(apart) - 1}}
	for len(spans) > 0 {
		span := spans[len(spans)-1]
		spans = spans[:len(spans)-1]
		farthest, distance := 0, unseen
		for i := span[0] + 1; i < span[1]; i++ {
			if d := apart[i].from(apart[span[0]], apart[span[1]]); d > distance {
				farthest, distance = i, d
			}
		}
		if farthest > 0 {
			keep[farthest] = true
			spans = append(spans, [2]int{span[0], farthest}, [2]int{farthest, span[1]})
		}
	}
	var line []point
	for i, q := range apart {
		if keep[i] {
			line = append(line, q)
		}
	}
	return line
}

// from is the distance from the line between a and b.
func (q point) from(a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	share := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		share = min(max(((q.x-a.x)*dx+(q.y-a.y)*dy)/length, 0), 1)
	}
	return math.Hypot(q.x-a.x-share*dx, q.y-a.y-share*dy)
}

func (p *pen) fill(b box, c color.Color) {
	p.polygon([]point{{b.x0, b.y0}, {b.x1, b.y0}, {b.x1, b.y1}, {b.x0, b.y1}}, c)
}

func (p *pen) polygon(corners []point, c color.Color) {
	p.c.SetColor(c)
	outline := path(corners)
	outline.Close()
	p.c.Fill(outline)
}

func (p *pen) frame(b box, s stroke) {
	p.set(s)
	outline := path([]point{{b.x0, b.y0}, {b.x1, b.y0}, {b.x1, b.y1}, {b.x0, b.y1}})
	outline.Close()
	p.c.Stroke(outline)
}

func (p *pen) dot(x, y, r float64, c color.Color) {
	p.c.SetColor(c)
	p.c.Fill(circle(x, y, r))
}

func (p *pen) ring(x, y, r float64, s stroke) {
	p.set(s)
	p.c.Stroke(circle(x, y, r))
}

func (p *pen) cross(x, y, r float64, s stroke) {
	p.line(x-r, y-r, x+r, y+r, s)
	p.line(x-r, y+r, x+r, y-r, s)
}

func circle(x, y, r float64) vg.Path {
	var c vg.Path
	c.Move(at(x+r, y))
	c.Arc(at(x, y), vg.Length(r), 0, 2*math.Pi)
	c.Close()
	return c
}

func path(points []point) vg.Path {
	var line vg.Path
	for i, q := range points {
		if i == 0 {
			line.Move(at(q.x, q.y))
		} else {
			line.Line(at(q.x, q.y))
		}
	}
	return line
}

func at(x, y float64) vg.Point { return vg.Point{X: vg.Length(x), Y: vg.Length(y)} }
