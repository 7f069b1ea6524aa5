package feedforward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"time"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/parallel"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Whole as Fit.Batch takes the gradient over the whole training set at each step:
// plain gradient descent.
const Whole = -1

// Fit says how a network is trained.
type Fit struct {
	// Epochs is how often training goes through the examples, at the most. Default 10.
	Epochs int

	// Batch is the number of examples a step. Default 64; Whole for all of them.
	Batch int

	// Solver is the update rule. Default &solvers.Adam{}. Any gorgonia.Solver will do;
	// those of package solvers step the first layer of a text network at the cost of
	// the words in the batch.
	Solver gorgonia.Solver

	// Valid, if given, is evaluated after each epoch. The weights of the epoch with the
	// least loss on it are the ones kept.
	Valid data.Source

	// Patience stops training when the loss on Valid has not improved for that many
	// epochs. 0 is off.
	Patience int

	// Schedule is how the learning rate changes from step to step, the zero value not at
	// all. Steps and EpochSteps need not be given for a source that knows its number of
	// examples (a Len method, as data.Set and data.Cache have). It needs a Solver of
	// package solvers, and solvers.Plateau needs Valid. A schedule of the Solver's own
	// multiplies with it.
	Schedule solvers.Schedule

	// ClassWeights holds how much the examples of each class count in training, by the
	// number of the class; nil is 1 each. The loss of a batch is Σ_i w_i·ℓ_i / n over
	// its n examples, with w_i the weight of the class times data.Batch.Weights: divided by
	// the number of examples, as Keras does (PyTorch's CrossEntropyLoss divides by Σ w_i,
	// scikit-learn's SGDClassifier scales each example's step by its weight). Weights that
	// are 1 in the mean, as BalancedWeights are, leave the size of the steps as it is.
	// Evaluate knows nothing of them.
	ClassWeights []float64

	// LabelSmoothing s makes training ask for less than certainty, y ← (1−s)·y + s/K
	// with K classes and losses.CrossEntropy, y ← (1−s)·y + s/2 for each output with
	// losses.BinaryCrossEntropy; 0 is off. Other losses refuse it. Evaluate does not
	// smooth. C. Szegedy et al., "Rethinking the Inception Architecture for Computer
	// Vision", 2016, section 7 (arXiv:1512.00567).
	LabelSmoothing float64

	// TargetLoss stops training after an epoch whose training loss is at or below it.
	// The guide's zero, the default, is as good as never reached.
	TargetLoss float64

	// Workers is how many cores compute a step. 0 is as many as there are, but no more
	// than one for 32 examples of a batch, and fewer while fewer are as fast: now and then
	// some steps are done with another number and timed. The result is the same to the bit
	// for any number.
	Workers int

	// OnStep, if given, is called after each step, OnEpoch after each epoch.
	OnStep  func(Step)
	OnEpoch func(Epoch)

	// Checkpoints says when to write a file from which training can go on.
	Checkpoints Checkpoints

	// Resume, if given, goes on where a checkpoint was written, and ends with the bits
	// that a training would have that never stopped. All that decides over them must
	// be the same: the examples, the network's declaration, Batch, Schedule,
	// ClassWeights, LabelSmoothing and Solver (whose learning rate alone may be another,
	// for another result). Epochs, unless the Schedule goes by them, Patience,
	// TargetLoss, Workers and Checkpoints are free. History has the epochs before, but
	// for their confusion matrices.
	Resume *Checkpoint
}

// Step is what OnStep is told. Numbers count from 1.
type Step struct {
	Epoch, Step int     // Step counts through all epochs
	Documents   int     // seen in this epoch
	Loss        float64 // mean over the batch, before the step, as training weighs and smooths it
	RateFactor  float64 // what Fit.Schedule multiplied the learning rate by, 1 without one
}

