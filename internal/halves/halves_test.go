package halves

import (
	"math/rand/v2"
	"testing"
)

// byDefinition is the sum of x as the package comment has it.
func byDefinition(x []float32) float32 {
	if len(x) == 1 {
		return x[0]
	}
	mid := Mid(0, len(x))
	return byDefinition(x[:mid]) + byDefinition(x[mid:])
}

// TestAnyCut holds that the sum has the same bits however many ranks take part, and
// however many groups each of them sums.
func TestAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= 40; n++ {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		want := byDefinition(x)
		for ranks := 1; ranks <= 6; ranks++ {
			for groups := 1; groups <= 5; groups++ {
				var sums []float32
				var nodes []Span
				for r := range ranks {
					roots := Cover(r*n/ranks, (r+1)*n/ranks, n)
					parts := Split(roots, groups)
					own := make([]float32, len(parts))
					for k, s := range parts {
						own[k] = byDefinition(x[s.From:s.To])
					}
					for _, a := range Additions(parts, roots) {
						own[a.To] += own[a.From]
					}
					k := 0
					for _, root := range roots {
						sums = append(sums, own[k])
						for k < len(parts) && parts[k].To <= root.To {
							k++
						}
					}
					nodes = append(nodes, roots...)
				}
				for _, a := range Additions(nodes, []Span{{0, n}}) {
					sums[a.To] += sums[a.From]
				}
				if sums[0] != want {
					t.Fatalf("%d summands, %d ranks, %d groups: %v, want %v", n, ranks, groups, sums[0], want)
				}
			}
		}
	}
}

func TestMid(t *testing.T) {
	for _, c := range [][3]int{{0, 2, 1}, {0, 3, 2}, {0, 4, 2}, {0, 5, 4}, {8, 15, 12}, {3, 5, 4}} {
		if got := Mid(c[0], c[1]); got != c[2] {
			t.Errorf("%d to %d is cut at %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

func TestSplit(t *testing.T) {
	if got := Split([]Span{{0, 2}}, 5); len(got) != 2 {
		t.Errorf("two summands are cut into %v", got)
	}
	if got := Split(nil, 5); len(got) != 0 {
		t.Errorf("nothing is cut into %v", got)
	}
	got := Split([]Span{{0, 8}, {8, 10}}, 4)
	want := []Span{{0, 2}, {2, 4}, {4, 8}, {8, 10}}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}
