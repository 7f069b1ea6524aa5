package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/solvers"
	"github.com/spf13/cobra"
)

// trainFlags are the flags of fit train, as they were given.
type trainFlags struct {
	source        sourceFlags
	test          string
	testFraction  float64
	validFraction float64
	maxWords      int
	minCount      int
	ngrams        int
	weighting     string
	stopWords     string
	task          string
	crossValidate int
	minDF, maxDF  string
	hashBits      int
	input         string

	layers     string
	activation string
	output     string
	init       string
	dropout    float64

	loss           string
	classWeights   string
	labelSmoothing float64

	solver     string
	settings   solvers.Settings
	schedule   solvers.Schedule
	batch      int
	epochs     int
	targetLoss float64
	patience   int
	workers    int
	cache      data.CacheOptions
	seed       uint64
	engine     string
	dtype      string

	out   outputFlags
	log   string
	model string

	checkpoint checkpointFlags
	watch      string
	pictures   pictureFlags

	mpi     bool
	cluster cluster.Comm // the ranks that train together
}

func trainCommand(s streams) *cobra.Command {
	var f trainFlags
	return f.command(s)
}

// command is fit train with its flags in f.
func (f *trainFlags) command(s streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "train [flags]",
		Short: "Train and test a classifier (fit alone means fit train)",
		Long: `Train trains a feedforward network, y = f4(f3(f2(f1(x)))), on labelled texts and
tests it on texts that it has not seen. Without --data it takes a small embedded
collection of messages, spam or ham. Flags work with one dash and with two, with
a space and with =.`,
		Example: `  fit -solver adam                      the embedded sample
  fit -data a.tsv -test b.tsv -model m  files of label<TAB>text; save the model
  fit -data a.csv -text-column body     a column of a CSV file
  fit -data a.tsv -report page.html     a page of how good it is, and why`,
		Args: noArguments("a file to train on is given with --data"),
	}
	source := newGroup("Data")
	f.source.add(source.flags, "`file` to train on, a pattern such as 'x*.tsv' for several, - for standard input (default the embedded sample)")
	source.flags.StringVar(&f.test, "test", "", "`file` to test on, a pattern such as 'x*.tsv' for several, - for standard input")
	source.flags.Float64Var(&f.testFraction, "test-fraction", 0.2, "without --test: `share` of each class kept apart for the test; 0 = no test")
	source.flags.Float64Var(&f.validFraction, "valid-fraction", 0.1, "`share` of the training part kept apart to choose the best epoch; 0 = none")
	source.flags.IntVar(&f.maxWords, "max-words", 25762, "how many words to keep, the most frequent ones; 0 = all")
	source.flags.IntVar(&f.minCount, "min-count", 1, "leave out words that occur less often")
	source.flags.IntVar(&f.ngrams, "ngrams", 1, "runs of up to this many words count as words")
	source.flags.StringVar(&f.weighting, "weighting", string(bow.Presence), wordFlag("the `number` of a word in x", weightings))
	source.flags.StringVar(&f.stopWords, "stop-words", "", "`file` of words to leave out; english = a list of the most common ones that comes along")
	source.flags.StringVar(&f.minDF, "min-df", "", "leave out words that fewer `documents` have: a number (3) or a share (0.01)")
	source.flags.StringVar(&f.maxDF, "max-df", "", "leave out words that more `documents` have: a number (3) or a share (0.5)")
	source.flags.IntVar(&f.hashBits, "hash-bits", 0, "hash words into 2^`n` columns instead of keeping a dictionary; 18 is usual; 0 = off")

	source.flags.IntVar(&f.crossValidate, "cross-validate", 0, "train and test `k` times, each time on another kth of the documents; 0 = once")
	source.flags.StringVar(&f.input, "input", inputAuto, wordFlag("`kind` of the data", inputs)+"; auto tells by the file. Numbers are in csv, one column of which is the label, or in svmlight")
	source.flags.StringVar((*string)(&f.cache.Mode), "cache", string(data.CacheAuto), wordFlag("where encoded documents are `kept`", caches)+"; auto is memory, and a temporary file beyond --cache-bytes")
	source.flags.Int64Var(&f.cache.Bytes, "cache-bytes", 0, "memory for them, in bytes (default a quarter of the machine's)")

	source.flags.StringVar(&f.task, "task", taskAuto, wordFlag("`task`, what to tell of a text", tasks)+"; auto is one class, or any number of labels (multilabel) if some text has more than one or with --label-separator; for numbers it is regression if labels are no whole numbers")

	network := newGroup("Network")
	network.flags.StringVar(&f.layers, "layers", "64,64,64", "`sizes` of the hidden layers; none = the output layer alone (logistic regression)")
	network.flags.StringVar(&f.activation, "activation", "relu", "nonlinear `function`, one for all hidden layers or one each: "+strings.Join(graph.ActivationNames(), "|"))
	network.flags.StringVar(&f.output, "output", "auto", wordFlag("nonlinear `function` of the output layer", outputs)+"; auto is the one that goes with the loss")
	network.flags.StringVar(&f.init, "init", string(graph.AutoInit), wordFlag("first `weights`", inits))
	network.flags.Float64Var(&f.dropout, "dropout", 0, "`share` of each hidden layer set to 0 in a training step; 0 = off")

	loss := newGroup("Loss")
	loss.flags.StringVar(&f.loss, "loss", "auto", wordFlag("`loss` to make small", lossNames())+"; auto is the one that goes with the output, crossentropy if that is auto too")
	loss.flags.StringVar(&f.classWeights, "class-weights", "", "how much the classes count in training: balanced (as if all had the same number of documents), or `weights` a=1,b=5; a class not named counts 1")
	loss.flags.Float64Var(&f.labelSmoothing, "label-smoothing", 0, "`share` of certainty that training does not ask for (crossentropy, binary-crossentropy); 0 = off")

	training := newGroup("Training")
	training.flags.StringVar(&f.solver, "solver", "adam", wordFlag("update `rule`", solvers.Names()))
	training.flags.Float64Var(&f.settings.LearningRate, "learning-rate", 0, "step size (default "+defaultRates()+")")
	training.flags.Float64Var(&f.settings.Momentum, "momentum", 0, "momentum, nesterov: share of the velocity kept (default 0.9)")
	training.flags.Float64Var(&f.settings.Rho, "rho", 0, "rmsprop: decay of the mean square (default 0.9)")
	training.flags.Float64Var(&f.settings.Beta1, "beta1", 0, "adam, adamw, lazyadam: decay of the mean (default 0.9)")
	training.flags.Float64Var(&f.settings.Beta2, "beta2", 0, "adam, adamw, lazyadam: decay of the mean square (default 0.999)")
	training.flags.Float64Var(&f.settings.Epsilon, "epsilon", 0, "rmsprop, adagrad, adam, adamw, lazyadam: keeps a division finite (default 1e-8; adagrad 1e-10)")
	training.flags.Float64Var(&f.settings.WeightDecay, "weight-decay", 0, "adamw: share of the weights lost a step, times the learning rate (default 0.01)")
	training.flags.Float64Var(&f.settings.L1, "l1", 0, "penalty on the absolute weights; steps the whole table, so training slows down; 0 = off")
	training.flags.Float64Var(&f.settings.L2, "l2", 0, "penalty on the squared weights, likewise; 0 = off")
	training.flags.Float64Var(&f.settings.Clip, "clip", 0, "hold each number of the gradient within ±`bound`; 0 = off")
	addSchedule(training.flags, &f.schedule)
	training.flags.IntVar(&f.batch, "batch", 64, "examples a step; 0 = the whole training set (plain gradient descent)")
	training.flags.IntVar(&f.epochs, "epochs", 10, "passes over the training set, at the most")
	training.flags.Float64Var(&f.targetLoss, "target-loss", 0, "stop when the training `loss` is at or below this")
	training.flags.IntVar(&f.patience, "patience", 2, "stop when the validation loss has not improved for this many epochs; 0 = off")
	training.flags.Uint64Var(&f.seed, "seed", 1, "fixes splits, first weights, order and dropout: same seed, same bytes")
	training.flags.StringVar(&f.engine, "engine", string(feedforward.Native), "`engine` that runs the network: native|gorgonia (stock ops, machine and solvers; slow)")
	training.flags.IntVar(&f.workers, "workers", 0, "cores that read and train; 0 = all, or fewer while fewer train as fast; any number gives the same bytes")
	training.flags.StringVar(&f.dtype, "dtype", "float32", "`type` of the numbers: float32|float64")
	addMPI(training.flags, &f.mpi, "train", "--batch is then what each of them takes of a step")

	output := newGroup("Output")
	output.flags.StringVar(&f.model, "model", "", "`file` to save the model to")
	f.out.add(output.flags, "the last line of standard output is one JSON object; all else goes to standard error")
	output.flags.StringVar(&f.log, "log", "", "`file` to write one JSON object an epoch to")
	f.checkpoint.add(output.flags)
	addWatch(output.flags, &f.watch)
	f.pictures.add(output.flags)

	addGroups(c, source, network, loss, training, output)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return together(f.mpi, c.Flags(), s, func(s streams, ranks cluster.Comm) error {
			f.cluster = ranks
			if ranks.Rank() > 0 {
				f.out.quiet, f.out.json = true, false
			}
			plan, err := f.plan(c.Flags())
			if err := cluster.Agree(ranks, err); err != nil {
				return err
			}
			return plan.run(c.Context(), s)
		})
	}
	return c
}

