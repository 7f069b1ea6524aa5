package cluster

import "github.com/nestnet/nestnet/internal/memory"

// Mail is ExchangeAll in memory that is used again by the next call. The zero value is
// ready for use, with one Comm.
type Mail struct {
	sizes, theirs []uint64
	from, to      [][]byte // where they lie
	memory        [][]uint64
	recv          [][]byte
}

// Exchange sends send[r] to each rank r, and returns what each rank sent here, which
// lies as any Number must, up to the next call.
func (m *Mail) Exchange(c Comm, send [][]byte) (recv [][]byte, err error) {
	if n := c.Size(); len(m.recv) != n {
		*m = Mail{
			sizes: make([]uint64, n), theirs: make([]uint64, n), from: make([][]byte, n), to: make([][]byte, n),
			memory: make([][]uint64, n), recv: make([][]byte, n),
		}
		for r := range n {
			m.from[r], m.to[r] = Bytes(m.sizes[r:r+1]), Bytes(m.theirs[r:r+1])
		}
	}
	for r, b := range send {
		m.sizes[r] = uint64(len(b))
	}
	if err := c.Exchange(m.from, m.to); err != nil {
		return nil, err
	}
	for r, size := range m.theirs {
		if words := (size + 7) / 8; words > uint64(len(m.memory[r])) {
			m.memory[r] = memory.Make[uint64](int(words + uint64(len(m.memory[r]))/8)) // with room if it grows
		}
		m.recv[r] = Bytes(m.memory[r])[:size]
	}
	return m.recv, c.Exchange(send, m.recv)
}
