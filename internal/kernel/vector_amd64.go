//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// vector says whether the float32 kernels run in assembly. GODEBUG=cpu.avx2=off turns
// it off for a run, the build tag purego for good.
var vector = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// wide says whether those of them that know AVX-512 use it, which gives the same bits. They
// read it themselves. GODEBUG=cpu.avx512f=off turns it off for a run.
var wide = vector && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512BW
