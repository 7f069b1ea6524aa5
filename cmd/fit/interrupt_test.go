package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func contextWithCancel(t *testing.T) (context.Context, func()) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// pressing is a writer that presses Ctrl-C when it is to write a text.
type pressing struct {
	bytes.Buffer
	at     string
	cancel func()
}

func (p *pressing) Write(b []byte) (int, error) {
	if strings.Contains(string(b), p.at) {
		p.cancel()
	}
	return p.Buffer.Write(b)
}

// Ctrl-C in training: what there is is reported and saved, and the exit code is 130.
func TestInterruptedTraining(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	for _, row := range []struct {
		name, at, says string
		epochs         int
		saved          bool
	}{
		{"before the first step", "batches of 16", "\ninterrupted in epoch 1, after 0 steps\n", 0, false},
		{"after two epochs", "epoch  2/50", "\ninterrupted in epoch 3, after 12 steps\nthe weights kept are those of epoch 2, ", 2, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx, cancel := contextWithCancel(t)
			folder := t.TempDir()
			log, model := filepath.Join(folder, "log"), filepath.Join(folder, "m")
			var out bytes.Buffer
			errors := &pressing{at: row.at, cancel: cancel}
			code := run(ctx, []string{"-data", data, "-layers", "8", "-batch", "16", "-epochs", "50", "-json", "-log", log, "-model", model},
				strings.NewReader(""), &out, errors)
			if code != exitInterrupted || !strings.HasSuffix(errors.String(), "\nfit: interrupted\n") || !strings.Contains(errors.String(), row.says) {
				t.Errorf("exit code %d, want 130, %q and\n%s", code, row.says, errors.String())
			}
			if !strings.Contains(errors.String(), "\ntest part: 24 documents, accuracy ") {
				t.Errorf("no summary in\n%s", errors.String())
			}
			j := decodeJSON[trainJSON](t, out.String())
			if j.Stopped != "interrupted" || j.Epochs != row.epochs || j.Steps != 6*row.epochs || j.Test.Documents != 24 {
				t.Errorf("stopped %q after %d epochs, %d steps, tested on %d documents", j.Stopped, j.Epochs, j.Steps, j.Test.Documents)
			}
			if lines := strings.Count(read(t, log), "\n"); lines != row.epochs {
				t.Errorf("%d lines of log for %d epochs", lines, row.epochs)
			}
			if !row.saved {
				only(t, folder, "log")
				if j.Model != "" || !strings.Contains(errors.String(), "\nmodel not saved: not one epoch was finished\n") {
					t.Errorf("model %q and\n%s", j.Model, errors.String())
				}
				return
			}
			only(t, folder, "log", "m")
			mustFit(t, "eval", "-model", j.Model, "-data", data, "-q")
		})
	}
}

// interruptedRead presses Ctrl-C in the middle of the data.
type interruptedRead struct {
	r      io.Reader
	cancel func()
	reads  int
}

func (r *interruptedRead) Read(p []byte) (int, error) {
	if r.reads++; r.reads == 3 {
		r.cancel()
	}
	return r.r.Read(p[:min(len(p), 50)])
}

// Ctrl-C while reading, of the training or of the test part: nothing is written.
func TestInterruptedReading(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	model := trained(t, data)
	for _, args := range []string{"-data -", "-data " + data + " -test -", "eval -data - -model " + model} {
		ctx, cancel := contextWithCancel(t)
		folder := t.TempDir()
		fields := append(strings.Fields(args), "-q")
		if fields[0] != "eval" {
			fields = append(fields, "-log", filepath.Join(folder, "log"), "-model", filepath.Join(folder, "m"))
		}
		o := fitWith(ctx, &interruptedRead{r: strings.NewReader(read(t, data)), cancel: cancel}, fields...)
		if o.code != exitInterrupted || o.errors != "fit: interrupted\n" || o.out != "" {
			t.Errorf("fit %s: exit code %d, want 130 and nothing but that\n%s%s", args, o.code, o.out, o.errors)
		}
		only(t, folder)
	}
}

// The real program gets a real signal.
func TestSignal(t *testing.T) {
	fit, log := program(t), filepath.Join(t.TempDir(), "log")
	c := exec.Command(fit, "-data", corpus(t, 120, "ham", "spam"), "-epochs", "1000000000", "-patience", "0", "-learning-rate", "1e-9", "-log", log, "-json")
	var out, errors bytes.Buffer
	c.Stdout, c.Stderr = &out, &errors
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Process.Kill()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if b, err := os.ReadFile(log); err == nil && len(b) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("no epoch in half a minute")
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	if code := c.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d, want 130\n%s", code, errors.String()[max(0, errors.Len()-1000):])
	}
	if j := decodeJSON[trainJSON](t, out.String()); j.Stopped != "interrupted" || j.Epochs == 0 {
		t.Errorf("stopped %q after %d epochs", j.Stopped, j.Epochs)
	}
}
