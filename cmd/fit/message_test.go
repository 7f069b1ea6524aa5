package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMessage(t *testing.T) {
	for _, test := range []struct{ err, want string }{
		{"feedforward: the loss became NaN", "the loss became NaN"},
		{"feedforward: feedforward: twice", "twice"},
		{"m: bow: vocabulary: cut off", "m: vocabulary: cut off"},
		{"x.tsv: bow: corpus: only one class", "x.tsv: only one class"},
		{"losses: a\nsolvers: b", "a\nb"},
		{`x.tsv:1: unknown label "bow: corpus: x"`, `x.tsv:1: unknown label "bow: corpus: x"`},
		{"graph:1: no tab", "graph:1: no tab"},
		{`bow: ReaderOptions.TextColumn is "0"`, `--text-column is "0"`},
	} {
		if got := message(errors.New(test.err)); got != test.want {
			t.Errorf("%q becomes %q, want %q", test.err, got, test.want)
		}
	}
}

// What is wrong in the data is said at its place, with exit code 1, and nothing is
// left behind.
func TestBadInput(t *testing.T) {
	good := "ham\ta1\nspam\tb1\nham\ta2\nspam\tb2\n"
	const utf8 = "not valid UTF-8 (convert the text first, for example with iconv)"
	for _, row := range []struct {
		name    string
		file    string // of the data; FILE in args and want
		content string
		args    string
		want    string
	}{
		{"empty", "d.tsv", "", "-data FILE", "FILE: no documents"},
		{"blank lines only", "d.tsv", "\n \n", "-data FILE", "FILE: no documents"},
		{"no tab", "d.tsv", good + "hello\n", "-data FILE", "FILE:5: no tab between label and text"},
		{"no label", "d.tsv", good + "\thello\n", "-data FILE", "FILE:5: empty label"},
		{"one class", "d.tsv", "ham\ta\nham\tb\n", "-data FILE", `FILE: only one class: all 2 documents are "ham"`},
		{"no words", "d.tsv", "ham\t.\nspam\t!\n", "-data FILE", "FILE: no words: none occurs 1 times or more in the 2 documents"},
		{"rare words", "d.tsv", good, "-data FILE -min-count 5", "FILE: no words: none occurs 5 times or more in the 4 documents"},
		{"bytes", "d.tsv", good + "ham\t\xff\xfe\n", "-data FILE", "FILE:5: " + utf8},
		{"long line", "d.tsv", good + "ham\t" + strings.Repeat("a", 16<<20) + "\n", "-data FILE", "FILE:5: line too long: more than 16777216 bytes"},
		{"cut gzip", "d.tsv.gz", gzipped(t, strings.Repeat(good, 99))[:60], "-data FILE", "FILE:397: gzip data is cut off: unexpected EOF"},
		{"damaged gzip", "d.tsv.gz", gzipped(t, good)[:10] + "\xff\xff\xff\xff", "-data FILE", "FILE:1: gzip data is damaged: flate: corrupt input before offset 1"},
		{"no gzip", "d.tsv.gz", good, "-data FILE", "FILE: not gzip data, although the name ends in .gz"},
		{"csv without the columns", "d.csv", "a,b,c\n1,2,3\n", "-data FILE", `FILE:1: no such column: "label"; the header has "a", "b", "c"`},
		{"csv without the named column", "d.csv", "label,text\nham,a\n", "-data FILE -text-column body", `FILE:1: no such column: "body"; the header has "label", "text"`},
		{"csv with an open quote", "d.csv", "label,text\nham,\"a\n", "-data FILE", `FILE:2: extraneous or missing " in quoted-field (csv: a field with " in it stands in quotes, with "" for each ")`},
		{"csv with a short record", "d.csv", "label,text\nham\n", "-data FILE", "FILE:2: record has 1 columns, the header has 2"},
		{"json", "d.jsonl", `{"label":"ham","text":"a"}` + "\n" + `{"label":` + "\n", "-data FILE", "FILE:2: not a JSON object: unexpected end of JSON input, at byte 9"},
		{"json without text", "d.jsonl", `{"label":"ham"}` + "\n", "-data FILE", `FILE:1: no such column: "text"; the object has "label"`},
		{"fasttext", "d.txt", "__label__ham a\nb\n", "-data FILE", "FILE:2: no label: no word starts with __label__"},
		{"column of a tsv file", "d.tsv", good, "-data FILE -text-column body", `--text-column is "body"; a tsv file has no header, so give the number of the column, counted from 1`},
		{"one column for both", "d.tsv", good, "-data FILE -label-column 2", "label and text cannot both be column 2; give --label-column and --text-column"},
		{"column that is not there", "d.tsv", good, "-data FILE -text-column 3", "FILE:1: no such column: the line has no column 3"},
		{"columns of fasttext", "d.txt", "__label__ham a\n", "-data FILE -text-column 2", "--label-column and --text-column must be empty for fasttext, which has no columns"},

		{"unknown label", "t.tsv", "ham\ta1\nsapm\tb1\n", "-data GOOD -test FILE", `FILE:2: unknown label "sapm" (known: ham, spam)`},
		{"empty test file", "t.tsv", "", "-data GOOD -test FILE", "FILE: no documents"},
		{"bytes in the test file", "t.tsv", "ham\t\xff\n", "-data GOOD -test FILE", "FILE:1: " + utf8},
		{"stop words", "s.txt", "the\n--\n", "-data GOOD -stop-words FILE", `FILE: --stop-words: "--" has no letters or digits, so it is no word; take it out`},
		{"frequent words", "d.tsv", good, "-data FILE -min-df 3 -max-df 0.9", "FILE: no words: none occurs 1 times or more in the 4 documents, and in 3 to 3.6 of them"},
		{"cut zstd", "d.tsv.zst", "\x28\xb5\x2f\xfd\x04", "-data FILE", "FILE:1: zstd data is cut off: unexpected EOF"},
		{"no zstd", "d.tsv.zst", good, "-data FILE", "FILE: not zstd data, although the name ends in .zst"},
		{"no folder", "d.tsv", good, "-data FILE -format folder", "FILE is a file, want a folder with a folder for each class"},
		{"NaN", "d.tsv", good, "-data FILE -solver sgd -learning-rate 1e30 -loss squared", "the loss became NaN in epoch 2, step 2; try a smaller learning rate (it was 1e+30)"},
		{"infinite", "d.tsv", good, "-data FILE -solver sgd -learning-rate 1e15 -loss squared -layers none -valid-fraction 0 -dtype float32", "the loss became +Inf in epoch 3, step 3; try a smaller learning rate (it was 1e+15)"},
		{"NaN after the last step", "d.tsv", good, "-data FILE -solver sgd -learning-rate 1e30 -epochs 1 -valid-fraction 0 -json", "the loss became NaN in epoch 1, step 1; try a smaller learning rate (it was 1e+30)"},

		{"missing", "", "", "-data nowhere/d.tsv", "nowhere/d.tsv: no such file or directory"},
		{"missing test file", "", "", "-data GOOD -test nowhere/d.tsv", "nowhere/d.tsv: no such file or directory"},
		{"missing stop words", "", "", "-data GOOD -stop-words nowhere", "--stop-words: nowhere: no such file or directory"},
		{"folder of stop words", "", "", "-stop-words .", "--stop-words: .: is a directory"},
	} {
		t.Run(row.name, func(t *testing.T) {
			names := strings.NewReplacer("FILE", file(t, row.file+"x"[:1-min(1, len(row.file))], row.content), "GOOD", file(t, "good.tsv", good))
			folder := t.TempDir()
			args := append(strings.Fields(names.Replace(row.args)), "-model", filepath.Join(folder, "m"), "-q")
			o := fit(t, args...)
			if want := "fit: " + names.Replace(row.want) + "\n"; o.code != exitFailed || o.errors != want || o.out != "" {
				t.Errorf("exit code %d, want 1, and\n%s%s, want\n%s", o.code, o.out, o.errors, want)
			}
			only(t, folder)
		})
	}
}

