package cluster

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
)

// Two goroutines hand each other messages of any length at any place, of which long ones do not fit.
func TestLane(t *testing.T) {
	const most, calls = 640, 3000
	var lanes [2]*lane
	for r := range lanes {
		lanes[r] = newLane(Bytes(make([]uint64, laneBytes(most)/8)))
	}
	message := func(from int, turn uint64) []byte {
		rng := rand.New(rand.NewPCG(uint64(from), turn))
		size, skip := rng.IntN(most+200), rng.IntN(9)
		b := make([]byte, skip+size)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b[skip:]
	}
	var wg sync.WaitGroup
	for me := range lanes {
		wg.Go(func() {
			out, in := lanes[me], lanes[1-me]
			for turn := uint64(1); turn <= calls; turn++ {
				out.put(turn, message(me, turn))
				want := message(1-me, turn)
				size := in.await(turn, 100, runtime.Gosched)
				if size != len(want) || in.fits(size) != (size <= most) {
					t.Errorf("call %d: %d bytes, fit: %v, want %d", turn, size, in.fits(size), len(want))
					return
				}
				if got := make([]byte, size); in.fits(size) {
					if in.take(turn, got); !bytes.Equal(got, want) {
						t.Errorf("call %d: other bytes", turn)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}
