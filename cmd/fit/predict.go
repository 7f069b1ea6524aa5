package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// predictFlags are the flags of fit predict.
type predictFlags struct {
	source sourceFlags
	model  string
	texts  []string
	strict bool
	quiet  bool
	mpi    bool
	form   answerForm
}

func predictCommand(s streams) *cobra.Command {
	var f predictFlags
	c := &cobra.Command{
		Use:   "predict --model FILE [FILE|-] [flags]",
		Short: "Label texts with a saved model",
		Long: `Predict writes a line for each text: the label, a tab, and its probability. A
line of a plain file is one text. Without a file, or with -, it reads standard
input.

Line 7 of the answers belongs to line 7 of the texts: a blank line is answered
with a tab alone, and a line that cannot be read with ? and a tab. Of the latter
standard error tells the number and the reason, and in the end how many there
were. In a csv file it is records that are answered, and blank lines are none.

A model for any number of labels a text writes all that have a probability of at
least 0.5 (--threshold), the most probable first, or an empty line if none has.`,
		Example: `  fit predict -model m messages.txt
  fit predict -model m -text "You have won a prize"
  zcat messages.gz | fit predict -model m -top 3 -output jsonl
  fit predict -model m -threshold 0.9 -below "to be read" messages.txt`,
	}
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("fit predict takes one file, got %d (a text stands in quotes behind --text)", len(args))
		}
		return nil
	}
	g := newGroup("Flags")
	g.flags.StringVar(&f.model, "model", "", "`file` of the model, as fit train -model saved it")
	f.source.add(g.flags, "")
	g.flags.StringArrayVar(&f.texts, "text", nil, "`text` to label, instead of a file; may be given several times")
	g.flags.BoolVar(&f.strict, "strict", false, "stop at the first line that cannot be read")
	g.flags.BoolVarP(&f.quiet, "quiet", "q", false, "answers only: no hints, no progress; lines that cannot be read are counted, not listed")
	addMPI(g.flags, &f.mpi, "answer", "the first one reads the texts and writes the answers")
	a := newGroup("Answers")
	f.form.add(a.flags)
	addGroups(c, g, a)
	c.RunE = func(c *cobra.Command, args []string) error {
		f.source.path = "-"
		if len(args) == 1 {
			f.source.path = args[0]
		}
		return together(f.mpi, c.Flags(), s, func(s streams, ranks cluster.Comm) error {
			if err := cluster.Agree(ranks, f.check(c.Flags(), args)); err != nil {
				return err
			}
			return f.run(c, s, ranks)
		})
	}
	return c
}

// check finds all that can be known to be wrong without reading.
func (f *predictFlags) check(set *pflag.FlagSet, args []string) error {
	if err := errors.Join(f.source.check(), f.form.check(set)); err != nil {
		return usageError{err}
	}
	if f.model == "" {
		return usagef("fit predict needs --model")
	}
	if len(args) == 1 && len(f.texts) > 0 {
		return usagef("%s and --text are two ways to say what to label; give one", args[0])
	}
	return nil
}

// texts hands out what is to be labelled.
type texts interface {
	Read() (bow.Document, error)
}

// answering gets the lines in their order: answers does, and dealer for all ranks.
type answering interface {
	add(d bow.Document) error
	skip(line int, err *bow.LineError) error
	flush() error // at the end
}

func (f *predictFlags) run(c *cobra.Command, s streams, ranks cluster.Comm) error {
	classifier, err := loadModelOn(ranks, f.model)
	if err != nil {
		return err
	}
	if err := cluster.Agree(ranks, f.fits(classifier, c.Flags())); err != nil {
		return err
	}
	if classifier.Numbers != nil {
		return predictNumbers(c.Context(), s, &f.source, classifier)
	}
	if f.mpi {
		return dealAnswers(ranks, classifier, f.form, s.out, func(a answering) error { return f.label(c, s, classifier, a) })
	}
	// Somebody who types wants the answer now, a file is answered in batches.
	size := answersSize
	if f.source.path == "-" && isTerminal(s.out) {
		size = 1
	}
	a, err := newAnswers(classifier, f.form, size, s.out)
	if err != nil {
		return err
	}
	a.header()
	return f.label(c, s, classifier, a)
}

// fits makes f what the model asks for, and finds flags that do not go with it.
func (f *predictFlags) fits(c *feedforward.Classifier, set *pflag.FlagSet) error {
	if c.Numbers != nil {
		for _, flag := range []string{"text", "top", "threshold", "below", "probabilities", "keep", "output", "header", "mpi"} {
			if set.Changed(flag) {
				return usagef("--%s is for texts, and the model reads numbers", flag)
			}
		}
		return nil
	}
	if c.Network.Config().MultiLabel {
		f.form.forLabels(len(c.Labels), set)
	}
	return f.form.fits(c.Labels)
}

