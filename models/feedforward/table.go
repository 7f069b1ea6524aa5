package feedforward

import (
	"fmt"
	"math/bits"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/halves"
	"github.com/nestnet/nestnet/internal/kernel"
	"github.com/nestnet/nestnet/internal/parallel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// maxParts bounds the parts that tableParts cuts a table into.
const maxParts = 64

// tableParts is into how many parts the rows of a table are cut for batches of so many
// examples, a power of two. Each costs a sum an example, so there are only two, for two
// workers, in small batches, and in large ones as many as there can well be ranks: four
// for four ranks with the usual batch of 64 each, later one for 256 examples. It is part of
// what a training computes, since sums are taken by parts.
func tableParts(batch int) int {
	if batch == Whole {
		return maxParts
	}
	shards := shardsOf(batch)
	if shards == 1 {
		return 1
	}
	return min(max(2, min(floorPower(shards/2), 4), floorPower(shards/8)), maxParts)
}

// floorPower is the largest power of two up to n; 0 for 0.
func floorPower(n int) int { return 1 << bits.Len(uint(n)) >> 1 }

// Owners tells which rows of the first layer's weights each of so many ranks has in a
// training whose steps take batch examples, all ranks together (see Fit.Cluster): rank r
// those from bounds[r] to bounds[r+1]−1. Of the columns of x a rank needs no others.
func Owners(inputs, batch, ranks int) (bounds []int) {
	parts := tableParts(batch)
	columns := graph.PartBounds(inputs, parts)
	for r := range ranks + 1 {
		bounds = append(bounds, int(columns[r*parts/ranks]))
	}
	return bounds
}

// table is the first layer of a network on a sparse x, whose a1 has a row for each word.
// A team computes it outside of its machines, which get its result.
//
// Its rows are most of what a step reads and writes. So that they need not go from one
// core to another, a worker has about the same ones all the time: in the forward pass, in
// the gradient, and in the solver. Only x·a1 + b1 and its gradient go round. It is the same
// among ranks, which have rows of their own altogether.
type table struct {
	f, d *gorgonia.Node // act(x·a1 + b1), and the gradient of x·a1 + b1

	comm    cluster.Comm
	parts   int
	own     halves.Span // the parts of this rank
	bounds  []int       // the rows of each rank
	workers int

	x       *graph.CSR
	forward *graph.SplitAffine
	groups  []int32         // the columns of each of its groups
	shards  []*tensor.Dense // f of each shard at hand, in the rows of each group
	atHand  int             // how many that are
	slopes  []*tensor.Dense // d of all rows of the batch: a copy for each worker, or one for all
	grad    *graph.RowGrad

	// Among ranks:
	roots      []int         // by rank: how many sums it hands over for each example
	sums       *tensor.Dense // these, of the own examples: by rank, root and row
	joins      []halves.Addition
	packed     *tensor.Dense // of all examples: by rank, root and row
	send, recv [][]byte
}

func newTable(n *Network, base *program, d *gorgonia.Node, comm cluster.Comm, batch, workers int) *table {
	shape := n.params[0].Shape()
	t := &table{
		f: graph.FindSparseAffine(base.g), d: d, grad: graph.NewRowGrad(n.cfg.Dtype, shape[0], shape[1]),
		comm: comm, parts: tableParts(batch), bounds: Owners(shape[0], batch, comm.Size()), workers: workers,
	}
	var nodes []halves.Span
	for r := range comm.Size() {
		roots := halves.Cover(t.partsOf(r).From, t.partsOf(r).To, t.parts)
		t.roots, nodes = append(t.roots, len(roots)), append(nodes, roots...)
	}
	t.own = t.partsOf(comm.Rank())
	t.joins = halves.Additions(nodes, []halves.Span{{From: 0, To: t.parts}})
	t.send, t.recv = make([][]byte, comm.Size()), make([][]byte, comm.Size())
	return t
}

// copiedSlopes is up to how many numbers the slopes of a batch are for workers to have copies of
// them: as many as stay in a core's own cache until they are read.
const copiedSlopes = 1 << 17

// slopesFor is what a worker reads the slopes from.
func (t *table) slopesFor(worker int) *tensor.Dense {
	if worker < len(t.slopes) {
		return t.slopes[worker]
	}
	return t.slopes[0]
}

func (t *table) partsOf(rank int) halves.Span {
	return portion(t.comm, rank, t.parts)
}

func (t *table) units() int { return t.grad.Shape()[1] }

// load takes a batch.
func (t *table) load(n *Network, b *data.Batch) error {
	rows, dt, units := b.Rows(), n.cfg.Dtype, t.units()
	if t.x == nil || t.x.Shape()[0] < rows {
		t.x = graph.NewCSR(dt, rows, n.cfg.Inputs)
		t.x.Own(t.bounds[t.comm.Rank()], t.bounds[t.comm.Rank()+1])
		t.slopes = t.slopes[:0]
		copies := 1
		if t.comm.Size() == 1 && rows*units <= copiedSlopes {
			copies = t.workers
		}
		for range copies {
			t.slopes = append(t.slopes, tensor.New(tensor.Of(dt), tensor.WithShape(rows, units)))
		}
		shards := shardsOf(rows)
		atHand, mine := shards, (shards+t.comm.Size()-1)/t.comm.Size()
		if t.comm.Size() == 1 {
			atHand, mine = min(shards, waveShards), min(shards, waveShards)
		}
		t.forward = graph.NewSplitAffine(t.f, n.params[0], n.params[1], atHand*shardRows, t.parts, t.own, t.workers, t.workers)
		t.groups = t.forward.GroupBounds()
		t.sums = t.forward.Value()
		if t.comm.Size() > 1 {
			all := 0
			for _, roots := range t.roots {
				all += roots
			}
			t.sums = tensor.New(tensor.Of(dt), tensor.WithShape(all*mine*shardRows, units))
			t.packed = tensor.New(tensor.Of(dt), tensor.WithShape(max(t.roots[t.comm.Rank()], 1)*rows, units))
		}
		t.shards, t.atHand = t.shards[:0], mine
		groups := 1
		if t.comm.Size() == 1 {
			groups = t.forward.Groups()
		}
		for s := range groups * mine {
			t.shards = append(t.shards, part(t.sums, s*shardRows*units, tensor.Shape{shardRows, units}))
		}
	}
	if err := t.x.Set(b); err != nil {
		return fmt.Errorf("feedforward: %w", err)
	}
	return nil
}

// add computes the own parts for so many rows of the batch, from lo on.
func (t *table) add(pool *parallel.Pool, lo, rows int, work func(worker, lo, hi int)) {
	t.forward.Begin(t.x, lo)
	pool.Run(t.forward.Groups()*shardsOf(rows), 1, work)
}

// exchange gives each rank the sums for its examples, of the batch's rows; examples says
// which these are.
func (t *table) exchange(rows int, examples func(rank int) (lo, hi int)) error {
	t.forward.Join(0, rows)
	if t.grad.Dtype() == tensor.Float32 {
		pack(t, t.packed.Float32s(), t.forward.Value().Float32s(), t.sums.Float32s(), examples)
	} else {
		pack(t, t.packed.Float64s(), t.forward.Value().Float64s(), t.sums.Float64s(), examples)
	}
	return t.comm.Exchange(t.send, t.recv)
}

// pack lays out what goes to the ranks and what comes from them.
func pack[T kernel.Float](t *table, packed, z, sums []T, examples func(rank int) (lo, hi int)) {
	n, me := t.units(), t.comm.Rank()
	from, to := examples(me)
	mine := to - from
	at, node := 0, 0
	for r := range t.send {
		lo, hi := examples(r)
		if t.roots[me] == 1 { // as it is
			t.send[r] = cluster.Bytes(z[lo*n : hi*n])
		} else {
			start := at
			for k := range t.roots[me] {
				row := t.forward.Root(k)
				at += copy(packed[at:], z[(row+lo)*n:(row+hi)*n])
			}
			t.send[r] = cluster.Bytes(packed[start:at])
		}
		t.recv[r] = cluster.Bytes(sums[node*mine*n : (node+t.roots[r])*mine*n])
		node += t.roots[r]
	}
}

// join sums up what all ranks sent for the own examples lo to hi of so many.
func (t *table) join(lo, hi, mine int) {
	if t.grad.Dtype() == tensor.Float32 {
		joinRanks(t, t.sums.Float32s(), lo, hi, mine)
	} else {
		joinRanks(t, t.sums.Float64s(), lo, hi, mine)
	}
}

func joinRanks[T kernel.Float](t *table, sums []T, lo, hi, mine int) {
	n := t.units()
	for _, a := range t.joins {
		to, from := (a.To*mine+lo)*n, (a.From*mine+lo)*n
		kernel.Add(sums[to:to+(hi-lo)*n], sums[from:from+(hi-lo)*n])
	}
}

func shardsOf(rows int) int { return (rows + shardRows - 1) / shardRows }
