package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// pairwiseAUC is the O(n²) definition.
func pairwiseAUC(scores []float64, positive []bool) float64 {
	u, pairs := 0.0, 0.0
	for i := range scores {
		for j := range scores {
			if !positive[i] || positive[j] {
				continue
			}
			pairs++
			switch {
			case scores[i] > scores[j]:
				u++
			case scores[i] == scores[j]:
				u += 0.5
			}
		}
	}
	return u / pairs // NaN without pairs
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestROCAUC(t *testing.T) {
	const T, F = true, false
	inf, nan := math.Inf(1), math.NaN()
	tests := []struct {
		name     string
		scores   []float64
		positive []bool
		want     float64
	}{
		// The example of scikit-learn's roc_auc_score documentation: of the
		// pairs (0.35, 0.1) (0.35, 0.4) (0.8, 0.1) (0.8, 0.4), three are in order.
		{"scikit-learn's example", []float64{0.1, 0.4, 0.35, 0.8}, []bool{F, F, T, T}, 0.75},
		{"perfect", []float64{1, 2, 3, 4}, []bool{F, F, T, T}, 1},
		{"upside down", []float64{4, 3, 2, 1}, []bool{F, F, T, T}, 0},
		{"constant", []float64{7, 7, 7, 7, 7}, []bool{F, T, F, T, T}, 0.5},
		// Pairs: 2 against 1 is won, 2 against 2 is half: 1.5 of 2.
		{"one tie", []float64{1, 2, 2}, []bool{F, F, T}, 0.75},
		{"infinite", []float64{-inf, inf, inf, 0}, []bool{F, T, F, T}, (1 + .5 + 1 + 0) / 4},
		{"signed zeros tie", []float64{math.Copysign(0, -1), 0}, []bool{F, T}, 0.5},
		{"no positives", []float64{1, 2}, []bool{F, F}, nan},
		{"no negatives", []float64{1, 2}, []bool{T, T}, nan},
		{"empty", nil, nil, nan},
		{"NaN score", []float64{1, nan}, []bool{F, T}, nan},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := ROCAUC(test.scores, test.positive); !same(got, test.want) {
				t.Errorf("ROCAUC = %v, want %v", got, test.want)
			}
		})
	}
}

// Counts are whole or half numbers far below 2⁵³ on both sides, so the
// comparison with the definition is exact.
func TestROCAUCAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for trial := range 500 {
		n := rng.IntN(60)
		levels := 1 + rng.IntN(20) // few levels, many ties
		scores, positive := make([]float64, n), make([]bool, n)
		for i := range n {
			scores[i] = float64(rng.IntN(levels))/4 - 1
			positive[i] = rng.IntN(3) == 0
		}
		scoresBefore, positiveBefore := slices.Clone(scores), slices.Clone(positive)

		got := ROCAUC(scores, positive)
		if want := pairwiseAUC(scores, positive); !same(got, want) {
			t.Fatalf("trial %d: ROCAUC(%v, %v) = %v, want %v", trial, scores, positive, got, want)
		}
		if !slices.Equal(scores, scoresBefore) || !slices.Equal(positive, positiveBefore) {
			t.Fatalf("trial %d: ROCAUC changed its arguments", trial)
		}
		for name, f := range map[string]func(float64) float64{
			"exp":     math.Exp,
			"sigmoid": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
			"affine":  func(x float64) float64 { return 3*x - 100 },
			"cube":    func(x float64) float64 { return x * x * x },
		} {
			moved := make([]float64, n)
			for i, s := range scores {
				moved[i] = f(s)
			}
			if again := ROCAUC(moved, positive); !same(again, got) {
				t.Fatalf("trial %d: ROCAUC = %v, under %s %v", trial, got, name, again)
			}
		}
		for i := range positive {
			positive[i] = !positive[i]
		}
		if flipped := ROCAUC(scores, positive); !same(flipped, 1-got) && math.Abs(flipped-(1-got)) > 1e-15 {
			t.Fatalf("trial %d: ROCAUC = %v, with the classes exchanged %v", trial, got, flipped)
		}
	}
}

func BenchmarkROCAUC(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	scores, positive := make([]float64, 100_000), make([]bool, 100_000)
	for i := range scores {
		scores[i], positive[i] = rng.Float64(), rng.IntN(2) == 0
	}
	for b.Loop() {
		ROCAUC(scores, positive)
	}
}
