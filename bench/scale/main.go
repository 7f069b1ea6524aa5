// Command scale measures training steps of several ranks, and what its model of them says.
//
//	go build -tags mpi -o bin/scale ./bench/scale
//	bin/scale                                     # one process, no MPI
//	bin/scale -pretend 2                          # what one of two ranks computes
//	mpirun -n 2 bin/scale -mpi                    # two ranks
//	bin/scale -model < measurements               # what the model says of them
//
// Documents are drawn from a seed: so many different words each, by Zipf's law. The network is
// words → units → units → 4, float32, Adam. Each line of the output is a measurement as JSON;
// docs/scale.md explains the model.
package main

import (
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
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// measurement is what one turn of blocks of steps finds out.
type measurement struct {
	Network  string  `json:"network,omitempty"` // what -network calls it
	Ranks    int     `json:"ranks"`
	Pretend  bool    `json:"pretend,omitempty"` // there is one, which computes what it would among so many
	Words    int     `json:"words"`             // in the dictionary
	Units    int     `json:"units"`             // of the first two layers
	Batch    int     `json:"batch"`             // examples a step, all ranks together
	Document int     `json:"document"`          // different words of an example
	Rows     float64 `json:"rows"`              // different words of a batch, mean
	Bytes    int     `json:"bytes"`             // that a rank sends in a step
	Messages int     `json:"messages"`          // in which it sends them

	// The time of a step in µs, that of the slowest rank: as it is, and with other messages.
	Step   float64 `json:"step_us"`
	Alone  float64 `json:"alone_us"`            // without messages, one rank while the others sleep; mean of all
	Unsent float64 `json:"unsent_us,omitempty"` // without messages, all ranks together
	Short  float64 `json:"short_us,omitempty"`
	Long   float64 `json:"long_us,omitempty"`

	// What terms makes of them: how much longer a rank takes when all compute; and what messages add, they
	// themselves in µs, with waiting for the others, and each byte that a rank sends in ns.
	Crowd, Latency, PerByte float64 `json:"-"`
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
	turns := flag.Int("turns", 10, "blocks of steps of each kind to measure")
	length := flag.Duration("block", 40*time.Millisecond, "how long a block takes; the first half of it is not measured")
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
	m.traffic()
	t, err := train(&m, comm, *workers)
	if err != nil {
		return err
	}
	for _, b := range t.list {
		words := slices.Clone(b.Indices)
		slices.Sort(words)
		m.Rows += float64(len(slices.Compact(words))) / float64(len(t.list))
	}
	measured, err := m.measure(t, *turns, *length)
	if err != nil {
		return err
	}
	if err := t.end(); err != nil {
		return err
	}
	if comm.Rank() == 0 || m.Pretend {
		out := json.NewEncoder(w)
		for _, turn := range measured {
			if err := out.Encode(turn); err != nil {
				return err
			}
		}
	}
	return finish()
}

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

// block is a while of steps with messages of a kind: of all ranks, or of one while the others sleep.
type block struct{ kind, rank int }

const all = -1

// blocks are those of a turn.
func (m *measurement) blocks(rank int) []block {
	if m.Ranks == 1 || m.Pretend {
		return []block{{unsent, rank}}
	}
	var blocks []block
	for r := range m.Ranks {
		blocks = append(blocks, block{unsent, r})
	}
	return append(blocks, block{unsent, all}, block{short, all}, block{long, all}, block{sent, all})
}

// turn is m with the times of the blocks of a turn.
func (m measurement) turn(times []float64) measurement {
	n := len(times) - 4
	if n < 0 {
		m.Step, m.Alone = times[0], times[0]
		return m
	}
	m.Alone = 0
	for _, alone := range times[:n] {
		m.Alone += alone / float64(n)
	}
	m.Unsent, m.Short, m.Long, m.Step = times[n], times[n+1], times[n+2], times[n+3]
	return m
}

// terms sets what the model wants to know beside each point.
func (m *measurement) terms() {
	m.Crowd, m.Latency, m.PerByte = 1, 0, 0
	if m.Unsent > 0 {
		m.Crowd = m.Unsent / m.Alone
		m.PerByte = max(m.Long-m.Short, 0) * 1e3 / float64(m.Messages*(longer(m.Bytes/m.Messages)-shortBytes))
		m.Latency = max(m.Short-m.Unsent-float64(m.Messages*shortBytes)*m.PerByte/1e3, 0)
	}
}

// measure does a block of each kind of steps, one after the other so that all find the machine in
// the same states, so many times, there and back, as TCP and caches remember what was before. It does so once more
// in the beginning to get warm: machines and solvers allocate in the first steps.
func (m *measurement) measure(t *training, turns int, length time.Duration) ([]measurement, error) {
	comm := t.messages.Comm
	blocks := m.blocks(comm.Rank())
	times := make([]float64, len(blocks))
	var out []measurement
	for turn := range turns + 1 {
		for i := range blocks {
			if turn%2 == 1 {
				i = len(blocks) - 1 - i
			}
			b := blocks[i]
			n := 0 // ranks that do not wait for one another end together by the clock
			if b.kind != unsent {
				n = len(t.list)
				if turn > 0 {
					n = max(int(length.Seconds()*1e6/times[i]), 4)
				}
			}
			took := 0.0
			if b.rank == all || b.rank == comm.Rank() {
				var err error
				if took, err = t.block(b.kind, n, length); err != nil {
					return nil, err
				}
			} else {
				time.Sleep(length * 5 / 4)
			}
			if !m.Pretend {
				each, err := cluster.GatherAll(comm, cluster.Bytes([]float64{took}))
				if err != nil {
					return nil, err
				}
				for _, b := range each {
					took = max(took, cluster.Of[float64](b)[0])
				}
			}
			times[i] = took
		}
		if turn > 0 {
			out = append(out, m.turn(times))
		}
	}
	return out, nil
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
