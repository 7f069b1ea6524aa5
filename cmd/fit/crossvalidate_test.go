package main

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

func TestCrossValidate(t *testing.T) {
	data := noisy(t, 103)
	args := []string{"-data", data, "-layers", "8", "-batch", "16", "-learning-rate", "0.02", "-epochs", "6", "-cross-validate", "4", "-json"}
	model := filepath.Join(t.TempDir(), "m")
	log := filepath.Join(t.TempDir(), "log")
	o := mustFit(t, append(args, "-model", model, "-log", log)...)
	j := decodeJSON[crossJSON](t, o.out)
	if len(j.Folds) != 4 || j.Of != 4 || j.Model != model {
		t.Fatalf("%d folds of %d, model %q", len(j.Folds), j.Of, j.Model)
	}
	documents, right, mean, loss := 0, 0, 0.0, 0.0
	for i, f := range j.Folds {
		documents += f.Documents
		// A tenth of each class is for validation.
		if f.Fold != i+1 || f.Trained+f.Documents > 103-6 || f.Trained < 60 || f.Epochs < 1 || f.Seconds <= 0 {
			t.Errorf("fold %+v", f)
		}
		mean += f.Accuracy / 4
		loss += f.Loss * float64(f.Documents) / 103
	}
	variance := 0.0
	for _, f := range j.Folds {
		variance += (f.Accuracy - mean) * (f.Accuracy - mean) / 3
	}
	if math.Abs(j.Accuracy.Mean-mean) > 1e-12 || math.Abs(j.Accuracy.Deviation-math.Sqrt(variance)) > 1e-12 || variance == 0 {
		t.Errorf("accuracy %+v, want %v ± %v", *j.Accuracy, mean, math.Sqrt(variance))
	}
	for i, row := range j.Confusion {
		right += row[i]
		if sum := row[0] + row[1]; sum != j.All.PerClass[j.Classes[i]].Support {
			t.Errorf("row %v of the confusion matrix, support %d", row, j.All.PerClass[j.Classes[i]].Support)
		}
	}
	if documents != 103 || j.All.Documents != 103 || math.Abs(j.All.Accuracy-float64(right)/103) > 1e-12 || math.Abs(j.All.Loss-loss) > 1e-12 {
		t.Errorf("%d documents tested, all together %+v; want each once, accuracy %v, loss %v", documents, j.All, float64(right)/103, loss)
	}
	if !strings.Contains(o.errors, "the model is trained on all documents, 93 training documents and 10 for validation\n") {
		t.Errorf("it is not said what the model is trained on\n%s", o.errors)
	}
	// The same folds again, whatever the number of workers.
	if again := decodeJSON[crossJSON](t, mustFit(t, append(args, "-workers", "3", "-q")...).out); fmt.Sprint(again.Confusion, *again.TestLoss) != fmt.Sprint(j.Confusion, *j.TestLoss) {
		t.Errorf("the second time %v, %v; the first %v, %v", again.Confusion, *again.TestLoss, j.Confusion, *j.TestLoss)
	}
	if other := decodeJSON[crossJSON](t, mustFit(t, append(args, "-seed", "2", "-q")...).out); *other.TestLoss == *j.TestLoss {
		t.Error("another seed gives the same")
	}
	// The model is the one of a training on everything.
	whole := filepath.Join(t.TempDir(), "m")
	mustFit(t, append(args[:10:10], "-test-fraction", "0", "-epochs", "6", "-model", whole, "-q")...)
	if read(t, whole) != read(t, model) {
		t.Error("the model is not that of a training on all documents")
	}
	folds := map[int]int{}
	for line := range strings.Lines(read(t, log)) {
		folds[decodeJSON[logLine](t, line).Fold]++
	}
	if len(folds) != 5 || folds[2] != j.Folds[1].Epochs {
		t.Errorf("the log has epochs %v by fold", folds)
	}
}

// The dictionary of a fold has no word that only its test documents have.
func TestCrossValidateDictionary(t *testing.T) {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "%s\tonly%d both\n", []string{"ham", "spam"}[i%2], i)
	}
	j := decodeJSON[crossJSON](t, mustFit(t, "-data", file(t, "d.tsv", b.String()), "-layers", "none", "-epochs", "1", "-valid-fraction", "0",
		"-cross-validate", "5", "-json", "-q").out)
	for _, f := range j.Folds {
		if f.Vocabulary != f.Trained+1 {
			t.Errorf("fold %d: %d words in the dictionary of %d documents with one of their own each and one shared", f.Fold, f.Vocabulary, f.Trained)
		}
	}
}

func TestCrossValidateRareClass(t *testing.T) {
	data := file(t, "d.tsv", read(t, corpus(t, 60, "ham", "spam"))+"rare\tb1 b2\nrarer\tb3\nrarer\tb4\n")
	o := mustFit(t, "-data", data, "-layers", "none", "-epochs", "1", "-cross-validate", "3")
	if want := "          fewer documents than folds, so not in each of them: rare (1), rarer (2)\n"; !strings.Contains(o.out, want) {
		t.Errorf("want %q in\n%s", want, o.out)
	}
	// In a plain split too, rare classes are for training.
	o = mustFit(t, "-data", data, "-layers", "none", "-epochs", "1")
	for _, want := range []string{"          no document in the validation part, having too few: rare, rarer\n", "          no document in the test part, having too few: rare, rarer\n"} {
		if !strings.Contains(o.out, want) {
			t.Errorf("want %q in\n%s", want, o.out)
		}
	}
}

func TestInterruptedCrossValidation(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	for _, row := range []struct {
		at, says string
		folds    int
		saved    bool
	}{
		{"batches of 16", "\ninterrupted in fold 1 of 4; what follows is of those that were finished\nmodel not saved: it is trained after the last fold\n", 0, false},
		{"\n      2   ", "\ninterrupted in fold 3 of 4; what follows is of those that were finished\nmodel not saved", 2, false},
		{"epoch 2/3", "\ninterrupted in epoch 3, after ", 4, true},
	} {
		ctx, cancel := contextWithCancel(t)
		folder := t.TempDir()
		errors := &pressing{at: strings.TrimPrefix(row.at, "\n"), cancel: cancel}
		var out bytes.Buffer
		code := run(ctx, []string{"-data", data, "-layers", "8", "-batch", "16", "-epochs", "3", "-patience", "0", "-json", "-cross-validate", "4", "-model", filepath.Join(folder, "m")},
			strings.NewReader(""), &out, errors)
		j := decodeJSON[crossJSON](t, out.String())
		if code != exitInterrupted || !strings.HasSuffix(errors.String(), "\nfit: interrupted\n") || !strings.Contains(errors.String(), row.says) || len(j.Folds) != row.folds {
			t.Errorf("exit code %d, %d folds; want 130, %d, %q and\n%s", code, len(j.Folds), row.folds, row.says, errors.String())
		}
		if row.saved != (j.Model != "") {
			t.Errorf("model %q", j.Model)
		}
		if row.saved {
			only(t, folder, "m")
		} else {
			only(t, folder)
		}
	}
}
