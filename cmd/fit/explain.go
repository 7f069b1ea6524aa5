package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var (
	methods          = []string{string(feedforward.GradientInput), string(feedforward.IntegratedGradients)}
	explainedOutputs = []string{string(feedforward.Logit), string(feedforward.Probability)}
)

// explainFlags are the flags of fit explain.
type explainFlags struct {
	model  string
	source sourceFlags
	class  string
	how    feedforward.Explain
	top    int
	global bool
	html   string
	out    outputFlags
}

func explainCommand(s streams) *cobra.Command {
	var f explainFlags
	c := &cobra.Command{
		Use:   "explain --model FILE [TEXT] [flags]",
		Short: "Show which words push a text towards a class, and how much",
		Long: `Explain shows the words of a text that pushed towards a class, and those that
pushed away from it: each word's number in x times the symbolic gradient of the
class's output, or integrated gradients, whose sum is the change of the output
from no words to the text. The text is what follows the flags, a line of standard
input each, or a document of --data each. --global shows the strongest words of
each class over a whole file instead.`,
		Example: `  fit explain -model m "You have won a prize, call now"
  fit explain -model m -method integrated -html page.html < messages.txt
  fit explain -model m -global -data train.tsv`,
		Args: cobra.ArbitraryArgs,
	}
	g := newGroup("Flags")
	g.flags.StringVar(&f.model, "model", "", "`file` of the model, as fit train -model saved it")
	f.source.add(g.flags, "`file` of texts, with or without labels, a pattern such as 'x*.tsv' for several, - for standard input")
	g.flags.StringVar(&f.class, "class", "", "`name` of the class to explain (default the one a text is taken for; with --global all)")
	g.flags.StringVar((*string)(&f.how.Method), "method", string(feedforward.GradientInput), wordFlag("`way` to share the output out", methods)+" (gradient × input, integrated gradients)")
	g.flags.StringVar((*string)(&f.how.Output), "output", string(feedforward.Logit), wordFlag("`number` that is shared out", explainedOutputs)+"; with softmax and sigmoid outputs the logit is the log-odds of the class")
	g.flags.IntVar(&f.how.Steps, "steps", 50, "integrated: pieces of the way from no words to the text; more are taken where the sum wants it")
	g.flags.IntVar(&f.top, "top", 10, "words in the table, the strongest; 0 = all")
	g.flags.BoolVar(&f.global, "global", false, "the strongest words of each class over all texts of --data")
	g.flags.StringVar(&f.html, "html", "", "`file` to write a page to, which needs nothing else")
	f.out.add(g.flags, "one JSON object a text on standard output, with --global one in all; all else goes to standard error")
	addGroups(c, g)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := f.check(c.Flags(), args); err != nil {
			return err
		}
		classifier, err := loadText(f.model)
		if err != nil {
			return err
		}
		if f.class != "" && !slices.Contains(classifier.Labels, f.class) {
			return usagef("--class: unknown %q, want one of %s", f.class, strings.Join(classifier.Labels, ", "))
		}
		texts, err := f.open(s, args, classifier)
		if err != nil {
			return err
		}
		defer texts.close()
		e := &explaining{explainFlags: f, s: s, r: newReporter(s, f.out), c: classifier, texts: texts}
		if f.html == "" {
			return e.run(c, nil)
		}
		// The page in one piece: what fails half-way leaves no half of it.
		var page bytes.Buffer
		if err := e.run(c, &page); err != nil {
			return err
		}
		return writeFile("html", f.html, func(w io.Writer) error {
			_, err := page.WriteTo(w)
			return err
		})
	}
	return c
}

func (f *explainFlags) check(set *pflag.FlagSet, args []string) error {
	if err := errors.Join(
		f.source.check(),
		oneOf("method", string(f.how.Method), methods),
		oneOf("output", string(f.how.Output), explainedOutputs),
		between("steps", f.how.Steps, 1, 10000),
		atLeast("top", f.top, 0),
	); err != nil {
		return usageError{err}
	}
	switch {
	case f.model == "":
		return usagef("fit explain needs --model")
	case f.source.path != "" && len(args) > 0:
		return usagef("--data and a text are two ways to say what to explain; give one")
	case f.global && f.source.path == "":
		return usagef("--global needs --data, a file of texts")
	case set.Changed("steps") && f.how.Method != feedforward.IntegratedGradients:
		return usagef("--steps is for --method %s", feedforward.IntegratedGradients)
	case f.source.path == "" && f.source.describesFile():
		return errNoFile
	}
	if f.top == 0 {
		f.top = -1 // a table of all
	}
	train := trainFlags{source: f.source, model: f.model}
	return train.placeFor("html", f.html)
}

// explaining is fit explain at work.
type explaining struct {
	explainFlags
	s     streams
	r     *reporter
	c     *feedforward.Classifier
	texts *explainedTexts
}

// run explains the texts, into a page too unless it is nil.
func (e *explaining) run(c *cobra.Command, page io.Writer) error {
	if e.global {
		return e.influence(c.Context(), page)
	}
	p := newPage(page, e.model)
	objects := json.NewEncoder(e.s.out)
	options := feedforward.ExplanationText{Top: e.top, Color: colored(e.s.out)}
	first := true
	for {
		if err := c.Context().Err(); err != nil {
			return err
		}
		d, err := e.texts.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		x, err := e.c.Explain(d.Text, e.class, e.how)
		if err != nil {
			return err
		}
		if e.out.json {
			if err := objects.Encode(explanationOf(x, d)); err != nil {
				return err
			}
		} else if err := e.write(x, d, options, first); err != nil {
			return err
		}
		if err := p.add(x, e.texts.title(d)); err != nil {
			return err
		}
		first = false
	}
	return p.end()
}

