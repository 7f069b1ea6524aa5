package main

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var reportedMistake = regexp.MustCompile(`<li><p class="title">(Line|File) (\d+) is <b>([^<]*)</b> and was taken for <b>([^<]*)</b> with a probability of [\d.]+</p><p class="text" dir="auto">(.*?)</p></li>`)

// The texts shown are those of the lines that are named, wherever the documents come
// from, and their classes are those of the lines.
func TestReportTexts(t *testing.T) {
	data, test := noisy(t, 140), noisy(t, 90)
	text := read(t, data)
	folder := t.TempDir()
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		label, text, _ := strings.Cut(line, "\t")
		if err := os.MkdirAll(filepath.Join(folder, label), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, label, fmt.Sprintf("%03d", i)), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	blank := file(t, "blank.tsv", strings.ReplaceAll(text, "\n", "\n\n"))
	for _, row := range []struct{ name, args, stdin, lines string }{
		{"test part", "-data " + data, "", text},
		{"test file", "-data " + data + " -test " + test, "", read(t, test)},
		{"validation part", "-valid-fraction 0.5 -test-fraction 0 -data " + data, "", text},
		{"training part", "-epochs 1 -test-fraction 0 -valid-fraction 0 -data " + data, "", text},
		{"blank lines", "-data " + blank, "", read(t, blank)},
		{"gzip", "-data " + file(t, "d.tsv.gz", gzipped(t, text)), "", text},
		{"on disk", "-cache disk -data " + data, "", text},
		{"standard input", "-data -", text, text},
		{"standard input in gzip", "-data -", gzipped(t, text), text},
		{"test from standard input", "-data " + data + " -test -", read(t, test), read(t, test)},
		{"folder", "-data " + folder, "", ""},
		{"sample", "", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "r.html")
			args := append([]string{"-layers", "8", "-batch", "16", "-epochs", "3", "-report", path}, strings.Fields(row.args)...)
			if o := fitWith(t.Context(), strings.NewReader(row.stdin), args...); o.code != exitOK {
				t.Fatal(o.errors)
			}
			page, _ := readPage(t, path)
			all := reportedMistake.FindAllStringSubmatch(page, -1)
			if len(all) == 0 {
				t.Fatal("no mistakes on the page")
			}
			lines := strings.Split(row.lines, "\n")
			for _, m := range all {
				var number int
				fmt.Sscan(m[2], &number)
				shown := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[5], ""))
				if m[3] == m[4] || shown == "" || (m[1] == "File") != (row.name == "folder") {
					t.Errorf("%q", m[0])
				}
				if row.lines != "" && lines[number-1] != m[3]+"\t"+shown {
					t.Errorf("line %d is %q, the page has %s, %q", number, lines[number-1], m[3], shown)
				}
			}
		})
	}
}
