package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data/bow/sample"
	"github.com/nestnet/nestnet/models/feedforward"
)

// parts writes the sample as the tutorial parts it.
func parts(t *testing.T) (train, test, model string) {
	t.Helper()
	folder := t.TempDir()
	var files [2]strings.Builder
	number := 0
	for line := range strings.Lines(sample.Text()) {
		number++
		if number%5 == 0 {
			files[1].WriteString(line)
		} else {
			files[0].WriteString(line)
		}
	}
	train, test = filepath.Join(folder, "train.tsv"), filepath.Join(folder, "test.tsv")
	err := errors.Join(os.WriteFile(train, []byte(files[0].String()), 0o666), os.WriteFile(test, []byte(files[1].String()), 0o666))
	if err != nil {
		t.Fatal(err)
	}
	return train, test, filepath.Join(folder, "model")
}

func TestRun(t *testing.T) {
	train, test, model := parts(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, train, test, model); err != nil {
		t.Fatal(err)
	}
	c, err := feedforward.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	if a := c.Training.Epochs; len(a) != 10 || *a[9].ValidAccuracy < 0.9 || !strings.Contains(out.String(), "\nepoch 10: ") {
		t.Errorf("%d epochs\n%s", len(a), out.String())
	}
}

// Ctrl-C saves what was learned, unless that is nothing.
func TestInterrupted(t *testing.T) {
	train, test, model := parts(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if err := run(ctx, writer(func(p string) {
		if strings.HasPrefix(p, "epoch 3:") {
			stop()
		}
	}), train, test, model); err != nil {
		t.Fatal(err)
	}
	c, err := feedforward.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Training; len(got.Epochs) != 3 || got.Stopped != feedforward.StoppedInterrupted {
		t.Errorf("%d epochs, %s; want 3, %s", len(got.Epochs), got.Stopped, feedforward.StoppedInterrupted)
	}
	if err := run(ctx, io.Discard, train, test, model+"2"); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted before it began: %v", err)
	}
}

type writer func(string)

func (w writer) Write(p []byte) (int, error) {
	w(string(p))
	return len(p), nil
}
