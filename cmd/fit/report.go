package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/vectors"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/pflag"
	"golang.org/x/text/language"
	local "golang.org/x/text/message"
)

// outputFlags say how much is written, and for whom.
type outputFlags struct {
	json  bool
	quiet bool
}

func (f *outputFlags) add(flags *pflag.FlagSet, jsonText string) {
	flags.BoolVar(&f.json, "json", false, jsonText)
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "results only: no description, no progress")
}

// reporter writes what is meant for eyes, and the JSON object.
type reporter struct {
	s     streams
	flags outputFlags
	text  io.Writer // descriptions
	final io.Writer // results
}

func newReporter(s streams, f outputFlags) *reporter {
	r := &reporter{s: s, flags: f, text: s.out, final: s.out}
	if f.json {
		r.text, r.final = s.err, s.err
	}
	if f.quiet {
		r.text = io.Discard
		if f.json {
			r.final = io.Discard
		}
	}
	return r
}

func (r *reporter) sample() {
	fmt.Fprintln(r.text, "data      the embedded sample, spam and ham messages (-data FILE takes your own)")
}

// source says which file is read, for what, and how its form is known.
func (r *reporter) source(what string, f *bow.File) {
	fmt.Fprintf(r.text, "%-10s%s (%s; -format overrides)\n", what, f.Name(), f.Detected())
}

// blank counts the lines that were skipped.
func (r *reporter) blank(f *bow.File) { r.skipped(f.Blank(), f.Beside()) }

func (r *reporter) skipped(blank, beside int) {
	if blank > 0 {
		fmt.Fprintf(r.text, "          %s skipped\n", count(blank, "blank line"))
	}
	if beside > 0 {
		fmt.Fprintf(r.text, "          %s beside the folders of the classes skipped\n", count(beside, "file"))
	}
}

// skippedOn is blank for a file of which each rank has read a part. It is collective.
func (r *reporter) skippedOn(ranks cluster.Comm, f *bow.File) error {
	all, err := cluster.GatherAll(ranks, cluster.Bytes([]int{f.Blank(), f.Beside()}))
	if err != nil {
		return err
	}
	blank, beside := 0, 0
	for _, b := range all {
		theirs := cluster.Of[int](b)
		blank, beside = blank+theirs[0], max(beside, theirs[1]) // all list the same folder
	}
	r.skipped(blank, beside)
	return nil
}

// corpus counts the documents.
func (r *reporter) corpus(c *bow.Corpus) {
	if c.MultiLabel {
		r.labelSets(c)
		return
	}
	labels := c.Labels()
	classes := fmt.Sprintf(" in %d classes", len(labels))
	if counts, err := c.ClassCounts(nil); err == nil {
		var each []string
		for i, l := range labels {
			each = append(each, fmt.Sprintf("%s %s", l, thousands(counts[i])))
		}
		if list := ": " + strings.Join(each, ", "); len(list) <= 60 {
			classes = list
		}
	}
	fmt.Fprintf(r.text, "          %s%s\n", count(c.Len(), "document"), classes)
}

// split counts the examples of each part.
func (r *reporter) split(p *plan, ps *parts) {
	var sizes []string
	for _, name := range partNames {
		if st, ok := ps.stats[name]; ok {
			sizes = append(sizes, fmt.Sprintf("%s %s", thousands(st.Documents), name))
		}
	}
	fmt.Fprintf(r.text, "split     %s\n", strings.Join(sizes, ", "))
	if ps.valid == nil && p.validFraction > 0 {
		fmt.Fprintln(r.text, "          too few documents for a validation part")
	}
	if ps.test == nil && p.testFraction > 0 {
		fmt.Fprintln(r.text, "          too few documents for a test part")
	}
}

