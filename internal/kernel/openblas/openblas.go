//go:build openblas

// Package openblas calls OpenBLAS, for a benchmark to compare with. It needs cgo and
// Debian's libopenblas-dev, and is built with the tag openblas alone.
package openblas

/*
#cgo LDFLAGS: -lopenblas
#include <cblas.h>

// The loop is in C, so that the price of a call from Go is not OpenBLAS's.
static void repeat(int times, int ta, int tb, int m, int n, int k, float *a, int lda, float *b, int ldb, float beta, float *c) {
	for (int i = 0; i < times; i++) {
		cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
			m, n, k, 1, a, lda, b, ldb, beta, c, n);
	}
}
*/
import "C"

// Threads sets how many threads a product may take.
func Threads(n int) { C.openblas_set_num_threads(C.int(n)) }

// Core names the kernels that OpenBLAS chose for this processor.
func Core() string { return C.GoString(C.openblas_get_corename()) }

// Gemm sets c, m×n, to op(a)·op(b) + beta·c, the given number of times.
func Gemm(times int, transA, transB bool, m, n, k int, a, b []float32, beta float32, c []float32) {
	lda, ldb := k, n
	if transA {
		lda = m
	}
	if transB {
		ldb = k
	}
	C.repeat(C.int(times), flag(transA), flag(transB), C.int(m), C.int(n), C.int(k), (*C.float)(&a[0]), C.int(lda),
		(*C.float)(&b[0]), C.int(ldb), C.float(beta), (*C.float)(&c[0]))
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
