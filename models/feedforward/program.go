package feedforward

import (
	"fmt"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/losses"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

const (
	defaultBatch = 64
	// inferRows is the capacity of the graphs that predict and evaluate. The Gorgonia
	// engine's input is dense, so its graphs are kept narrow.
	inferRows      = 256
	inferRowsStock = 64
	// maxStockInput bounds the bytes of that input. A step takes several times as much.
	maxStockInput = 1 << 31
)

// program is the network declared for one capacity, the memory of its inputs, and
// the machine that runs it.
type program struct {
	capacity int
	g        *gorgonia.ExprGraph

	x, y, w, step *gorgonia.Node
	f, loss       *gorgonia.Node
	params, grads gorgonia.Nodes

	sparse  *graph.CSR    // x on the native engine, unless it is numbers
	dense   *tensor.Dense // x otherwise
	targets *tensor.Dense // y
	weights *tensor.Dense // w
	stepNow *gorgonia.F64

	machine   *graph.Machine // native
	tape      gorgonia.VM    // gorgonia
	fRead     gorgonia.Value
	lossRead  gorgonia.Value
	model     []gorgonia.ValueGrad
	rows      int
	plusMinus bool
	answers   answers // of training
}

func (n *Network) trainProgram(capacity int) (*program, error) {
	if n.train == nil || n.train.capacity != capacity {
		p, err := n.newProgram(capacity, true)
		if err != nil {
			return nil, err
		}
		n.train = p
	}
	return n.train, nil
}

// trainCapacity is the capacity of the training graph before the batches are known.
func (n *Network) trainCapacity() int {
	if n.cfg.Engine == Native {
		return shardRows
	}
	return defaultBatch
}

func (n *Network) inferProgram() (*program, error) {
	if n.infer == nil {
		capacity := inferRows
		if n.cfg.Engine == Gorgonia {
			capacity = inferRowsStock
		}
		p, err := n.newProgram(capacity, false)
		if err != nil {
			return nil, err
		}
		n.infer = p
	}
	return n.infer, nil
}

func (n *Network) newProgram(capacity int, train bool) (*program, error) {
	p := &program{capacity: capacity, plusMinus: n.plusMinus()}
	if size := capacity * n.cfg.Inputs * 8; n.cfg.Engine == Gorgonia && !n.cfg.Numbers && size > maxStockInput {
		return nil, fmt.Errorf("feedforward: engine gorgonia holds a batch as a dense matrix, and %d rows of %d words are too large for it; use a smaller batch, fewer words, or engine native",
			capacity, n.cfg.Inputs)
	}
	if err := p.declare(n, train); err != nil {
		return nil, err
	}
	outputs := append(gorgonia.Nodes{p.f, p.loss}, p.grads...)
	if err := p.equip(n, nil, outputs); err != nil {
		return nil, fmt.Errorf("feedforward: %w", err)
	}
	return p, nil
}

// replica is another program on the graph of p, with inputs and a machine of its own
// for some outputs; given nodes are inputs as well.
func (p *program) replica(n *Network, given, outputs gorgonia.Nodes) (*program, error) {
	r := &program{
		capacity: p.capacity, plusMinus: p.plusMinus, g: p.g, x: p.x, y: p.y, w: p.w, step: p.step,
		f: p.f, loss: p.loss, params: p.params, grads: p.grads,
	}
	if err := r.equip(n, given, outputs); err != nil {
		return nil, fmt.Errorf("feedforward: %w", err)
	}
	return r, nil
}

// equip makes the inputs and the machine of a graph that is declared.
func (p *program) equip(n *Network, given, outputs gorgonia.Nodes) error {
	dt := n.cfg.Dtype
	var x gorgonia.Value
	if n.cfg.Engine == Native && !n.cfg.Numbers {
		p.sparse = graph.NewCSR(dt, p.capacity, n.cfg.Inputs)
		x = p.sparse
	} else {
		p.dense = tensor.New(tensor.Of(dt), tensor.WithShape(p.capacity, n.cfg.Inputs))
		x = p.dense
	}
	p.targets = tensor.New(tensor.Of(dt), tensor.WithShape(p.y.Shape()...))
	p.weights = tensor.New(tensor.Of(dt), tensor.WithShape(p.w.Shape()...))
	p.stepNow = gorgonia.NewF64(0)
	let := func(node *gorgonia.Node, v gorgonia.Value) error { return gorgonia.Let(node, v) }
	if n.cfg.Engine == Native {
		m, err := graph.NewMachineFrom(p.g, given, outputs...)
		if err != nil {
			return err
		}
		m.Private = true
		p.machine, let = m, m.Let
		if p.grads != nil {
			p.model = m.ValueGrads(p.params, p.grads)
		}
	} else {
		gorgonia.Read(p.f, &p.fRead)
		gorgonia.Read(p.loss, &p.lossRead)
		p.model = gorgonia.NodesToValueGrads(p.params)
	}
	for _, in := range []struct {
		node  *gorgonia.Node
		value gorgonia.Value
	}{{p.x, x}, {p.y, p.targets}, {p.w, p.weights}, {p.step, p.stepNow}} {
		if in.node == nil || p.machine != nil && !p.machine.Needs(in.node) {
			continue
		}
		if err := let(in.node, in.value); err != nil {
			return err
		}
	}
	if n.cfg.Engine == Gorgonia {
		p.tape = gorgonia.NewTapeMachine(p.g)
	}
	return nil
}

// run computes the program for the batch that load put in, and returns its loss.
func (p *program) run() (float64, error) {
	if p.machine != nil {
		p.machine.SetRows(p.rows)
		if err := p.machine.RunAll(); err != nil {
			return 0, fmt.Errorf("feedforward: %w", err)
		}
		return number(p.machine.Value(p.loss)), nil
	}
	p.tape.Reset()
	if err := p.tape.RunAll(); err != nil {
		return 0, fmt.Errorf("feedforward: %w", err)
	}
	return number(p.lossRead), nil
}

// result returns f(x), row after row, after run.
func (p *program) result() *tensor.Dense {
	if p.machine != nil {
		return p.machine.Value(p.f).(*tensor.Dense)
	}
	return p.fRead.(*tensor.Dense)
}

func number(v gorgonia.Value) float64 {
	switch v := v.(type) {
	case *gorgonia.F32:
		return float64(*v)
	case *gorgonia.F64:
		return float64(*v)
	}
	panic(fmt.Sprintf("feedforward: loss is a %T", v))
}

// load puts rows lo to hi of a batch into the program's inputs. Each row weighs its
// Weights entry times scale; rows that are not there weigh 0.
func (p *program) load(n *Network, b *data.Batch, lo, hi int, scale float64) error {
	if p.dense != nil {
		p.loadDense(b, lo, hi)
	} else {
		part := *b
		part.Offsets = b.Offsets[lo : hi+1]
		if err := p.sparse.Set(&part); err != nil {
			return fmt.Errorf("feedforward: %w", err)
		}
	}
	p.loadAnswers(n, b, lo, hi, scale)
	return nil
}

// loadAnswers is load for y and w alone.
func (p *program) loadAnswers(n *Network, b *data.Batch, lo, hi int, scale float64) {
	p.rows = hi - lo
	if n.cfg.Dtype == tensor.Float32 {
		loadTargets(p, b, lo, hi, p.targets.Float32s(), p.weights.Float32s(), n.Outputs(), float32(scale))
	} else {
		loadTargets(p, b, lo, hi, p.targets.Float64s(), p.weights.Float64s(), n.Outputs(), scale)
	}
}

func (p *program) loadDense(b *data.Batch, lo, hi int) {
	columns := b.Columns
	put := func(i int, f func(j int, v float64)) {
		if len(b.Offsets) == 0 {
			for j, v := range b.Dense[i*columns : (i+1)*columns] {
				f(j, v)
			}
			return
		}
		indices, values := b.Row(i)
		for k, j := range indices {
			v := 1.0
			if values != nil {
				v = float64(values[k])
			}
			f(int(j), v)
		}
	}
	switch x := p.dense.Data().(type) {
	case []float32:
		clear(x)
		for i := lo; i < hi; i++ {
			put(i, func(j int, v float64) { x[(i-lo)*columns+j] = float32(v) })
		}
	case []float64:
		clear(x)
		for i := lo; i < hi; i++ {
			put(i, func(j int, v float64) { x[(i-lo)*columns+j] = v })
		}
	}
}

// loadTargets fills y and w. A batch without an answer leaves y at zero.
func loadTargets[T float32 | float64](p *program, b *data.Batch, lo, hi int, y, w []T, outputs int, scale T) {
	clear(y)
	clear(w)
	per := len(w) / p.capacity // 1, or outputs on the stock engine
	no := T(0)
	if p.plusMinus {
		no = -1
	}
	for i := lo; i < hi; i++ {
		row := y[(i-lo)*outputs : (i-lo+1)*outputs]
		switch {
		case len(b.LabelOffsets) > 0:
			for j := range row {
				row[j] = no
			}
			for _, l := range b.Labels(i) {
				row[l] = 1
			}
		case b.Classes != nil:
			for j := range row {
				row[j] = no
			}
			if c := int(b.Classes[i]); outputs > 1 {
				row[c] = 1
			} else if c == 1 {
				row[0] = 1
			}
		case b.Targets != nil:
			for j := range row {
				row[j] = T(b.Targets[i*outputs+j])
			}
		}
		if p.answers.smoothing != 0 {
			smooth(row, &p.answers)
		}
		v := scale
		if b.Weights != nil {
			v *= T(b.Weights[i])
		}
		if p.answers.weights != nil {
			v *= T(p.answers.weights[b.Classes[i]])
		}
		for k := range per {
			w[(i-lo)*per+k] = v
		}
	}
}

// plusMinus says whether a class becomes ±1 instead of 0 or 1.
func (n *Network) plusMinus() bool {
	switch n.cfg.Loss.Coding() {
	case losses.PlusMinus:
		return true
	case losses.ZeroOne:
		// A tanh answers from −1 to 1, so it is asked for that.
		return n.layers[len(n.layers)-1].Activation == graph.Tanh.String()
	}
	return false
}

// signed says whether the outputs lie about 0 rather than 0.5. Those of a sigmoid never do:
// a loss that wants y = ±1 then takes the sigmoid's argument.
func (n *Network) signed() bool {
	return n.plusMinus() && n.layers[len(n.layers)-1].Activation != graph.Sigmoid.String()
}

// checkBatch refuses a batch that is not well formed or does not fit the network.
func (n *Network) checkBatch(b *data.Batch, answers bool) error {
	if err := b.Check(); err != nil {
		return fmt.Errorf("feedforward: %w", err)
	}
	return n.checkForm(b, answers)
}

// checkForm refuses a batch that does not fit the network.
func (n *Network) checkForm(b *data.Batch, answers bool) error {
	if b.Columns != n.cfg.Inputs {
		return fmt.Errorf("feedforward: batch has %d columns, the network %d inputs", b.Columns, n.cfg.Inputs)
	}
	rows := b.Rows()
	if sparse := len(b.Offsets) > 0; rows > 0 && sparse == n.cfg.Numbers {
		form := map[bool]string{true: "sparse rows", false: "dense numbers"}
		return fmt.Errorf("feedforward: batch holds %s, the network was declared for %s (Config.Numbers)", form[sparse], form[!n.cfg.Numbers])
	}
	labels := len(b.LabelOffsets) > 0
	switch {
	case labels != n.cfg.MultiLabel && (labels || answers && rows > 0):
		form := map[bool]string{true: "sets of labels", false: "no sets of labels"}
		return fmt.Errorf("feedforward: batch holds %s, the network was declared for %s (Config.MultiLabel)", form[labels], form[n.cfg.MultiLabel])
	case labels:
		for i := range rows {
			// They ascend, and the first is not negative.
			if set := b.Labels(i); len(set) > 0 && int(set[len(set)-1]) >= n.Outputs() {
				return fmt.Errorf("feedforward: row %d has label %d, want 0 to %d", i, set[len(set)-1], n.Outputs()-1)
			}
		}
	case b.Classes != nil:
		for i, c := range b.Classes {
			if c < 0 || int(c) >= n.Classes() {
				return fmt.Errorf("feedforward: row %d has class %d, want 0 to %d", i, c, n.Classes()-1)
			}
		}
	case b.Targets != nil:
		if len(b.Targets) != rows*n.Outputs() {
			return fmt.Errorf("feedforward: %d targets for %d rows, want %d a row", len(b.Targets), rows, n.Outputs())
		}
	case answers && rows > 0:
		return fmt.Errorf("feedforward: batch has neither Classes nor Targets to learn from")
	}
	return nil
}
