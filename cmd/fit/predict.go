package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/cobra"
)

func predictCommand(s streams) *cobra.Command {
	var source sourceFlags
	var model string
	c := &cobra.Command{
		Use:   "predict --model FILE [FILE|-] [flags]",
		Short: "Label texts with a saved model",
		Long: `Predict writes a line for each text: the label, a tab, and its probability. A
line of a plain file is one text; blank lines are skipped. Without a file, or
with -, it reads standard input.`,
		Example: `  fit predict -model m messages.txt
  echo "You have won a prize" | fit predict -model m`,
	}
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("fit predict takes one file, got %d", len(args))
		}
		return nil
	}
	g := newGroup("Flags")
	g.flags.StringVar(&model, "model", "", "`file` of the model, as fit train -model saved it")
	source.add(g.flags, "")
	addGroups(c, g)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := source.check(); err != nil {
			return err
		}
		if model == "" {
			return usagef("fit predict needs --model")
		}
		source.path = "-"
		if len(args) == 1 {
			source.path = args[0]
		}
		classifier, err := loadText(model)
		if err != nil {
			return err
		}
		o := source.options()
		o.Unlabelled = true
		file, err := openSource(s, source.path, o)
		if err != nil {
			return err
		}
		defer file.Close()
		// Somebody who types wants the answer now, a file is answered in batches.
		size := 256
		if source.path == "-" && isTerminal(s.out) {
			size = 1
		}
		p := predictor{c: classifier, out: bufio.NewWriter(s.out)}
		texts := until{c.Context(), file}
		for first := true; ; first = false {
			d, err := texts.Read()
			if err == io.EOF {
				if n := file.Blank(); n > 0 {
					fmt.Fprintf(s.err, "fit: %s skipped\n", count(n, "blank line"))
				}
				return p.flush()
			}
			if err != nil {
				return errors.Join(p.flush(), err)
			}
			if first && source.textColumn == "" && file.Format() == bow.TSV {
				hintLabel(s.err, file.Name(), d, classifier.Labels)
			}
			classifier.Encoder.AppendRow(&p.batch, d.Text)
			if p.batch.Rows() >= size {
				if err := p.flush(); err != nil {
					return err
				}
			}
		}
	}
	return c
}

// hintLabel says so if a text begins with what must be its label.
func hintLabel(w io.Writer, name string, d bow.Document, labels []string) {
	if label, _, ok := strings.Cut(d.Text, "\t"); ok && slices.Contains(labels, strings.TrimSpace(label)) {
		fmt.Fprintf(w, "fit: %s:%d: the label %q is read as part of the text; --text-column 2 leaves it out\n", name, d.Line, label)
	}
}

// predictor gathers texts and answers them together.
type predictor struct {
	c     *feedforward.Classifier
	batch data.Batch
	out   *bufio.Writer
}

// flush answers what was gathered.
func (p *predictor) flush() error {
	if p.batch.Rows() > 0 {
		answers, err := p.c.Network.Classify(&p.batch)
		if err != nil {
			return err
		}
		for _, a := range answers {
			fmt.Fprintf(p.out, "%s\t%.4f\n", p.c.Labels[a.Class], a.Probability)
		}
		p.batch.Reset()
	}
	return p.out.Flush()
}
