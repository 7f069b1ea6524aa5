package plots

import "math"

// entry is a line of a legend.
type entry struct {
	name string
	mark func(p *pen, in box) // draws a sample
}

const (
	legendSize = 10.5
	legendRow  = 16.0
	sampleSize = 26.0
)

// lineEntry is the entry of a series.
func lineEntry(name string, s stroke) entry {
	return entry{name, func(p *pen, in box) {
		y := (in.y0 + in.y1) / 2
		p.line(in.x0, y, in.x1, y, s)
	}}
}

// seriesEntry is the entry of the ith series, a line or dots.
func seriesEntry(t *theme, i int, name string, dots bool) entry {
	if !dots {
		return lineEntry(name, t.line(i))
	}
	return entry{name, func(p *pen, in box) {
		p.dot((in.x0+in.x1)/2, (in.y0+in.y1)/2, 3.6, t.line(i).color)
	}}
}

// legendColumns says how many columns a legend has, and how wide they are.
func (f *fonts) legendColumns(entries []entry, width float64) (columns int, each float64) {
	const gap = 18
	for _, e := range entries {
		each = max(each, sampleSize+6+f.width(clean(e.name), legendSize, false)+gap)
	}
	each = min(each, width)
	return min(max(int(min(width/each, 1e6)), 1), len(entries)), each
}

// legendHeight is what a legend takes of a box of that width.
func (f *fonts) legendHeight(entries []entry, width float64) float64 {
	if len(entries) == 0 {
		return 0
	}
	columns, _ := f.legendColumns(entries, width)
	return float64((len(entries)+columns-1)/columns)*legendRow + 6
}

// legend draws entries into the top of a box, in rows, and returns the rest.
func (p *pen) legend(t *theme, in box, entries []entry) box {
	if len(entries) == 0 {
		return in
	}
	columns, each := p.legendColumns(entries, in.width())
	for i, e := range entries {
		x, y := in.x0+float64(i%columns)*each, in.y1-float64(i/columns+1)*legendRow
		e.mark(p, box{x, y, x + sampleSize, y + legendRow})
		p.text(p.fit(e.name, legendSize, false, each-sampleSize-6), x+sampleSize+6, y+legendRow/2, textStyle{size: legendSize, color: t.ink, ay: 0.5})
	}
	in.y1 -= p.legendHeight(entries, in.width())
	return in
}

// legendWidth is what a legend takes in one row.
func (f *fonts) legendWidth(entries []entry) float64 {
	if len(entries) == 0 {
		return 0
	}
	_, each := f.legendColumns(entries, math.Inf(1))
	return each * float64(len(entries))
}
