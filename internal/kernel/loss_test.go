package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var lossNames = map[Loss]string{
	Squared: "Squared", LogisticLoss: "LogisticLoss", SigmoidCrossEntropy: "SigmoidCrossEntropy", Hinge: "Hinge", Huber: "Huber",
}

// Values by hand; graph and losses test the formulas at length.
func TestLossValues(t *testing.T) {
	for _, row := range []struct {
		loss           Loss
		f, y           float64
		value, slope   float64
		valTol, slpTol float64
	}{
		{Squared, 3, 1, 4, 4, 0, 0},
		{Squared, -1, 1, 4, -4, 0, 0},
		{LogisticLoss, 0, 1, 1, -0.5 / math.Ln2, 1e-15, 1e-15},
		{LogisticLoss, math.Log(3), -1, 2, 0.75 / math.Ln2, 1e-15, 1e-15},
		{SigmoidCrossEntropy, 0, 0.3, math.Ln2, 0.2, 1e-15, 1e-15},
		{SigmoidCrossEntropy, math.Log(3), 1, math.Log(4) - math.Log(3), -0.25, 1e-15, 1e-15},
		{SigmoidCrossEntropy, math.Inf(1), 1, 0, 0, 0, 0},
		{SigmoidCrossEntropy, math.Inf(-1), 0, 0, 0, 0, 0},
		{Hinge, 0.25, 1, 0.75, -1, 0, 0},
		{Hinge, 1, 1, 0, 0, 0, 0}, // the kink: slope 0
		{Hinge, -1, -1, 0, 0, 0, 0},
		{Hinge, 2, -1, 3, 1, 0, 0},
		{Huber, 0.5, 0, 0.125, 0.5, 0, 0},
		{Huber, 1, 0, 0.5, 1, 0, 0},
		{Huber, -4, 0, 3.5, -1, 0, 0},
	} {
		if v := row.loss.At(row.f, row.y); !(math.Abs(v-row.value) <= row.valTol) {
			t.Errorf("%s at (%v, %v) is %v, want %v", lossNames[row.loss], row.f, row.y, v, row.value)
		}
		if s := row.loss.Slope(row.f, row.y); !(math.Abs(s-row.slope) <= row.slpTol) {
			t.Errorf("the slope of %s at (%v, %v) is %v, want %v", lossNames[row.loss], row.f, row.y, s, row.slope)
		}
	}
	for _, f := range []func(Loss){func(l Loss) { l.At(0, 0) }, func(l Loss) { l.Slope(0, 0) }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("an unknown loss has a value")
				}
			}()
			f(99)
		}()
	}
}

func TestBatchLosses(t *testing.T) {
	t.Run("float64", testBatchLosses[float64])
	t.Run("float32", testBatchLosses[float32])
}

// Sums over batches and their gradients against the definitions, with a row of weight 0.
func testBatchLosses[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	const scale = 1.5
	for _, rows := range []int{0, 1, 2, 5} {
		for _, n := range []int{1, 2, 3, 8} {
			z, y, w, g := matrix[T](rng, rows*n), make([]T, rows*n), make([]T, rows), matrix[T](rng, rows*n)
			for i := range y {
				y[i] = T(rng.Float64())
			}
			for i := range w {
				w[i] = T(i % 3)
			}
			d := make([]T, rows*n)
			what := func(name string) string { return fmt.Sprintf("%s %d×%d", name, rows, n) }

			for loss, name := range lossNames {
				var total float64
				slopes := make([]float64, rows*n)
				for i := range z {
					total += float64(w[i/n]) * loss.At(float64(z[i]), float64(y[i]))
					slopes[i] = scale * float64(w[i/n]) * loss.Slope(float64(z[i]), float64(y[i]))
				}
				wantClose(t, what(name), []T{T(PointwiseLoss(loss, z, y, w, rows, n))}, []float64{total})
				PointwiseLossGrad(loss, d, z, y, w, scale, rows, n)
				wantClose(t, what(name+" gradient"), d, slopes)
			}

			p := make([]float64, rows*n) // probabilities
			var entropy, sum float64
			dz, dg, spread := make([]float64, rows*n), make([]float64, rows*n), make([]float64, rows*n)
			for i := range rows {
				var all, mass, dot float64
				for j := range n {
					all += math.Exp(float64(z[i*n+j]))
					mass += float64(y[i*n+j])
				}
				for j := i * n; j < i*n+n; j++ {
					p[j] = math.Exp(float64(z[j])) / all
					entropy -= float64(w[i]) * float64(y[j]) * math.Log(p[j])
					dz[j] = scale * float64(w[i]) * (p[j]*mass - float64(y[j]))
					dot += float64(g[j]) * p[j]
					sum += float64(w[i]) * float64(z[j])
					spread[j] = scale * float64(w[i])
				}
				for j := i * n; j < i*n+n; j++ {
					dg[j] = p[j] * (float64(g[j]) - dot)
				}
			}
			Softmax(d, z, rows, n)
			wantClose(t, what("Softmax"), d, p)
			SoftmaxGrad(d, append([]T{}, d...), g, rows, n)
			wantClose(t, what("SoftmaxGrad"), d, dg)
			wantClose(t, what("SoftmaxCrossEntropy"), []T{T(SoftmaxCrossEntropy(z, y, w, rows, n))}, []float64{entropy})
			SoftmaxCrossEntropyGrad(d, z, y, w, scale, rows, n)
			wantClose(t, what("SoftmaxCrossEntropyGrad"), d, dz)
			wantClose(t, what("WeightedSum"), []T{T(WeightedSum(z, w, rows, n))}, []float64{sum})
			Spread(d, w, scale, rows, n)
			wantClose(t, what("Spread"), d, spread)
		}
	}
}

// TestSharedLogarithms holds the loss of many rows, most of which share their weight, to the
// definition row by row: sure answers, of which the loss is tiny, and ones that are far off.
func TestSharedLogarithms(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, spread := range []float64{1e-3, 1, 40, 600} {
		for _, rows := range []int{1, 32, 3000} {
			for _, n := range []int{2, 7} {
				z, y, w := make([]float64, rows*n), make([]float64, rows*n), make([]float64, rows)
				want := 0.0
				for i := range rows {
					w[i] = 1 / float64(rows)
					if rng.IntN(10) == 0 {
						w[i] *= 3
					}
					right, top := rng.IntN(n), 0
					for j := range n {
						z[i*n+j] = spread * rng.NormFloat64()
						if z[i*n+j] > z[i*n+top] {
							top = j
						}
					}
					if rng.IntN(4) > 0 {
						right = top
					}
					y[i*n+right] = 1
					others := 0.0
					for j := range n {
						if j != top {
							others += math.Exp(z[i*n+j] - z[i*n+top])
						}
					}
					want += w[i] * (math.Log1p(others) + (z[i*n+top] - z[i*n+right]))
				}
				if got := SoftmaxCrossEntropy(z, y, w, rows, n); !(math.Abs(got-want) <= 1e-13*want) {
					t.Errorf("%d rows of %d, spread %v: %v, want %v", rows, n, spread, got, want)
				}
			}
		}
	}
}
