package kernel

// Prefetch asks the processor to bring x to its caches, and does not wait for it. Rows of
// a table that are worked on in no order of their places come from afar each, one after
// the other; asked for some rows ahead, they come side by side. Without assembly it does
// nothing, and x may hold anything.
func Prefetch[T Float](x []T) {
	if vectorized[T]() && len(x) > 0 {
		prefetchLines(ptr(x), 4*len(x))
	}
}
