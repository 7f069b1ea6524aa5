package kernel

import "math/bits"

// Dropout sets f[i] to 0 with probability p, else to x[i]/(1−p). What is dropped
// depends on seed, step and i alone.
func Dropout[T Float](f, x []T, p float64, seed, step uint64) {
	x = x[:len(f)]
	keep := T(1 / (1 - p))
	// p as a fraction of 2⁶⁴: a number below it drops.
	limit, _ := bits.Div64(uint64(p*(1<<53)), 0, 1<<53)
	key := mix(seed ^ mix(step))
	for i := range f {
		if mix(key+uint64(i)) < limit {
			f[i] = 0
		} else {
			f[i] = x[i] * keep
		}
	}
}

// mix is the output function of the SplitMix64 generator: it turns a counter into
// numbers that look random. G. Steele, D. Lea, C. Flood, "Fast splittable
// pseudorandom number generators", OOPSLA 2014.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
