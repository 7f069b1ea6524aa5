package plots

import (
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
