package main

import (
	"math"
	"slices"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/models/feedforward"
)

// Of a part that is too large, every nth example is looked at, from the first.
func TestEveryNth(t *testing.T) {
	all := &data.Set{All: data.Batch{Columns: 1}}
	for i := range 2500 {
		all.All.Dense = append(all.All.Dense, float64(i))
		all.All.Targets = append(all.All.Targets, float64(-i))
	}
	for _, n := range []int{1, 3, 1024, 5000} {
		some, err := everyNth(t.Context(), all, n)
		if err != nil {
			t.Fatal(err)
		}
		var want []float64
		for i := 0; i < 2500; i += n {
			want = append(want, float64(-i))
		}
		if !slices.Equal(some.All.Targets, want) || some.Len() != over(2500, n) {
			t.Errorf("every %d: %d examples, %v", n, some.Len(), some.All.Targets)
		}
	}
	if got := places(3, 10); !slices.Equal(got, []int{0, 3, 6}) {
		t.Errorf("3 places of 10: %v", got)
	}
	if got := places(9, 2); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("9 places of 2: %v", got)
	}
}

// A curve of any number of points becomes one that looks the same.
func TestThinned(t *testing.T) {
	r := &feedforward.Ranking{ROCAUC: 0.9}
	const n = 100_000
	for i := range n + 1 {
		x := float64(i) / n
		r.Curve = append(r.Curve, feedforward.CurvePoint{FalsePositiveRate: x, Recall: math.Sqrt(x), Precision: 1 - x/2})
	}
	thin := thinned(r)
	if len(thin.Curve) > 2000 || thin.ROCAUC != 0.9 || thin.Curve[0] != r.Curve[0] || thin.Curve[len(thin.Curve)-1] != r.Curve[n] {
		t.Fatalf("%d points, area %v", len(thin.Curve), thin.ROCAUC)
	}
	for i, p := range thin.Curve[1:] {
		before := thin.Curve[i]
		if p.FalsePositiveRate-before.FalsePositiveRate > 0.005 || p.Recall-before.Recall > 0.005 {
			t.Fatalf("nothing between %v and %v", before, p)
		}
	}
}
