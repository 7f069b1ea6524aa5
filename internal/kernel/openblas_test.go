//go:build openblas

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/nestnet/nestnet/internal/kernel/openblas"
)

// BenchmarkAgainstOpenBLAS takes turns with OpenBLAS on one thread and reports the
// medians and their ratio:
//
//	apt-get install libopenblas-dev
//	go test -tags openblas -run '^$' -bench OpenBLAS ./internal/kernel
func BenchmarkAgainstOpenBLAS(b *testing.B) {
	openblas.Threads(1)
	b.Logf("OpenBLAS runs its kernels for %s", openblas.Core())
	rng := rand.New(rand.NewPCG(1, 1))
	for _, size := range [][3]int{
		{64, 64, 64}, {512, 64, 64}, {1, 64, 64}, {8, 64, 64}, {64, 64, 2}, {64, 64, 20}, {64, 100, 100},
		{128, 128, 128}, {256, 256, 256}, {64, 512, 512}, {512, 64, 512}, {1024, 64, 1024}, {64, 1024, 1024}, {512, 512, 512}, {1024, 1024, 1024},
	} {
		m, k, n := size[0], size[1], size[2]
		for _, product := range []struct {
			name           string
			transA, transB bool
			beta           float32
			ours           func(c, x, y []float32)
		}{
			{"MatMul", false, false, 1, func(c, x, y []float32) { MatMul(c, x, y, m, k, n) }},
			{"TransA", true, false, 1, func(c, x, y []float32) { MatMulTransA(c, x, y, k, m, n) }},
			{"TransB", false, true, 0, func(c, x, y []float32) { MatMulTransB(c, x, y, m, k, n) }},
		} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", product.name, m, k, n), func(b *testing.B) {
				x, y := make([]float32, m*k), make([]float32, k*n)
				for i := range x {
					x[i] = float32(rng.NormFloat64())
				}
				for i := range y {
					y[i] = float32(rng.NormFloat64())
				}
				c, want := make([]float32, m*n), make([]float32, m*n)
				product.ours(c, x, y)
				openblas.Gemm(1, product.transA, product.transB, m, n, k, x, y, product.beta, want)
				for i := range c {
					if d := math.Abs(float64(c[i] - want[i])); !(d <= 1e-4*math.Sqrt(float64(k))) {
						b.Fatalf("element %d is %v, OpenBLAS has %v", i, c[i], want[i])
					}
				}
				flop := 2 * float64(m*k*n)
				times := max(int(2e7/flop), 1)
				var ours, theirs []float64
				for b.Loop() {
					start := time.Now()
					for range times {
						product.ours(c, x, y)
					}
					middle := time.Now()
					openblas.Gemm(times, product.transA, product.transB, m, n, k, x, y, product.beta, want)
					ours = append(ours, middle.Sub(start).Seconds())
					theirs = append(theirs, time.Since(middle).Seconds())
				}
				slices.Sort(ours)
				slices.Sort(theirs)
				o, t := ours[len(ours)/2]/float64(times), theirs[len(theirs)/2]/float64(times)
				b.ReportMetric(0, "ns/op") // of both together it says nothing
				b.ReportMetric(flop/o/1e9, "GFLOP/s")
				b.ReportMetric(flop/t/1e9, "OpenBLAS-GFLOP/s")
				b.ReportMetric(t/o, "ratio")
			})
		}
	}
}
