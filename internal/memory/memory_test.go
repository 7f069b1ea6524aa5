package memory

import (
	"fmt"
	"slices"
	"testing"
)

func TestMake(t *testing.T) {
	for _, n := range []int{0, 1, 1000, worth/4 - 1, worth / 4, 5<<20 + 3, most/4 + 1} {
		if r := Room[float32](n); len(r) != n || n > 0 && r[n-1] != 0 {
			t.Errorf("room for %d numbers: got %d, or not all are zero", n, len(r))
		}
		s := Make[float32](n)
		if len(s) != n || slices.ContainsFunc(s, func(x float32) bool { return x != 0 }) {
			t.Errorf("%d numbers: got %d, or not all are zero", n, len(s))
		}
		for i := range s { // all of it can be written
			s[i] = float32(i)
		}
	}
	if s := Make[struct{}](1 << 20); len(s) != 1<<20 {
		t.Errorf("%d elements without size", len(s))
	}
	// Memory that holds pointers belongs to the garbage collector as all other does.
	words := Make[string](worth)
	for i := range words {
		words[i] = fmt.Sprint(i)
	}
	for i, w := range words {
		if w != fmt.Sprint(i) {
			t.Fatalf("word %d is %q", i, w)
		}
	}
}

func TestGrow(t *testing.T) {
	var s []int32
	for _, n := range []int{0, 1, 5, 100, worth, 3 * worth} {
		was := slices.Clone(s)
		s = Grow(s, n)
		if cap(s)-len(s) < n || !slices.Equal(s, was) {
			t.Fatalf("room for %d after %d, want %d; or other elements than before", cap(s)-len(s), len(was), n)
		}
		room := s[:cap(s)]
		if same := Grow(s, cap(s)-len(s)); cap(same) > 0 && &same[:1][0] != &room[0] {
			t.Errorf("moved %d elements for room that was there", len(s))
		}
		for len(s) < cap(s) {
			s = append(s, int32(len(s)))
		}
	}
}

// BenchmarkMake makes and fills as much as the table of 25,762 words and 64 units takes.
// What it gains shows with memory that the system has not given out before: the first
// rounds (-benchtime 3x).
func BenchmarkMake(b *testing.B) {
	const n = 25762 * 64
	for _, m := range []struct {
		name string
		make func() []float32
	}{{"make", func() []float32 { return make([]float32, n) }}, {"Make", func() []float32 { return Make[float32](n) }}} {
		b.Run(m.name, func(b *testing.B) {
			var keep [][]float32
			for range b.N {
				s := m.make()
				for i := range s {
					s[i] = 1
				}
				keep = append(keep, s)
			}
			b.ReportMetric(float64(len(keep)), "kept")
		})
	}
}
