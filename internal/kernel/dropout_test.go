package kernel

import "testing"

// The generator against its reference: state 1234567 yields these numbers in splitmix64.c
// (S. Vigna, https://prng.di.unimi.it/splitmix64.c; the vector is Rosetta Code's, "Pseudo-random
// numbers/Splitmix64").
func TestMix(t *testing.T) {
	state := uint64(1234567)
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := mix(state); got != want {
			t.Errorf("number %d is %d, want %d", i, got, want)
		}
		state += 0x9e3779b97f4a7c15
	}
}

// The mask depends on the place alone, not on how many numbers there are: so a batch with
// fewer rows drops the same places.
func TestDropoutPlaces(t *testing.T) {
	x := make([]float32, 1000)
	for i := range x {
		x[i] = 1
	}
	whole, part := make([]float32, 1000), make([]float32, 137)
	Dropout(whole, x, 0.25, 7, 9)
	Dropout(part, x, 0.25, 7, 9)
	for i, v := range part {
		if v != whole[i] {
			t.Fatalf("place %d of 137 is %v, of 1000 %v", i, v, whole[i])
		}
		if v != 0 && v != float32(1/0.75) {
			t.Fatalf("place %d is %v, want 0 or 4/3", i, v)
		}
	}
	Dropout(whole, x, 0, 7, 9)
	for i, v := range whole {
		if v != 1 {
			t.Fatalf("p = 0 makes place %d %v", i, v)
		}
	}
}