// label reads the texts and hands them to a.
func (f *predictFlags) label(c *cobra.Command, s streams, classifier *feedforward.Classifier, a answering) error {
	from, file, err := f.open(c, s)
	if err != nil {
		return err
	}
	things := "line"
	if file != nil {
		defer file.Close()
		things = map[bow.Format]string{bow.CSV: "record", bow.Folder: "file"}[file.Format()]
		if things == "" {
			things = "line"
		}
	}
	silent := f.quiet || f.source.path == "-" || isTerminal(s.out)
	bar := newReporter(s, outputFlags{quiet: silent}).counter("labelling")
	defer bar.stop()
	hint := !f.quiet && file != nil && file.Format() == bow.TSV && f.source.textColumn == ""
	bad := unreadable{w: s.err, quiet: f.quiet, things: things}
	for n := 0; ; {
		d, err := from.Read()
		at, isBad := err.(*bow.LineError)
		switch {
		case err == io.EOF:
			err := a.flush()
			bar.stop()
			if file != nil && file.Blank() > 0 && !f.quiet {
				fmt.Fprintf(s.err, "fit: %s skipped\n", count(file.Blank(), "blank line"))
			}
			bad.sum(n)
			return err
		case isBad && at.Skipped && !f.strict:
			bad.report(at)
			err = a.skip(at.Line, at)
		case err != nil:
			return errors.Join(a.flush(), err)
		case strings.TrimSpace(d.Text) == "":
			err = a.skip(d.Line, nil)
		default:
			if hint {
				hintLabel(s.err, file.Name(), d, classifier.Labels)
				hint = false
			}
			err = a.add(d)
		}
		if err != nil {
			return err
		}
		if n++; n%4096 == 0 {
			bar.count(n)
		}
	}
}

// open returns what to read from; the file is nil for texts of the command line.
func (f *predictFlags) open(c *cobra.Command, s streams) (texts, *bow.File, error) {
	if len(f.texts) > 0 {
		return &arguments{texts: f.texts}, nil, nil
	}
	o := f.source.options()
	o.Unlabelled, o.EveryLine = true, true
	file, err := openSource(s, f.source.paths(), o)
	if errors.Is(err, fs.ErrNotExist) && strings.ContainsFunc(f.source.path, unicode.IsSpace) {
		err = fmt.Errorf("%w (if that is the text, give it with --text)", err)
	}
	if err != nil {
		return nil, nil, err
	}
	return until{c.Context(), file}, file, nil
}

// arguments are the texts of the command line.
type arguments struct {
	texts []string
	next  int
}

func (a *arguments) Read() (bow.Document, error) {
	if a.next == len(a.texts) {
		return bow.Document{}, io.EOF
	}
	a.next++
	text := a.texts[a.next-1]
	if !utf8.ValidString(text) {
		return bow.Document{}, &bow.LineError{Name: "--text", Line: a.next, Err: bow.ErrInvalidUTF8, Skipped: true}
	}
	return bow.Document{Text: text, Line: a.next}, nil
}

// unreadable lists what cannot be read.
type unreadable struct {
	w      io.Writer
	quiet  bool
	things string // what the file is read by
	n      int
}

// mostUnreadable is how many are listed: nobody reads more, and they would take longer
// than the answers.
const mostUnreadable = 1000

func (u *unreadable) report(err error) {
	u.n++
	switch {
	case u.quiet:
	case u.n <= mostUnreadable:
		fmt.Fprintf(u.w, "fit: %s\n", message(err))
	case u.n == mostUnreadable+1:
		fmt.Fprintf(u.w, "fit: further %ss that cannot be read are only counted\n", u.things)
	}
}

// sum counts them among all.
func (u *unreadable) sum(all int) {
	if u.n > 0 {
		fmt.Fprintf(u.w, "fit: %s of %s could not be read\n", thousands(u.n), count(all, u.things))
	}
}

// hintLabel says so if a text begins with what must be its label.
func hintLabel(w io.Writer, name string, d bow.Document, labels []string) {
	if label, _, ok := strings.Cut(d.Text, "\t"); ok && slices.Contains(labels, strings.TrimSpace(label)) {
		fmt.Fprintf(w, "fit: %s:%d: the label %q is read as part of the text; --text-column 2 leaves it out\n", name, d.Line, label)
	}
}
