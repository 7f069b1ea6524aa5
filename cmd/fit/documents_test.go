package main

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data/bow/sample"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestComingFrom runs the commands of docs/coming-from.md. What the page shows of their
// output must be lines of it; accuracies may differ by a few documents on other processors.
func TestComingFrom(t *testing.T) {
	page := read(t, "../../docs/coming-from.md")
	var train, test strings.Builder
	number := 0
	for line := range strings.Lines(sample.Text()) {
		if number++; number%5 == 0 {
			test.WriteString(line)
		} else {
			train.WriteString(line)
		}
	}
	t.Chdir(t.TempDir())
	lines := regexp.MustCompile(`(?m)^(\w+)\t`)
	for name, text := range map[string]string{"train": train.String(), "test": test.String()} {
		for extension, text := range map[string]string{".tsv": text, ".ft": lines.ReplaceAllString(text, "__label__$1 ")} {
			if err := os.WriteFile(name+extension, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	commands := regexp.MustCompile(`(?m)^\$ fit (.*)\n(test part: .*)\n`).FindAllStringSubmatch(page, -1)
	if len(commands) != strings.Count(page, "\n$ ") || len(commands) < 5 {
		t.Errorf("%d commands with their output, %d in all", len(commands), strings.Count(page, "\n$ "))
	}
	for _, c := range commands {
		o := mustFit(t, append(strings.Fields(c[1]), "-quiet")...)
		got, _, _ := strings.Cut(o.out, "\n")
		if !near(got, c[2], 0.01) {
			t.Errorf("fit %s writes\n%s\nthe page says\n%s", c[1], got, c[2])
		}
	}
}

// TestReadmeRun holds the run that the README begins with to the program, up to times.
func TestReadmeRun(t *testing.T) {
	run := regexp.MustCompile("(?s)\n\\$ go run ./cmd/fit (-solver adam)\n(.*?)```\n").FindStringSubmatch(read(t, "../../README.md"))
	if run == nil {
		t.Fatal("the README does not show a run")
	}
	mask := func(s string) string {
		return times.ReplaceAllString(speeds.ReplaceAllString(s, "N documents/s"), "TIME")
	}
	if got := mask(mustFit(t, strings.Fields(run[1])...).out); !near(got, mask(run[2]), 0.01) {
		t.Errorf("fit %s writes\n%s\nthe README says\n%s", run[1], got, mask(run[2]))
	}
}

// near compares two texts, and numbers in them up to a distance.
func near(a, b string, distance float64) bool {
	numbers := regexp.MustCompile(`\d+\.\d+`)
	if numbers.ReplaceAllString(a, "N") != numbers.ReplaceAllString(b, "N") {
		return false
	}
	other := numbers.FindAllString(b, -1)
	for i, n := range numbers.FindAllString(a, -1) {
		x, _ := strconv.ParseFloat(n, 64)
		y, _ := strconv.ParseFloat(other[i], 64)
		if math.Abs(x-y) > distance {
			return false
		}
	}
	return true
}

// TestDocumentedFlags looks up each flag that a document names.
func TestDocumentedFlags(t *testing.T) {
	known := map[string]bool{}
	var add func(c *cobra.Command)
	add = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
		for _, sub := range c.Commands() {
			add(sub)
		}
	}
	add(rootCommand(streams{}))
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range append(pages, "../../README.md") {
		for _, m := range regexp.MustCompile("`(?:fit [^`\n]*)?--([a-z0-9-]+)").FindAllStringSubmatch(read(t, page), -1) {
			if found++; !known[m[1]] {
				t.Errorf("%s names --%s, which no command has", page, m[1])
			}
		}
	}
	if found < 100 {
		t.Errorf("%d flags were found", found)
	}
}
