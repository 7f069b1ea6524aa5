package main

import (
	"math"

	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/solvers"
)

// trainJSON is the object that fit train --json writes.
type trainJSON struct {
	Task               string             `json:"task,omitempty"` // classes if it is not there
	Engine             string             `json:"engine"`
	Solver             string             `json:"solver"`
	Loss               string             `json:"loss"`
	Activation         string             `json:"activation"`
	Layers             []int              `json:"layers"`
	Classes            []string           `json:"classes"`
	Schedule           *solvers.Schedule  `json:"schedule,omitempty"`
	ClassWeights       map[string]float64 `json:"class_weights,omitempty"`
	LabelSmoothing     float64            `json:"label_smoothing,omitempty"`
	Vocabulary         int                `json:"vocabulary"`
	Inputs             int                `json:"inputs,omitempty"` // numbers in x, in place of a vocabulary
	Parameters         int                `json:"parameters"`
	Epochs             int                `json:"epochs"`
	BestEpoch          int                `json:"best_epoch,omitempty"`
	Steps              int                `json:"steps"`
	Stopped            string             `json:"stopped"`
	Train              *partJSON          `json:"train"`
	Valid              *partJSON          `json:"valid,omitempty"`
	Test               *resultJSON        `json:"test,omitempty"`
	Seconds            seconds            `json:"seconds"`
	DocumentsPerSecond float64            `json:"documents_per_second"`
	Model              string             `json:"model,omitempty"`
	Plot               string             `json:"plot,omitempty"`
	Report             string             `json:"report,omitempty"`
}

type partJSON struct {
	Documents int     `json:"documents"`
	Loss      float64 `json:"loss"`
	Accuracy  float64 `json:"accuracy"` // with several labels, the same as subset_accuracy
	labelsJSON
}

type resultJSON struct {
	partJSON
	MacroF1  float64              `json:"macro_f1"`
	Hamming  *float64             `json:"hamming_loss,omitempty"` // with several labels
	ROCAUC   *float64             `json:"roc_auc,omitempty"`
	Report   string               `json:"report,omitempty"` // of fit eval
	PerClass map[string]classJSON `json:"per_class"`
}

type classJSON struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Support   int     `json:"support"`
}

func (t *trainReport) json() trainJSON {
	j := trainJSON{
		Task: t.plan.taskName(), Engine: t.plan.engine, Solver: t.plan.solver, Loss: t.plan.theLoss.Name(), Activation: t.plan.activation,
		Layers: []int{}, Classes: t.labels, Vocabulary: t.words, Parameters: t.net.Parameters(),
		Epochs: len(t.history.Epochs), BestEpoch: t.history.Best, Steps: t.history.Steps, Stopped: string(t.history.Stopped),
		ClassWeights: byName(t.labels, t.weights), LabelSmoothing: t.plan.labelSmoothing,
		Train: partOf(t.train), Valid: partOf(t.valid), Seconds: t.seconds,
		DocumentsPerSecond: math.Round(t.documentsPerSecond()), Plot: t.plot, Report: t.page,
	}
	if t.numbers != nil {
		j.Inputs = t.numbers.Width()
	}
	if t.plan.schedule.Changes() {
		j.Schedule = &t.plan.schedule
	}
	if t.saved {
		j.Model = t.plan.model
	}
	for _, l := range t.plan.hidden {
		j.Layers = append(j.Layers, l.Units)
	}
	if t.test != nil {
		j.Test = resultOf(t.test, t.labels)
	}
	return j
}

func partOf(r *feedforward.Result) *partJSON {
	if r == nil {
		return nil
	}
	return &partJSON{Documents: r.Documents, Loss: r.Loss, Accuracy: r.Accuracy, labelsJSON: labelsOf(r)}
}

func resultOf(r *feedforward.Result, labels []string) *resultJSON {
	j := &resultJSON{partJSON: *partOf(r), MacroF1: r.MacroF1, PerClass: map[string]classJSON{}}
	if !math.IsNaN(r.ROCAUC) {
		j.ROCAUC = &r.ROCAUC
	}
	if r.MultiLabel != nil {
		j.Hamming = &r.MultiLabel.HammingLoss
	}
	for i, c := range r.PerClass {
		j.PerClass[labels[i]] = classJSON(c)
	}
	return j
}
