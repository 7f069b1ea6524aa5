package feedforward

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/vectors"
	"github.com/nestnet/nestnet/internal/safetensors"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/tensor"
)

// Checkpoints says when Fit writes a file from which training can go on, exactly as
// if it had not stopped, and what else stands in it. Writing one changes nothing of
// the training, so it does not matter when. Besides, one is written when training ends
// or is interrupted. The file is replaced as a whole, so a process may be killed at any
// moment.
//
// Checkpoints need engine native, a solver of package solvers, and a network that can
// be saved.
type Checkpoints struct {
	// Path is the file. Empty means no checkpoints.
	Path string

	// EverySteps and EveryEpochs write one after each so many steps, or epochs. 0 is
	// off; without either and without Due, EveryEpochs is 1.
	EverySteps, EveryEpochs int

	// Due, if given, is asked after each step whether to write one: each half minute,
	// for example.
	Due func(Step) bool

	// Encoder, Numbers and Labels are those of the Classifier that is being trained. With them
	// Load takes the file for a model, of the weights as they are in that step. May be
	// nil.
	Encoder *bow.Encoder
	Numbers *vectors.Encoder
	Labels  []string

	// Notes is any text, for the reader of Checkpoint.Notes.
	Notes string

	// Written, if given, is called after each one.
	Written func()

	// Failed, if given, is told when one cannot be written, and says whether training
	// ends with an error, the one that it returns. Nil goes on, and tries again when
	// the next one is due. Without Failed, training ends.
	Failed func(error) error
}

// Checkpoint is a training that was under way, for Fit.Resume.
type Checkpoint struct {
	// Classifier has the weights of that step, not those of the best epoch. Rows of
	// the first layer that no batch has read lately may still be to move a little.
	Classifier *Classifier

	Steps     int    // done
	Epochs    int    // done as a whole
	Documents int    // trained on in the epoch under way
	Notes     string // Checkpoints.Notes

	state  progressJSON
	solver solvers.State
	best   []*tensor.Dense
}

// History returns the epochs that were done as a whole, but for their confusion matrices.
func (c *Checkpoint) History() []Epoch {
	var epochs []Epoch
	for _, e := range c.state.History {
		epochs = append(epochs, e.epoch())
	}
	return epochs
}

// A checkpoint is a model file with more in it: the tensors solver.PARAMETER.NAME of the
// solver, the clocks of deferred rows, the window of Adam, and best.PARAMETER. The
// rest is progressJSON.
const (
	checkpointVersion = 1

	keyCheckpoint = "nestnet.checkpoint"
	keyProgress   = "nestnet.progress"
	keyNotes      = "nestnet.notes"

	windowTensor = "solver.window"
)

// progressJSON says where a training stands.
type progressJSON struct {
	Batch     int         `json:"batch"` // Fit.Batch
	Epoch     int         `json:"epoch"` // under way
	Batches   int         `json:"batches"`
	Documents int         `json:"documents"` // in these batches
	LossSum   float64     `json:"loss_sum"`  // over these documents
	Steps     int         `json:"steps"`
	DropStep  float64     `json:"drop_step"`
	Best      int         `json:"best,omitempty"`
	History   []epochJSON `json:"history"`
	Solver    solverJSON  `json:"solver"`

	Schedule       solvers.Schedule `json:"schedule"` // as Fit filled it in
	ClassWeights   []float64        `json:"class_weights,omitempty"`
	LabelSmoothing float64          `json:"label_smoothing,omitempty"`
}

type solverJSON struct {
	Name          string           `json:"name"`
	Step          int              `json:"step"`
	Settings      solvers.Settings `json:"settings"`
	Parameters    []slotsJSON      `json:"parameters"`
	WindowBase    int              `json:"window_base,omitempty"`
	WindowProduct float64          `json:"window_product,omitempty"`
}

type slotsJSON struct {
	Tensors []string `json:"tensors"`
	Lagging bool     `json:"lagging,omitempty"`
}

type epochJSON struct {
	Epoch
	Valid *resultJSON // hides the Epoch's
}

