package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// writeFile writes the file that a flag names.
func writeFile(flag, path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("--%s: %w", flag, fileError(err))
	}
	w := bufio.NewWriterSize(f, 1<<16)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("--%s: %w", flag, fileError(err))
	}
	return nil
}

// hasExtension says whether the name of a file ends in one of these, in capitals or not.
func hasExtension(path string, extensions ...string) bool {
	for _, e := range extensions {
		if strings.EqualFold(filepath.Ext(path), e) {
			return true
		}
	}
	return false
}

// pointJSON is a point of both curves: true against false positive rate, and precision
// against recall, which is the true positive rate.
type pointJSON struct {
	Threshold         *float64 `json:"threshold"` // null: above all
	FalsePositiveRate *float64 `json:"false_positive_rate"`
	Recall            *float64 `json:"recall"`
	Precision         *float64 `json:"precision"`
}

// writeCurves writes a point for each threshold, as CSV or JSON.
func (e *evalReport) writeCurves(w io.Writer) error {
	if hasExtension(e.flags.curves, ".json") {
		points := make([]pointJSON, 0, len(e.ranking.Curve))
		for _, p := range e.ranking.Curve {
			points = append(points, pointJSON{number(p.Threshold), number(p.FalsePositiveRate), number(p.Recall), number(p.Precision)})
		}
		return json.NewEncoder(w).Encode(struct {
			Positive         string      `json:"positive"`
			ROCAUC           *float64    `json:"roc_auc"`
			AveragePrecision *float64    `json:"average_precision"`
			Points           []pointJSON `json:"points"`
		}{e.labels[e.positive], number(e.ranking.ROCAUC), number(e.ranking.AveragePrecision), points})
	}
	table := csv.NewWriter(w)
	_ = table.Write([]string{"threshold", "false_positive_rate", "recall", "precision"})
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, p := range e.ranking.Curve {
		_ = table.Write([]string{text(p.Threshold), text(p.FalsePositiveRate), text(p.Recall), text(p.Precision)})
	}
	table.Flush()
	return table.Error()
}

// predictionJSON is the answer to a document.
type predictionJSON struct {
	mistakeJSON
	Probabilities map[string]float64 `json:"probabilities"`
}

// writePredictions writes the answer to each document, as TSV or JSON Lines.
func (e *evalReport) writePredictions(w io.Writer) error {
	if hasExtension(e.flags.predictions, ".jsonl", ".ndjson", ".json") {
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		for i, a := range e.Answers {
			d := e.documents[i]
			p := make(map[string]float64, len(e.labels))
			for class, name := range e.labels {
				p[name] = a.Probabilities[class]
			}
			if err := lines.Encode(predictionJSON{mistakeJSON{d.Line, e.labels[e.Truth[i]], e.labels[a.Class], a.Probability, d.Text}, p}); err != nil {
				return err
			}
		}
		return nil
	}
	names := make([]string, len(e.labels))
	for i, l := range e.labels {
		names[i] = oneField(l)
	}
	fmt.Fprint(w, "line\tlabel\tpredicted\tprobability")
	for _, name := range names {
		fmt.Fprintf(w, "\tp(%s)", name)
	}
	fmt.Fprint(w, "\ttext\n")
	for i, a := range e.Answers {
		d := e.documents[i]
		fmt.Fprintf(w, "%d\t%s\t%s\t%.6g", d.Line, names[e.Truth[i]], names[a.Class], a.Probability)
		for _, p := range a.Probabilities {
			fmt.Fprintf(w, "\t%.6g", p)
		}
		if _, err := fmt.Fprintf(w, "\t%s\n", oneField(d.Text)); err != nil {
			return err
		}
	}
	return nil
}

var (
	lineBreaks  = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ")
	fieldBreaks = strings.NewReplacer("\t", " ", "\r\n", " ", "\n", " ", "\r", " ")
)

// oneField is text as a field of a TSV line, where a tab or a line break would be the end
// of it.
func oneField(text string) string { return fieldBreaks.Replace(text) }
