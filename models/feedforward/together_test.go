package feedforward

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/tensor"
)

// shared is a set that several ranks hold together. Here each of them has all of it, or
// what it is to evaluate.
type shared struct {
	*data.Set
	comm cluster.Comm
}

func (s shared) Cluster() cluster.Comm { return s.comm }

// block is what a rank evaluates of a set.
func block(c cluster.Comm, all *data.Set) shared {
	groups := (all.Len() + EvaluateRows - 1) / EvaluateRows
	part := &data.Set{All: data.Batch{Columns: all.All.Columns, Offsets: []int{0}}}
	for i := c.Rank() * groups / c.Size() * EvaluateRows; i < min((c.Rank()+1)*groups/c.Size()*EvaluateRows, all.Len()); i++ {
		part.Append(&all.All, i)
	}
	return shared{part, c}
}

// together trains r's network on so many ranks and returns the model and the history,
// which must be the same on all of them.
func (r *longRun) together(t *testing.T, ctx context.Context, ranks int, change func(c cluster.Comm, fit *Fit)) ([]byte, *History, error) {
	t.Helper()
	models, histories := make([][]byte, ranks), make([]*History, ranks)
	var mu sync.Mutex // graphs are declared one at a time
	err := cluster.Run(ranks, func(c cluster.Comm) error {
		s, err := solvers.New(r.solver, solvers.Settings{})
		if err != nil {
			return err
		}
		fit := r.fit
		fit.Solver, fit.Valid = s, block(c, r.valid.(*data.Set))
		change(c, &fit)
		mu.Lock()
		n := r.network(t)
		mu.Unlock()
		if c.Rank() > 0 { // they are to have the weights of rank 0
			n.params[0].Float32s()[5] += 1
		}
		h, err := n.Fit(ctx, shared{r.train.(*data.Set), c}, fit)
		models[c.Rank()], histories[c.Rank()] = modelBytes(t, n), h
		return err
	})
	for rank := 1; rank < ranks; rank++ {
		if !bytes.Equal(models[rank], models[0]) {
			t.Errorf("%d ranks: rank %d has another model than rank 0", ranks, rank)
		}
		if course(histories[rank]) != course(histories[0]) {
			t.Errorf("%d ranks: rank %d has another history than rank 0", ranks, rank)
		}
	}
	return models[0], histories[0], err
}

// course is a history as text.
func course(h *History) string {
	text := fmt.Sprint(h.Steps, h.Stopped, h.Best)
	for _, e := range h.Epochs {
		text += fmt.Sprintf("\n%+v", Epoch{e.Number, e.Steps, e.Documents, e.Loss, nil})
		if e.Valid != nil {
			text += fmt.Sprintf(" %+v", *e.Valid)
		}
	}
	return text
}