// resultJSON is a Result without the confusion matrix, which may be large.
type resultJSON struct {
	Result
	Accuracy, MacroF1, ROCAUC maybe     // hide the Result's
	Confusion                 *struct{} `json:",omitempty"`
}

// maybe is a number that may be NaN, in JSON null.
type maybe float64

func (m maybe) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(m)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(m))
}

func (m *maybe) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*m = maybe(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(m))
}

func newEpochJSON(e Epoch) epochJSON {
	j := epochJSON{Epoch: e}
	if r := e.Valid; r != nil {
		j.Valid = &resultJSON{Result: *r, Accuracy: maybe(r.Accuracy), MacroF1: maybe(r.MacroF1), ROCAUC: maybe(r.ROCAUC)}
	}
	return j
}

func (j epochJSON) epoch() Epoch {
	e := j.Epoch
	if v := j.Valid; v != nil {
		r := v.Result
		r.Accuracy, r.MacroF1, r.ROCAUC = float64(v.Accuracy), float64(v.MacroF1), float64(v.ROCAUC)
		e.Valid = &r
	}
	return e
}

func paramName(i int) string {
	return fmt.Sprintf("layer%d.%s", i/2+1, [2]string{"weight", "bias"}[i%2])
}

// check says what is wrong with c for a training by fit.
func (c *Checkpoints) check(n *Network, fit *Fit) error {
	if c.Path == "" {
		return nil
	}
	var errs []error
	if c.EverySteps < 0 || c.EveryEpochs < 0 {
		errs = append(errs, fmt.Errorf("feedforward: Checkpoints.EverySteps is %d and EveryEpochs %d, want at least 0", c.EverySteps, c.EveryEpochs))
	}
	errs = append(errs, canStop(n, fit))
	_, err := (&Classifier{Network: n, Encoder: c.Encoder, Numbers: c.Numbers, Labels: c.Labels}).file()
	return errors.Join(append(errs, err)...)
}

// canStop says whether all that a training remembers can be known.
func canStop(n *Network, fit *Fit) error {
	if !stepsAreOurs(n, fit) {
		return errors.New("feedforward: checkpoints need engine native and a solver of package solvers: stock solvers do not say what they remember")
	}
	return nil
}

// stepsAreOurs says whether a training is done by engine native and a solver of package
// solvers.
func stepsAreOurs(n *Network, fit *Fit) bool {
	_, ours := fit.Solver.(solvers.Solver)
	return ours && n.cfg.Engine == Native
}

// due says whether to write a checkpoint after a step.
func (c *Checkpoints) due(s Step) bool {
	// Due is asked each time, as it may count.
	return c.Due != nil && c.Due(s) || c.EverySteps > 0 && s.Step%c.EverySteps == 0
}

// dueAfter says whether to write one after an epoch.
func (c *Checkpoints) dueAfter(epoch int) bool {
	every := c.EveryEpochs
	if every == 0 && c.EverySteps == 0 && c.Due == nil {
		every = 1
	}
	return every > 0 && epoch%every == 0
}

// due says whether to write a checkpoint after a step, on all ranks if one is to.
func (t *trainer) due(s Step) (bool, error) {
	c := &t.fit.Checkpoints
	due := c.due(s)
	if c.Due == nil || t.team.ranks == nil {
		return due, nil
	}
	return t.team.ranks.decide(due) // it may go by the clock
}

// checkpoint writes one.
func (t *trainer) checkpoint() error {
	c := &t.fit.Checkpoints
	if c.Path == "" {
		return nil
	}
	f, err := t.checkpointFile()
	if t.team.ranks != nil && t.team.ranks.comm.Rank() > 0 {
		t.written = t.at
		return err
	}
	if err == nil {
		err = safetensors.WriteFile(c.Path, f)
	}
	if err == nil {
		t.written = t.at
		if c.Written != nil {
			c.Written()
		}
		return nil
	}
	if c.Failed != nil {
		return c.Failed(err)
	}
	return err
}

// lastCheckpoint writes where training ended, if it is not written yet.
func (t *trainer) lastCheckpoint() error {
	if t.written == t.at {
		return nil
	}
	return t.checkpoint()
}

