package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/bow/sample"
	"github.com/nestnet/nestnet/data/vectors"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/spf13/pflag"
)

// sourceFlags say which documents to read and how.
type sourceFlags struct {
	path        string
	more        []string // files behind the first one
	format      string
	labelColumn string
	textColumn  string

	labelSeparator string
	labels         bow.LabelCount // that a document may have

	cluster cluster.Comm // each of which reads its part; nil: there are no others
}

var formats = []string{string(bow.Auto), string(bow.TSV), string(bow.CSV), string(bow.JSONL), string(bow.FastText), string(bow.Folder), string(vectors.SVMLight)}

func (f *sourceFlags) add(flags *pflag.FlagSet, what string) {
	if what != "" {
		flags.Var((*dataFlag)(f), "data", what+"; may be given several times")
	}
	flags.StringVar(&f.format, "format", string(bow.Auto), wordFlag("`form` of the files", formats)+", plain, .gz or .zst; folder is one with a folder for each class")
	flags.StringVar(&f.labelColumn, "label-column", "", "`column` of the label: a name (csv, jsonl) or a number from 1 (tsv) (default label, 1)")
	flags.StringVar(&f.textColumn, "text-column", "", "`column` of the text, likewise (default text, 2)")
	flags.StringVar(&f.labelSeparator, "label-separator", "", "`text` between the labels of a column that holds several, such as , or |")
}

func (f *sourceFlags) check() error {
	if len(f.more) > 0 && slices.Contains(f.paths(), "-") {
		return usagef("--data - is standard input, which is not one of several files")
	}
	return oneOf("format", f.format, formats)
}

// paths are the files, none for the embedded sample.
func (f *sourceFlags) paths() []string {
	if f.path == "" {
		return nil
	}
	return append([]string{f.path}, f.more...)
}

// named are the files with the flag that names them.
func (f *sourceFlags) named() []namedFile {
	var all []namedFile
	for _, path := range f.paths() {
		all = append(all, namedFile{"data", path})
	}
	return all
}

// dataFlag is --data, which may be given several times. As one text, for checkpoints, files
// have a line each.
type dataFlag sourceFlags

func (d *dataFlag) String() string { return strings.Join((*sourceFlags)(d).paths(), "\n") }

func (d *dataFlag) Type() string { return "string" }

func (d *dataFlag) Set(text string) error {
	for path := range strings.SplitSeq(text, "\n") {
		switch {
		case d.path == "":
			d.path = path
		case path == "":
			return errors.New("want a file beside the others")
		default:
			d.more = append(d.more, path)
		}
	}
	return nil
}

// describesFile says whether a flag was given that means nothing without a file.
func (f *sourceFlags) describesFile() bool {
	return f.labelColumn != "" || f.textColumn != "" || f.labelSeparator != "" || f.format != string(bow.Auto)
}

var errNoFile = usagef("--format, --label-column, --label-separator and --text-column are for a file, which --data names")

func (f *sourceFlags) options() bow.ReaderOptions {
	return bow.ReaderOptions{
		Format: bow.Format(f.format), LabelColumn: f.labelColumn, TextColumn: f.textColumn,
		Labels: f.labels, LabelSeparator: f.labelSeparator, Cluster: f.cluster,
	}
}

// name is what messages call the data.
func (f *sourceFlags) name() string {
	switch f.path {
	case "":
		return sample.Name
	case "-":
		return "stdin"
	}
	return strings.Join(f.paths(), ", ")
}

// readAll reads the documents into the corpus.
func (f *sourceFlags) readAll(ctx context.Context, s streams, r *reporter, corpus *bow.Corpus) error {
	if f.path == "" {
		if f.describesFile() {
			return errNoFile
		}
		if corpus.Cluster != nil && corpus.Cluster.Rank() > 0 {
			return nil // rank 0 has all of it
		}
		documents, err := sample.Documents()
		if err != nil {
			return err
		}
		r.sample()
		return corpus.ReadAll(ctx, documents, nil)
	}
	file, err := openSource(s, f.paths(), f.options())
	if err != nil {
		return err
	}
	defer file.Close()
	r.source("data", file)
	bar := r.counter("reading")
	err = corpus.ReadAll(ctx, file, bar.count)
	bar.stop()
	r.blank(file)
	return err
}

// openSource opens files, or standard input for "-".
func openSource(s streams, paths []string, o bow.ReaderOptions) (*bow.File, error) {
	if o.Format == bow.Format(vectors.SVMLight) {
		return nil, usagef("--format svmlight is for numbers, not for texts")
	}
	var f *bow.File
	var err error
	if len(paths) == 1 && paths[0] == "-" {
		f, err = bow.OpenStdin(s.in, o)
	} else {
		f, err = bow.OpenFiles(paths, o)
	}
	return f, fileError(err)
}

// until is a file that ends with an error when ctx does.
type until struct {
	ctx context.Context
	*bow.File
}

func (u until) Read() (bow.Document, error) {
	if err := u.ctx.Err(); err != nil {
		return bow.Document{}, err
	}
	return u.File.Read()
}
