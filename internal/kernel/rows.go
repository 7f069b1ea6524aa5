package kernel

// Broadcast sets each of the m rows of c to b.
func Broadcast[T Float](c, b []T, m int) {
	n := len(b)
	for i := range m {
		copy(c[i*n:i*n+n], b)
	}
}

// ColumnSums sets c to the sum of the m rows of a.
func ColumnSums[T Float](c, a []T, m int) {
	clear(c)
	n := len(c)
	if vectorized[T]() && m > 0 {
		columnSumsVector(ptr(c), ptr(a[:m*n]), m, n)
		return
	}
	for i := range m {
		Add(c, a[i*n:i*n+n])
	}
}

// Add adds x to y.
func Add[T Float](y, x []T) {
	x = x[:len(y)]
	if vectorized[T]() {
		addVector(ptr(y), ptr(x), len(y))
		return
	}
	for i := range y {
		y[i] += x[i]
	}
}

// GatherAdd adds to y the rows of the table w, n numbers each, that indices
// names, each times its value; nil values are ones. It is one row of x·W where x
// is sparse.
func GatherAdd[T Float](y, w []T, indices []int32, values []float32) {
	n := len(y)
	if vectorized[T]() && n > 0 && len(w) >= n && len(indices) > 0 {
		gatherLists(single(y), single(w), n, indices, values, []int32{0}, []int32{int32(len(indices))}, true)
		return
	}
	w = w[:len(w):len(w)] // what lies behind is no row
	if values != nil {
		for p, j := range indices {
			Axpy(y, T(values[p]), w[int(j)*n:int(j)*n+n])
		}
		return
	}
	p := 0
	for ; p+4 <= len(indices); p += 4 {
		x0, x1, x2, x3 := w[int(indices[p])*n:][:n], w[int(indices[p+1])*n:][:n], w[int(indices[p+2])*n:][:n], w[int(indices[p+3])*n:][:n]
		for i := range y {
			y[i] = y[i] + x0[i] + x1[i] + x2[i] + x3[i] // one row after the other
		}
	}
	for ; p < len(indices); p++ {
		Add(y, w[int(indices[p])*n:][:n])
	}
}

// GatherLists is GatherAdd for all rows of y, n numbers each: to row i those rows of w are
// added that the places from[i] to to[i]−1 of indices name. Unless keep, y is set to the sums,
// whatever it holds.
func GatherLists[T Float](y, w []T, n int, indices []int32, values []float32, from, to []int32, keep bool) {
	to, y = to[:len(from)], y[:len(from)*n]
	if vectorized[T]() && len(y) > 0 && len(w) >= n && len(indices) > 0 {
		gatherLists(single(y), single(w), n, indices, values, from, to, keep)
		return
	}
	if !keep {
		clear(y)
	}
	for i, first := range from {
		var x []float32
		if values != nil {
			x = values[first:to[i]]
		}
		GatherAdd(y[i*n:i*n+n], w, indices[first:to[i]], x)
	}
}

// Cuts finds where lists that ascend reach a bound. List i is what indices holds at the places
// from[i] to ends[i]−1; to[i] becomes the first of these with an index that is not below bound, and
// ends[i] if there is none.
func Cuts(to, indices, from, ends []int32, bound int32) {
	if len(to) == 0 {
		return
	}
	from, ends = from[:len(to)], ends[:len(to)]
	for i, first := range from {
		_ = indices[first:ends[i]]
	}
	if vector && len(indices) > 0 {
		cutsVector(&to[0], &indices[0], &from[0], &ends[0], len(to), bound)
		return
	}
	for i, first := range from {
		to[i] = first + int32(below(indices[first:ends[i]], bound))
	}
}

// below is how many columns of a row, which ascend, are smaller than bound. Which way it goes
// is not to be guessed, so that there is no branch for it.
func below(row []int32, bound int32) int {
	at := 0
	for n := len(row); n > 0; {
		half := (n + 1) / 2
		next := at
		if row[at+half-1] < bound {
			next = at + half
		}
		at = next
		n -= half
	}
	return at
}

// Falls counts the places k ≥ 1 where x[k] is not above x[k−1], and returns the largest of x as a
// number without a sign: a negative one is above all others.
func Falls(x []int32) (falls int, most uint32) {
	if len(x) == 0 {
		return 0, 0
	}
	most = uint32(x[0])
	done := 0
	for vector && len(x)-done > 8 {
		const enough = 1 << 28 // to count them in 32 bits
		blocks := min((len(x)-done-1)/8, enough)
		rises, largest := fallsVector(&x[done], blocks)
		falls, most = falls+8*blocks-rises, max(most, largest)
		done += 8 * blocks
	}
	last := x[done]
	for _, v := range x[done+1:] {
		if v <= last {
			falls++
		}
		most = max(most, uint32(v))
		last = v
	}
	return falls, most
}

// ScatterAdd adds d to the rows of g, len(d) numbers each, that slots names, each
// times its value; nil values are ones. It is one example's part of xᵀ·d where x
// is sparse.
func ScatterAdd[T Float](g, d []T, slots []int32, values []float32) {
	n := len(d)
	if vectorized[T]() {
		scatter(single(g), single(d), slots, values)
		return
	}
	g = g[:len(g):len(g)]
	for p, s := range slots {
		row := g[int(s)*n : int(s)*n+n]
		if values != nil {
			Axpy(row, T(values[p]), d)
		} else {
			Add(row, d)
		}
	}
}
