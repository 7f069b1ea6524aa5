package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/cobra"
)

var graphParts = []string{string(graph.Both), string(graph.Forward), string(graph.Gradient)}

// inspectFlags are the flags of fit inspect.
type inspectFlags struct {
	model string
	top   int
	dot   string
	svg   string
	part  string
	json  bool
}

func inspectCommand(s streams) *cobra.Command {
	var f inspectFlags
	c := &cobra.Command{
		Use:   "inspect --model FILE [flags]",
		Short: "Show what a saved model holds, how it was trained, and its graph",
		Long: `Inspect shows the network of a model, its dictionary with the most frequent words,
its classes, and the settings and the course of its training. --dot and --svg draw
the expression graph, what the network computes and its gradient apart.`,
		Example: `  fit inspect -model m
  fit inspect -model m -svg graph.svg
  fit inspect -model m -dot - -part forward | dot -Tpng > forward.png`,
		Args: noArguments("the model is given with --model"),
	}
	g := newGroup("Flags")
	g.flags.StringVar(&f.model, "model", "", "`file` of the model, as fit train -model saved it")
	g.flags.IntVar(&f.top, "top", 20, "most frequent words to show; 0 = none")
	g.flags.StringVar(&f.dot, "dot", "", "`file` to write the expression graph to, for Graphviz; - = standard output, and nothing else there")
	g.flags.StringVar(&f.svg, "svg", "", "`file` to draw the expression graph to, by Graphviz, which must be installed")
	g.flags.StringVar(&f.part, "part", string(graph.Both), wordFlag("`part` of the graph", graphParts))
	g.flags.BoolVar(&f.json, "json", false, "one JSON object instead of text")
	addGroups(c, g)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := errors.Join(atLeast("top", f.top, 0), oneOf("part", f.part, graphParts)); err != nil {
			return usageError{err}
		}
		if f.model == "" {
			return usagef("fit inspect needs --model")
		}
		if c.Flags().Changed("part") && f.dot == "" && f.svg == "" {
			return usagef("--part is for --dot and --svg")
		}
		if f.dot == "-" && f.json {
			return usagef("--dot - and --json are two things for standard output; give one")
		}
		train := trainFlags{model: f.model}
		if f.dot != "-" {
			if err := train.placeFor("dot", f.dot); err != nil {
				return err
			}
		}
		if err := train.placeFor("svg", f.svg); err != nil {
			return err
		}
		return f.run(c.Context(), s)
	}
	return c
}

func (f *inspectFlags) run(ctx context.Context, s streams) error {
	m, err := loadModel(f.model)
	if err != nil {
		return err
	}
	if err := f.draw(ctx, s, m); err != nil {
		return err
	}
	switch {
	case f.dot == "-":
		return nil
	case f.json:
		return json.NewEncoder(s.out).Encode(f.object(m))
	}
	info, err := os.Stat(f.model)
	if err != nil {
		return fileError(err)
	}
	fmt.Fprintf(s.out, "model     %s, %s bytes\n\n%v\n", f.model, thousands(int(info.Size())), m.Network)
	f.writeInput(s.out, m)
	writeTraining(s.out, m)
	return nil
}

// draw writes the graph to the files that are asked for.
func (f *inspectFlags) draw(ctx context.Context, s streams, m *feedforward.Classifier) error {
	if f.dot == "" && f.svg == "" {
		return nil
	}
	var dot bytes.Buffer
	if err := m.Network.WriteDot(&dot, graph.Part(f.part)); err != nil {
		return err
	}
	whole := func(w io.Writer) error {
		_, err := w.Write(dot.Bytes())
		return err
	}
	var err error
	switch f.dot {
	case "":
	case "-":
		err = whole(s.out)
	default:
		err = writeFile("dot", f.dot, whole)
	}
	if err != nil || f.svg == "" {
		return err
	}
	svg, err := graphviz(ctx, dot.Bytes())
	if err != nil {
		return fmt.Errorf("--svg: %w", err)
	}
	return writeFile("svg", f.svg, func(w io.Writer) error {
		_, err := w.Write(svg)
		return err
	})
}

