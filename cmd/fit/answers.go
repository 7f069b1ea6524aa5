package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/pflag"
)

// answerForm says how fit predict writes its answers.
type answerForm struct {
	top           int
	threshold     float64
	below         string
	probabilities bool
	keep          bool
	output        string
	withHeader    bool
	several       bool // the model gives a text any number of labels
	blank         bool // where all are below the threshold nothing is written
}

var answerForms = []string{"tsv", "jsonl"}

// unreadableLabel stands where a label would, for a line that cannot be read.
const unreadableLabel = "?"

func (f *answerForm) add(flags *pflag.FlagSet) {
	flags.IntVar(&f.top, "top", 1, "write the most probable labels, so many, each with its probability")
	flags.Float64Var(&f.threshold, "threshold", 0, "leave out labels whose `probability` is below this")
	flags.StringVar(&f.below, "below", "unknown", "`label` to write where all are below --threshold")
	flags.BoolVar(&f.probabilities, "probabilities", false, "write the probability of each class too, in the order of their names")
	flags.BoolVar(&f.keep, "keep", false, "write the text too, behind the answer; jsonl always has it")
	flags.StringVar(&f.output, "output", "tsv", wordFlag("`form` of the answers", answerForms))
	flags.BoolVar(&f.withHeader, "header", false, "name the columns in a line before the answers (tsv)")
}

func (f *answerForm) check(set *pflag.FlagSet) error {
	errs := []error{oneOf("output", f.output, answerForms), atLeast("top", f.top, 1)}
	if !(f.threshold >= 0 && f.threshold <= 1) {
		errs = append(errs, fmt.Errorf("--threshold is %v, want 0 to 1", f.threshold))
	}
	if set.Changed("below") && f.threshold == 0 {
		errs = append(errs, errors.New("--below needs --threshold"))
	}
	if f.withHeader && f.output == "jsonl" {
		errs = append(errs, errors.New("--header is for tsv; jsonl names everything on each line"))
	}
	return errors.Join(errs...)
}

// forLabels makes the form that for a model that gives a text any number of labels: all
// those that it gives.
func (f *answerForm) forLabels(labels int, set *pflag.FlagSet) {
	f.several, f.blank = true, !set.Changed("below")
	if !set.Changed("threshold") {
		f.threshold = feedforward.DefaultThreshold
	}
	if !set.Changed("top") {
		f.top = labels
	}
}

// fits refuses a label for "none of them" that one of them has.
func (f *answerForm) fits(labels []string) error {
	if f.threshold > 0 && !f.blank && slices.Contains(labels, f.below) {
		return usagef("--below: the model has a class %q; name what is below --threshold otherwise", f.below)
	}
	return nil
}

// answers gathers texts, answers them together and writes the answers in their order.
type answers struct {
	form      answerForm
	predictor *feedforward.Predictor
	names     []string // of the classes, as they are written
	size      int
	plain     bool // label and probability, which is most of the use

	texts    []string
	lines    []int
	gaps     []gap
	labels   []feedforward.Label
	answered []feedforward.Answer
	classes  []int

	out  *bufio.Writer
	json *json.Encoder
	line []byte
}

// gap is a line without text: blank, or not to be read.
type gap struct {
	before int // the text that follows it
	line   int
	err    *bow.LineError // nil: blank
}

// answersSize is how many texts are answered together.
const answersSize = 256

func newAnswers(c *feedforward.Classifier, form answerForm, size int, out io.Writer) (*answers, error) {
	p, err := c.Predictor()
	a := &answers{form: form, predictor: p, size: size, out: bufio.NewWriterSize(out, 1<<16)}
	a.plain = form.top == 1 && form.threshold == 0 && !form.probabilities && !form.keep && form.output == "tsv"
	for _, l := range c.Labels {
		name := l
		if form.output == "tsv" {
			name = oneField(l)
		}
		a.names = append(a.names, name)
		a.plain = a.plain && name == l
	}
	a.form.top = min(form.top, len(a.names))
	a.json = json.NewEncoder(a.out)
	a.json.SetEscapeHTML(false)
	if a.plain {
		a.labels = make([]feedforward.Label, size)
	} else {
		a.answered = make([]feedforward.Answer, size)
	}
	return a, err
}

// header names the columns.
func (a *answers) header() {
	if !a.form.withHeader {
		return
	}
	for k := range a.form.top {
		n := ""
		if k > 0 {
			n = strconv.Itoa(k + 1)
			a.line = append(a.line, '\t')
		}
		a.line = fmt.Appendf(a.line, "label%s\tprobability%s", n, n)
	}
	if a.form.probabilities {
		for _, name := range a.names {
			a.line = fmt.Appendf(a.line, "\tp(%s)", name)
		}
	}
	if a.form.keep {
		a.line = append(a.line, "\ttext"...)
	}
	a.line = append(a.line, '\n')
	_, _ = a.out.Write(a.line) // an error comes back with flush
}

func (a *answers) add(d bow.Document) error {
	a.texts, a.lines = append(a.texts, d.Text), append(a.lines, d.Line)
	if len(a.texts) == a.size {
		return a.flush()
	}
	return nil
}

// skip answers a line without text. The error is nil for a blank one.
func (a *answers) skip(line int, err *bow.LineError) error {
	a.gaps = append(a.gaps, gap{len(a.texts), line, err})
	if len(a.gaps) >= a.size {
		return a.flush()
	}
	return nil
}

