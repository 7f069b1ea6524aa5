package graph

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nestnet/nestnet/data"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestCSRSet(t *testing.T) {
	c := NewCSR(tensor.Float32, 4, 70)
	for _, row := range []struct {
		name    string
		b       data.Batch
		touched []int32
		numbers map[[2]int]float32 // all that is not zero
	}{
		{"nothing", data.Batch{Columns: 70}, nil, nil},
		{"presence, an empty row, a shared column",
			data.Batch{Columns: 70, Offsets: []int{0, 2, 2, 5}, Indices: []int32{3, 69, 0, 3, 64}},
			[]int32{0, 3, 64, 69},
			map[[2]int]float32{{0, 3}: 1, {0, 69}: 1, {2, 0}: 1, {2, 3}: 1, {2, 64}: 1}},
		{"values",
			data.Batch{Columns: 70, Offsets: []int{0, 1, 2}, Indices: []int32{63, 63}, Values: []float32{0.5, -2}},
			[]int32{63}, map[[2]int]float32{{0, 63}: 0.5, {1, 63}: -2}},
		{"a part of a longer batch", // the first offset is not 0
			data.Batch{Columns: 70, Offsets: []int{2, 3, 5}, Indices: []int32{1, 2, 9, 5, 8, 7}, Values: []float32{1, 2, 3, 4, 5, 6}},
			[]int32{5, 8, 9}, map[[2]int]float32{{0, 9}: 3, {1, 5}: 4, {1, 8}: 5}},
		{"empty rows only", data.Batch{Columns: 70, Offsets: []int{0, 0, 0}}, nil, nil},
		{"full", data.Batch{Columns: 70, Offsets: []int{0, 1, 2, 3, 4}, Indices: []int32{4, 3, 2, 1}},
			[]int32{1, 2, 3, 4}, map[[2]int]float32{{0, 4}: 1, {1, 3}: 1, {2, 2}: 1, {3, 1}: 1}},
	} {
		if err := row.b.Check(); err != nil {
			t.Fatalf("%s: the test's batch is bad: %v", row.name, err)
		}
		if err := c.Set(&row.b); err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if c.RowsPresent() != row.b.Rows() {
			t.Errorf("%s: %d rows present, want %d", row.name, c.RowsPresent(), row.b.Rows())
		}
		if !slices.Equal(c.Touched(), row.touched) {
			t.Errorf("%s: touched %v, want %v", row.name, c.Touched(), row.touched)
		}
		for i := row.b.Rows(); i < 4; i++ {
			if int(c.offsets[i]) != len(c.indices) || int(c.offsets[i+1]) != len(c.indices) {
				t.Errorf("%s: row %d is not there but holds indices %d to %d", row.name, i, c.offsets[i], c.offsets[i+1])
			}
		}
		d := c.Dense()
		if !slices.Equal(d.Shape(), tensor.Shape{4, 70}) || d.Dtype() != tensor.Float32 {
			t.Errorf("%s: Dense is %v %v", row.name, d.Shape(), d.Dtype())
		}
		for i, v := range d.Float32s() {
			if want := row.numbers[[2]int{i / 70, i % 70}]; v != want {
				t.Errorf("%s: element (%d, %d) is %v, want %v", row.name, i/70, i%70, v, want)
			}
		}
		if !blank(c) {
			t.Fatalf("%s: the bitmap is not left empty", row.name)
		}
	}
}

// blank says whether no bit is left of an index.
func blank(c *CSR) bool {
	for q := range c.segments {
		s := &c.segments[q]
		if slices.ContainsFunc(s.seen, func(w word) bool { return w.bits != 0 }) ||
			slices.ContainsFunc(s.above, func(w uint64) bool { return w != 0 }) {
			return false
		}
	}
	return true
}

// sideBySide runs all parts at the same time.
func sideBySide(n, size int, work func(worker, lo, hi int)) {
	var wg sync.WaitGroup
	for lo := 0; lo < n; lo += size {
		wg.Go(func() { work(lo/size, lo, min(lo+size, n)) })
	}
	wg.Wait()
}

// Random batches against a map, for the invariants that the gradient and the solvers
// build on, with the index made in 1 to 4 parts, cut by itself or anywhere, and of all columns or
// some, first with slots and then by column, of few columns and of many that are hardly in use.
func TestCSRTouched(t *testing.T) {
	for columns, most := range map[int]float64{200: 1, 20_000: 0.005} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) { testCSRTouched(t, columns, most) })
	}
}

