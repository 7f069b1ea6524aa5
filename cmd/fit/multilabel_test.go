package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/models/feedforward"
)

// ticket is a generated text with any number of labels.
type ticket struct {
	labels []string
	text   string
}

// topics are labels, some with odd names, and the words that decide on them.
var topics = []struct {
	label string
	words []string
}{
	{"billing", []string{"invoice", "refund", "charged"}},
	{"delivery", []string{"parcel", "courier", "tracking"}},
	{"log-in/2FA", []string{"password", "locked"}},
	{"praise:5*", []string{"thanks", "great", "lovely"}},
	{"returns", []string{"exchange", "broken", "size"}},
	{"kündigung", []string{"cancel", "unsubscribe"}},
}

// tickets makes n texts with up to three labels, each given by one of its words among
// words that mean nothing.
func tickets(n int) []ticket {
	rng := rand.New(rand.NewPCG(11, 11))
	all := make([]ticket, n)
	for i := range all {
		t := &all[i]
		words := make([]string, 6+rng.IntN(6))
		for k := range words {
			words[k] = fmt.Sprintf("w%d", rng.IntN(60))
		}
		for _, k := range rng.Perm(len(topics))[:rng.IntN(4)] {
			t.labels = append(t.labels, topics[k].label)
			words = append(words, topics[k].words[rng.IntN(len(topics[k].words))])
		}
		rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		t.text = strings.Join(words, " ")
	}
	return all
}

// fastText writes tickets as fastText has them.
func fastText(tickets []ticket) string {
	var b strings.Builder
	for _, t := range tickets {
		for _, l := range t.labels {
			b.WriteString("__label__" + l + " ")
		}
		b.WriteString(t.text + "\n")
	}
	return b.String()
}

// labelled leaves out the tickets without labels.
func labelled(tickets []ticket) []ticket {
	return slices.DeleteFunc(slices.Clone(tickets), func(t ticket) bool { return len(t.labels) == 0 })
}

// The whole way: train, test, save, test again.
func TestLabelsThroughTheFrontDoor(t *testing.T) {
	all := tickets(2500)
	data, test := file(t, "tickets.ft", fastText(all[:2000])), file(t, "test.ft", fastText(all[2000:]))
	model := filepath.Join(t.TempDir(), "m")
	for _, engine := range []string{"native", "gorgonia"} {
		args := []string{"-data", data, "-task", "multilabel", "-layers", "16", "-learning-rate", "0.01", "-engine", engine, "-q"}
		j := trainedJSON(t, args...)
		if j.Task != "multilabel" || j.Loss != "binary-crossentropy" || len(j.Classes) != len(topics) {
			t.Errorf("%s: task %s, loss %s, classes %q", engine, j.Task, j.Loss, j.Classes)
		}
		if r := j.Test; *r.MicroF1 < 0.9 || r.MacroF1 < 0.9 || *r.SubsetAccuracy < 0.8 || *r.SubsetAccuracy != r.Accuracy || *r.Hamming > 0.05 || r.Documents != 400 {
			t.Errorf("%s: %+v, micro F1 %v", engine, r, *r.MicroF1)
		}
	}
	j := trainedJSON(t, "-data", data, "-test", test, "-task", "multilabel", "-layers", "16", "-learning-rate", "0.01", "-model", model, "-q")
	o := mustFit(t, "eval", "-model", model, "-data", test, "-json", "-q")
	got, err := json.Marshal(j.Test)
	if err != nil || string(got)+"\n" != o.out {
		t.Errorf("eval: %s\ntraining: %s (%v)", o.out, got, err)
	}
	text := "w1 parcel w2 refund w3\nw1 w2 w3\n\nunsubscribe w4\n"
	texts := file(t, "texts.txt", text)
	var names [][]string
	for line := range strings.Lines(mustFit(t, "predict", "-model", model, texts).out) {
		fields, found := strings.Split(strings.TrimSuffix(line, "\n"), "\t"), []string{}
		for k := 0; k+1 < len(fields) && fields[k] != ""; k += 2 {
			found = append(found, fields[k])
			if k > 0 && fields[k+1] > fields[k-1] || fields[k+1] < "0.5" {
				t.Errorf("predict writes %q, want the most probable first, at least 0.5", line)
			}
		}
		slices.Sort(found)
		names = append(names, found)
	}
	if want := [][]string{{"billing", "delivery"}, {}, {}, {"kündigung"}}; fmt.Sprint(names) != fmt.Sprint(want) {
		t.Errorf("predict finds %q, want %q", names, want)
	}
	for _, row := range []struct{ args, want string }{
		{"", "\n"}, {"-keep", strings.Repeat("\t", 12) + "w1 w2 w3\n"}, {"-below nothing -threshold 0.6 -top 1", "nothing\t"},
		{"-output jsonl", `{"line":2,"label":null,"probability":null,"labels":[],"text":"w1 w2 w3"}` + "\n"},
	} {
		lines := slices.Collect(strings.Lines(mustFit(t, append([]string{"predict", "-model", model, texts}, strings.Fields(row.args)...)...).out))
		if !strings.HasPrefix(lines[1], row.want) {
			t.Errorf("predict %s writes %q where there is no label, want %q", row.args, lines[1], row.want)
		}
	}
	lower := decodeJSON[resultJSON](t, mustFit(t, "eval", "-model", model, "-data", test, "-threshold", "0.05", "-json", "-q").out)
	for label, c := range lower.PerClass {
		if c.Recall < j.Test.PerClass[label].Recall {
			t.Errorf("%s: recall %v at a threshold of 0.05, %v at 0.5", label, c.Recall, j.Test.PerClass[label].Recall)
		}
	}
}