// flush answers what was gathered.
func (a *answers) flush() error {
	n := len(a.texts)
	var err error
	if a.plain {
		err = a.predictor.ClassifyAll(a.labels[:n], a.texts)
	} else {
		err = a.predictor.AnswerAll(a.answered[:n], a.texts)
	}
	if err != nil {
		return err
	}
	gaps := a.gaps
	for i := 0; ; i++ {
		for ; len(gaps) > 0 && gaps[0].before == i; gaps = gaps[1:] {
			if err := a.writeGap(gaps[0]); err != nil {
				return err
			}
		}
		if i == n {
			break
		}
		switch {
		case a.plain:
			l := &a.labels[i]
			a.line = append(append(a.line[:0], l.Name...), '\t')
			a.line = append(strconv.AppendFloat(a.line, l.Probability, 'f', 4, 64), '\n')
			_, err = a.out.Write(a.line)
		case a.form.output == "jsonl":
			err = a.json.Encode(a.object(i))
		default:
			err = a.writeFields(i)
		}
		if err != nil {
			return err
		}
	}
	a.texts, a.lines, a.gaps = a.texts[:0], a.lines[:0], a.gaps[:0]
	return a.out.Flush()
}

// best returns the classes to name, the most probable first: none if all are below the
// threshold.
func (a *answers) best(answer feedforward.Answer) []int {
	a.classes = answer.Top(a.classes[:0], a.form.top)
	for k, class := range a.classes {
		if answer.Probabilities[class] < a.form.threshold {
			return a.classes[:k]
		}
	}
	return a.classes
}

// writeFields writes the answer to text i as fields with tabs between.
func (a *answers) writeFields(i int) error {
	answer := a.answered[i]
	best := a.best(answer)
	line := a.line[:0]
	switch {
	case len(best) == 0 && a.form.blank && (a.form.probabilities || a.form.keep):
		line = append(line, '\t')
	case len(best) == 0 && !a.form.blank:
		line = append(append(line, oneField(a.form.below)...), '\t')
		line = strconv.AppendFloat(line, answer.Probability, 'f', 4, 64)
	}
	for k, class := range best {
		if k > 0 {
			line = append(line, '\t')
		}
		line = append(append(line, a.names[class]...), '\t')
		line = strconv.AppendFloat(line, answer.Probabilities[class], 'f', 4, 64)
	}
	if a.form.probabilities || a.form.keep {
		// What follows has a column of its own.
		line = a.fill(line, a.form.top-max(len(best), 1))
	}
	if a.form.probabilities {
		for _, p := range answer.Probabilities {
			line = strconv.AppendFloat(append(line, '\t'), p, 'f', 4, 64)
		}
	}
	if a.form.keep {
		line = append(append(line, '\t'), lineBreaks.Replace(a.texts[i])...)
	}
	a.line = append(line, '\n')
	_, err := a.out.Write(a.line)
	return err
}

// fill appends n empty pairs of label and probability.
func (a *answers) fill(line []byte, n int) []byte {
	for range n {
		line = append(line, '\t', '\t')
	}
	return line
}

// writeGap writes a line for one that has no text.
func (a *answers) writeGap(g gap) error {
	if a.form.output == "jsonl" {
		o := answerJSON{Line: g.line}
		if g.err != nil {
			o.Error = message(g.err.Err)
		} else {
			o.Text = new(string)
		}
		return a.json.Encode(o)
	}
	line := a.line[:0]
	if g.err != nil {
		line = append(line, unreadableLabel...)
	}
	line = append(line, '\t')
	if a.form.probabilities || a.form.keep {
		line = a.fill(line, a.form.top-1)
	}
	if a.form.probabilities {
		for range a.names {
			line = append(line, '\t')
		}
	}
	if a.form.keep {
		line = append(line, '\t')
	}
	a.line = append(line, '\n')
	_, err := a.out.Write(a.line)
	return err
}

// answerJSON is a line of --output jsonl. Label and probability are null for a line
// without text, and the error says so of one that cannot be read.
type answerJSON struct {
	Line          int               `json:"line"`
	Label         *string           `json:"label"`
	Probability   *digits           `json:"probability"`
	Labels        []labelJSON       `json:"labels,omitzero"` // with --top
	Probabilities map[string]digits `json:"probabilities,omitempty"`
	Text          *string           `json:"text,omitempty"`
	Error         string            `json:"error,omitempty"`
}

type labelJSON struct {
	Label       string `json:"label"`
	Probability digits `json:"probability"`
}

// digits is a number written with six significant digits.
type digits float64

func (d digits) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(d), 'g', 6, 64), nil
}

func (a *answers) object(i int) answerJSON {
	answer := a.answered[i]
	p := digits(answer.Probability)
	o := answerJSON{Line: a.lines[i], Label: &a.form.below, Probability: &p, Text: &a.texts[i]}
	best := a.best(answer)
	switch {
	case len(best) > 0:
		o.Label = &a.names[best[0]]
	case a.form.blank:
		o.Label, o.Probability = nil, nil
	}
	if a.form.top > 1 || a.form.several {
		o.Labels = []labelJSON{}
		for _, class := range best {
			o.Labels = append(o.Labels, labelJSON{a.names[class], digits(answer.Probabilities[class])})
		}
	}
	if a.form.probabilities {
		o.Probabilities = map[string]digits{}
		for class, name := range a.names {
			o.Probabilities[name] = digits(answer.Probabilities[class])
		}
	}
	return o
}
