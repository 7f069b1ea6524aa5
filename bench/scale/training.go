package main

import (
	"context"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/models/feedforward"
)

// What becomes of the messages of a step.
const (
	sent   = iota // they are sent
	unsent        // none is: a rank computes all that it would, of what came last
	short         // each has shortBytes
	long          // each is longer
)

// shortBytes is so many that Open MPI carries messages as it does those of a step: those of eight bytes
// take less time where ranks share a core.
const shortBytes = 1024

// longer is half as long again, which Open MPI still carries in one piece.
func longer(bytes int) int { return bytes + bytes/2 }

// messages is a Comm for the steps of a training that lets messages be other ones.
type messages struct {
	cluster.Comm
	kind       int
	send, recv [][]byte // in place of those of a step
}

func (m *messages) Exchange(send, recv [][]byte) error {
	if m.kind == sent {
		return m.Comm.Exchange(send, recv)
	}
	copy(recv[m.Rank()], send[m.Rank()])
	if m.kind == unsent {
		return nil
	}
	return m.Comm.Exchange(m.other(&m.send, send), m.other(&m.recv, recv))
}

func (m *messages) Gather(own []byte, recv [][]byte) error {
	if m.kind == sent {
		return m.Comm.Gather(own, recv)
	}
	copy(recv[m.Rank()], own)
	if m.kind == unsent {
		return nil
	}
	return m.Comm.Gather(m.other(&m.send, slices.Repeat([][]byte{own}, m.Size()))[m.Rank()], m.other(&m.recv, recv))
}

// other returns memory for the messages in place of some.
func (m *messages) other(memory *[][]byte, of [][]byte) [][]byte {
	if *memory == nil {
		*memory = make([][]byte, len(of))
	}
	for r, b := range of {
		n := shortBytes
		if m.kind == long {
			n = longer(len(b))
		}
		if n > cap((*memory)[r]) {
			(*memory)[r] = make([]byte, n)
		}
		(*memory)[r] = (*memory)[r][:n]
	}
	return *memory
}

// pretended is a Comm of the last of so many ranks, of which the others are not there. (It has
// a part of the table, however many ranks there are.)
type pretended int

func (p pretended) Rank() int                         { return int(p) - 1 }
func (p pretended) Size() int                         { return int(p) }
func (p pretended) Exchange(_, _ [][]byte) error      { return nil }
func (p pretended) Gather(_ []byte, _ [][]byte) error { return nil }
func (p pretended) Broadcast(_ []byte, _ int) error   { return nil }
func (p pretended) Barrier() error                    { return nil }

// training is a call of Fit, on some batches over and over, that does a step when it is asked for one.
type training struct {
	messages messages
	list     []*data.Batch
	at       int // steps done
	more     func(struct{}) bool
	next     func() (struct{}, bool)
	stop     func()
	err      error // of Fit, when it has returned
}

// train starts a training of this rank.
func train(m *measurement, comm cluster.Comm, workers int) (*training, error) {
	t := &training{messages: messages{Comm: comm}}
	for range 8 {
		t.list = append(t.list, draw(m, uint64(len(t.list))))
	}
	net, err := feedforward.New(feedforward.Config{Inputs: m.Words, Seed: 1},
		feedforward.Dense(m.Units, "relu"), feedforward.Dense(m.Units, "relu"), feedforward.Dense(4, "softmax"))
	if err != nil {
		return nil, err
	}
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.more = yield
		_, t.err = net.Fit(context.Background(), t, feedforward.Fit{Epochs: 1, Batch: m.Batch, Workers: workers})
	})
	return t, t.step() // up to the first batch
}

func (t *training) Cluster() cluster.Comm          { return &t.messages }
func (t *training) Pass(int, *rand.Rand) data.Pass { return t }

// Next lets Fit wait until another step is asked for.
func (t *training) Next(b *data.Batch) error {
	if !t.more(struct{}{}) {
		return io.EOF
	}
	*b = *t.list[t.at%len(t.list)]
	t.at++
	return nil
}

// step does one.
func (t *training) step() error {
	t.next()
	return t.err
}

// end lets Fit return. It is collective.
func (t *training) end() error {
	t.messages.kind = sent
	t.stop()
	return t.err
}

// block does steps with messages of a kind and returns the mean time of one in µs: n of them, or,
// if n is 0, as many as there is time for. Only the second half counts: who has slept takes longer
// for the first 15 ms.
func (t *training) block(kind, n int, length time.Duration) (float64, error) {
	t.messages.kind = kind
	var start time.Time
	var steps int
	for range 2 {
		start, steps = time.Now(), 0
		for steps == 0 || steps < n/2 || n == 0 && time.Since(start) < length/2 {
			if err := t.step(); err != nil {
				return 0, err
			}
			steps++
		}
	}
	return time.Since(start).Seconds() * 1e6 / float64(steps), nil
}