func testCSRTouched(t *testing.T, columns int, most float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	c := NewCSR(tensor.Float64, 9, columns)
	sparse := 0
	for round := range 400 {
		b := data.Batch{Columns: columns, Offsets: []int{0}}
		want := map[int32]bool{}
		density, withValues := rng.Float64()*most, rng.IntN(2) == 0
		lo, hi, entries := 0, columns, 0
		if rng.IntN(2) == 0 {
			lo = rng.IntN(columns + 1)
			hi = lo + rng.IntN(columns+1-lo)
		}
		c.Own(lo, hi)
		for i := range int32(rng.IntN(10)) {
			for j := range int32(columns) {
				if rng.Float64() < density {
					b.Indices = append(b.Indices, j)
					if withValues {
						b.Values = append(b.Values, float32(1000*i+j))
					}
					if lo <= int(j) && int(j) < hi {
						want[j] = true
						entries++
					}
				}
			}
			b.Offsets = append(b.Offsets, len(b.Indices))
		}
		if err := c.Set(&b); err != nil {
			t.Fatal(err)
		}
		if parts := 1 + rng.IntN(4); rng.IntN(2) == 0 {
			c.Index(parts, sideBySide)
		} else {
			bounds := []int32{int32(lo), int32(hi)}
			for range parts - 1 {
				bounds = append(bounds, int32(lo+rng.IntN(hi-lo+1)))
			}
			slices.Sort(bounds)
			then := make([][]int32, parts)
			c.IndexParts(bounds, sideBySide, func(_, part int, touched []int32) { then[part] = slices.Clone(touched) })
			for q, touched := range then {
				if len(touched) > 0 && (touched[0] < bounds[q] || touched[len(touched)-1] >= bounds[q+1]) {
					t.Fatalf("part %d, of the columns from %d to %d, has %v", q, bounds[q], bounds[q+1]-1, touched)
				}
			}
			if !slices.Equal(slices.Concat(then...), c.Touched()) {
				t.Fatalf("the parts have the columns %v, together %v", then, c.Touched())
			}
		}
		if round >= 200 {
			c.wantColumns() // once more, the first time
		}
		touched := c.Touched()
		if len(touched) != len(want) {
			t.Fatalf("%d columns touched, want %d", len(touched), len(want))
		}
		for k, j := range touched {
			if !want[j] || k > 0 && touched[k-1] >= j {
				t.Fatalf("touched %v: want the columns in use, ascending, each once", touched)
			}
		}
		// Each place of the batch once, and by column rows ascending.
		found := 0
		for q := range c.segments {
			s := &c.segments[q]
			if !c.byColumn {
				for p, slot := range s.slots {
					if j := s.indices[p]; s.touched[slot] != j || touched[s.at+int(slot)] != j {
						t.Fatalf("column %d has slot %d, which is that of %d", j, slot, s.touched[slot])
					}
					found++
				}
				continue
			}
			for k, j := range s.touched {
				if touched[s.at+k] != j {
					t.Fatalf("column %d of a segment stands at the place of column %d", j, touched[s.at+k])
				}
				rows := s.rows[s.starts[k]:s.starts[k+1]]
				for n, i := range rows {
					if n > 0 && rows[n-1] >= i || !slices.Contains(b.Indices[b.Offsets[i]:b.Offsets[i+1]], j) {
						t.Fatalf("column %d has rows %v", j, rows)
					}
					if b.Values != nil && s.numbers[int(s.starts[k])+n] != float32(1000*i+j) {
						t.Fatalf("column %d of row %d has value %v", j, i, s.numbers[int(s.starts[k])+n])
					}
					found++
				}
			}
		}
		if found != entries {
			t.Fatalf("%d places by column, %d by row", found, entries)
		}
		if len(c.indices) > 0 && c.sparse(&c.segments[0]) {
			sparse++
		}
		if !blank(c) {
			t.Fatal("the bitmap is not left empty")
		}
	}
	if wide := columns > 1000; (sparse > 0) != wide {
		t.Errorf("%d of the batches leave most words of the bitmap empty", sparse)
	}
}

// A batch that does not fit is refused, and the one before stays.
func TestCSRSetErrors(t *testing.T) {
	c := NewCSR(tensor.Float32, 2, 5)
	if err := c.Set(&data.Batch{Columns: 5, Offsets: []int{0, 2}, Indices: []int32{1, 3}}); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		b    data.Batch
		want []string
	}{
		{"too many rows", data.Batch{Columns: 5, Offsets: []int{0, 0, 0, 0}}, []string{"(2, 5)", "3 rows"}},
		{"other columns", data.Batch{Columns: 6, Offsets: []int{0, 0}}, []string{"(2, 5)", "6 columns"}},
		{"dense", data.Batch{Columns: 5, Dense: make([]float64, 5)}, []string{"sparse", "dense"}},
	} {
		err := c.Set(&row.b)
		for _, want := range row.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want one with %q", row.name, err, want)
			}
		}
		if c.RowsPresent() != 1 || !slices.Equal(c.Touched(), []int32{1, 3}) || c.Dense().Float32s()[3] != 1 {
			t.Errorf("%s: after the error the matrix is %v", row.name, c.Dense())
		}
	}
}

