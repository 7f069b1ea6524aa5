package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/solvers"
	"github.com/spf13/pflag"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

var (
	caches     = []string{string(data.CacheAuto), string(data.CacheMemory), string(data.CacheDisk)}
	weightings = []string{string(bow.Presence), string(bow.Count), string(bow.TFIDF)}
	outputs    = []string{"auto", "softmax", "sigmoid", "tanh", "linear"}
	inits      = []string{"auto", "glorot", "he", "normal", "uniform"}
)

func lossNames() []string { return append([]string{"auto"}, losses.Names()...) }

// plan is a training that makes sense: flags checked and turned into what they mean.
type plan struct {
	trainFlags
	flags      *pflag.FlagSet
	tokenizer  bow.Tokenizer
	vocabulary bow.VocabularyOptions
	hidden     []feedforward.Layer
	theLoss    losses.Loss
	outputAct  string
	native     solvers.Solver
	theSolver  gorgonia.Solver
	theDtype   tensor.Dtype
	multiLabel bool               // a text has any number of labels
	weights    map[string]float64 // of --class-weights a=1,b=5

	often     often
	resumed   *feedforward.Checkpoint // nil: from the start
	values    map[string]string       // of all flags that a checkpoint keeps
	was, now  *runNotes               // of the checkpoint, of this run
	failed    error                   // the last checkpoint could not be written
	textFlags []string                // flags given that are for texts
	watching  *watching               // nil: nobody
}

// plan checks the flags. All that can be known to be wrong without reading data is
// found here.
func (f *trainFlags) plan(set *pflag.FlagSet) (*plan, error) {
	if f.cluster == nil {
		f.cluster = cluster.Alone{}
	}
	resumed, was, err := f.resumed(set)
	if err != nil {
		return nil, err
	}
	p := &plan{trainFlags: *f, flags: set, resumed: resumed, was: was}
	if err := errors.Join(
		f.source.check(),
		oneOf("weighting", f.weighting, weightings),
		oneOf("cache", string(f.cache.Mode), caches),
		oneOf("output", f.output, outputs),
		oneOf("init", f.init, inits),
		oneOf("loss", f.loss, lossNames()),
		oneOf("solver", f.solver, solvers.Names()),
		oneOf("input", f.input, inputs),
		oneOf("task", f.task, tasks),
		oneOf("engine", f.engine, []string{string(feedforward.Native), string(feedforward.Gorgonia)}),
		oneOf("dtype", f.dtype, []string{"float32", "float64"}),
		share("test-fraction", f.testFraction),
		share("valid-fraction", f.validFraction),
		share("dropout", f.dropout),
		share("label-smoothing", f.labelSmoothing),
		atLeast("max-words", f.maxWords, 0),
		atLeast("min-count", f.minCount, 1),
		between("ngrams", f.ngrams, 1, 16),
		between("hash-bits", f.hashBits, 0, bow.MaxHashBits),
		atLeast("batch", f.batch, 0),
		atLeast("epochs", f.epochs, 1),
		atLeast("patience", f.patience, 0),
		atLeast("workers", f.workers, 0),
		atLeast("cache-bytes", int(f.cache.Bytes), 0),
		f.planWatch(),
		notZero(set, "learning-rate", "momentum", "rho", "beta1", "beta2", "epsilon", "weight-decay"),
	); err != nil {
		return nil, usageError{err}
	}
	if f.targetLoss < 0 || math.IsNaN(f.targetLoss) {
		return nil, usagef("--target-loss is %v, want at least 0", f.targetLoss)
	}
	if f.test != "" && set.Changed("test-fraction") {
		return nil, usagef("--test and --test-fraction are two ways to say what to test on; give one")
	}
	if err := f.planValidation(set); err != nil {
		return nil, usageError{err}
	}
	if p.weights, err = namedWeights(f.classWeights); err != nil {
		return nil, usageError{err}
	}
	if f.source.path == "-" && f.test == "-" {
		return nil, usagef("--data and --test cannot both be standard input")
	}
	if err := p.planNetwork(); err != nil {
		return nil, usageError{err}
	}
	if err := p.planInput(set); err != nil {
		return nil, usageError{err}
	}
	if err := p.planSolver(); err != nil {
		return nil, usageError{err}
	}
	if err := p.planSchedule(set); err != nil {
		return nil, usageError{err}
	}
	if err := p.planRanks(); err != nil {
		return nil, usageError{err}
	}
	if err := errors.Join(p.planCheckpoint(set), p.pictures.check(p.crossValidate)); err != nil {
		return nil, usageError{err}
	}
	p.theDtype = tensor.Float32
	if f.dtype == "float64" {
		p.theDtype = tensor.Float64
	}
	if err := errors.Join(f.placeFor("model", p.own(f.model)), f.placeFor("log", p.own(f.log)), f.placeFor("checkpoint", p.own(f.checkpoint.path)), f.placeFor("plot", p.own(f.pictures.plot)), f.placeFor("report", p.own(f.pictures.report))); err != nil {
		return nil, err
	}
	if err := p.planWords(set); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *plan) planNetwork() error {
	sizes, err := hiddenSizes(p.layers)
	if err != nil {
		return err
	}
	acts := strings.Split(p.activation, ",")
	if len(acts) > 1 && len(acts) != len(sizes) {
		return fmt.Errorf("--activation names %d functions for %d hidden layers, want one or one each", len(acts), len(sizes))
	}
	for _, act := range acts {
		if err := oneOf("activation", strings.TrimSpace(act), graph.ActivationNames()); err != nil {
			return err
		}
	}
	for i, size := range sizes {
		l := feedforward.Dense(size, strings.TrimSpace(acts[i%len(acts)]))
		l.Dropout = p.dropout
		p.hidden = append(p.hidden, l)
	}
	if err := p.planLoss(); err != nil {
		return err
	}
	return p.planTask()
}

