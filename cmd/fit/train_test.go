package main

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/solvers"
)

// Rates at which each solver learns the small corpus in few epochs.
var rates = map[string]string{
	"adam": "0.02", "adamw": "0.02", "lazyadam": "0.02", "rmsprop": "0.02", "adagrad": "0.2",
	"sgd": "0.5", "momentum": "0.1", "nesterov": "0.1",
}

// small is a training of less than a second on either engine.
func small(data string, args ...string) []string {
	return append([]string{"-data", data, "-max-words", "60", "-layers", "8", "-batch", "16", "-epochs", "12",
		"-valid-fraction", "0", "-test-fraction", "0.3", "-patience", "0"}, args...)
}

// Every choice that the flags offer trains a classifier that is far better than chance,
// and reports it in full.
func TestTrainEverything(t *testing.T) {
	two, three := corpus(t, 120, "ham", "spam"), corpus(t, 120, "art", "law", "tax")
	type row struct {
		name string
		args []string
		// what the object must say
		engine, solver, loss, activation string
	}
	var rows []row
	add := func(r row) {
		r.engine, r.solver = or(r.engine, "native"), or(r.solver, "adam")
		r.loss, r.activation = or(r.loss, "crossentropy"), or(r.activation, "relu")
		r.args = append(r.args, "-engine", r.engine, "-solver", r.solver, "-learning-rate", rates[r.solver],
			"-loss", r.loss, "-activation", r.activation)
		rows = append(rows, r)
	}
	for _, s := range solvers.Names() {
		add(row{name: "solver " + s, solver: s})
	}
	for _, s := range []string{"adam", "rmsprop", "momentum", "sgd"} {
		add(row{name: "solver " + s + " on gorgonia", solver: s, engine: "gorgonia"})
	}
	for _, name := range losses.Names() {
		l, err := losses.New(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, out := range l.Outputs() {
			if !slices.Contains(outputs, out) {
				continue // an output for numbers, not for classes
			}
			for _, engine := range []string{"native", "gorgonia"} {
				add(row{name: name + " of " + out + " on " + engine, loss: name, engine: engine, args: []string{"-output", out}})
			}
		}
	}
	for _, act := range graph.ActivationNames() {
		for _, engine := range []string{"native", "gorgonia"} {
			add(row{name: act + " on " + engine, activation: act, engine: engine})
		}
	}
	for _, init := range inits {
		add(row{name: "init " + init, args: []string{"-init", init}})
	}
	for _, w := range weightings {
		add(row{name: w, args: []string{"-weighting", w}})
	}
	for _, d := range []string{"float32", "float64"} {
		for _, engine := range []string{"native", "gorgonia"} {
			add(row{name: d + " on " + engine, engine: engine, args: []string{"-dtype", d}})
		}
	}
	add(row{name: "pairs of words", args: []string{"-ngrams", "2", "-max-words", "0", "-min-count", "2"}})
	add(row{name: "dropout", args: []string{"-dropout", "0.2"}})
	add(row{name: "l1, l2 and clip", args: []string{"-l1", "1e-5", "-l2", "1e-5", "-clip", "1"}})
	for _, engine := range []string{"native", "gorgonia"} {
		add(row{name: "no hidden layer on " + engine, engine: engine, args: []string{"-layers", "none"}})
		add(row{name: "functions one each on " + engine, engine: engine, activation: "relu,tanh", args: []string{"-layers", "8,8"}})
	}

	for _, corpus := range []struct {
		name, path string
		classes    []string
	}{
		{"two classes", two, []string{"ham", "spam"}},
		{"three classes", three, []string{"art", "law", "tax"}},
	} {
		for _, r := range rows {
			t.Run(corpus.name+"/"+r.name, func(t *testing.T) {
				t.Parallel()
				j := trainedJSON(t, small(corpus.path, append(r.args, "-q")...)...)
				if j.Engine != r.engine || j.Solver != r.solver || j.Loss != r.loss || j.Activation != r.activation {
					t.Errorf("trained %s, %s, %s, %s; want %s, %s, %s, %s", j.Engine, j.Solver, j.Loss, j.Activation,
						r.engine, r.solver, r.loss, r.activation)
				}
				if want := 1 - 0.5/float64(len(corpus.classes)); j.Test.Accuracy < want {
					t.Errorf("test accuracy %.3f, want %.3f", j.Test.Accuracy, want)
				}
				checkObject(t, j, corpus.classes)
			})
		}
	}
}

func or(s, standard string) string {
	if s == "" {
		return standard
	}
	return s
}

// checkObject checks what holds for the training of small, whatever the choices.
func checkObject(t *testing.T, j trainJSON, classes []string) {
	t.Helper()
	if !slices.Equal(j.Classes, classes) {
		t.Errorf("classes %q, want %q", j.Classes, classes)
	}
	if j.Vocabulary < 40 || j.Parameters < j.Vocabulary {
		t.Errorf("%d words, %d parameters", j.Vocabulary, j.Parameters)
	}
	// A hinge loss can get to exactly zero, where training is at its target.
	perfect := j.Loss == "hinge" && j.Stopped == "target-loss" && j.Epochs < 12
	if !perfect && (j.Epochs != 12 || j.Stopped != "epochs") || j.Steps != 6*j.Epochs || j.BestEpoch != 0 {
		t.Errorf("%d epochs, %d steps, stopped %q, best epoch %d; want 12, 72, epochs, none", j.Epochs, j.Steps, j.Stopped, j.BestEpoch)
	}
	if j.Valid != nil || j.Model != "" {
		t.Errorf("a validation part %+v or a model %q that was not asked for", j.Valid, j.Model)
	}
	if j.Train == nil || j.Train.Documents != 84 || j.Train.Accuracy < 0.8 || !(j.Train.Loss >= 0) {
		t.Errorf("train %+v", j.Train)
	}
	if j.Test == nil || j.Test.Documents != 36 || !(j.Test.Loss >= 0) || j.Test.MacroF1 < 0.7 || j.Test.MacroF1 > 1 {
		t.Fatalf("test %+v", j.Test)
	}
	if two := len(classes) == 2; two != (j.Test.ROCAUC != nil) || two && (*j.Test.ROCAUC < 0.8 || *j.Test.ROCAUC > 1) {
		t.Errorf("roc_auc %v with %d classes", j.Test.ROCAUC, len(classes))
	}
	support := 0
	for _, c := range classes {
		p, ok := j.Test.PerClass[c]
		if f1 := 2 * p.Precision * p.Recall / (p.Precision + p.Recall); !ok || math.Abs(p.F1-f1) > 1e-9 {
			t.Errorf("class %s: %+v, want an F1 of %v", c, p, f1)
		}
		support += p.Support
	}
	if support != j.Test.Documents || len(j.Test.PerClass) != len(classes) {
		t.Errorf("%d classes have %d documents in all", len(j.Test.PerClass), support)
	}
	if s := j.Seconds; s.Read <= 0 || s.Train <= 0 || s.Eval <= 0 || j.DocumentsPerSecond <= 0 {
		t.Errorf("seconds %+v, %v documents a second", s, j.DocumentsPerSecond)
	}
}

// The names in the object are those of the issue.
func TestJSONFields(t *testing.T) {
	model := file(t, "m", "")
	o := mustFit(t, "-data", corpus(t, 120, "ham", "spam"), "-layers", "8,4", "-epochs", "2", "-json", "-model", model)
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(o.out), &object); err != nil {
		t.Fatal(err)
	}
	want := []string{"activation", "best_epoch", "classes", "documents_per_second", "engine", "epochs", "layers", "loss", "model",
		"parameters", "seconds", "solver", "steps", "stopped", "test", "train", "valid", "vocabulary"}
	if got := keys(object); !slices.Equal(got, want) {
		t.Errorf("the fields are %q, want %q", got, want)
	}
	for part, want := range map[string][]string{
		"train":   {"accuracy", "documents", "loss"},
		"valid":   {"accuracy", "documents", "loss"},
		"test":    {"accuracy", "documents", "loss", "macro_f1", "per_class", "roc_auc"},
		"seconds": {"eval", "read", "train"},
	} {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(object[part], &fields); err != nil {
			t.Fatal(err)
		}
		if got := keys(fields); !slices.Equal(got, want) {
			t.Errorf("the fields of %s are %q, want %q", part, got, want)
		}
	}
	if got := string(object["layers"]); got != "[8,4]" {
		t.Errorf("layers %s, want the hidden sizes [8,4]", got)
	}
	var saved string
	if err := json.Unmarshal(object["model"], &saved); err != nil || saved != model {
		t.Errorf("model %q, want %q", saved, model)
	}
	// What is meant for eyes is on standard error, and nothing at all with --quiet.
	if !strings.Contains(o.errors, "confusion matrix") || !strings.Contains(o.errors, "epoch 2/2") {
		t.Errorf("standard error lacks the report:\n%s", o.errors)
	}
	if q := mustFit(t, "-json", "-quiet", "-layers", "none", "-epochs", "1"); q.errors != "" {
		t.Errorf("--quiet --json writes to standard error:\n%s", q.errors)
	}
}

