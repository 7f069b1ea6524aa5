package main

import (
	"slices"
	"strings"
	"testing"
)

func TestRewriteFlags(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-solver adam", "train --solver adam"},
		{"--solver adam", "train --solver adam"},
		{"-solver=adam", "train --solver=adam"},
		{"--solver=adam", "train --solver=adam"},
		{"train -solver adam", "train --solver adam"},
		{"-q -json", "train -q --json"},
		{"-json=false -q=true", "train --json=false -q=true"},
		{"-h", "train -h"},
		{"-help", "train --help"},
		{"-qh", "train -qh"},
		{"help", "train -h"},
		{"help eval", "eval -h"},
		// What follows a flag with a value is the value.
		{"-learning-rate -1", "train --learning-rate -1"},
		{"-data -solver -test --json", "train --data -solver --test --json"},
		{"-data - -q", "train --data - -q"},
		{"-data=-x -epochs 1", "train --data=-x --epochs 1"},
		{"-data", "train --data"},
		// A mistake is reported as such, not as a row of letters.
		{"-slover adam", "train --slover adam"},
		{"-quite", "train --quite"},
		{"-x", "train -x"},
		{"eval -model m -data -", "eval --model m --data -"},
		{"predict -model m -- -solver", "predict --model m -- -solver"},
		{"predict -model m -", "predict --model m -"},
		{"nonsense -solver adam", "nonsense --solver adam"},
	} {
		root := rootCommand(streams{})
		got := strings.Join(rewriteFlags(root, withCommand(root, strings.Fields(test.args))), " ")
		if got != test.want {
			t.Errorf("fit %s becomes %q, want %q", test.args, got, test.want)
		}
	}
}

// All ways to write a flag do the same.
func TestFlagForms(t *testing.T) {
	data := corpus(t, 40, "ham", "spam")
	var want trainJSON
	for i, args := range []string{
		"train --data FILE --solver sgd --epochs 1 --quiet --json",
		"--data FILE --solver sgd --epochs 1 --quiet --json",
		"-data FILE -solver sgd -epochs 1 -q -json",
		"-data=FILE -solver=sgd -epochs=1 -quiet -json",
		"--data=FILE --solver=sgd --epochs=1 -q=true --json=true",
		"-epochs 1 -q -json -solver sgd -data FILE",
	} {
		o := mustFit(t, strings.Fields(strings.ReplaceAll(args, "FILE", data))...)
		if o.errors != "" {
			t.Errorf("fit %s writes to standard error:\n%s", args, o.errors)
		}
		got := decodeJSON[trainJSON](t, o.out)
		if got.Solver != "sgd" || got.Epochs != 1 {
			t.Errorf("fit %s: solver %s, %d epochs", args, got.Solver, got.Epochs)
		}
		if i == 0 {
			want = got
		}
		if got.Test.Loss != want.Test.Loss {
			t.Errorf("fit %s: loss %v, want %v", args, got.Test.Loss, want.Test.Loss)
		}
	}
}

