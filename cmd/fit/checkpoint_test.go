package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// interruptedRun trains with a checkpoint until the text is to be written to standard
// error, as Ctrl-C would end it there, and returns the checkpoint.
func interruptedRun(t *testing.T, at string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	path := filepath.Join(t.TempDir(), "run.ckpt")
	errors := &pressing{at: at, cancel: cancel}
	var out strings.Builder
	code := run(ctx, append(args, "-checkpoint", path, "-json"), strings.NewReader(""), &out, errors)
	if code != exitInterrupted || !strings.Contains(errors.String(), "\ncheckpoint written to "+path+"; fit -resume "+path+" goes on\n") {
		t.Fatalf("exit code %d, want 130 and a checkpoint\n%s", code, errors.String())
	}
	return path
}

// Ctrl-C writes a checkpoint, and --resume needs nothing else to come to the same end.
func TestResume(t *testing.T) {
	data := noisy(t, 200)
	for _, row := range []struct{ name, args string }{
		{"best weights", "-layers 8,4 -batch 16 -epochs 12 -learning-rate 0.01 -dropout 0.1"},
		{"plateau", "-layers 4 -batch 16 -epochs 12 -learning-rate 0.1 -schedule plateau -patience 5"},
		{"whole set", "-layers none -batch 0 -epochs 12 -solver nesterov -valid-fraction 0 -test-fraction 0"},
		{"tf-idf, pairs", "-layers 4 -epochs 12 -weighting tfidf -ngrams 2 -loss logistic"},
		{"hashed words", "-layers 4 -epochs 12 -hash-bits 8 -class-weights balanced -label-smoothing 0.1 -schedule linear -warmup 0.1"},
	} {
		folder := t.TempDir()
		want, got, log := filepath.Join(folder, "want"), filepath.Join(folder, "got"), filepath.Join(folder, "log")
		args := append(strings.Fields(row.args), "-data", data)
		whole := trainedJSON(t, append(args, "-model", want)...)
		path := interruptedRun(t, "epoch  3/", append(args, "-model", got, "-log", log)...)
		j := trainedJSON(t, "-resume", path)
		if read(t, got) != read(t, want) {
			t.Errorf("%s: another model", row.name)
		}
		if j.Epochs != whole.Epochs || j.BestEpoch != whole.BestEpoch || j.Steps != whole.Steps || j.Stopped != whole.Stopped {
			t.Errorf("%s: %+v, want %+v", row.name, j, whole)
		}
		if lines := strings.Count(read(t, log), "\n"); lines != whole.Epochs {
			t.Errorf("%s: %d lines of log for %d epochs", row.name, lines, whole.Epochs)
		}
		// Once more, from the end, with the same end.
		if again := trainedJSON(t, "-resume", path); again.Test != nil && again.Test.Loss != whole.Test.Loss || again.Epochs != whole.Epochs {
			t.Errorf("%s: resumed from the end: %+v, want %+v", row.name, again, whole)
		}
	}
}

// What decides over the result must be as it was; the message says what is not.
func TestResumeRefuses(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	path := interruptedRun(t, "epoch 2/", "-data", data, "-layers", "8", "-batch", "16", "-epochs", "5", "-schedule", "cosine")
	good := read(t, path)
	text := read(t, data)
	lines := strings.SplitAfter(text, "\n")
	swapped := strings.Join(append([]string{lines[2], lines[1], lines[0]}, lines[3:]...), "")
	elsewhere := file(t, "elsewhere.tsv", text)
	model := trained(t, data)
	for _, row := range []struct {
		args string
		code int
		want string
	}{
		{"-batch 32", exitUsage, "the checkpoint was made with --batch 16, this run has --batch 32"},
		{"-layers 8,8 -seed 2", exitUsage, "with --layers 8, this run has --layers 8,8; leave the flag out to go on with what it was\nfit: " + path + ": the checkpoint was made with --seed 1, this run has --seed 2"},
		{"-solver sgd", exitUsage, "with --solver adam, this run has --solver sgd"},
		{"-ngrams 2", exitUsage, "with --ngrams 1, this run has --ngrams 2"},
		{"-class-weights balanced", exitUsage, "with no --class-weights, this run has --class-weights balanced"},
		{"-epochs 6", exitFailed, "--resume: the checkpoint was made with the schedule cosine over 30 steps, 6 an epoch, this is cosine over 36 steps"},
		{"-data " + file(t, "x.tsv", text+"ham\ta1\n"), exitFailed, "the checkpoint was made with 86 training documents, these are 87"},
		{"-data " + file(t, "x.tsv", strings.Replace(text, "a1 ", "z1 ", 1)), exitFailed, "the checkpoint was made with another dictionary"},
		{"-data " + file(t, "x.tsv", swapped), exitFailed, "with other documents, or in another order, than those of "},
		{"-data " + file(t, "x.tsv", strings.ReplaceAll(text, "ham\t", "good\t")), exitFailed, "with the classes ham, spam, "},
		{"-stop-words " + file(t, "stop", "w1 w2"), exitFailed, "the checkpoint was made with other stop words: 0, these are 2"},
		{"-cache disk -cache-bytes 1000", exitFailed, "with all documents in memory, in this run they are on disk"},
		{"-engine gorgonia", exitUsage, "with --engine native, this run has --engine gorgonia"},
		{"-resume " + model, exitFailed, model + ": this is a model, not a checkpoint"},
		{"-resume " + file(t, "damaged", good[:len(good)/2]), exitFailed, "damaged: not a checkpoint, or a damaged one: byte "},
		{"-resume " + file(t, "no", ""), exitFailed, "no: not a checkpoint, or a damaged one: byte 0: file of 0 bytes"},
		{"-resume nothing", exitFailed, "--resume: nothing: no such file or directory"},
	} {
		args := append([]string{"-resume", path}, strings.Fields(row.args)...)
		if o := fit(t, args...); o.code != row.code || !strings.Contains(o.errors, row.want) {
			t.Errorf("fit -resume FILE %s: exit code %d, want %d and %q\n%s", row.args, o.code, row.code, row.want, o.errors)
		}
		if read(t, path) != good {
			t.Fatalf("%s: the checkpoint is another one", row.args)
		}
	}
	// Whoever begins anew is told what becomes of it.
	copied := file(t, "copied", good)
	if o := mustFit(t, "-data", data, "-layers", "8", "-epochs", "1", "-checkpoint", copied); !strings.Contains(o.out, "\n"+copied+" is replaced by checkpoints of this run; fit -resume "+copied+" would go on with it\n") {
		t.Errorf("nothing is said of the old checkpoint in\n%s", o.out)
	}
	// The same text in another place is the same.
	mustFit(t, "-resume", path, "-data", elsewhere, "-workers", "2", "-patience", "0")
}

