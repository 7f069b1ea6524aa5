package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// rewriteFlags makes -solver adam work like --solver adam. pflag alone reads -solver as
// a row of one-letter flags. So an argument with one dash becomes one with two, unless
// it is a one-letter flag, or the value of the flag before it.
func rewriteFlags(root *cobra.Command, args []string) []string {
	c, _, err := root.Find(args)
	if err != nil || c == nil {
		return args
	}
	flags := c.Flags()
	out := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(out, args[i:]...)
		}
		name, isFlag := longName(flags, arg)
		if !isFlag {
			out = append(out, arg)
			continue
		}
		if !strings.HasPrefix(arg, "--") && len(arg) > 2 {
			arg = "-" + arg
		}
		out = append(out, arg)
		// The next argument belongs to the flag, whatever it looks like.
		if f := flags.Lookup(name); f != nil && f.NoOptDefVal == "" && !strings.Contains(arg, "=") && i+1 < len(args) {
			i++
			out = append(out, args[i])
		}
	}
	return out
}

// longName returns the name that arg uses as a flag, and whether it is to be read as
// one with a long name.
func longName(flags *pflag.FlagSet, arg string) (name string, ok bool) {
	if len(arg) < 2 || arg[0] != '-' {
		return "", false
	}
	name, _, _ = strings.Cut(strings.TrimLeft(arg, "-"), "=")
	if strings.HasPrefix(arg, "--") {
		return name, true
	}
	if len(name) == 1 {
		return name, false
	}
	if flags.Lookup(name) != nil {
		return name, true
	}
	// -qh is a row of one-letter flags; -quite is a long name with a mistake in it, which
	// deserves to be reported as such.
	return name, name != "" && strings.ContainsFunc(name, func(r rune) bool {
		return r > 127 || flags.ShorthandLookup(string(r)) == nil
	})
}

// explainFlagError says which known flag is nearest to an unknown one.
func explainFlagError(c *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usageError{err}
	}
	name, dashes := unknown.GetSpecifiedName(), "--"
	if unknown.GetSpecifiedShortnames() != "" {
		dashes = "-"
	}
	if best := nearestFlag(c.Flags(), name); best != "" {
		return usagef("unknown flag %s%s; the nearest known one is --%s", dashes, name, best)
	}
	return usagef("unknown flag %s%s", dashes, name)
}

// nearestFlag returns the flag that name was perhaps meant to be, and "" if it is like
// none of them.
func nearestFlag(flags *pflag.FlagSet, name string) string {
	best, distance := "", min(len(name), max(2, len(name)/3)+1)
	flags.VisitAll(func(f *pflag.Flag) {
		d := levenshtein.ComputeDistance(name, f.Name)
		switch {
		case name == initials(f.Name):
			d = 0
		case len(name) > 1 && (strings.HasPrefix(f.Name, name) || strings.HasPrefix(name, f.Name)):
			d = min(d, 1)
		}
		if d < distance {
			best, distance = f.Name, d
		}
	})
	return best
}

// initials of learning-rate are lr.
func initials(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		b.WriteString(part[:1])
	}
	return b.String()
}

// oneOf refuses a word that is not among those a flag knows.
func oneOf(flag, word string, known []string) error {
	for _, k := range known {
		if k == word {
			return nil
		}
	}
	return usagef("--%s: unknown %q, want one of %s", flag, word, strings.Join(known, ", "))
}

// wordFlag describes a flag that takes one of some words.
func wordFlag(what string, known []string) string {
	return fmt.Sprintf("%s: %s", what, strings.Join(known, "|"))
}
