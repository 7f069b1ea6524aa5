//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

const peakKnown = true

// peakMemory is the most memory that a process had that has ended, in bytes.
func peakMemory(p *os.ProcessState) int64 {
	peak := int64(p.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return peak // elsewhere it is in KiB
	}
	return peak << 10
}