// planLoss settles loss and output function, each of which may follow the other.
func (p *plan) planLoss() error {
	name := p.loss
	if name == "auto" {
		name = map[string]string{
			"auto": "crossentropy", "softmax": "crossentropy", "sigmoid": "binary-crossentropy",
			"tanh": "logistic", "linear": "logistic",
		}[p.output]
		if p.multiLabel && p.output == "auto" {
			name = losses.BinaryCrossEntropy{}.Name()
		}
	}
	loss, err := losses.New(name)
	if err != nil {
		return err
	}
	if p.labelSmoothing > 0 && name != (losses.CrossEntropy{}).Name() && name != (losses.BinaryCrossEntropy{}).Name() {
		return fmt.Errorf("--label-smoothing does not go with --loss %s, whose answers are no probabilities; it takes crossentropy or binary-crossentropy", name)
	}
	if p.multiLabel && loss.Coding() == losses.OneHot {
		return fmt.Errorf("--loss %s, with --output %s, gives a text one class of several; texts with several labels take --loss binary-crossentropy with --output sigmoid, or auto for both",
			name, loss.Outputs()[0])
	}
	p.theLoss, p.outputAct = loss, p.output
	if p.output == "auto" {
		p.outputAct = loss.Outputs()[0]
		return nil
	}
	if slices.Contains(loss.Outputs(), p.output) {
		return nil
	}
	var fit []string
	for _, o := range outputs[1:] {
		if slices.Contains(loss.Outputs(), o) {
			fit = append(fit, o)
		}
	}
	return fmt.Errorf("--loss %s does not go with --output %s; it takes %s", name, p.output, strings.Join(fit, ", "))
}

func (p *plan) planSolver() error {
	s, err := solvers.New(p.solver, p.settings)
	if err != nil {
		return err
	}
	p.native, p.theSolver = s, s
	if p.engine == string(feedforward.Gorgonia) {
		p.theSolver, err = solvers.Stock(s)
	}
	return err
}

