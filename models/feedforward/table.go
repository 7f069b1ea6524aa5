package feedforward

import (
	"fmt"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// tableParts is into how many parts the rows of a table are cut that a batch of more than
// one shard reads. More would keep the rows of more workers apart, but each part yields a
// matrix that goes round.
const tableParts = 2

// table is the first layer of a network on a sparse x, whose a1 has a row for each word.
// A team computes it outside of its machines, which get its result.
//
// Its rows are most of what a step reads and writes. So that they need not go from one
// core to another, a worker has about the same ones all the time: in the forward pass, in
// the gradient, and in the solver. Only x·a1 + b1 and its gradient go round.
type table struct {
	f, d *gorgonia.Node // act(x·a1 + b1), and the gradient of x·a1 + b1

	x       *graph.CSR
	forward *graph.SplitAffine // of the shards of a wave
	shards  []*tensor.Dense    // f of each of them
	slopes  *tensor.Dense      // d of all rows of the batch
	grad    *graph.RowGrad
}

func newTable(n *Network, base *program, d *gorgonia.Node) *table {
	shape := n.params[0].Shape()
	return &table{f: graph.FindSparseAffine(base.g), d: d, grad: graph.NewRowGrad(n.cfg.Dtype, shape[0], shape[1])}
}

func (t *table) units() int { return t.grad.Shape()[1] }

// load takes a batch.
func (t *table) load(n *Network, b *data.Batch) error {
	rows := b.Rows()
	if t.x == nil || t.x.Shape()[0] < rows {
		t.x = graph.NewCSR(n.cfg.Dtype, rows, n.cfg.Inputs)
		t.slopes = tensor.New(tensor.Of(n.cfg.Dtype), tensor.WithShape(rows, t.units()))
		shards := shardsOf(rows)
		wave := min(shards, waveShards)
		t.forward = graph.NewSplitAffine(t.f, n.params[0], n.params[1], wave*shardRows, min(shards, tableParts))
		t.shards = t.shards[:0]
		for s := range wave {
			t.shards = append(t.shards, part(t.forward.Value(), s*shardRows*t.units(), tensor.Shape{shardRows, t.units()}))
		}
	}
	if err := t.x.Set(b); err != nil {
		return fmt.Errorf("feedforward: %w", err)
	}
	return nil
}

func shardsOf(rows int) int { return (rows + shardRows - 1) / shardRows }
