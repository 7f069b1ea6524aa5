package main

import (
	"math"
	"strings"
	"testing"
)

// skewed is a corpus with six times as many documents of ham.
func skewed(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	i := 0
	for line := range strings.Lines(read(t, noisy(t, 400))) {
		if i++; strings.HasPrefix(line, "ham") || i%6 == 0 {
			b.WriteString(line)
		}
	}
	return file(t, "skewed.tsv", b.String())
}

func TestClassWeights(t *testing.T) {
	data := skewed(t)
	args := []string{"-data", data, "-layers", "none", "-epochs", "20", "-learning-rate", "0.02", "-patience", "0", "-valid-fraction", "0"}
	plain := trainedJSON(t, append(args, "-q")...)
	o := mustFit(t, append(args, "-class-weights", "balanced", "-json")...)
	j := decodeJSON[trainJSON](t, o.out)
	if plain.ClassWeights != nil || plain.Test.PerClass["spam"].Recall+0.1 > j.Test.PerClass["spam"].Recall {
		t.Errorf("recall of the rare class %v, balanced %v; want it to rise by 0.1", plain.Test.PerClass["spam"].Recall, j.Test.PerClass["spam"].Recall)
	}
	// n/(k·n_c), of the training part.
	ham, spam := j.ClassWeights["ham"], j.ClassWeights["spam"]
	if n := float64(j.Train.Documents); math.Abs(n/(2*ham)+n/(2*spam)-n) > 1e-9 || spam < 3*ham {
		t.Errorf("weights %v of %v documents", j.ClassWeights, n)
	}
	if !strings.Contains(o.errors, "\nclass weights ham 0.") {
		t.Errorf("the weights are not in\n%s", o.errors)
	}
	j = trainedJSON(t, append(args, "-class-weights", "spam=5", "-q", "-engine", "gorgonia", "-max-words", "30")...)
	if j.ClassWeights["spam"] != 5 || j.ClassWeights["ham"] != 1 {
		t.Errorf("weights %v", j.ClassWeights)
	}
	for _, row := range []struct {
		weights, want string
		code          int
	}{
		{"sapm=2", "--class-weights: no class \"sapm\" (the data has ham, spam)", exitFailed},
		{"ham=0,spam=0", "--class-weights: no class weighs more than 0", exitFailed},
		{"even", "--class-weights \"even\": want balanced, or classes with their weights, such as ham=1,spam=5", exitUsage},
		{"ham=x,spam=-1", "--class-weights ham: the weight \"x\" is not a number of at least 0\nfit: --class-weights spam: the weight \"-1\" is not", exitUsage},
		{"ham=1,ham=2", "--class-weights names \"ham\" twice", exitUsage},
	} {
		if o := fit(t, append(args, "-class-weights", row.weights)...); o.code != row.code || !strings.HasPrefix(o.errors, "fit: "+row.want) {
			t.Errorf("%s: exit code %d and\n%s, want\n%s", row.weights, o.code, o.errors, row.want)
		}
	}
}

func TestLabelSmoothing(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	for _, row := range []string{"", "-loss binary-crossentropy", "-engine gorgonia"} {
		loss := func(smoothing string) (train, shown float64) {
			log := file(t, "log", "")
			j := trainedJSON(t, small(data, append(strings.Fields(row), "-epochs", "40", "-learning-rate", "0.02", "-label-smoothing", smoothing, "-q", "-log", log)...)...)
			lines := strings.Split(strings.TrimSpace(read(t, log)), "\n")
			return j.Train.Loss, decodeJSON[logLine](t, lines[len(lines)-1]+"\n").Loss
		}
		sharp, sharpShown := loss("0")
		smooth, smoothShown := loss("0.2")
		// With s = 0.2 and two classes the training loss cannot get below −0.9·ln 0.9 −
		// 0.1·ln 0.1 = 0.325, where the plain loss is −ln 0.9 = 0.105.
		if sharp > 0.02 || sharpShown > 0.02 || smooth < 0.05 || smooth > 0.16 || smoothShown < 0.325 || smoothShown > 0.36 {
			t.Errorf("%s: loss %v (training says %v), smoothed %v (training says %v)", row, sharp, sharpShown, smooth, smoothShown)
		}
	}
}

