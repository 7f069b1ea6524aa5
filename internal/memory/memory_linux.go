package memory

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a huge page, or on some processors a part of it.
const hugePage = 2 << 20

var pageSize = uintptr(os.Getpagesize())

// bring makes the system bring the size bytes from p on. Where it does not know how, or
// may not, pages come one by one as ever, so errors mean nothing.
func bring(p unsafe.Pointer, size int, now bool) {
	from, to := uintptr(p), uintptr(p)+uintptr(size)
	// Huge pages start at multiples of their size. What else lies in the first and the last
	// of them does not mind: this is only advice.
	first, end := from&^(hugePage-1), (to+hugePage-1)&^(hugePage-1)
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, first, end-first, unix.MADV_HUGEPAGE)
	if !now {
		return
	}
	// Since Linux 5.14. Pages that are there already stay as they are.
	first, end = (from+pageSize-1)&^(pageSize-1), to&^(pageSize-1)
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, first, end-first, unix.MADV_POPULATE_WRITE)
}