// parts describes the parts of the corpus.
func (r *reporter) parts(p *plan, ps *parts) {
	r.split(p, ps)
	if p.hashBits > 0 {
		fmt.Fprintf(r.text, "words     hashed into %s columns, no dictionary (%s)\n", thousands(ps.encoder.Columns()), p.weighting)
	} else {
		fmt.Fprintf(r.text, "words     %s in the dictionary, sorted alphabetically (%s)\n", thousands(ps.encoder.Columns()), p.weighting)
	}
	for _, name := range partNames {
		r.empty(name, ps.stats[name])
		r.missing(name, ps.missing[name])
	}
}

var partNames = []string{"training", "validation", "test"}

func (r *reporter) empty(name string, st bow.Stats) {
	switch {
	case st.Empty == 1:
		fmt.Fprintf(r.text, "          1 of the %s documents has no word of the dictionary\n", name)
	case st.Empty > 1:
		fmt.Fprintf(r.text, "          %s of the %s documents have no word of the dictionary\n", thousands(st.Empty), name)
	}
}

// missing says which classes a part cannot measure.
func (r *reporter) missing(name string, labels []string) {
	const most = 5
	if len(labels) == 0 {
		return
	}
	list := strings.Join(cut(labels[:min(len(labels), most)]), ", ")
	if n := len(labels) - most; n > 0 {
		list += fmt.Sprintf(" and %s more", thousands(n))
	}
	fmt.Fprintf(r.text, "          no document in the %s part, having too few: %s\n", name, list)
}

// network describes the network and how it is trained.
func (r *reporter) network(net *feedforward.Network, p *plan, ps *parts) {
	fmt.Fprintf(r.text, "\n%v", net)
	fmt.Fprintf(r.text, "solver %s (%v)\n", p.solver, p.native.Settings())
	if p.schedule.Changes() {
		fmt.Fprintf(r.text, "schedule %v\n", p.schedule)
	}
	writeWeights(r.text, ps.labels, ps.weights)
	if p.labelSmoothing > 0 {
		fmt.Fprintf(r.text, "label smoothing %v\n", p.labelSmoothing)
	}
	fmt.Fprintf(r.text, "%s, seed %d, engine %s\n\n", p.batchText(), p.seed, p.engine)
	if path := p.checkpoint.path; path != "" && p.resumed == nil {
		if _, err := os.Stat(path); err == nil {
			fmt.Fprintf(r.text, "%s is replaced by checkpoints of this run; fit -resume %s would go on with it\n", path, path)
		}
	}
	if c := p.resumed; c != nil {
		fmt.Fprintf(r.text, "going on in epoch %d, after %s, from %s\n", c.Epochs+1, count(c.Steps, "step"), p.checkpoint.resume)
	}
}

func (p *plan) batchText() string {
	if p.batch == 0 {
		return "the whole set a step"
	}
	text := fmt.Sprintf("batches of %d", p.batch)
	if n := p.cluster.Size(); n > 1 {
		text += fmt.Sprintf(", %d of each of %d ranks", p.batch/n, n)
	}
	return text
}

type seconds struct {
	Read  float64 `json:"read"`
	Train float64 `json:"train"`
	Eval  float64 `json:"eval"`
}

// trainReport is what a training came to.
type trainReport struct {
	plan               *plan
	net                *feedforward.Network
	history            *feedforward.History
	labels             []string
	weights            []float64
	words              int
	numbers            *vectors.Encoder // nil for texts
	train, valid, test *feedforward.Result
	seconds            seconds
	saved              bool
	plot, page         string // files written
}

// documentsPerSecond counts the documents trained on.
func (t *trainReport) documentsPerSecond() float64 {
	n := 0
	for _, e := range t.history.Epochs {
		n += e.Documents
	}
	if c := t.plan.resumed; c != nil {
		for _, e := range t.history.Epochs[:c.Epochs] {
			n -= e.Documents
		}
		n = max(n-c.Documents, 0)
	}
	if t.seconds.Train == 0 {
		return 0
	}
	return float64(n) / t.seconds.Train
}

