package kernel

func gather(y, w []float32, indices []int32, values []float32) {
	n, count := len(y), len(indices)
	if n == 0 || count == 0 {
		return
	}
	_ = w[n-1]
	found := 0
	if values != nil {
		values = values[:count]
		found = gatherValuesVector(&w[0], &y[0], n, len(w)-n, &indices[0], count, &values[0])
	} else {
		found = gatherVector(&w[0], &y[0], n, len(w)-n, &indices[0], count)
	}
	if found < count {
		_ = w[int(indices[found])*n:][:n] // panics with the usual message
	}
}

func gatherBelow(y, w []float32, n int, indices []int32, values []float32, at, ends []int, bound int) {
	for i, first := range at {
		_ = indices[first:ends[i]]
		if values != nil {
			_ = values[first:ends[i]]
		}
	}
	count := len(at)
	if count == 0 || len(indices) == 0 {
		return
	}
	_ = w[n-1]
	found := 0
	if values != nil {
		found = gatherBelowValuesVector(&y[0], ptr(w), n, len(w)-n, &indices[0], &at[0], &ends[0], count, bound, &values[0])
	} else {
		found = gatherBelowVector(&y[0], ptr(w), n, len(w)-n, &indices[0], &at[0], &ends[0], count, bound)
	}
	if found < count {
		_ = w[int(indices[at[found]])*n:][:n] // panics with the usual message
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
