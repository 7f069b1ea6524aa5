package ranked

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/memory"
)

// Train is a data.Source of the examples that all ranks hold. Its passes yield the same
// batches on every rank, in the order of one process with all examples in one data.Set,
// with all that stands for y; but of x only the columns that are the rank's own. A rank
// that is alone gets its set as it is.
//
// Examples travel in windows of whole batches, of about a mebibyte a rank. So beside them a
// pass needs the memory of one window, or of one batch if that is more, and with a
// shuffle four bytes for each example of all ranks.
//
// Pass and Next are collective: all ranks must go through a pass alike, with the same size and
// the same state of shuffle, and a pass that is given up half way must be given up by
// all, after the same batch. Like a Comm, a Train is for one goroutine at a time.
type Train struct {
	*layout
	c           cluster.Comm
	local       *data.Set
	bounds      []int32
	windowBytes int
	spare       *window // of a pass that has ended
}

// windowBytes is about how much of a window a rank sends, and gets. Two and four times as
// much gained nothing on one machine.
const windowBytes = 1 << 20

// NewTrain makes the source of the examples of all ranks, of which local are those that this
// one holds. Rank r works on the columns bounds[r] to bounds[r+1]-1; bounds starts with 0
// and ends with the number of columns. It is collective.
//
// All ranks must have the same bounds and examples of the same form, which must be sparse. A
// rank may hold none.
func NewTrain(c cluster.Comm, local *data.Set, bounds []int) (*Train, error) {
	l, err := newLayout(c, local)
	if err != nil {
		return nil, err
	}
	if err := cluster.Same(c, "ranked: which columns a rank works on", cluster.Bytes(bounds)); err != nil {
		return nil, err
	}
	t := &Train{layout: l, c: c, local: local, windowBytes: windowBytes}
	if len(bounds) != c.Size()+1 || bounds[0] != 0 || !slices.IsSorted(bounds) || l.rows() > 0 && bounds[c.Size()] != l.columns {
		return nil, fmt.Errorf("ranked: bounds of columns are %v, want %d from 0 to %d that ascend", bounds, c.Size()+1, l.columns)
	}
	for _, b := range bounds {
		t.bounds = append(t.bounds, int32(b))
	}
	if uint64(l.rows()) > math.MaxUint32 {
		return nil, fmt.Errorf("ranked: %d examples, want at most %d", l.rows(), uint32(math.MaxUint32))
	}
	return t, nil
}

// Cluster is that of all ranks.
func (t *Train) Cluster() cluster.Comm { return t.c }

// Bounds are those of the columns that each rank works on, as in NewTrain.
func (t *Train) Bounds() []int {
	bounds := make([]int, len(t.bounds))
	for r, b := range t.bounds {
		bounds[r] = int(b)
	}
	return bounds
}

// Len is the number of examples of all ranks.
func (t *Train) Len() int { return t.rows() }

// Pass implements data.Source.
func (t *Train) Pass(size int, shuffle *rand.Rand) data.Pass {
	if t.c.Size() == 1 {
		return t.local.Pass(size, shuffle)
	}
	n := t.rows()
	if size <= 0 || size > n {
		size = max(n, 1)
	}
	w := t.spare
	t.spare = nil
	if w == nil {
		w = &window{t: t, out: make([][]int32, t.c.Size()), in: make([][]int32, t.c.Size()), send: make([][]byte, t.c.Size())}
	}
	w.start(shuffle)
	return &trainPass{t: t, w: w, size: size}
}

type trainPass struct {
	t    *Train
	w    *window // nil after the end
	size int
}

// Checked says that batches are well formed: the examples were looked at when the source was made.
func (p *trainPass) Checked() bool { return true }

// Next implements data.Pass.
func (p *trainPass) Next(b *data.Batch) error {
	if p.w == nil {
		return io.EOF
	}
	t, w := p.t, p.w
	if w.at == t.rows() {
		t.spare, p.w = w, nil
		return io.EOF
	}
	if w.at == w.end {
		if err := w.turn(p.size); err != nil {
			return err
		}
	}
	return w.next(b, min(p.size, w.end-w.at))
}