// Where a file cannot be written, that is said before the data is read.
func TestNoPlaceToWrite(t *testing.T) {
	folder := t.TempDir()
	for _, row := range []struct{ args, want string }{
		{"-model nowhere/m", "--model: there is no folder nowhere"},
		{"-log nowhere/deep/log", "--log: there is no folder nowhere/deep"},
		{"-model FOLDER", "--model: FOLDER is a folder"},
		{"-log FOLDER", "--log: FOLDER is a folder"},
		{"-model " + os.DevNull, "--model: " + os.DevNull + " is not a regular file"},
		{"-model FOLDER -log nowhere/log", "--model: FOLDER is a folder\nfit: --log: there is no folder nowhere"},
	} {
		args := append(strings.Fields(strings.ReplaceAll(row.args, "FOLDER", folder)), "-data", "not-read")
		o := fit(t, args...)
		if want := "fit: " + strings.ReplaceAll(row.want, "FOLDER", folder) + "\n"; o.code != exitFailed || o.errors != want || o.out != "" {
			t.Errorf("fit %s: exit code %d, want 1, and\n%s%s, want\n%s", row.args, o.code, o.out, o.errors, want)
		}
	}
	only(t, folder)
}

// A folder that takes no file is found before the training too.
func TestFolderWithoutPermission(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o555); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Create(filepath.Join(folder, "m")); err == nil {
		f.Close()
		t.Skip("permissions do not hold for this user")
	}
	o := fit(t, "-model", filepath.Join(folder, "m"), "-data", "not-read")
	if want := "fit: --model: cannot write to folder " + folder + ": permission denied\n"; o.code != exitFailed || o.errors != want {
		t.Errorf("exit code %d and\n%s, want\n%s", o.code, o.errors, want)
	}
}