func defaultRates() string {
	var parts []string
	for _, name := range solvers.Names() {
		if s, err := solvers.New(name, solvers.Settings{}); err == nil {
			parts = append(parts, fmt.Sprintf("%s %v", name, s.Settings().LearningRate))
		}
	}
	return strings.Join(parts, ", ")
}

// headroomBytes is what the heap has more than is there, while texts are read: nobody touches it, so it
// takes no memory, but the garbage collector, which comes when the heap has doubled, comes at twice this
// for the first time. From 4 MB on, as it else does, it goes through a dictionary that only grows five times
// in the first tenth of a second.
const headroomBytes = 32 << 20

// run trains, tests, saves and reports.
func (p *plan) run(ctx context.Context, s streams) (err error) {
	if p.cache.Bytes > 0 {
		// Who bounds the cache wants the rest within bounds too. The collector then works
		// harder instead of letting garbage grow to the size of what is in use.
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(p.cache.Bytes + 512<<20))
	}
	numbers := p.readsNumbers()
	switch {
	case numbers && p.crossValidate > 0:
		return usagef("--cross-validate is for texts so far, and %s has numbers", p.source.name())
	case !numbers && p.task == taskRegression:
		return errNoRegressionOfTexts
	}
	if p.watching, err = p.startWatching(s); err != nil {
		return err
	}
	defer func() { p.watching.end(err) }()
	if p.crossValidate > 0 {
		return p.validate(ctx, s)
	}
	r := newReporter(s, p.out)
	start := time.Now()
	read := p.read
	if numbers {
		read = p.readNumbers
	}
	headroom := make([]byte, headroomBytes)
	examples, err := read(ctx, s, r)
	runtime.KeepAlive(headroom)
	if err != nil {
		return err
	}
	defer examples.close()
	if p.checkpoint.path != "" {
		if p.now, err = p.notes(examples); err != nil {
			return err
		}
	}
	var log *logFile
	if p.resumed != nil {
		if err := p.sameData(examples); err != nil {
			return err
		}
		log, err = continueLog(p.own(p.log), p.resumed.Epochs)
	} else {
		log, err = openLog(p.own(p.log))
	}
	if err != nil {
		return err
	}
	defer log.close()
	return p.train(ctx, r, log, examples, time.Since(start))
}