// trained reports a training.
func (r *reporter) trained(t *trainReport) error {
	w := r.text
	h := t.history
	fmt.Fprintf(w, "\n%s\n", ending(h))
	fmt.Fprintf(w, "read in %s, trained in %s (%s documents/s), evaluated in %s\n", duration(t.seconds.Read), duration(t.seconds.Train),
		thousands(int(t.documentsPerSecond())), duration(t.seconds.Eval))
	switch {
	case t.saved:
		fmt.Fprintf(w, "model saved to %s\n", t.plan.model)
	case t.plan.model != "":
		fmt.Fprintf(w, "model not saved: not one epoch was finished\n")
	}
	if path := t.plan.checkpoint.path; path != "" && t.plan.failed == nil {
		fmt.Fprintf(w, "checkpoint written to %s", path)
		if h.Stopped == feedforward.StoppedInterrupted {
			fmt.Fprintf(w, "; fit -resume %s goes on", path)
		}
		fmt.Fprintln(w)
	}
	if t.plot != "" {
		fmt.Fprintf(w, "training curves drawn to %s\n", t.plot)
	}
	switch {
	case t.page != "":
		fmt.Fprintf(w, "report written to %s\n", t.page)
	case (t.plan.pictures != pictureFlags{}) && len(h.Epochs) == 0:
		fmt.Fprintf(w, "nothing drawn: not one epoch was finished\n")
	}
	fmt.Fprintln(w)
	name, part := t.part()
	if t.numbers != nil && t.numbers.Target != nil {
		return r.regression(t, name, part)
	}
	writeResult(r.final, name, part, t.labels)
	if !r.flags.json {
		return nil
	}
	return json.NewEncoder(r.s.out).Encode(t.json())
}

// part is the one whose result is told, the farthest from training that there is.
func (t *trainReport) part() (name string, part *feedforward.Result) {
	part, name = t.test, "test"
	if part == nil {
		part, name = t.valid, "validation"
	}
	if part == nil {
		part, name = t.train, "training"
	}
	return name + " part", part
}

// result is the result in a line.
func (t *trainReport) result() string {
	name, part := t.part()
	return name + ": " + validText(part)
}

// ending says why training ended and which weights it left.
func ending(h *feedforward.History) string {
	var b strings.Builder
	switch n := len(h.Epochs); h.Stopped {
	case feedforward.StoppedPatience:
		fmt.Fprintf(&b, "stopped after epoch %d: the validation loss no longer improves", n)
	case feedforward.StoppedTargetLoss:
		fmt.Fprintf(&b, "stopped after epoch %d: the training loss has reached its target", n)
	case feedforward.StoppedInterrupted:
		fmt.Fprintf(&b, "interrupted in epoch %d, after %s", n+1, count(h.Steps, "step"))
	default:
		fmt.Fprintf(&b, "%s done", count(n, "epoch"))
	}
	if h.Best > 0 {
		fmt.Fprintf(&b, "\nthe weights kept are those of epoch %d, the best on the validation part", h.Best)
	}
	return b.String()
}

// short writes a duration with about three digits.
func short(d time.Duration) string {
	unit := time.Microsecond
	for unit < time.Second && d >= 1000*unit {
		unit *= 1000
	}
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= 100*unit:
		return d.Round(unit).String()
	case d >= 10*unit:
		return d.Round(unit / 10).String()
	}
	return d.Round(unit / 100).String()
}

func duration(seconds float64) string { return short(time.Duration(seconds * float64(time.Second))) }

func thousands(n int) string { return local.NewPrinter(language.English).Sprintf("%d", n) }

// count is a number of things: "1 document", "1,114 documents".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(n) + " " + thing + "s"
}

// lossText writes a loss with four digits, and a tiny one so that it is not zero.
func lossText(loss float64) string {
	if loss > 0 && loss < 0.001 {
		return fmt.Sprintf("%.1e", loss)
	}
	return fmt.Sprintf("%.4f", loss)
}
