package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

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
		p, err := newPredictor(classifier, size, s.out)
		if err != nil {
			return err
		}
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
			if p.texts = append(p.texts, d.Text); len(p.texts) == size {
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
	predictor *feedforward.Predictor
	texts     []string
	labels    []feedforward.Label
	out       *bufio.Writer
	line      []byte
}

func newPredictor(c *feedforward.Classifier, size int, out io.Writer) (*predictor, error) {
	p, err := c.Predictor()
	return &predictor{predictor: p, labels: make([]feedforward.Label, size), out: bufio.NewWriterSize(out, 1<<16)}, err
}

// flush answers what was gathered.
func (p *predictor) flush() error {
	labels := p.labels[:len(p.texts)]
	if err := p.predictor.ClassifyAll(labels, p.texts); err != nil {
		return err
	}
	for _, l := range labels {
		p.line = append(append(p.line[:0], l.Name...), '\t')
		p.line = append(strconv.AppendFloat(p.line, l.Probability, 'f', 4, 64), '\n')
		if _, err := p.out.Write(p.line); err != nil {
			return err
		}
	}
	p.texts = p.texts[:0]
	return p.out.Flush()
}
