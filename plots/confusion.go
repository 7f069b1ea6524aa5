package plots

import (
	"cmp"
	"errors"
	"fmt"
	"image/color"
	"math"
	"strconv"

	"github.com/nestnet/nestnet/models/feedforward"
)

// Confusion draws a confusion matrix: a row for each class, and in it how many examples of
// the class were taken for which. Right answers are shaded in blue, mistakes in
// vermillion, the more the greater their share of the row. Without a size in the style the figure
// grows with the number of classes; with one, the cells shrink, and where a
// number does not fit any more only its shade is left.
//
// Errors: no result, or one without a confusion matrix (of several labels, or of
// numbers); labels that are not as many as the classes.
func Confusion(r *feedforward.Result, labels []string, style Style) (*Figure, error) {
	if r == nil || len(r.Confusion) == 0 {
		return nil, errors.New("plots: a Result without a confusion matrix; only examples of one class each have one")
	}
	n := len(r.Confusion)
	if len(labels) != n {
		return nil, fmt.Errorf("plots: %d labels for the %d classes of the confusion matrix", len(labels), n)
	}
	counts := make([][]int, n)
	for i, row := range r.Confusion {
		if len(row) != n {
			return nil, fmt.Errorf("plots: row %d of the confusion matrix has %d numbers, want %d", i, len(row), n)
		}
		counts[i] = append([]int(nil), row...)
	}
	names := append([]string(nil), labels...)
	faces, err := newFonts()
	if err != nil {
		return nil, err
	}
	m := matrix{counts: counts, names: names, cell: min(max(170/float64(n)+22, 26), 68), size: 10}
	if n > 20 {
		m.cell, m.size = 15, 8.5
	}
	m.measure(faces)
	title := 0.0
	if style.Title != "" {
		title = titleHeight
	}
	// With a size that is asked for, the cells are what is left.
	width, height := m.left+float64(n)*m.cell+2*margin+8, m.below+float64(n)*m.cell+2*margin+title+8
	if style.Width != 0 {
		m.cell = min(m.cell*4, (72*style.Width-2*margin-8-m.left)/float64(n))
	}
	if style.Height != 0 {
		fits := (72*style.Height - 2*margin - 8 - title - m.below) / float64(n)
		if style.Width == 0 || fits < m.cell {
			m.cell = fits
		}
	}
	if m.cell < 1 {
		return nil, fmt.Errorf("plots: a confusion matrix of %d classes does not fit into %v × %v inches; leave the size to it", n, cmp.Or(style.Width, width/72), cmp.Or(style.Height, height/72))
	}
	if style.Width == 0 {
		width = m.left + float64(n)*m.cell + 2*margin + 8
	}
	if style.Height == 0 {
		height = m.below + float64(n)*m.cell + 2*margin + title + 8
	}
	return newFigure(style, max(width, 220)/72, max(height, 160)/72, m.draw)
}

// matrix is how a confusion matrix is laid out.
type matrix struct {
	counts      [][]int
	names       []string
	cell, size  float64 // of a cell and of the letters of names
	left, below float64 // what names and labels take
	turned      bool    // the names below are slanted
}

const longestName = 150 // points

func (m *matrix) measure(f *fonts) {
	widest := 0.0
	for _, name := range m.names {
		widest = max(widest, f.width(clean(name), m.size, false))
	}
	widest = min(widest, longestName)
	m.left = labelSize + 10 + widest + 8
	m.turned = widest > m.cell-4
	m.below = labelSize + 10 + m.size + 8
	if m.turned {
		m.below = labelSize + 10 + widest*math.Sqrt2/2 + m.size
	}
}

func (m matrix) draw(p *pen, t *theme, all box) {
	n := float64(len(m.names))
	in := box{all.x0 + m.left, all.y1 - n*m.cell, all.x0 + m.left + n*m.cell, all.y1}
	for i, row := range m.counts {
		sum := 0
		for _, c := range row {
			sum += c
		}
		for j, c := range row {
			b := box{in.x0 + float64(j)*m.cell, in.y1 - float64(i+1)*m.cell, in.x0 + float64(j+1)*m.cell, in.y1 - float64(i)*m.cell}
			shade := t.background
			if c > 0 {
				full := t.away
				if i == j {
					full = t.towards
				}
				shade = mix(t.background, full, 0.10+0.80*float64(c)/float64(sum))
			}
			p.fill(b, shade)
			ink := on(shade)
			if c == 0 {
				ink = t.muted
			}
			p.number(c, b, m.cell, ink)
		}
	}
	for i := 0.0; i <= n; i++ {
		line := stroke{color: t.grid, width: 0.6}
		p.line(in.x0, in.y0+i*m.cell, in.x1, in.y0+i*m.cell, line)
		p.line(in.x0+i*m.cell, in.y0, in.x0+i*m.cell, in.y1, line)
	}
	every := int(math.Ceil(m.size * 1.05 / m.cell)) // names that would overlap are left out
	for i, name := range m.names {
		if i%max(every, 1) != 0 {
			continue
		}
		name = p.fit(name, m.size, false, longestName)
		middle := (float64(i) + 0.5) * m.cell
		p.text(name, in.x0-6, in.y1-middle, textStyle{size: m.size, color: t.ink, ax: 1, ay: 0.5})
		style := textStyle{size: m.size, color: t.ink, ax: 0.5, ay: 1}
		x := in.x0 + middle
		if m.turned {
			style.ax, style.turn = 1, math.Pi/4
			x += m.size / 2 * 0.7
		}
		p.text(name, x, in.y0-6, style)
	}
	label := textStyle{size: labelSize, color: t.muted, ax: 0.5}
	p.text("taken for", (in.x0+in.x1)/2, in.y0-m.below+2, label)
	label.turn = math.Pi / 2
	p.text("class", in.x0-m.left+labelSize*0.8, (in.y0+in.y1)/2, label)
}

// number writes a count into a cell, in letters that fit, or none.
func (p *pen) number(c int, b box, cell float64, ink color.Color) {
	s := strconv.Itoa(c)
	for size := min(13, cell*0.42); size >= 5.5; size -= 0.5 {
		if p.width(s, size, false) <= cell-4 {
			p.text(s, (b.x0+b.x1)/2, (b.y0+b.y1)/2, textStyle{size: size, color: ink, ax: 0.5, ay: 0.5})
			return
		}
	}
}
