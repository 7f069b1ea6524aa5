// Package memory makes large slices whose memory is there.
//
// New memory costs when it is first touched: at each page of 4 KiB the processor stops, the
// system finds and clears it, and goes on. That takes some 0.25 µs on a machine of
// one's own, but as much as 13 µs on a virtual one whose page tables the host follows, more
// than it takes to read the texts that fill the page. And each page is one more to be found
// when rows of a large table are looked up. Linux can do better where it is asked, which
// the Go runtime does not do: pages of 2 MiB (transparent huge pages) make one stop of 512,
// and small ones of one slice can come in one call.
//
// What Make makes should be used from end to end, or nearly.
package memory

import "unsafe"

const (
	// worth is how many bytes make it worth to call the system. Objects of this size have pages
	// of their own.
	worth = 64 << 10
	most  = 64 << 20 // what is larger is Room
)

// Make is make([]T, n).
func Make[T any](n int) []T {
	return made[T](n, most)
}

// Room is Make for a slice of which perhaps only parts are used: pages come when they are
// touched, but huge ones.
func Room[T any](n int) []T {
	return made[T](n, 0)
}

// made is a slice whose pages come at once if they are up to so many bytes.
func made[T any](n, atOnce int) []T {
	s := make([]T, n)
	if size := n * int(unsafe.Sizeof(*new(T))); size >= worth {
		bring(unsafe.Pointer(unsafe.SliceData(s)), size, size <= atOnce)
	}
	return s
}

// Grow is slices.Grow(s, n): s with room for n more elements.
func Grow[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	// Not slices.Grow, since it touches what it makes.
	to := Make[T](max(len(s)+n, cap(s)+cap(s)/4))
	return to[:copy(to, s)]
}
