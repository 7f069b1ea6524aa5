package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// FuzzFlags reads command lines, an argument a line, without running what they ask for:
// whatever they say, it is understood or refused with a sentence.
func FuzzFlags(f *testing.F) {
	for _, args := range []string{
		"", "-solver adam", "-solver=adam -seed 3", "train --layers 64,64 -q", "eval -model m -data x", "predict -- -x",
		"-lr 1", "--solvr adam", "-quite", "-qh", "help eval", "help", "-seed -1", "--seed=", "-", "--", "---", "=", "-=", "--=x",
		"predict a b c", "tain", "-model", "--batch 1e9", "-h -h", "-data -", "explain -top 3", "\x00", "-ö", "--cache-bytes 9223372036854775808",
	} {
		f.Add(strings.Join(strings.Fields(args), "\n"))
	}
	f.Fuzz(func(t *testing.T, lines string) {
		root := rootCommand(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
		args := withCommand(root, strings.Split(lines, "\n"))
		rewritten := rewriteFlags(root, args)
		if len(rewritten) != len(args) {
			t.Fatalf("%q become %q", args, rewritten)
		}
		for i := range args {
			if strings.TrimLeft(args[i], "-") != strings.TrimLeft(rewritten[i], "-") {
				t.Fatalf("%q become %q", args, rewritten)
			}
		}
		root.SetArgs(rewritten)
		for _, c := range root.Commands() {
			c.RunE = func(*cobra.Command, []string) error { return nil }
		}
		if err := root.Execute(); err != nil && strings.TrimSpace(message(err)) == "" {
			t.Fatalf("%q: an error without words: %#v", args, err)
		}
	})
}
