package metrics

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// answers draws n examples of some classes, two thirds of them answered rightly. The
// probabilities are few, so that scores tie.
func answers(n, classes int) (e Examples, scores []float64) {
	rng := rand.New(rand.NewPCG(3, uint64(classes)))
	e.Classes = classes
	var positive []bool
	for range n {
		actual := rng.IntN(classes)
		predicted := actual
		if rng.IntN(3) == 0 {
			predicted = rng.IntN(classes)
		}
		p := make([]float64, classes)
		top := 0.5 + float64(rng.IntN(9)+1)/20
		for k := range p {
			p[k] = (1 - top) / float64(classes-1)
		}
		p[predicted] = top
		e.Actual, e.Predicted = append(e.Actual, int32(actual)), append(e.Predicted, int32(predicted))
		e.LogLoss, e.Brier = append(e.LogLoss, LogLoss(p, actual)), append(e.Brier, Brier(p, actual))
		scores, positive = append(scores, p[1]), append(positive, actual == 1)
	}
	if classes == 2 {
		e.Ranking = NewRanking(scores, positive)
	}
	return e, scores
}

// The intervals are those that come of drawing the examples one by one and measuring
// what was drawn as if it were a test set of its own.
func TestBootstrapByDrawing(t *testing.T) {
	const n, resamples, seed = 83, 200, 5
	for _, classes := range []int{2, 3} {
		e, scores := answers(n, classes)
		order := make([]int32, n) // what the ith draw of a resample stands for
		for i := range order {
			order[i] = int32(i)
		}
		if e.Ranking != nil {
			order = e.Ranking.order
		}
		var values [measures][]float64
		for k := range resamples {
			rng := rand.New(rand.NewPCG(seed, uint64(k)))
			c := NewConfusion(classes)
			var logLoss, brier float64
			var drawn []float64
			var positive []bool
			for range n {
				i := order[rng.Uint32N(n)]
				c.Add(int(e.Actual[i]), int(e.Predicted[i]))
				logLoss += e.LogLoss[i] / n
				brier += e.Brier[i] / n
				drawn, positive = append(drawn, scores[i]), append(positive, e.Actual[i] == 1)
			}
			r := NewRanking(drawn, positive)
			for m, v := range []float64{c.Accuracy(), c.MacroF1(), logLoss, brier, r.ROCAUC(), r.AveragePrecision()} {
				values[m] = append(values[m], v)
			}
		}
		got, err := Bootstrap{Resamples: resamples, Seed: seed}.Intervals(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		for m, g := range []Interval{got.Accuracy, got.MacroF1, got.LogLoss, got.Brier, got.ROCAUC, got.AveragePrecision} {
			if m >= 4 && e.Ranking == nil {
				if !math.IsNaN(g.Low) || !math.IsNaN(g.High) {
					t.Errorf("%d classes, area %d: %v, want NaN", classes, m, g)
				}
				continue
			}
			// ⌊201·0.025⌋ is 5.
			slices.Sort(values[m])
			if low, high := values[m][4], values[m][resamples-5]; math.Abs(g.Low-low) > 1e-12 || math.Abs(g.High-high) > 1e-12 {
				t.Errorf("%d classes, measure %d: %v, want %v to %v", classes, m, g, low, high)
			}
		}
	}
}

// The bootstrap of a share is known: its interval is about the normal one.
func TestBootstrapOfAShare(t *testing.T) {
	const n, right = 500, 425
	e := Examples{Classes: 2, Actual: make([]int32, n), Predicted: make([]int32, n), LogLoss: make([]float64, n), Brier: make([]float64, n)}
	for i := right; i < n; i++ {
		e.Predicted[i] = 1
	}
	for _, row := range []struct{ level, z float64 }{{0, 1.96}, {0.9, 1.645}} {
		got, err := Bootstrap{Resamples: 4000, Level: row.level, Seed: 1}.Intervals(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		const share = float64(right) / n
		half := row.z * math.Sqrt(share*(1-share)/n)
		if low, high := share-half, share+half; math.Abs(got.Accuracy.Low-low) > 0.004 || math.Abs(got.Accuracy.High-high) > 0.004 {
			t.Errorf("level %v: %v, want about %.4f to %.4f", row.level, got.Accuracy, low, high)
		}
	}
}

func TestBootstrapWorkersChangeNothing(t *testing.T) {
	e, _ := answers(150, 2)
	var want Intervals
	for i, workers := range []int{1, 2, 3, 7} {
		last := 0
		got, err := Bootstrap{Resamples: 101, Seed: 9, Workers: workers, Progress: func(done int) { last = done }}.Intervals(t.Context(), e)
		if err != nil || last != 101 {
			t.Fatalf("%v after %d resamples", err, last)
		}
		if i == 0 {
			want = got
		}
		if got != want {
			t.Errorf("%d workers: %v, want %v", workers, got, want)
		}
	}
	other, err := Bootstrap{Resamples: 101, Seed: 10}.Intervals(t.Context(), e)
	if err != nil || other == want {
		t.Errorf("another seed gives the same intervals (%v)", err)
	}
}

func TestBootstrapEnds(t *testing.T) {
	e, _ := answers(50, 2)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Bootstrap{Resamples: 1_000_000, Progress: func(int) { cancel() }}.Intervals(ctx, e)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// A resample without a positive example has no area and does not count.
func TestBootstrapUndefined(t *testing.T) {
	e := Examples{
		Classes: 2, Actual: []int32{0, 1, 0}, Predicted: []int32{0, 1, 0}, LogLoss: make([]float64, 3), Brier: make([]float64, 3),
		Ranking: NewRanking([]float64{0.1, 0.9, 0.2}, []bool{false, true, false}),
	}
	got, err := Bootstrap{Resamples: 100, Seed: 1}.Intervals(t.Context(), e)
	if want := (Interval{1, 1}); err != nil || got.ROCAUC != want || got.AveragePrecision != want {
		t.Errorf("areas %v and %v, want %v (%v)", got.ROCAUC, got.AveragePrecision, want, err)
	}
	e.Actual[1], e.Ranking = 0, NewRanking([]float64{0.1, 0.9, 0.2}, make([]bool, 3))
	if got, err := (Bootstrap{Resamples: 100, Seed: 1}).Intervals(t.Context(), e); err != nil || !math.IsNaN(got.ROCAUC.Low) || !math.IsNaN(got.AveragePrecision.High) {
		t.Errorf("areas %v and %v, want NaN (%v)", got.ROCAUC, got.AveragePrecision, err)
	}
}

func BenchmarkBootstrap(b *testing.B) {
	for _, row := range []struct {
		name    string
		classes int
	}{{"two classes", 2}, {"four classes", 4}} {
		b.Run(row.name, func(b *testing.B) {
			e, _ := answers(7600, row.classes)
			for b.Loop() {
				if _, err := (Bootstrap{Resamples: 1000, Workers: 1}).Intervals(b.Context(), e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