// Epoch is one pass over the training examples.
type Epoch struct {
	Number    int
	Steps     int     // done by the end of the epoch, since the start of Fit
	Documents int     // trained on in the epoch
	Loss      float64 // mean training loss, of each batch before its step, with dropout
	Valid     *Result // nil without Fit.Valid
}

// Stopped says why training ended.
type Stopped string

const (
	StoppedEpochs      Stopped = "epochs"      // all epochs done
	StoppedTargetLoss  Stopped = "target-loss" // Fit.TargetLoss reached
	StoppedPatience    Stopped = "patience"    // Fit.Valid did not improve
	StoppedInterrupted Stopped = "interrupted" // the context ended
)

// History is the course of a training.
type History struct {
	Epochs  []Epoch
	Steps   int
	Stopped Stopped

	// Best is the number of the epoch whose weights were kept, with Fit.Valid; else 0.
	Best int
}

// DivergedError says that the loss became NaN or infinite. The weights are lost.
type DivergedError struct {
	Epoch, Step int
	Loss        float64
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("feedforward: the loss became %v in epoch %d, step %d; try a smaller learning rate", e.Loss, e.Epoch, e.Step)
}

// Fit trains the network on the examples of train. When ctx ends, the step under way
// is finished, and Fit returns the history so far with ctx's error. The weights of the
// best epoch so far are kept in that case too.
//
// Several processes can train one network together, with the bits that one would give:
// on each of them Fit is called with the same settings and its part of the examples
// (cluster.Shared). Batch is the number of examples a step of all of them together. It
// needs engine Native.
func (n *Network) Fit(ctx context.Context, train data.Source, fit Fit) (*History, error) {
	if isNil(train) {
		return nil, errors.New("feedforward: Fit without examples (the source is nil)")
	}
	if err := fit.setDefaults(); err != nil {
		return nil, err
	}
	if err := fit.checkValid(); err != nil {
		return nil, err
	}
	schedule, err := fit.schedule(train)
	if err != nil {
		return nil, err
	}
	if err := fit.Checkpoints.check(n, &fit); err != nil {
		return nil, err
	}
	t, err := newTrainer(n, fit, cluster.Behind(train))
	if err != nil {
		return nil, err
	}
	defer t.close()
	t.follow(schedule)
	if fit.Resume != nil {
		if err := t.resume(fit.Resume); err != nil {
			return nil, err
		}
	}
	if t.team != nil && t.team.ranks != nil {
		if t.team.table != nil {
			if err := t.team.table.checkBounds(train); err != nil {
				return nil, err
			}
		}
		t.team.ranks.ctx = ctx
		if err := t.team.ranks.share(); err != nil {
			return nil, err
		}
	}
	err = t.run(ctx, train)
	if errors.As(err, new(*DivergedError)) {
		return t.history, err
	}
	if err == nil || t.history.Stopped == StoppedInterrupted {
		// Before the flush, which is not a part of training.
		if e := t.lastCheckpoint(); e != nil {
			err = errors.Join(err, e)
		}
	}
	// Whatever ended training, no row may be left behind.
	if e := t.flush(true); err == nil {
		err = e
	}
	if t.best != nil {
		t.restoreBest()
	}
	return t.history, err
}

func (f *Fit) setDefaults() error {
	if f.Epochs == 0 {
		f.Epochs = 10
	}
	if f.Batch == 0 {
		f.Batch = defaultBatch
	}
	if f.Solver == nil {
		f.Solver = &solvers.Adam{}
	}
	var errs []error
	if f.Epochs < 0 {
		errs = append(errs, fmt.Errorf("feedforward: Fit.Epochs is %d, want at least 1", f.Epochs))
	}
	if f.Batch < 0 && f.Batch != Whole {
		errs = append(errs, fmt.Errorf("feedforward: Fit.Batch is %d, want at least 1, or Whole", f.Batch))
	}
	if f.Workers < 0 {
		errs = append(errs, fmt.Errorf("feedforward: Fit.Workers is %d, want at least 0", f.Workers))
	}
	if f.Patience < 0 {
		errs = append(errs, fmt.Errorf("feedforward: Fit.Patience is %d, want at least 0", f.Patience))
	}
	if f.TargetLoss < 0 || math.IsNaN(f.TargetLoss) {
		errs = append(errs, fmt.Errorf("feedforward: Fit.TargetLoss is %v, want at least 0", f.TargetLoss))
	}
	return errors.Join(errs...)
}

