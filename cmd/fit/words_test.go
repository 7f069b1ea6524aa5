package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/nestnet/nestnet/data/bow"
)

// classFolders writes each line of a tsv file to a file of its own, in the folder of its
// class.
func classFolders(t *testing.T, tsv string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "mail")
	n := 0
	for line := range strings.Lines(read(t, tsv)) {
		label, text, _ := strings.Cut(line, "\t")
		path := filepath.Join(root, label, string(rune('a'+n/26%26))+string(rune('a'+n%26))+".txt")
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		n++
	}
	return root
}

// A folder for each class trains, tests and is labelled as the file does that has the
// same documents in the same order.
func TestFolderOfClasses(t *testing.T) {
	tsv := corpus(t, 120, "ham", "spam")
	root := classFolders(t, tsv)
	var sorted strings.Builder // as the folder is read
	for _, class := range []string{"ham", "spam"} {
		for line := range strings.Lines(read(t, tsv)) {
			if strings.HasPrefix(line, class+"\t") {
				sorted.WriteString(line)
			}
		}
	}
	same := file(t, "same.tsv", sorted.String())
	models := map[string]string{}
	for name, data := range map[string]string{"folder": root, "file": same} {
		model := file(t, "m", "")
		o := mustFit(t, small(data, "-model", model)...)
		if name == "folder" && !strings.Contains(o.out, "data      "+root+" (folder, a class in each folder of it; -format overrides)\n") {
			t.Errorf("the report does not say that it is a folder:\n%s", o.out)
		}
		models[name] = read(t, model)
	}
	if models["folder"] != models["file"] {
		t.Error("a folder and a file of the same documents give two models")
	}
	model := file(t, "m", models["file"])
	a, b := mustFit(t, "eval", "-model", model, "-data", root, "-q").out, mustFit(t, "eval", "-model", model, "-data", same, "-q").out
	if a != b {
		t.Errorf("eval of the folder\n%s, of the file\n%s", a, b)
	}
	if o := mustFit(t, "-data", same, "-test", root, "-epochs", "1"); !strings.Contains(o.out, "test part: 120 documents") {
		t.Errorf("a folder to test on:\n%s", o.out)
	}
	if lines := strings.Count(mustFit(t, "predict", "-model", model, root).out, "\n"); lines != 120 {
		t.Errorf("%d lines for 120 files", lines)
	}
	if err := os.WriteFile(filepath.Join(root, "README"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if o := mustFit(t, small(root)...); !strings.Contains(o.out, "          1 file beside the folders of the classes skipped\n") {
		t.Errorf("the file that belongs to no class is not counted:\n%s", o.out)
	}
	bad := filepath.Join(root, "spam", "zz")
	if err := os.WriteFile(bad, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	o := fit(t, small(root)...)
	if want := "fit: " + bad + ": no documents: the file is empty; take it away or fill it\n"; o.code != exitFailed || o.errors != want {
		t.Errorf("exit code %d, %s, want %s", o.code, o.errors, want)
	}
}

func TestZstd(t *testing.T) {
	tsv := corpus(t, 100, "ham", "spam")
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	packed := string(z.EncodeAll([]byte(read(t, tsv)), nil))
	want := trainedJSON(t, "-data", tsv, "-epochs", "2", "-q")
	if got := trainedJSON(t, "-data", file(t, "d.tsv.zst", packed), "-epochs", "2", "-q"); got.Test.Loss != want.Test.Loss {
		t.Errorf("test loss %v, want %v as from the plain file", got.Test.Loss, want.Test.Loss)
	}
	o := fitWith(t.Context(), strings.NewReader(packed), "-data", "-", "-epochs", "1")
	if o.code != exitOK || !strings.Contains(o.out, "data      stdin (tsv in zstd, by its first line; -format overrides)\n") {
		t.Errorf("exit code %d\n%s%s", o.code, o.out, o.errors)
	}
}

// Hashed words train, survive the model file and predict.
func TestHashedWords(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	for _, weighting := range weightings {
		model := file(t, "m", "")
		args := []string{"-data", data, "-layers", "8", "-learning-rate", "0.02", "-batch", "16", "-epochs", "12", "-patience", "0",
			"-valid-fraction", "0", "-hash-bits", "12", "-ngrams", "2", "-weighting", weighting, "-model", model}
		o := mustFit(t, args...)
		if want := "words     hashed into 4,096 columns, no dictionary (" + weighting + ")\n"; !strings.Contains(o.out, want) {
			t.Errorf("want %q in\n%s", want, o.out)
		}
		j := trainedJSON(t, append(args, "-q")...)
		if j.Test.Accuracy < 0.9 || j.Vocabulary != 4096 {
			t.Errorf("%s: accuracy %v, %d columns", weighting, j.Test.Accuracy, j.Vocabulary)
		}
		if o := mustFit(t, "eval", "-model", model, "-data", data, "-q"); !strings.HasPrefix(o.out, "test: 120 documents, accuracy 0.9") && !strings.HasPrefix(o.out, "test: 120 documents, accuracy 1") {
			t.Errorf("%s: eval writes\n%s", weighting, o.out)
		}
		o = fitWith(t.Context(), strings.NewReader("a1 a2 a3\nb1 b2 b3\n"), "predict", "-model", model)
		if lines := strings.Split(o.out, "\n"); o.code != exitOK || len(lines) != 3 || !strings.HasPrefix(lines[0], "ham\t") || !strings.HasPrefix(lines[1], "spam\t") {
			t.Errorf("%s: predict writes\n%s%s", weighting, o.out, o.errors)
		}
	}
}

func TestWordsLeftOut(t *testing.T) {
	data := file(t, "d.tsv", strings.Repeat("ham\tthe lunch, e.g. at noon\nspam\tthe prize is not free\n", 10))
	words := func(args ...string) int {
		return trainedJSON(t, append([]string{"-data", data, "-layers", "none", "-epochs", "1", "-q"}, args...)...).Vocabulary
	}
	list := file(t, "stop.txt", "the\ne.g.\n")
	for _, row := range []struct {
		args string
		want int
	}{
		{"", 10}, // the lunch e g at noon prize is not free
		{"-stop-words " + list, 7},
		{"-stop-words english", 7}, // without the, at, is
		{"-min-df 20", 0},
		{"-max-df 0.5", 9},
		{"-max-df 1.0", 10},
		{"-min-df 0.6 -max-df 1.0", 1},
	} {
		if row.want == 0 {
			if o := fit(t, append(strings.Fields(row.args), "-data", data)...); o.code != exitFailed || !strings.Contains(o.errors, bow.ErrNoWords.Error()) {
				t.Errorf("%s: exit code %d, %s", row.args, o.code, o.errors)
			}
		} else if got := words(strings.Fields(row.args)...); got != row.want {
			t.Errorf("%s: %d words, want %d", row.args, got, row.want)
		}
	}
}
