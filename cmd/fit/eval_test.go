package main

import (
	"path/filepath"
	"reflect"
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
			got := decodeJSON[resultJSON](t, o.out)
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
