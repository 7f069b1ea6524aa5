package plots

import (
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
// grows with the number of classes; with one, names and cells shrink, and where a
// number does not fit any more only its thousands or its shade are left. Of more than 10
// classes, cells of 0 are empty.
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
	faces, err := newFonts()
	if err != nil {
		return nil, err
	}
	m := matrix{counts: counts, names: append([]string(nil), labels...), cell: min(max(170/float64(n)+22, 26), 68), size: 10, longest: 150}
	if n > 20 {
		m.cell, m.size = 18, 8.5
	}
	m.measure(faces)
	// around are the margins and the title.
	around := [2]float64{2*margin + 8, 2*margin + 8}
	if style.Title != "" {
		around[1] += titleHeight
	}
	if style.Width != 0 || style.Height != 0 {
		room := [2]float64{72*style.Width - around[0], 72*style.Height - around[1]}
		if m.squeeze(faces, room); m.cell < 2 {
			return nil, fmt.Errorf("plots: a confusion matrix of %d classes does not fit into %v × %v inches; leave the size to it", n, style.Width, style.Height)
		}
	}
	width, height := m.left+float64(n)*m.cell+around[0], m.below+float64(n)*m.cell+around[1]
	return newFigure(style, max(width, 220)/72, max(height, 160)/72, m.draw)
}

// matrix is how a confusion matrix is laid out.
type matrix struct {
	counts      [][]int
	names       []string
	cell, size  float64 // of a cell and of the letters of names
	longest     float64 // that a name may be
	left, below float64 // what names and labels take
	turned      bool    // the names below are slanted
}

// measure finds out what the names take.
func (m *matrix) measure(f *fonts) {
	widest := 0.0
	for _, name := range m.names {
		widest = max(widest, f.width(clean(name), m.size, false))
	}
	widest = min(widest, m.longest)
	m.left = labelSize + 10 + widest + 8
	m.turned = widest > m.cell-4
	m.below = labelSize + 10 + m.size + 8
	if m.turned {
		m.below = labelSize + 10 + widest*math.Sqrt2/2 + m.size
	}
}

// squeeze fits a matrix into room for its width and height, of which one below 0 is any: names
// get less of it, and smaller letters, and the cells the rest.
func (m *matrix) squeeze(f *fonts, room [2]float64) {
	least := math.Inf(1)
	for _, r := range room {
		if r > 0 {
			least = min(least, r)
		}
	}
	m.longest = min(m.longest, least*0.3)
	for m.size = 10; ; m.size -= 0.5 {
		m.cell = math.Inf(1)
		for range 2 { // whether names are slanted depends on the cell, and the other way round
			m.measure(f)
			m.cell = math.Inf(1)
			for i, names := range []float64{m.left, m.below} {
				if room[i] > 0 {
					m.cell = min(m.cell, (room[i]-names)/float64(len(m.names)))
				}
			}
		}
		if m.size <= 6.5 || m.size <= 0.95*m.cell {
			return
		}
	}
}

func (m matrix) draw(p *pen, t *theme, all box) {
	n := float64(len(m.names))
	// In the middle of what is left.
	all.x0 += max(0, all.width()-m.left-n*m.cell-8) / 2
	all.y1 -= max(0, all.height()-m.below-n*m.cell-8) / 2
	in := box{all.x0 + m.left, all.y1 - n*m.cell, all.x0 + m.left + n*m.cell, all.y1}
	for i, row := range m.counts {
		sum := 0
		for _, c := range row {
			sum += c
		}
		for j, c := range row {
			b := box{in.x0 + float64(j)*m.cell, in.y1 - float64(i+1)*m.cell, in.x0 + float64(j+1)*m.cell, in.y1 - float64(i)*m.cell}
			if c == 0 {
				if len(m.names) <= 10 { // of more they would hide the mistakes
					p.number(c, b, t.muted)
				}
				continue
			}
			full := vermillion
			if i == j {
				full = blue // on dark pages too, so that all numbers are light there
			}
			shade := mix(t.background, full, 0.14+0.86*float64(c)/float64(sum))
			p.fill(b, shade)
			p.number(c, b, on(shade))
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
		name = p.fit(name, m.size, false, m.longest)
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

// number writes a count into a cell, in letters that fit: 12k for 12,345 where that must be, or
// nothing.
func (p *pen) number(c int, b box, ink color.Color) {
	texts := []string{strconv.Itoa(c)}
	if c >= 1000 {
		texts = append(texts, strconv.Itoa(c/1000)+"k")
	}
	const least = 5
	for _, s := range texts {
		for size := min(13, b.height()*0.42); size >= least; size -= 0.5 {
			if p.width(s, size, false) <= b.width()-3 {
				p.text(s, (b.x0+b.x1)/2, (b.y0+b.y1)/2, textStyle{size: size, color: ink, ax: 0.5, ay: 0.5})
				return
			}
		}
	}
}
