package feedforward

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/solvers"
)

// EvaluateRows is how many examples Evaluate answers at a time with engine Native, whose
// losses are summed first. Of examples that several ranks hold together (cluster.Shared)
// each must have a whole number of them, but for the last.
const EvaluateRows = inferRows

// canShare says whether ranks can train n together.
func canShare(n *Network, fit *Fit) error {
	if !stepsAreOurs(n, fit) {
		return errors.New("feedforward: several processes train together with engine native and a solver of package solvers only")
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// share makes all weights those of rank 0. As a rule they are already, drawn from one seed, and
// that is quicker to find out than to send them.
func (r *ranks) share() error {
	// Two sums of 32 bits that processors have instructions for: a hash that is safe from
	// forgers takes as long as some steps.
	var sums [2]uint32
	for _, p := range r.t.n.params {
		b := memoryOf(p, 0, p.Shape().TotalSize())
		sums[0] = crc32.Update(sums[0], crc32.IEEETable, b)
		sums[1] = crc32.Update(sums[1], castagnoli, b)
	}
	own := cluster.Bytes(sums[:])
	all, err := cluster.GatherAll(r.comm, own)
	if err != nil || !slices.ContainsFunc(all, func(b []byte) bool { return !bytes.Equal(b, own) }) {
		return err
	}
	for _, p := range r.t.n.params {
		if err := r.comm.Broadcast(memoryOf(p, 0, p.Shape().TotalSize()), 0); err != nil {
			return err
		}
	}
	return nil
}

// spread gives all ranks the rows of the table, and of what the solver keeps for them, that
// each of them has.
func (r *ranks) spread(row func(lo, hi int) []byte) error {
	bounds := r.t.table.bounds
	recv := make([][]byte, r.comm.Size())
	for k := range recv {
		recv[k] = row(bounds[k], bounds[k+1])
	}
	return r.comm.Gather(recv[r.comm.Rank()], recv)
}

// spreadWeights makes the table whole on all ranks.
func (r *ranks) spreadWeights() error {
	if r.t.table == nil {
		return nil
	}
	w := r.t.n.params[0]
	units := w.Shape()[1]
	return r.spread(func(lo, hi int) []byte { return memoryOf(w, lo*units, hi*units) })
}

// spreadState makes the table, and s of the table, whole on all ranks.
func (r *ranks) spreadState(s *solvers.State) error {
	if r.t.table == nil {
		return nil
	}
	if err := r.spreadWeights(); err != nil {
		return err
	}
	p := &s.Params[0]
	units := r.t.table.units()
	for _, slot := range p.Tensors {
		err := r.spread(func(lo, hi int) []byte {
			if slot.Float32 != nil {
				return cluster.Bytes(slot.Float32[lo*units : hi*units])
			}
			return cluster.Bytes(slot.Float64[lo*units : hi*units])
		})
		if err != nil {
			return err
		}
	}
	if p.Clock == nil {
		return nil
	}
	return r.spread(func(lo, hi int) []byte { return cluster.Bytes(p.Clock[lo:hi]) })
}

// decide makes an answer of rank 0 that of all ranks.
func (r *ranks) decide(yes bool) (bool, error) {
	b := []byte{0}
	if yes {
		b[0] = 1
	}
	err := r.comm.Broadcast(b, 0)
	return b[0] == 1, err
}

// ended is the error of a context that ended here, or of one that ended on another rank as
// this one knows since the last step. Ranks must stop after the same step, so it is the
// latter that counts.
func (t *trainer) ended(ctx context.Context) error {
	switch {
	case t.team == nil || t.team.ranks == nil:
		return ctx.Err()
	case !t.team.ranks.stop:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return context.Canceled
}

// answered is what the ranks tell each other of examples that they answered.
type answered struct {
	rows   []int     // of each piece
	losses []float64 // sums, of each piece
	out    []float64
	b      data.Batch // what the answers should be
	labels []int      // by example, how many it has
}

func (a *answered) add(b *data.Batch, lo, hi int, out []float64, loss float64) {
	a.rows, a.losses, a.out = append(a.rows, hi-lo), append(a.losses, loss), append(a.out, out...)
	if b.Classes != nil {
		a.b.Classes = append(a.b.Classes, b.Classes[lo:hi]...)
	}
	if len(b.LabelOffsets) > 0 {
		for i := lo; i < hi; i++ {
			a.labels = append(a.labels, len(b.Labels(i)))
			a.b.LabelIndices = append(a.b.LabelIndices, b.Labels(i)...)
		}
	}
	if n := b.Rows(); b.Targets != nil && n > 0 {
		k := len(b.Targets) / n
		a.b.Targets = append(a.b.Targets, b.Targets[lo*k:hi*k]...)
	}
	if b.Weights != nil {
		a.b.Weights = append(a.b.Weights, b.Weights[lo:hi]...)
	}
}

// together gives f what all ranks answered, in the order of the examples.
func (a *answered) together(c cluster.Comm, outputs int, f func(b *data.Batch, lo, hi int, out []float64, loss float64)) error {
	var all [7][][]byte
	for k, own := range [][]byte{
		cluster.Bytes(a.rows), cluster.Bytes(a.losses), cluster.Bytes(a.out), cluster.Bytes(a.b.Classes),
		cluster.Bytes(a.b.LabelIndices), cluster.Bytes(a.b.Targets), cluster.Bytes(a.b.Weights),
	} {
		var err error
		if all[k], err = cluster.GatherAll(c, own); err != nil {
			return err
		}
	}
	labels, err := cluster.GatherAll(c, cluster.Bytes(a.labels))
	if err != nil {
		return err
	}
	for r := range c.Size() {
		rows, losses, out := cluster.Of[int](all[0][r]), cluster.Of[float64](all[1][r]), cluster.Of[float64](all[2][r])
		b := data.Batch{
			Classes: optional(cluster.Of[int32](all[3][r])), LabelIndices: cluster.Of[int32](all[4][r]),
			Targets: optional(cluster.Of[float64](all[5][r])), Weights: optional(cluster.Of[float64](all[6][r])),
		}
		if counts := cluster.Of[int](labels[r]); len(counts) > 0 {
			b.LabelOffsets = []int{0}
			for _, n := range counts {
				b.LabelOffsets = append(b.LabelOffsets, b.LabelOffsets[len(b.LabelOffsets)-1]+n)
			}
		}
		lo := 0
		for k, n := range rows {
			f(&b, lo, lo+n, out[lo*outputs:(lo+n)*outputs], losses[k])
			lo += n
		}
	}
	return nil
}

// optional is nil for nothing.
func optional[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

// checkBounds says whether a source hands out the columns that each rank owns.
func (t *table) checkBounds(source any) error {
	b, ok := source.(interface{ Bounds() []int })
	if !ok {
		return nil
	}
	if bounds := b.Bounds(); !slices.Equal(bounds, t.bounds) {
		return fmt.Errorf("feedforward: the examples are shared out by columns %v, a training with this batch wants %v (Owners)", bounds, t.bounds)
	}
	return nil
}
