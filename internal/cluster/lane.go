package cluster

import (
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/nestnet/nestnet/internal/kernel"
)

// lane is memory of two ranks of one machine through which one of them hands bytes to the other,
// a message in each call that both make. A message is copied once by each: the sender writes past
// its caches (kernel.CopyOut), and nobody asks or answers.
//
// There are two places, for calls in turn. When a rank writes to one of them again, the other has
// read it: since then it has sent a message of its own, after it read.
type lane struct {
	heads *[2]laneHead
	data  [2][]byte
}

// laneHead says what is in a place, in a cache line of its own.
type laneHead struct {
	turn atomic.Uint64 // the call; written last
	size uint64        // of the message
	_    [48]byte
}

const laneHeads = 2 * unsafe.Sizeof(laneHead{})

// laneBytes is how much memory a lane takes for messages of so many bytes.
func laneBytes(message int) int { return int(laneHeads) + 2*message }

// newLane makes a lane of memory that is zero, begins at a cache line and is as long as laneBytes
// says.
func newLane(memory []byte) *lane {
	half := (len(memory) - int(laneHeads)) / 2
	data := memory[laneHeads:]
	return &lane{(*[2]laneHead)(unsafe.Pointer(unsafe.SliceData(memory))), [2][]byte{data[:half], data[half : 2*half]}}
}

// fits says whether a message of so many bytes goes through the lane.
func (l *lane) fits(size int) bool { return size <= min(len(l.data[0]), maxLane) }

// maxLane is the longest message that goes through a lane. Tests change it.
var maxLane = 1 << 30

// put says how long the message of a call is, and hands it over if it fits. Calls count from 1.
func (l *lane) put(turn uint64, b []byte) {
	h := &l.heads[turn&1]
	h.size = uint64(len(b))
	if l.fits(len(b)) {
		to := l.data[turn&1][:len(b)]
		n := 0 // bytes of whole numbers that lie as they must
		if uintptr(unsafe.Pointer(unsafe.SliceData(b)))%4 == 0 {
			n = len(b) &^ 3
		}
		kernel.CopyOut(Of[float32](to[:n]), Of[float32](b[:n]))
		copy(to[n:], b[n:])
	}
	h.turn.Store(turn)
}

// await waits for the message of a call and returns its length. After so many looks it gives way to
// others each time.
func (l *lane) await(turn uint64, looks int, giveWay func()) int {
	h := &l.heads[turn&1]
	for n := 0; h.turn.Load() != turn; n++ {
		if n >= looks {
			giveWay()
		} else if n%1024 == 1023 {
			runtime.Gosched()
		}
	}
	return int(h.size)
}

// take copies the message of a call, which fits, to b.
func (l *lane) take(turn uint64, b []byte) { copy(b, l.data[turn&1][:len(b)]) }