// network declares the network for the examples, and how it is trained.
func (p *plan) network(examples *parts) (*feedforward.Network, feedforward.Fit, error) {
	outputs := max(len(examples.labels), 1) // one number for a regression
	if !p.multiLabel && outputs == 2 && p.theLoss.Coding() != losses.OneHot {
		outputs = 1
	}
	fit := feedforward.Fit{
		Epochs: p.epochs, Batch: p.stepSize(), Solver: p.theSolver, Patience: p.patience, TargetLoss: p.targetLoss, Workers: p.workers,
		Schedule: p.schedule, ClassWeights: examples.weights, LabelSmoothing: p.labelSmoothing,
	}
	if examples.valid != nil {
		fit.Valid = toEvaluate(examples.valid)
	}
	net, err := feedforward.New(feedforward.Config{
		Inputs: examples.columns(), Numbers: examples.numbers != nil && !examples.numbers.Sparse, Loss: p.theLoss, Seed: p.seed, Init: graph.Init(p.init),
		Dtype: p.theDtype, Engine: feedforward.Engine(p.engine), MultiLabel: p.multiLabel,
	}, append(p.hidden[:len(p.hidden):len(p.hidden)], feedforward.Dense(outputs, p.outputAct))...)
	return net, fit, err
}

// train trains on examples that took readTime to read, tests, saves and reports.
func (p *plan) train(ctx context.Context, r *reporter, log *logFile, examples *parts, readTime time.Duration) error {
	net, fit, err := p.network(examples)
	if err != nil {
		return err
	}
	labels := examples.labels
	r.network(net, p, examples)
	progress := r.progress(examples.train.Len(), p.epochs)
	fit.OnStep = progress.step
	fit.OnEpoch = func(e feedforward.Epoch) {
		progress.epoch(e)
		log.epoch(e, progress.elapsed())
	}
	p.checkpointing(&fit, examples, progress.warn)
	p.watching.follow(&fit, net, examples, "")
	// Training begins when all ranks are there.
	if err := p.cluster.Barrier(); err != nil {
		return err
	}
	start := time.Now()
	history, err := net.Fit(ctx, toTrain(examples.train), fit)
	trainTime := time.Since(start)
	progress.stop()
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return p.withRate(err)
	}
	p.watching.trained(history)

	report := trainReport{plan: p, net: net, history: history, labels: labels, weights: examples.weights, numbers: examples.numbers}
	if examples.encoder != nil {
		report.words = examples.columns()
	}
	report.seconds.Read, report.seconds.Train = readTime.Seconds(), trainTime.Seconds()
	start = time.Now()
	for _, part := range []struct {
		set    exampleSet
		result **feedforward.Result
	}{{examples.train, &report.train}, {examples.valid, &report.valid}, {examples.test, &report.test}} {
		if part.set == nil || part.set.Len() == 0 {
			continue
		}
		evaluate := net.Evaluate
		if part.set == examples.train && (examples.valid != nil || examples.test != nil) {
			evaluate = net.EvaluateSums // all that is told of the training part
		}
		if *part.result, err = evaluate(toEvaluate(part.set)); err != nil {
			return err
		}
		// The last step may be the one that goes astray.
		if l := (*part.result).Loss; math.IsNaN(l) || math.IsInf(l, 0) {
			return p.withRate(&feedforward.DivergedError{Epoch: len(history.Epochs), Step: history.Steps, Loss: l})
		}
	}
	report.seconds.Eval = time.Since(start).Seconds()
	// Weights that have not seen the whole training set once do not replace an older model.
	if p.model != "" && len(history.Epochs) > 0 {
		report.saved = true
	}
	if report.saved && p.first() {
		c := feedforward.Classifier{Network: net, Encoder: examples.encoder, Numbers: examples.numbers, Labels: labels, Training: p.record(examples, history, report.test)}
		if err := c.Save(p.model); err != nil {
			return fmt.Errorf("--model: %w", err)
		}
	}
	drawn := p.draw(ctx, r, &report, examples)
	if err := r.trained(&report); err != nil {
		return err
	}
	p.watching.say(report.result())
	if interrupted {
		return cluster.Agree(p.cluster, context.Canceled)
	}
	if errors.Is(drawn, context.Canceled) {
		return context.Canceled
	}
	// Not earlier: a full disk for the log is no reason to lose the model.
	if err := log.err(); err != nil {
		return fmt.Errorf("--log: %w", fileError(err))
	}
	return errors.Join(p.failed, drawn)
}

// withRate adds the learning rate to an error that suggests a smaller one.
func (p *plan) withRate(err error) error {
	if errors.As(err, new(*feedforward.DivergedError)) {
		return fmt.Errorf("%w (it was %v)", err, p.native.Settings().LearningRate)
	}
	return err
}