// graphviz turns a graph into a picture.
func graphviz(ctx context.Context, dot []byte) ([]byte, error) {
	program, err := exec.LookPath("dot")
	if err != nil {
		return nil, errors.New("this needs the program dot of Graphviz (Debian, Ubuntu: apt-get install graphviz; macOS: brew install graphviz); --dot FILE does without")
	}
	c := exec.CommandContext(ctx, program, "-Tsvg")
	var svg, says bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(dot), &svg, &says
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("dot of Graphviz: %w: %s", err, strings.TrimSpace(says.String()))
	}
	return svg.Bytes(), nil
}

// writeInput describes what the network reads, and its answers.
func (f *inspectFlags) writeInput(w io.Writer, m *feedforward.Classifier) {
	if m.Labels != nil {
		writeField(w, "labels", fmt.Sprintf("%d: %s", len(m.Labels), strings.Join(cut(m.Labels), ", ")))
	}
	if m.Encoder == nil {
		writeField(w, "input", fmt.Sprintf("%s numbers", thousands(m.Network.Config().Inputs)))
		return
	}
	writeField(w, "words", strings.Join(wordsText(m.Encoder), ", "))
	var words []string
	for _, word := range f.frequent(m.Encoder.Vocabulary()) {
		words = append(words, fmt.Sprintf("%s %s", word.Word, thousands(word.Count)))
	}
	if words != nil {
		writeField(w, "", "most frequent in training: "+strings.Join(words, ", "))
	}
}

// wordsText says what becomes of the words of a text.
func wordsText(e *bow.Encoder) []string {
	set := e.Settings()
	parts := []string{fmt.Sprintf("%s in the dictionary", thousands(e.Columns())), string(set.Weighting)}
	if set.HashBits > 0 {
		parts[0] = fmt.Sprintf("hashed into %s columns", thousands(e.Columns()))
	}
	if n := set.Tokenizer.NGrams; n > 1 {
		parts = append(parts, fmt.Sprintf("n-grams of up to %d words", n))
	}
	if n := len(set.Tokenizer.StopWords); n > 0 {
		parts = append(parts, count(n, "stop word"))
	}
	return parts
}

// writeField writes a text behind its name, in lines that any terminal shows unbroken.
func writeField(w io.Writer, name, text string) {
	for _, line := range wrap(text, helpWidth-10) {
		fmt.Fprintf(w, "%-10s%s\n", name, line)
		name = ""
	}
}

