package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/nestnet/nestnet/internal/metrics"
	"github.com/nestnet/nestnet/models/feedforward"
)

// describe says what is cross-validated, and begins the table of the folds.
func (c *crossValidation) describe(net *feedforward.Network, ps *parts) {
	w, k := c.r.text, len(c.rows)
	fmt.Fprintf(w, "folds     %d, with about a %s of each class in each; trained on the others, dictionary included\n", k, ordinal(k))
	counts, _ := c.corpus.ClassCounts(nil)
	var rare []string
	for i, n := range counts {
		if n < k {
			rare = append(rare, fmt.Sprintf("%s (%s)", cut(ps.labels[i : i+1])[0], thousands(n)))
		}
	}
	if n := len(rare); n > 0 {
		const most = 5
		list := strings.Join(rare[:min(n, most)], ", ")
		if n > most {
			list += fmt.Sprintf(" and %s more", thousands(n-most))
		}
		fmt.Fprintf(w, "          fewer documents than folds, so not in each of them: %s\n", list)
	}
	words := count(ps.encoder.Columns(), "word") + " in the dictionary"
	if c.plan.hashBits > 0 {
		words = "words hashed into " + count(ps.encoder.Columns(), "column")
	}
	fmt.Fprintf(w, "\nfold 1, with %s:\n", words)
	c.r.network(net, c.plan, ps)
	name := "accuracy"
	if c.plan.multiLabel {
		name = "micro F1"
	}
	fmt.Fprintf(c.r.final, "   fold   documents%11s   macro F1     loss   epochs   best\n", name)
}

// ordinal is "5th".
func ordinal(n int) string {
	switch {
	case n%10 == 1 && n%100 != 11:
		return fmt.Sprintf("%dst", n)
	case n%10 == 2 && n%100 != 12:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3 && n%100 != 13:
		return fmt.Sprintf("%drd", n)
	}
	return fmt.Sprintf("%dth", n)
}

// writeFold adds a row to the table. It is written when the fold ends, not when all have.
func (c *crossValidation) writeFold(number int) {
	f := &c.folds[len(c.folds)-1]
	best := "-"
	if f.history.Best > 0 {
		best = fmt.Sprint(f.history.Best)
	}
	_, value := measure(f.result)
	fmt.Fprintf(c.r.final, "%7d%12s%11.4f%11.4f%9s%9d%7s\n", number, thousands(f.result.Documents),
		value, f.result.MacroF1, lossText(f.result.Loss), len(f.history.Epochs), best)
}

// spread is the mean of a number over the folds and how much it varies.
type spread struct {
	Mean float64 `json:"mean"`
	// Deviation is the standard deviation, with n−1 below the root; 0 for one fold.
	Deviation float64 `json:"deviation"`
}

func spreadOf(folds []foldResult, of func(*feedforward.Result) float64) spread {
	var s spread
	n := float64(len(folds))
	for _, f := range folds {
		s.Mean += of(f.result) / n
	}
	for _, f := range folds {
		d := of(f.result) - s.Mean
		s.Deviation += d * d
	}
	if n > 1 {
		s.Deviation = math.Sqrt(s.Deviation / (n - 1))
	}
	return s
}

func (c *crossValidation) accuracy() spread {
	return spreadOf(c.folds, func(r *feedforward.Result) float64 { return r.Accuracy })
}

// measured is the spread of measure.
func (c *crossValidation) measured() spread {
	return spreadOf(c.folds, func(r *feedforward.Result) float64 { _, v := measure(r); return v })
}

func (c *crossValidation) macroF1() spread {
	return spreadOf(c.folds, func(r *feedforward.Result) float64 { return r.MacroF1 })
}

func (c *crossValidation) loss() spread {
	return spreadOf(c.folds, func(r *feedforward.Result) float64 { return r.Loss })
}

// together is the result over the documents of all folds. It is nil where a fold has no
// confusion matrix, whose counts could be added.
func (c *crossValidation) together() *feedforward.Result {
	if c.plan.multiLabel && len(c.folds) > 0 {
		return c.labelsTogether()
	}
	if len(c.folds) == 0 || c.folds[0].result.Confusion == nil {
		return nil
	}
	sum := metrics.NewConfusion(len(c.folds[0].result.Confusion))
	r := &feedforward.Result{ROCAUC: math.NaN()}
	for _, f := range c.folds {
		for i, row := range f.result.Confusion {
			for j, n := range row {
				for range n {
					sum.Add(i, j)
				}
			}
		}
		r.Documents += f.result.Documents
		r.Loss += f.result.Loss * float64(f.result.Documents)
	}
	r.Loss /= float64(r.Documents)
	r.Accuracy, r.MacroF1 = sum.Accuracy(), sum.MacroF1()
	for i := range sum.Classes() {
		r.PerClass = append(r.PerClass, feedforward.ClassResult(sum.Class(i)))
		row := make([]int, sum.Classes())
		for j := range row {
			row[j] = sum.Count(i, j)
		}
		r.Confusion = append(r.Confusion, row)
	}
	return r
}

