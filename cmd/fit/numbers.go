package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/vectors"
	"github.com/nestnet/nestnet/losses"
	"github.com/spf13/pflag"
)

// What x is made of.
const (
	inputAuto    = "auto"
	inputText    = "text"
	inputNumbers = "numbers"
)

var inputs = []string{inputAuto, inputText, inputNumbers}

// forText are the flags that say what becomes of a text.
var forText = []string{"text-column", "label-separator", "max-words", "min-count", "min-df", "max-df", "ngrams", "weighting", "stop-words", "hash-bits"}

// planInput checks --input and --task with the flags that they do not go with.
func (p *plan) planInput(set *pflag.FlagSet) error {
	for _, flag := range forText {
		if set.Changed(flag) {
			p.textFlags = append(p.textFlags, flag)
		}
	}
	text := p.input == inputText || p.source.path == ""
	switch {
	case p.input == inputNumbers && p.source.path == "":
		return errors.New("--input numbers needs --data; the embedded sample is texts")
	case p.input == inputText && p.source.format == string(vectors.SVMLight):
		return errors.New("--format svmlight is for --input numbers")
	case p.input == inputNumbers && !slices.Contains(numberFormats, p.source.format):
		return fmt.Errorf("--format %s is for texts; --input numbers takes %s", p.source.format, strings.Join(numberFormats, ", "))
	case p.input == inputNumbers && len(p.textFlags) > 0:
		return fmt.Errorf("--%s is for texts, not for --input numbers", p.textFlags[0])
	case p.input == inputNumbers && p.task == taskMultiLabel:
		return errors.New("--task multilabel is for texts, not for --input numbers")
	case p.task == taskRegression && text:
		return errNoRegressionOfTexts
	case p.task == taskRegression:
		return p.regression()
	}
	return nil
}

var errNoRegressionOfTexts = usagef("--task regression is for --input numbers; the label of a text is a class")

var numberFormats = []string{string(vectors.Auto), string(vectors.CSV), string(vectors.SVMLight)}

// regression settles loss and output of a network that answers with a number.
func (p *plan) regression() error {
	name := p.loss
	if name == "auto" {
		name = losses.Squared{}.Name()
	}
	switch {
	case name != losses.Squared{}.Name() && name != losses.Huber{}.Name():
		return fmt.Errorf("--loss %s is for classes; a regression takes squared or huber", name)
	case p.output != "auto" && p.output != "linear":
		return fmt.Errorf("--output %s is for classes; a regression takes linear", p.output)
	case p.classWeights != "":
		return errors.New("--class-weights is for classes, not for a regression")
	case p.labelSmoothing > 0:
		return errors.New("--label-smoothing is for classes, not for a regression")
	}
	loss, err := losses.New(name)
	p.theLoss, p.outputAct = loss, "linear"
	return err
}

// readsNumbers says whether the data is numbers. What only a look into the file tells
// is told by its first lines; nobody can look into standard input and read it again.
func (p *plan) readsNumbers() bool {
	path := p.source.path
	switch {
	case p.input != inputAuto:
		return p.input == inputNumbers
	case path == "":
		return false
	case p.source.numberFormat() == vectors.SVMLight:
		return true
	case len(p.textFlags) > 0:
		return false
	case path == "-" || !slices.Contains(numberFormats, p.source.format):
		return false
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false // nor into a pipe
	}
	return vectors.LooksLikeNumbers(path, p.source.numbers())
}

// numberFormat is the format that was given or that the name says, "" if neither does.
func (f *sourceFlags) numberFormat() vectors.Format {
	if f.format != string(vectors.Auto) {
		return vectors.Format(f.format)
	}
	return vectors.ByExtension(f.path)
}

// oneFile refuses several files of numbers.
func (f *sourceFlags) oneFile() error {
	if len(f.more) > 0 {
		return usagef("numbers are read from one file, --data names %d", len(f.paths()))
	}
	return nil
}

// numbers is options for numbers.
func (f *sourceFlags) numbers() vectors.ReaderOptions {
	return vectors.ReaderOptions{Format: vectors.Format(f.format), LabelColumn: f.labelColumn}
}

// openNumbers opens a file, or standard input for "-".
func openNumbers(s streams, path string, o vectors.ReaderOptions) (*vectors.File, error) {
	if path == "-" {
		return vectors.NewReader(s.in, "stdin", o)
	}
	f, err := vectors.Open(path, o)
	return f, fileError(err)
}

