package plots

import (
	"math"
	"strconv"
	"strings"
)

// axis is a side of a plot.
type axis struct {
	label    string
	min, max float64
	whole    bool // whole numbers only, such as epochs
}

// plane is where a plot's data lie: a box, and the numbers at its sides.
type plane struct {
	box
	x, y axis
}

func (a plane) at(x, y float64) point {
	return point{
		a.x0 + (x-a.x.min)/(a.x.max-a.x.min)*a.width(),
		a.y0 + (y-a.y.min)/(a.y.max-a.y.min)*a.height(),
	}
}

const (
	tickSize  = 9.5
	labelSize = 11
)

// axes draws the sides of a plot, a grid and all letters around it into a box, and returns
// what is left for the data.
func (p *pen) axes(t *theme, in box, x, y axis, grid bool) plane {
	yTicks := y.ticks(in.height() / 30)
	widest := 0.0
	for _, k := range yTicks {
		widest = max(widest, p.width(k.label, tickSize, false))
	}
	a := plane{box: in, x: x, y: y}
	a.x0 += widest + 7
	a.y0 += tickSize + 7
	if y.label != "" {
		a.x0 += labelSize + 8
	}
	if x.label != "" {
		a.y0 += labelSize + 8
	}
	a.y1 -= tickSize / 2
	xTicks := x.ticks(a.width() / 58)
	if len(xTicks) > 0 {
		last := xTicks[len(xTicks)-1]
		a.x1 -= max(4, a.at(last.value, 0).x+p.width(last.label, tickSize, false)/2-in.x1)
	}
	faint, ink := stroke{color: t.grid, width: 0.7}, stroke{color: t.muted, width: 0.8}
	for _, k := range xTicks {
		at := a.at(k.value, y.min).x
		if grid {
			p.line(at, a.y0, at, a.y1, faint)
		}
		p.line(at, a.y0, at, a.y0-3.5, ink)
		p.text(k.label, at, a.y0-7, textStyle{size: tickSize, color: t.muted, ax: 0.5, ay: 1})
	}
	for _, k := range yTicks {
		at := a.at(x.min, k.value).y
		if grid {
			p.line(a.x0, at, a.x1, at, faint)
		}
		p.line(a.x0-3.5, at, a.x0, at, ink)
		p.text(k.label, a.x0-6.5, at, textStyle{size: tickSize, color: t.muted, ax: 1, ay: 0.5})
	}
	p.line(a.x0, a.y0, a.x1, a.y0, ink)
	p.line(a.x0, a.y0, a.x0, a.y1, ink)
	label := textStyle{size: labelSize, color: t.ink, ax: 0.5}
	p.text(p.fit(x.label, labelSize, false, a.width()), (a.x0+a.x1)/2, in.y0+2, label)
	label.turn = math.Pi / 2
	p.text(p.fit(y.label, labelSize, false, a.height()), in.x0+labelSize*0.8, (a.y0+a.y1)/2, label)
	return a
}

// spread is a range for an axis that holds all finite numbers, with some room around.
// ok is false if there are none.
func spread(values ...[]float64) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, list := range values {
		for _, v := range list {
			if finite(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		return 0, 0, false
	}
	room := 0.05 * (high - low)
	if least := 1e-9 * max(math.Abs(low), math.Abs(high)); room <= least {
		room = max(0.1*math.Abs(low), least, 1e-6)
		if low == 0 {
			room = 1
		}
	}
	return low - room, high + room, true
}

// finite says whether a number can be drawn. From 1e300 on, an axis would not hold it.
func finite(v float64) bool { return math.Abs(v) < 1e300 }

type tick struct {
	value float64
	label string
}

// ticks are at most n+1 round numbers on the axis: multiples of 1, 2 or 5 times a power
// of ten.
func (a axis) ticks(n float64) []tick {
	n = min(max(n, 2), 12)
	raw := (a.max/n - a.min/n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * power
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*(1-1e-9) {
			step = m * power
			break
		}
	}
	if a.whole {
		step = max(1, math.Round(step))
	}
	var list []tick
	decimals := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	first := math.Ceil(a.min/step - 1e-9)
	for i := range 16 { // at most 13 fit, but for ranges too narrow for float64
		v := (first + float64(i)) * step
		if !(v <= a.max+1e-9*step) {
			break
		}
		label := strconv.FormatFloat(v, 'f', decimals, 64)
		if largest := max(math.Abs(a.min), math.Abs(a.max)); largest >= 1e6 || largest < 1e-3 {
			label = shortExponent.Replace(strconv.FormatFloat(v, 'g', 4, 64))
		}
		if v == 0 {
			label = "0"
		}
		list = append(list, tick{v, minus(label)})
	}
	return list
}

// shortExponent writes 1e6 for 1e+06.
var shortExponent = strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-")

// minus writes a number with the sign that mathematics has for it.
func minus(number string) string { return strings.ReplaceAll(number, "-", "−") }