// All files that can hold several labels are the same training, bit for bit, and what
// the task is follows from the file where it can.
func TestLabelForms(t *testing.T) {
	all := labelled(tickets(300))
	var tsv, csv, jsonl, joined strings.Builder
	csv.WriteString("text,label\n")
	for _, d := range all {
		fmt.Fprintf(&tsv, "%s\t%s\n", strings.Join(d.labels, " | "), d.text)
		fmt.Fprintf(&csv, "%s,\"%s\"\n", d.text, strings.Join(d.labels, ","))
		list, err := json.Marshal(d.labels)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&jsonl, `{"label": %s, "text": "%s"}`+"\n", list, d.text)
		fmt.Fprintf(&joined, `{"label": "%s", "text": "%s"}`+"\n", strings.Join(d.labels, ";"), d.text)
	}
	small := []string{"-layers", "8", "-epochs", "2"}
	var first string
	for _, row := range []struct{ name, text, args, says string }{
		{"a.ft", fastText(all), "", "task      any number of labels a text (multilabel, as some texts have more than one; -task overrides)"},
		{"a.ft", fastText(all), "-task multilabel", "task      any number of labels a text (multilabel, as asked for)"},
		{"a.jsonl", jsonl.String(), "", "task      any number of labels a text (multilabel, as some texts have more than one; -task overrides)"},
		{"a.tsv", tsv.String(), "-label-separator |", "task      any number of labels a text (multilabel, as --label-separator says; -task overrides)"},
		{"a.csv", csv.String(), "-label-separator ,", "task      any number of labels a text (multilabel, as --label-separator says; -task overrides)"},
		{"b.jsonl", joined.String(), "-label-separator ; -task multilabel", "task      any number of labels a text (multilabel, as asked for)"},
	} {
		model := filepath.Join(t.TempDir(), "m")
		data := file(t, row.name, row.text)
		args := append(append([]string{"-data", data, "-model", model}, small...), strings.Fields(row.args)...)
		if o := mustFit(t, args...); !strings.Contains(o.out, "\n"+row.says+"\n") {
			t.Errorf("%s %s: no %q in\n%s", row.name, row.args, row.says, o.out)
		}
		// Not the whole file, which also holds the flags.
		c, err := feedforward.Load(model)
		if err != nil {
			t.Fatal(err)
		}
		a, b, err := c.Network.Weights(1)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(c.Labels, a.Data(), b.Data()); first == "" {
			first = got
		} else if got != first {
			t.Errorf("%s %s: another model than from fastText", row.name, row.args)
		}
		// The same flags make the same sense to eval.
		evalArgs := []string{"eval", "-model", model, "-data", data}
		if at := strings.Index(row.args, "-label-separator"); at >= 0 {
			evalArgs = append(evalArgs, strings.Fields(row.args[at:])[:2]...)
		}
		mustFit(t, evalArgs...)
	}
	// One label a text is one class a text, whatever could be.
	var single []ticket
	for _, d := range all {
		single = append(single, ticket{d.labels[:1], d.text})
	}
	if j := trainedJSON(t, append(small, "-data", file(t, "a.ft", fastText(single)), "-q")...); j.Task != "" || j.Test.MicroF1 != nil {
		t.Errorf("one label a text: task %s, micro F1 %v", j.Task, j.Test.MicroF1)
	}
	if j := trainedJSON(t, append(small, "-data", file(t, "a.ft", fastText(single)), "-task", "multilabel", "-q")...); j.Task != "multilabel" || j.Test.MicroF1 == nil {
		t.Errorf("one label a text, several asked for: task %s", j.Task)
	}
}

