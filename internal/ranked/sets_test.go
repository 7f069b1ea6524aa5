package ranked

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/nestnet/nestnet/data"
)

const columns = 50

// sets are sets of n examples of every sparse form.
func sets(n int) map[string]*data.Set {
	rng := rand.New(rand.NewPCG(3, uint64(n)))
	forms := map[string]*data.Set{
		"classes": {All: data.Batch{Classes: []int32{}}},
		"weights": {All: data.Batch{Values: []float32{}, Classes: []int32{}, Weights: []float64{}}},
		"labels":  {All: data.Batch{Offsets: []int{2}, Indices: []int32{7, 7}, LabelOffsets: []int{1}, LabelIndices: []int32{7}}},
		"targets": {All: data.Batch{Values: []float32{}, Targets: []float64{}, Weights: []float64{}}},
		"unknown": {All: data.Batch{}},
	}
	for _, set := range forms {
		b := &set.All
		b.Columns = columns
		if b.Offsets == nil {
			b.Offsets = []int{0}
		}
		for range n {
			for c := range int32(columns) {
				if rng.IntN(8) == 0 {
					b.Indices = append(b.Indices, c)
					if b.Values != nil {
						b.Values = append(b.Values, rng.Float32())
					}
				}
			}
			b.Offsets = append(b.Offsets, len(b.Indices))
			if b.Classes != nil {
				b.Classes = append(b.Classes, rng.Int32N(4))
			}
			if b.LabelOffsets != nil {
				for l := range int32(9) {
					if rng.IntN(5) == 0 {
						b.LabelIndices = append(b.LabelIndices, l)
					}
				}
				b.LabelOffsets = append(b.LabelOffsets, len(b.LabelIndices))
			}
			if b.Targets != nil {
				b.Targets = append(b.Targets, rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64())
			}
			if b.Weights != nil {
				b.Weights = append(b.Weights, rng.Float64())
			}
		}
	}
	return forms
}

// cut gives the examples of a set to ranks, of unlike numbers, some none.
func cut(all *data.Set, ranks int) []*data.Set {
	parts := make([]*data.Set, ranks)
	for r := range parts {
		parts[r] = &data.Set{}
	}
	n := all.Len()
	at := 0
	for r, part := range parts {
		end := at + (n-at)/(1+(ranks-r)/2)
		if r%3 == 1 && r < ranks-1 {
			end = at
		}
		if r == ranks-1 {
			end = n
		}
		for ; at < end; at++ {
			part.Append(&all.All, at)
		}
	}
	return parts
}

// bounds are columns of ranks, of unlike numbers.
func bounds(ranks int) []int {
	b := make([]int, ranks+1)
	for r := range ranks {
		b[r] = columns * r * r / (ranks * ranks)
	}
	b[ranks] = columns
	return b
}

// within is b with the columns lo to hi-1 alone, as a batch with nothing beyond its rows.
func within(b *data.Batch, lo, hi int) data.Batch {
	out := data.Batch{Columns: b.Columns, Offsets: []int{0}}
	for i := range b.Rows() {
		indices, values := b.Row(i)
		for k, c := range indices {
			if lo <= int(c) && int(c) < hi {
				out.Indices = append(out.Indices, c)
				if values != nil {
					out.Values = append(out.Values, values[k])
				}
			}
		}
		out.Offsets = append(out.Offsets, len(out.Indices))
	}
	out.Values = optional(out.Values, b.Values != nil)
	out.Classes, out.Targets, out.Weights = slices.Clone(b.Classes), slices.Clone(b.Targets), slices.Clone(b.Weights)
	if len(b.LabelOffsets) > 0 {
		out.LabelOffsets = []int{0}
		for i := range b.Rows() {
			out.LabelIndices = append(out.LabelIndices, b.Labels(i)...)
			out.LabelOffsets = append(out.LabelOffsets, len(out.LabelIndices))
		}
	}
	return out
}

// batches are those of a pass.
func batches(pass data.Pass, lo, hi int) (all []data.Batch, err error) {
	var b data.Batch
	for {
		if err := pass.Next(&b); err != nil {
			return all, err
		}
		if err := b.Check(); err != nil {
			return all, err
		}
		all = append(all, within(&b, lo, hi))
	}
}

// TestCut holds that the parts of tests are a set, unlike and partly empty.
func TestCut(t *testing.T) {
	for name, all := range sets(60) {
		var sizes []int
		joined := &data.Set{}
		for _, part := range cut(all, 7) {
			sizes = append(sizes, part.Len())
			for i := range part.Len() {
				joined.Append(&part.All, i)
			}
		}
		if slices.Max(sizes) <= 60/7 || slices.Min(sizes) > 0 {
			t.Errorf("parts are of %v", sizes)
		}
		if a, b := within(&all.All, 0, columns), within(&joined.All, 0, columns); !reflect.DeepEqual(a, b) {
			t.Errorf("%s: parts are not the set", name)
		}
	}
}
