package main

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// trained saves a model and returns its file.
func trained(t *testing.T, data string, args ...string) string {
	t.Helper()
	model := filepath.Join(t.TempDir(), "m")
	mustFit(t, append([]string{"-data", data, "-layers", "8", "-batch", "16", "-epochs", "12", "-learning-rate", "0.02",
		"-model", model, "-q"}, args...)...)
	return model
}

// A model that was saved and loaded does on the test file what it did when it was trained.
func TestEvalIsTheTestOfTraining(t *testing.T) {
	for _, row := range []struct {
		name    string
		classes []string
		args    string
	}{
		{"two classes", []string{"ham", "spam"}, ""},
		{"three classes", []string{"art", "law", "tax"}, ""},
		{"one output", []string{"ham", "spam"}, "-loss logistic"},
		{"tfidf and pairs", []string{"ham", "spam"}, "-weighting tfidf -ngrams 2"},
		{"float64", []string{"ham", "spam"}, "-dtype float64"},
		{"no hidden layer", []string{"ham", "spam"}, "-layers none"},
		{"dropout", []string{"ham", "spam"}, "-dropout 0.5"},
		{"gorgonia", []string{"ham", "spam"}, "-engine gorgonia"},
	} {
		t.Run(row.name, func(t *testing.T) {
			data, test := corpus(t, 120, row.classes...), corpus(t, 50, row.classes...)
			model := filepath.Join(t.TempDir(), "m")
			j := trainedJSON(t, append([]string{"-data", data, "-test", test, "-layers", "8", "-epochs", "4", "-learning-rate", "0.02",
				"-model", model, "-q"}, strings.Fields(row.args)...)...)
			if j.Model != model {
				t.Errorf("model %q, want %q", j.Model, model)
			}
			o := mustFit(t, "eval", "-model", model, "-data", test, "-json", "-q")
			if o.errors != "" {
				t.Errorf("eval --json --quiet writes to standard error:\n%s", o.errors)
			}
			got := decodeJSON[evalJSON](t, o.out).resultJSON
			if row.name == "gorgonia" {
				// The model is evaluated by the native engine, which adds in another order.
				if d := got.Loss - j.Test.Loss; d > 1e-5 || d < -1e-5 || got.Accuracy != j.Test.Accuracy {
					t.Errorf("eval: loss %v, accuracy %v; training: %v, %v", got.Loss, got.Accuracy, j.Test.Loss, j.Test.Accuracy)
				}
				return
			}
			if !reflect.DeepEqual(&got, j.Test) {
				t.Errorf("eval: %+v\ntraining: %+v", got, *j.Test)
			}
			if in := fitWith(t.Context(), strings.NewReader(read(t, test)), "eval", "-model", model, "-data", "-", "-json", "-q"); in.out != o.out {
				t.Errorf("from standard input: %s%s, want %s", in.out, in.errors, o.out)
			}
		})
	}
}

// The same seed gives the same file, byte for byte, and another seed another one.
func TestSameSeedSameBytes(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	for _, args := range []string{"", "-dropout 0.3", "-weighting tfidf -dtype float64", "-solver rmsprop -batch 7"} {
		one := read(t, trained(t, data, strings.Fields(args)...))
		if one != read(t, trained(t, data, strings.Fields(args)...)) {
			t.Errorf("fit %s: two runs save different models", args)
		}
		if one == read(t, trained(t, data, append(strings.Fields(args), "-seed", "2")...)) {
			t.Errorf("fit %s: seeds 1 and 2 save the same model", args)
		}
	}
}

