package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/plots"
	"github.com/spf13/pflag"
)

// pictureFlags name what is drawn of a training.
type pictureFlags struct {
	plot   string
	report string
}

func (f *pictureFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.plot, "plot", "", "`file` to draw the training curves to, .svg or .png")
	flags.StringVar(&f.report, "report", "", "`file` to write a page to, .html: measures, curves, confusion matrix, surest mistakes, words that decide")
}

// check finds names that say nothing of the form, and trainings without one history.
func (f *pictureFlags) check(crossValidate int) error {
	if f.plot != "" && !hasExtension(f.plot, ".svg", ".png") {
		return fmt.Errorf("--plot %s: want a name that ends in .svg or .png", f.plot)
	}
	if crossValidate > 0 && (f.plot != "" || f.report != "") {
		return errors.New("--plot and --report are for one training, --cross-validate does several")
	}
	return checkReport(f.report)
}

// checkReport refuses a name that a browser would not take for a page.
func checkReport(path string) error {
	if path == "" || hasExtension(path, ".html", ".htm") {
		return nil
	}
	return fmt.Errorf("--report %s: want a name that ends in .html", path)
}

// draw writes the files that --plot and --report ask for, and says which. What goes wrong
// here is no reason to lose the results.
func (p *plan) draw(ctx context.Context, r *reporter, t *trainReport, ps *parts) error {
	if len(t.history.Epochs) == 0 {
		return nil // there is nothing to see
	}
	if t.history.Stopped == feedforward.StoppedInterrupted {
		ctx = context.WithoutCancel(ctx) // it has ended the training, and only that
	}
	var errs []error
	if path := p.own(p.pictures.plot); path != "" {
		if err := drawHistory(t.history, path); err != nil {
			errs = append(errs, err)
		} else {
			t.plot = path
		}
	}
	if path := p.own(p.pictures.report); path != "" {
		if err := p.maker(r, t, ps).write(ctx, path); err != nil {
			errs = append(errs, err)
		} else {
			t.page = path
		}
	}
	return errors.Join(errs...)
}

func drawHistory(h *feedforward.History, path string) error {
	figure, err := plots.History(h, plots.Style{})
	if err == nil {
		err = figure.Save(path)
	}
	if err != nil {
		return fmt.Errorf("--plot: %s: %w", path, unwrapPath(err))
	}
	return nil
}

// maker gathers the page of a training.
func (p *plan) maker(r *reporter, t *trainReport, ps *parts) *reportMaker {
	c := &feedforward.Classifier{Network: t.net, Encoder: ps.encoder, Numbers: ps.numbers, Labels: ps.labels, Training: p.record(ps, t.history, t.test)}
	m := &reportMaker{r: r, c: c, title: "Training on " + filepath.Base(p.dataName()), command: commandLine("train", p.flags), history: t.history}
	m.times = fmt.Sprintf("read in %s, trained in %s (%s documents/s), evaluated in %s", duration(t.seconds.Read), duration(t.seconds.Train),
		thousands(int(t.documentsPerSecond())), duration(t.seconds.Eval))
	sets := map[string]exampleSet{"training": ps.train, "validation": ps.valid, "test": ps.test}
	for _, part := range []namedResult{{"training", t.train}, {"validation", t.valid}, {"test", t.test}} {
		if part.Result != nil {
			m.results = append(m.results, part)
		}
	}
	name, _ := t.part()
	m.part = strings.TrimSuffix(name, " part")
	m.source = sets[m.part]
	switch {
	case m.part == "validation":
		m.warning = append(m.warning, "There is no test part. What follows is measured on the validation part, which has chosen the epoch, and so is a little too good.")
	case m.part == "training":
		m.warning = append(m.warning, "There is neither a test nor a validation part. What follows is measured on the documents that the network has learned from, and says little about others.")
	}
	if t.history.Stopped == feedforward.StoppedInterrupted {
		m.warning = append(m.warning, "The training was interrupted.")
	}
	m.facts = p.dataFacts(t)
	if !t.net.Config().MultiLabel && !m.isRegression() {
		f := &evalFlags{bootstrap: 1000, seed: p.seed}
		positive, _ := f.positiveClass(ps.labels)
		m.each = &evalReport{flags: f, labels: ps.labels, positive: positive}
	}
	if ps.encoder != nil {
		m.texts, m.place = p.textsOf(r, ps, m.part)
	}
	return m
}

// dataFacts says where the documents come from and how they were split.
func (p *plan) dataFacts(t *trainReport) [][2]string {
	facts := [][2]string{{"data", p.dataName()}}
	var split []string
	of := "documents"
	if t.numbers != nil {
		of = "rows"
	}
	if p.test != "" {
		facts = append(facts, [2]string{"test", (&sourceFlags{path: p.test}).name()})
	} else if t.test != nil {
		split = append(split, fmt.Sprintf("%.4g%% of the %s for the test", 100*p.testFraction, of))
		of = "rest"
	}
	if t.valid != nil {
		split = append(split, fmt.Sprintf("%.4g%% of the %s for validation", 100*p.validFraction, of))
	}
	switch {
	case split == nil:
	case t.numbers != nil && t.numbers.Target != nil:
		split = append(split, fmt.Sprintf("drawn at random (seed %d)", p.seed))
	default:
		split = append(split, fmt.Sprintf("of each class its share (seed %d)", p.seed))
	}
	facts = append(facts, [2]string{"split", strings.Join(split, ", ")})
	if t.weights != nil {
		facts = append(facts, [2]string{"class weights", p.classWeights})
	}
	return facts
}
