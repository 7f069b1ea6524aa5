package main

import (
	"fmt"
	"io"
	"math/rand/v2"
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
			want = strings.Replace(want, ":1:", ":3:", 1)
		}
		if o := mustFit(t, "predict", "-model", model, path); o.errors != want {
			t.Errorf("%q: standard error is %q, want %q", row.text, o.errors, want)
		}
	}
}

// With --strict, what stands before a line that cannot be read is answered, and no more.
func TestPredictStrict(t *testing.T) {
	model, path := trained(t, corpus(t, 120, "ham", "spam")), file(t, "m.txt", "a1 a2\n\nb1 \xff\na3\n")
	o := fit(t, "predict", "-model", model, path, "-strict")
	want := "fit: " + path + ":3: not valid UTF-8 (convert the text first, for example with iconv)\n"
	if o.code != exitFailed || o.errors != want || strings.Count(o.out, "\n") != 2 {
		t.Errorf("exit code %d and\n%s%s, want two lines and\n%s", o.code, o.out, o.errors, want)
	}
}

// A strange line is reported, answered as such, and not the end: line n of the answers
// belongs to line n of the texts.
func TestPredictAligned(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	var texts, want strings.Builder
	var wrong []int
	rng := rand.New(rand.NewPCG(1, 1))
	const lines = 2000
	for i := range lines {
		switch rng.IntN(12) {
		case 0:
			texts.WriteString(" \t\r\n")
			want.WriteString("-")
		case 1:
			texts.WriteString("a1 \xff\n")
			want.WriteString("?")
			wrong = append(wrong, i+1)
		case 2, 3, 4, 5:
			texts.WriteString("b1 b2 b3 b4\n")
			want.WriteString("s")
		default:
			texts.WriteString("a1 a2 a3 a4\n")
			want.WriteString("h")
		}
	}
	path := file(t, "m.txt", texts.String())
	for _, args := range []string{"", "-keep", "-output jsonl", "-top 2 -probabilities"} {
		o := mustFit(t, append([]string{"predict", "-model", model, path}, strings.Fields(args)...)...)
		var got strings.Builder
		n := 0
		for line := range strings.Lines(o.out) {
			n++
			label, _, _ := strings.Cut(line, "\t")
			if strings.Contains(args, "jsonl") {
				a := decodeJSON[answerJSON](t, line)
				switch {
				case a.Line != n:
					t.Fatalf("line %d says it is %d", n, a.Line)
				case a.Error != "":
					label = "?"
				case a.Label == nil:
					label = ""
				default:
					label = *a.Label
				}
			}
			got.WriteString(map[string]string{"": "-", "?": "?", "ham": "h", "spam": "s"}[label])
		}
		if got.String() != want.String() {
			t.Errorf("%s: the answers do not stand beside the texts", args)
		}
		var report strings.Builder
		for _, line := range wrong {
			fmt.Fprintf(&report, "fit: %s:%d: not valid UTF-8 (convert the text first, for example with iconv)\n", path, line)
		}
		sum := fmt.Sprintf("fit: %d of 2,000 lines could not be read\n", len(wrong))
		if o.errors != report.String()+sum {
			t.Errorf("%s: standard error is\n%s", args, o.errors)
		}
		if q := mustFit(t, append([]string{"predict", "-model", model, path, "-q"}, strings.Fields(args)...)...); q.out != o.out || q.errors != sum {
			t.Errorf("%s --quiet: standard error is\n%s", args, q.errors)
		}
	}
}

// Where nothing can be read, not everything is listed.
func TestPredictNothingButBytes(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	o := mustFit(t, "predict", "-model", model, file(t, "m.txt", strings.Repeat("\xff\n", 3000)))
	if o.out != strings.Repeat("?\t\n", 3000) || strings.Count(o.errors, "\n") != mostUnreadable+2 {
		t.Errorf("%d lines on standard error", strings.Count(o.errors, "\n"))
	}
	if !strings.HasSuffix(o.errors, "fit: further lines that cannot be read are only counted\nfit: 3,000 of 3,000 lines could not be read\n") {
		t.Errorf("standard error ends with %q", o.errors[len(o.errors)-120:])
	}
}