// readNumbers reads a table, splits it and standardises all parts by the training part.
func (p *plan) readNumbers(ctx context.Context, s streams, r *reporter) (ps *parts, err error) {
	if p.multiLabel {
		return nil, usagef("--task multilabel is for texts, and %s has numbers", p.source.name())
	}
	if len(p.textFlags) > 0 {
		return nil, usagef("--%s is for texts, and %s has numbers", p.textFlags[0], p.source.name())
	}
	if err := p.source.oneFile(); err != nil {
		return nil, err
	}
	f, err := openNumbers(s, p.source.path, p.source.numbers())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r.numbers("data", f, "-input and -format override")
	bar := r.counter("reading")
	table, err := vectors.ReadTable(ctx, f, bar.count)
	bar.stop()
	if err != nil {
		return nil, err
	}
	regression, why, err := p.decide(table)
	if err != nil {
		return nil, err
	}
	r.table(f, table, regression, why)
	if labels := table.Labels(); !regression && len(labels) == 1 {
		return nil, fmt.Errorf("%s: %w: all %d rows are %q", p.source.name(), bow.ErrOneClass, table.Len(), labels[0])
	}

	var rest, test, train, valid []int
	if p.test == "" {
		if rest, test, err = table.Split(p.testFraction, nil, !regression, splitSource(p.seed, 1)); err != nil {
			return nil, err
		}
	}
	if train, valid, err = table.Split(p.validFraction, rest, !regression, splitSource(p.seed, 2)); err != nil {
		return nil, err
	}
	ps = &parts{stats: map[string]bow.Stats{}, missing: map[string][]string{}}
	defer func() {
		if err != nil {
			ps.close()
		}
	}()
	if ps.numbers, err = vectors.NewEncoder(table, train, vectors.Options{Regression: regression}); err != nil {
		return ps, err
	}
	if !regression {
		ps.labels = table.Labels()
		if ps.weights, err = p.weigh(ps.labels, table.ClassCounts(train)); err != nil {
			return ps, err
		}
	}
	keep := func(name string, set *data.Set) (exampleSet, error) {
		ps.stats[name] = bow.Stats{Documents: set.Len()}
		cache, err := data.NewCache(p.cache)
		if err == nil {
			err = cache.Take(set.All)
		}
		return cache, err
	}
	for _, part := range []struct {
		name string
		rows []int
		to   *exampleSet
	}{{"training", train, &ps.train}, {"validation", valid, &ps.valid}, {"test", test, &ps.test}} {
		if len(part.rows) == 0 {
			continue
		}
		set, err := ps.numbers.Set(table, part.rows)
		if err != nil {
			return ps, err
		}
		if *part.to, err = keep(part.name, set); err != nil {
			return ps, err
		}
	}
	unknown := 0
	if p.test != "" {
		o := p.source.numbers()
		o.Columns = ps.numbers.Columns
		var f *vectors.File
		if f, err = openNumbers(s, p.test, o); err != nil {
			return ps, err
		}
		defer f.Close()
		r.numbers("test", f, "-format overrides")
		var set *data.Set
		if set, unknown, err = ps.numbers.ReadSet(ctx, f, ps.labels); err != nil {
			return ps, err
		}
		if ps.test, err = keep("test", set); err != nil {
			return ps, err
		}
	}
	r.inputs(p, ps)
	r.unknownColumns(unknown)
	return ps, nil
}

// manyClasses is from how many whole numbers on labels may well be meant as numbers.
const manyClasses = 20

// decide says whether the label is learned as a number, and why.
func (p *plan) decide(t *vectors.Table) (regression bool, why string, err error) {
	all, whole := t.Numbers()
	linear := (p.loss == "squared" || p.loss == "huber") && (p.output == "auto" || p.output == "linear")
	switch {
	case p.task == taskRegression:
		return true, "regression, as asked for", nil
	case p.task == taskClasses:
		return false, "classes, as asked for", nil
	case all && !whole:
		why = "regression, as the labels are numbers and not all whole; --task classes overrides"
	case all && linear:
		why = fmt.Sprintf("regression, as the labels are numbers and the loss is %s; --task classes overrides", p.loss)
	case all && len(t.Labels()) > manyClasses:
		return false, "classes, as the labels are whole numbers; --task regression learns the number", nil
	default:
		return false, "", nil
	}
	if err := p.regression(); err != nil {
		return false, "", usagef("%w (the labels are numbers; --task classes takes each for a class)", err)
	}
	return true, why, nil
}
