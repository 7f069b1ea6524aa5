package feedforward

import (
	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/kernel"
	"github.com/nestnet/nestnet/internal/parallel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

const (
	// shardRows is the number of rows of a shard. It is fixed, and sums over a batch are
	// taken within each shard and then from the first shard to the last, so that the
	// bits of a result do not depend on how many workers there were.
	shardRows = 32
	// waveShards bounds how many shards' gradients are kept at a time.
	waveShards = 64
)

// team computes the gradient of a batch on the native engine, in shards that several
// workers may compute side by side: one graph, a machine for each worker.
//
// The gradients of small parameters are computed in each shard and added up. The
// row-sparse one of the table is not: the shards hand over d, the gradient of x·a1 + b1,
// and each row of the table's gradient is summed once, over the whole batch.
type team struct {
	n       *Network
	pool    *parallel.Pool
	members []*program // by worker
	alone   bool       // the graph has ops that must not run side by side

	batch         *data.Batch
	first, inWave int     // shards of the wave under way
	loss          float64 // of the batch
	errs          []error // by worker

	table *table // the first layer, if x is sparse

	// The other parameters' gradients: of each shard of a wave, and their sum.
	dense    gorgonia.Nodes
	width    int // of all of them, one after the other
	partial  *tensor.Dense
	partLoss []float64
	sum      *tensor.Dense
	model    []gorgonia.ValueGrad

	// Bound once: made for each step they would be allocated each time.
	doForward, doShards, doSums, doBackward func(worker, lo, hi int)
}

func newTeam(n *Network, pool *parallel.Pool) (*team, error) {
	base, err := n.trainProgram(shardRows)
	if err != nil {
		return nil, err
	}
	t := &team{n: n, pool: pool, errs: make([]error, pool.Workers())}
	t.doForward, t.doShards, t.doSums, t.doBackward = t.forward, t.shards, t.sums, t.backward
	outputs := gorgonia.Nodes{base.loss}
	var given gorgonia.Nodes
	dt := n.cfg.Dtype
	for i, g := range base.grads {
		grad := &gradient{name: base.params[i].Name(), value: n.params[i]}
		t.model = append(t.model, grad)
		if _, d, ok := graph.RowGradParts(g); ok && i == 0 {
			t.table = newTable(n, base, d)
			grad.grad = t.table.grad
			outputs, given = append(outputs, d), gorgonia.Nodes{t.table.f}
			continue
		}
		t.dense = append(t.dense, g)
		t.width += n.params[i].Shape().TotalSize()
		outputs = append(outputs, g)
	}
	t.sum = tensor.New(tensor.Of(dt), tensor.WithShape(max(t.width, 1)))
	at := 0
	for i, m := range t.model {
		if m := m.(*gradient); m.grad == nil {
			shape := n.params[i].Shape()
			m.grad = part(t.sum, at, shape)
			at += shape.TotalSize()
		}
	}
	for range pool.Workers() {
		m, err := base.replica(n, given, outputs)
		if err != nil {
			return nil, err
		}
		t.members = append(t.members, m)
	}
	t.alone = !t.members[0].machine.Shared()
	return t, nil
}

// part is a tensor in the memory of flat.
func part(flat *tensor.Dense, at int, shape tensor.Shape) *tensor.Dense {
	size := shape.TotalSize()
	if flat.Dtype() == tensor.Float32 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(flat.Float32s()[at:at+size:at+size]))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(flat.Float64s()[at:at+size:at+size]))
}

// gradient is a parameter with its gradient, as a solver wants it.
type gradient struct {
	name  string
	value *tensor.Dense
	grad  gorgonia.Value
}

func (g *gradient) Name() string                  { return g.name }
func (g *gradient) Value() gorgonia.Value         { return g.value }
func (g *gradient) Grad() (gorgonia.Value, error) { return g.grad, nil }

// load takes a batch, whose memory the team uses until the next one.
func (t *team) load(b *data.Batch) error {
	t.batch = b
	if t.table == nil {
		return nil
	}
	if err := t.table.load(t.n, b); err != nil {
		return err
	}
	t.table.x.Index(min(t.pool.Workers(), shardsOf(b.Rows())), t.pool.Run)
	return nil
}

