package cluster

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"
)

// Group makes n ranks that are goroutines of one program. They are for tests: each rank
// must be used by a goroutine of its own.
func Group(n int) []Comm {
	g := &group{n: n, boxes: make([][]byte, n*n)}
	g.met = sync.NewCond(&g.mu)
	ranks := make([]Comm, n)
	for r := range ranks {
		ranks[r] = &member{g, r}
	}
	return ranks
}

// Run calls f for each of n ranks at the same time and returns what went wrong, by rank.
// When a rank returns an error, the calls that others wait in fail.
func Run(n int, f func(c Comm) error) error {
	ranks := Group(n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for r, c := range ranks {
		wg.Go(func() {
			if errs[r] = f(c); errs[r] != nil {
				c.(*member).leave()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

type group struct {
	n      int
	mu     sync.Mutex
	met    *sync.Cond
	here   int // ranks in the meeting under way
	turn   int // meetings that ended
	broken bool
	boxes  [][]byte // what rank r sends to rank s is in r·n + s
}

type member struct {
	*group
	rank int
}

var errLeft = errors.New("cluster: another rank has ended")

// meet returns when all ranks have called it.
func (g *group) meet() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	turn := g.turn
	if g.here++; g.here == g.n {
		g.here = 0
		g.turn++
		g.met.Broadcast()
	}
	for g.turn == turn && !g.broken {
		g.met.Wait()
	}
	if g.turn == turn {
		return errLeft
	}
	return nil
}

func (m *member) leave() {
	m.mu.Lock()
	m.broken = true
	m.met.Broadcast()
	m.mu.Unlock()
}

func (m *member) Rank() int { return m.rank }
func (m *member) Size() int { return m.n }

func (m *member) Exchange(send, recv [][]byte) error {
	for r := range m.n {
		m.boxes[m.rank*m.n+r] = send[r]
	}
	return m.fetch(recv)
}

func (m *member) Gather(own []byte, recv [][]byte) error {
	for r := range m.n {
		m.boxes[m.rank*m.n+r] = own
	}
	return m.fetch(recv)
}

// fetch takes what lies in the boxes for m, once all have filled theirs.
func (m *member) fetch(recv [][]byte) error {
	if err := m.meet(); err != nil {
		return err
	}
	var wrong error
	for r := range m.n {
		b := m.boxes[r*m.n+m.rank]
		if len(b) != len(recv[r]) {
			wrong = fmt.Errorf("cluster: rank %d sends %d bytes to rank %d, which wants %d", r, len(b), m.rank, len(recv[r]))
		}
		// The own part of Gather may lie where it goes, and others are reading it.
		if unsafe.SliceData(b) != unsafe.SliceData(recv[r]) {
			copy(recv[r], b)
		}
	}
	// Nobody may use its memory again before all have taken theirs.
	return errors.Join(wrong, m.meet())
}

func (m *member) Broadcast(b []byte, root int) error {
	send, recv := make([][]byte, m.n), make([][]byte, m.n)
	if m.rank == root {
		for r := range send {
			send[r] = b
		}
	}
	if m.rank != root {
		recv[root] = b
	} else {
		recv[root] = make([]byte, len(b))
	}
	return m.Exchange(send, recv)
}

func (m *member) Barrier() error { return m.meet() }
