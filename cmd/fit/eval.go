package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/safetensors"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// evalFlags are the flags of fit eval.
type evalFlags struct {
	source      sourceFlags
	out         outputFlags
	model       string
	bootstrap   int
	seed        uint64
	positive    string
	mistakes    int
	calibration bool
	curves      string
	predictions string
	threshold   float64
	page        string // of --report
	mpi         bool
	set         *pflag.FlagSet
}

func evalCommand(s streams) *cobra.Command {
	var f evalFlags
	c := &cobra.Command{
		Use:   "eval --model FILE --data FILE [flags]",
		Short: "Test a saved model on labelled texts",
		Example: `  fit eval -model m -data test.tsv
  fit eval -model m -data test.tsv -mistakes 10 -calibration
  fit eval -model m -data test.tsv -positive spam -curves curves.csv -q -json`,
		Args: noArguments("a file to test on is given with --data"),
	}
	g := newGroup("Flags")
	g.flags.StringVar(&f.model, "model", "", "`file` of the model, as fit train -model saved it")
	f.source.add(g.flags, "`file` to test on, a pattern such as 'x*.tsv' for several, - for standard input")
	f.out.add(g.flags, "the last line of standard output is one JSON object; all else goes to standard error")
	addMPI(g.flags, &f.mpi, "test", "each reads a part of the file")
	m := newGroup("Measures")
	m.flags.IntVar(&f.bootstrap, "bootstrap", 1000, "resamples of the test documents, from which the 95% intervals are told; 0 = no intervals")
	m.flags.Uint64Var(&f.seed, "seed", 1, "fixes the resamples")
	m.flags.StringVar(&f.positive, "positive", "", "`class` that ROC AUC, average precision and --curves tell from all others (default of two classes the second one, of more none)")
	m.flags.BoolVar(&f.calibration, "calibration", false, "show how often answers of each probability are right")
	m.flags.IntVar(&f.mistakes, "mistakes", 0, "show so many wrong answers with their texts, the surest ones")
	m.flags.StringVar(&f.curves, "curves", "", "`file` for the ROC and the precision-recall curve: CSV, or JSON if its name ends in .json")
	m.flags.StringVar(&f.predictions, "predictions", "", "`file` for the answer to each document: TSV, or JSON Lines if its name ends in .jsonl")
	m.flags.Float64Var(&f.threshold, "threshold", feedforward.DefaultThreshold, "models that give a text any number of labels: `probability` from which on it gets one")
	m.flags.StringVar(&f.page, "report", "", "`file` to write a page to, .html: measures, curves, confusion matrix, surest mistakes, words that decide")
	addGroups(c, g, m)
	c.RunE = func(c *cobra.Command, _ []string) error {
		f.set = c.Flags()
		return together(f.mpi, c.Flags(), s, func(s streams, ranks cluster.Comm) error {
			if err := cluster.Agree(ranks, f.check()); err != nil {
				return err
			}
			return f.run(c, s, ranks)
		})
	}
	return c
}

// check finds all that can be known to be wrong without reading data.
func (f *evalFlags) check() error {
	if err := errors.Join(f.source.check(), atLeast("bootstrap", f.bootstrap, 0), atLeast("mistakes", f.mistakes, 0), probability("threshold", f.threshold), checkReport(f.page)); err != nil {
		return usageError{err}
	}
	if f.bootstrap > 0 && f.bootstrap < 100 {
		return usagef("--bootstrap is %d, want at least 100, or 0 for no intervals", f.bootstrap)
	}
	if f.model == "" || f.source.path == "" {
		return usagef("fit eval needs --model and --data")
	}
	if f.mpi && f.source.path == "-" {
		return usagef("--mpi needs a file, of which each rank reads a part; standard input is for one process")
	}
	taken := append(f.source.named(), namedFile{"model", f.model})
	return errors.Join(
		placeFor("curves", f.curves, append(slices.Clip(taken), namedFile{"predictions", f.predictions})),
		placeFor("predictions", f.predictions, taken),
		placeFor("report", f.page, taken),
	)
}

