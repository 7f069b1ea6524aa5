package graph

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/kernel"
	"gorgonia.org/tensor"
)

// A product has the bits of its definition, summed in the order of the examples, for rows
// short and long, by example and by column, and whatever parts index and product come in; the
// same if it was put off.
func TestSetProduct(t *testing.T) {
	t.Run("float32", func(t *testing.T) {
		testSetProduct(t, tensor.Float32, (*tensor.Dense).Float32s, (*RowGrad).Float32s, (*RowGrad).Part32)
	})
	t.Run("float64", func(t *testing.T) {
		testSetProduct(t, tensor.Float64, (*tensor.Dense).Float64s, (*RowGrad).Float64s, (*RowGrad).Part64)
	})
}

func testSetProduct[T float32 | float64](t *testing.T, dtype tensor.Dtype, of func(*tensor.Dense) []T, rowsOf func(*RowGrad) []T, part func(g *RowGrad, worker int, to []T, lo, hi int)) {
	const capacity, columns = 9, 300
	rng := rand.New(rand.NewPCG(3, 4))
	for _, units := range []int{1, 2, 3, 4, 5, 8, narrow, narrow + 1, 20} {
		x, g := NewCSR(dtype, capacity, columns), NewRowGrad(dtype, columns, units)
		for round := range 40 {
			b := data.Batch{Columns: columns, Offsets: []int{0}}
			if round%2 == 1 {
				b.Values = []float32{}
			}
			for range rng.IntN(capacity + 1) {
				for j := range int32(columns) {
					if rng.IntN(8) == 0 || j == 7 && rng.IntN(2) == 0 {
						b.Indices = append(b.Indices, j)
						if b.Values != nil {
							b.Values = append(b.Values, float32(rng.NormFloat64()))
						}
					}
				}
				b.Offsets = append(b.Offsets, len(b.Indices))
			}
			d := tensor.New(tensor.Of(dtype), tensor.WithShape(capacity, units))
			slopes := of(d)
			for k := range slopes {
				slopes[k] = T(rng.NormFloat64())
			}
			if round == 20 {
				x.wantColumns() // as when a wider gradient shares the batch
			}
			if err := x.Set(&b); err != nil {
				t.Fatal(err)
			}
			x.Index(1+rng.IntN(3), sideBySide)
			g.Begin(x)
			if want := units > narrow || round >= 20; x.byColumn != want {
				t.Fatalf("rows of %d, round %d: by column is %v, want %v", units, round, x.byColumn, want)
			}
			want := make([]T, len(g.Rows())*units)
			for i := range b.Rows() {
				indices, values := b.Row(i)
				for p, j := range indices {
					k, _ := slices.BinarySearch(g.Rows(), j)
					to, from := want[k*units:(k+1)*units], slopes[i*units:(i+1)*units]
					if values != nil {
						kernel.Axpy(to, T(values[p]), from) // rounds as it does everywhere on this processor
					} else {
						kernel.Add(to, from)
					}
				}
			}
			for k := range rowsOf(g) {
				rowsOf(g)[k] = -1 // of the batch before
			}
			for lo := 0; lo < len(g.Rows()); {
				hi := min(lo+1+rng.IntN(1+len(g.Rows())), len(g.Rows()))
				g.SetProduct(x, d, lo, hi)
				lo = hi
			}
			if !slices.Equal(rowsOf(g), want) {
				t.Fatalf("rows of %d, round %d: %v, want %v", units, round, rowsOf(g), want)
			}
			if off := g.PutOff(x, d); off != (units > narrow) || off != g.IsPutOff() {
				t.Fatalf("rows of %d: put off: %v, and so it is: %v", units, off, g.IsPutOff())
			} else if !off {
				continue
			}
			n := len(g.Rows())
			lo := rng.IntN(n + 1)
			hi := lo + rng.IntN(n-lo+1)
			got := make([]T, (hi-lo)*units+1)
			for k := range got {
				got[k] = -1
			}
			part(g, 0, got, lo, hi)
			if !slices.Equal(got[:len(got)-1], want[lo*units:hi*units]) || got[len(got)-1] != -1 {
				t.Fatalf("rows of %d, places %d to %d: %v, want %v", units, lo, hi, got, want[lo*units:hi*units])
			}
			if places := x.Parts(nil); places[0] != 0 || places[len(places)-1] != n || !slices.IsSorted(places) {
				t.Fatalf("parts of %d rows begin at %v", n, places)
			}
			var rows []int32
			for len(rows) < n {
				more := g.RowsFrom(len(rows), min(len(rows)+1+rng.IntN(n), n))
				if rows = append(rows, more...); len(more) == 0 {
					break
				}
			}
			if !slices.Equal(rows, g.Rows()) || g.Len() != n {
				t.Fatalf("rows %v piece by piece, %v (%d) in one list", rows, g.Rows(), g.Len())
			}
			// Of several copies of d each worker reads its own.
			g.PutOff(x, d, tensor.New(tensor.WithShape(capacity, units), tensor.Of(dtype)), d)
			for worker, want := range [][]T{want[lo*units : hi*units], make([]T, (hi-lo)*units), want[lo*units : hi*units], want[lo*units : hi*units]} {
				if part(g, worker, got, lo, hi); !slices.Equal(got[:len(got)-1], want) {
					t.Fatalf("worker %d of 3 copies: %v, want %v", worker, got, want)
				}
			}
			if !slices.Equal(rowsOf(g), want) || g.IsPutOff() {
				t.Fatalf("rows of %d: asked for all of what was put off: %v, want %v", units, rowsOf(g), want)
			}
		}
	}
}
