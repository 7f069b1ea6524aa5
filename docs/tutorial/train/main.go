// Command train trains a spam filter, tests it and saves it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/solvers"
)

const seed = 1

func main() {
	from := flag.String("data", "train.tsv", "`file` to train on")
	test := flag.String("test", "test.tsv", "`file` to test on")
	model := flag.String("model", "go.model", "`file` to save the model to")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *from, *test, *model); err != nil {
		log.Fatal(err)
	}
}

// run does all of it. Ctrl-C ends the training early, and what it came to is saved.
func run(ctx context.Context, out io.Writer, from, test, model string) error {
	corpus, err := read(ctx, from)
	if err != nil {
		return err
	}
	classifier, err := train(ctx, out, corpus)
	if err != nil {
		return err
	}
	if err := evaluate(out, classifier, test); err != nil {
		return err
	}
	return classifier.Save(model)
}

// read reads a file of documents. The corpus holds their words as numbers.
func read(ctx context.Context, name string) (*bow.Corpus, error) {
	file, err := bow.Open(name, bow.ReaderOptions{})
	if err != nil {
		return nil, err
	}
	defer file.Close()
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		return nil, err
	}
	if err := corpus.ReadAll(ctx, file, nil); err != nil {
		return nil, err
	}
	return corpus, corpus.Check()
}

// examples are documents as a network reads them: rows of a table with a column a word.
type examples struct {
	encoder      *bow.Encoder
	train, valid *data.Set
}

// encode keeps a tenth of the documents apart, to choose the best epoch by, makes the
// dictionary of the others, and encodes both with it.
func encode(corpus *bow.Corpus) (*examples, error) {
	// The state from which fit draws this split: both keep the same messages apart.
	rng := rand.New(rand.NewPCG(seed, 1<<63|2))
	train, valid, err := corpus.Split(0.1, nil, rng)
	if err != nil {
		return nil, err
	}
	words, err := corpus.Vocabulary(train, bow.VocabularyOptions{MaxWords: 25762})
	if err != nil {
		return nil, err
	}
	encoder, err := corpus.Encoder(words, bow.Presence, train)
	if err != nil {
		return nil, err
	}
	e := &examples{encoder: encoder}
	if e.train, _, err = corpus.Set(encoder, train); err != nil {
		return nil, err
	}
	if e.valid, _, err = corpus.Set(encoder, valid); err != nil {
		return nil, err
	}
	return e, nil
}

// train declares a network and trains it until it no longer gets better.
func train(ctx context.Context, out io.Writer, corpus *bow.Corpus) (*feedforward.Classifier, error) {
	e, err := encode(corpus)
	if err != nil {
		return nil, err
	}
	net, err := feedforward.New(feedforward.Config{Inputs: e.encoder.Columns(), Seed: seed},
		feedforward.Dense(32, "relu"),
		feedforward.Dense(len(corpus.Labels()), "softmax"))
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(out, net)

	solver := &solvers.Adam{}
	history, err := net.Fit(ctx, e.train, feedforward.Fit{
		Epochs: 10, Batch: 64, Solver: solver, Valid: e.valid, Patience: 2,
		OnEpoch: func(e feedforward.Epoch) {
			fmt.Fprintf(out, "epoch %d: loss %.4f, validation %.4f\n", e.Number, e.Loss, e.Valid.Loss)
		},
	})
	if err != nil && (!errors.Is(err, context.Canceled) || len(history.Epochs) == 0) {
		return nil, err
	}
	fmt.Fprintf(out, "ended by %s, the weights are those of epoch %d\n", history.Stopped, history.Best)

	record := &feedforward.Training{Solver: solver.Name(), SolverSettings: solver.Settings(), Batch: 64, Seed: seed}
	record.Remember(history)
	return &feedforward.Classifier{Network: net, Encoder: e.encoder, Labels: corpus.Labels(), Training: record}, nil
}

// evaluate tests on a file that training has not seen.
func evaluate(out io.Writer, c *feedforward.Classifier, name string) error {
	file, err := bow.Open(name, bow.ReaderOptions{})
	if err != nil {
		return err
	}
	defer file.Close()
	set, _, err := c.Encoder.ReadSet(file, c.Labels)
	if err != nil {
		return err
	}
	result, err := c.Network.Evaluate(set)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "test: %d documents, accuracy %.4f, loss %.4f\n", result.Documents, result.Accuracy, result.Loss)
	for class, r := range result.PerClass {
		fmt.Fprintf(out, "%s: precision %.4f, recall %.4f\n", c.Labels[class], r.Precision, r.Recall)
	}
	return nil
}
