package feedforward

import (
	"math"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/halves"
	"github.com/nestnet/nestnet/internal/kernel"
	"github.com/nestnet/nestnet/internal/parallel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

const (
	// shardRows is the number of rows of a shard. It is fixed, and sums over a batch are
	// taken within each shard and then over the shards by halves (package halves), so that
	// the bits of a result do not depend on who computed which.
	shardRows = 32
	// waveShards bounds how many shards' gradients are kept at a time: a power of two, so that
	// a wave is a node of the sum over the shards.
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
	members []*program                     // by worker
	alone   bool                           // the graph has ops that must not run side by side
	putOff  bool                           // the solver computes the table's gradient
	catchUp func(worker int, rows []int32) // brings rows of the table up to date that are about to be read; nil: they are

	batch  *data.Batch
	first  int       // shard of the wave under way
	inWave int       // shards in it
	losses []float64 // by shard
	errs   []error   // by worker

	table *table // the first layer, if x is sparse
	z1    bool   // its sums for the shards of the wave are there
	ranks *ranks // the others that compute the batch; nil: there are none

	// The other parameters' gradients: of each shard of a wave, and sums of them.
	dense   gorgonia.Nodes
	width   int // of all of them, one after the other
	partial *tensor.Dense
	adds    []addition      // that sum up the shards of a wave
	added   int             // how many shards these are for
	runs    []shardRun      // by worker
	waves   []*tensor.Dense // sums of waves, as long as they are not part of a larger one
	sum     *tensor.Dense
	model   []gorgonia.ValueGrad

	// Of the other parameters, for each worker but the first: what its machine reads. Nil where
	// that is the parameter itself.
	copies [][]*tensor.Dense

	// What a solver does to rows of the table; see solve.
	work   func(worker, lo, hi int)
	places []int

	// Bound once: made for each step they would be allocated each time.
	doForward, doShards, doSums, doBackward, doCatchUp, doWork func(worker, lo, hi int)
	doGroup                                                    func(worker, group int, touched []int32)
}

// newTeam makes a team of the workers of a pool, for steps of so many examples, all ranks
// together.
func newTeam(n *Network, pool *parallel.Pool, comm cluster.Comm, batch int) (*team, error) {
	base, err := n.trainProgram(shardRows)
	if err != nil {
		return nil, err
	}
	t := &team{n: n, pool: pool, errs: make([]error, pool.Workers()), runs: make([]shardRun, pool.Workers())}
	t.doForward, t.doShards, t.doSums, t.doBackward = t.forward, t.shards, t.sums, t.backward
	t.doCatchUp, t.doWork, t.doGroup = t.catchUpRows, t.workOnParts, t.group
	outputs := gorgonia.Nodes{base.loss}
	var given gorgonia.Nodes
	dt := n.cfg.Dtype
	for i, g := range base.grads {
		grad := &gradient{name: base.params[i].Name(), value: n.params[i]}
		t.model = append(t.model, grad)
		if _, d, ok := graph.RowGradParts(g); ok && i == 0 {
			t.table = newTable(n, base, d, comm, batch, pool.Workers())
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
	if err := t.copyParams(base); err != nil {
		return nil, err
	}
	if comm.Size() > 1 {
		t.ranks = newRanks(t, comm)
	}
	return t, nil
}

// fewNumbers is up to how many numbers go round faster whole than in parts.
const fewNumbers = 1 << 14

// copyParams gives workers copies of the parameters that all of them read in every step and the
// first one changes. To change a cache line that others have takes several times as long as to
// write out a copy, see kernel.CopyOut.
func (t *team) copyParams(base *program) error {
	if t.width > fewNumbers {
		return nil
	}
	for _, m := range t.members[1:] {
		copies := make([]*tensor.Dense, len(t.n.params))
		for i, p := range t.n.params {
			if t.table != nil && i == 0 || !m.machine.Needs(base.params[i]) {
				continue
			}
			copies[i] = tensor.New(tensor.Of(p.Dtype()), tensor.WithShape(p.Shape()...))
			if err := m.machine.Let(base.params[i], copies[i]); err != nil {
				return err
			}
		}
		t.copies = append(t.copies, copies)
	}
	return nil
}

// spread brings the copies of the parameters up to date.
func (t *team) spread() {
	for _, copies := range t.copies[:min(t.pool.Used()-1, len(t.copies))] {
		for i, c := range copies {
			switch p := t.n.params[i]; {
			case c == nil:
			case c.Dtype() == tensor.Float32:
				kernel.CopyOut(c.Float32s(), p.Float32s())
			default:
				kernel.CopyOut(c.Float64s(), p.Float64s())
			}
		}
	}
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
	return t.table.load(t.n, b)
}

// readTable makes the rows of the table that the batch reads known and up to date, and
// computes the first layer at once if it can.
func (t *team) readTable() {
	shards := shardsOf(t.batch.Rows())
	f := t.table.forward
	// If every worker has a group of the parts, whose rows no other one needs, none waits
	// for others between finding its rows, bringing them up to date and adding them up.
	if f.Groups() == t.pool.Used() && (t.ranks != nil || shards <= waveShards) {
		t.first, t.inWave = 0, shards
		f.Begin(t.table.x, 0)
		t.table.x.IndexParts(t.table.groups, t.pool.Run, t.doGroup)
		t.z1 = true
		return
	}
	t.table.x.Index(min(t.pool.Used(), shards), t.pool.Run)
	if t.catchUp != nil {
		t.pool.Run(len(t.table.x.Touched()), 32, t.doCatchUp)
	}
}

// catchUpRows brings the rows lo to hi of those that the batch reads up to date.
func (t *team) catchUpRows(worker, lo, hi int) {
	t.catchUp(worker, t.table.x.Touched()[lo:hi])
}

// group brings the rows of a group of the table's parts up to date, and adds them up for all
// examples of the wave.
func (t *team) group(worker, g int, touched []int32) {
	if t.catchUp != nil {
		t.catchUp(worker, touched)
	}
	shards := shardsOf(t.batch.Rows())
	t.forward(worker, g*shards, (g+1)*shards)
}

// run computes loss and gradients of the batch. Its mean loss is returned.
func (t *team) run() (float64, error) {
	shards := shardsOf(t.batch.Rows())
	if len(t.losses) < shards {
		t.losses = make([]float64, shards)
		t.partial = tensor.New(tensor.Of(t.n.cfg.Dtype), tensor.WithShape(min(shards, waveShards)*max(t.width, 1)))
	}
	t.spread()
	if t.z1 = false; t.table != nil {
		t.readTable()
	}
	if t.ranks != nil {
		if err := t.ranks.run(); err != nil {
			return 0, err
		}
	} else if err := t.add(halves.Span{From: 0, To: shards}, t.sum); err != nil {
		return 0, err
	}
	if t.table != nil && !(t.putOff && t.table.grad.PutOff(t.table.x, t.table.slopes[0], t.table.slopes[1:]...)) {
		t.table.grad.Begin(t.table.x)
		t.pool.Run(len(t.table.grad.Rows()), 32, t.doBackward)
	}
	loss := 0.0
	for _, l := range t.losses[:shards] {
		loss += l
	}
	return loss, nil
}

// add computes the given shards, a node of the sum over all of them, and sets sum to the
// sum of their gradients.
func (t *team) add(node halves.Span, sum *tensor.Dense) error {
	waves := 0
	for t.first = node.From; t.first < node.To; t.first += waveShards {
		t.inWave = min(node.To-t.first, waveShards)
		if t.table != nil && t.ranks == nil && !t.z1 {
			lo := t.first * shardRows
			t.table.add(t.pool, lo, min(t.inWave*shardRows, t.batch.Rows()-lo), t.doForward)
		}
		if err := t.wave(); err != nil {
			return err
		}
		if node.To-node.From <= waveShards {
			t.copy(sum, t.partial)
			return nil
		}
		// Waves of the same size are added up at once, as the digits of a binary number are
		// carried.
		waves++
		t.keep(len(t.waves))
		for k := waves; k%2 == 0; k /= 2 {
			t.carry()
		}
	}
	for len(t.waves) > 1 {
		t.carry()
	}
	t.copy(sum, t.waves[0])
	t.waves = t.waves[:0]
	return nil
}

// keep puts a copy of the sum of a wave on the pile.
func (t *team) keep(at int) {
	if at < cap(t.waves) {
		t.waves = t.waves[:at+1]
	} else {
		t.waves = append(t.waves, nil)
	}
	if t.waves[at] == nil {
		t.waves[at] = tensor.New(tensor.Of(t.n.cfg.Dtype), tensor.WithShape(max(t.width, 1)))
	}
	t.copy(t.waves[at], t.partial)
}

// carry adds the last sum on the pile to the one before.
func (t *team) carry() {
	last := len(t.waves) - 1
	if to, from := t.waves[last-1], t.waves[last]; t.n.cfg.Dtype == tensor.Float32 {
		kernel.Add(to.Float32s(), from.Float32s())
	} else {
		kernel.Add(to.Float64s(), from.Float64s())
	}
	t.waves = t.waves[:last]
}

func (t *team) copy(to, from *tensor.Dense) {
	if t.n.cfg.Dtype == tensor.Float32 {
		copy(to.Float32s(), from.Float32s()[:t.width])
	} else {
		copy(to.Float64s(), from.Float64s()[:t.width])
	}
}

// wave computes the shards of a wave. The sum of their gradients is at the start of
// partial then.
func (t *team) wave() error {
	pool := t.pool
	if t.alone {
		pool = nil
	}
	if t.added != t.inWave {
		t.added, t.adds = t.inWave, additions(t.inWave)
	}
	for k := range t.adds {
		t.adds[k].done = false
	}
	for w := range t.runs {
		t.runs[w] = shardRun{}
	}
	pool.Share(t.inWave, 1, t.doShards)
	for w, err := range t.errs {
		if err != nil {
			t.errs[w] = nil
			return err
		}
	}
	undone := 0
	for k := range t.adds {
		if !t.adds[k].done {
			undone += t.width
		}
	}
	if undone <= fewNumbers {
		t.sums(0, 0, t.width)
	} else {
		t.pool.Run(t.width, 1024, t.doSums)
	}
	return nil
}

// addition is one of the sums of two nodes of shards, each of which is in the place of its
// first shard.
type addition struct {
	halves.Addition
	end  int // the shard after the last one in it
	done bool
}

// additions are those that sum up n shards.
func additions(n int) []addition {
	single, end := make([]halves.Span, n), make([]int, n)
	for s := range single {
		single[s], end[s] = halves.Span{From: s, To: s + 1}, s+1
	}
	var adds []addition
	for _, a := range halves.Additions(single, []halves.Span{{From: 0, To: n}}) {
		end[a.To] = end[a.From]
		adds = append(adds, addition{Addition: a, end: end[a.To]})
	}
	return adds
}

// forward computes the pieces lo to hi of the first layer for the rows at hand: first one
// group of its parts for all shards, then the next.
func (t *team) forward(worker, lo, hi int) {
	if worker > 0 && len(t.copies) > 0 {
		// The other parameters are wanted next.
		for _, c := range t.copies[worker-1] {
			if c != nil && c.Dtype() == tensor.Float32 {
				kernel.Prefetch(c.Float32s())
			}
		}
	}
	rows := t.batch.Rows()
	if t.ranks == nil {
		rows = min(t.inWave*shardRows, rows-t.first*shardRows)
	}
	shards := shardsOf(rows)
	from, to := t.shardsOf(worker)
	for k := lo; k < hi; k++ {
		g, s := k/shards, k%shards
		t.table.forward.AddGroup(worker, g, s*shardRows, min((s+1)*shardRows, rows), s < from || s >= to)
	}
}

// shardsOf are the shards of the wave that a worker is going to compute, or its rank; all if no
// other one reads what it wrote.
func (t *team) shardsOf(worker int) (from, to int) {
	if t.ranks != nil {
		return t.ranks.own.From, t.ranks.own.To
	}
	if workers := min(t.pool.Used(), t.inWave); workers > 1 && !t.alone {
		return worker * t.inWave / workers, (worker + 1) * t.inWave / workers
	}
	return 0, math.MaxInt
}

// backward computes the rows lo to hi of the table's gradient.
func (t *team) backward(worker, lo, hi int) {
	t.table.grad.SetProduct(t.table.x, t.table.slopesFor(worker), lo, hi)
}

// solve runs a solver's work on n rows of the table or of its gradient. If each worker summed up
// rows of its own for the batch, it steps the same ones: they are in its cache.
func (t *team) solve(n, size int, work func(worker, lo, hi int)) {
	if workers := t.pool.Used(); t.z1 && workers > 1 && t.table.grad.IsPutOff() && n == t.table.grad.Len() {
		t.work, t.places = work, t.table.x.Parts(t.places[:0])
		if len(t.places) == workers+1 {
			t.pool.Run(workers, 1, t.doWork)
			return
		}
	}
	t.pool.Run(n, size, work)
}

// workOnParts is for the parts lo to hi of the rows, one for each worker.
func (t *team) workOnParts(worker, lo, hi int) {
	if from, to := t.places[lo], t.places[hi]; from < to {
		t.work(worker, from, to)
	}
}

// shardRun are the shards that a worker did one after the other.
type shardRun struct {
	lo, hi int
	next   int // the first addition that may be beyond
	_      [128 - 3*8]byte
}

// shards computes the shards lo to hi of the wave on a worker's machine, and of the sums over
// all shards those that need no others than it did in one go.
func (t *team) shards(worker, lo, hi int) {
	split := t.table != nil && t.ranks == nil
	r := &t.runs[worker]
	from, to := t.shardsOf(worker)
	for s := lo; s < hi && t.errs[worker] == nil; s++ {
		if s != r.hi {
			*r = shardRun{lo: s}
		}
		r.hi = s + 1
		if split && from <= s && s+1 < min(to, t.inWave) {
			// What others summed up of the next shard is on its way during this one.
			t.table.forward.Prefetch(t.groupOf(worker), (s+1)*shardRows, min((s+2)*shardRows, t.batch.Rows()-t.first*shardRows))
		}
		t.errs[worker] = t.shard(worker, s)
		for ; r.next < len(t.adds) && t.adds[r.next].end <= r.hi; r.next++ {
			if t.adds[r.next].To >= r.lo {
				t.addShards(r.next, 0, t.width)
				t.adds[r.next].done = true
			}
		}
	}
}

// groupOf is one of the groups of the table's parts that a worker computed.
func (t *team) groupOf(worker int) int {
	return worker * t.table.forward.Groups() / t.pool.Used()
}

// shard computes shard s of the wave on a worker's machine.
func (t *team) shard(worker, s int) error {
	m, b := t.members[worker], t.batch
	number := t.first + s
	lo := number * shardRows
	hi := min(lo+shardRows, b.Rows())
	if t.table != nil {
		at := s // of its rows, among those at hand
		if t.ranks == nil {
			g := t.groupOf(worker)
			t.table.forward.JoinInto(g, at*shardRows, at*shardRows+hi-lo)
			at += g * t.table.atHand
		} else {
			at = number - t.ranks.own.From
			t.table.join(at*shardRows, at*shardRows+hi-lo, t.ranks.mine)
		}
		t.table.forward.Finish(t.table.sums, at*shardRows, at*shardRows+hi-lo)
		if err := m.machine.Let(t.table.f, t.table.shards[at]); err != nil {
			return err
		}
	} else {
		m.loadDense(b, lo, hi)
	}
	m.loadAnswers(t.n, b, lo, hi, 1/float64(b.Rows()))
	// A mask of its own for each shard.
	*m.stepNow = gorgonia.F64(t.n.dropStep*(1<<20) + float64(number))
	loss, err := m.run()
	if err != nil {
		return err
	}
	t.losses[number] = loss
	if t.n.cfg.Dtype == tensor.Float32 {
		gather(t, worker, s, lo, hi, (*tensor.Dense).Float32s)
	} else {
		gather(t, worker, s, lo, hi, (*tensor.Dense).Float64s)
	}
	return nil
}

// gather copies what a worker's machine computed for shard s of the wave, rows lo to hi of the
// batch.
func gather[T kernel.Float](t *team, worker, s, lo, hi int, of func(*tensor.Dense) []T) {
	m := t.members[worker]
	if t.table != nil {
		units, d := t.table.units(), of(m.machine.Value(t.table.d).(*tensor.Dense))
		used, copies := t.pool.Used(), t.table.slopes
		for w, slopes := range copies[:min(used, len(copies))] {
			if to := of(slopes)[lo*units : hi*units]; used == 1 || w == worker && len(copies) > 1 {
				copy(to, d)
			} else {
				kernel.CopyOut(to, d) // others read it
			}
		}
	}
	to := of(t.partial)[s*t.width : (s+1)*t.width]
	for _, g := range t.dense {
		to = to[copy(to, of(m.machine.Value(g).(*tensor.Dense))):]
	}
}

// sums adds up the numbers lo to hi of the shards' gradients, where no worker had all of them.
func (t *team) sums(_, lo, hi int) {
	for k := range t.adds {
		if !t.adds[k].done {
			t.addShards(k, lo, hi)
		}
	}
}

// addShards does addition k, of the numbers lo to hi of the gradients.
func (t *team) addShards(k, lo, hi int) {
	to, from := t.adds[k].To*t.width, t.adds[k].From*t.width
	if t.n.cfg.Dtype == tensor.Float32 {
		p := t.partial.Float32s()
		kernel.Add(p[to+lo:to+hi], p[from+lo:from+hi])
	} else {
		p := t.partial.Float64s()
		kernel.Add(p[to+lo:to+hi], p[from+lo:from+hi])
	}
}
