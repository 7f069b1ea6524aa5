package kernel

import "runtime"

// Kind names the processors that give the same bits as this one.
func Kind() string {
	if vector {
		return runtime.GOARCH + " with AVX2 and FMA"
	}
	return runtime.GOARCH
}
