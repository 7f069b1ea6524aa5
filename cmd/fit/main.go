// Command fit trains, tests and uses text classifiers.
//
//	fit -solver adam                      train and test on the embedded sample
//	fit -data train.tsv -model m          train on a file of your own, save the model
//	fit eval -model m -data test.tsv      test a saved model
//	fit predict -model m messages.txt     label each line
//	fit inspect -model m                  show what a model holds
//	fit explain -model m "a text"         show which words decided
//
// Flags work with one dash and with two, with a space and with =. See fit -h.
package main

//go:generate go test -run TestFlagsPage -update

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// The first Ctrl-C asks for an orderly end, the second one does not ask.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
