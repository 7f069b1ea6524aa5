package plots

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Levels of one's own part the bands; those out of the function's range do not.
func TestLevels(t *testing.T) {
	z := []float64{0.2, 0.9, 0.4, 0.6}
	if got, want := levels(z, []float64{0.1, 0.5, 0.9, 1}), []float64{0.2, 0.5, 0.9}; !slices.Equal(got, want) {
		t.Errorf("levels %v, want %v", got, want)
	}
	if got, want := levels(z, []float64{}), []float64{0.2, 0.9}; !slices.Equal(got, want) {
		t.Errorf("levels %v, want one band, %v", got, want)
	}
	for _, bad := range [][]float64{{1, 1}, {2, 1}} {
		_, err := Surface(Style{}, func(a, b float64) float64 { return a }, Domain{MaxA: 1, MaxB: 1, Levels: bad})
		if err == nil || !strings.Contains(err.Error(), "Levels") {
			t.Errorf("levels %v: error %v, want one about Levels", bad, err)
		}
	}
}

// Between levels of one's own a band has the same shade whatever else the function has.
func TestLevelShades(t *testing.T) {
	colors := func(low float64) string { // of the whole figure
		f, err := Surface(Style{}, func(a, b float64) float64 { return low + (1-low)*a },
			Domain{MaxA: 1, MaxB: 1, Points: 11, Levels: []float64{0.25, 0.5, 0.75}})
		if err != nil {
			t.Fatal(err)
		}
		bands := regexp.MustCompile(`fill:(#[0-9A-Fa-f]+)`).FindAllStringSubmatch(f.SVG(), -1)
		seen := map[string]bool{}
		for _, b := range bands {
			seen[b[1]] = true
		}
		return strings.Join(slices.Sorted(maps.Keys(seen)), " ")
	}
	whole, upper, again := colors(0), colors(0.6), colors(0.7)
	if upper != again {
		t.Errorf("from 0.6 the colours are %s, from 0.7 %s", upper, again)
	}
	for color := range strings.FieldsSeq(upper) {
		if !strings.Contains(whole, color) {
			t.Errorf("color %s of the upper half is not among those of the whole, %s", color, whole)
		}
	}
	if whole == upper {
		t.Errorf("the upper half has all colours of the whole, %s", whole)
	}
}

// Dots are two circles each, and no line joins them.
func TestDots(t *testing.T) {
	count := func(dots bool) (circles, lines int) {
		f, err := Curves(Style{}, "x", "y", Curve{X: []float64{0, 1, 2, 3}, Y: []float64{0, 3, 1, 2}, Dots: dots})
		if err != nil {
			t.Fatal(err)
		}
		svg := f.SVG()
		return len(regexp.MustCompile(`A[0-9]`).FindAllString(svg, -1)), strings.Count(svg, "stroke-width:1.8")
	}
	if circles, lines := count(false); circles != 0 || lines != 1 {
		t.Errorf("a line: %d circles, %d lines", circles, lines)
	}
	if _, err := Curves(Style{}, "x", "y", Curve{F: math.Sin, To: 1, Dots: true}); err == nil {
		t.Error("dots of a function: no error")
	}
	if circles, lines := count(true); circles == 0 || lines != 0 {
		t.Errorf("dots: %d circles, %d lines", circles, lines)
	}
}