// What is wrong with a command line is said in full, with exit code 2, before any data
// is read.
func TestWrongUsage(t *testing.T) {
	model := file(t, "m", "")
	for _, test := range []struct{ args, want string }{
		{"-slover adam", "unknown flag --slover; the nearest known one is --solver"},
		{"-solvr=adam", "unknown flag --solvr; the nearest known one is --solver"},
		{"--lr 1", "unknown flag --lr; the nearest known one is --learning-rate"},
		{"--batch-size 1", "unknown flag --batch-size; the nearest known one is --batch"},
		{"-quite", "unknown flag --quite; the nearest known one is --quiet"},
		{"-x", "unknown flag -x"},
		{"--version", "unknown flag --version"},
		{"-solver", "flag needs an argument: --solver"},
		{"-epochs ten", `invalid argument "ten" for "--epochs" flag: must be an integer`},
		{"-seed -1", `invalid argument "-1" for "--seed" flag: must be a non-negative integer`},
		{"traim", `unknown command "traim"; the nearest known one is train`},
		{"mail.tsv -q", `unknown command "mail.tsv", want train, eval, predict, tune, explain or inspect (a file to train on is given with --data)`},
		{"help mail", `unknown command "mail", want train, eval, predict, tune, explain or inspect (a file to train on is given with --data)`},
		{"train mail.tsv", `unexpected argument "mail.tsv" (a file to train on is given with --data)`},
		{"-model m eval", `unexpected argument "eval"; the command comes first, as in fit eval`},

		{"-format xml", `--format: unknown "xml", want one of auto, tsv, csv, jsonl, fasttext, folder, svmlight`},
		{"-weighting bm25", `--weighting: unknown "bm25", want one of presence, count, tfidf`},
		{"-activation selu", `--activation: unknown "selu", want one of linear, relu, leakyrelu, elu, sigmoid, tanh, softplus, gelu, swish`},
		{"-output relu", `--output: unknown "relu", want one of auto, softmax, sigmoid, tanh, linear`},
		{"-loss mse", `--loss: unknown "mse", want one of auto, squared, logistic, binary-crossentropy, crossentropy, hinge, huber`},
		{"-init zero", `--init: unknown "zero", want one of auto, glorot, he, normal, uniform`},
		{"-solver lbfgs", `--solver: unknown "lbfgs", want one of adam, rmsprop, momentum, nesterov, sgd, adagrad, adamw, lazyadam`},
		{"-engine gpu", `--engine: unknown "gpu", want one of native, gorgonia`},
		{"-dtype int", `--dtype: unknown "int", want one of float32, float64`},
		{"-activation relu,tanh", "--activation names 2 functions for 3 hidden layers, want one or one each"},

		{"-layers 64,0", `--layers "64,0": want sizes of 1 to 1000000 with commas between, such as 64,64, or none`},
		{"-layers -1", `--layers "-1": want sizes of 1 to 1000000 with commas between, such as 64,64, or none`},
		{"-layers 10000000000", `--layers "10000000000": want sizes of 1 to 1000000 with commas between, such as 64,64, or none`},
		{"-layers 64;64", `--layers "64;64": want sizes of 1 to 1000000 with commas between, such as 64,64, or none`},
		{"-test-fraction 1", "--test-fraction is 1, want at least 0 and below 1"},
		{"-valid-fraction -0.1", "--valid-fraction is -0.1, want at least 0 and below 1"},
		{"-dropout NaN", "--dropout is NaN, want at least 0 and below 1"},
		{"-max-words -1", "--max-words is -1, want at least 0"},
		{"-min-count 0", "--min-count is 0, want at least 1"},
		{"-ngrams 0", "--ngrams is 0, want 1 to 16"},
		{"-ngrams 17", "--ngrams is 17, want 1 to 16"},
		{"-batch -1", "--batch is -1, want at least 0"},
		{"-epochs 0", "--epochs is 0, want at least 1"},
		{"-patience -1", "--patience is -1, want at least 0"},
		{"-epochs 0 -batch -2", "--batch is -2, want at least 0\nfit: --epochs is 0, want at least 1"},
		{"-target-loss -1", "--target-loss is -1, want at least 0"},
		{"-learning-rate 0", "--learning-rate is 0, want a number above 0"},
		{"-learning-rate -0.0", "--learning-rate is 0, want a number above 0"},
		{"-learning-rate -1", "adam: learning rate is -1, want a finite number that is not negative"},
		{"-beta1 1", "adam: beta1 is 1, want at least 0 and below 1"},
		{"-l1 NaN", "adam: l1 is NaN, want a finite number that is not negative"},
		{"-momentum 0.9", "adam has no setting momentum"},

		{"-loss squared -output softmax", "--loss squared does not go with --output softmax; it takes sigmoid, tanh, linear"},
		{"-loss crossentropy -output sigmoid", "--loss crossentropy does not go with --output sigmoid; it takes softmax"},
		{"-loss binary-crossentropy -output tanh", "--loss binary-crossentropy does not go with --output tanh; it takes sigmoid"},
		{"-engine gorgonia -solver nesterov", "engine gorgonia cannot step with nesterov: Gorgonia has no Nesterov momentum; it has adam, rmsprop, momentum and sgd"},
		{"-engine gorgonia -solver adagrad", "engine gorgonia cannot step with adagrad: stock AdaGrad ignores every option, the learning rate too; it has adam, rmsprop, momentum and sgd"},
		{"-engine gorgonia -solver adamw", "engine gorgonia cannot step with adamw: stock AdamW updates a temporary and never changes the weights; it has adam, rmsprop, momentum and sgd"},

		{"-test a.tsv -test-fraction 0.1", "--test and --test-fraction are two ways to say what to test on; give one"},
		{"-data - -test -", "--data and --test cannot both be standard input"},
		{"-text-column 2", "--format, --label-column, --label-separator and --text-column are for a file, which --data names"},
		{"-data MODEL -model MODEL", "--model and --data are both MODEL"},
		{"-test MODEL -log MODEL", "--log and --test are both MODEL"},
		{"-log MODEL -model MODEL", "--log and --model are both MODEL"},
		{"-log new -model ./new", "--log and --model are both new"},

		{"eval", "fit eval needs --model and --data"},
		{"eval -model MODEL", "fit eval needs --model and --data"},
		{"eval -model MODEL -data x y", `unexpected argument "y" (a file to test on is given with --data)`},
		{"eval -solver adam", "unknown flag --solver"},
		{"eval -format xml", `--format: unknown "xml", want one of auto, tsv, csv, jsonl, fasttext, folder, svmlight`},
		{"-hash-bits 25", "--hash-bits is 25, want 0 to 24"},
		{"-hash-bits 18 -min-df 2", "--min-df is for a dictionary, and --hash-bits makes none"},
		{"-min-df 0", `--min-df is "0", want a number of documents from 1, or a share of them above 0 and up to 1.0`},
		{"-max-df 1.5", `--max-df is "1.5", want a number of documents from 1, or a share of them above 0 and up to 1.0`},
		{"eval -model MODEL -data x -bootstrap -1 -mistakes -1", "--bootstrap is -1, want at least 0\nfit: --mistakes is -1, want at least 0"},
		{"eval -model MODEL -data x -bootstrap 99", "--bootstrap is 99, want at least 100, or 0 for no intervals"},
		{"eval -model MODEL -data x -curves MODEL", "--curves and --model are both MODEL"},
		{"eval -model MODEL -data x -curves c.csv -predictions ./c.csv", "--curves and --predictions are both c.csv"},
		{"predict", "fit predict needs --model"},
		{"inspect", "fit inspect needs --model"},
		{"inspect m", `unexpected argument "m" (the model is given with --model)`},
		{"inspect -model MODEL -part forward", "--part is for --dot and --svg"},
		{"inspect -model MODEL -dot - -json", "--dot - and --json are two things for standard output; give one"},
		{"inspect -model MODEL -part loss -top -1", "--top is -1, want at least 0\nfit: --part: unknown \"loss\", want one of both, forward, gradient"},
		{"inspect -model MODEL -svg MODEL", "--svg and --model are both MODEL"},
		{"explain a1", "fit explain needs --model"},
		{"explain -model MODEL -data x y", "--data and a text are two ways to say what to explain; give one"},
		{"explain -model MODEL -global", "--global needs --data, a file of texts"},
		{"explain -model MODEL a1 -steps 5", "--steps is for --method integrated"},
		{"explain -model MODEL a1 -text-column 2", "--format, --label-column, --label-separator and --text-column are for a file, which --data names"},
		{"explain -model MODEL a1 -label-separator ,", "--format, --label-column, --label-separator and --text-column are for a file, which --data names"},
		{"explain -model MODEL -method lime -output odds -steps 0 -top -1", `--method: unknown "lime", want one of gradient, integrated` +
			"\nfit: --output: unknown \"odds\", want one of logit, probability\nfit: --steps is 0, want 1 to 10000\nfit: --top is -1, want at least 0"},
		{"explain -model MODEL a1 -html MODEL", "--html and --model are both MODEL"},
		{"predict -model MODEL a b", "fit predict takes one file, got 2 (a text stands in quotes behind --text)"},
		{"predict -model MODEL -top 0 -threshold 1.5 -output csv", "--output: unknown \"csv\", want one of tsv, jsonl\nfit: --top is 0, want at least 1\nfit: --threshold is 1.5, want 0 to 1"},
		{"predict -model MODEL -threshold NaN", "--threshold is NaN, want 0 to 1"},
		{"predict -model MODEL -below x", "--below needs --threshold"},
		{"predict -model MODEL -header -output jsonl", "--header is for tsv; jsonl names everything on each line"},
	} {
		args := strings.ReplaceAll(test.args, "MODEL", model)
		help := "fit -h"
		if c := strings.Fields(args)[0]; c == "eval" || c == "predict" || c == "explain" || c == "inspect" {
			help = "fit " + c + " -h"
		}
		want := "fit: " + strings.ReplaceAll(test.want, "MODEL", model) + "\nRun '" + help + "' for the flags and commands.\n"
		o := fit(t, strings.Fields(args)...)
		if o.code != exitUsage || o.errors != want || o.out != "" {
			t.Errorf("fit %s: exit code %d, want 2, and\n%s%s, want\n%s", test.args, o.code, o.out, o.errors, want)
		}
	}
	if read(t, model) != "" {
		t.Error("a wrong command line has written to a file")
	}
}

