package graph

import (
	"slices"

	"github.com/nestnet/nestnet/internal/halves"
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SplitAffine computes act(x·W + b), the value of a node of SparseAffine, outside of a
// machine, for as many rows of a batch as one likes. The rows of W are cut into parts of
// as many rows each, see PartBounds, and who always computes the same parts finds their
// rows of W in its own cache, or need not have others at all:
//
//	z_q = Σ_j x_j·W_j over the columns j of part q, b being in z_0
//	f   = act(Σ_q z_q)
//
// Numbers are summed in the order of the columns within a part, and the parts by halves
// (package halves): the bits depend on how many parts there are, and not on who computes
// them when. So parts may be computed in groups of neighbours.
type SplitAffine struct {
	act    Activation
	w, b   *tensor.Dense
	bounds []int32 // of all parts

	groups  []halves.Span       // of the own parts
	roots   []halves.Span       // the largest nodes that they make
	joins   []halves.Addition   // from groups to roots
	into    [][]halves.Addition // by group: the same for one root, whose sum is then in that group's place
	rootAt  []int               // by root, the group that has its sum after Join
	rows    int
	z       *tensor.Dense   // by group, and for each of them by row
	scratch []*tensor.Dense // by worker: sums under way, chunkRows for each depth
	places  [][]int32       // by worker: where each row of a chunk goes on, and where a part stops

	x  *CSR
	lo int // its first row at hand
}

const (
	// maxDepth is how many sums of parts can be under way at a time: enough for 2¹⁶ parts.
	maxDepth = 17
	// chunkRows is how many rows are summed up together.
	chunkRows = 32
)

// FindSparseAffine returns the node of the graph whose op is that of SparseAffine; nil if
// there is none.
func FindSparseAffine(g *gorgonia.ExprGraph) *gorgonia.Node {
	for _, n := range g.AllNodes() {
		if op, ok := n.Op().(*affineOp); ok && op.sparse {
			return n
		}
	}
	return nil
}

// PartBounds cuts the columns of x into parts: part q has those from bounds[q] to
// bounds[q+1]−1.
func PartBounds(columns, parts int) []int32 {
	bounds := make([]int32, parts+1)
	for q := range bounds {
		bounds[q] = int32(q * columns / parts)
	}
	return bounds
}

// NewSplitAffine is for a node that FindSparseAffine returned and the values of its W and
// b, whose memory it reads. Of so many parts it computes those of own, if it can in as
// many groups as are asked for, for up to so many rows at a time and on so many workers.
func NewSplitAffine(f *gorgonia.Node, w, b *tensor.Dense, rows, parts int, own halves.Span, groups, workers int) *SplitAffine {
	s := &SplitAffine{
		act: f.Op().(*affineOp).act, w: w, b: b, rows: rows,
		bounds: PartBounds(w.Shape()[0], parts),
		roots:  halves.Cover(own.From, own.To, parts),
	}
	s.groups = halves.Split(s.roots, groups)
	s.joins = halves.Additions(s.groups, s.roots)
	for _, root := range s.roots {
		s.rootAt = append(s.rootAt, slices.IndexFunc(s.groups, func(g halves.Span) bool { return g.From == root.From }))
	}
	for g := range s.groups {
		s.into = append(s.into, at(s.joins, len(s.groups), g))
	}
	units := w.Shape()[1]
	s.z = tensor.New(tensor.Of(w.Dtype()), tensor.WithShape(max(len(s.groups), 1)*rows, units))
	for range workers {
		s.scratch = append(s.scratch, tensor.New(tensor.Of(w.Dtype()), tensor.WithShape(maxDepth*chunkRows, units)))
		s.places = append(s.places, make([]int32, 2*chunkRows))
	}
	return s
}

// at is what additions of the sums of so many groups make, but that what they add to group g is
// in its place whenever it is on one side: it does not matter which of two summands is the first.
func at(joins []halves.Addition, groups, g int) []halves.Addition {
	place := make([]int, groups) // where the sum is that joins has in place k
	for k := range place {
		place[k] = k
	}
	var adds []halves.Addition
	for _, a := range joins {
		to, from := place[a.To], place[a.From]
		if from == g {
			to, from = from, to
		}
		place[a.To] = to
		adds = append(adds, halves.Addition{To: to, From: from})
	}
	return adds
}

// Begin takes the rows of a batch from lo on.
func (s *SplitAffine) Begin(x *CSR, lo int) { s.x, s.lo = x, lo }

// Groups is the number of groups.
func (s *SplitAffine) Groups() int { return len(s.groups) }

// GroupBounds cuts the columns into those of each group: group g has those from bounds[g] to
// bounds[g+1]−1. Nil if there is no group.
func (s *SplitAffine) GroupBounds() []int32 {
	var bounds []int32
	for g, span := range s.groups {
		if g == 0 {
			bounds = append(bounds, s.bounds[span.From])
		}
		bounds = append(bounds, s.bounds[span.To])
	}
	return bounds
}

// Roots are the nodes of the sum over all parts that Join leaves.
func (s *SplitAffine) Roots() []halves.Span { return s.roots }

// Value has the sums of all groups, row by row, and in the end f.
func (s *SplitAffine) Value() *tensor.Dense { return s.z }

// Root is the row of Value where the sums of root k begin after Join, with the row lo of
// Begin.
func (s *SplitAffine) Root(k int) int { return s.rootAt[k] * s.rows }

// AddGroup computes group g of the parts for the rows lo to hi of those at hand, counted
// from 0. Groups and rows may be computed side by side, each on another worker. away says that
// another worker is going to read the sums.
func (s *SplitAffine) AddGroup(worker, g, lo, hi int, away bool) {
	if s.w.Dtype() == tensor.Float32 {
		addGroup[float32](s, worker, g, lo, hi, away)
	} else {
		addGroup[float64](s, worker, g, lo, hi, away)
	}
}

// chunk is some rows of x on their way through a group.
type chunk[T kernel.Float] struct {
	bounds   []int32
	w, b     []T
	scratch  []T
	x        *CSR
	at, ends []int32 // by row: what is left of it, as places in x
	last     int     // the part after the last one in it
	stop     []int32 // by row: how far a part goes
}

func addGroup[T kernel.Float](s *SplitAffine, worker, g, lo, hi int, away bool) {
	c := chunk[T]{bounds: s.bounds, w: floats[T](s.w), b: floats[T](s.b), scratch: floats[T](s.scratch[worker]), x: s.x}
	n := len(c.b)
	z := floats[T](s.z)[g*s.rows*n:]
	span := s.groups[g]
	// As a rule the index has found out where the columns of the group are.
	known := s.x.indexOf(s.bounds[span.From], s.bounds[span.To])
	for ; lo < hi; lo += chunkRows {
		end := min(lo+chunkRows, hi)
		places, rows := s.places[worker], end-lo
		c.at, c.stop = places[:rows], places[chunkRows:][:rows]
		if known != nil {
			copy(c.at, known.starting[s.lo+lo:])
			c.ends, c.last = known.stopping[s.lo+lo:][:rows], span.To
		} else {
			offsets := s.x.offsets[s.lo+lo:][:rows+1]
			c.ends, c.last = offsets[1:], len(c.bounds)-1
			if span.From > 0 {
				kernel.Cuts(c.at, s.x.indices, offsets, c.ends, s.bounds[span.From])
			} else {
				copy(c.at, offsets)
			}
		}
		if to := z[lo*n : end*n]; away {
			sums := c.scratch[:len(to)]
			c.sum(sums, span.From, span.To, 1)
			kernel.CopyOut(to, sums)
		} else {
			c.sum(to, span.From, span.To, 0)
		}
	}
}

// sum sets to to the sums of the parts from lo to hi. Those at depth and below in scratch are free.
func (c *chunk[T]) sum(to []T, lo, hi, depth int) {
	if hi-lo > 1 {
		mid := halves.Mid(lo, hi)
		c.sum(to, lo, mid, depth)
		other := c.scratch[depth*chunkRows*len(c.b):][:len(to)]
		c.sum(other, mid, hi, depth+1)
		kernel.Add(to, other)
		return
	}
	if lo == 0 {
		kernel.Broadcast(to, c.b, len(c.at))
	}
	stop := c.ends
	if hi < c.last {
		stop = c.stop
		kernel.Cuts(stop, c.x.indices, c.at, c.ends, c.bounds[hi])
	}
	kernel.GatherLists(to, c.w, len(c.b), c.x.indices, c.x.values, c.at, stop, lo == 0)
	copy(c.at, stop)
}

// Join sums up the groups to roots for the rows lo to hi of those at hand.
func (s *SplitAffine) Join(lo, hi int) {
	if s.w.Dtype() == tensor.Float32 {
		join[float32](s, s.joins, lo, hi)
	} else {
		join[float64](s, s.joins, lo, hi)
	}
}

// JoinInto is Join where all parts are the own ones, so that there is one root, but leaves the
// sums in the rows of group g: a worker that computed that group has these in its cache, and
// need not get all others for itself alone to change them.
func (s *SplitAffine) JoinInto(g, lo, hi int) {
	if s.w.Dtype() == tensor.Float32 {
		join[float32](s, s.into[g], lo, hi)
	} else {
		join[float64](s, s.into[g], lo, hi)
	}
}

// Prefetch asks for what JoinInto is going to read of other groups.
func (s *SplitAffine) Prefetch(g, lo, hi int) {
	if s.w.Dtype() != tensor.Float32 {
		return
	}
	n, z := s.w.Shape()[1], s.z.Float32s()
	for k := range s.groups {
		if k != g {
			kernel.Prefetch(z[(k*s.rows+lo)*n : (k*s.rows+hi)*n])
		}
	}
}

func join[T kernel.Float](s *SplitAffine, joins []halves.Addition, lo, hi int) {
	n := s.w.Shape()[1]
	z := floats[T](s.z)
	for _, a := range joins {
		to, from := (a.To*s.rows+lo)*n, (a.From*s.rows+lo)*n
		kernel.Add(z[to:to+(hi-lo)*n], z[from:from+(hi-lo)*n])
	}
}

// Finish makes f of the sums over all parts in the rows lo to hi of z, in place.
func (s *SplitAffine) Finish(z *tensor.Dense, lo, hi int) {
	if s.act == Linear {
		return
	}
	n := s.w.Shape()[1]
	if s.w.Dtype() == tensor.Float32 {
		f := z.Float32s()[lo*n : hi*n]
		kernel.Activate(s.act.kernel(), f, f)
	} else {
		f := z.Float64s()[lo*n : hi*n]
		kernel.Activate(s.act.kernel(), f, f)
	}
}