func (t *trainer) checkpointFile() (*safetensors.File, error) {
	c := &t.fit.Checkpoints
	f, err := (&Classifier{Network: t.n, Encoder: c.Encoder, Numbers: c.Numbers, Labels: c.Labels}).file()
	if err != nil {
		return nil, err
	}
	s, err := t.solver.(solvers.Solver).Snapshot(t.model)
	if err != nil {
		return nil, err
	}
	if r := t.team.ranks; r != nil {
		if err := r.spreadState(&s); err != nil {
			return nil, err
		}
	}
	p := progressJSON{
		Batch: t.fit.Batch, Epoch: t.at.epoch, Batches: t.at.batches, Documents: t.at.documents, LossSum: t.at.sum,
		Steps: t.history.Steps, DropStep: t.n.dropStep, Best: t.history.Best,
		Solver:   solverJSON{Name: s.Solver, Step: s.Step, Settings: s.Settings},
		Schedule: t.schedule, ClassWeights: t.fit.ClassWeights, LabelSmoothing: t.fit.LabelSmoothing,
	}
	for _, e := range t.history.Epochs {
		p.History = append(p.History, newEpochJSON(e))
	}
	for i, from := range s.Params {
		slots := slotsJSON{Tensors: []string{}, Lagging: from.Lagging}
		for _, slot := range from.Tensors {
			slots.Tensors = append(slots.Tensors, slot.Name)
			f.Tensors = append(f.Tensors, safetensors.Tensor{Name: slotName(i, slot.Name), Shape: slot.Shape, F32: slot.Float32, F64: slot.Float64})
		}
		if from.Clock != nil {
			clock := make([]int64, len(from.Clock))
			for row, t := range from.Clock {
				clock[row] = int64(t)
			}
			f.Tensors = append(f.Tensors, safetensors.Tensor{Name: slotName(i, "clock"), Shape: []int{len(clock)}, I64: clock})
		}
		p.Solver.Parameters = append(p.Solver.Parameters, slots)
	}
	if w := s.Window; w != nil {
		p.Solver.WindowBase, p.Solver.WindowProduct = w.Base, w.Product
		f.Tensors = append(f.Tensors, safetensors.Tensor{Name: windowTensor, Shape: []int{len(w.Entries)}, F64: w.Entries})
	}
	for i, d := range t.best {
		f.Tensors = append(f.Tensors, tensorOf("best."+paramName(i), d))
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("feedforward: %w", err)
	}
	f.Metadata[keyCheckpoint] = strconv.Itoa(checkpointVersion)
	f.Metadata[keyProgress] = string(text)
	if c.Notes != "" {
		f.Metadata[keyNotes] = c.Notes
	}
	return f, nil
}

func slotName(param int, slot string) string { return "solver." + paramName(param) + "." + slot }