func keys(m map[string]json.RawMessage) []string {
	var names []string
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

func TestQuiet(t *testing.T) {
	o := mustFit(t, "-data", corpus(t, 60, "ham", "spam"), "-epochs", "1", "-quiet")
	if !strings.HasPrefix(o.out, "test part: 12 documents, accuracy ") || !strings.Contains(o.out, "confusion matrix") || o.errors != "" {
		t.Errorf("--quiet writes\n%s%s", o.out, o.errors)
	}
}

// The default run is what the README begins with.
func TestDefaultRun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains on the whole sample")
	}
	j := trainedJSON(t, "-solver", "adam", "-q")
	if !slices.Equal(j.Layers, []int{64, 64, 64}) || !slices.Equal(j.Classes, []string{"ham", "spam"}) {
		t.Errorf("layers %v, classes %q", j.Layers, j.Classes)
	}
	// The README promises it for most seeds.
	for seed := 1; seed <= 5; seed++ {
		a := trainedJSON(t, "-solver", "adam", "-q", "-seed", strconv.Itoa(seed)).Test.Accuracy
		if a <= 0.9 || a >= 1 {
			t.Errorf("seed %d: test accuracy %v, want above 0.9 and below 1", seed, a)
		}
	}
	if j.Valid == nil || j.Train.Documents+j.Valid.Documents+j.Test.Documents < 600 {
		t.Errorf("train %+v, valid %+v, test %+v", j.Train, j.Valid, j.Test)
	}
}

