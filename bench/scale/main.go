// Command scale measures training steps of several ranks, and what its model of them says.
//
//	go build -tags mpi -o bin/scale ./bench/scale
//	bin/scale                                     # one process, no MPI
//	bin/scale -pretend 2                          # what one of two ranks computes
//	mpirun -n 2 bin/scale -mpi                    # two ranks
//	bin/scale -model < measurements               # what the model says of them
//
// Documents are drawn from a seed: so many different words each, by Zipf's law. The network is
// words → units → units → 4, float32, Adam. The first line of the output is the measurement as
// JSON; docs/scale.md explains the model.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/kernel"
	"github.com/nestnet/nestnet/internal/memory"
	"github.com/nestnet/nestnet/models/feedforward"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// measurement is what one run finds out.
type measurement struct {
	Network  string  `json:"network,omitempty"` // what -network calls it
	Ranks    int     `json:"ranks"`
	Pretend  bool    `json:"pretend,omitempty"` // there is one, which computes what it would among so many
	Words    int     `json:"words"`             // in the dictionary
	Units    int     `json:"units"`             // of the first two layers
	Batch    int     `json:"batch"`             // examples a step, all ranks together
	Document int     `json:"document"`          // different words of an example
	Rows     float64 `json:"rows"`              // different words of a batch, mean
	Step     float64 `json:"step_us"`           // mean
	Bytes    int     `json:"bytes"`             // that a rank sends in a step
	Messages int     `json:"messages"`          // in which it sends them
	// Work is the time of two pieces of work that are the same everywhere: among several ranks
	// that of the slowest one. Where cores differ or are fewer than ranks it is longer.
	Work float64 `json:"work_us"`
	// The network: what Exchange and Gather of nothing add to a step, and each byte that a rank
	// sends.
	Latency float64 `json:"latency_us"`
	PerByte float64 `json:"byte_ns"`

	table, sum []float32 // of work
	rows       []int32
	at         uint32
}

func run(w io.Writer) error {
	var m measurement
	mpi := flag.Bool("mpi", false, "join the ranks of mpirun")
	flag.StringVar(&m.Network, "network", "", "a name for what joins the ranks")
	flag.IntVar(&m.Ranks, "pretend", 0, "compute what one of so many ranks does, without the others")
	flag.IntVar(&m.Words, "words", 25762, "words in the dictionary")
	flag.IntVar(&m.Units, "units", 64, "units of the first two layers")
	flag.IntVar(&m.Document, "document", 32, "different words of a document")
	each := flag.Int("batch", 256, "documents a step and rank")
	steps := flag.Int("steps", 300, "steps to measure")
	workers := flag.Int("workers", 1, "cores of a rank")
	model := flag.Bool("model", false, "read measurements from standard input and judge the model by them")
	flag.Parse()
	if *model {
		return judge(os.Stdin, w)
	}

	comm, finish := cluster.Comm(cluster.Alone{}), func() error { return nil }
	if *mpi {
		job, err := cluster.Start()
		if err != nil {
			return err
		}
		comm, finish = job, job.Finish
	}
	if m.Ranks > 1 {
		comm, m.Pretend = pretended(m.Ranks), true
	}
	m.Ranks, m.Batch = comm.Size(), *each*comm.Size()
	source := &batches{comm: comm, steps: *steps + warmUp}
	for range 8 {
		source.list = append(source.list, draw(&m, uint64(len(source.list))))
	}
	net, err := feedforward.New(feedforward.Config{Inputs: m.Words, Seed: 1},
		feedforward.Dense(m.Units, "relu"), feedforward.Dense(m.Units, "relu"), feedforward.Dense(4, "softmax"))
	if err != nil {
		return err
	}
	var start, end time.Time
	_, err = net.Fit(context.Background(), source, feedforward.Fit{Epochs: 1, Batch: m.Batch, Workers: *workers, OnStep: func(s feedforward.Step) {
		if s.Step == warmUp {
			start = time.Now()
		}
		end = time.Now()
	}})
	if err != nil {
		return err
	}
	m.Step = end.Sub(start).Seconds() * 1e6 / float64(*steps)
	for _, b := range source.list {
		words := slices.Clone(b.Indices)
		slices.Sort(words)
		m.Rows += float64(len(slices.Compact(words))) / float64(len(source.list))
	}
	m.traffic()
	if err := m.network(comm); err != nil {
		return err
	}
	if comm.Rank() == 0 || m.Pretend {
		if err := json.NewEncoder(w).Encode(m); err != nil {
			return err
		}
	}
	return finish()
}

// warmUp is how many steps are not measured: machines and solvers allocate in the first, and
// a batch is new to the caches eight times.
const warmUp = 50

// pretended is a Comm of the last of so many ranks, of which the others are not there. (It has
// a part of the table, however many ranks there are.)
type pretended int