// However many ranks train together, with however many workers, the model has the same
// bits, and what is reported too.
func TestTogether(t *testing.T) {
	for _, solver := range solvers.Names() {
		for _, batch := range []int{20, 150, 300, Whole} {
			r := newLongRun(t, solver, tensor.Float32)
			r.train, r.valid = randomSet(700, 300, 3, 1), randomSet(700, 300, 3, 2)
			r.fit.Epochs, r.fit.Batch = 3, batch
			want, wantHistory, err := r.run(t, t.Context(), func(*Fit) {})
			if err != nil {
				t.Fatal(err)
			}
			for _, ranks := range []int{1, 2, 3, 4, 7} {
				got, h, err := r.together(t, t.Context(), ranks, func(c cluster.Comm, fit *Fit) { fit.Workers = 1 + c.Rank()%2 })
				if err != nil {
					t.Fatalf("%s, batch %d, %d ranks: %v", solver, batch, ranks, err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s, batch %d: %d ranks end with another model than one process", solver, batch, ranks)
				}
				if course(h) != course(wantHistory) {
					t.Errorf("%s, batch %d, %d ranks: the course is\n%s\none process has\n%s", solver, batch, ranks, course(h), course(wantHistory))
				}
			}
		}
	}
}

// Several labels, float64, penalties and numbers instead of words.
func TestTogetherOthers(t *testing.T) {
	for _, row := range []struct {
		name   string
		cfg    Config
		layers []Layer
		set    *data.Set
	}{
		{"labels", Config{Inputs: 90, Seed: 1, MultiLabel: true}, []Layer{Dense(8, "relu"), Dense(4, "sigmoid")}, randomLabels(300, 90, 4, 1)},
		{"float64", Config{Inputs: 90, Seed: 1, Dtype: tensor.Float64}, []Layer{Dense(3, "softmax")}, randomSet(300, 90, 3, 1)},
	} {
		for _, settings := range []solvers.Settings{{}, {L2: 0.01, Clip: 0.1}} {
			var want []byte
			for _, ranks := range []int{1, 2, 3, 4} {
				models := make([][]byte, ranks)
				var mu sync.Mutex
				err := cluster.Run(ranks, func(c cluster.Comm) error {
					s, err := solvers.New("adam", settings)
					if err != nil {
						return err
					}
					mu.Lock()
					n := mustNew(t, row.cfg, row.layers...)
					mu.Unlock()
					_, err = n.Fit(t.Context(), shared{row.set, c}, Fit{Epochs: 3, Batch: 130, Solver: s, Workers: 1, Valid: block(c, row.set)})
					models[c.Rank()] = modelBytes(t, n)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				if want == nil {
					want = models[0]
				}
				for rank, m := range models {
					if !bytes.Equal(m, want) {
						t.Errorf("%s, %v: rank %d of %d has other weights than one process", row.name, settings, rank, ranks)
					}
				}
			}
		}
	}
}

// A training that was stopped goes on with as many ranks as one likes, and ends with the
// same bits.
func TestTogetherResume(t *testing.T) {
	for _, solver := range []string{"adam", "momentum", "lazyadam"} {
		r := newLongRun(t, solver, tensor.Float32)
		r.train, r.valid = randomSet(700, 300, 3, 1), randomSet(700, 300, 3, 2)
		r.fit.Epochs, r.fit.Batch = 4, 150
		want, _, err := r.run(t, t.Context(), func(*Fit) {})
		if err != nil {
			t.Fatal(err)
		}
		for _, ranks := range []int{1, 2, 3} {
			path := filepath.Join(t.TempDir(), "checkpoint")
			ctx, stop := context.WithCancel(t.Context())
			_, h, err := r.together(t, ctx, ranks, func(c cluster.Comm, fit *Fit) {
				fit.Checkpoints = Checkpoints{Path: path, EverySteps: 3, Due: func(s Step) bool { return c.Rank() == 0 && s.Step%4 == 0 }}
				fit.OnStep = func(s Step) {
					if s.Step == 13 && c.Rank() == ranks-1 {
						stop()
					}
				}
			})
			if !errors.Is(err, context.Canceled) || h.Stopped != StoppedInterrupted || h.Steps < 13 || h.Steps > 14 {
				t.Fatalf("%d ranks: stopped after %d steps with %v", ranks, h.Steps, err)
			}
			for _, others := range []int{1, 2, 4} {
				got, _, err := r.together(t, t.Context(), others, func(c cluster.Comm, fit *Fit) {
					checkpoint, err := LoadCheckpoint(path)
					if err != nil {
						t.Error(err)
					}
					fit.Resume = checkpoint
				})
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s: stopped on %d ranks, gone on with on %d: another model", solver, ranks, others)
				}
			}
		}
	}
}

// What ranks cannot do is refused on all of them.
func TestTogetherRefused(t *testing.T) {
	set := randomSet(64, 30, 2, 1)
	err := cluster.Run(2, func(c cluster.Comm) error {
		n := mustNew(t, Config{Inputs: 30, Engine: Gorgonia}, Dense(2, "softmax"))
		_, err := n.Fit(t.Context(), shared{set, c}, Fit{})
		return err
	})
	if err == nil {
		t.Error("no error for engine gorgonia")
	}
}

// Owners share out all rows, and nearly as many to each of as many ranks as there can
// well be.
func TestOwners(t *testing.T) {
	for _, batch := range []int{1, 64, 128, 256, 512, 4096, Whole} {
		for ranks := 1; ranks <= 8; ranks++ {
			b := Owners(1000, batch, ranks)
			if len(b) != ranks+1 || b[0] != 0 || b[ranks] != 1000 || !slices.IsSorted(b) {
				t.Errorf("batch %d, %d ranks: %v", batch, ranks, b)
			}
		}
	}
	for _, c := range []struct {
		batch, ranks int
		want         []int
	}{{128, 2, []int{0, 500, 1000}}, {256, 4, []int{0, 250, 500, 750, 1000}}, {2048, 8, []int{0, 125, 250, 375, 500, 625, 750, 875, 1000}}} {
		if got := Owners(1000, c.batch, c.ranks); !slices.Equal(got, c.want) {
			t.Errorf("batch %d, %d ranks: %v, want %v", c.batch, c.ranks, got, c.want)
		}
	}
}
