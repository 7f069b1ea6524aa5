package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPatterns trains on several files as on one.
func TestPatterns(t *testing.T) {
	whole := read(t, corpus(t, 120, "ham", "spam"))
	t.Chdir(t.TempDir())
	cut := strings.Index(whole[len(whole)/3:], "\n") + len(whole)/3 + 1
	first, second := whole[:cut], whole[cut:]
	for name, text := range map[string]string{
		"whole.tsv": whole, "part-1.tsv": first, "part-2.csv": "label,text\n" + strings.ReplaceAll(second, "\t", ","), "part-3.tsv": "\n\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"-layers", "8", "-batch", "16", "-epochs", "2", "-report", "page.html"}
	mustFit(t, append(args, "-data", "whole.tsv", "-test", "whole.tsv", "-model", "m")...)
	o := mustFit(t, append(args, "-data", "part-*", "-test", "part-?.*", "-model", "several")...)
	if read(t, "m") != read(t, "several") {
		t.Error("several files make another model than one with the same documents")
	}
	for _, want := range []string{
		"data      part-* (3 files: tsv, by its extension; -format overrides)\n",
		"test      part-?.* (3 files: tsv, by its extension; -format overrides)\n", "          2 blank lines skipped\n",
	} {
		if !strings.Contains(o.out, want) {
			t.Errorf("%q is missing:\n%s", want, o.out)
		}
	}
	// --data given several times reads the files in that order.
	args = append(args, "-data", "part-1.tsv", "-data", "part-[2-9]*", "-test", "whole.tsv", "-model", "listed")
	if o := mustFit(t, append(args, "-checkpoint", "c")...); read(t, "m") != read(t, "listed") || !strings.Contains(o.out, "data      part-1.tsv, part-[2-9]* (3 files: tsv, by its extension; -format overrides)\n") {
		t.Errorf("files named one by one make another model, or are called otherwise:\n%s", o.out)
	}
	list := "-data part-1.tsv -data part-[2-9]*"
	if ranks, _ := onRanks(t, 2, "-layers 8 -batch 8 -epochs 2 -test whole.tsv -model ranks "+list); ranks[0].code != exitOK || read(t, "m") != read(t, "ranks") {
		t.Errorf("two ranks make another model of files named one by one: %+v", ranks)
	}
	if ranks, _ := onRanks(t, 2, "eval -model m -q "+list); ranks[0] != mustFit(t, "eval", "-model", "m", "-data", "whole.tsv", "-q") {
		t.Errorf("two ranks say something else of files named one by one: %+v", ranks)
	}
	mustFit(t, "-resume", "c", "-model", "resumed", "-epochs", "3")
	mustFit(t, append(args[:6:6], "-epochs", "3", "-data", "whole.tsv", "-test", "whole.tsv", "-model", "longer")...)
	if read(t, "resumed") != read(t, "longer") {
		t.Error("a checkpoint does not go on with the files of --data")
	}
	if o := mustFit(t, "tune", "-budget", "2", "-epochs", "1", "-data", "part-1.tsv", "-data", "part-2.csv"); !strings.Contains(o.out, "--data part-1.tsv --data part-2.csv") {
		t.Errorf("fit tune does not say how to train on both files:\n%s", o.out)
	}
	one, several := mustFit(t, "eval", "-model", "m", "-data", "whole.tsv", "-q"), mustFit(t, "eval", "-model", "m", "-data", "part-*", "-q")
	if one.out != several.out {
		t.Errorf("fit eval of one file writes\n%s\nand of several\n%s", one.out, several.out)
	}
	if listed := mustFit(t, "eval", "-model", "m", "-data", "part-1.tsv", "-data", "part-2.csv", "-data", "part-3.tsv", "-q"); listed.out != one.out {
		t.Errorf("fit eval of files named one by one writes\n%s\nnot\n%s", listed.out, one.out)
	}
	if o := mustFit(t, "explain", "-model", "m", "-data", "part-*", "-q"); !strings.Contains(o.out, "part-1.tsv:1, label ") || !strings.Contains(o.out, "part-2.csv:2, label ") {
		t.Errorf("fit explain does not name file and line:\n%s", o.out)
	}
	if err := os.WriteFile("part-4.tsv", []byte("ham\ta\nbad\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ args, want string }{
		{"-data part-*", "fit: part-4.tsv:2: no tab between label and text\n"},
		{"-data none-*", "fit: none-*: no file has such a name\n"},
		{"-data part-1.tsv -data none.tsv", "fit: none.tsv: no such file or directory\n"},
		{"-data part-1.tsv -data -", "fit: --data - is standard input, which is not one of several files\n"},
		{"-data part-1.tsv -data part-2.csv -model part-2.csv", "fit: --model and --data are both part-2.csv\n"},
		{"-data part-1.tsv -data part-2.csv -input numbers", "fit: numbers are read from one file, --data names 2\n"},
		{"-data part-* -model part-1.tsv", "fit: --model and --data are both part-1.tsv\n"},
	} {
		if o := fit(t, strings.Fields(test.args)...); o.code == 0 || !strings.HasPrefix(o.errors, test.want) {
			t.Errorf("fit %s: %d, %s, want %s", test.args, o.code, o.errors, test.want)
		}
	}
	if left, _ := filepath.Glob("*.tmp"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