func TestParts(t *testing.T) {
	data, test := corpus(t, 100, "ham", "spam"), corpus(t, 30, "ham", "spam")
	for _, row := range []struct {
		name, args         string
		train, valid, test int
	}{
		{"defaults", "", 72, 8, 20},
		{"no validation part", "-valid-fraction 0", 80, 0, 20},
		{"no test part", "-test-fraction 0", 90, 10, 0},
		{"neither", "-test-fraction 0 -valid-fraction 0", 100, 0, 0},
		{"a test file", "-test " + test, 90, 10, 30},
		{"a test file and no validation part", "-test " + test + " -valid-fraction 0", 100, 0, 30},
		{"half", "-test-fraction 0.5 -valid-fraction 0.2", 40, 10, 50},
		{"too few for a part", "-test-fraction 0.001 -valid-fraction 0.001", 100, 0, 0},
	} {
		o := mustFit(t, append(strings.Fields(row.args), "-data", data, "-epochs", "1", "-layers", "none", "-json")...)
		j := decodeJSON[trainJSON](t, o.out)
		documents := func(p *partJSON) int {
			if p == nil {
				return 0
			}
			return p.Documents
		}
		tested := 0
		if j.Test != nil {
			tested = j.Test.Documents
		}
		if documents(j.Train) != row.train || documents(j.Valid) != row.valid || tested != row.test {
			t.Errorf("%s: %d for training, %d for validation, %d for the test; want %d, %d, %d", row.name,
				documents(j.Train), documents(j.Valid), tested, row.train, row.valid, row.test)
		}
		title := "test part: "
		if row.test == 0 {
			if title = "validation part: "; row.valid == 0 {
				title = "training part: "
			}
		}
		if !strings.Contains(o.errors, "\n"+title) {
			t.Errorf("%s: want a report of the %s\n%s", row.name, title, o.errors)
		}
		if few := strings.Contains(o.errors, "too few documents for a validation part\n          too few documents for a test part"); few != (row.name == "too few for a part") {
			t.Errorf("%s: says that there are too few documents: %v", row.name, few)
		}
	}
}

