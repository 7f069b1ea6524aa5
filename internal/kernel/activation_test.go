package kernel

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
)

var activationNames = map[string]Activation{
	"linear": Linear, "relu": ReLU, "leakyrelu": LeakyReLU, "elu": ELU, "sigmoid": Sigmoid, "tanh": Tanh,
	"softplus": Softplus, "gelu": GELU, "swish": Swish,
}

// TestActivations compares with mpmath (testdata/activations.py).
//
// The tolerance is relative, some 20 roundings; GELU's is larger because e^(−z²/2) turns
// the rounding of z/√2 into z² times as much. A derivative told from the result, such as
// f·(1−f), is only as good as the result: it may be off by a rounding of 1 as well.
func TestActivations(t *testing.T) {
	text, err := os.ReadFile("testdata/activations.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Activation  string
		Z, F, Slope float64
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, row := range rows {
		a := activationNames[row.Activation]
		seen[row.Activation]++
		tol := 5e-15
		if a == GELU {
			tol *= 1 + row.Z*row.Z
		}
		z := []float64{row.Z}
		f, d := make([]float64, 1), make([]float64, 1)
		Activate(a, f, z)
		from := z
		rounding := 0.0
		if a.FromOutput() {
			from, rounding = f, 0x1p-52
		}
		ActivateGrad(a, d, from, []float64{-2})
		if math.Abs(f[0]-row.F) > tol*math.Abs(row.F) {
			t.Errorf("%s(%v) is %v, want %v", row.Activation, row.Z, f[0], row.F)
		}
		if math.Abs(d[0]+2*row.Slope) > 2*(tol*math.Abs(row.Slope)+rounding) {
			t.Errorf("%s′(%v) is %v, want %v", row.Activation, row.Z, -d[0]/2, row.Slope)
		}

		// float32: the argument is rounded first, so only where it is not changed by that.
		if float64(float32(row.Z)) != row.Z {
			continue
		}
		const least = math.SmallestNonzeroFloat32 // below it all is 0
		z32 := []float32{float32(row.Z)}
		f32, d32 := make([]float32, 1), make([]float32, 1)
		Activate(a, f32, z32)
		from32 := z32
		if a.FromOutput() {
			from32, rounding = f32, 0x1p-22
		}
		ActivateGrad(a, d32, from32, []float32{1})
		if math.Abs(float64(f32[0])-row.F) > 1e-7*math.Abs(row.F)+least {
			t.Errorf("float32 %s(%v) is %v, want %v", row.Activation, row.Z, f32[0], row.F)
		}
		if math.Abs(float64(d32[0])-row.Slope) > 2e-7*math.Abs(row.Slope)+rounding+least {
			t.Errorf("float32 %s′(%v) is %v, want %v", row.Activation, row.Z, d32[0], row.Slope)
		}
	}
	for name := range activationNames {
		if seen[name] < 10 {
			t.Errorf("%d values of %s", seen[name], name)
		}
	}
}

// The result may take the place of the argument, and nothing behind it is touched.
func TestActivateInPlace(t *testing.T) {
	for name, a := range activationNames {
		for _, n := range sizes {
			z := make([]float64, n+1)
			for i := range z {
				z[i] = float64(i%7) - 3.5
			}
			f, same := make([]float64, n), append([]float64{}, z...)
			Activate(a, f, z)
			Activate(a, same[:n], same[:n])
			for i := range f {
				if f[i] != same[i] {
					t.Errorf("%s in place: element %d of %d is %v, want %v", name, i, n, same[i], f[i])
				}
			}
			if same[n] != z[n] {
				t.Errorf("%s writes behind its %d results", name, n)
			}
		}
	}
}

func TestLogisticExtremes(t *testing.T) {
	for _, row := range []struct{ x, logistic, softplus float64 }{
		{math.Inf(-1), 0, 0}, {-1e4, 0, 0}, {-745, math.Exp(-745), math.Exp(-745)},
		{0, 0.5, math.Ln2}, {40, 1, 40 + 4.248354255291589e-18}, {710, 1, 710}, {1e4, 1, 1e4}, {math.Inf(1), 1, math.Inf(1)},
	} {
		if got := Logistic(row.x); got != row.logistic {
			t.Errorf("Logistic(%v) = %v, want %v", row.x, got, row.logistic)
		}
		if got := LogOnePlusExp(row.x); got != row.softplus {
			t.Errorf("LogOnePlusExp(%v) = %v, want %v", row.x, got, row.softplus)
		}
	}
	if x := math.NaN(); Logistic(x) == Logistic(x) || LogOnePlusExp(x) == LogOnePlusExp(x) {
		t.Error("NaN is lost")
	}
	// No jump where the formula changes, or where stock Gorgonia cuts.
	for _, x := range []float64{0, 14, 16, 19, -88, -709} {
		below, above := math.Nextafter(x, -1e9), math.Nextafter(x, 1e9)
		for name, f := range map[string]func(float64) float64{"Logistic": Logistic, "LogOnePlusExp": LogOnePlusExp} {
			if rise := f(above) - f(below); rise < 0 || rise > 4*(above-below)+4e-15*f(x) {
				t.Errorf("%s jumps by %v at %v", name, rise, x)
			}
		}
	}
}

func BenchmarkActivate(b *testing.B) {
	z, f := make([]float32, 4096), make([]float32, 4096)
	for i := range z {
		z[i] = float32(i%17) - 8
	}
	for _, name := range []string{"relu", "sigmoid", "tanh", "softplus", "swish", "gelu"} {
		a := activationNames[name]
		b.Run(fmt.Sprintf("%s/4096", name), func(b *testing.B) {
			for b.Loop() {
				Activate(a, f, z)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/4096, "ns/number")
		})
		b.Run(fmt.Sprintf("%s-gradient/4096", name), func(b *testing.B) {
			for b.Loop() {
				ActivateGrad(a, f, z, z)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/4096, "ns/number")
		})
	}
}

func BenchmarkSoftmax(b *testing.B) {
	z, p := make([]float32, 64*64), make([]float32, 64*64)
	for i := range z {
		z[i] = float32(i%17) - 8
	}
	for _, n := range []int{1, 2, 3, 4, 8, 20, 64} {
		b.Run(fmt.Sprintf("64x%d", n), func(b *testing.B) {
			for b.Loop() {
				Softmax(p, z, 64, n)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/64/float64(n), "ns/number")
		})
	}
}