// A failed training leaves an older model, and an older log, as they were.
func TestFailureKeepsTheOldModel(t *testing.T) {
	model, log := file(t, "m", "old model"), file(t, "log", "old log")
	if o := fit(t, "-data", file(t, "d.tsv", "ham\ta\nham\tb\n"), "-model", model, "-log", log); o.code != exitFailed {
		t.Fatalf("exit code %d", o.code)
	}
	o := fit(t, "-layers", "none", "-loss", "squared", "-solver", "sgd", "-learning-rate", "1e30", "-model", model)
	if o.code != exitFailed || !strings.Contains(o.errors, "smaller learning rate") {
		t.Fatalf("exit code %d\n%s", o.code, o.errors)
	}
	if read(t, model) != "old model" || read(t, log) != "old log" {
		t.Error("a failed training has written over a file")
	}
	only(t, filepath.Dir(model), "m")
}

// A log that cannot be written is an error, but the model is there.
func TestFullLog(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip("no " + full)
	}
	data, model := corpus(t, 60, "ham", "spam"), filepath.Join(t.TempDir(), "m")
	o := fit(t, "-data", data, "-epochs", "2", "-log", full, "-model", model, "-q")
	if o.code != exitFailed || o.errors != "fit: --log: /dev/full: no space left on device\n" || !strings.HasPrefix(o.out, "test part: ") {
		t.Errorf("exit code %d and\n%s%s", o.code, o.out, o.errors)
	}
	mustFit(t, "eval", "-model", model, "-data", data, "-q")
}

func TestBadModel(t *testing.T) {
	data := corpus(t, 60, "ham", "spam")
	good := read(t, trained(t, data))
	header := int(binary.LittleEndian.Uint64([]byte(good[:8])))
	replaced := func(from, to string) string {
		if len(from) != len(to) || !strings.Contains(good, from) {
			t.Fatalf("the model has no %q", from)
		}
		return strings.Replace(good, from, to, 1)
	}
	version := `"nestnet.version":"1"`
	text := "ham\tthis is a text and not a model\n"
	for _, row := range []struct{ name, content, want string }{
		{"text", text, fmt.Sprintf("MODEL: not a model, or a damaged one: byte 0: header of %d bytes, want at most 100000000", binary.LittleEndian.Uint64([]byte(text)))},
		{"empty", "", "MODEL: not a model, or a damaged one: byte 0: file of 0 bytes, too short for the header's length"},
		{"cut in the header", good[:100], fmt.Sprintf("MODEL: not a model, or a damaged one: byte 0: header of %d bytes in a file of 100", header)},
		{"cut in the weights", good[:len(good)-4], "MODEL: not a model, or a damaged one: byte "},
		{"damaged header", good[:20] + "\xff" + good[21:], "MODEL: not a model, or a damaged one: byte 20: header is not UTF-8"},
		{"of another program", "\x02\x00\x00\x00\x00\x00\x00\x00{}", "MODEL: this safetensors file is not a model of Nestnet (it has no nestnet.version)"},
		{"of a newer version", replaced(version, `"nestnet.version":"9"`), "MODEL: model version 9 is newer than this program knows (1): update Nestnet, or save the model with the older one"},
		{"folder", "", "FOLDER: not a regular file"},
		{"missing", "", "nowhere: no such file or directory"},
	} {
		model := file(t, "m", row.content)
		switch row.name {
		case "folder":
			model = filepath.Dir(model)
		case "missing":
			model = "nowhere"
		}
		want := "fit: " + strings.NewReplacer("MODEL", model, "FOLDER", model).Replace(row.want)
		for _, args := range [][]string{{"eval", "-data", data}, {"predict", data}} {
			o := fit(t, append(args, "-model", model)...)
			if o.code != exitFailed || !strings.HasPrefix(o.errors, want) || strings.Count(o.errors, "\n") != 1 || o.out != "" {
				t.Errorf("%s, fit %s: exit code %d, want 1, and\n%s%s, want\n%s", row.name, args[0], o.code, o.out, o.errors, want)
			}
		}
	}
}

func TestBadEval(t *testing.T) {
	model := trained(t, corpus(t, 60, "ham", "spam"))
	path := file(t, "t.tsv", "ham\ta1\nsapm\tb1\n")
	o := fit(t, "eval", "-model", model, "-data", path, "-q")
	want := "fit: " + path + `:2: unknown label "sapm" (known: ham, spam); the model was not trained on it` + "\n"
	if o.code != exitFailed || o.errors != want || o.out != "" {
		t.Errorf("exit code %d and\n%s%s, want\n%s", o.code, o.out, o.errors, want)
	}
	if _, err := os.Stat(model); err != nil {
		t.Error(err)
	}
}