func (f *evalFlags) run(c *cobra.Command, s streams, ranks cluster.Comm) error {
	if ranks.Rank() > 0 {
		f.out.quiet, f.out.json = true, false
	}
	r := newReporter(s, f.out)
	classifier, err := loadModelOn(ranks, f.model)
	if err != nil {
		return err
	}
	if err := cluster.Agree(ranks, f.fits(classifier)); err != nil {
		return err
	}
	switch {
	case classifier.Network.Config().MultiLabel:
		return f.runLabels(c, s, r, ranks, classifier)
	case classifier.Numbers != nil:
		return f.numbers(c.Context(), s, r, classifier)
	}
	test, err := f.read(c.Context(), s, r, ranks, classifier, f.mistakes > 0 || f.predictions != "" || f.page != "")
	if err != nil {
		return err
	}
	e, err := classifier.Network.EvaluateEach(test.examples)
	if err != nil {
		return err
	}
	return onFirst(ranks, func() error {
		documents, err := test.documents()
		if err != nil {
			return err
		}
		return f.report(c.Context(), s, r, classifier, test.examples, e, documents)
	})
}

// fits finds flags that do not go with the model.
func (f *evalFlags) fits(c *feedforward.Classifier) error {
	if c.Network.Config().MultiLabel {
		for _, flag := range []string{"bootstrap", "seed", "positive", "calibration", "mistakes", "curves", "predictions"} {
			if f.set.Changed(flag) {
				return usagef("--%s is for a model that gives a text one class; %s gives it any number of labels", flag, f.model)
			}
		}
		return nil
	}
	if f.source.labelSeparator != "" || f.set.Changed("threshold") {
		return usagef("--label-separator and --threshold are for a model that gives a text any number of labels; %s gives it one", f.model)
	}
	if c.Numbers != nil {
		if f.mpi {
			return usagef("--mpi is for texts, and the model reads numbers")
		}
		return nil
	}
	_, err := f.positiveClass(c.Labels)
	return err
}

// report writes what was asked for.
func (f *evalFlags) report(ctx context.Context, s streams, r *reporter, c *feedforward.Classifier, examples data.Source, e *feedforward.Evaluation, documents []bow.Document) error {
	positive, err := f.positiveClass(c.Labels)
	if err != nil {
		return err
	}
	report := evalReport{Evaluation: e, flags: f, labels: c.Labels, positive: positive, documents: documents}
	if err := report.measure(ctx, r); err != nil {
		return err
	}
	report.write(r.final, lineWidth(r.final))
	if f.curves != "" {
		if err := writeFile("curves", f.curves, report.writeCurves); err != nil {
			return err
		}
	}
	if f.predictions != "" {
		if err := writeFile("predictions", f.predictions, report.writePredictions); err != nil {
			return err
		}
	}
	if f.page != "" {
		m := f.maker(r, c, examples, &report.Result, documents)
		m.each = &report
		if err := m.write(ctx, f.page); err != nil {
			return err
		}
		r.written(f.page)
	}
	if !f.out.json {
		return nil
	}
	return json.NewEncoder(s.out).Encode(report.json())
}

// positiveClass returns the number of the class that --positive names, the second of two
// without it, and -1 for none.
func (f *evalFlags) positiveClass(labels []string) (int, error) {
	switch i := slices.Index(labels, f.positive); {
	case f.positive != "" && i < 0:
		return 0, oneOf("positive", f.positive, cut(labels))
	case f.positive != "":
		return i, nil
	case f.curves != "" && len(labels) != 2:
		return 0, usagef("--curves needs --positive, as the model tells %d classes", len(labels))
	case len(labels) == 2:
		return 1, nil
	}
	return -1, nil
}

// loadModel loads a model that reads text or numbers.
func loadModel(path string) (*feedforward.Classifier, error) {
	c, err := feedforward.Load(path)
	if err != nil {
		return nil, loadError(path, "model", err)
	}
	if c.Encoder == nil && c.Numbers == nil {
		return nil, fmt.Errorf("%s: the model does not say what it reads", path)
	}
	return c, nil
}

// loadError says why a file of this kind could not be loaded.
func loadError(path, kind string, err error) error {
	if bad, ok := errors.AsType[*safetensors.FormatError](err); ok {
		return fmt.Errorf("%s: not a %s, or a damaged one: byte %d: %w", path, kind, bad.Offset, bad.Err)
	}
	return fileError(err)
}

// loadText loads a model that reads text.
func loadText(path string) (*feedforward.Classifier, error) {
	c, err := loadModel(path)
	if err == nil && c.Encoder == nil {
		return nil, fmt.Errorf("%s: this model reads numbers, not text", path)
	}
	return c, err
}
