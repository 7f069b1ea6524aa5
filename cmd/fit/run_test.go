package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// output is what a run of the program came to.
type output struct {
	code        int
	out, errors string
}

// fit runs the program as a shell would.
func fit(t *testing.T, args ...string) output {
	t.Helper()
	return fitWith(t.Context(), nil, args...)
}

func fitWith(ctx context.Context, stdin io.Reader, args ...string) output {
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	var out, errors bytes.Buffer
	code := run(ctx, args, stdin, &out, &errors)
	return output{code, out.String(), errors.String()}
}

// mustFit runs the program and wants it to succeed.
func mustFit(t *testing.T, args ...string) output {
	t.Helper()
	o := fit(t, args...)
	if o.code != exitOK {
		t.Fatalf("fit %s: exit code %d\n%s", strings.Join(args, " "), o.code, o.errors)
	}
	return o
}

// trainedJSON runs fit with --json and returns the object, which has to be all that
// stands on standard output.
func trainedJSON(t *testing.T, args ...string) trainJSON {
	t.Helper()
	return decodeJSON[trainJSON](t, mustFit(t, append(args, "--json")...).out)
}

func decodeJSON[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "}\n") {
		t.Fatalf("standard output is not one line with one object:\n%s", text)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}

// corpus writes n generated documents, the classes in turn, and returns the file. A
// document has three words of its class among five that all classes have.
func corpus(t *testing.T, n int, classes ...string) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, uint64(len(classes))))
	var b strings.Builder
	for i := range n {
		class := i % len(classes)
		var words []string
		for range 3 {
			words = append(words, fmt.Sprintf("%s%d", string(rune('a'+class)), rng.IntN(10)))
		}
		for range 5 {
			words = append(words, fmt.Sprintf("w%d", rng.IntN(20)))
		}
		rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		fmt.Fprintf(&b, "%s\t%s\n", classes[class], strings.Join(words, " "))
	}
	return file(t, "corpus.tsv", b.String())
}

// noisy is a corpus with some wrong labels, which cannot but be learned by heart.
func noisy(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	i := 0
	for line := range strings.Lines(read(t, corpus(t, n, "ham", "spam"))) {
		if label, text, _ := strings.Cut(line, "\t"); i%7 == 0 {
			line = map[string]string{"ham": "spam", "spam": "ham"}[label] + "\t" + text
		}
		b.WriteString(line)
		i++
	}
	return file(t, "noisy.tsv", b.String())
}

// file writes a file into a folder of its own.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// only fails if the folder holds anything else.
func only(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
}
