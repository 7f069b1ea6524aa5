//go:build !linux

package memory

import "unsafe"

// bring leaves pages to come one by one.
func bring(unsafe.Pointer, int, bool) {}