func TestWhatEndsTraining(t *testing.T) {
	data := noisy(t, 100)
	for _, row := range []struct {
		name, args  string
		stopped     string
		epochs      func(n int) bool
		best, steps bool
		says        string
	}{
		{name: "epochs", args: "-epochs 3 -batch 20", stopped: "epochs", epochs: func(n int) bool { return n == 3 }, best: true, says: "\n3 epochs done\nthe weights kept are those of epoch 3, the best on the validation part\n"},
		{name: "one epoch", args: "-epochs 1 -valid-fraction 0", stopped: "epochs", epochs: func(n int) bool { return n == 1 }, says: "\n1 epoch done\nread in "},
		{name: "target loss", args: "-target-loss 0.3 -epochs 500 -learning-rate 0.02 -valid-fraction 0", stopped: "target-loss", epochs: func(n int) bool { return n > 1 && n < 100 }, says: "the training loss has reached its target\nread in "},
		{name: "patience", args: "-patience 3 -epochs 2000 -learning-rate 0.1", stopped: "patience", epochs: func(n int) bool { return n > 3 && n < 2000 }, best: true, says: "the validation loss no longer improves\nthe weights kept are those of epoch "},
		{name: "no patience", args: "-patience 0 -epochs 60 -learning-rate 0.3", stopped: "epochs", epochs: func(n int) bool { return n == 60 }, best: true, says: "\n60 epochs done\nthe weights kept are those of epoch "},
	} {
		log := file(t, "log", "")
		o := mustFit(t, append(strings.Fields(row.args), "-data", data, "-layers", "4", "-json", "-log", log)...)
		j := decodeJSON[trainJSON](t, o.out)
		if j.Stopped != row.stopped || !row.epochs(j.Epochs) {
			t.Errorf("%s: stopped by %q after %d epochs, want %q", row.name, j.Stopped, j.Epochs, row.stopped)
		}
		if (j.BestEpoch > 0) != row.best || j.BestEpoch > j.Epochs {
			t.Errorf("%s: best epoch %d of %d", row.name, j.BestEpoch, j.Epochs)
		}
		if !strings.Contains(o.errors, row.says) {
			t.Errorf("%s: want %q in\n%s", row.name, row.says, o.errors)
		}
		// The log has the course, a line an epoch.
		var lines []logLine
		for line := range strings.Lines(read(t, log)) {
			lines = append(lines, decodeJSON[logLine](t, line))
		}
		if len(lines) != j.Epochs {
			t.Fatalf("%s: %d lines of log for %d epochs", row.name, len(lines), j.Epochs)
		}
		lowest, last := 0, lines[len(lines)-1]
		for i, l := range lines {
			if l.Epoch != i+1 || !(l.Loss > 0) || i > 0 && (l.Steps <= lines[i-1].Steps || l.Seconds <= lines[i-1].Seconds) {
				t.Errorf("%s: line %d of the log is %+v", row.name, i+1, l)
			}
			if (l.ValidLoss != nil) != (j.Valid != nil) || (l.ValidAccuracy != nil) != (j.Valid != nil) {
				t.Fatalf("%s: line %d of the log: validation %v, %v", row.name, i+1, l.ValidLoss, l.ValidAccuracy)
			}
			if l.ValidLoss != nil && *l.ValidLoss < *lines[lowest].ValidLoss {
				lowest = i
			}
		}
		if last.Steps != j.Steps {
			t.Errorf("%s: the log ends at step %d, want %d", row.name, last.Steps, j.Steps)
		}
		if row.best {
			if j.BestEpoch != lowest+1 {
				t.Errorf("%s: best epoch %d, the log says %d", row.name, j.BestEpoch, lowest+1)
			}
			if j.Valid.Loss != *lines[lowest].ValidLoss {
				t.Errorf("%s: validation loss %v, that of the best epoch was %v", row.name, j.Valid.Loss, *lines[lowest].ValidLoss)
			}
		}
		switch row.stopped {
		case "patience":
			if j.Epochs != j.BestEpoch+3 {
				t.Errorf("stopped after %d epochs, the best being %d, want 3 epochs of patience", j.Epochs, j.BestEpoch)
			}
		case "target-loss":
			if last.Loss > 0.3 || lines[len(lines)-2].Loss <= 0.3 {
				t.Errorf("stopped at a loss of %v after %v, want the first at or below 0.3", last.Loss, lines[len(lines)-2].Loss)
			}
		}
	}
}