func TestCSRReuse(t *testing.T) {
	c := NewCSR(tensor.Float32, 8, 1000)
	big := data.Batch{Columns: 1000, Offsets: []int{0, 400, 800}}
	for range 2 {
		for j := range int32(400) {
			big.Indices = append(big.Indices, 2*j)
		}
	}
	small := data.Batch{Columns: 1000, Offsets: []int{0, 1}, Indices: []int32{999}}
	if err := c.Set(&big); err != nil {
		t.Fatal(err)
	}
	if a := testing.AllocsPerRun(20, func() {
		if c.Set(&small) != nil || c.Set(&big) != nil {
			t.Error("Set failed")
		}
	}); a != 0 {
		t.Errorf("%v allocations in a matrix that was that large before", a)
	}
}

func TestCSRIsAValue(t *testing.T) {
	var v gorgonia.Value = NewCSR(tensor.Float64, 3, 4)
	c := v.(*CSR)
	if err := c.Set(&data.Batch{Columns: 4, Offsets: []int{0, 2}, Indices: []int32{1, 3}}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(v.Shape(), tensor.Shape{3, 4}) || v.Dtype() != tensor.Float64 || v.Size() != 12 {
		t.Errorf("shape %v, type %v, size %d", v.Shape(), v.Dtype(), v.Size())
	}
	if !slices.Equal(v.Data().([]int32), []int32{1, 3}) || v.MemSize() != 8 || v.Uintptr() == 0 {
		t.Errorf("data %v, %d bytes at %x", v.Data(), v.MemSize(), v.Uintptr())
	}
	if s, want := fmt.Sprint(v), "CSR(3, 4) float64, 1 rows, 2 not zero"; s != want {
		t.Errorf("prints as %q, want %q", s, want)
	}
	if n := testing.AllocsPerRun(10, func() { _ = c.Touched() }); n != 0 {
		t.Error("Touched copies")
	}
}

func TestRowGrad(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		g := NewRowGrad(dt, 6, 2)
		var v gorgonia.Value = g
		fillRows := func() {
			for i := range g.Float32s() {
				g.Float32s()[i] = float32(i + 1)
			}
			for i := range g.Float64s() {
				g.Float64s()[i] = float64(i + 1)
			}
		}
		number := func(d *tensor.Dense, i int) float64 {
			if dt == tensor.Float32 {
				return float64(d.Float32s()[i])
			}
			return d.Float64s()[i]
		}
		if g.Dense().Shape().TotalSize() != 12 || number(g.Dense(), 3) != 0 {
			t.Error("a gradient without rows is not zero")
		}
		g.Resize([]int32{1, 4, 5})
		fillRows()
		for i, want := range []float64{0, 0, 1, 2, 0, 0, 0, 0, 3, 4, 5, 6} {
			if got := number(g.Dense(), i); got != want {
				t.Errorf("%v: element %d of Dense is %v, want %v", dt, i, got, want)
			}
		}
		// Fewer rows, then more: all zero, no remains.
		for _, rows := range [][]int32{{2}, {0, 3, 4}, {}} {
			g.Resize(rows)
			if !slices.Equal(g.Rows(), rows) || len(g.Float32s())+len(g.Float64s()) != 2*len(rows) {
				t.Errorf("%v: %d numbers for rows %v", dt, len(g.Float32s())+len(g.Float64s()), g.Rows())
			}
			for i := range 12 {
				if number(g.Dense(), i) != 0 {
					t.Errorf("%v: Resize left %v", dt, g.Dense())
				}
			}
			fillRows()
		}
		if (g.Float32s() == nil) == (g.Float64s() == nil) {
			t.Errorf("%v: both slices, or none, hold numbers", dt)
		}
		rows := []int32{1, 2}
		g.Resize(rows)
		if a := testing.AllocsPerRun(10, func() { g.Resize(rows) }); a != 0 {
			t.Errorf("%v: %v allocations in Resize", dt, a)
		}
		if v.Size() != 12 || v.Dtype() != dt || v.MemSize() != 4*dt.Size() || v.Uintptr() == 0 || v.Data() == nil {
			t.Errorf("%v: size %d, %v, %d bytes", dt, v.Size(), v.Dtype(), v.MemSize())
		}
		if s, want := fmt.Sprint(v), fmt.Sprintf("RowGrad(6, 2) %v, 2 rows", dt); s != want {
			t.Errorf("prints as %q, want %q", s, want)
		}
	}
}
