package kernel

// gatherLists is for rows of y, and of w, and indices that are there.
func gatherLists(y, w []float32, n int, indices []int32, values []float32, from, to []int32, keep bool) {
	kept, found := 0, 0
	if keep {
		kept = 1
	}
	if values != nil {
		_ = values[len(indices)-1]
		found = gatherListsValuesVector(&y[0], &w[0], n, len(w)-n, &indices[0], len(indices), &from[0], &to[0], len(from), kept, &values[0])
	} else {
		found = gatherListsVector(&y[0], &w[0], n, len(w)-n, &indices[0], len(indices), &from[0], &to[0], len(from), kept)
	}
	if found < len(from) {
		for _, j := range indices[from[found]:to[found]] {
			_ = w[int(j)*n:][:n] // one of these panics with the usual message
		}
	}
}

func scatter(g, d []float32, slots []int32, values []float32) {
	n, count := len(d), len(slots)
	if n == 0 || count == 0 {
		return
	}
	_ = g[n-1]
	found := 0
	if values != nil {
		values = values[:count]
		found = scatterValuesVector(&g[0], &d[0], n, len(g)-n, &slots[0], count, &values[0])
	} else {
		found = scatterVector(&g[0], &d[0], n, len(g)-n, &slots[0], count)
	}
	if found < count {
		_ = g[int(slots[found])*n:][:n]
	}
}