// LoadCheckpoint reads a checkpoint. It trusts nothing in it, as Load does.
func LoadCheckpoint(path string) (*Checkpoint, error) {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := checkpointFrom(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func checkpointFrom(f *safetensors.File) (*Checkpoint, error) {
	version := f.Metadata[keyCheckpoint]
	switch v, err := strconv.Atoi(version); {
	case version == "" && f.Metadata[keyVersion] != "":
		return nil, errors.New("this is a model, not a checkpoint: it does not say how to go on training")
	case version == "":
		return nil, errors.New("this safetensors file is not a checkpoint of Nestnet (it has no nestnet.checkpoint)")
	case err != nil || v < 1:
		return nil, fmt.Errorf("checkpoint version %q is not a number", version)
	case v > checkpointVersion:
		return nil, fmt.Errorf("checkpoint version %d is newer than this program knows (%d): update Nestnet, or go on with the program that wrote it", v, checkpointVersion)
	}
	model, err := fromFile(f)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{Classifier: model, Notes: f.Metadata[keyNotes]}
	p := &c.state
	if err := decode(f, keyProgress, p); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", keyProgress, err)
	}
	c.Steps, c.Epochs, c.Documents = p.Steps, len(p.History), p.Documents
	params := model.Network.params
	if p.Best > 0 {
		for i, d := range params {
			best, err := weights(f, "best."+paramName(i), d.Dtype(), d.Shape())
			if err != nil {
				return nil, err
			}
			c.best = append(c.best, best)
		}
	}
	if len(p.Solver.Parameters) != len(params) {
		return nil, fmt.Errorf("%s: the solver has %d parameters, the network %d", keyProgress, len(p.Solver.Parameters), len(params))
	}
	s := &c.solver
	*s = solvers.State{Solver: p.Solver.Name, Step: p.Solver.Step, Settings: p.Solver.Settings}
	for i, slots := range p.Solver.Parameters {
		to := solvers.ParamState{Name: paramName(i), Lagging: slots.Lagging}
		for _, name := range slots.Tensors {
			t := find(f, slotName(i, name))
			if t == nil {
				return nil, fmt.Errorf("the checkpoint has no tensor %s", slotName(i, name))
			}
			to.Tensors = append(to.Tensors, solvers.Tensor{Name: name, Shape: t.Shape, Float32: t.F32, Float64: t.F64})
		}
		if t := find(f, slotName(i, "clock")); t != nil {
			to.Clock = make([]int32, len(t.I64))
			for row, done := range t.I64 {
				if to.Clock[row] = int32(done); int64(to.Clock[row]) != done {
					return nil, fmt.Errorf("tensor %s: row %d is %d", t.Name, row, done)
				}
			}
		}
		s.Params = append(s.Params, to)
	}
	if t := find(f, windowTensor); t != nil {
		s.Window = &solvers.Window{Base: p.Solver.WindowBase, Product: p.Solver.WindowProduct, Entries: t.F64}
	}
	return c, nil
}

// check looks for what no training could have written.
func (p *progressJSON) check() error {
	for _, n := range []int{p.Batches, p.Documents, p.Steps, p.Best, p.Solver.Step, p.Epoch - 1} {
		if n < 0 {
			return errors.New("a number is below 0")
		}
	}
	switch {
	case p.Epoch != len(p.History)+1:
		return fmt.Errorf("epoch %d after %d epochs", p.Epoch, len(p.History))
	case p.Best > len(p.History):
		return fmt.Errorf("best epoch %d of %d", p.Best, len(p.History))
	case p.Best > 0 && p.History[p.Best-1].Valid == nil:
		return fmt.Errorf("best epoch %d was not validated", p.Best)
	case p.Batches > p.Steps:
		return fmt.Errorf("%d batches in %d steps", p.Batches, p.Steps)
	}
	return nil
}

// position is how far a training has come.
type position struct {
	epoch     int     // under way
	batches   int     // done in it
	documents int     // in these batches
	sum       float64 // of their losses
}

// resume puts the trainer where the checkpoint was.
func (t *trainer) resume(c *Checkpoint) error {
	no := func(format string, args ...any) error { return fmt.Errorf("feedforward: Fit.Resume: "+format, args...) }
	if err := canStop(t.n, &t.fit); err != nil {
		return err
	}
	if err := sameDeclaration(c.Classifier.Network, t.n); err != nil {
		return no("the checkpoint is of another network: %w", err)
	}
	p := &c.state
	solver := t.solver.(solvers.Solver)
	settings := solver.Settings()
	settings.LearningRate, settings.Schedule = p.Solver.Settings.LearningRate, nil
	switch {
	case p.Batch != t.fit.Batch:
		return no("the checkpoint was made with batches of %d, Fit.Batch is %d", p.Batch, t.fit.Batch)
	case p.Solver.Name != solver.Name():
		return no("the checkpoint was made with solver %s, Fit.Solver is %s", p.Solver.Name, solver.Name())
	case settings.String() != p.Solver.Settings.String():
		return no("the checkpoint was made with solver settings %v, those of Fit.Solver are %v", p.Solver.Settings, solver.Settings())
	case counts(p.Schedule) != counts(t.schedule):
		return no("the checkpoint was made with the schedule %s, this is %s", scheduleText(p.Schedule), scheduleText(t.schedule))
	case !slices.Equal(p.ClassWeights, t.fit.ClassWeights):
		return no("the checkpoint was made with Fit.ClassWeights %v, these are %v", p.ClassWeights, t.fit.ClassWeights)
	case p.LabelSmoothing != t.fit.LabelSmoothing:
		return no("the checkpoint was made with Fit.LabelSmoothing %v, this is %v", p.LabelSmoothing, t.fit.LabelSmoothing)
	case len(p.History) > 0 && (p.Best > 0) != (t.fit.Valid != nil):
		return no("the checkpoint and this training must both have Fit.Valid, or neither")
	}
	if err := solver.SetState(t.model, c.solver); err != nil {
		return no("%w", err)
	}
	copyAll(t.n.params, c.Classifier.Network.params)
	t.n.dropStep = p.DropStep
	t.history.Epochs = append(t.history.Epochs, c.History()...)
	t.history.Steps = p.Steps
	if p.Best > 0 {
		t.history.Best, t.bestLoss = p.Best, p.History[p.Best-1].Valid.Loss
		for _, d := range c.best {
			t.best = append(t.best, d.Clone().(*tensor.Dense))
		}
	}
	t.countCuts() // all that plateau remembers
	t.at = position{epoch: p.Epoch, batches: p.Batches, documents: p.Documents, sum: p.LossSum}
	return nil
}

// counts is a schedule without what does not change its rates.
func counts(s solvers.Schedule) solvers.Schedule {
	if !s.Changes() {
		return solvers.Schedule{}
	}
	s = s.Explicit()
	steps, epochSteps := s.Steps, s.EpochSteps
	s.Steps, s.EpochSteps = 0, 0
	if s.Missing() == "Steps" {
		s.Steps = steps
	}
	if s.Name == solvers.Step {
		s.EpochSteps = epochSteps
	}
	return s
}

func scheduleText(s solvers.Schedule) string {
	return fmt.Sprintf("%v over %d steps, %d an epoch", s, s.Steps, s.EpochSteps)
}

// skip takes the batches from a pass that were trained on before the checkpoint.
func (t *trainer) skip(pass data.Pass, batch *data.Batch) error {
	documents := 0
	for range t.at.batches {
		err := pass.Next(batch)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		documents += batch.Rows()
	}
	if documents != t.at.documents {
		return fmt.Errorf("feedforward: Fit.Resume: the checkpoint was made on other examples: its %d batches had %d, these have %d",
			t.at.batches, t.at.documents, documents)
	}
	return nil
}

// sameDeclaration says in what two networks differ besides their weights.
func sameDeclaration(want, got *Network) error {
	a, b := want.cfg, got.cfg
	switch {
	case a.Inputs != b.Inputs:
		return fmt.Errorf("want %d inputs, got %d", a.Inputs, b.Inputs)
	case a.Numbers != b.Numbers:
		return fmt.Errorf("want Config.Numbers %v, got %v", a.Numbers, b.Numbers)
	case a.MultiLabel != b.MultiLabel:
		return fmt.Errorf("want Config.MultiLabel %v, got %v", a.MultiLabel, b.MultiLabel)
	case a.Loss.Name() != b.Loss.Name():
		return fmt.Errorf("want loss %s, got %s", a.Loss.Name(), b.Loss.Name())
	case a.Dtype != b.Dtype:
		return fmt.Errorf("want %v, got %v", a.Dtype, b.Dtype)
	case a.Seed != b.Seed:
		return fmt.Errorf("want seed %d, got %d", a.Seed, b.Seed)
	}
	same := slices.EqualFunc(want.layers, got.layers, func(x, y Layer) bool {
		return x.Units == y.Units && x.Activation == y.Activation && x.Dropout == y.Dropout && y.Func == nil
	})
	if !same {
		return fmt.Errorf("want layers %v, got %v", layersText(want), layersText(got))
	}
	return nil
}

func layersText(n *Network) []string {
	var texts []string
	for _, l := range n.layers {
		text := fmt.Sprintf("%d %s", l.Units, l.Activation)
		if l.Dropout > 0 {
			text += fmt.Sprintf(" dropout %v", l.Dropout)
		}
		texts = append(texts, text)
	}
	return texts
}
