package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shortSearch is a search of less than a second.
func shortSearch(data string, args ...string) []string {
	return append([]string{"tune", "-data", data, "-budget", "9", "-epochs", "9", "-layers", "none,8,8x4",
		"-batch", "8,16", "-learning-rate", "0.001:0.3"}, args...)
}

// withoutSeconds is a search's object without what differs from run to run.
func withoutSeconds(t *testing.T, out string) string {
	t.Helper()
	j := decodeJSON[tuneJSON](t, out)
	j.Seconds.Read, j.Seconds.Search, j.Model = 0, 0, ""
	j.Command, _, _ = strings.Cut(j.Command, " --model ")
	for i := range j.Trials {
		j.Trials[i].Seconds = 0
	}
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A search is the same whatever the number of trials side by side, and its best model
// is, to the byte, what the command that it prints trains.
func TestTune(t *testing.T) {
	data := noisy(t, 200)
	folder := t.TempDir()
	model, results := filepath.Join(folder, "m"), filepath.Join(folder, "results")
	o := mustFit(t, shortSearch(data, "-json", "-model", model, "-results", results, "-workers", "1", "-class-weights", "balanced", "-seed", "3")...)
	j := decodeJSON[tuneJSON](t, o.out)
	if j.Stopped != "done" || len(j.Trials) != 9 || j.Trials[0].Trial != j.Best || j.Test.Documents != 40 || j.Model != model {
		t.Errorf("stopped %q, %d trials, best %d, tested %+v, model %q", j.Stopped, len(j.Trials), j.Best, j.Test, j.Model)
	}
	for _, workers := range []string{"2", "5"} {
		other := filepath.Join(folder, "m"+workers)
		again := mustFit(t, shortSearch(data, "-json", "-q", "-model", other, "-workers", workers, "-class-weights", "balanced", "-seed", "3")...)
		if got, want := withoutSeconds(t, again.out), withoutSeconds(t, o.out); got != want {
			t.Errorf("%s workers find\n%s\none\n%s", workers, got, want)
		}
		if read(t, other) != read(t, model) {
			t.Errorf("%s workers save another model", workers)
		}
	}
	if !strings.Contains(o.errors, "\nthis trains it again:\n  "+j.Command+"\n") {
		t.Errorf("the command %q is not in\n%s", j.Command, o.errors)
	}
	command := strings.Fields(j.Command)
	if len(command) < 8 || command[0] != "fit" || command[1] != "train" || !slices.Contains(command, "--class-weights") {
		t.Fatalf("command %q", command)
	}
	whole := read(t, model)
	if err := os.Remove(model); err != nil {
		t.Fatal(err)
	}
	trained := decodeJSON[trainJSON](t, mustFit(t, append(command[2:], "-json", "-q")...).out)
	if read(t, model) != whole {
		t.Error("the command trains another model")
	}
	if trained.Test.Loss != j.Test.Loss || trained.Valid.Loss != *j.Trials[0].Loss || trained.BestEpoch != j.Trials[0].BestEpoch {
		t.Errorf("the command comes to %+v, the search to %+v", trained, j.Trials[0])
	}
	// Ranked by loss, each trained as long as its rung says, each in the file once.
	epochs := map[int]int{}
	last := 0.0
	for _, tr := range j.Trials {
		if tr.Loss == nil || *tr.Loss < last {
			t.Errorf("loss %v after %v", tr.Loss, last)
			continue
		}
		last = *tr.Loss
		epochs[tr.Epochs]++
		if len(tr.Settings) < 4 || tr.Settings["layers"] == "none" != (tr.Settings["dropout"] == "") {
			t.Errorf("settings %v", tr.Settings)
		}
	}
	if epochs[1] != 6 || epochs[3] < 2 {
		t.Errorf("trials by epochs %v, want 6 of 1, 2 of 3 or more, and the best", epochs)
	}
	seen := map[int]bool{}
	for line := range strings.Lines(read(t, results)) {
		tr := decodeJSON[trialJSON](t, line)
		seen[tr.Trial] = true
		i := slices.IndexFunc(j.Trials, func(o trialJSON) bool { return o.Trial == tr.Trial })
		if fmt.Sprint(tr.Settings, *tr.Loss, tr.Ended) != fmt.Sprint(j.Trials[i].Settings, *j.Trials[i].Loss, j.Trials[i].Ended) {
			t.Errorf("--results has %+v, --json %+v", tr, j.Trials[i])
		}
	}
	if len(seen) != 9 {
		t.Errorf("--results has %d trials", len(seen))
	}
	mustFit(t, "eval", "-model", model, "-data", data, "-q")
}

// Without ranges the defaults of fit train are the first trial, so that the best is no
// worse than they are in as many epochs; a larger budget adds to the trials.
func TestTuneDefaults(t *testing.T) {
	data := noisy(t, 120)
	args := func(budget string) []string {
		return []string{"tune", "-data", data, "-budget", budget, "-epochs", "1", "-json", "-q"}
	}
	j := decodeJSON[tuneJSON](t, mustFit(t, args("4")...).out)
	train := trainedJSON(t, "-data", data, "-epochs", "1", "-q")
	first := j.Trials[slices.IndexFunc(j.Trials, func(tr trialJSON) bool { return tr.Trial == 1 })]
	if *first.Loss != train.Valid.Loss || *j.Trials[0].Loss > train.Valid.Loss {
		t.Errorf("the first trial has loss %v, the best %v, the defaults %v", *first.Loss, *j.Trials[0].Loss, train.Valid.Loss)
	}
	more := decodeJSON[tuneJSON](t, mustFit(t, args("6")...).out)
	for _, tr := range j.Trials {
		same := more.Trials[slices.IndexFunc(more.Trials, func(o trialJSON) bool { return o.Trial == tr.Trial })]
		if fmt.Sprint(same.Settings, *same.Loss) != fmt.Sprint(tr.Settings, *tr.Loss) {
			t.Errorf("trial %d of 6 is %+v, of 4 %+v", tr.Trial, same, tr)
		}
	}
	if other := decodeJSON[tuneJSON](t, mustFit(t, append(args("4"), "-seed", "9")...).out); fmt.Sprint(other.Trials[1].Settings) == fmt.Sprint(j.Trials[1].Settings) {
		t.Error("another seed draws the same")
	}
}

// Settings go with the solver that has them, and a range with few values ends the search.
func TestTuneSpace(t *testing.T) {
	data := corpus(t, 80, "ham", "spam")
	o := mustFit(t, "tune", "-data", data, "-budget", "50", "-epochs", "1", "-solver", "momentum,adamw,sgd", "-momentum", "0.5,0.8", "-weight-decay", "0.1",
		"-layers", "none", "-batch", "16", "-weighting", "presence", "-ngrams", "1", "-learning-rate", "0.01,0.02", "-schedule", "cosine", "-warmup", "0.1", "-json")
	j := decodeJSON[tuneJSON](t, o.out)
	// sgd and adamw with two rates each, momentum with two rates and two momenta.
	if len(j.Trials) != 8 || !strings.Contains(o.errors, "search    8 trials, seed 1\n          (the ranges have no more than these)\n") {
		t.Errorf("%d trials\n%s", len(j.Trials), o.errors)
	}
	for _, tr := range j.Trials {
		s := tr.Settings
		if (s["momentum"] != "") != (s["solver"] == "momentum") || (s["weight-decay"] != "") != (s["solver"] == "adamw") || s["schedule"] != "cosine" {
			t.Errorf("settings %v", s)
		}
	}
}

// A trial that diverges is lost; the search goes on.
func TestTuneDivergingTrials(t *testing.T) {
	data := corpus(t, 80, "ham", "spam")
	args := []string{"tune", "-data", data, "-budget", "6", "-epochs", "3", "-solver", "sgd", "-loss", "squared", "-layers", "8", "-batch", "16", "-json"}
	o := mustFit(t, append(args, "-learning-rate", "0.01,0.02,1e30")...)
	j := decodeJSON[tuneJSON](t, o.out)
	lost := 0
	for _, tr := range j.Trials {
		if tr.Ended == "lost" {
			lost++
			if tr.Loss != nil || tr.Settings["learning-rate"] != "1e30" {
				t.Errorf("lost: %+v", tr)
			}
		}
	}
	if lost == 0 || j.Trials[0].Loss == nil || j.Trials[len(j.Trials)-1].Loss != nil || !strings.Contains(o.errors, " diverged ") {
		t.Errorf("%d lost; want some, behind all others\n%s", lost, o.errors)
	}
	model := file(t, "m", "old model")
	o = fit(t, append(args, "-learning-rate", "1e30", "-model", model)...)
	if want := "fit: the trials that were not cut diverged (6 in all); give smaller learning rates with --learning-rate low:high\n"; o.code != exitFailed || !strings.HasSuffix(o.errors, want) {
		t.Errorf("exit code %d and\n%s, want 1 and\n%s", o.code, o.errors, want)
	}
	if read(t, model) != "old model" {
		t.Error("an older model was written over")
	}
}

// So is one whose dictionary is empty.
func TestTuneTrialsWithoutWords(t *testing.T) {
	j := decodeJSON[tuneJSON](t, mustFit(t, "tune", "-data", corpus(t, 80, "ham", "spam"), "-budget", "6", "-epochs", "1", "-min-count", "1,1000", "-json", "-q").out)
	lost := 0
	for _, tr := range j.Trials {
		if tr.Lost == "no words" && tr.Settings["min-count"] == "1000" {
			lost++
		}
	}
	if lost == 0 || lost == 6 || j.Trials[0].Lost != "" {
		t.Errorf("%d trials lost, the best is %+v", lost, j.Trials[0])
	}
}

// Ctrl-C: the best so far is reported, tested and saved, and its command trains it again.
func TestInterruptedSearch(t *testing.T) {
	data := noisy(t, 200)
	for _, row := range []struct {
		at, says string
		best     bool
	}{
		{"search    9 trials", "\ninterrupted\n", false},
		{"rung 1/3", "\ninterrupted\n\n   rank   trial ", true},
		{"rung 2/3", "\ninterrupted\n\n   rank   trial ", true},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		model := filepath.Join(t.TempDir(), "m")
		errors := &pressing{at: row.at, cancel: cancel}
		var out bytes.Buffer
		code := run(ctx, shortSearch(data, "-json", "-model", model), strings.NewReader(""), &out, errors)
		cancel()
		if code != exitInterrupted || !strings.Contains(errors.String(), row.says) || !strings.HasSuffix(errors.String(), "\nfit: interrupted\n") {
			t.Errorf("%s: exit code %d, want 130, %q and\n%s", row.at, code, row.says, errors.String())
		}
		if !row.best {
			only(t, filepath.Dir(model))
			continue
		}
		j := decodeJSON[tuneJSON](t, out.String())
		if j.Stopped != "interrupted" || j.Test == nil || j.Model != model {
			t.Errorf("%s: %+v", row.at, j)
		}
		whole := read(t, model)
		mustFit(t, append(strings.Fields(j.Command)[1:], "-q")...)
		if read(t, model) != whole {
			t.Errorf("%s: %s trains another model", row.at, j.Command)
		}
	}
}

// When the minutes are over, that is no failure.
func TestTuneMinutes(t *testing.T) {
	data := noisy(t, 200)
	o := fit(t, "tune", "-data", data, "-budget", "1", "-epochs", "100000000", "-patience", "0", "-learning-rate", "1e-9", "-minutes", "0.005", "-json")
	if o.code == exitFailed && strings.HasSuffix(o.errors, "fit: --minutes were over before a trial had finished an epoch\n") {
		t.Skip("the machine is too slow for an epoch of 144 documents in 0.3 seconds")
	}
	if o.code != exitOK || !strings.Contains(o.errors, "stopped after 0.005 minutes\n") {
		t.Fatalf("exit code %d\n%s", o.code, o.errors)
	}
	j := decodeJSON[tuneJSON](t, o.out)
	if j.Stopped != "minutes" || !strings.Contains(j.Command, fmt.Sprintf("--epochs %d", j.Trials[0].Epochs)) {
		t.Errorf("stopped %q, command %s after %d epochs", j.Stopped, j.Command, j.Trials[0].Epochs)
	}
}

func TestTuneStdin(t *testing.T) {
	text := read(t, corpus(t, 100, "ham", "spam"))
	o := fitWith(t.Context(), strings.NewReader(text), "tune", "-data", "-", "-budget", "3", "-epochs", "1", "-q", "-json")
	if o.code != exitOK || strings.Contains(o.out, "ngrams") {
		t.Errorf("exit code %d\n%s%s", o.code, o.out, o.errors)
	}
	// A test file is for the best only.
	test := corpus(t, 30, "ham", "spam")
	j := decodeJSON[tuneJSON](t, mustFit(t, "tune", "-data", file(t, "d.tsv", text), "-test", test, "-budget", "3", "-epochs", "1", "-q", "-json").out)
	if j.Test.Documents != 30 {
		t.Errorf("tested on %d documents", j.Test.Documents)
	}
	// None at all.
	o = mustFit(t, "tune", "-data", test, "-test-fraction", "0", "-budget", "2", "-epochs", "1", "-q")
	if !strings.Contains(o.out, "\nvalidation part: ") {
		t.Errorf("without a test part:\n%s", o.out)
	}
}

func TestBadTune(t *testing.T) {
	data := corpus(t, 40, "ham", "spam")
	names := strings.NewReplacer("DATA", data, "NUMBERS", clusters(t, 40))
	for _, row := range []struct {
		args, want string
		code       int
	}{
		{"-budget 0", "--budget is 0, want at least 1", exitUsage},
		{"-minutes -1", "--minutes is -1, want at least 0", exitUsage},
		{"-valid-fraction 0", "fit tune compares trials by their validation loss, so it needs a --valid-fraction above 0", exitUsage},
		{"-learning-rate 0.1:0.01 -dropout x", "--learning-rate: the range 0.1:0.01 is empty, want the smaller number first\nfit: --dropout: \"x\" is not a number; want low:high or values with commas between", exitUsage},
		{"-solver adm", `--solver: unknown "adm", want one of adam, `, exitUsage},
		{"-layers 64xx", `--layers "64,,": want sizes of 1 to 1000000 with commas between, such as 64,64, or none`, exitUsage},
		{"-dropout 0:1.5 -budget 40 -layers 8", "--dropout is 1", exitUsage},
		{"-data - -ngrams 1,2", "--data - can be read only once, so --ngrams must be one number", exitUsage},
		{"-results nowhere/r", "--results: there is no folder nowhere", exitFailed},
		{"-model nowhere/m", "--model: there is no folder nowhere", exitFailed},
		{"-test nowhere", "nowhere: no such file or directory", exitFailed},
		{"-data NUMBERS", "fit tune is for texts so far, and NUMBERS has numbers", exitUsage},
		{"-data NUMBERS -min-count 2", "fit tune is for texts so far, and NUMBERS has numbers", exitUsage},
		{"-format svmlight", "fit tune is for texts so far, and DATA has numbers", exitUsage},
		{"-task regression", "--task regression is for --input numbers; the label of a text is a class", exitUsage},
		{"-class-weights spma=3", `--class-weights: no class "spma" (the data has ham, spam)`, exitFailed},
		{"-valid-fraction 0.001", "too few documents for a validation part, by which trials are compared; raise --valid-fraction", exitFailed},
		{"-min-count 1000", "no trial has a word in its dictionary; give smaller numbers with --min-count", exitFailed},
		{"-engine gorgonia", "unknown flag --engine", exitUsage},
		{"what", `unexpected argument "what" (a file to train on is given with --data)`, exitUsage},
	} {
		args := append([]string{"tune", "-q", "-workers", "1", "-epochs", "1"}, strings.Fields(names.Replace(row.args))...)
		if !strings.Contains(row.args, "-data") {
			args = append(args, "-data", data)
		}
		o := fit(t, args...)
		if o.code != row.code || !strings.HasPrefix(o.errors, "fit: "+names.Replace(row.want)) {
			t.Errorf("fit tune %s: exit code %d, want %d, and\n%s, want\n%s", row.args, o.code, row.code, o.errors, row.want)
		}
	}
}

func TestShellWords(t *testing.T) {
	got := shellWords([]string{"--data", "my file.tsv", "--x", "", "it's", "a=1,b=2", "größe", "$HOME"})
	if want := `--data 'my file.tsv' --x '' 'it'\''s' a=1,b=2 größe '$HOME'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