func TestCheckpointFlags(t *testing.T) {
	data := corpus(t, 60, "ham", "spam")
	for _, row := range []struct {
		args string
		code int
		want string
	}{
		{"-checkpoint-every 5", exitUsage, "--checkpoint-every is for --checkpoint"},
		{"-checkpoint c -checkpoint-every 0", exitUsage, `--checkpoint-every "0": want a number of steps such as 1000, a time such as 30s or 10m, or 1epoch`},
		{"-checkpoint c -checkpoint-every -1s", exitUsage, `--checkpoint-every "-1s"`},
		{"-checkpoint c -checkpoint-every 0epoch", exitUsage, `--checkpoint-every "0epoch"`},
		{"-checkpoint c -engine gorgonia", exitUsage, "need --engine native"},
		{"-checkpoint c -cross-validate 3", exitUsage, "--cross-validate does several"},
		{"-checkpoint c -model c", exitUsage, "--checkpoint and --model are both c"},
		{"-checkpoint c -log c", exitUsage, "--log and --checkpoint are both c"},
		{"-checkpoint " + data, exitUsage, "--checkpoint and --data are both "},
		{"-checkpoint x/y/c", exitFailed, "--checkpoint: there is no folder x/y"},
		{"-checkpoint .", exitFailed, "--checkpoint: . is a folder"},
	} {
		t.Chdir(t.TempDir())
		if o := fit(t, append(strings.Fields(row.args), "-data", data)...); o.code != row.code || !strings.Contains(o.errors, row.want) {
			t.Errorf("fit %s: exit code %d, want %d and %q\n%s", row.args, o.code, row.code, row.want, o.errors)
		}
		only(t, ".")
	}
	for every, want := range map[string]often{"1000": {steps: 1000}, "1epoch": {epochs: 1}, "3epochs": {epochs: 3}, "1m30s": {time: 90e9}} {
		if got, err := parseOften(every); err != nil || got != want {
			t.Errorf("%s is %+v, %v; want %+v", every, got, err, want)
		}
	}
}

// A folder in which nothing can be written is found out before training.
func TestCheckpointInReadOnlyFolder(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o555); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Create(filepath.Join(folder, "probe")); err == nil {
		f.Close()
		t.Skip("This user may write to any folder.")
	}
	if o := fit(t, "-checkpoint", filepath.Join(folder, "c")); o.code != exitFailed || !strings.Contains(o.errors, "--checkpoint: cannot write to folder "+folder+": permission denied") {
		t.Errorf("exit code %d\n%s", o.code, o.errors)
	}
}

// A disk that is full: training goes on to its end and saves the model where there is room,
// the last good checkpoint stays, and the exit code says that something went wrong.
func TestFullDisk(t *testing.T) {
	fit := program(t)
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("There is no shell here to limit the size of a file.")
	}
	folder := t.TempDir()
	path, model := filepath.Join(folder, "c"), filepath.Join(folder, "m")
	args := []string{"-data", corpus(t, 300, "ham", "spam"), "-layers", "64", "-batch", "16", "-patience", "0", "-epochs"}
	if b, err := exec.Command(fit, append(args, "1", "-checkpoint", path)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	good := read(t, path)
	// The model has a quarter of a checkpoint's numbers, so it fits a limit between.
	limit := len(good) * 3 / 8 / 512
	c := exec.Command("sh", "-c", `ulimit -f "$0" && exec "$@"`, strconv.Itoa(limit), fit, "-resume", path, "-model", model, "-epochs", "3")
	var out, errors strings.Builder
	c.Stdout, c.Stderr = &out, &errors
	c.Run()
	if code := c.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit code %d, want 1", code)
	}
	warning := "fit: --checkpoint: " + path + ": file too large"
	if !strings.Contains(errors.String(), warning+"; training goes on, the last good checkpoint stays\n") || !strings.HasSuffix(errors.String(), warning+"\n") {
		t.Errorf("standard error:\n%s", errors.String())
	}
	if !strings.Contains(out.String(), "\n3 epochs done\n") || !strings.Contains(out.String(), "\nmodel saved to "+model+"\n") || strings.Contains(out.String(), "checkpoint written") {
		t.Errorf("standard output:\n%s", out.String())
	}
	if read(t, path) != good {
		t.Error("the last good checkpoint is not as it was")
	}
	only(t, folder, "c", "m")
	mustFit(t, "eval", "-model", model, "-data", args[1])
}
