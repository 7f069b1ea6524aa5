package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestReadmeFlags holds the README's table to the flags: every one is in it, with its
// default, and no other.
func TestReadmeFlags(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	inTable := map[string]string{} // what stands in the column of the default
	for _, row := range regexp.MustCompile("(?m)^\\| `--([a-z0-9-]+)`[^|]*\\| ([^|]*) \\|").FindAllStringSubmatch(string(text), -1) {
		inTable[row[1]] = row[2]
	}
	var train *cobra.Command
	for _, c := range rootCommand(streams{}).Commands() {
		if c.Name() == "train" {
			train = c
		}
	}
	train.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		row, ok := inTable[f.Name]
		delete(inTable, f.Name)
		plain := strings.Trim(f.DefValue, `"`)
		switch {
		case !ok:
			t.Errorf("--%s is not in the README", f.Name)
		case plain != "" && plain != "0" && plain != "false" && !strings.Contains(row, plain):
			t.Errorf("the README says that --%s is %q, the default is %q", f.Name, row, f.DefValue)
		}
	})
	for name := range inTable {
		t.Errorf("the README has --%s, the program does not", name)
	}
}