// isNil says whether there is no source, or a nil pointer to one.
func isNil(s data.Source) bool {
	if s == nil {
		return true
	}
	v := reflect.ValueOf(s)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// checkValid finds out before the first epoch what would be wrong after it.
func (f *Fit) checkValid() error {
	if f.Valid == nil {
		return nil
	}
	if isNil(f.Valid) {
		return errors.New("feedforward: Fit.Valid is a nil pointer; leave it out to train without validation")
	}
	// Of a source that ranks share this is the part of one of them.
	if sized, ok := f.Valid.(interface{ Len() int }); ok && sized.Len() == 0 && cluster.Behind(f.Valid).Size() == 1 {
		return errors.New("feedforward: Fit.Valid has no examples; leave it out to train without validation")
	}
	return nil
}

// trainer is one call of Fit.
type trainer struct {
	checked bool // the batches of this epoch are well formed

	n        *Network
	fit      Fit
	solver   gorgonia.Solver
	rows     solvers.Solver // the solver, if it lets absent rows lag
	pool     *parallel.Pool
	choice   *parallel.Choice // of how many workers of the pool do a step; nil: all
	largest  int              // examples of the largest batch
	team     *team            // native engine
	program  *program         // gorgonia engine
	model    []gorgonia.ValueGrad
	answers  answers
	schedule solvers.Schedule
	cuts     int     // of schedule plateau, so far
	rate     float64 // factor of the schedule at the last step
	history  *History

	best     []*tensor.Dense // a copy of the best epoch's weights
	bestLoss float64

	at, written position // now, and in the last checkpoint
}

func newTrainer(n *Network, fit Fit, comm cluster.Comm) (*trainer, error) {
	t := &trainer{n: n, fit: fit, solver: fit.Solver, history: &History{}, at: position{epoch: 1}, rate: 1}
	ours, _ := fit.Solver.(solvers.Solver)
	if ours != nil {
		if err := ours.Check(); err != nil {
			return nil, err
		}
	}
	var err error
	if t.answers, err = n.answers(&fit); err != nil {
		return nil, err
	}
	if comm.Size() > 1 {
		if err := canShare(n, &fit); err != nil {
			return nil, err
		}
	}
	if n.cfg.Engine == Gorgonia {
		return t, nil
	}
	workers := fit.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
		if fit.Batch != Whole {
			workers = min(workers, max(fit.Batch/comm.Size()/shardRows, 1))
		}
		if comm.Size() == 1 { // else steps take as long as those of the slowest rank
			t.choice = parallel.NewChoice(workers)
		}
	}
	t.pool = parallel.New(workers)
	team, err := newTeam(n, t.pool, comm, fit.Batch)
	if err != nil {
		t.pool.Close()
		return nil, err
	}
	t.team, t.model = team, team.model
	for _, m := range team.members {
		m.answers = t.answers
	}
	switch {
	case ours != nil:
		ours.SetParallel(team.solve)
		ours.SetDefer(team.table != nil)
		team.putOff = true
		if team.table != nil {
			t.rows = ours
		}
	case team.table != nil:
		t.model = append([]gorgonia.ValueGrad{denseGrad{t.model[0]}}, t.model[1:]...)
	}
	return t, nil
}