// writeTraining tells how the model came about.
func writeTraining(w io.Writer, m *feedforward.Classifier) {
	t := m.Training
	if t == nil {
		writeField(w, "training", "not recorded (the model was saved by a program of one's own or an older version)")
		return
	}
	batch := fmt.Sprintf("batches of %d", t.Batch)
	if t.Batch == feedforward.Whole {
		batch = "the whole set a step"
	}
	writeField(w, "training", fmt.Sprintf("solver %s (%v), %s, seed %d, engine %s", t.Solver, t.SolverSettings, batch, t.Seed, t.Engine))
	var classes []string
	for i, n := range t.PerClass {
		if i < len(m.Labels) {
			classes = append(classes, fmt.Sprintf("%s %s", cut(m.Labels[i : i+1])[0], thousands(n)))
		}
	}
	documents := count(t.Documents["training"], "document")
	if classes != nil && len(classes) <= maxWeights {
		documents += ": " + strings.Join(classes, ", ")
	}
	if n := t.Documents["validation"]; n > 0 {
		documents += fmt.Sprintf("; %s for validation", thousands(n))
	}
	writeField(w, "", documents)
	if settings := unusual(t.Settings); settings != nil {
		writeField(w, "settings", strings.Join(settings, ", ")+"; all others are the defaults")
	}
	fmt.Fprintln(w)
	for i, e := range t.Epochs {
		fmt.Fprintf(w, "epoch %*d   loss %s", len(fmt.Sprint(len(t.Epochs))), i+1, lossText(e.Loss))
		if e.ValidLoss != nil {
			fmt.Fprintf(w, "   validation: loss %s", lossText(*e.ValidLoss))
		}
		if e.ValidAccuracy != nil {
			fmt.Fprintf(w, ", accuracy %.4f", *e.ValidAccuracy)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\n%s\n", ending(historyOf(t)))
	if r := t.Test; r != nil {
		fmt.Fprintf(w, "\ntest part: %s", count(r.Documents, "document"))
		for _, m := range []struct {
			name  string
			value *float64
		}{{"accuracy", r.Accuracy}, {"macro F1", r.MacroF1}, {"R²", r.R2}} {
			if m.value != nil {
				fmt.Fprintf(w, ", %s %.4f", m.name, *m.value)
			}
		}
		fmt.Fprintf(w, ", loss %s", lossText(r.Loss))
		if r.ROCAUC != nil {
			fmt.Fprintf(w, ", ROC AUC %.4f", *r.ROCAUC)
		}
		fmt.Fprintln(w)
	}
}

// historyOf is the course of a training as its model keeps it.
func historyOf(t *feedforward.Training) *feedforward.History {
	h := &feedforward.History{Steps: t.Steps, Best: t.Best, Stopped: t.Stopped}
	for i, e := range t.Epochs {
		epoch := feedforward.Epoch{Number: i + 1, Loss: e.Loss}
		if e.ValidLoss != nil {
			epoch.Valid = &feedforward.Result{Loss: *e.ValidLoss, Accuracy: math.NaN()}
			if e.ValidAccuracy != nil {
				epoch.Valid.Accuracy = *e.ValidAccuracy
			}
		}
		h.Epochs = append(h.Epochs, epoch)
	}
	return h
}

// unusual are the settings that differ from the defaults of fit train.
func unusual(settings map[string]string) []string {
	var f trainFlags
	flags := f.command(streams{}).Flags()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if flag := flags.Lookup(name); flag == nil || flag.DefValue != settings[name] {
			all = append(all, name+" "+settings[name])
		}
	}
	return all
}

// frequentJSON is a word with how often it occurs in the training part.
type frequentJSON struct {
	Word  string `json:"word"`
	Count int    `json:"count"`
}

func (f *inspectFlags) frequent(v *bow.Vocabulary) []frequentJSON {
	if v == nil {
		return nil
	}
	counts := v.Counts()
	var all []frequentJSON
	for _, i := range v.Frequent(f.top) {
		all = append(all, frequentJSON{v.Word(i), counts[i]})
	}
	return all
}

// modelJSON is the object that fit inspect --json writes.
type modelJSON struct {
	Inputs     int                   `json:"inputs"`
	Layers     []layerJSON           `json:"layers"`
	Loss       string                `json:"loss"`
	Dtype      string                `json:"dtype"`
	Parameters int                   `json:"parameters"`
	Labels     []string              `json:"labels,omitempty"`
	MultiLabel bool                  `json:"multi_label,omitempty"`
	Encoder    *bow.Settings         `json:"encoder,omitempty"`
	Vocabulary int                   `json:"vocabulary,omitempty"`
	Frequent   []frequentJSON        `json:"frequent,omitempty"`
	Training   *feedforward.Training `json:"training,omitempty"`
}

type layerJSON struct {
	Units      int     `json:"units"`
	Activation string  `json:"activation"`
	Dropout    float64 `json:"dropout,omitempty"`
}

func (f *inspectFlags) object(m *feedforward.Classifier) modelJSON {
	cfg := m.Network.Config()
	j := modelJSON{Inputs: cfg.Inputs, Loss: cfg.Loss.Name(), Dtype: cfg.Dtype.String(), Parameters: m.Network.Parameters(),
		Labels: m.Labels, MultiLabel: cfg.MultiLabel, Training: m.Training}
	for _, l := range m.Network.Layers() {
		j.Layers = append(j.Layers, layerJSON{l.Units, l.Activation, l.Dropout})
	}
	if m.Encoder != nil {
		set := m.Encoder.Settings()
		j.Encoder = &set
		if v := m.Encoder.Vocabulary(); v != nil {
			j.Vocabulary, j.Frequent = v.Len(), f.frequent(v)
		}
	}
	return j
}