// What the log, folds and training settings make of labels.
func TestLabelsWithOtherFlags(t *testing.T) {
	data, log := file(t, "a.ft", fastText(tickets(600))), filepath.Join(t.TempDir(), "log")
	base := []string{"-data", data, "-task", "multilabel", "-layers", "8", "-epochs", "20", "-learning-rate", "0.02", "-q"}
	mustFit(t, append(base, "-log", log)...)
	for line := range strings.Lines(read(t, log)) {
		if l := decodeJSON[logLine](t, line); l.ValidMicroF1 == nil || l.ValidLoss == nil {
			t.Errorf("log line without micro F1: %s", line)
		}
	}
	folds := decodeJSON[crossJSON](t, mustFit(t, append(base, "-cross-validate", "3", "-json")...).out)
	if folds.All.Documents != 600 || folds.MicroF1 == nil || folds.All.MicroF1 == nil || folds.Confusion != nil || len(folds.Folds) != 3 {
		t.Errorf("cross-validation: %+v", folds)
	}
	tuned := mustFit(t, "tune", "-data", data, "-task", "multilabel", "-budget", "3", "-epochs", "3", "-ngrams", "1,2", "-seed", "2", "-q")
	if !strings.Contains(tuned.out, "micro F1") {
		t.Errorf("tune says\n%s", tuned.out)
	}
	several := file(t, "b.ft", fastText(labelled(tickets(600))))
	if o := mustFit(t, "tune", "-data", several, "-budget", "3", "-epochs", "3", "-q"); !strings.Contains(o.out, "micro F1") {
		t.Errorf("tune, the task told by the file, says\n%s", o.out)
	}
	for _, args := range []string{
		"-cache disk -cache-bytes 20000", "-label-smoothing 0.1", "-loss logistic", "-loss hinge", "-loss squared -output linear", "-output sigmoid", "-output tanh", "-weighting tfidf", "-hash-bits 10", "-workers 3",
	} {
		one := trainedJSON(t, append(base, strings.Fields(args)...)...)
		if *one.Test.MicroF1 < 0.7 {
			t.Errorf("fit %s: micro F1 %v", args, *one.Test.MicroF1)
		}
	}
}