// What --json says of the measures, the files say too, and scikit-learn's definitions.
func TestEvalMeasures(t *testing.T) {
	data := noisy(t, 140)
	model := trained(t, corpus(t, 120, "ham", "spam"))
	folder := t.TempDir()
	curves, points := filepath.Join(folder, "c.csv"), filepath.Join(folder, "c.json")
	table, lines := filepath.Join(folder, "p.tsv"), filepath.Join(folder, "p.jsonl")
	o := mustFit(t, "eval", "-model", model, "-data", data, "-q", "-json", "-mistakes", "5", "-curves", curves, "-predictions", table)
	j := decodeJSON[evalJSON](t, o.out)
	if j.Positive != "spam" || len(j.Calibration) != 15 || len(j.Mistakes) != 5 || j.Intervals == nil || j.Intervals.Resamples != 1000 || j.Intervals.Seed != 1 {
		t.Fatalf("%+v", j)
	}
	for name, m := range map[string]struct {
		value float64
		in    *[2]float64
	}{
		"accuracy": {j.Accuracy, j.Intervals.Accuracy}, "macro F1": {j.MacroF1, j.Intervals.MacroF1},
		"log loss": {j.LogLoss, j.Intervals.LogLoss}, "Brier": {j.Brier, j.Intervals.Brier},
		"ROC AUC": {*j.ROCAUC, j.Intervals.ROCAUC}, "average precision": {*j.AveragePrecision, j.Intervals.AveragePrecision},
	} {
		if m.in == nil || !(m.in[0] < m.value && m.value < m.in[1]) {
			t.Errorf("%s is %v, not within %v", name, m.value, m.in)
		}
	}
	documents := strings.Split(strings.TrimSuffix(read(t, data), "\n"), "\n")
	last := 1.0
	for _, m := range j.Mistakes {
		if m.Label == m.Predicted || m.Probability > last || documents[m.Line-1] != m.Label+"\t"+m.Text {
			t.Errorf("%+v is no mistake, surer than the one before, or not line %d, %q", m, m.Line, documents[m.Line-1])
		}
		last = m.Probability
	}

	rows := strings.Split(strings.TrimSuffix(read(t, table), "\n"), "\n")
	if rows[0] != "line\tlabel\tpredicted\tprobability\tp(ham)\tp(spam)\ttext" || len(rows) != 141 {
		t.Fatalf("%d rows of predictions under %q", len(rows), rows[0])
	}
	right := 0
	for i, row := range rows[1:] {
		f := strings.Split(row, "\t")
		if f[0] != strconv.Itoa(i+1) || f[1]+"\t"+f[6] != documents[i] {
			t.Fatalf("row %d is %q, the document %q", i+1, row, documents[i])
		}
		if f[1] == f[2] {
			right++
		}
	}
	if float64(right)/140 != j.Accuracy {
		t.Errorf("%d right answers in the file, accuracy %v", right, j.Accuracy)
	}
	if c := strings.SplitN(read(t, curves), "\n", 3); c[0] != "threshold,false_positive_rate,recall,precision" || c[1] != "+Inf,0,0,1" {
		t.Errorf("the curves begin with %q", c[:2])
	}

	// The other forms, the other class, no intervals.
	j = decodeJSON[evalJSON](t, mustFit(t, "eval", "-model", model, "-data", data, "-q", "-json", "-bootstrap", "0", "-positive", "ham",
		"-curves", points, "-predictions", lines).out)
	if j.Positive != "ham" || j.Intervals != nil || j.Mistakes != nil {
		t.Errorf("%+v", j)
	}
	both := decodeJSON[struct {
		Positive         string
		ROCAUC           float64 `json:"roc_auc"`
		AveragePrecision float64 `json:"average_precision"`
		Points           []pointJSON
	}](t, read(t, points))
	if both.Positive != "ham" || both.ROCAUC != *j.ROCAUC || both.AveragePrecision != *j.AveragePrecision {
		t.Errorf("the file of curves says %v, %v of %q", both.ROCAUC, both.AveragePrecision, both.Positive)
	}
	area, steps, before := 0.0, 0.0, both.Points[0]
	for _, p := range both.Points[1:] {
		area += (*p.FalsePositiveRate - *before.FalsePositiveRate) * (*p.Recall + *before.Recall) / 2
		steps += (*p.Recall - *before.Recall) * *p.Precision
		before = p
	}
	if math.Abs(area-*j.ROCAUC) > 1e-12 || math.Abs(steps-*j.AveragePrecision) > 1e-12 {
		t.Errorf("areas under the curves %v and %v, want %v and %v", area, steps, *j.ROCAUC, *j.AveragePrecision)
	}
	logLoss, brier := 0.0, 0.0
	for line := range strings.Lines(read(t, lines)) {
		p := decodeJSON[predictionJSON](t, line)
		logLoss -= math.Log(p.Probabilities[p.Label]) / 140
		brier += p.Probabilities["spam"] * p.Probabilities["spam"] / 140
		if p.Label == "spam" {
			brier += (1 - 2*p.Probabilities["spam"]) / 140
		}
		if p.Probability != max(p.Probabilities["ham"], p.Probabilities["spam"]) || p.Probability != p.Probabilities[p.Predicted] {
			t.Errorf("probability of %+v", p)
		}
	}
	if math.Abs(logLoss-j.LogLoss) > 1e-9 || math.Abs(brier-j.Brier) > 1e-9 {
		t.Errorf("log loss %v and Brier score %v by the file, %v and %v said", logLoss, brier, j.LogLoss, j.Brier)
	}
}

// Of more than two classes, one is told from the rest if --positive names it.
func TestEvalOneAgainstTheRest(t *testing.T) {
	data := corpus(t, 90, "art", "law", "tax")
	model := trained(t, data)
	if j := decodeJSON[evalJSON](t, mustFit(t, "eval", "-model", model, "-data", data, "-q", "-json").out); j.Positive != "" || j.AveragePrecision != nil || j.Intervals.ROCAUC != nil {
		t.Errorf("no class is positive: %+v", j)
	}
	o := mustFit(t, "eval", "-model", model, "-data", data, "-q", "-positive", "law")
	if !strings.Contains(o.out, "average precision   ") || !strings.HasSuffix(o.out, "the positive class is law\n") {
		t.Errorf("law is positive:\n%s", o.out)
	}
	for _, row := range []struct{ args, want string }{
		{"-positive sport", `--positive: unknown "sport", want one of art, law, tax`},
		{"-curves c.csv", "--curves needs --positive, as the model tells 3 classes"},
	} {
		o := fit(t, append([]string{"eval", "-model", model, "-data", data}, strings.Fields(row.args)...)...)
		if o.code != exitUsage || !strings.HasPrefix(o.errors, "fit: "+row.want+"\n") {
			t.Errorf("%s: exit code %d and %s", row.args, o.code, o.errors)
		}
	}
}

func TestEvalFullDisk(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip("no " + full)
	}
	data := corpus(t, 60, "ham", "spam")
	model := trained(t, data)
	for _, flag := range []string{"curves", "predictions"} {
		o := fit(t, "eval", "-model", model, "-data", data, "-q", "--"+flag, full)
		if o.code != exitFailed || o.errors != "fit: --"+flag+": /dev/full: no space left on device\n" {
			t.Errorf("--%s: exit code %d and %q", flag, o.code, o.errors)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, row := range []struct {
		line  string
		width int
		want  string
	}{{"abcdef\n", 0, "abcdef\n"}, {"abcdef\n", 6, "abcdef\n"}, {"abcdef\n", 5, "abcd…\n"}, {"äöüßéè\n", 6, "äöüßéè\n"}, {"äöüßéè\n", 3, "äö…\n"}} {
		if got := shorten(row.line, row.width); got != row.want {
			t.Errorf("%q in %d: %q, want %q", row.line, row.width, got, row.want)
		}
	}
}
