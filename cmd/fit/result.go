package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/nestnet/nestnet/models/feedforward"
)

const (
	tableWidth  = 80 // of the confusion matrix, at the most
	labelWidth  = 40 // a longer name of a class is cut
	mostConfuse = 12 // how many mistakes are listed where the matrix is too wide
)

// writeResult writes a table of the classes and the confusion matrix.
func writeResult(w io.Writer, title string, r *feedforward.Result, labels []string) {
	if r.MultiLabel != nil {
		writeLabels(w, title, r, labels)
		return
	}
	fmt.Fprintf(w, "%s: %s, accuracy %.4f, macro F1 %.4f, loss %s", title, count(r.Documents, "document"), r.Accuracy, r.MacroF1, lossText(r.Loss))
	if !math.IsNaN(r.ROCAUC) {
		fmt.Fprintf(w, ", ROC AUC %.4f", r.ROCAUC)
	}
	fmt.Fprint(w, "\n\n")
	labels = cut(labels)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "class\tprecision\trecall\tF1\tdocuments\t")
	for i, c := range r.PerClass {
		fmt.Fprintf(table, "%s\t%.4f\t%.4f\t%.4f\t%s\t\n", labels[i], c.Precision, c.Recall, c.F1, thousands(c.Support))
	}
	table.Flush()
	if matrixWidth(r.Confusion, labels) <= tableWidth {
		writeMatrix(w, r.Confusion, labels)
	} else {
		writeMistakes(w, r.Confusion, labels)
	}
}

// cut shortens long names of classes. Similar ones often differ at the end, so it takes
// the middle away.
func cut(labels []string) []string {
	labels = slices.Clone(labels)
	for i, l := range labels {
		labels[i] = strings.Join(strings.Fields(l), " ") // a tab or a line break would break the table
		if r := []rune(labels[i]); len(r) > labelWidth {
			labels[i] = string(r[:labelWidth/2]) + "…" + string(r[len(r)-labelWidth/2+1:])
		}
	}
	return labels
}

func writeMatrix(w io.Writer, confusion [][]int, labels []string) {
	fmt.Fprint(w, "\nconfusion matrix (row: what a document is, column: what it was taken for)\n")
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\t%s\t\n", strings.Join(labels, "\t"))
	for i, row := range confusion {
		fmt.Fprintf(table, "%s\t", labels[i])
		for _, n := range row {
			fmt.Fprintf(table, "%s\t", thousands(n))
		}
		fmt.Fprintln(table)
	}
	table.Flush()
}

// matrixWidth is how wide writeMatrix would write.
func matrixWidth(confusion [][]int, labels []string) int {
	total, first := 0, 0
	for j, l := range labels {
		first = max(first, utf8.RuneCountInString(l))
		width := utf8.RuneCountInString(l)
		for i := range confusion {
			width = max(width, len(thousands(confusion[i][j])))
		}
		total += width + 3
	}
	return first + 3 + total
}

// confusedPair is a number off the diagonal of a confusion matrix.
type confusedPair struct{ is, taken, n int }

// confused lists the numbers off the diagonal that are not zero, the largest first.
func confused(confusion [][]int) []confusedPair {
	var all []confusedPair
	for i, row := range confusion {
		for j, n := range row {
			if i != j && n > 0 {
				all = append(all, confusedPair{i, j, n})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b confusedPair) int { return cmp.Compare(b.n, a.n) })
	return all
}

// writeMistakes lists the largest numbers off the diagonal of the confusion matrix.
func writeMistakes(w io.Writer, confusion [][]int, labels []string) {
	all := confused(confusion)
	if all == nil {
		fmt.Fprint(w, "\nno mistakes\n")
		return
	}
	fmt.Fprint(w, "\nmost frequent mistakes (the whole confusion matrix is too wide)\n")
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "documents\tof class\ttaken for\t")
	for _, m := range all[:min(len(all), mostConfuse)] {
		fmt.Fprintf(table, "%s\t%s\t%s\t\n", thousands(m.n), labels[m.is], labels[m.taken])
	}
	table.Flush()
}