func (t *trainer) run(ctx context.Context, train data.Source) error {
	if last := len(t.history.Epochs); last > 0 && t.at.batches == 0 {
		// A checkpoint may be that of the end.
		if t.history.Stopped = t.stops(t.history.Epochs[last-1]); t.history.Stopped != "" {
			return nil
		}
	}
	var batch data.Batch
	for {
		epoch := t.at.epoch
		e := Epoch{Number: epoch}
		// The order depends on seed and epoch alone, not on what was drawn before.
		order := rand.New(rand.NewPCG(t.n.cfg.Seed, uint64(epoch)<<32))
		if t.fit.Batch == Whole {
			order = nil
		}
		pass := train.Pass(max(t.fit.Batch, 0), order)
		c, ok := pass.(interface{ Checked() bool })
		t.checked = ok && c.Checked()
		if err := t.skip(pass, &batch); err != nil {
			return err
		}
		for {
			if err := t.ended(ctx); err != nil {
				t.history.Stopped = StoppedInterrupted
				return err
			}
			err := t.next(pass, &batch)
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			loss, err := t.step(&batch, epoch)
			if err != nil {
				return err
			}
			t.at.batches++
			t.at.documents += batch.Rows()
			t.at.sum += loss * float64(batch.Rows())
			step := Step{Epoch: epoch, Step: t.history.Steps, Documents: t.at.documents, Loss: loss, RateFactor: t.rate}
			if t.fit.OnStep != nil {
				t.fit.OnStep(step)
			}
			due, err := t.due(step)
			if err != nil {
				return err
			}
			if due {
				if err := t.checkpoint(); err != nil {
					return err
				}
			}
		}
		e.Documents = t.at.documents
		if e.Documents == 0 {
			return errors.New("feedforward: there are no examples to train on")
		}
		e.Loss = t.at.sum / float64(e.Documents)
		e.Steps = t.history.Steps
		// Without a validation nobody reads what other ranks own.
		if err := t.flush(t.fit.Valid != nil); err != nil {
			return err
		}
		if t.fit.Valid != nil {
			r, err := t.n.Evaluate(t.fit.Valid)
			if err != nil {
				return err
			}
			e.Valid = r
			if math.IsNaN(r.Loss) || math.IsInf(r.Loss, 0) {
				return &DivergedError{Epoch: epoch, Step: t.history.Steps, Loss: r.Loss}
			}
			if t.best == nil || r.Loss < t.bestLoss {
				t.keepBest(epoch, r.Loss)
			}
		}
		t.history.Epochs = append(t.history.Epochs, e)
		t.countCuts()
		t.at = position{epoch: epoch + 1}
		if t.fit.OnEpoch != nil {
			t.fit.OnEpoch(e)
		}
		if why := t.stops(e); why != "" {
			t.history.Stopped = why
			return nil
		}
		if t.fit.Checkpoints.dueAfter(epoch) {
			if err := t.checkpoint(); err != nil {
				return err
			}
		}
	}
}

// stops says whether, and why, e was the last epoch.
func (t *trainer) stops(e Epoch) Stopped {
	switch {
	case e.Loss <= t.fit.TargetLoss:
		return StoppedTargetLoss
	case e.Number >= t.fit.Epochs:
		return StoppedEpochs
	case t.fit.Valid != nil && t.fit.Patience > 0 && e.Number-t.history.Best >= t.fit.Patience:
		return StoppedPatience
	}
	return ""
}

// close gives the solver back as it was, and ends the workers.
func (t *trainer) close() {
	if ours, ok := t.solver.(solvers.Solver); ok {
		ours.SetFactor(nil)
		if t.team != nil {
			ours.SetParallel(nil)
			ours.SetDefer(false)
		}
	}
	t.pool.Close()
}

// next gets the next batch, on all workers if the pass lets them.
func (t *trainer) next(pass data.Pass, b *data.Batch) error {
	if p, ok := pass.(data.SplitPass); ok && t.pool.Used() > 1 {
		return p.NextSplit(b, t.pool.Run)
	}
	return pass.Next(b)
}

