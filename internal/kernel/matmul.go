package kernel

// The three products of a layer. Forward: z = x·W. Backward: dx = dz·Wᵀ and
// dW = xᵀ·dz. Each loop walks rows of both operands, which lie in memory one
// number after another, and takes four rows at a time, so that a sum is loaded
// and stored once for four products.

// MatMul adds a·b to c: a is m×k, b is k×n, c is m×n.
func MatMul[T Float](c, a, b []T, m, k, n int) {
	if vectorized[T]() {
		matMulVector(single(c[:m*n]), single(a[:m*k]), k, 1, single(b[:k*n]), m, k, n)
		return
	}
	for i := range m {
		ci := c[i*n : i*n+n]
		ai := a[i*k : i*k+k]
		p := 0
		for ; p+4 <= k; p += 4 {
			axpy4(ci, ai[p], ai[p+1], ai[p+2], ai[p+3],
				b[p*n:p*n+n], b[(p+1)*n:(p+1)*n+n], b[(p+2)*n:(p+2)*n+n], b[(p+3)*n:(p+3)*n+n])
		}
		for ; p < k; p++ {
			Axpy(ci, ai[p], b[p*n:p*n+n])
		}
	}
}

// MatMulTransA adds aᵀ·b to c: a is m×k, b is m×n, c is k×n.
func MatMulTransA[T Float](c, a, b []T, m, k, n int) {
	if vectorized[T]() {
		matMulVector(single(c[:k*n]), single(a[:m*k]), 1, k, single(b[:m*n]), k, m, n)
		return
	}
	i := 0
	for ; i+4 <= m; i += 4 {
		b0, b1, b2, b3 := b[i*n:i*n+n], b[(i+1)*n:(i+1)*n+n], b[(i+2)*n:(i+2)*n+n], b[(i+3)*n:(i+3)*n+n]
		for p := range k {
			axpy4(c[p*n:p*n+n], a[i*k+p], a[(i+1)*k+p], a[(i+2)*k+p], a[(i+3)*k+p], b0, b1, b2, b3)
		}
	}
	for ; i < m; i++ {
		bi := b[i*n : i*n+n]
		for p := range k {
			Axpy(c[p*n:p*n+n], a[i*k+p], bi)
		}
	}
}

// MatMulTransB sets c to a·bᵀ: a is m×k, b is n×k, c is m×n.
func MatMulTransB[T Float](c, a, b []T, m, k, n int) {
	if vectorized[T]() {
		matMulTransBVector(single(c[:m*n]), single(a[:m*k]), single(b[:n*k]), m, k, n)
		return
	}
	for i := range m {
		ai := a[i*k : i*k+k]
		ci := c[i*n : i*n+n]
		j := 0
		for ; j+4 <= n; j += 4 {
			ci[j], ci[j+1], ci[j+2], ci[j+3] = dot4(ai,
				b[j*k:j*k+k], b[(j+1)*k:(j+1)*k+k], b[(j+2)*k:(j+2)*k+k], b[(j+3)*k:(j+3)*k+k])
		}
		for ; j < n; j++ {
			ci[j] = Dot(ai, b[j*k:j*k+k])
		}
	}
}

// Axpy adds alpha·x to y.
func Axpy[T Float](y []T, alpha T, x []T) {
	x = x[:len(y)]
	if vectorized[T]() {
		axpyVector(ptr(y), float32(alpha), ptr(x), len(y))
		return
	}
	for i := range y {
		y[i] += alpha * x[i]
	}
}

func axpy4[T Float](y []T, a0, a1, a2, a3 T, x0, x1, x2, x3 []T) {
	if a0 == 0 && a1 == 0 && a2 == 0 && a3 == 0 {
		return // after a ReLU, often
	}
	x0, x1, x2, x3 = x0[:len(y)], x1[:len(y)], x2[:len(y)], x3[:len(y)]
	for i := range y {
		y[i] += a0*x0[i] + a1*x1[i] + a2*x2[i] + a3*x3[i]
	}
}

// Dot returns Σ x_i·y_i.
func Dot[T Float](x, y []T) T {
	y = y[:len(x)]
	var s T
	for i := range x {
		s += x[i] * y[i]
	}
	return s
}

// dot4 returns the products of x with four rows. The four sums do not wait for
// one another, which a single one would.
func dot4[T Float](x, y0, y1, y2, y3 []T) (s0, s1, s2, s3 T) {
	y0, y1, y2, y3 = y0[:len(x)], y1[:len(x)], y2[:len(x)], y3[:len(x)]
	for i, v := range x {
		s0 += v * y0[i]
		s1 += v * y1[i]
		s2 += v * y2[i]
		s3 += v * y3[i]
	}
	return s0, s1, s2, s3
}
