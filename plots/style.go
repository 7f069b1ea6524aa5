package plots

import (
	"image/color"
	"math"
)

// Style says how a figure looks. The zero value is a figure of its default size, in light
// colours on white, without a title.
type Style struct {
	// Width and Height are in inches; 0 is the figure's default, which each function
	// names.
	Width, Height float64

	// Dark is for dark pages: light letters and lines on #0d1117.
	Dark bool

	// Transparent leaves the background out, for a page whose background fits: a white
	// or light one, with Dark a dark one. A figure has one by default, because it does
	// not know where it is shown.
	Transparent bool

	// Title stands above the figure, and is what an SVG is called for those who cannot
	// see it.
	Title string
}

// theme is the colours of a style.
type theme struct {
	dark                         bool
	background, ink, muted, grid color.RGBA
	towards, away                color.RGBA   // good and bad, told apart by all
	series                       []color.RGBA // Okabe and Ito's, those first that stand out most
}

func hex(rgb uint32) color.RGBA {
	return color.RGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}
}

// Okabe and Ito's colours.
var (
	orange, sky, green  = hex(0xE69F00), hex(0x56B4E9), hex(0x009E73)
	yellow, blue        = hex(0xF0E442), hex(0x0072B2)
	vermillion, reddish = hex(0xD55E00), hex(0xCC79A7)
)

func (s Style) theme() *theme {
	if s.Dark {
		return &theme{
			dark: true, background: hex(0x0d1117), ink: hex(0xe6edf3), muted: hex(0x9aa4af), grid: hex(0x2a313a),
			towards: sky, away: vermillion, series: []color.RGBA{sky, orange, green, reddish, yellow, vermillion, hex(0xe6edf3)},
		}
	}
	return &theme{
		background: hex(0xffffff), ink: hex(0x1f2328), muted: hex(0x59636e), grid: hex(0xe3e8ed),
		towards: blue, away: vermillion, series: []color.RGBA{blue, vermillion, green, reddish, orange, sky, hex(0x1f2328)},
	}
}

// stroke is how a line looks.
type stroke struct {
	color color.Color
	width float64
	dash  []float64
}

// line is the look of the ith series: colours and dashes both go round, and 28 lines
// differ.
func (t *theme) line(i int) stroke {
	dashes := [][]float64{nil, {7, 3}, {2, 2}, {8, 3, 2, 3}}
	return stroke{color: t.series[i%len(t.series)], width: 1.8, dash: dashes[i%len(dashes)]}
}

// mix is the colour a part p of the way from a to b.
func mix(a, b color.RGBA, p float64) color.RGBA {
	at := func(a, b uint8) uint8 { return uint8(float64(a) + p*(float64(b)-float64(a)) + 0.5) }
	return color.RGBA{at(a.R, b.R), at(a.G, b.G), at(a.B, b.B), 255}
}

// on is black or white, whichever is read well on a colour: with a contrast of at least 3.3 to 1,
// as (L+0.05)/(l+0.05) of the luminances.
func on(c color.RGBA) color.RGBA {
	if luminance(c) > 0.26 {
		return hex(0x000000)
	}
	return hex(0xffffff)
}

// luminance is the relative luminance of WCAG 2, 0 for black and 1 for white.
func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