// run computes loss and gradients of the batch. Its mean loss is returned.
func (t *team) run() (float64, error) {
	shards := shardsOf(t.batch.Rows())
	if wave := min(shards, waveShards); len(t.partLoss) < wave {
		t.partLoss = make([]float64, wave)
		t.partial = tensor.New(tensor.Of(t.n.cfg.Dtype), tensor.WithShape(wave*max(t.width, 1)))
	}
	t.loss = 0
	pool := t.pool
	if t.alone {
		pool = nil
	}
	for t.first = 0; t.first < shards; t.first += waveShards {
		n := min(shards-t.first, waveShards)
		t.inWave = n
		if t.table != nil {
			t.table.forward.Begin(t.table.x, t.first*shardRows, min(shards, tableParts))
			t.pool.Run(t.table.forward.Parts()*n, 1, t.doForward)
		}
		pool.Run(n, 1, t.doShards)
		for w, err := range t.errs {
			if err != nil {
				t.errs[w] = nil
				return 0, err
			}
		}
		for _, l := range t.partLoss[:n] {
			t.loss += l
		}
		t.pool.Run(t.width, 4096, t.doSums)
	}
	if t.table != nil {
		t.table.grad.Begin(t.table.x)
		t.pool.Run(len(t.table.grad.Rows()), 32, t.doBackward)
	}
	return t.loss, nil
}

// forward computes the pieces lo to hi of the first layer for the wave: first one part of
// it for all shards, then the next.
func (t *team) forward(_, lo, hi int) {
	rows := min(t.inWave*shardRows, t.batch.Rows()-t.first*shardRows)
	for k := lo; k < hi; k++ {
		q, s := k/t.inWave, k%t.inWave
		t.table.forward.AddPart(q, s*shardRows, min((s+1)*shardRows, rows))
	}
}

// backward computes the rows lo to hi of the table's gradient.
func (t *team) backward(_, lo, hi int) { t.table.grad.SetProduct(t.table.x, t.table.slopes, lo, hi) }

// shards computes the shards lo to hi of the wave on a worker's machine.
func (t *team) shards(worker, lo, hi int) {
	for s := lo; s < hi && t.errs[worker] == nil; s++ {
		t.errs[worker] = t.shard(t.members[worker], s)
	}
}

func (t *team) shard(m *program, s int) error {
	b := t.batch
	lo := (t.first + s) * shardRows
	hi := min(lo+shardRows, b.Rows())
	if t.table != nil {
		t.table.forward.Finish(s*shardRows, s*shardRows+hi-lo)
		if err := m.machine.Let(t.table.f, t.table.shards[s]); err != nil {
			return err
		}
	} else {
		m.loadDense(b, lo, hi)
	}
	m.loadAnswers(t.n, b, lo, hi, 1/float64(b.Rows()))
	// A mask of its own for each shard.
	*m.stepNow = gorgonia.F64(t.n.dropStep*(1<<20) + float64(t.first+s))
	loss, err := m.run()
	if err != nil {
		return err
	}
	t.partLoss[s] = loss
	if t.n.cfg.Dtype == tensor.Float32 {
		gather(t, m, s, lo, hi, (*tensor.Dense).Float32s)
	} else {
		gather(t, m, s, lo, hi, (*tensor.Dense).Float64s)
	}
	return nil
}

// gather copies what a machine computed for shard s, rows lo to hi of the batch.
func gather[T kernel.Float](t *team, m *program, s, lo, hi int, of func(*tensor.Dense) []T) {
	if t.table != nil {
		units := t.table.units()
		copy(of(t.table.slopes)[lo*units:hi*units], of(m.machine.Value(t.table.d).(*tensor.Dense)))
	}
	to := of(t.partial)[s*t.width : (s+1)*t.width]
	for _, g := range t.dense {
		to = to[copy(to, of(m.machine.Value(g).(*tensor.Dense))):]
	}
}

// sums adds up the numbers lo to hi of the shards' gradients.
func (t *team) sums(_, lo, hi int) {
	if t.n.cfg.Dtype == tensor.Float32 {
		addShards(t, t.sum.Float32s()[lo:hi], t.partial.Float32s()[lo:])
	} else {
		addShards(t, t.sum.Float64s()[lo:hi], t.partial.Float64s()[lo:])
	}
}

func addShards[T kernel.Float](t *team, sum, partial []T) {
	for s := range t.inWave {
		if p := partial[s*t.width:][:len(sum)]; t.first == 0 && s == 0 {
			copy(sum, p)
		} else {
			kernel.Add(sum, p)
		}
	}
}
