package graph_test

import (
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// net is a classifier of two layers, sparse or dense, with its loss and gradients.
type net struct {
	g                   *gorgonia.ExprGraph
	x, y, weight, step  *gorgonia.Node
	params              gorgonia.Nodes
	hidden, probs, loss *gorgonia.Node
	grads               gorgonia.Nodes
	values              []gorgonia.Value // of params
}

func newNet(t testing.TB, dt tensor.Dtype, capacity, words, hidden, classes int, isSparse bool, values []gorgonia.Value) *net {
	t.Helper()
	n := &net{g: gorgonia.NewGraph(), values: values}
	if values == nil {
		rng := newRand(21)
		n.values = []gorgonia.Value{random(rng, dt, words, hidden), random(rng, dt, hidden), random(rng, dt, hidden, classes), random(rng, dt, classes)}
	}
	decl := func(name string, shape ...int) *gorgonia.Node {
		return gorgonia.NewTensor(n.g, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
	}
	n.x, n.y, n.weight = decl("x", capacity, words), decl("y", capacity, classes), decl("weight", capacity)
	n.step = gorgonia.NewScalar(n.g, tensor.Float64, gorgonia.WithName("step"))
	for i, v := range n.values {
		n.params = append(n.params, input(t, n.g, fmt.Sprint("param", i), v))
	}
	n.hidden = must(affineOf(graph.GELU, isSparse)(n.x, n.params[0], n.params[1]))
	dropped := must(graph.Dropout(n.hidden, n.step, 0.3, 5))
	z := must(graph.Affine(dropped, n.params[2], n.params[3], graph.Softplus))
	n.probs = must(graph.Softmax(z))
	n.loss = must(graph.SoftmaxCrossEntropy(z, n.y, n.weight))
	var err error
	if n.grads, err = gorgonia.Grad(n.loss, n.params...); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *net) outputs() gorgonia.Nodes {
	return append(gorgonia.Nodes{n.loss, n.probs}, n.grads...)
}

func (n *net) machine(t testing.TB) *graph.Machine {
	t.Helper()
	m, err := graph.NewMachine(n.g, n.outputs()...)
	if err != nil {
		t.Fatal(err)
	}
	m.Private = true
	return m
}

// batch is what a net is run on: x and the rest, by the nodes of the net.
type batch struct {
	x           gorgonia.Value
	y, weight   *tensor.Dense
	step        gorgonia.Value
	rowsPresent int
}

// newBatch draws rows rows for a net of the given capacity. Absent rows hold NaN: whatever
// reads them shows.
func newBatch(t testing.TB, seed uint64, dt tensor.Dtype, capacity, rows, words, classes int, isSparse bool) *batch {
	rng := newRand(seed)
	b := &batch{step: gorgonia.NewF64(float64(seed)), rowsPresent: rows,
		y: full(dt, 0, capacity, classes), weight: full(dt, 0, capacity)}
	c := sparse(t, dt, capacity, randomBatch(rng, rows, words, seed%2 == 0))
	b.x = c
	if !isSparse {
		x := float64s(t, c.Dense())
		for i := rows * words; i < len(x); i++ {
			x[i] = math.NaN()
		}
		b.x = dense(dt, tensor.Shape{capacity, words}, x...)
	}
	y, w := make([]float64, capacity*classes), make([]float64, capacity)
	for i := rows; i < capacity; i++ {
		w[i] = math.NaN()
		for j := range classes {
			y[i*classes+j] = math.NaN()
		}
	}
	for i := range rows {
		y[i*classes+rng.IntN(classes)] = 1
		w[i] = 1 / float64(rows)
	}
	fill(b.y, y)
	fill(b.weight, w)
	return b
}

func (n *net) let(t testing.TB, m *graph.Machine, b *batch) {
	t.Helper()
	for _, p := range []struct {
		n *gorgonia.Node
		v gorgonia.Value
	}{{n.x, b.x}, {n.y, b.y}, {n.weight, b.weight}, {n.step, b.step}} {
		if err := m.Let(p.n, p.v); err != nil {
			t.Fatal(err)
		}
	}
	m.SetRows(b.rowsPresent)
}

func (n *net) run(t testing.TB, m *graph.Machine, b *batch) (out [][]float64) {
	t.Helper()
	n.let(t, m, b)
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for _, o := range n.outputs() {
		out = append(out, float64s(t, m.Value(o)))
	}
	return out
}

// A step of training allocates nothing once the buffers are there.
func TestNoAllocations(t *testing.T) {
	for _, dt := range dtypes {
		for _, isSparse := range []bool{false, true} {
			for _, private := range []bool{false, true} {
				n := newNet(t, dt, 6, 20, 8, 3, isSparse, nil)
				m := n.machine(t)
				m.Private = private
				b := newBatch(t, 1, dt, 6, 5, 20, 3, isSparse)
				n.let(t, m, b)
				fewer := randomBatch(newRand(9), 3, 20, false)
				more := randomBatch(newRand(10), 6, 20, true)
				run := func() {
					if c, ok := b.x.(*graph.CSR); ok {
						if c.Set(fewer) != nil || m.RunAll() != nil || c.Set(more) != nil {
							t.Error("Set or RunAll failed")
						}
					}
					if err := m.Let(n.y, b.y); err != nil {
						t.Error(err)
					}
					m.SetRows(-1)
					if err := m.RunAll(); err != nil {
						t.Error(err)
					}
				}
				run()
				if a := testing.AllocsPerRun(20, run); a != 0 {
					t.Errorf("%v, sparse=%v, private=%v: %v allocations a step", dt, isSparse, private, a)
				}
			}
		}
	}
}

// SetRows: a batch of fewer rows gives what a graph declared for just these rows gives,
// whatever ran before.
func TestSetRows(t *testing.T) {
	const words, hidden, classes, capacity = 9, 5, 3, 6
	for _, dt := range dtypes {
		for _, isSparse := range []bool{false, true} {
			n := newNet(t, dt, capacity, words, hidden, classes, isSparse, nil)
			m := n.machine(t)
			for seed, rows := range []int{capacity, 2, 5, 1, 0, 4, capacity, 3} {
				name := fmt.Sprintf("%v, sparse=%v, %d rows", dt, isSparse, rows)
				got := n.run(t, m, newBatch(t, uint64(seed), dt, capacity, rows, words, classes, isSparse))
				if rows == 0 {
					for i, out := range got {
						if i != 1 {
							wantSame(t, fmt.Sprintf("%s: output %d", name, i), out, make([]float64, len(out)))
						}
					}
					continue
				}
				small := newNet(t, dt, rows, words, hidden, classes, isSparse, n.values)
				want := small.run(t, small.machine(t), newBatch(t, uint64(seed), dt, rows, rows, words, classes, isSparse))
				got[1] = got[1][:rows*classes] // probabilities of the rows that are there
				for i := range got {
					wantSame(t, fmt.Sprintf("%s: output %d", name, i), got[i], want[i])
				}
			}
			// More rows than there are, and a negative number, mean all.
			b := newBatch(t, 3, dt, capacity, capacity, words, classes, isSparse)
			want := n.run(t, m, b)
			for _, rows := range []int{-1, capacity + 1} {
				b.rowsPresent = rows
				for i, out := range n.run(t, m, b) {
					wantSame(t, fmt.Sprintf("%d rows: output %d", rows, i), out, want[i])
				}
			}
		}
	}
}

// Stock ops work on all rows. Behind a loss of ours, a row that is not there must be 0 to
// them, and not what an earlier, larger batch left in the buffer.
func TestSetRowsBeforeStockOps(t *testing.T) {
	dt := tensor.Float64
	shape := tensor.Shape{4, 2}
	for _, row := range []struct {
		name    string
		declare func(f, y, w, step *gorgonia.Node) *gorgonia.Node
	}{
		{"loss", func(f, y, w, _ *gorgonia.Node) *gorgonia.Node { return must(graph.Squared(f, y, w)) }},
		{"softmax loss", func(f, y, w, _ *gorgonia.Node) *gorgonia.Node { return must(graph.SoftmaxCrossEntropy(f, y, w)) }},
		{"WeightedSum", func(f, y, w, _ *gorgonia.Node) *gorgonia.Node {
			return must(graph.WeightedSum(must(gorgonia.Square(f)), w))
		}},
		{"Activate", func(f, y, w, _ *gorgonia.Node) *gorgonia.Node {
			return must(graph.Squared(must(graph.Activate(f, graph.Tanh)), y, w))
		}},
		{"Softmax", func(f, y, w, _ *gorgonia.Node) *gorgonia.Node {
			return must(graph.Squared(must(graph.Softmax(f)), y, w))
		}},
		{"Dropout", func(f, y, w, step *gorgonia.Node) *gorgonia.Node {
			return must(graph.Squared(must(graph.Dropout(f, step, 0.5, 1)), y, w))
		}},
		{"Affine", func(f, y, w, _ *gorgonia.Node) *gorgonia.Node {
			g := f.Graph()
			v, b := input(t, g, "v", dense(dt, tensor.Shape{2, 2}, 1, 2, 3, 4)), input(t, g, "b", full(dt, 1, 2))
			return must(graph.Squared(must(graph.Affine(f, v, b, graph.Sigmoid)), y, w))
		}},
	} {
		run := func(first, rows int) []float64 {
			g := gorgonia.NewGraph()
			x := input(t, g, "x", dense(dt, tensor.Shape{4, 1}, 1, 2, 3, 4))
			w := input(t, g, "w", dense(dt, tensor.Shape{1, 2}, 0.5, -0.25))
			y := input(t, g, "y", full(dt, 1, shape...))
			weight := full(dt, 0, 4)
			f := must(gorgonia.Mul(x, w))
			loss := row.declare(f, y, input(t, g, "weight", weight), input(t, g, "step", gorgonia.NewF64(1)))
			grads, err := gorgonia.Grad(loss, w)
			if err != nil {
				t.Fatal(err)
			}
			m, err := graph.NewMachine(g, grads...)
			if err != nil {
				t.Fatal(err)
			}
			for _, rows := range []int{first, rows} {
				for i := range 4 {
					weight.Float64s()[i] = 0
					if i < rows {
						weight.Float64s()[i] = 1
					}
				}
				m.SetRows(rows)
				if err := m.RunAll(); err != nil {
					t.Fatal(err)
				}
			}
			return float64s(t, m.Value(grads[0]))
		}
		wantSame(t, row.name+": 2 rows after 4", run(4, 2), run(2, 2))
	}
}

// Two machines on one graph, with the same weights, at the same time: go test -race says
// whether they share anything else.
func TestSideBySide(t *testing.T) {
	for _, isSparse := range []bool{false, true} {
		n := newNet(t, tensor.Float64, 6, 30, 8, 3, isSparse, nil)
		var wg sync.WaitGroup
		for seed := range uint64(4) {
			b := newBatch(t, seed, tensor.Float64, 6, 4, 30, 3, isSparse)
			alone := n.run(t, n.machine(t), b)
			m := n.machine(t)
			n.let(t, m, b)
			wg.Go(func() {
				for range 50 {
					if err := m.RunAll(); err != nil {
						t.Error(err)
						return
					}
				}
				for i, o := range n.outputs() {
					if m.Value(o) != nil {
						wantSame(t, fmt.Sprintf("machine %d, output %d", seed, i), float64s(t, m.Value(o)), alone[i])
					}
				}
			})
		}
		wg.Wait()
		if n.loss.Value() != nil {
			t.Error("a Private machine bound a value to a node")
		}
	}
}

// The same bits on a second run, after other batches, and on another machine.
func TestSameBits(t *testing.T) {
	for _, dt := range dtypes {
		for _, isSparse := range []bool{false, true} {
			n := newNet(t, dt, 6, 30, 8, 3, isSparse, nil)
			m := n.machine(t)
			b := newBatch(t, 1, dt, 6, 6, 30, 3, isSparse)
			first := n.run(t, m, b)
			n.run(t, m, newBatch(t, 2, dt, 6, 4, 30, 3, isSparse))
			again, other := n.run(t, m, b), n.run(t, n.machine(t), b)
			for i := range first {
				wantSame(t, fmt.Sprint("again: output ", i), again[i], first[i])
				wantSame(t, fmt.Sprint("another machine: output ", i), other[i], first[i])
			}
		}
	}
}

// Our ops on the TapeMachine, batch after batch: it hands results of ours to ops that
// overwrite them (GORGONIA.md, section 9), and must still give what Machine gives.
func TestOurOpsOnTheTapeMachine(t *testing.T) {
	for _, dt := range dtypes {
		for _, isSparse := range []bool{false, true} {
			n := newNet(t, dt, 6, 30, 8, 3, isSparse, nil)
			m := n.machine(t)
			on := newNet(t, dt, 6, 30, 8, 3, isSparse, n.values)
			// Stock ops that write into their first operand, around ours.
			gate := must(gorgonia.HadamardProd(must(gorgonia.Sub(must(gorgonia.Add(on.hidden, on.hidden)), on.hidden)), on.hidden))
			var sum gorgonia.Value
			gorgonia.Read(must(gorgonia.Sum(gate)), &sum)
			tape := gorgonia.NewTapeMachine(on.g)
			defer tape.Close()
			for seed := range uint64(6) {
				b := newBatch(t, seed, dt, 6, 6, 30, 3, isSparse)
				for node, v := range map[*gorgonia.Node]gorgonia.Value{on.x: b.x, on.y: b.y, on.weight: b.weight, on.step: b.step} {
					if err := gorgonia.UnsafeLet(node, v); err != nil {
						t.Fatal(err)
					}
				}
				if err := tape.RunAll(); err != nil {
					t.Fatal(err)
				}
				want := n.run(t, m, b)
				for i, o := range on.outputs() {
					wantSame(t, fmt.Sprintf("%v, sparse=%v, batch %d, output %d", dt, isSparse, seed, i), float64s(t, o.Value()), want[i])
				}
				tape.Reset()
			}
		}
	}
}
