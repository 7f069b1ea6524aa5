package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is how wide a line of the help gets: any terminal shows it unbroken.
const helpWidth = 80

// flagGroup is a part of a command's flags with a title of its own in the help.
type flagGroup struct {
	title string
	flags *pflag.FlagSet
}

// groupOfFlag is what a flag has its group's title annotated by, for docs/flags.md.
const groupOfFlag = "group"

func newGroup(title string) flagGroup {
	g := flagGroup{title: title, flags: pflag.NewFlagSet(title, pflag.ContinueOnError)}
	g.flags.SortFlags = false
	return g
}

// addGroups gives c the flags of the groups and a help that shows them group by group.
func addGroups(c *cobra.Command, groups ...flagGroup) {
	for _, g := range groups {
		g.flags.VisitAll(func(f *pflag.Flag) { f.Annotations = map[string][]string{groupOfFlag: {g.title}} })
		c.Flags().AddFlagSet(g.flags)
	}
	c.SetUsageFunc(func(c *cobra.Command) error {
		w := c.OutOrStderr()
		fmt.Fprintf(w, "Usage:\n  %s\n", c.UseLine())
		if c.HasExample() {
			fmt.Fprintf(w, "\nExamples:\n%s\n", c.Example)
		}
		// One column for the text of all groups.
		column := 0
		for _, g := range groups {
			g.flags.VisitAll(func(f *pflag.Flag) { column = max(column, utf8.RuneCountInString(flagHead(f))+2) })
		}
		for _, g := range groups {
			fmt.Fprintf(w, "\n%s:\n", g.title)
			g.flags.VisitAll(func(f *pflag.Flag) { writeFlag(w, f, column) })
		}
		fmt.Fprintf(w, "\nHelp:\n%-*sshow this\n", column, "  -h, --help")
		if c.Name() == "train" {
			fmt.Fprintf(w, "\nCommands (fit -h and fit train -h are the same; fit COMMAND -h tells more):\n")
			for _, other := range c.Parent().Commands() {
				if other.IsAvailableCommand() && other.Name() != "help" {
					fmt.Fprintf(w, "  %-10s%s\n", other.Name(), other.Short)
				}
			}
		}
		return nil
	})
}

// flagHead is what the help shows of a flag on the left: "      --seed n".
func flagHead(f *pflag.Flag) string {
	head := "      --" + f.Name
	if f.Shorthand != "" {
		head = "  -" + f.Shorthand + ", --" + f.Name
	}
	if value := flagValue(f); value != "" {
		return head + " " + value
	}
	return head
}

// flagValue is what the help calls the value of a flag: "n"; "" is a switch.
func flagValue(f *pflag.Flag) string {
	switch value, _ := pflag.UnquoteUsage(f); value {
	case "int", "uint":
		return "n"
	case "float":
		return "x"
	default:
		return value
	}
}

// writeFlag writes a flag with its text and its default, unless the text has it.
func writeFlag(w io.Writer, f *pflag.Flag, column int) {
	_, text := pflag.UnquoteUsage(f)
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && !strings.Contains(text, "(default ") {
		text += " (default " + f.DefValue + ")"
	}
	for _, unbroken := range []string{"0 = ", "(default "} {
		text = strings.ReplaceAll(text, unbroken, strings.ReplaceAll(unbroken, " ", noBreak))
	}
	head := flagHead(f)
	for _, line := range wrap(text, helpWidth-column) {
		fmt.Fprintf(w, "%-*s%s\n", column, head, strings.ReplaceAll(line, noBreak, " "))
		head = ""
	}
}

// noBreak is a space at which wrap does not break.
const noBreak = "\x00"

// wrap breaks text into lines of at most width runes, between words and, as a list of
// words to choose from may be long, after a |.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		for i, piece := range strings.SplitAfter(word, "|") {
			space := " "
			if line == "" || i > 0 {
				space = ""
			}
			if line != "" && utf8.RuneCountInString(line+space+piece) > width {
				lines = append(lines, line)
				line, space = "", ""
			}
			line += space + piece
		}
	}
	return append(lines, line)
}

// noArguments refuses arguments that are not flags.
func noArguments(hint string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		for _, other := range c.Parent().Commands() {
			if other.Name() == args[0] {
				return usagef("unexpected argument %q; the command comes first, as in fit %s", args[0], args[0])
			}
		}
		return usagef("unexpected argument %q (%s)", args[0], hint)
	}
}
