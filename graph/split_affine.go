package graph

import (
	"slices"

	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SplitAffine computes act(x·W + b), the value of a node of SparseAffine, outside of a
// machine, for as many rows of a batch as one likes. The rows of W that the batch reads
// are cut into parts, and who always computes the same part finds its rows of W in its own
// cache, since package solvers steps them in parts too:
//
//	z_q = Σ_j x_j·W_j over the columns j of part q   (AddPart, side by side)
//	f   = act(z_0 + z_1 + …), b being in z_0         (Finish, side by side by rows)
//
// Numbers are summed in the order of the columns within a part, and then from the first
// part to the last: the bits depend on how many parts there are, and not on who computes
// them when.
type SplitAffine struct {
	act  Activation
	w, b *tensor.Dense

	x      *CSR
	lo     int             // its first row at hand
	bounds []int32         // part q has the columns bounds[q] to bounds[q+1]−1
	z      []*tensor.Dense // by part
}

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

// NewSplitAffine is for a node that FindSparseAffine returned and the values of its W and
// b, whose memory it reads. It takes up to so many rows at a time and that many parts.
func NewSplitAffine(f *gorgonia.Node, w, b *tensor.Dense, rows, parts int) *SplitAffine {
	s := &SplitAffine{act: f.Op().(*affineOp).act, w: w, b: b, z: make([]*tensor.Dense, parts)}
	for q := range s.z {
		s.z[q] = tensor.New(tensor.Of(w.Dtype()), tensor.WithShape(rows, w.Shape()[1]))
	}
	return s
}

// Value is where Finish puts f, the row lo of Begin first.
func (s *SplitAffine) Value() *tensor.Dense { return s.z[0] }

// Begin takes the rows of a batch from lo on, and cuts the rows of W that the whole batch
// reads into parts, of as many rows each.
func (s *SplitAffine) Begin(x *CSR, lo, parts int) {
	s.x, s.lo = x, lo
	touched := x.Touched()
	s.bounds = append(s.bounds[:0], 0)
	for q := 1; q < parts; q++ {
		bound := int32(x.shape[1])
		if at := q * len(touched) / parts; at < len(touched) {
			bound = touched[at]
		}
		s.bounds = append(s.bounds, bound)
	}
	s.bounds = append(s.bounds, int32(x.shape[1]))
}

// Parts is the number of parts that Begin was called with.
func (s *SplitAffine) Parts() int { return len(s.bounds) - 1 }

// AddPart computes z_q for the rows lo to hi of those at hand, counted from 0.
func (s *SplitAffine) AddPart(q, lo, hi int) {
	if s.w.Dtype() == tensor.Float32 {
		addPart[float32](s, q, lo, hi)
	} else {
		addPart[float64](s, q, lo, hi)
	}
}

func addPart[T kernel.Float](s *SplitAffine, q, lo, hi int) {
	z, w, b := floats[T](s.z[q]), floats[T](s.w), floats[T](s.b)
	n := len(b)
	from, to := s.bounds[q], s.bounds[q+1]
	for i := lo; i < hi; i++ {
		row := z[i*n : i*n+n]
		if q == 0 {
			copy(row, b)
		} else {
			clear(row)
		}
		indices, values := s.x.row(s.lo + i)
		first, last := 0, len(indices)
		if q > 0 {
			first, _ = slices.BinarySearch(indices, from)
		}
		if q+1 < len(s.bounds)-1 {
			last, _ = slices.BinarySearch(indices, to)
		}
		if values != nil {
			values = values[first:last]
		}
		kernel.GatherAdd(row, w, indices[first:last], values)
	}
}

// Finish computes f from all parts for the rows lo to hi of those at hand.
func (s *SplitAffine) Finish(lo, hi int) {
	if s.w.Dtype() == tensor.Float32 {
		finish[float32](s, lo, hi)
	} else {
		finish[float64](s, lo, hi)
	}
}

func finish[T kernel.Float](s *SplitAffine, lo, hi int) {
	n := s.w.Shape()[1]
	f := floats[T](s.z[0])[lo*n : hi*n]
	for q := 1; q < s.Parts(); q++ {
		kernel.Add(f, floats[T](s.z[q])[lo*n:hi*n])
	}
	if s.act != Linear {
		kernel.Activate(s.act.kernel(), f, f)
	}
}
