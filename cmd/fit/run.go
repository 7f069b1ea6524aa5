package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1   // the run failed
	exitUsage       = 2   // the command line is wrong
	exitInterrupted = 130 // Ctrl-C, as a shell reports it
)

// run is the whole program, for main and for the tests.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return runAs(ctx, &membership{start: cluster.Start}, args, stdin, stdout, stderr)
}

// runAs is run as what --mpi makes this process a member of.
func runAs(ctx context.Context, m *membership, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := rootCommand(streams{in: interruptible{ctx, stdin}, out: stdout, err: stderr, member: m})
	args = withCommand(root, args)
	root.SetArgs(rewriteFlags(root, args))
	started := false
	for _, c := range root.Commands() {
		c.PreRun = func(*cobra.Command, []string) { started = true }
	}
	c, err := root.ExecuteContextC(ctx)
	code := exitOK
	if err != nil {
		code = report(stderr, c, err, m.told(err), started)
	}
	code, err = m.leave(err, code)
	if err != nil {
		fmt.Fprintln(stderr, "fit:", message(err))
	}
	return code
}

// report writes what is told of an error of command c and returns the exit code.
func report(stderr io.Writer, c *cobra.Command, err error, told []error, started bool) int {
	if errors.Is(err, context.Canceled) {
		if len(told) > 0 {
			fmt.Fprintln(stderr, "fit: interrupted")
		}
		return exitInterrupted
	}
	for _, err := range told {
		for line := range strings.SplitSeq(message(err), "\n") {
			fmt.Fprintln(stderr, "fit:", line)
		}
	}
	// What cobra refuses before a command starts is a mistake in the command line too.
	if !errors.As(err, new(usageError)) && started {
		return exitFailed
	}
	if len(told) > 0 {
		help := "fit -h"
		if c.HasParent() && c.Name() != "train" {
			help = "fit " + c.Name() + " -h"
		}
		fmt.Fprintf(stderr, "Run '%s' for the flags and commands.\n", help)
	}
	return exitUsage
}

type streams struct {
	in       io.Reader
	out, err io.Writer
	member   *membership
}

// interruptible is a reader that Ctrl-C ends while it waits for input.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	type result struct {
		n   int
		err error
	}
	// A buffer of its own: after Ctrl-C the read goes on, and p is the caller's again.
	own := make([]byte, len(p))
	done := make(chan result, 1)
	go func() {
		n, err := i.r.Read(own)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return copy(p, own[:r.n]), r.err
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	}
}

func rootCommand(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "fit",
		Short:         "Train, test and use text classifiers",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          unknownCommand,
		// Not to complain of the flags of a command that is not there.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	train := trainCommand(s)
	root.AddCommand(train, evalCommand(s), predictCommand(s), tuneCommand(s), explainCommand(s), inspectCommand(s))
	root.SuggestionsMinimumDistance = 2
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		if c == root {
			c = train
		}
		help(c, args)
	})
	root.SetFlagErrorFunc(explainFlagError)
	for _, c := range root.Commands() {
		c.InitDefaultHelpFlag()
		c.Flags().SortFlags = false
	}
	return root
}

// withCommand puts "train" in front of arguments that name no command.
func withCommand(root *cobra.Command, args []string) []string {
	switch {
	case len(args) == 0 || strings.HasPrefix(args[0], "-"):
		return append([]string{"train"}, args...)
	case len(args) == 1 && args[0] == "help":
		return []string{"train", "-h"}
	case args[0] == "help":
		if c, _, _ := root.Find(args[1:]); c == root {
			return args[1:2]
		}
		return []string{args[1], "-h"}
	}
	return args
}

func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("want a command: train, eval, predict, tune, explain or inspect")
	}
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		return usagef("unknown command %q; the nearest known one is %s", args[0], near[0])
	}
	return usagef("unknown command %q, want train, eval, predict, tune, explain or inspect (a file to train on is given with --data)", args[0])
}
