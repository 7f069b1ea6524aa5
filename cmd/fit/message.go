package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/nestnet/nestnet/internal/cluster"
)

// usageError is a mistake in the command line, not in the data.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Errors of our packages say which package they come from and call settings by their
// fields. Both are for a program that calls the package; whoever calls this program
// knows flags.
var (
	signature = regexp.MustCompile(`(?m)(^|: )(?:(?:bow|data|vectors|feedforward|graph|losses|safetensors|solvers): (?:corpus: )?)+`)
	flagNames = strings.NewReplacer(
		"ReaderOptions.LabelColumn and TextColumn", "--label-column and --text-column",
		"ReaderOptions.LabelColumn", "--label-column",
		"ReaderOptions.TextColumn", "--text-column",
		"ReaderOptions.LabelSeparator", "--label-separator",
		" (Labels some or any)", " (--task multilabel)",
		"ReaderOptions: ", "",
		"LabelColumn and TextColumn", "--label-column and --text-column",
		"Schedule.Every and Drop are", "--schedule-every and --schedule-factor are",
		"Schedule.Name", "--schedule",
		"Schedule.Warmup", "--warmup",
		"Schedule.Every", "--schedule-every",
		"Schedule.Drop", "--schedule-factor",
		"Schedule.Min", "--schedule-min",
		"Fit.ClassWeights", "--class-weights",
		"Fit.Resume", "--resume",
		"Fit.LabelSmoothing", "--label-smoothing",
		"Tokenizer.NGrams", "--ngrams",
		"Tokenizer.StopWords", "--stop-words",
		" (LabelColumn names another one)", " (--label-column names another one)",
		"Settings.HashBits", "--hash-bits",
		"VocabularyOptions.MinDocuments", "--min-df",
		"VocabularyOptions.MaxDocuments", "--max-df",
		"VocabularyOptions.MinShare", "--min-df",
		"VocabularyOptions.MaxShare", "--max-df",
		"; if that is meant to be, raise MaxLine", "",
		" If not, raise MaxLine", "",
	)
)

// message is err in the words of this program.
func message(err error) string {
	return flagNames.Replace(signature.ReplaceAllString(strings.TrimSpace(err.Error()), "$1"))
}

// fileError puts the file in front, as in all messages about files: "open x: no such
// file" becomes "x: no such file".
func fileError(err error) error {
	if e, ok := errors.AsType[*cluster.AgreedError](err); ok && e.Own != nil {
		return &cluster.AgreedError{Own: fileError(e.Own), Texts: e.Texts}
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", e.Path, e.Err)
	}
	return err
}