// With --batch 0 a step takes the whole training set.
func TestWholeSetAStep(t *testing.T) {
	for _, engine := range []string{"native", "gorgonia"} {
		o := mustFit(t, small(corpus(t, 120, "ham", "spam"), "-batch", "0", "-solver", "sgd", "-learning-rate", "1", "-epochs", "30", "-engine", engine, "-json")...)
		j := decodeJSON[trainJSON](t, o.out)
		if j.Steps != 30 || j.Epochs != 30 || j.Test.Accuracy < 0.75 {
			t.Errorf("%s: %d steps in %d epochs, accuracy %v", engine, j.Steps, j.Epochs, j.Test.Accuracy)
		}
		if !strings.Contains(o.errors, "the whole set a step, seed 1, engine "+engine+"\n") {
			t.Errorf("%s: the report does not say that a step takes the whole set", engine)
		}
	}
}

// Standard input does for either part, and a gzip file for all.
func TestDataFromStdinAndGzip(t *testing.T) {
	path := corpus(t, 100, "ham", "spam")
	text := read(t, path)
	want := trainedJSON(t, "-data", path, "-epochs", "2", "-q")
	packed := file(t, "corpus.tsv.gz", gzipped(t, text))
	for _, row := range []struct {
		name, stdin, data string
	}{
		{"plain", text, "-"}, {"gzip", gzipped(t, text), "-"}, {"gzip file", "", packed},
	} {
		o := fitWith(t.Context(), strings.NewReader(row.stdin), "-data", row.data, "-epochs", "2", "-q", "-json")
		if o.code != exitOK {
			t.Fatalf("%s: %s", row.name, o.errors)
		}
		if got := decodeJSON[trainJSON](t, o.out); got.Test.Loss != want.Test.Loss {
			t.Errorf("%s: test loss %v, want %v as from the file", row.name, got.Test.Loss, want.Test.Loss)
		}
	}
	o := fitWith(t.Context(), strings.NewReader(text), "-data", path, "-test", "-", "-epochs", "1")
	if o.code != exitOK || !strings.Contains(o.out, "test      stdin (tsv, by its first line; -format overrides)\n") {
		t.Errorf("-test -: exit code %d\n%s%s", o.code, o.out, o.errors)
	}
}

// Documents without a known word and blank lines are allowed, and counted.
func TestCounts(t *testing.T) {
	data := file(t, "d.tsv", read(t, corpus(t, 60, "ham", "spam"))+"\n \nham\t...\nspam\t!!!\n")
	test := file(t, "t.tsv", "ham\tunheard\n\nspam\tb1 b2\n")
	o := mustFit(t, "-data", data, "-test", test, "-valid-fraction", "0", "-epochs", "1")
	for _, want := range []string{
		"          2 blank lines skipped\n          62 documents: ham 31, spam 31\n",
		"\ntest      " + test + " (tsv, by its extension; -format overrides)\n          1 blank line skipped\n",
		"          2 of the training documents have no word of the dictionary\n",
		"          1 of the test documents has no word of the dictionary\n",
	} {
		if !strings.Contains(o.out, want) {
			t.Errorf("want %q in\n%s", want, o.out)
		}
	}
}
