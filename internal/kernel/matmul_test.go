package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// sizes are those that a loop over four or eight numbers at a time may get wrong.
var sizes = []int{0, 1, 3, 4, 5, 7, 8, 64}

// matrix draws numbers, a third of them 0, as behind a ReLU.
func matrix[T Float](rng *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		if rng.IntN(3) > 0 {
			x[i] = T(rng.NormFloat64())
		}
	}
	return x
}

func tolerance[T Float]() float64 {
	if T(1)+T(1e-10) == 1 {
		return 1e-5
	}
	return 1e-13
}

func wantClose[T Float](t *testing.T, what string, got []T, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if d := math.Abs(float64(got[i]) - want[i]); !(d <= tolerance[T]()*(1+math.Abs(want[i]))) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func TestMatMul(t *testing.T) {
	t.Run("float64", testMatMul[float64])
	t.Run("float32", testMatMul[float32])
}

// The three products against the definition.
func testMatMul[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	check := func(m, k, n int) {
		a, b, c := matrix[T](rng, m*k), matrix[T](rng, k*n), matrix[T](rng, m*n)
		at, bt := transpose(a, m, k), transpose(b, k, n)
		product, added := make([]float64, m*n), make([]float64, m*n)
		for i := range m {
			for j := range n {
				for p := range k {
					product[i*n+j] += float64(a[i*k+p]) * float64(b[p*n+j])
				}
				added[i*n+j] = float64(c[i*n+j]) + product[i*n+j]
			}
		}
		// One number more at the end, which must stay.
		guard := T(12345)
		run := func(what string, f func(c []T), want []float64) {
			t.Helper()
			got := append(append([]T{}, c...), guard)
			f(got)
			wantClose(t, fmt.Sprintf("%s %d×%d×%d", what, m, k, n), got[:m*n], want)
			if got[m*n] != guard {
				t.Fatalf("%s %d×%d×%d writes behind its result", what, m, k, n)
			}
		}
		run("MatMul", func(c []T) { MatMul(c, a, b, m, k, n) }, added)
		run("MatMulTransA", func(c []T) { MatMulTransA(c, at, b, k, m, n) }, added)
		run("MatMulTransB", func(c []T) { MatMulTransB(c, a, bt, m, k, n) }, product)
	}
	for _, m := range sizes {
		for _, k := range sizes {
			for _, n := range sizes {
				check(m, k, n)
			}
		}
	}
	for range 50 {
		check(rng.IntN(20), rng.IntN(40), rng.IntN(70))
	}
}

func transpose[T Float](a []T, rows, cols int) []T {
	b := make([]T, len(a))
	for i := range rows {
		for j := range cols {
			b[j*rows+i] = a[i*cols+j]
		}
	}
	return b
}

// The result is the same bits each time, and a row's does not depend on how many rows
// there are: a batch cut in two gives what the whole gives.
func TestMatMulRowsAreIndependent(t *testing.T) {
	const m, k, n = 7, 13, 9
	rng := rand.New(rand.NewPCG(2, 2))
	a, b, w := matrix[float32](rng, m*k), matrix[float32](rng, k*n), matrix[float32](rng, n*k)
	whole, whole2 := make([]float32, m*n), make([]float32, m*n)
	MatMul(whole, a, b, m, k, n)
	MatMulTransB(whole2, a, w, m, k, n)
	for i := range m {
		row, row2 := make([]float32, n), make([]float32, n)
		MatMul(row, a[i*k:i*k+k], b, 1, k, n)
		MatMulTransB(row2, a[i*k:i*k+k], w, 1, k, n)
		for j := range n {
			if row[j] != whole[i*n+j] || row2[j] != whole2[i*n+j] {
				t.Fatalf("row %d alone differs from row %d of %d", i, i, m)
			}
		}
	}
}

func TestAxpyAndDot(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, n := range sizes {
		x, y := matrix[float64](rng, n), matrix[float64](rng, n)
		want, dot, sum := make([]float64, n), 0.0, make([]float64, n)
		for i := range n {
			want[i] = y[i] - 2.5*x[i]
			sum[i] = y[i] + x[i]
			dot += x[i] * y[i]
		}
		wantClose(t, "Dot", []float64{Dot(x, y)}, []float64{dot})
		added := append([]float64{}, y...)
		Add(added, x)
		wantClose(t, "Add", added, sum)
		Axpy(y, -2.5, x)
		wantClose(t, "Axpy", y, want)
	}
}

func BenchmarkMatMul(b *testing.B) {
	b.Run("float64", benchmarkMatMul[float64])
	b.Run("float32", benchmarkMatMul[float32])
}

func benchmarkMatMul[T Float](b *testing.B) {
	const n = 64
	rng := rand.New(rand.NewPCG(4, 4))
	x, y, z := make([]T, n*n), make([]T, n*n), make([]T, n*n)
	for i := range x { // without zeroes: they are skipped
		x[i], y[i] = T(rng.NormFloat64()), T(rng.NormFloat64())
	}
	for _, f := range []struct {
		name string
		run  func(c, a, b []T, m, k, n int)
	}{{"MatMul", MatMul[T]}, {"TransA", MatMulTransA[T]}, {"TransB", MatMulTransB[T]}} {
		b.Run(f.name+"/64x64x64", func(b *testing.B) {
			for b.Loop() {
				clear(z)
				f.run(z, x, y, n, n, n)
			}
			b.ReportMetric(2*n*n*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