// report ends the table and adds all folds up.
func (c *crossValidation) report(interrupted bool) {
	w := c.r.final
	if interrupted {
		fmt.Fprintf(c.r.text, "interrupted in fold %d of %d; what follows is of those that were finished\n", len(c.folds)+1, len(c.rows))
		if c.plan.model != "" {
			fmt.Fprint(c.r.text, "model not saved: it is trained after the last fold\n")
		}
	}
	if len(c.folds) == 0 {
		return
	}
	a, f1, l := c.measured(), c.macroF1(), c.loss()
	fmt.Fprintf(w, "%7s%12s%11.4f%11.4f%9s\n", "mean", "", a.Mean, f1.Mean, lossText(l.Mean))
	if len(c.folds) > 1 {
		fmt.Fprintf(w, "%7s%12s%11.4f%11.4f%9s\n", "±", "", a.Deviation, f1.Deviation, lossText(l.Deviation))
	}
	trained := 0.0
	for _, f := range c.folds {
		trained += f.elapsed.Seconds()
	}
	fmt.Fprintf(c.r.text, "\n± is the standard deviation over the folds; %s in %s\n", count(len(c.folds), "fold"), duration(trained))
	if c.plan.model == "" {
		fmt.Fprint(c.r.text, "no model is kept; with --model one is trained on all documents afterwards\n")
	}
	if all := c.together(); all != nil {
		fmt.Fprintln(w)
		writeResult(w, "all folds", all, c.corpus.Labels())
	}
}

// crossJSON is the object that fit train --cross-validate --json writes.
type crossJSON struct {
	Engine   string      `json:"engine"`
	Solver   string      `json:"solver"`
	Loss     string      `json:"loss"`
	Classes  []string    `json:"classes"`
	Folds    []foldJSON  `json:"folds"`
	Of       int         `json:"of"` // how many folds were asked for
	Accuracy *spread     `json:"accuracy,omitempty"`
	MicroF1  *spread     `json:"micro_f1,omitempty"` // with several labels
	MacroF1  *spread     `json:"macro_f1,omitempty"`
	TestLoss *spread     `json:"test_loss,omitempty"`
	All      *resultJSON `json:"all,omitempty"`
	// Confusion[i][j] counts documents of class i that were taken for class j, over all
	// folds.
	Confusion [][]int `json:"confusion,omitempty"`
	Model     string  `json:"model,omitempty"`
}

type foldJSON struct {
	Fold       int     `json:"fold"`
	Trained    int     `json:"trained"` // documents
	Vocabulary int     `json:"vocabulary"`
	Documents  int     `json:"documents"` // tested
	Loss       float64 `json:"loss"`
	Accuracy   float64 `json:"accuracy"`
	labelsJSON
	MacroF1   float64 `json:"macro_f1"`
	Epochs    int     `json:"epochs"`
	BestEpoch int     `json:"best_epoch,omitempty"`
	Seconds   float64 `json:"seconds"`
}

func (c *crossValidation) json() crossJSON {
	p := c.plan
	j := crossJSON{Engine: p.engine, Solver: p.solver, Loss: p.theLoss.Name(), Classes: c.corpus.Labels(), Folds: []foldJSON{}, Of: len(c.rows)}
	for i, f := range c.folds {
		j.Folds = append(j.Folds, foldJSON{
			Fold: i + 1, Trained: f.trained, Vocabulary: f.words, Documents: f.result.Documents, Loss: f.result.Loss, Accuracy: f.result.Accuracy, labelsJSON: labelsOf(f.result),
			MacroF1: f.result.MacroF1, Epochs: len(f.history.Epochs), BestEpoch: f.history.Best, Seconds: f.elapsed.Seconds(),
		})
	}
	if len(c.folds) > 0 {
		a, f1, l := c.accuracy(), c.macroF1(), c.loss()
		j.Accuracy, j.MacroF1, j.TestLoss = &a, &f1, &l
		if c.plan.multiLabel {
			m := c.measured()
			j.MicroF1 = &m
		}
	}
	if all := c.together(); all != nil {
		j.All, j.Confusion = resultOf(all, j.Classes), all.Confusion
	}
	if c.saved {
		j.Model = p.model
	}
	return j
}
