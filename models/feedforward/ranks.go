package feedforward

import (
	"context"
	"slices"

	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/halves"
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/tensor"
)

// ranks lets a team compute its part of a batch that several processes compute together.
// For the batch of n examples, w words an example, u units of the first layer, p other
// parameters and R ranks, each rank
//
//	sums up n·w/R rows of a1, its own ones, for the first layer of all examples,
//	sends each other rank the n/R·u sums for its examples,
//	computes the other layers of its n/R examples,
//	sends all others the n/R·u slopes of the first layer and p sums of gradients,
//	and steps its own rows of a1, and all other parameters, as all ranks do.
type ranks struct {
	t    *team
	comm cluster.Comm

	own    halves.Span // the shards of this rank
	mine   int         // their examples
	shards int         // of the batch that these are for
	rows   int         // its examples

	roots    []int         // by rank: nodes of the sum over all shards that it sums up
	ownNodes []halves.Span // the own ones
	joins    []halves.Addition
	sums     []*tensor.Dense // of the own nodes
	nodes    [][]byte        // of all ranks, as they came

	ctx  context.Context
	stop bool // on some rank it has ended

	message    []byte // slopes, sums of gradients, losses, whether ctx has ended
	recv       [][]byte
	examplesOf func(rank int) (lo, hi int)
}

func newRanks(t *team, comm cluster.Comm) *ranks {
	r := &ranks{t: t, comm: comm, recv: make([][]byte, comm.Size())}
	r.examplesOf = r.examples
	return r
}

// shardsOf are the shards of a rank.
func (r *ranks) shardsOf(rank int) halves.Span {
	return portion(r.comm, rank, r.shards)
}

// portion is what a rank has of n things that all ranks share evenly.
func portion(c cluster.Comm, rank, n int) halves.Span {
	return halves.Span{From: rank * n / c.Size(), To: (rank + 1) * n / c.Size()}
}

// examples are the examples of a rank.
func (r *ranks) examples(rank int) (lo, hi int) {
	s := r.shardsOf(rank)
	return min(s.From*shardRows, r.rows), min(s.To*shardRows, r.rows)
}

// begin shares out a batch.
func (r *ranks) begin(rows int) {
	if rows == r.rows {
		return
	}
	r.rows, r.shards = rows, shardsOf(rows)
	r.own = r.shardsOf(r.comm.Rank())
	lo, hi := r.examples(r.comm.Rank())
	r.mine = hi - lo
	r.roots = r.roots[:0]
	var nodes []halves.Span
	for rank := range r.comm.Size() {
		s := r.shardsOf(rank)
		roots := halves.Cover(s.From, s.To, r.shards)
		r.roots, nodes = append(r.roots, len(roots)), append(nodes, roots...)
		if rank == r.comm.Rank() {
			r.ownNodes = roots
		}
	}
	r.joins = halves.Additions(nodes, []halves.Span{{From: 0, To: r.shards}})
	for len(r.sums) < len(r.ownNodes) {
		r.sums = append(r.sums, tensor.New(tensor.Of(r.t.n.cfg.Dtype), tensor.WithShape(max(r.t.width, 1))))
	}
	for rank := range r.recv {
		if n := r.size(rank); cap(r.recv[rank]) < n {
			r.recv[rank] = make([]byte, n)
		} else {
			r.recv[rank] = r.recv[rank][:n]
		}
	}
	r.nodes = make([][]byte, len(nodes))
}

// size is how many bytes a rank sends to all.
func (r *ranks) size(rank int) int {
	s := r.shardsOf(rank)
	lo, hi := r.examples(rank)
	numbers := r.roots[rank] * r.t.width
	if r.t.table != nil {
		numbers += (hi - lo) * r.t.table.units()
	}
	return numbers*r.width() + 8*(s.To-s.From) + 1
}

// width is that of a number, in bytes.
func (r *ranks) width() int { return int(r.t.n.cfg.Dtype.Size()) }

// run computes what of a batch is this rank's, and takes from the others what is theirs.
func (r *ranks) run() error {
	t := r.t
	r.begin(t.batch.Rows())
	if t.table != nil {
		if !t.z1 {
			t.table.add(t.pool, 0, r.rows, t.doForward)
		}
		if err := t.table.exchange(r.rows, r.examplesOf); err != nil {
			return err
		}
	}
	for k, node := range r.ownNodes {
		if err := t.add(node, r.sums[k]); err != nil {
			return err
		}
	}
	lo, hi := r.examples(r.comm.Rank())
	r.message = r.message[:0]
	if t.table != nil {
		u := t.table.units()
		r.put(t.table.slopes[0], lo*u, hi*u)
	}
	for _, s := range r.sums[:len(r.ownNodes)] {
		r.put(s, 0, t.width)
	}
	r.message = append(r.message, cluster.Bytes(t.losses[r.own.From:r.own.To])...)
	ended := byte(0)
	if r.ctx != nil && r.ctx.Err() != nil {
		ended = 1
	}
	r.message = append(r.message, ended)
	if err := r.comm.Gather(r.message, r.recv); err != nil {
		return err
	}
	nodes, size := r.nodes[:0], t.width*r.width()
	for rank, b := range r.recv {
		if t.table != nil {
			lo, hi := r.examples(rank)
			u := t.table.units()
			b = b[copy(memoryOf(t.table.slopes[0], lo*u, hi*u), b):]
		}
		for range r.roots[rank] {
			nodes, b = append(nodes, b[:size]), b[size:]
		}
		s := r.shardsOf(rank)
		b = b[copy(cluster.Bytes(t.losses[s.From:s.To]), b):]
		r.stop = r.stop || b[0] == 1
	}
	for _, a := range r.joins {
		if t.n.cfg.Dtype == tensor.Float32 {
			addBytes[float32](nodes[a.To], nodes[a.From])
		} else {
			addBytes[float64](nodes[a.To], nodes[a.From])
		}
	}
	copy(memoryOf(t.sum, 0, t.width), nodes[0])
	return nil
}

// put adds the numbers lo to hi of x to the message.
func (r *ranks) put(x *tensor.Dense, lo, hi int) {
	at, width := len(r.message), r.width()
	r.message = slices.Grow(r.message, (hi-lo)*width)[:at+(hi-lo)*width]
	if to := r.message[at:]; x.Dtype() == tensor.Float32 {
		kernel.CopyOut(cluster.Of[float32](to), x.Float32s()[lo:hi])
	} else {
		kernel.CopyOut(cluster.Of[float64](to), x.Float64s()[lo:hi])
	}
}

// memoryOf is the memory of the numbers lo to hi of x.
func memoryOf(x *tensor.Dense, lo, hi int) []byte {
	if x.Dtype() == tensor.Float32 {
		return cluster.Bytes(x.Float32s()[lo:hi])
	}
	return cluster.Bytes(x.Float64s()[lo:hi])
}

// addBytes adds the numbers that from is the memory of to those of to.
func addBytes[T kernel.Float](to, from []byte) {
	kernel.Add(cluster.Of[T](to), cluster.Of[T](from))
}