// step trains on one batch and returns its mean loss before the step.
func (t *trainer) step(b *data.Batch, epoch int) (float64, error) {
	if t.choice == nil {
		return t.stepNow(b, epoch)
	}
	t.pool.Use(t.choice.Workers())
	start := time.Now()
	loss, err := t.stepNow(b, epoch)
	if b.Rows() >= t.largest { // the last batch of an epoch takes less time
		t.largest = b.Rows()
		t.choice.Took(time.Since(start))
	}
	return loss, err
}

// stepNow is step with the workers that the pool uses.
func (t *trainer) stepNow(b *data.Batch, epoch int) (float64, error) {
	if !t.checked {
		if err := b.Check(); err != nil {
			return 0, fmt.Errorf("feedforward: %w", err)
		}
	}
	if err := t.n.checkForm(b, true); err != nil {
		return 0, err
	}
	if err := t.answers.check(b); err != nil {
		return 0, err
	}
	t.n.dropStep++
	compute := t.teamLoss
	if t.team == nil {
		compute = t.programLoss
	}
	loss, err := compute(b)
	if err != nil {
		return 0, err
	}
	t.history.Steps++
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return 0, &DivergedError{Epoch: epoch, Step: t.history.Steps, Loss: loss}
	}
	return loss, t.solver.Step(t.model)
}

// teamLoss computes loss and gradients on the native engine.
func (t *trainer) teamLoss(b *data.Batch) (float64, error) {
	if err := t.team.load(b); err != nil {
		return 0, err
	}
	if t.rows != nil {
		var err error
		if t.team.catchUp, err = t.rows.CatchUpLater(t.model, 0); err != nil {
			return 0, err
		}
	}
	return t.team.run()
}

// programLoss computes loss and gradients on the gorgonia engine.
func (t *trainer) programLoss(b *data.Batch) (float64, error) {
	if t.program == nil {
		// The first batch is the largest.
		p, err := t.n.trainProgram(b.Rows())
		if err != nil {
			return 0, err
		}
		t.program, t.model, p.answers = p, p.model, t.answers
	}
	p := t.program
	if b.Rows() > p.capacity {
		return 0, fmt.Errorf("feedforward: a batch of %d examples after batches of at most %d", b.Rows(), p.capacity)
	}
	if err := p.load(t.n, b, 0, b.Rows(), 1/float64(b.Rows())); err != nil {
		return 0, err
	}
	*p.stepNow = gorgonia.F64(t.n.dropStep)
	return p.run()
}

// denseGrad gives a solver that knows nothing of row-sparse gradients a dense one.
type denseGrad struct{ gorgonia.ValueGrad }

func (d denseGrad) Grad() (gorgonia.Value, error) {
	g, err := d.ValueGrad.Grad()
	if r, ok := g.(*graph.RowGrad); ok && err == nil {
		return r.Dense(), nil
	}
	return g, err
}

// flush brings all rows up to date, before all of them are read; of several ranks, each its own,
// or if whole is set those of all.
func (t *trainer) flush(whole bool) error {
	if t.rows != nil {
		if err := t.rows.Flush(t.model); err != nil {
			return err
		}
	}
	if whole && t.team != nil && t.team.ranks != nil {
		return t.team.ranks.spreadWeights()
	}
	return nil
}

func (t *trainer) keepBest(epoch int, loss float64) {
	t.history.Best, t.bestLoss = epoch, loss
	if t.best == nil {
		for _, p := range t.n.params {
			t.best = append(t.best, p.Clone().(*tensor.Dense))
		}
		return
	}
	copyAll(t.best, t.n.params)
}

func (t *trainer) restoreBest() { copyAll(t.n.params, t.best) }

func copyAll(to, from []*tensor.Dense) {
	for i := range to {
		switch data := to[i].Data().(type) {
		case []float32:
			copy(data, from[i].Float32s())
		case []float64:
			copy(data, from[i].Float64s())
		}
	}
}