func (p pretended) Rank() int                         { return int(p) - 1 }
func (p pretended) Size() int                         { return int(p) }
func (p pretended) Exchange(_, _ [][]byte) error      { return nil }
func (p pretended) Gather(_ []byte, _ [][]byte) error { return nil }
func (p pretended) Broadcast(_ []byte, _ int) error   { return nil }
func (p pretended) Barrier() error                    { return nil }

// traffic is how much a rank sends in a step; see models/feedforward/ranks.go.
func (m *measurement) traffic() {
	if m.Ranks == 1 {
		return
	}
	own := m.Batch / m.Ranks
	others := m.Units*m.Units + 2*m.Units + 4*m.Units + 4 // weights and biases but those of the table
	sums := 4 * own * m.Units
	slopes := 4*(own*m.Units+others) + 8*((own+31)/32) + 1
	m.Bytes, m.Messages = (m.Ranks-1)*(sums+slopes), 2*(m.Ranks-1)
}

// network measures what the collective calls of a step add to work that is between them, as
// in a step: what the calls take, what the system does for messages meanwhile, what they
// push out of the caches, and, where there are more ranks than cores, waiting for a turn.
func (m *measurement) network(comm cluster.Comm) error {
	const rounds = 600
	// round is the mean time of one with messages of so many bytes, or without any for -1.
	round := func(size int) (float64, error) {
		send, recv := make([][]byte, comm.Size()), make([][]byte, comm.Size())
		for r := range send {
			send[r], recv[r] = make([]byte, max(size, 0)), make([]byte, max(size, 0))
		}
		if err := comm.Barrier(); err != nil {
			return 0, err
		}
		start := time.Now()
		for range rounds {
			m.work()
			if size >= 0 {
				if err := comm.Exchange(send, recv); err != nil {
					return 0, err
				}
			}
			m.work()
			if size >= 0 {
				if err := comm.Gather(send[comm.Rank()], recv); err != nil {
					return 0, err
				}
			}
		}
		err := comm.Barrier()
		return time.Since(start).Seconds() * 1e6 / rounds, err
	}
	var err error
	if m.Work, err = round(-1); err != nil || comm.Size() == 1 || m.Pretend {
		return err
	}
	little, err := round(8)
	if err != nil {
		return err
	}
	size := m.Bytes / m.Messages // as in the step
	much, err := round(size)
	m.Latency = max(little-m.Work, 0)
	m.PerByte = max(much-m.Work-m.Latency, 0) * 1e3 / float64(2*size*(comm.Size()-1))
	return err
}

// work adds up rows of a table as large as that of the network, here and there, as a step
// does. (Sums in memory instead of registers would not do: a loop of them takes 15 or 35 µs on
// one and the same core, and changes between the two by itself.)
func (m *measurement) work() {
	if m.table == nil {
		m.table = memory.Make[float32](m.Words * m.Units)
		for i := range m.table {
			m.table[i] = 1
		}
		m.sum, m.rows = make([]float32, m.Units), make([]int32, m.Document)
	}
	for range 128 {
		for i := range m.rows {
			m.at = (m.at*1664525 + 1013904223) % uint32(m.Words)
			m.rows[i] = int32(m.at)
		}
		kernel.GatherAdd(m.sum, m.table, m.rows, nil)
	}
}

// batches is a source of some batches, over and over, as long as there are steps.
type batches struct {
	comm  cluster.Comm
	list  []*data.Batch
	steps int
}

func (b *batches) Cluster() cluster.Comm { return b.comm }

func (b *batches) Pass(int, *rand.Rand) data.Pass { return &pass{b, 0} }

type pass struct {
	*batches
	at int
}

func (p *pass) Next(b *data.Batch) error {
	if p.at == p.steps {
		return io.EOF
	}
	*b = *p.list[p.at%len(p.list)]
	p.at++
	return nil
}

// draw makes a batch.
func draw(m *measurement, seed uint64) *data.Batch {
	rng := rand.New(rand.NewPCG(seed, 1))
	zipf := rand.NewZipf(rng, 1.05, 8, uint64(m.Words-1))
	// The frequent words are anywhere in the alphabet.
	place := rand.New(rand.NewPCG(7, 7)).Perm(m.Words)
	b := &data.Batch{Columns: m.Words, Offsets: []int{0}}
	seen := make(map[int32]bool)
	for range m.Batch {
		clear(seen)
		first := len(b.Indices)
		for len(b.Indices)-first < min(m.Document, m.Words/2) {
			j := int32(place[int(math.Min(float64(zipf.Uint64()), float64(m.Words-1)))])
			if !seen[j] {
				seen[j] = true
				b.Indices = append(b.Indices, j)
			}
		}
		slices.Sort(b.Indices[first:])
		b.Offsets = append(b.Offsets, len(b.Indices))
		b.Classes = append(b.Classes, int32(rng.IntN(4)))
	}
	return b
}
