package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Any number of ranks says what one process says, to the last digit, and writes the same
// files.
func TestEvalRanks(t *testing.T) {
	for _, classes := range [][]string{{"ham", "spam"}, {"sport", "health", "money", "art"}} {
		model := trained(t, corpus(t, 120, classes...))
		data := file(t, "test.tsv", "\n \n"+read(t, corpus(t, 3000, classes...))+"\n")
		folder := t.TempDir()
		args := fmt.Sprintf("eval -model %s -data %s -calibration -mistakes 5 -json -bootstrap 100 -positive %s -curves %s/c.csv -predictions %[4]s/p.jsonl",
			model, data, classes[1], folder)
		files := func() (all string) {
			for _, name := range []string{"c.csv", "p.jsonl"} {
				path := filepath.Join(folder, name)
				all += read(t, path)
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
			return all
		}
		want := mustFit(t, strings.Fields(args)...)
		written := files()
		for _, n := range []int{1, 2, 3, 14} { // 14: more than there are groups
			got, _ := onRanks(t, n, args)
			if got[0] != want {
				t.Errorf("%d classes, %d ranks: exit code %d\n%s%s, want\n%s%s", len(classes), n, got[0].code, got[0].out, got[0].errors, want.out, want.errors)
				continue
			}
			for r, o := range got[1:] {
				if o != (output{}) {
					t.Errorf("%d ranks: rank %d: %+v, want nothing", n, r+1, o)
				}
			}
			if files() != written {
				t.Errorf("%d classes, %d ranks: other files", len(classes), n)
			}
		}
	}
}

// So do those of a model for any number of labels, and the page is the same but for the
// time at its foot.
func TestEvalRanksLabels(t *testing.T) {
	model := trained(t, file(t, "train.txt", fastText(tickets(400))), "-task", "multilabel")
	data, page := file(t, "test.txt", fastText(tickets(2000))), filepath.Join(t.TempDir(), "page.html")
	args := "eval -model " + model + " -data " + data + " -json -report " + page
	want := mustFit(t, strings.Fields(args)...)
	pageOf := func() string {
		body, _, ok := strings.Cut(read(t, page), "<footer")
		if !ok {
			t.Fatal("the page has no foot")
		}
		return strings.ReplaceAll(body, " --mpi", "")
	}
	wanted := pageOf()
	for _, n := range []int{2, 3} {
		if got, _ := onRanks(t, n, args); got[0] != want {
			t.Errorf("%d ranks: exit code %d\n%s%s, want\n%s%s", n, got[0].code, got[0].out, got[0].errors, want.out, want.errors)
		}
		if pageOf() != wanted {
			t.Errorf("%d ranks: another page", n)
		}
	}
}

// What is wrong in the part of one rank ends all, and rank 0 says where.
func TestEvalRanksFail(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	test := file(t, "test.tsv", read(t, corpus(t, 600, "ham", "spam"))+"eggs\ta1 a2\n")
	many := file(t, "many.ft", strings.Repeat("__label__ham a b c\n", 600)+"__label__ham __label__spam a b c\n")
	for _, row := range []struct {
		args, want string
		code       int
	}{
		{"-model " + model + " -data " + test, "fit: rank 2: " + test + ":601: unknown label \"eggs\" (known: ham, spam); the model was not trained on it\n", exitFailed},
		{"-format fasttext -model " + model + " -data " + many, "fit: rank 2: " + many + ":601: more than one label (\"__label__spam\" follows \"__label__ham\"); the model gives a text one\n", exitFailed},
		{"-model " + model + " -data no", "fit: no: no such file or directory\n", exitFailed},
		{"-model no -data " + test, "fit: rank 0: no: no such file or directory\n", exitFailed},
		{"-model " + model + " -data -", "fit: --mpi needs a file, of which each rank reads a part", exitUsage},
	} {
		ranks, _ := onRanks(t, 3, "eval "+row.args)
		for r, o := range ranks {
			want := ""
			if r == 0 {
				want = row.want
			}
			if o.code != row.code || (r == 0) != (o.errors != "") || !strings.HasPrefix(o.errors, want) || r > 0 && o.out != "" {
				t.Errorf("%s: rank %d: %+v, want %s", row.args, r, o, want)
			}
		}
	}
}