func TestLabelMistakes(t *testing.T) {
	several := fastText(labelled(tickets(200)))
	one := corpus(t, 120, "ham", "spam")
	model := filepath.Join(t.TempDir(), "m")
	mustFit(t, "-data", file(t, "a.ft", several), "-layers", "none", "-epochs", "1", "-model", model, "-q")
	classes := trained(t, one)
	two := "__label__a __label__b x y\n__label__b z\n"
	for _, row := range []struct {
		name, text, args string
		code             int
		want             string
	}{
		{"a.ft", two, "-data FILE -task classes", exitFailed, `FILE:1: more than one label ("__label__b" follows "__label__a"); --task multilabel is for texts with several labels`},
		{"a.jsonl", `{"label":["a","b"],"text":"x"}`, "-data FILE -task classes", exitFailed, `FILE:1: "label" is a list: more than one label ("b" follows "a"); --task multilabel is for texts with several labels`},
		{"a.ft", two + "no label\n", "-data FILE", exitFailed, `FILE:3: no label: no word starts with __label__; --task multilabel is for texts with any number of labels, none too`},
		{"a.ft", "__label__a x\nno label\n", "-data FILE", exitFailed, `FILE:2: no label: no word starts with __label__`},
		{"a.ft", "x y\nz\n", "-data FILE -task multilabel", exitFailed, `FILE: no label: 2 of the 2 documents have none`},
		{"a.ft", "__label__a x y\n__label__a z\n", "-data FILE -task multilabel", exitFailed, `FILE: only one class: all 2 documents are "a"`},
		{"a.tsv", "a,,b\tx\n", "-data FILE -label-separator ,", exitFailed, `FILE:1: empty label, the second of 3`},
		{"a.ft", two, "-data FILE -label-separator ,", exitFailed, `--label-separator must be empty for fasttext, whose labels are words with __label__`},
		{"a.ft", two, "-data FILE -task several", exitUsage, `--task: unknown "several", want one of auto, classes, multilabel, regression`},
		{"a.ft", two, "-data FILE -task classes -label-separator ,", exitUsage, `--label-separator is for texts with several labels, --task classes for one label each; give one`},
		{"a.ft", two, "-task multilabel", exitUsage, `--task multilabel is for a file, which --data names; the texts of the embedded sample have one label each`},
		{"a.ft", two, "-data FILE -task multilabel -loss crossentropy", exitUsage, `--loss crossentropy, with --output softmax, gives a text one class of several; texts with several labels take --loss binary-crossentropy with --output sigmoid, or auto for both`},
		{"a.ft", two, "-data FILE -output softmax", exitUsage, `FILE: --loss crossentropy, with --output softmax, gives a text one class of several; texts with several labels take --loss binary-crossentropy with --output sigmoid, or auto for both`},
		{"a.ft", two, "-data FILE -class-weights balanced", exitUsage, `FILE: --class-weights is for texts with one label each, not for several`},
		{"a.ft", two, "-data ONE -test FILE", exitFailed, `FILE:1: more than one label ("__label__b" follows "__label__a")`},
		{"a.ft", "__label__nonsense x\n", "-data MULTI -test FILE", exitFailed, `FILE:1: unknown label "nonsense" (known: billing, delivery, kündigung, log-in/2FA, praise:5*, returns)`},
		{"a.ft", "__label__returns x\n__label__returns __label__nonsense x\n", "eval -model m -data FILE", exitFailed,
			`FILE:2: unknown label "nonsense" (known: billing, delivery, kündigung, log-in/2FA, praise:5*, returns); the model was not trained on it`},
		{"a.tsv", "returns,billing\tx\n", "eval -model m -data FILE", exitFailed,
			`FILE:1: unknown label "returns,billing" (known: billing, delivery, kündigung, log-in/2FA, praise:5*, returns); the model was not trained on it (--label-separator cuts a column into several labels)`},
		{"a.ft", two, "eval -model m -data FILE -positive returns", exitUsage, `--positive is for a model that gives a text one class; m gives it any number of labels`},
		{"a.ft", two, "eval -model m -data FILE -threshold 1.5", exitUsage, `--threshold is 1.5, want 0 to 1`},
		{"a.ft", two, "eval -model c -data FILE -threshold 0.4", exitUsage, `--label-separator and --threshold are for a model that gives a text any number of labels; c gives it one`},
		{"a.ft", two, "eval -model c -data FILE", exitFailed, `FILE:1: more than one label ("__label__b" follows "__label__a"); the model gives a text one`},
	} {
		data := file(t, row.name, row.text)
		names := strings.NewReplacer("FILE", data, "ONE", one, "MULTI", file(t, "b.ft", several), "model m", "model "+model, "model c", "model "+classes)
		o := fit(t, strings.Fields(names.Replace(row.args))...)
		want := strings.NewReplacer("FILE", data, "; m gives", "; "+model+" gives", "; c gives", "; "+classes+" gives").Replace("fit: " + row.want + "\n")
		if got := o.errors; o.code != row.code || !strings.HasPrefix(got, want) {
			t.Errorf("fit %s with %q: exit code %d, %q\nwant %d, %q", row.args, row.text, o.code, got, row.code, want)
		}
	}
}
