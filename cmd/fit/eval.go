package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/safetensors"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/cobra"
)

func evalCommand(s streams) *cobra.Command {
	var source sourceFlags
	var out outputFlags
	var model string
	c := &cobra.Command{
		Use:     "eval --model FILE --data FILE [flags]",
		Short:   "Test a saved model on labelled texts",
		Example: "  fit eval -model m -data test.tsv",
		Args:    noArguments("a file to test on is given with --data"),
	}
	g := newGroup("Flags")
	g.flags.StringVar(&model, "model", "", "`file` of the model, as fit train -model saved it")
	source.add(g.flags, "`file` to test on, - for standard input")
	out.add(g.flags, "the last line of standard output is one JSON object; all else goes to standard error")
	addGroups(c, g)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := source.check(); err != nil {
			return err
		}
		if model == "" || source.path == "" {
			return usagef("fit eval needs --model and --data")
		}
		r := newReporter(s, out)
		classifier, err := loadText(model)
		if err != nil {
			return err
		}
		file, err := openSource(s, source.path, source.options())
		if err != nil {
			return err
		}
		defer file.Close()
		r.source("data", file)
		set, stats, err := classifier.Encoder.ReadSet(until{c.Context(), file}, classifier.Labels)
		if errors.Is(err, bow.ErrUnknownLabel) {
			err = fmt.Errorf("%w; the model was not trained on it", err)
		}
		if err != nil {
			return err
		}
		r.blank(file)
		r.empty("test", stats)
		fmt.Fprintln(r.text)
		result, err := classifier.Network.Evaluate(set)
		if err != nil {
			return err
		}
		writeResult(r.final, "test", result, classifier.Labels)
		if !out.json {
			return nil
		}
		return json.NewEncoder(s.out).Encode(resultOf(result, classifier.Labels))
	}
	return c
}

// loadText loads a model that reads text.
func loadText(path string) (*feedforward.Classifier, error) {
	c, err := feedforward.Load(path)
	if bad, ok := errors.AsType[*safetensors.FormatError](err); ok {
		return nil, fmt.Errorf("%s: not a model, or a damaged one: byte %d: %w", path, bad.Offset, bad.Err)
	}
	if err != nil {
		return nil, fileError(err)
	}
	if c.Encoder == nil {
		return nil, fmt.Errorf("%s: this model reads numbers, not text", path)
	}
	return c, nil
}