// Every flag of the issue is in the help, in the guide's order, with its default.
func TestHelpNamesEveryFlag(t *testing.T) {
	defaults := []struct{ flag, text string }{
		{"data", "(default the embedded sample)"}, {"format", "(default auto)"},
		{"label-column", "(default label, 1)"}, {"text-column", "(default text, 2)"}, {"test", ""},
		{"test-fraction", "(default 0.2)"}, {"valid-fraction", "(default 0.1)"},
		{"max-words", "(default 25762)"}, {"min-count", "(default 1)"}, {"ngrams", "(default 1)"},
		{"weighting", "(default presence)"}, {"stop-words", ""},
		{"layers", "(default 64,64,64)"}, {"activation", "(default relu)"}, {"output", "(default auto)"},
		{"init", "(default auto)"}, {"dropout", "(default 0)"},
		{"loss", "(default auto)"},
		{"solver", "(default adam)"},
		{"learning-rate", "(default adam 0.001, rmsprop 0.001, momentum 0.01, nesterov 0.01, sgd 0.1, adagrad 0.01, adamw 0.001, lazyadam 0.001)"},
		{"momentum", "(default 0.9)"}, {"rho", "(default 0.9)"}, {"beta1", "(default 0.9)"}, {"beta2", "(default 0.999)"},
		{"epsilon", "(default 1e-8; adagrad 1e-10)"}, {"weight-decay", "(default 0.01)"},
		{"l1", "(default 0)"}, {"l2", "(default 0)"}, {"clip", "(default 0)"},
		{"batch", "(default 64)"}, {"epochs", "(default 10)"}, {"target-loss", "(default 0)"},
		{"patience", "(default 2)"}, {"seed", "(default 1)"}, {"engine", "(default native)"}, {"dtype", "(default float32)"},
		{"model", ""}, {"json", ""}, {"quiet", ""}, {"log", ""},
	}
	help := mustFit(t, "-h").out
	rest := help
	for i, d := range defaults {
		at := strings.Index(rest, "--"+d.flag)
		for at >= 0 && !strings.HasSuffix(rest[:at], "\n      ") && !strings.HasSuffix(rest[:at], ", ") {
			next := strings.Index(rest[at+1:], "--"+d.flag)
			if next < 0 {
				at = -1
				break
			}
			at += 1 + next
		}
		if at < 0 {
			t.Errorf("--%s is missing, or not in its place", d.flag)
			continue
		}
		rest = rest[at:]
		entry := rest
		if i+1 < len(defaults) {
			if end := strings.Index(entry[1:], " --"+defaults[i+1].flag); end >= 0 {
				entry = entry[:end+1]
			}
		}
		if entry = strings.Join(strings.Fields(entry), " "); !strings.Contains(entry, d.text) {
			t.Errorf("--%s: want %q in %q", d.flag, d.text, entry)
		}
	}
	for line := range strings.Lines(help) {
		if len([]rune(line)) > helpWidth+1 {
			t.Errorf("a line of the help is wider than %d: %q", helpWidth, line)
		}
	}
	var titles []string
	for line := range strings.Lines(help) {
		if strings.HasSuffix(line, ":\n") && !strings.HasPrefix(line, " ") {
			titles = append(titles, strings.TrimSuffix(line, ":\n"))
		}
	}
	if want := []string{"Usage", "Examples", "Data", "Network", "Loss", "Training", "Output", "Help"}; !slices.Equal(titles[:len(want)], want) {
		t.Errorf("the parts of the help are %q, want %q", titles, want)
	}
	for _, args := range []string{"train -h", "-help", "--help", "help", "help train", "nonsense -h", "-q -h"} {
		if o := mustFit(t, strings.Fields(args)...); o.out != help || o.errors != "" {
			t.Errorf("fit %s is not the help of fit -h", args)
		}
	}
}
