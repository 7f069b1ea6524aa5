package cluster

import (
	"bytes"
	"fmt"
	"testing"
	"unsafe"
)

// TestMail holds that one Mail carries messages of any lengths, and that its memory is
// used again.
func TestMail(t *testing.T) {
	forSizes(t, func(c Comm) error {
		var m Mail
		for round, length := range []int{9, 0, 40, 7, 40} {
			send := make([][]byte, c.Size())
			for r := range send {
				send[r] = bytes.Repeat([]byte{byte(10*c.Rank() + r)}, length*(1+c.Rank()))
			}
			recv, err := m.Exchange(c, send)
			if err != nil {
				return err
			}
			for r := range recv {
				if want := bytes.Repeat([]byte{byte(10*r + c.Rank())}, length*(1+r)); !bytes.Equal(recv[r], want) {
					return fmt.Errorf("round %d: rank %d got %v from %d, want %v", round, c.Rank(), recv[r], r, want)
				}
				if p := unsafe.SliceData(recv[r]); round > 2 && p != (*byte)(unsafe.Pointer(unsafe.SliceData(m.memory[r]))) || len(m.memory[r]) > 5*(1+r)+1+r {
					return fmt.Errorf("round %d: rank %d has %d words for rank %d", round, c.Rank(), len(m.memory[r]), r)
				}
			}
		}
		return nil
	})
}
