package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/models/feedforward"
)

// maker gathers the page of a test.
func (f *evalFlags) maker(r *reporter, c *feedforward.Classifier, set data.Source, result *feedforward.Result, documents []bow.Document) *reportMaker {
	m := &reportMaker{
		r: r, c: c, title: "Test of " + filepath.Base(f.model) + " on " + filepath.Base(f.source.name()), command: commandLine("eval", f.set),
		facts: [][2]string{{"data", f.source.name()}, {"model", f.model}}, part: "test", source: set, results: []namedResult{{"test", result}},
	}
	if t := c.Training; t != nil {
		m.history = historyOf(t)
		m.facts = append(m.facts, [2]string{"trained on", trainedOn(t)})
	}
	if documents != nil {
		m.place = placeIn(f.source.paths())
		m.texts = func(_ context.Context, places []int) ([]bow.Document, error) {
			var found []bow.Document
			for _, i := range places {
				found = append(found, documents[i])
			}
			return found, nil
		}
	}
	return m
}

// placeIn is what Document.Line counts in files.
func placeIn(paths []string) string {
	if len(paths) == 1 {
		if info, err := os.Stat(paths[0]); err == nil && info.IsDir() {
			return "File"
		}
	}
	return "Line"
}

// trainedOn counts the documents of a training.
func trainedOn(t *feedforward.Training) string {
	text := count(t.Documents["training"], "document")
	if n := t.Documents["validation"]; n > 0 {
		text += fmt.Sprintf("; %s for validation", thousands(n))
	}
	return text
}

// writePage writes the page of --report of a test without answers to each document.
func (f *evalFlags) writePage(ctx context.Context, r *reporter, c *feedforward.Classifier, set data.Source, result *feedforward.Result, documents []bow.Document) error {
	if f.page == "" {
		return nil
	}
	if err := f.maker(r, c, set, result, documents).write(ctx, f.page); err != nil {
		return err
	}
	r.written(f.page)
	return nil
}

// written says where the page is.
func (r *reporter) written(page string) { fmt.Fprintf(r.text, "\nreport written to %s\n", page) }
