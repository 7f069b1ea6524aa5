// Package halves sums many numbers so that the bits of the sum do not depend on who adds
// which of them.
//
// Floating-point addition is not associative, so an order has to be laid down: here that
// of a tree. The sum of the summands lo to hi is that of lo to mid plus that of mid to hi,
// where mid−lo is the largest power of two below hi−lo:
//
//	Σ(0…5) = ((x0 + x1) + (x2 + x3)) + x4
//
// Each sum of a node of this tree can be taken by another worker or on another machine,
// and only one number need be handed on for it. The error grows with log n instead of n
// besides (N. Higham, "The Accuracy of Floating Point Summation", 1993).
package halves

import "math/bits"

// Span is the summands From to To−1.
type Span struct{ From, To int }

// Mid is where the node of the summands lo to hi−1, at least two, is cut in two.
func Mid(lo, hi int) int { return lo + 1<<(bits.Len(uint(hi-lo-1))-1) }

// Cover returns the largest nodes of the tree over n summands that together are the
// summands from to to−1.
func Cover(from, to, n int) []Span { return cover(nil, Span{from, to}, 0, n) }

func cover(dst []Span, want Span, lo, hi int) []Span {
	switch {
	case want.From >= want.To || hi <= want.From || want.To <= lo:
		return dst
	case want.From <= lo && hi <= want.To:
		return append(dst, Span{lo, hi})
	}
	mid := Mid(lo, hi)
	return cover(cover(dst, want, lo, mid), want, mid, hi)
}

// Split cuts the largest of the nodes, the first of several, until there are at least n, or
// none can be cut.
func Split(nodes []Span, n int) []Span {
	nodes = append([]Span(nil), nodes...)
	for len(nodes) > 0 && len(nodes) < n {
		largest := 0
		for i, s := range nodes {
			if s.To-s.From > nodes[largest].To-nodes[largest].From {
				largest = i
			}
		}
		s := nodes[largest]
		if s.To-s.From < 2 {
			break
		}
		mid := Mid(s.From, s.To)
		nodes[largest].To = mid
		nodes = append(nodes[:largest+1], append([]Span{{mid, s.To}}, nodes[largest+1:]...)...)
	}
	return nodes
}

// Addition says that sum From is to be added to sum To, which may hold one already.
type Addition struct{ To, From int }

// Additions returns what to do, in this order, with the sums of the given nodes, which
// follow one another, so that their sums are those of the nodes of whole: the sum of each of
// these is then in the place of the first one in it.
func Additions(nodes, whole []Span) []Addition {
	var adds []Addition
	next := 0
	// sum returns the place of the sum from lo to hi.
	var sum func(lo, hi int) int
	sum = func(lo, hi int) int {
		if nodes[next] == (Span{lo, hi}) {
			next++
			return next - 1
		}
		mid := Mid(lo, hi)
		to := sum(lo, mid)
		adds = append(adds, Addition{to, sum(mid, hi)})
		return to
	}
	for _, w := range whole {
		sum(w.From, w.To)
	}
	return adds
}
