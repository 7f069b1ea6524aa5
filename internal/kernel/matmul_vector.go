package kernel

import "unsafe"

// depth is how many products of a sum are taken at a time where a panel of b is
// copied: 128×16 numbers, 8 KB, are little enough to stay in the first cache with
// the rows of a that pass by. The sum goes on from what c holds, so where it is cut
// does not show in the result.
const depth = 128

// tileRows is how many rows of aᵀ are copied at a time: 24 KB with depth.
const tileRows = 48

// strip is a copy of 16 columns of b, row after row.
type strip [depth * 16]float32

// matMulVector adds a·b to c, n columns: a is m×k in memory with the given strides
// between rows and columns, b k×n row-major.
func matMulVector(c, a []float32, rowA, colA int, b []float32, m, k, n int) {
	if m == 0 || k == 0 {
		return
	}
	// Numbers 2 KB and more apart compete for the same few places of the cache. So where
	// rows are as long as that and used often, parts of them are copied next to one another.
	if rowA == 1 && colA >= 1024 && m >= tileRows && n >= 256 {
		matMulTilesCopied(c, a, colA, b, m, k, n)
		return
	}
	if n >= 1024 && m >= 8 || n >= 512 && m >= 256 {
		for p := 0; p < k; p += depth {
			matMulCopied(c, a[p*colA:], rowA, colA, b[p*n:], m, min(depth, k-p), n)
		}
		return
	}
	for j := 0; j < n; j += 16 {
		panels(c[j:], n, a, rowA, colA, b[j:], n, m, k, n-j, 1)
	}
}

// matMulTilesCopied is matMulVector for the transpose of rows of lda numbers, by way of
// copies of some of their columns as well.
func matMulTilesCopied(c, a []float32, lda int, b []float32, m, k, n int) {
	var t [depth * tileRows]float32
	for i := 0; i < m; i += tileRows {
		rows := min(tileRows, m-i)
		for p := 0; p < k; p += depth {
			d := min(depth, k-p)
			for q := range d {
				copy(t[q*tileRows:q*tileRows+rows], a[(p+q)*lda+i:])
			}
			matMulCopied(c[i*n:], t[:], 1, tileRows, b[p*n:], rows, d, n)
		}
	}
}

// matMulCopied is matMulVector by way of copies of b's columns, k ≤ depth.
func matMulCopied(c, a []float32, rowA, colA int, b []float32, m, k, n int) {
	var s strip
	for j := 0; j < n; j += 16 {
		s.copy(b[j:], n, min(n-j, 16), k)
		panels(c[j:], n, a, rowA, colA, s[:], 16, m, k, n-j, 1)
	}
}

// copy copies d rows of src.
func (s *strip) copy(src []float32, stride, columns, d int) {
	for p := range d {
		if columns == 16 {
			*(*[16]float32)(s[p*16:]) = *(*[16]float32)(src[p*stride:])
		} else {
			copy(s[p*16:p*16+columns], src[p*stride:])
		}
	}
}

// matMulTransBVector sets c to a·bᵀ: a is m×k, b is n×k.
func matMulTransBVector(c, a, b []float32, m, k, n int) {
	if k == 0 {
		clear(c)
	}
	if m == 0 || k == 0 {
		return
	}
	var s strip
	for p := 0; p < k; p += depth {
		d := min(depth, k-p)
		for j := 0; j < n; j += 16 {
			s.transpose(b[j*k+p:], k, min(n-j, 16), d)
			panels(c[j:], n, a[p:], k, 1, s[:], 16, m, d, n-j, p)
		}
	}
}

// transpose copies rows of src, d numbers each, as columns.
func (s *strip) transpose(src []float32, stride, rows, d int) {
	for i := 0; i < rows; i += 8 {
		p := 0
		if i+8 <= rows && d >= 8 {
			p = d &^ 7
			transpose8(&s[i], &src[i*stride], 4*stride, p/8)
		}
		for r := i; r < min(i+8, rows); r++ {
			for q, x := range src[r*stride+p : r*stride+d] {
				s[(p+q)*16+r] = x
			}
		}
	}
}

// panels adds a·b to the first n columns of c, but no more than 16, or sets them
// where keep is 0. Strides count numbers.
func panels(c []float32, ldc int, a []float32, rowA, colA int, b []float32, ldb, m, k, n, keep int) {
	const size = int(unsafe.Sizeof(float32(0)))
	ldc, rowA, colA, ldb = ldc*size, rowA*size, colA*size, ldb*size
	if n >= 16 {
		panel16(&c[0], ldc, &a[0], rowA, colA, &b[0], ldb, m, k, keep)
		return
	}
	if n >= 8 && !wide {
		panel8(&c[0], ldc, &a[0], rowA, colA, &b[0], ldb, m, k, keep)
		if n == 8 {
			return
		}
		c, b, n = c[8:], b[8:], n-8
	}
	panelTail(&c[0], ldc, &a[0], rowA, colA, &b[0], ldb, m, k, keep, n)
}