// maxUnits is the size up to which a layer may be meant.
const maxUnits = 1_000_000

func hiddenSizes(text string) ([]int, error) {
	if text == "none" {
		return nil, nil
	}
	var sizes []int
	for _, part := range strings.Split(text, ",") {
		size, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || size < 1 || size > maxUnits {
			return nil, fmt.Errorf("--layers %q: want sizes of 1 to %d with commas between, such as 64,64, or none", text, maxUnits)
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

func share(flag string, v float64) error {
	if v >= 0 && v < 1 {
		return nil
	}
	return fmt.Errorf("--%s is %v, want at least 0 and below 1", flag, v)
}

func atLeast(flag string, v, least int) error {
	if v >= least {
		return nil
	}
	return fmt.Errorf("--%s is %d, want at least %d", flag, v, least)
}

func between(flag string, v, least, most int) error {
	if v >= least && v <= most {
		return nil
	}
	return fmt.Errorf("--%s is %d, want %d to %d", flag, v, least, most)
}

// notZero refuses settings that were given as 0, which would mean their defaults.
func notZero(set *pflag.FlagSet, flags ...string) error {
	for _, name := range flags {
		if v, err := set.GetFloat64(name); err == nil && v == 0 && set.Changed(name) {
			return fmt.Errorf("--%s is 0, want a number above 0", name)
		}
	}
	return nil
}

// placeFor is placeFor the files of this training.
func (f *trainFlags) placeFor(flag, path string) error {
	return placeFor(flag, path, append(f.source.named(), []namedFile{{"test", f.test}, {"stop-words", f.stopWords}, {"model", f.model}, {"checkpoint", f.checkpoint.path}, {"plot", f.pictures.plot}, {"report", f.pictures.report}}...))
}

// namedFile is a file and the flag that names it.
type namedFile struct{ flag, path string }

// placeFor refuses a file that could not be written after an hour of training, or whose
// writing would destroy one of the others.
func placeFor(flag, path string, others []namedFile) error {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		if folder, err := os.Stat(filepath.Dir(path)); err != nil || !folder.IsDir() {
			return fmt.Errorf("--%s: there is no folder %s", flag, filepath.Dir(path))
		}
		for _, other := range others {
			if other.flag != flag && other.path != "" && filepath.Clean(path) == filepath.Clean(other.path) && flag != "model" {
				return usagef("--%s and --%s are both %s", flag, other.flag, path)
			}
		}
		return tryFolder(flag, path)
	}
	if info.IsDir() {
		return fmt.Errorf("--%s: %s is a folder", flag, path)
	}
	if slices.Contains(replaced, flag) && !info.Mode().IsRegular() {
		return fmt.Errorf("--%s: %s is not a regular file", flag, path)
	}
	for _, other := range others {
		if other.flag == flag || !info.Mode().IsRegular() {
			continue
		}
		matches, _ := filepath.Glob(other.path)
		for _, otherPath := range append(matches, other.path) {
			if there, err := os.Stat(otherPath); err == nil && os.SameFile(info, there) {
				return usagef("--%s and --%s are both %s", flag, other.flag, path)
			}
		}
	}
	return tryFolder(flag, path)
}

// replaced are the flags of files that replace older ones as a whole.
var replaced = []string{"model", "checkpoint", "plot", "report"}

// tryFolder says whether the file at path can be written, which is, for one that replaces
// an older one as a whole, whether its folder takes a new file.
func tryFolder(flag, path string) error {
	if !slices.Contains(replaced, flag) {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".fit-*.tmp")
	if err != nil {
		return fmt.Errorf("--%s: cannot write to folder %s: %w", flag, filepath.Dir(path), errors.Unwrap(err))
	}
	f.Close()
	return os.Remove(f.Name())
}