func TestPredictForms(t *testing.T) {
	model := trained(t, corpus(t, 120, "art", "law", "tax"))
	o := mustFit(t, "predict", "-model", model, "-text", "a1 a2 a3", "-output", "jsonl", "-top", "3", "-probabilities")
	one := decodeJSON[answerJSON](t, o.out)
	if *one.Label != "art" || *one.Text != "a1 a2 a3" || len(one.Labels) != 3 || len(one.Probabilities) != 3 {
		t.Fatalf("%s", o.out)
	}
	sum := 0.0
	for i, l := range one.Labels {
		sum += float64(l.Probability)
		if l.Probability != one.Probabilities[l.Label] || i > 0 && l.Probability > one.Labels[i-1].Probability {
			t.Errorf("label %d is %+v in %s", i+1, l, o.out)
		}
	}
	if one.Labels[0].Label != "art" || one.Labels[0].Probability != *one.Probability || sum < 0.9999 || sum > 1.0001 {
		t.Errorf("the probabilities sum to %v in %s", sum, o.out)
	}
	best := fmt.Sprintf("%.4f", float64(*one.Probability))
	second := fmt.Sprintf("%s\t%.4f", one.Labels[1].Label, float64(one.Labels[1].Probability))
	each := fmt.Sprintf("%.4f\t%.4f\t%.4f", float64(one.Probabilities["art"]), float64(one.Probabilities["law"]), float64(one.Probabilities["tax"]))
	text := file(t, "t.csv", "text\n\"a1 a2\ta3\nx\"\n")
	for _, row := range []struct{ args, want string }{
		{"", "art\t" + best},
		{"-top 2", "art\t" + best + "\t" + second},
		{"-top 2 -threshold 0.9", "art\t" + best},
		{"-top 2 -threshold 0.9 -probabilities", "art\t" + best + "\t\t\t" + each},
		{"-threshold 1", "unknown\t" + best},
		{"-threshold 1 -below none", "none\t" + best},
		{"-threshold 0.5 -below none", "art\t" + best},
		{"-probabilities", "art\t" + best + "\t" + each},
		{"-probabilities -header", "label\tprobability\tp(art)\tp(law)\tp(tax)\nart\t" + best + "\t" + each},
		{"-keep", "art\t" + best + "\ta1 a2\ta3 x"},
		{"-keep -header -top 1", "label\tprobability\ttext\nart\t" + best + "\ta1 a2\ta3 x"},
	} {
		if o := mustFit(t, append([]string{"predict", "-model", model, text}, strings.Fields(row.args)...)...); o.out != row.want+"\n" || o.errors != "" {
			t.Errorf("%s: %q, want %q\n%s", row.args, o.out, row.want, o.errors)
		}
	}
	none := mustFit(t, "predict", "-model", model, "-text", "a1", "-output", "jsonl", "-top", "2", "-threshold", "1")
	if !strings.Contains(none.out, `"label":"unknown"`) || !strings.Contains(none.out, `"labels":[]`) {
		t.Errorf("below the threshold: %s", none.out)
	}
}

// Texts of the command line are answered like lines of a file.
func TestPredictText(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	o := mustFit(t, "predict", "-model", model, "-text", "a1 a2 a3", "--text=b1 b2\nb3", "-text", "", "-text", "\xff", "-text", "-q")
	lines := strings.Split(o.out, "\n")
	if len(lines) != 6 || !strings.HasPrefix(lines[0], "ham\t0.9") || !strings.HasPrefix(lines[1], "spam\t0.9") || lines[2] != "\t" || lines[3] != "?\t" || !answer.MatchString(lines[4]) {
		t.Errorf("%q", lines)
	}
	if want := "fit: --text:4: not valid UTF-8 (convert the text first, for example with iconv)\nfit: 1 of 5 lines could not be read\n"; o.errors != want {
		t.Errorf("standard error is %q, want %q", o.errors, want)
	}
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"You have won"}, exitFailed, "You have won: no such file or directory (if that is the text, give it with --text)"},
		{[]string{"nowhere"}, exitFailed, "nowhere: no such file or directory\n"},
		{[]string{"You", "have", "won"}, exitUsage, "fit predict takes one file, got 3 (a text stands in quotes behind --text)"},
		{[]string{"m.txt", "-text", "a"}, exitUsage, "m.txt and --text are two ways to say what to label; give one"},
		{[]string{"-threshold", "0.5", "-below", "ham"}, exitUsage, `--below: the model has a class "ham"; name what is below --threshold otherwise`},
	} {
		o := fit(t, append([]string{"predict", "-model", model}, row.args...)...)
		if o.code != row.code || !strings.HasPrefix(o.errors, "fit: "+row.want) || o.out != "" {
			t.Errorf("%q: exit code %d and %q, want %q", row.args, o.code, o.errors, row.want)
		}
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
