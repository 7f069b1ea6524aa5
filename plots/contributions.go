package plots

import (
	"cmp"
	"errors"
	"fmt"
	"image/color"

	"github.com/nestnet/nestnet/models/feedforward"
)

// Contributions draws what the words of a text did: a bar for each of the strongest words,
// at most top of them, 0 for 20; to the right those that pushed towards the class
// explained, to the left those that pushed away. The default size is 6.4 inches and as
// high as the bars.
//
// Errors: no explanation; no word of the text is in the dictionary; top below 0.
func Contributions(x *feedforward.Explanation, top int, style Style) (*Figure, error) {
	switch {
	case x == nil:
		return nil, errors.New("plots: Contributions without an explanation")
	case top < 0:
		return nil, fmt.Errorf("plots: %d words, want at least 1, or 0 for 20", top)
	case len(x.Words) == 0:
		return nil, errors.New("plots: no word of the text is in the dictionary, so none pushed")
	}
	words := append([]feedforward.ExplainedWord(nil), x.Words[:min(cmp.Or(top, 20), len(x.Words))]...)
	return bars{words: words, class: x.Class.Name, weaker: len(x.Words) - len(words),
		what: "contribution to the " + x.OutputName + " of " + x.Class.Name}.figure(style)
}

// bars is what Contributions and Influence draw.
type bars struct {
	words  []feedforward.ExplainedWord
	class  string
	what   string // what the lengths are
	weaker int    // words that are not shown
}

func (b bars) figure(style Style) (*Figure, error) {
	height := 2*margin + legendRow + 6 + float64(len(b.words))*19 + 24
	if style.Title != "" {
		height += titleHeight
	}
	return newFigure(style, 6.4, height/72, b.draw)
}

func (b bars) draw(p *pen, t *theme, all box) {
	const size = 10.5
	var low, high, names, below, above float64 // below and above: the widths of values
	for _, w := range b.words {
		low, high = min(low, w.Contribution), max(high, w.Contribution)
		names = max(names, p.width(clean(w.Word), size, false))
		if width := p.width(b.value(w), tickSize, false) + 5; w.Contribution < 0 {
			below = max(below, width)
		} else {
			above = max(above, width)
		}
	}
	if low == high {
		high = 1
	}
	swatch := func(c color.Color) func(*pen, box) {
		return func(p *pen, in box) { p.fill(box{in.x0, in.y0 + 4, in.x1, in.y1 - 4}, c) }
	}
	all = p.legend(t, all, []entry{{"towards " + b.class, swatch(t.towards)}, {"away from " + b.class, swatch(t.away)}})
	names = min(names, all.width()*0.35)
	in := box{all.x0 + names + 8 + below, all.y0 + 20, all.x1 - above, all.y1}
	row := in.height() / float64(len(b.words))
	at := func(v float64) float64 { return in.x0 + (v-low)/(high-low)*in.width() }
	for i, w := range b.words {
		y := in.y1 - (float64(i)+0.5)*row
		end, c := at(w.Contribution), t.towards
		value := textStyle{size: tickSize, color: t.muted, ay: 0.5}
		beside := end + 4
		if w.Contribution < 0 {
			c, value.ax, beside = t.away, 1, end-4
		}
		p.fill(box{min(at(0), end), y - row*0.34, max(at(0), end), y + row*0.34}, c)
		p.text(p.fit(w.Word, size, false, names), all.x0+names, y, textStyle{size: size, color: t.ink, ax: 1, ay: 0.5})
		p.text(b.value(w), beside, y, value)
	}
	p.line(at(0), in.y0, at(0), in.y1, stroke{color: t.muted, width: 0.8})
	note := textStyle{size: tickSize, color: t.muted}
	if b.weaker > 0 {
		p.text(fmt.Sprintf("%d weaker not shown", b.weaker), all.x0, all.y0+2, note)
	}
	note.ax = 1
	p.text(p.fit(b.what, tickSize, false, all.width()*0.6), all.x1, all.y0+2, note)
}

func (b bars) value(w feedforward.ExplainedWord) string {
	return minus(fmt.Sprintf("%+.4f", w.Contribution))
}
