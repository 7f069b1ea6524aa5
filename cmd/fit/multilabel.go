package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/cobra"
)

// Texts with any number of labels.

// labelSets counts the documents and their labels.
func (r *reporter) labelSets(c *bow.Corpus) {
	least, most, all := c.LabelsPerDocument()
	labels := c.Labels()
	fmt.Fprintf(r.text, "          %s with %d to %d of %s each, %.1f on average", count(c.Len(), "document"), least, most,
		count(len(labels), "label"), float64(all)/float64(c.Len()))
	if counts, err := c.ClassCounts(nil); err == nil {
		var each []string
		for i, l := range cut(labels) {
			each = append(each, fmt.Sprintf("%s %s", l, thousands(counts[i])))
		}
		if list := strings.Join(each, ", "); len(list) <= 70 {
			fmt.Fprintf(r.text, ":\n          %s", list)
		}
	}
	fmt.Fprintln(r.text)
}

// writeLabels writes a table of the labels.
func writeLabels(w io.Writer, title string, r *feedforward.Result, labels []string) {
	m := r.MultiLabel
	fmt.Fprintf(w, "%s: %s, micro F1 %.4f, macro F1 %.4f, loss %s\n", title, count(r.Documents, "document"), m.MicroF1, r.MacroF1, lossText(r.Loss))
	fmt.Fprintf(w, "all labels right in %.4f of the documents (subset accuracy), Hamming loss %.4f,\n", m.SubsetAccuracy, m.HammingLoss)
	fmt.Fprintf(w, "a label being given at a probability of %v or more\n\n", m.Threshold)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "label\tprecision\trecall\tF1\tdocuments\t")
	support := 0
	for i, l := range cut(labels) {
		c := r.PerClass[i]
		support += c.Support
		fmt.Fprintf(table, "%s\t%.4f\t%.4f\t%.4f\t%s\t\n", l, c.Precision, c.Recall, c.F1, thousands(c.Support))
	}
	fmt.Fprintf(table, "all (micro)\t%.4f\t%.4f\t%.4f\t%s\t\n", m.MicroPrecision, m.MicroRecall, m.MicroF1, thousands(support))
	table.Flush()
}

// runLabels is run for a model that gives a text any number of labels.
func (f *evalFlags) runLabels(c *cobra.Command, s streams, r *reporter, ranks cluster.Comm, classifier *feedforward.Classifier) error {
	f.source.labels = bow.AnyLabels
	test, err := f.read(c.Context(), s, r, ranks, classifier, f.page != "")
	if err != nil {
		return err
	}
	result, err := classifier.Network.EvaluateAt(test.examples, f.threshold)
	if err != nil {
		return err
	}
	return onFirst(ranks, func() error {
		writeResult(r.final, "test", result, classifier.Labels)
		documents, err := test.documents()
		if err != nil {
			return err
		}
		if err := f.writePage(c.Context(), r, classifier, test.examples, result, documents); err != nil {
			return err
		}
		if !f.out.json {
			return nil
		}
		j := resultOf(result, classifier.Labels)
		j.Report = f.page
		return json.NewEncoder(s.out).Encode(j)
	})
}

// measure is the number that sums a result up for a line, and its name.
func measure(r *feedforward.Result) (string, float64) {
	if r.MultiLabel != nil {
		return "micro F1", r.MultiLabel.MicroF1
	}
	return "accuracy", r.Accuracy
}

// labelsTogether is together for texts with any number of labels.
func (c *crossValidation) labelsTogether() *feedforward.Result {
	var results []*feedforward.Result
	for _, f := range c.folds {
		results = append(results, f.result)
	}
	all, err := feedforward.MergeLabels(results...)
	if err != nil {
		panic(err) // they are of one training
	}
	return all
}

// labelsJSON is what an object has besides with several labels.
type labelsJSON struct {
	MicroF1        *float64 `json:"micro_f1,omitempty"`
	SubsetAccuracy *float64 `json:"subset_accuracy,omitempty"`
}

func labelsOf(r *feedforward.Result) (j labelsJSON) {
	if m := r.MultiLabel; m != nil {
		j.MicroF1, j.SubsetAccuracy = &m.MicroF1, &m.SubsetAccuracy
	}
	return j
}

// probability refuses what is no probability.
func probability(flag string, v float64) error {
	if v >= 0 && v <= 1 && !math.IsNaN(v) {
		return nil
	}
	return fmt.Errorf("--%s is %v, want 0 to 1", flag, v)
}
