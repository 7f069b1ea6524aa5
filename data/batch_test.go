package data

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestBatchCheck(t *testing.T) {
	for _, test := range []struct {
		name string
		b    Batch
		want string // in the error; empty: no error
	}{
		{"zero value", Batch{}, "0 columns, want at least 1"},
		{"negative columns", Batch{Columns: -1}, "-1 columns, want at least 1"},
		{"no rows", Batch{Columns: 3}, ""},
		{"no sparse rows", Batch{Columns: 3, Offsets: []int{0}}, ""},
		{"sparse", Batch{Columns: 3, Offsets: []int{0, 2, 2, 3}, Indices: []int32{0, 2, 1}}, ""},
		{"sparse with everything", Batch{Columns: 3, Offsets: []int{0, 1, 2}, Indices: []int32{0, 2}, Values: []float32{.5, 2},
			Classes: []int32{1, 0}, Targets: []float64{1, 2, 3, 4}, Weights: []float64{1, 2}}, ""},
		{"part of larger slices", Batch{Columns: 3, Offsets: []int{1, 2}, Indices: []int32{9, 2, 9}}, ""},
		{"dense", Batch{Columns: 2, Dense: []float64{1, 2, 3, 4}, Classes: []int32{0, 1}}, ""},
		{"labels", Batch{Columns: 1, Dense: []float64{1, 2, 3}, LabelOffsets: []int{0, 2, 2, 3}, LabelIndices: []int32{0, 7, 2}}, ""},
		{"part of more labels", Batch{Columns: 1, Dense: []float64{1}, LabelOffsets: []int{1, 2}, LabelIndices: []int32{9, 2, 9}}, ""},

		{"dense rows not whole", Batch{Columns: 2, Dense: []float64{1, 2, 3}}, "3 dense numbers are no whole number of rows of 2"},
		{"first offset negative", Batch{Columns: 2, Offsets: []int{-1, 0}}, "offsets run from -1 to 0"},
		{"last offset too large", Batch{Columns: 2, Offsets: []int{0, 2}, Indices: []int32{0}}, "offsets run from 0 to 2, but there are 1 indices"},
		{"values", Batch{Columns: 2, Offsets: []int{0, 1}, Indices: []int32{0}, Values: []float32{1, 2}}, "2 values for 1 indices"},
		{"offsets descend", Batch{Columns: 2, Offsets: []int{0, 2, 1, 2}, Indices: []int32{0, 1}}, "row 1: offset 2 is followed by the smaller 1"},
		{"offset beyond what follows", Batch{Columns: 2, Offsets: []int{0, 10, 2}, Indices: []int32{0, 1}}, "row 1: offset 10 is followed by the smaller 2"},
		{"emptied", Batch{Columns: 2, Targets: []float64{}, Classes: []int32{}}, ""},
		{"column twice", Batch{Columns: 2, Offsets: []int{0, 2}, Indices: []int32{1, 1}}, "row 0: column 1 after 1"},
		{"columns descend", Batch{Columns: 2, Offsets: []int{0, 0, 2}, Indices: []int32{1, 0}}, "row 1: column 0 after 1"},
		{"column too large", Batch{Columns: 2, Offsets: []int{0, 1}, Indices: []int32{2}}, "row 0: column 2 after -1"},
		{"column negative", Batch{Columns: 2, Offsets: []int{0, 1}, Indices: []int32{-1}}, "row 0: column -1 after -1"},
		{"classes", Batch{Columns: 1, Dense: []float64{1, 2}, Classes: []int32{0}}, "1 classes for 2 rows"},
		{"classes without rows", Batch{Columns: 1, Classes: []int32{0}}, "1 classes for 0 rows"},
		{"sets of labels", Batch{Columns: 1, Dense: []float64{1, 2}, LabelOffsets: []int{0, 0}}, "1 sets of labels for 2 rows"},
		{"labels beyond", Batch{Columns: 1, Dense: []float64{1}, LabelOffsets: []int{0, 2}, LabelIndices: []int32{0}}, "labels: offsets run from 0 to 2, but there are 1 indices"},
		{"label offsets descend", Batch{Columns: 1, Dense: []float64{1, 2}, LabelOffsets: []int{0, 2, 1}, LabelIndices: []int32{0, 1}}, "labels: row 1: offset 2 is followed by the smaller 1"},
		{"label twice", Batch{Columns: 1, Dense: []float64{1}, LabelOffsets: []int{0, 2}, LabelIndices: []int32{3, 3}}, "row 0: label 3 after 3"},
		{"label negative", Batch{Columns: 1, Dense: []float64{1}, LabelOffsets: []int{0, 1}, LabelIndices: []int32{-1}}, "row 0: label -1 after -1"},
		{"targets", Batch{Columns: 1, Dense: []float64{1, 2}, Targets: []float64{1, 2, 3}}, "3 targets do not fit 2 rows"},
		{"targets without rows", Batch{Columns: 1, Targets: []float64{1}}, "1 targets do not fit 0 rows"},
		{"weights", Batch{Columns: 1, Dense: []float64{1, 2}, Weights: []float64{1}}, "1 weights for 2 rows"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.b.Check()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestAscend holds the quick check to the definition.
func TestAscend(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for range 3000 {
		indices, offsets := []int32{int32(rng.IntN(9))}, []int{1} // one before the rows
		good, columns := true, 3+rng.IntN(40)
		for range rng.IntN(6) {
			last := int32(-1)
			for range rng.IntN(20) {
				j := last + 1 + int32(rng.IntN(3))
				if rng.IntN(40) == 0 {
					j -= int32(rng.IntN(5))
				}
				good = good && j > last && int(j) < columns
				indices, last = append(indices, j), j
			}
			offsets = append(offsets, len(indices))
		}
		indices = append(indices, int32(rng.IntN(9))) // and one behind them
		b := Batch{Columns: columns, Offsets: offsets, Indices: indices}
		if err := b.Check(); ascend(offsets, indices, columns) != good || (err == nil) != good {
			t.Fatalf("%v in rows %v, %d columns: error %v, want well formed %v", indices, offsets, columns, err, good)
		}
	}
	if ascend([]int{0, 1}, []int32{-1}, 1<<40) {
		t.Error("a negative column passes where there are many")
	}
}

func TestBatchRows(t *testing.T) {
	for _, test := range []struct {
		name string
		b    Batch
		want int
	}{
		{"zero value", Batch{}, 0},
		{"empty sparse", Batch{Columns: 2, Offsets: []int{0}}, 0},
		{"sparse", Batch{Columns: 2, Offsets: []int{0, 0, 1}, Indices: []int32{1}}, 2},
		{"dense", Batch{Columns: 2, Dense: make([]float64, 6)}, 3},
		{"dense without columns", Batch{Dense: make([]float64, 6)}, 0},
		{"sparse goes first", Batch{Columns: 2, Offsets: []int{0, 0}, Dense: make([]float64, 6)}, 1},
	} {
		if got := test.b.Rows(); got != test.want {
			t.Errorf("%s: %d rows, want %d", test.name, got, test.want)
		}
	}
}

func TestBatchRow(t *testing.T) {
	b := Batch{Columns: 6, Offsets: []int{1, 3, 3, 4}, Indices: []int32{0, 2, 5, 2}}
	for i, want := range [][]int32{{2, 5}, {}, {2}} {
		if got, values := b.Row(i); !slices.Equal(got, want) || values != nil {
			t.Errorf("row %d: %v, %v, want %v and no values", i, got, values, want)
		}
	}
	b.Values = []float32{9, .5, 2, 3}
	if _, values := b.Row(0); !slices.Equal(values, []float32{.5, 2}) {
		t.Errorf("values of row 0: %v", values)
	}
}

// forms are sets of n examples of every form; in each, example i is recognised by
// the number i.
func forms(n int) map[string]*Set {
	sets := map[string]*Set{
		"presence": {All: Batch{Columns: n, Offsets: []int{0}}},
		"values":   {All: Batch{Columns: n, Offsets: []int{0}, Values: []float32{}}},
		"dense":    {All: Batch{Columns: 2}},
		"shifted":  {All: Batch{Columns: n, Offsets: []int{2}, Indices: []int32{7, 7}}},
		"labels":   {All: Batch{Columns: n, Offsets: []int{0}, LabelOffsets: []int{1}, LabelIndices: []int32{7}}},
	}
	for i := range n {
		x := int32(i)
		b := &sets["presence"].All
		b.Indices = append(b.Indices, x)
		b.Offsets = append(b.Offsets, len(b.Indices))
		b.Classes = append(b.Classes, x)

		// Every other row empty, so that rows differ in length.
		b = &sets["values"].All
		if i%2 == 0 {
			b.Indices = append(b.Indices, x)
			b.Values = append(b.Values, float32(i))
		}
		b.Offsets = append(b.Offsets, len(b.Indices))
		b.Targets = append(b.Targets, float64(i), -float64(i))
		b.Weights = append(b.Weights, float64(i))

		b = &sets["dense"].All
		b.Dense = append(b.Dense, float64(i), -float64(i))
		b.Classes = append(b.Classes, x)

		b = &sets["shifted"].All
		b.Indices = append(b.Indices, x)
		b.Offsets = append(b.Offsets, len(b.Indices))
		b.Weights = append(b.Weights, float64(i))

		// None, one or two labels, each of which tells the example.
		b = &sets["labels"].All
		b.Indices = append(b.Indices, x)
		b.Offsets = append(b.Offsets, len(b.Indices))
		for k := range i % 3 {
			b.LabelIndices = append(b.LabelIndices, int32(i+k*n))
		}
		b.LabelOffsets = append(b.LabelOffsets, len(b.LabelIndices))
	}
	return sets
}

// numbers returns which examples of forms the rows of b are, and complains where
// the parts of a row belong to different ones.
func numbers(t *testing.T, b *Batch) []int {
	t.Helper()
	if err := b.Check(); err != nil {
		t.Fatal(err)
	}
	var out []int
	for i := range b.Rows() {
		var seen []float64
		if b.Classes != nil {
			seen = append(seen, float64(b.Classes[i]))
		}
		if len(b.LabelOffsets) > 0 {
			labels := b.Labels(i)
			for _, l := range labels {
				seen = append(seen, float64(int(l)%b.Columns))
			}
			if x, _ := b.Row(i); len(labels) != int(x[0])%3 {
				t.Fatalf("example %d has the labels %v", x[0], labels)
			}
		}
		if b.Targets != nil {
			seen = append(seen, b.Targets[2*i], -b.Targets[2*i+1])
		}
		if b.Weights != nil {
			seen = append(seen, b.Weights[i])
		}
		if len(b.Dense) > 0 {
			seen = append(seen, b.Dense[2*i], -b.Dense[2*i+1])
		} else {
			indices, values := b.Row(i)
			for k, c := range indices {
				seen = append(seen, float64(c))
				if values != nil {
					seen = append(seen, float64(values[k]))
				}
			}
		}
		for _, s := range seen {
			if s != seen[0] {
				t.Fatalf("row %d is put together from the examples %v", i, seen)
			}
		}
		out = append(out, int(seen[0]))
	}
	return out
}

// pass goes through s once and returns the examples and the sizes of the batches.
func pass(t *testing.T, s *Set, size int, shuffle *rand.Rand) (order, sizes []int) {
	t.Helper()
	p := s.Pass(size, shuffle)
	var b Batch
	for {
		err := p.Next(&b)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if (b.Values == nil) != (s.All.Values == nil) || (b.Classes == nil) != (s.All.Classes == nil) ||
			(b.Targets == nil) != (s.All.Targets == nil) || (b.Weights == nil) != (s.All.Weights == nil) {
			t.Fatal("a batch has other parts than the set")
		}
		order = append(order, numbers(t, &b)...)
		sizes = append(sizes, b.Rows())
	}
	if err := p.Next(&b); err != io.EOF {
		t.Fatalf("after the end: %v, want io.EOF again", err)
	}
	return order, sizes
}

func TestSetPass(t *testing.T) {
	ascending := make([]int, 10)
	for i := range ascending {
		ascending[i] = i
	}
	for name, s := range forms(10) {
		for _, test := range []struct {
			size int
			want []int
		}{
			{1, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
			{3, []int{3, 3, 3, 1}},
			{5, []int{5, 5}},
			{10, []int{10}},
			{11, []int{10}},
			{0, []int{10}},
			{-1, []int{10}},
		} {
			t.Run(fmt.Sprintf("%s/%d", name, test.size), func(t *testing.T) {
				order, sizes := pass(t, s, test.size, nil)
				if !slices.Equal(order, ascending) || !slices.Equal(sizes, test.want) {
					t.Errorf("examples %v in batches of %v, want them in order, in batches of %v", order, sizes, test.want)
				}

				shuffled, sizes := pass(t, s, test.size, rand.New(rand.NewPCG(1, 0)))
				again, _ := pass(t, s, test.size, rand.New(rand.NewPCG(1, 0)))
				other, _ := pass(t, s, test.size, rand.New(rand.NewPCG(2, 0)))
				if !slices.Equal(shuffled, again) {
					t.Errorf("the same seed gives %v, then %v", shuffled, again)
				}
				if slices.Equal(shuffled, ascending) || slices.Equal(shuffled, other) {
					t.Errorf("shuffled: %v; with another seed %v", shuffled, other)
				}
				if slices.Sort(shuffled); !slices.Equal(shuffled, ascending) || !slices.Equal(sizes, test.want) {
					t.Errorf("shuffled: not each example once: %v in %v", shuffled, sizes)
				}
			})
		}
	}
}

// Batches that several workers put together are those of Next.
func TestNextSplit(t *testing.T) {
	sideBySide := func(n, size int, work func(worker, lo, hi int)) {
		var wg sync.WaitGroup
		for lo := 0; lo < n; lo += size {
			wg.Go(func() { work(lo/size, lo, min(lo+size, n)) })
		}
		wg.Wait()
	}
	for name, s := range forms(1000) {
		for _, shuffled := range []bool{false, true} {
			shuffle := func() *rand.Rand {
				if !shuffled {
					return nil
				}
				return rand.New(rand.NewPCG(3, 3))
			}
			p, q := s.Pass(300, shuffle()), s.Pass(300, shuffle()).(SplitPass)
			for {
				var b, c Batch
				err, err2 := p.Next(&b), q.NextSplit(&c, sideBySide)
				if err != err2 {
					t.Fatalf("%s: Next says %v, NextSplit %v", name, err, err2)
				}
				if err != nil {
					break
				}
				if !reflect.DeepEqual(b, c) {
					t.Fatalf("%s, shuffled: %v: %d rows and %d, or others", name, shuffled, b.Rows(), c.Rows())
				}
			}
		}
	}
}

func TestSetPassEmpty(t *testing.T) {
	for _, s := range []*Set{{}, {All: Batch{Columns: 2, Offsets: []int{0}}}} {
		for _, size := range []int{0, 3} {
			if err := s.Pass(size, rand.New(rand.NewPCG(1, 0))).Next(&Batch{}); err != io.EOF {
				t.Errorf("size %d: %v, want io.EOF", size, err)
			}
		}
	}
}

// Two passes over one set do not disturb each other.
func TestSetPassesSideBySide(t *testing.T) {
	s := forms(6)["presence"]
	p, q := s.Pass(4, nil), s.Pass(4, nil)
	var b, c Batch
	if err := p.Next(&b); err != nil {
		t.Fatal(err)
	}
	if err := q.Next(&c); err != nil {
		t.Fatal(err)
	}
	if err := p.Next(&b); err != nil {
		t.Fatal(err)
	}
	if got, want := numbers(t, &b), []int{4, 5}; !slices.Equal(got, want) {
		t.Errorf("second batch of the first pass: %v, want %v", got, want)
	}
	if got, want := numbers(t, &c), []int{0, 1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("first batch of the second pass: %v, want %v", got, want)
	}
}

// One Batch serves sets of different forms, one after the other.
func TestNextAfterAnotherForm(t *testing.T) {
	sets := forms(4)
	var b Batch
	for _, name := range []string{"values", "presence", "labels", "dense", "shifted", "labels", "values", "dense", "presence"} {
		if err := sets[name].Pass(3, nil).Next(&b); err != nil {
			t.Fatal(err)
		}
		if got, want := numbers(t, &b), []int{0, 1, 2}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestNextAllocates(t *testing.T) {
	for name, s := range forms(100) {
		var b Batch
		p := s.Pass(10, nil)
		if err := p.Next(&b); err != nil {
			t.Fatal(err)
		}
		n := testing.AllocsPerRun(5, func() {
			if err := p.Next(&b); err != nil {
				t.Fatal(err)
			}
		})
		// The rows of these differ in length, so a later batch may be larger.
		if n > 0 && name != "values" && name != "labels" {
			t.Errorf("%s: the next batch of the same size allocates %v times", name, n)
		}
	}
}

func TestSetAppend(t *testing.T) {
	for name, from := range forms(5) {
		var s Set
		want := []int{3, 0, 0, 4, 1}
		for _, i := range want {
			s.Append(&from.All, i)
		}
		if s.Len() != len(want) {
			t.Errorf("%s: %d examples, want %d", name, s.Len(), len(want))
		}
		if got := numbers(t, &s.All); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if s.All.Columns != from.All.Columns {
			t.Errorf("%s: %d columns, want %d", name, s.All.Columns, from.All.Columns)
		}
		if (s.All.Values == nil) != (from.All.Values == nil) || (s.All.Classes == nil) != (from.All.Classes == nil) {
			t.Errorf("%s: other parts than the batch it comes from", name)
		}
	}
}

func TestReset(t *testing.T) {
	b := forms(3)["values"].All
	kept := cap(b.Indices)
	b.Reset()
	if b.Rows() != 0 || b.Columns != 0 || cap(b.Indices) != kept {
		t.Errorf("after Reset: %d rows, %d columns, room for %d indices, want 0, 0, %d", b.Rows(), b.Columns, cap(b.Indices), kept)
	}
	// What is nil stays nil, as nil has a meaning of its own.
	empty := Batch{}
	empty.Reset()
	if !reflect.DeepEqual(empty, Batch{}) {
		t.Errorf("the zero value after Reset: %+v", empty)
	}
}

// What Check says of the columns of a row, however many there are, is what its comment says.
func TestCheckColumns(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	special := []int32{math.MinInt32, -1, 0, 1, 49, 50, 51, math.MaxInt32}
	good := 0
	for range 20_000 {
		row := make([]int32, rng.IntN(11))
		for i := range row {
			row[i] = int32(6*i + rng.IntN(6))
		}
		if len(row) > 0 && rng.IntN(2) == 0 {
			row[rng.IntN(len(row))] = special[rng.IntN(len(special))]
		}
		want := true
		for i, c := range row {
			want = want && 0 <= c && c < 50 && (i == 0 || row[i-1] < c)
		}
		b := Batch{Columns: 50, Offsets: []int{0, len(row)}, Indices: row}
		if err := b.Check(); (err == nil) != want {
			t.Fatalf("columns %v: error %v", row, err)
		}
		if want {
			good++
		}
	}
	if good < 2000 || good > 18_000 {
		t.Errorf("%d of 20,000 rows are good", good)
	}
}
