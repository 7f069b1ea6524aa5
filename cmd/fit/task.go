package main

import (
	"errors"
	"fmt"

	"github.com/nestnet/nestnet/data/bow"
)

// What a network can be asked to tell of a text.
const (
	taskAuto       = "auto"
	taskClasses    = "classes"    // one class of several
	taskMultiLabel = "multilabel" // any number of labels
	taskRegression = "regression" // a number, of rows of numbers
)

var tasks = []string{taskAuto, taskClasses, taskMultiLabel, taskRegression}

// planTask settles what can be settled of the task before the data are read.
func (p *plan) planTask() error {
	switch {
	case p.task == taskClasses && p.source.labelSeparator != "":
		return errors.New("--label-separator is for texts with several labels, --task classes for one label each; give one")
	case p.task == taskMultiLabel && p.source.path == "":
		return errors.New("--task multilabel is for a file, which --data names; the texts of the embedded sample have one label each")
	case p.task == taskMultiLabel, p.source.labelSeparator != "":
		p.source.labels = bow.AnyLabels
		return p.severalLabels()
	case p.task == taskAuto && p.source.path != "":
		// A text without a label would more often be a mistake than meant to be.
		p.source.labels = bow.SomeLabels
	}
	return nil
}

// taskName is the task once it is settled, "" if it is one class a text.
func (p *plan) taskName() string {
	if p.multiLabel {
		return taskMultiLabel
	}
	return ""
}

// settleTask settles what only the data can tell, and says so.
func (p *plan) settleTask(r *reporter, corpus *bow.Corpus) error {
	_, most, _ := corpus.LabelsPerDocument()
	corpus.MultiLabel = p.multiLabel || most > 1 && p.task == taskAuto
	why := "as some texts have more than one; -task overrides"
	switch {
	case p.task == taskMultiLabel:
		why = "as asked for"
	case p.multiLabel:
		why = "as --label-separator says; -task overrides"
	}
	if err := p.takeTask(corpus); err != nil {
		return err
	}
	if p.multiLabel {
		fmt.Fprintf(r.text, "task      any number of labels a text (multilabel, %s)\n", why)
	}
	return nil
}

// takeTask takes over the task of a corpus for which it is settled.
func (p *plan) takeTask(corpus *bow.Corpus) error {
	if !corpus.MultiLabel {
		p.source.labels = bow.OneLabel // of the test file, too
		return nil
	}
	p.source.labels = bow.AnyLabels
	if p.multiLabel {
		return nil
	}
	if err := p.severalLabels(); err != nil {
		return usageError{fmt.Errorf("%s: %w", p.source.name(), err)}
	}
	return nil
}

// severalLabels plans for texts with any number of labels.
func (p *plan) severalLabels() error {
	p.multiLabel = true
	if p.classWeights != "" {
		return errors.New("--class-weights is for texts with one label each, not for several")
	}
	return p.planLoss()
}

// labelHint says what to do about an error that the task has to do with.
func (p *plan) labelHint(err error, corpus *bow.Corpus) error {
	_, most, _ := corpus.LabelsPerDocument()
	switch {
	case errors.Is(err, bow.ErrManyLabels):
		return fmt.Errorf("%w; --task multilabel is for texts with several labels", err)
	case (errors.Is(err, bow.ErrNoLabel) || errors.Is(err, bow.ErrEmptyLabel)) && most > 1:
		return fmt.Errorf("%w; --task multilabel is for texts with any number of labels, none too", err)
	}
	return err
}
