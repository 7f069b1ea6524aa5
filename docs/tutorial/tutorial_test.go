package tutorial

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const page = "../tutorial.md"

// block is a code block of the page: a piece of a file ("go train/main.go"), or what
// stands in a terminal ("console").
type block struct {
	line       int
	kind, file string
	text       string
}

func blocks(t *testing.T) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	fences := regexp.MustCompile("(?ms)^```(\\w*) ?([^\\n]*)\\n(.*?)^```$")
	for _, at := range fences.FindAllSubmatchIndex(text, -1) {
		part := func(i int) string { return string(text[at[2*i]:at[2*i+1]]) }
		all = append(all, block{line: 1 + bytes.Count(text[:at[0]], []byte("\n")), kind: part(1), file: part(2), text: part(3)})
	}
	return all
}

// TestPage holds the page and the files to the same text: the pieces of a file, with a
// blank line between, are the file, and every file is shown.
func TestPage(t *testing.T) {
	shown := map[string]string{}
	for _, b := range blocks(t) {
		switch {
		case b.kind == "go" && b.file != "":
			if shown[b.file] != "" {
				shown[b.file] += "\n"
			}
			shown[b.file] += b.text
		case b.kind != "console" && b.kind != "sh":
			t.Errorf("%s:%d: a block that is neither Go of a file nor a terminal", page, b.line)
		}
	}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Dir(path) == "." || path == filepath.Join("train", "main_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		name := strings.TrimPrefix(filepath.ToSlash(path), "testdata/")
		if text, ok := shown[name]; err == nil && !ok {
			t.Errorf("%s does not show %s", page, name)
		} else if err == nil && text != string(content) {
			t.Errorf("%s shows %s differently:\n%s", page, name, difference(text, string(content)))
		}
		delete(shown, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		t.Errorf("%s shows %s, which is not there", page, name)
	}
}

// difference is the first line that differs.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := 0; ; i++ {
		if i == len(g) || i == len(w) || g[i] != w[i] {
			at := func(lines []string) string { return strings.Join(lines[i:min(i+1, len(lines))], "") }
			return fmt.Sprintf("line %d is %q, in the file %q", i+1, at(g), at(w))
		}
	}
}

// TestFollow does what the page says, from an empty folder on: it writes the files when
// their turn comes, types the commands into one shell, and compares what they print.
func TestFollow(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs five programs")
	}
	for _, tool := range []string{"sh", "awk", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skipf("There is no %s here, which the tutorial's commands need.", tool)
		}
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("../nestnet", root, "127.0.0.1:8080", freeAddress(t))
	folder := t.TempDir()
	sh := newShell(t, folder)
	for _, b := range blocks(t) {
		switch b.kind {
		case "go":
			path := filepath.Join(folder, "spam", filepath.FromSlash(b.file))
			if err := write(path, b.text); err != nil {
				t.Fatal(err)
			}
		case "console":
			for _, c := range commands(b.text) {
				want := names.Replace(c.output)
				if got := sh.run(names.Replace(c.line), strings.Count(want, "\n"), strings.Contains(want, "…\n")); !same(got, want) {
					t.Fatalf("%s:%d: %s prints\n%s\nthe page says\n%s", page, b.line, c.line, got, want)
				}
			}
		}
	}
}

// write adds a piece to a file.
func write(path, text string) error {
	before, err := os.ReadFile(path)
	switch {
	case err == nil:
		text = string(before) + "\n" + text
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
	default:
		return err
	}
	return os.WriteFile(path, []byte(text), 0o666)
}

// freeAddress is one at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

type command struct{ line, output string }

// commands takes a terminal's text apart: "$ " is in front of what is typed.
func commands(text string) []command {
	var all []command
	for line := range strings.Lines(text) {
		if typed, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, command{line: strings.TrimSuffix(typed, "\n")})
		} else {
			all[len(all)-1].output += line
		}
	}
	return all
}

// shell is one that reads commands until the test ends.
type shell struct {
	t     *testing.T
	in    io.Writer
	lines *bufio.Scanner
}

func newShell(t *testing.T, folder string) *shell {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute) // against waiting for what never comes
	sh := exec.CommandContext(ctx, "sh")
	sh.Dir = folder
	sh.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=", "GOFLAGS=")
	in, err := sh.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, end := io.Pipe()
	sh.Stdout, sh.Stderr = end, end
	if err := sh.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		err := sh.Wait()
		end.CloseWithError(err)
	}()
	t.Cleanup(func() {
		// A server may still be there if the test failed; the shell's end ends the test.
		fmt.Fprintln(in, "kill $! 2>/dev/null; exit 0")
		go io.Copy(io.Discard, out)
		in.Close()
		cancel()
	})
	return &shell{t: t, in: in, lines: bufio.NewScanner(out)}
}

const done = "-- done --"

// run types a command and returns what is printed until it has ended and, unless their
// number is not known, so many lines have come: a program in the background may print
// its own later.
func (s *shell) run(line string, lines int, open bool) string {
	s.t.Helper()
	fmt.Fprintf(s.in, "%s\necho '%s'\n", line, done)
	var out strings.Builder
	for ended := false; !ended || !open && strings.Count(out.String(), "\n") < lines; {
		if !s.lines.Scan() {
			s.t.Fatalf("%s: the shell ended after\n%s", line, out.String())
		}
		if text := s.lines.Text(); text == done {
			ended = true
		} else {
			out.WriteString(text + "\n")
		}
	}
	return out.String()
}

// What differs from run to run.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?m)^Benchmark(\w+)-\d+ .*$`), "Benchmark$1"},
	{regexp.MustCompile(`(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d `), "TIME "},
	{regexp.MustCompile(`\b(\d+m)?\d+(\.\d+)?(µs|ms|s)\b`), "TIME"},
	{regexp.MustCompile(`[\d,]+ documents/s`), "N documents/s"},
	{regexp.MustCompile(`[█░]+`), "BAR"},
}

// decimals are numbers whose last digits depend on how a processor rounds.
var (
	decimals = regexp.MustCompile(`\d+\.\d+`)
	quoted   = regexp.MustCompile(`\d+\\\.\d+`) // in a pattern
)

// same says whether the page is true. A line with … alone stands for any lines.
func same(got, want string) bool {
	for _, m := range masks {
		got, want = m.pattern.ReplaceAllString(got, m.with), m.pattern.ReplaceAllString(want, m.with)
	}
	pattern := "^"
	for line := range strings.Lines(want) {
		if line == "…\n" {
			pattern += `(?s:.*)`
		} else {
			pattern += quoted.ReplaceAllString(regexp.QuoteMeta(line), `(\d+\.\d+)`)
		}
	}
	found := regexp.MustCompile(pattern + "$").FindStringSubmatch(got)
	if found == nil {
		return false
	}
	for i, n := range decimals.FindAllString(want, -1) {
		g, err1 := strconv.ParseFloat(found[1+i], 64)
		w, err2 := strconv.ParseFloat(n, 64)
		if err1 != nil || err2 != nil || math.Abs(g-w) > 0.01 {
			return false
		}
	}
	return true
}