func (e *explaining) write(x *feedforward.Explanation, d bow.Document, o feedforward.ExplanationText, first bool) error {
	if !first {
		fmt.Fprintln(e.s.out)
	}
	if title := e.texts.title(d); title != "" {
		fmt.Fprintln(e.s.out, title)
	}
	return x.Write(e.s.out, o)
}

// colored says whether w shows colours: a terminal, unless NO_COLOR is set
// (no-color.org).
func colored(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// explainedTexts reads what is to be explained.
type explainedTexts struct {
	bow.Reader
	file   *bow.File // nil: the text was an argument
	labels []string
	named  bool // by --data: texts have titles, and there must be some
	any    bool // text was read
}

// oneText is a Reader of one text.
type oneText struct {
	text string
	done bool
}

func (o *oneText) Read() (bow.Document, error) {
	if o.done {
		return bow.Document{}, io.EOF
	}
	o.done = true
	return bow.Document{Text: o.text}, nil
}

func (f *explainFlags) open(s streams, args []string, c *feedforward.Classifier) (*explainedTexts, error) {
	if len(args) > 0 {
		return &explainedTexts{Reader: &oneText{text: strings.Join(args, " ")}}, nil
	}
	o := f.source.options()
	o.Unlabelled = true
	paths := f.source.paths()
	if paths == nil {
		paths, o.Format = []string{"-"}, bow.TSV // a text on each line
	}
	file, err := openSource(s, paths, o)
	if err != nil {
		return nil, err
	}
	t := &explainedTexts{Reader: file, file: file, named: f.source.path != ""}
	// As for fit train a line of a file may begin with a label; only those of the model are.
	if t.named && file.Format() == bow.TSV && f.source.textColumn == "" {
		t.labels = c.Labels
	}
	return t, nil
}

func (t *explainedTexts) Read() (bow.Document, error) {
	d, err := t.Reader.Read()
	if err == io.EOF && t.named && !t.any {
		return d, fmt.Errorf("%s: there are no texts to explain", t.file.Name())
	}
	t.any = t.any || err == nil
	if len(d.Labels) > 0 {
		d.Label = strings.Join(d.Labels, ",")
	}
	if label, text, ok := strings.Cut(d.Text, "\t"); ok && d.Label == "" && slices.Contains(t.labels, strings.TrimSpace(label)) {
		d.Label, d.Text = strings.TrimSpace(label), text
	}
	return d, err
}

// title says where a text of a file stands, and what its label is.
func (t *explainedTexts) title(d bow.Document) string {
	if !t.named {
		return ""
	}
	title, line := t.file.Place(d.Line)
	if line > 0 {
		title = fmt.Sprintf("%s:%d", title, line)
	}
	if d.Label != "" {
		title += ", label " + d.Label
	}
	return title
}

func (t *explainedTexts) close() {
	if t.file != nil {
		t.file.Close()
	}
}

// explanationJSON is the object that fit explain --json writes for a text.
type explanationJSON struct {
	Line        int        `json:"line,omitempty"`
	Label       string     `json:"label,omitempty"` // of the file
	Text        string     `json:"text"`
	Predicted   string     `json:"predicted"`
	Probability float64    `json:"probability"` // of Predicted
	Class       string     `json:"class"`       // explained
	Method      string     `json:"method"`
	Output      string     `json:"output"`
	Value       float64    `json:"value"`    // the output
	Baseline    float64    `json:"baseline"` // the output without words
	Sum         float64    `json:"sum"`
	Error       *float64   `json:"error,omitempty"` // value − baseline − sum, with integrated gradients
	Words       []wordJSON `json:"words"`
	Unknown     []string   `json:"unknown"`
	Spans       []spanJSON `json:"spans"`
}

type wordJSON struct {
	Word         string  `json:"word"`
	Count        int     `json:"count"`
	X            float64 `json:"x"`
	Contribution float64 `json:"contribution"`
}

// spanJSON is a word where it stands, by bytes of the text.
type spanJSON struct {
	Start        int     `json:"start"`
	End          int     `json:"end"`
	Contribution float64 `json:"contribution"`
	Known        bool    `json:"known"`
}

func explanationOf(x *feedforward.Explanation, d bow.Document) explanationJSON {
	j := explanationJSON{
		Line: d.Line, Label: d.Label, Text: x.Text, Predicted: x.Answer.Name, Probability: x.Answer.Probability, Class: x.Class.Name,
		Method: string(x.Explain.Method), Output: string(x.Explain.Output), Value: x.Value, Baseline: x.Baseline, Sum: x.Sum,
		Words: []wordJSON{}, Unknown: append([]string{}, x.Unknown...), Spans: []spanJSON{},
	}
	if x.Explain.Method == feedforward.IntegratedGradients {
		j.Error = &x.Missing
	}
	for _, w := range x.Words {
		j.Words = append(j.Words, wordJSON(w))
	}
	for _, s := range x.Spans {
		j.Spans = append(j.Spans, spanJSON(s))
	}
	return j
}
