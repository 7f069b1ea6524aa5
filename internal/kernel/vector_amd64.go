//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// vector says whether the float32 kernels run in assembly. GODEBUG=cpu.avx2=off turns
// it off for a run, the build tag purego for good.
var vector = cpu.X86.HasAVX2 && cpu.X86.HasFMA
