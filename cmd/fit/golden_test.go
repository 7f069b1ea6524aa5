package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// What differs from run to run, or from machine to machine: times, documents a second.
var (
	times  = regexp.MustCompile(`\b(\d+h)?(\d+m)?\d+(\.\d+)?(µs|ms|s)\b`)
	rests  = regexp.MustCompile(`remaining error \S+`) // of rounding, which kernels differ in
	sizes  = regexp.MustCompile(`, [\d,]+ bytes\n`)
	speeds = regexp.MustCompile(`[\d,]+ documents/s`)
)

// What a user reads, word for word. After a change of it, go test -update writes the
// files anew, for the difference to be looked at.
func TestGolden(t *testing.T) {
	two, five, one := corpus(t, 120, "ham", "spam"), corpus(t, 50, "ham", "spam"), noisy(t, 100)
	var long []string
	for i := range 15 {
		long = append(long, "talk.of.many."+strings.Repeat("things.", i%5+1)+string(rune('a'+i)))
	}
	many := corpus(t, 300, long...)
	golden, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	several := file(t, "tickets.ft", fastText(labelled(tickets(400))))
	t.Chdir(t.TempDir())
	for name, path := range map[string]string{"train.tsv": two, "test.tsv": five, "noisy.tsv": one, "many.tsv": many, "tickets.ft": several} {
		if err := os.Rename(path, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("texts.txt", []byte("a1 a2 a3\nb1 b2 b3\n\nunheard\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("strange.txt", []byte("a1 a2 a3\n\nb1 \xff b3\nunheard\tof\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, args string }{
		{"help", "-h"},
		{"help-eval", "eval -h"},
		{"help-predict", "predict -h"},
		{"help-explain", "explain -h"},
		{"help-inspect", "inspect -h"},
		{"train", "-data train.tsv -test test.tsv -layers 8 -learning-rate 0.02 -batch 16 -epochs 4 -model m"},
		{"train-patience", "-data noisy.tsv -layers 16,8 -activation tanh,relu -loss logistic -solver rmsprop -learning-rate 0.05 -epochs 40"},
		{"train-gorgonia", "-data train.tsv -layers none -engine gorgonia -solver sgd -batch 0 -epochs 3 -valid-fraction 0 -test-fraction 0 -dtype float64"},
		{"train-quiet", "-data train.tsv -layers 8 -learning-rate 0.02 -batch 16 -epochs 4 -quiet"},
		{"train-many-classes", "-data many.tsv -layers 16 -learning-rate 0.02 -batch 16 -epochs 1 -valid-fraction 0"},
		{"train-imbalance", "-data noisy.tsv -layers 8 -batch 16 -epochs 4 -schedule cosine -warmup 0.1 -class-weights balanced -label-smoothing 0.1"},
		{"cross-validate", "-data noisy.tsv -layers 8 -batch 16 -epochs 4 -cross-validate 5"},
		{"help-tune", "tune -h"},
		{"tune", "tune -data noisy.tsv -budget 6 -epochs 3 -layers none,8 -batch 16 -learning-rate 0.001:0.1 -model best -workers 2"},
		{"eval", "eval -model m -data test.tsv"},
		{"eval-quiet", "eval -model m -data test.tsv -quiet"},
		{"eval-all", "eval -model m -data noisy.tsv -mistakes 4 -calibration -positive ham -bootstrap 200 -seed 7"},
		{"predict", "predict -model m texts.txt"},
		{"explain", "explain -model m -data texts.txt -top 2"},
		{"explain-integrated", "explain -model m -method integrated -class spam a1 a2 b3 w1 w2 unheard"},
		{"inspect", "inspect -model m -top 5"},
		{"inspect-dot", "inspect -model m -dot - -part forward"},
		{"explain-global", "explain -model m -data train.tsv -global -top 3"},
		{"predict-all", "predict -model m strange.txt -top 2 -threshold 0.4 -probabilities -keep -header"},
		{"predict-jsonl", "predict -model m strange.txt -threshold 0.9 -below unsure -output jsonl"},
		{"train-labels", "-data tickets.ft -layers 16 -learning-rate 0.02 -batch 16 -epochs 5 -model t"},
		{"predict-labels", "predict -model t -text ordinary -text password -threshold 0.2 -output jsonl"},
		{"eval-labels", "eval -model t -data tickets.ft -threshold 0.3"},
	} {
		o := mustFit(t, strings.Fields(row.args)...)
		got := "$ fit " + row.args + "\n" + o.out
		if o.errors != "" {
			got += "\nstandard error:\n" + o.errors
		}
		got = sizes.ReplaceAllString(got, ", N bytes\n") // losses are written with all their digits
		got = times.ReplaceAllString(rests.ReplaceAllString(speeds.ReplaceAllString(got, "N documents/s"), "remaining error TINY"), "TIME")
		path := filepath.Join(golden, row.name+".golden")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if want := read(t, path); got != want {
			t.Errorf("%s: fit %s writes\n%s\nwant (go test -update accepts what is written)\n%s", row.name, row.args, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for _, test := range []struct {
		nanoseconds float64
		want        string
	}{
		{0, "0s"}, {400, "400ns"}, {1234, "1.23µs"}, {12345, "12.3µs"}, {123456, "123µs"}, {91.79e6, "91.8ms"},
		{999e6, "999ms"}, {1.919e9, "1.92s"}, {31.26e9, "31.3s"}, {100.4e9, "1m40s"}, {3725.6e9, "1h2m6s"},
	} {
		if got := short(time.Duration(test.nanoseconds)); got != test.want {
			t.Errorf("%v ns: %s, want %s", test.nanoseconds, got, test.want)
		}
	}
}

func TestLossText(t *testing.T) {
	for loss, want := range map[float64]string{0: "0.0000", 0.5: "0.5000", 12.34567: "12.3457", 0.001: "0.0010", 0.0000314: "3.1e-05"} {
		if got := lossText(loss); got != want {
			t.Errorf("%v: %s, want %s", loss, got, want)
		}
	}
}