// window holds the examples of the batches to come.
type window struct {
	t       *Train
	order   []uint32 // of all examples; empty: as they are numbered
	at, end int      // places in the order: of the next example, and behind the window
	out     [][]int32
	send    [][]byte
	mail    cluster.Mail
	in      [][]int32 // the rows of each rank that were not taken yet
	rows    []int     // of the window, those of this rank
	called  int32     // keeps packAll's first loads from being left out
}

var errOrder = errors.New("ranked: ranks do not go through the examples in the same order")

// start draws the order of a pass, that of rand.Perm.
func (w *window) start(shuffle *rand.Rand) {
	w.at, w.end, w.order = 0, 0, w.order[:0]
	if shuffle == nil {
		return
	}
	w.order = slices.Grow(w.order, w.t.rows())[:w.t.rows()]
	for i := range w.order {
		w.order[i] = uint32(i)
	}
	order := w.order
	shuffle.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
}

// example is the number of the example at a place of the order.
func (w *window) example(at int) int {
	if len(w.order) > 0 {
		return int(w.order[at])
	}
	return at
}

// turn gets the examples of the next batches.
func (w *window) turn(size int) error {
	t := w.t
	w.end = min(w.at+t.windowRows(size), t.rows())
	for r := range w.out {
		w.out[r] = memory.Grow(w.out[r][:0], t.windowBytes/4/t.c.Size())
	}
	first, last := t.starts[t.c.Rank()], t.starts[t.c.Rank()+1]
	w.rows = w.rows[:0]
	for at := w.at; at < w.end; at++ {
		if i := w.example(at); first <= i && i < last {
			w.rows = append(w.rows, i-first)
		}
	}
	w.packAll()
	me := t.c.Rank()
	for r, message := range w.out {
		if r != me { // what this rank has for itself stays where it is
			w.send[r] = cluster.Bytes(message)
		}
	}
	recv, err := w.mail.Exchange(t.c, w.send)
	if err != nil {
		return err
	}
	for r, message := range recv {
		w.in[r] = cluster.Of[int32](message)
	}
	w.in[me] = w.out[me]
	return nil
}

// packAll adds w.rows to the messages.
func (w *window) packAll() {
	// Shuffled rows lie anywhere in memory. To wait for them one after the other takes
	// longer than all the rest, so some are called for at the same time.
	const ahead = 16
	b := &w.t.local.All
	for from := 0; from < len(w.rows); from += ahead {
		rows := w.rows[from:min(from+ahead, len(w.rows))]
		var sum int32
		for _, i := range rows {
			if lo, hi := b.Offsets[i], b.Offsets[i+1]; lo < hi {
				sum += b.Indices[lo] + b.Indices[(lo+hi)/2] + b.Indices[hi-1]
			}
		}
		w.called = sum
		for _, i := range rows {
			w.pack(i)
		}
	}
}

// windowRows is the number of examples in a window: as many batches as fit it.
func (t *Train) windowRows(size int) int {
	// What one rank gets of an example on average, and sends of it.
	n := t.rows()
	each := float64(4*t.words(n, t.entries/t.c.Size(), t.marks)) / float64(n)
	return size * max(int(float64(t.windowBytes)/each)/size, 1)
}

// pack adds row i of this rank to the messages.
func (w *window) pack(i int) {
	t := w.t
	b := &t.local.All
	lo, end := b.Offsets[i], b.Offsets[i+1]
	row := b.Indices[:end]
	last := len(w.out) - 1
	for r := range last {
		hi := lo
		for limit := t.bounds[r+1]; hi < len(row) && row[hi] < limit; hi++ {
		}
		w.out[r] = t.form.pack(w.out[r], b, i, lo, hi)
		lo = hi
	}
	w.out[last] = t.form.pack(w.out[last], b, i, lo, end)
}

// next fills b with the next n examples.
func (w *window) next(b *data.Batch, n int) error {
	t := w.t
	t.form.start(b)
	for end := w.at + n; w.at < end; w.at++ {
		r := t.holder(w.example(w.at))
		rest, ok := t.unpack(b, w.in[r])
		if !ok {
			return errOrder
		}
		w.in[r] = rest
	}
	if w.at == w.end {
		for _, rest := range w.in {
			if len(rest) > 0 {
				return errOrder
			}
		}
	}
	return nil
}
