package main

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
)

var answer = regexp.MustCompile(`^(ham|spam)\t(0\.\d{4}|1\.0000)$`)

// A line for each text, wherever the texts come from.
func TestPredict(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	text := strings.Repeat("a1 a2 a3 w1\nb1 b2 b3 w1\nnever heard of\n", 200)
	want := fitWith(t.Context(), strings.NewReader(text), "predict", "-model", model)
	lines := strings.Split(strings.TrimSuffix(want.out, "\n"), "\n")
	if want.code != exitOK || want.errors != "" || len(lines) != 600 {
		t.Fatalf("exit code %d, %d lines, want 600\n%s", want.code, len(lines), want.errors)
	}
	for i, line := range lines {
		if !answer.MatchString(line) {
			t.Fatalf("line %d is %q, want a label, a tab and a probability", i+1, line)
		}
	}
	if !strings.HasPrefix(lines[0], "ham\t0.9") || !strings.HasPrefix(lines[1], "spam\t0.9") {
		t.Errorf("a ham and a spam are taken for %q and %q", lines[0], lines[1])
	}
	for _, row := range []struct{ name, stdin, arg string }{
		{"file", "", file(t, "m.txt", text)},
		{"gzip file", "", file(t, "m.txt.gz", gzipped(t, text))},
		{"-", text, "-"},
		{"gzip on standard input", gzipped(t, text), "-"},
		{"no last line end", "", file(t, "m.txt", strings.TrimSuffix(text, "\n"))},
		{"labelled file", "", file(t, "m.tsv", "ham\t"+strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\nham\t"))},
		{"csv", "", file(t, "m.csv", "text\n"+text)},
	} {
		args := []string{"predict", "-model", model, row.arg}
		if row.name == "labelled file" {
			args = append(args, "-text-column", "2")
		}
		if o := fitWith(t.Context(), strings.NewReader(row.stdin), args...); o != want {
			t.Errorf("%s: exit code %d, %d bytes\n%s", row.name, o.code, len(o.out), o.errors)
		}
	}
	if o := fit(t, "predict", "-model", model); o != (output{}) {
		t.Errorf("no text at all: %+v, want nothing", o)
	}
}

// A file with labels, as for training, gets a hint, once.
func TestPredictHint(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	for _, row := range []struct{ text, hint string }{
		{"ham\ta1 a2\nspam\tb1\n", `the label "ham" is read as part of the text; --text-column 2 leaves it out`},
		{"\n\nspam\tb1\n", `the label "spam" is read as part of the text; --text-column 2 leaves it out`},
		{"ham a1\tb2\n", ""},
		{"a1\tham\n", ""},
		{"a1\nham\tb2\n", ""},
	} {
		path := file(t, "m.tsv", row.text)
		want := ""
		if row.hint != "" {
			want = "fit: " + path + ":1: " + row.hint + "\n"
		}
		if strings.HasPrefix(row.text, "\n") {
			want = strings.Replace(want, ":1:", ":3:", 1) + "fit: 2 blank lines skipped\n"
		}
		if o := mustFit(t, "predict", "-model", model, path); o.errors != want {
			t.Errorf("%q: standard error is %q, want %q", row.text, o.errors, want)
		}
	}
}

// What stands before a line that cannot be read is answered.
func TestPredictStopsAtABadLine(t *testing.T) {
	model, path := trained(t, corpus(t, 120, "ham", "spam")), file(t, "m.txt", "a1 a2\nb1 \xff\na3\n")
	o := fit(t, "predict", "-model", model, path)
	want := "fit: " + path + ":2: not valid UTF-8 (convert the text first, for example with iconv)\n"
	if o.code != exitFailed || o.errors != want || strings.Count(o.out, "\n") != 1 {
		t.Errorf("exit code %d and\n%s%s, want one answer and\n%s", o.code, o.out, o.errors, want)
	}
}

// Ctrl-C ends it although it waits for the next line.
func TestPredictInterrupted(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	ctx, cancel := contextWithCancel(t)
	in, typed := io.Pipe()
	defer typed.Close()
	done := make(chan output)
	go func() { done <- fitWith(ctx, in, "predict", "-model", model) }()
	if _, err := io.WriteString(typed, "a1 a2 a3\n"); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case o := <-done:
		if o.code != exitInterrupted || o.errors != "fit: interrupted\n" {
			t.Errorf("exit code %d and %q, want 130", o.code, o.errors)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still waiting for input")
	}
}
