package graph_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func dropout(p float64, seed uint64) builder {
	return func(in ...*gorgonia.Node) (*gorgonia.Node, error) { return graph.Dropout(in[0], in[1], p, seed) }
}

func step(dtype tensor.Dtype, n float64) gorgonia.Value {
	if dtype == tensor.Float32 {
		return gorgonia.NewF32(float32(n))
	}
	return gorgonia.NewF64(n)
}

// The share dropped stays within 5 standard deviations of a binomial distribution, and so
// does that of any column and of pairs of neighbours; kept numbers are scaled by
// 1/(1−p); the gradient's mask is that of the forward pass.
func TestDropout(t *testing.T) {
	const rows, cols = 400, 100
	for _, p := range []float64{0.1, 0.5, 0.9} {
		for _, dt := range dtypes {
			for seed := range uint64(3) {
				name := fmt.Sprintf("p=%v %v seed %d", p, dt, seed)
				f, d := evaluate(t, dropout(p, seed), 1, full(dt, 2, rows, cols), step(dt, float64(10*seed)))
				scale := 1 / (1 - p)
				dropped, pairs, column := 0, 0, make([]int, cols)
				for i, v := range f {
					switch {
					case v == 0 && d[0][i] == 0:
						dropped++
						column[i%cols]++
						if i > 0 && f[i-1] == 0 {
							pairs++
						}
					case !near(v, 2*scale, 1e-6) || !near(d[0][i], scale, 1e-6):
						t.Fatalf("%s: number %d is %v with slope %v, want 0 and 0, or %v and %v", name, i, v, d[0][i], 2*scale, scale)
					}
				}
				binomial := func(what string, got, n int, p float64) {
					mean, dev := float64(n)*p, math.Sqrt(float64(n)*p*(1-p))
					if math.Abs(float64(got)-mean) > 5*dev {
						t.Errorf("%s: %d of %d %s, want %.0f ± %.0f", name, got, n, what, mean, 5*dev)
					}
				}
				binomial("dropped", dropped, rows*cols, p)
				binomial("neighbours both dropped", pairs, rows*cols-1, p*p)
				for j, n := range column {
					binomial(fmt.Sprintf("dropped in column %d", j), n, rows, p)
				}
				mean := 0.0
				for _, v := range f {
					mean += v / float64(len(f))
				}
				if dev := 2 * math.Sqrt(p/(1-p)/float64(len(f))); math.Abs(mean-2) > 5*dev {
					t.Errorf("%s: the mean of 2 became %v, want 2 ± %.2g", name, mean, 5*dev)
				}
			}
		}
	}
}

// Masks: the same for the same seed and step, independent for others. Two independent
// masks of p = ½ agree in half of the places.
func TestDropoutMasks(t *testing.T) {
	const n = 10000
	mask := func(seed uint64, at float64) []float64 {
		f, _ := evaluate(t, dropout(0.5, seed), 0, full(tensor.Float64, 1, 100, n/100), gorgonia.NewF64(at))
		return f
	}
	first := mask(1, 1)
	wantSame(t, "the mask of seed 1, step 1", mask(1, 1), first)
	for _, other := range [][2]float64{{1, 0}, {1, 2}, {1, 3}, {2, 1}, {1 << 40, 1}, {1, 1 << 40}} {
		agree := 0
		for i, v := range mask(uint64(other[0]), other[1]) {
			if v == first[i] {
				agree++
			}
		}
		if math.Abs(float64(agree)-n/2) > 5*math.Sqrt(n)/2 {
			t.Errorf("seed %v, step %v agrees with seed 1, step 1 in %d of %d places", other[0], other[1], agree, n)
		}
	}
	// Either type drops the same places, and a float64 step serves a float32 matrix.
	f32, _ := evaluate(t, dropout(0.5, 1), 0, full(tensor.Float32, 1, 100, n/100), gorgonia.NewF64(1))
	wantSame(t, "float32", f32, first)
}

// p = 0 is the identity, and not the input itself: a later op may write to what it gets.
func TestNoDropout(t *testing.T) {
	x := random(newRand(1), tensor.Float64, 3, 4)
	f, d := evaluate(t, dropout(0, 1), 1, x, gorgonia.NewF64(0))
	wantSame(t, "f", f, x.Float64s())
	wantSame(t, "gradient", d[0], full(tensor.Float64, 1, 3, 4).Float64s())
	for _, p := range []float64{-0.1, 1, 1.5, math.NaN()} {
		g := gorgonia.NewGraph()
		if _, err := dropout(p, 1)(input(t, g, "x", x), input(t, g, "step", gorgonia.NewF64(0))); err == nil {
			t.Errorf("a share of %v is accepted", p)
		}
	}
}

// Dropouts of one node that differ are not merged, as stock ones are.
func TestDropoutsAreNotMerged(t *testing.T) {
	g := gorgonia.NewGraph()
	x, s := input(t, g, "x", full(tensor.Float64, 1, 2, 2)), input(t, g, "step", gorgonia.NewF64(0))
	seen := map[*gorgonia.Node]string{}
	for _, p := range []float64{0.2, 0.3} {
		for _, seed := range []uint64{1, 2} {
			n, err := graph.Dropout(x, s, p, seed)
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprint(p, seed)
			if old, ok := seen[n]; ok {
				t.Errorf("dropout %s and %s are one node", old, name)
			}
			seen[n] = name
		}
	}
}
