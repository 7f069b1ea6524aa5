package main

import (
	"context"
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// errorCase is a command line. In args, FILE is a file of this name and content, FOLDER
// what a name with folders lies in, GOOD a file to train on, MODEL a model, SEVERAL one for
// several labels a text, THREE one of three classes, TANH one without probabilities,
// TAKEN an address that another program listens at, ODDCHECKPOINT a checkpoint of batches of 15.
// RANKS in front has two ranks run it, the second with what follows RANK1 as well.
type errorCase struct{ args, name, content string }

// Each row of docs/errors.md has a case here that provokes its message, and each case has
// its row.
func TestErrorsPage(t *testing.T) {
	cases := maps.Clone(errorCases)
	maps.Copy(cases, numberErrorCases)
	maps.Copy(cases, modelErrorCases)
	if n := len(errorCases) + len(numberErrorCases) + len(modelErrorCases); n != len(cases) {
		t.Errorf("%d cases for %d messages", n, len(cases))
	}
	page := read(t, "../../docs/errors.md")
	rows := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(.+?)` \\| ([^|]+) \\| ([^|]+) \\|$").FindAllStringSubmatch(page, -1) {
		if rows[row[1]] {
			t.Errorf("docs/errors.md has %s twice", row[1])
		}
		rows[row[1]] = true
		if _, ok := cases[row[1]]; !ok {
			t.Errorf("no case provokes %s", row[1])
		}
	}
	if n := strings.Count(page, "\n| `"); n != len(rows) {
		t.Errorf("docs/errors.md has %d lines that begin like a row, %d rows", n, len(rows))
	}
	names, contents := errorFiles(t)
	t.Chdir(t.TempDir())
	for want, c := range cases {
		if !rows[want] {
			t.Errorf("docs/errors.md has no row %s", want)
		}
		if strings.Contains(c.args, "/dev/full") {
			if _, err := os.Stat("/dev/full"); err != nil {
				continue
			}
		}
		content, ok := contents[c.content]
		if !ok {
			content = c.content
		}
		names := names
		if c.name != "" {
			folder := t.TempDir()
			path := filepath.Join(folder, c.name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(content), 0o666)); err != nil {
				t.Fatal(err)
			}
			names = append(names[:len(names):len(names)], "FILE", path, "FOLDER", folder)
		}
		ctx := t.Context()
		switch {
		case want == "interrupted":
			ended, cancel := context.WithCancel(ctx)
			cancel()
			ctx = ended
		case strings.Contains(want, "Graphviz"):
			t.Setenv("PATH", "") // nothing else looks for a program
		}
		// The arguments are split at plain spaces alone.
		var o output
		args := strings.NewReplacer(names...).Replace(c.args)
		if args, ok := strings.CutPrefix(args, "RANKS "); ok {
			both, second, _ := strings.Cut(args, "RANK1 ")
			ranks, _ := onRanks(t, 2, both, "", second)
			o = ranks[0]
		} else {
			o = fitWith(ctx, nil, strings.Split(args, " ")...)
		}
		pattern := regexp.MustCompile("(?m)^fit: " + strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".+") + "$")
		if !pattern.MatchString(o.errors) {
			t.Errorf("fit %s writes\n%s, want\nfit: %s", c.args, o.errors, want)
		}
		if soft := strings.Contains(want, "could not be read") || strings.Contains(want, "part of the text"); (o.code == exitOK) != soft {
			t.Errorf("fit %s: exit code %d", c.args, o.code)
		}
	}
}

// errorFiles makes what the cases need: pairs of names in args and files, and contents
// that cannot stand there.
func errorFiles(t *testing.T) (names []string, contents map[string]string) {
	good := corpus(t, 60, "ham", "spam")
	model := trained(t, good)
	names = []string{
		"GOOD", good, "MODEL", model, "THREE", trained(t, corpus(t, 60, "art", "law", "tax")),
		"SEVERAL", trained(t, file(t, "t.ft", fastText(labelled(tickets(60))))),
		"TANH", trained(t, good, "-loss", "squared", "-output", "tanh"),
	}
	odd := filepath.Join(t.TempDir(), "odd")
	mustFit(t, "-data", good, "-layers", "4", "-epochs", "1", "-batch", "15", "-checkpoint", odd)
	names = append(names, "ODDCHECKPOINT", odd)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	names = append(names, "TAKEN", taken.Addr().String())
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	zipped := string(z.EncodeAll([]byte(read(t, good)), nil))
	contents = map[string]string{
		"CUT":         gzipped(t, strings.Repeat("ham\ta1\nspam\tb1\n", 99))[:50],
		"DAMAGED":     gzipped(t, "ham\ta1\nspam\tb1\n")[:10] + "\xff\xff\xff\xff",
		"ZSTDCUT":     zipped[:len(zipped)/2],
		"ZSTDDAMAGED": zipped[:len(zipped)-1] + string(zipped[len(zipped)-1]^1), // of the checksum
		"ZSTDLONG":    "\x28\xb5\x2f\xfd\x00\xa8\x09\x00\x00a",                  // a window of 2 GiB
		"LONG":        "ham\t" + strings.Repeat("a", 16<<20) + "\n",
		"LONGQUOTE":   "label,text\nham,\"" + strings.Repeat(strings.Repeat("a", 1<<20)+"\n", 17),
	}
	names = append(names, numberErrorFiles(t)...)
	names = append(names, modelErrorFiles(t, good, model, contents)...)
	return names, contents
}