func TestSchedules(t *testing.T) {
	data := noisy(t, 120)
	args := []string{"-data", data, "-layers", "8", "-batch", "16", "-epochs", "8", "-patience", "0", "-learning-rate", "0.05"}
	seen := map[string]string{}
	for _, row := range []struct{ args, says string }{
		{"-schedule constant", ""},
		{"-schedule step -schedule-every 2 -schedule-factor 0.5", "\nschedule step (times 0.5 after 2 epochs)\n"},
		{"-schedule linear -warmup 5", "\nschedule linear, warm-up 5 steps\n"},
		{"-schedule cosine -schedule-min 0.1 -warmup 0.1", "\nschedule cosine, warm-up 0.1 of all steps, at least 0.1\n"},
		{"-schedule plateau -schedule-factor 0.2", "\nschedule plateau (times 0.2 after 1 epoch without improvement)\n"},
		{"-warmup 0.5", "\nschedule constant, warm-up 0.5 of all steps\n"},
	} {
		o := mustFit(t, append(args, append(strings.Fields(row.args), "-json")...)...)
		j := decodeJSON[trainJSON](t, o.out)
		if row.says == "" != (j.Schedule == nil) || !strings.Contains(o.errors, row.says) {
			t.Errorf("%s: schedule %v, want %q in\n%s", row.args, j.Schedule, row.says, o.errors)
		}
		_, last, _ := strings.Cut(o.errors, "\nepoch 8/8   ")
		last, _, _ = strings.Cut(last, ", accuracy")
		if other, ok := seen[last]; ok {
			t.Errorf("%s and %s train the same: %s", row.args, other, last)
		}
		seen[last] = row.args
	}
	for _, row := range []struct{ args, want string }{
		{"-schedule cosin", `--schedule: unknown schedule "cosin", want one of constant, step, cosine, plateau, linear`},
		{"-schedule cosine -engine gorgonia", "--schedule and --warmup need --engine native: Gorgonia's own solvers cannot change their learning rate"},
		{"-warmup 3 -engine gorgonia", "--schedule and --warmup need --engine native"},
		{"-schedule plateau -valid-fraction 0", "--schedule plateau follows the validation loss, so it needs a --valid-fraction above 0"},
		{"-schedule plateau -schedule-every 2 -patience 2", "--schedule plateau would not come to act: it waits for 2 epochs without improvement, and --patience 2 stops training by then; give --patience 3 or more, or 0"},
		{"-schedule cosine -schedule-every 2", "--schedule-every and --schedule-factor are for step and plateau"},
		{"-schedule step -schedule-factor 0", "--schedule-factor is 0, want a number above 0"},
		{"-schedule step -schedule-every 0", "--schedule-every is 0, want at least 1 epoch"},
		{"-warmup 1.5", "--warmup is 1.5, want a number of steps, or a share of all steps below 1"},
		{"-schedule-min 2", "--schedule-min is 2, want 0 to 1"},
		{"-label-smoothing 1", "--label-smoothing is 1, want at least 0 and below 1"},
		{"-label-smoothing 0.1 -loss hinge", "--label-smoothing does not go with --loss hinge, whose answers are no probabilities; it takes crossentropy or binary-crossentropy"},
		{"-cross-validate 1", "--cross-validate is 1, want at least 2"},
		{"-cross-validate 0", "--cross-validate is 0, want at least 2"},
		{"-cross-validate 3 -test x", "--cross-validate tests on each part of --data in turn, --test on another file; give one"},
		{"-cross-validate 3 -test-fraction 0.1", "--cross-validate and --test-fraction are two ways to say what to test on; give one"},
	} {
		if o := fit(t, append(args[:8:8], strings.Fields(row.args)...)...); o.code != exitUsage || !strings.HasPrefix(o.errors, "fit: "+row.want) {
			t.Errorf("fit %s: exit code %d and\n%s, want\n%s", row.args, o.code, o.errors, row.want)
		}
	}
	// What needs the data is found once it is read.
	for _, row := range []struct{ args, want string }{
		{"-warmup 1000 -schedule linear", "the warm-up of 1000 steps takes the whole training, which has 48"},
		{"-cross-validate 500", "--cross-validate 500: there are only 120 documents"},
	} {
		if o := fit(t, append(args, strings.Fields(row.args)...)...); o.code != exitFailed || !strings.HasPrefix(o.errors, "fit: "+row.want) {
			t.Errorf("fit %s: exit code %d and\n%s, want\n%s", row.args, o.code, o.errors, row.want)
		}
	}
}
