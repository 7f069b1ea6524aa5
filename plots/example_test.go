package plots_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/bow/sample"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/plots"
	"github.com/nestnet/nestnet/solvers"
)

// trained trains on the embedded sample and returns what there is to draw.
func trained() (c *feedforward.Classifier, history *feedforward.History, valid data.Source, err error) {
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		return nil, nil, nil, err
	}
	messages, err := sample.Documents()
	if err != nil {
		return nil, nil, nil, err
	}
	for {
		d, err := messages.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, nil, err
		}
		if err := corpus.Add(d); err != nil {
			return nil, nil, nil, err
		}
	}
	rows, rest, err := corpus.Split(0.25, nil, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return nil, nil, nil, err
	}
	words, err := corpus.Vocabulary(rows, bow.VocabularyOptions{MinCount: 2})
	if err != nil {
		return nil, nil, nil, err
	}
	encoder, err := corpus.Encoder(words, bow.Presence, rows)
	if err != nil {
		return nil, nil, nil, err
	}
	train, _, err := corpus.Set(encoder, rows)
	if err != nil {
		return nil, nil, nil, err
	}
	held, _, err := corpus.Set(encoder, rest)
	if err != nil {
		return nil, nil, nil, err
	}
	net, err := feedforward.New(feedforward.Config{Inputs: words.Len(), Seed: 1, Loss: losses.CrossEntropy{}},
		feedforward.Dense(64, "relu"), feedforward.Dense(64, "relu"), feedforward.Dense(2, "softmax"))
	if err != nil {
		return nil, nil, nil, err
	}
	history, err = net.Fit(context.Background(), train, feedforward.Fit{Epochs: 6, Batch: 64, Solver: &solvers.Adam{}, Valid: held})
	return &feedforward.Classifier{Network: net, Encoder: encoder, Labels: corpus.Labels()}, history, held, err
}

// The course of a training, drawn into a file.
func ExampleHistory() {
	_, history, _, err := trained()
	if err != nil {
		log.Fatal(err)
	}
	figure, err := plots.History(history, plots.Style{Title: "Messages"})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := figure.Save(filepath.Join(dir, "history.svg")); err != nil {
		log.Fatal(err)
	}
	width, height := figure.Size()
	fmt.Printf("%v × %v inches\n", width, height)
	// Output: 8.6 × 3.8 inches
}

// How well spam is told from ham, before any threshold.
func ExampleROC() {
	classifier, _, valid, err := trained()
	if err != nil {
		log.Fatal(err)
	}
	evaluation, err := classifier.Network.EvaluateEach(valid)
	if err != nil {
		log.Fatal(err)
	}
	curves, err := plots.Rankings(evaluation, classifier.Labels)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := plots.ROC(plots.Style{Dark: true}, curves...); err != nil {
		log.Fatal(err)
	}
	for _, c := range curves {
		fmt.Printf("%s: area above 0.9: %v\n", c.Name, c.Ranking.ROCAUC > 0.9)
	}
	// Output: spam: area above 0.9: true
}

// The words of a message that decided.
func ExampleContributions() {
	classifier, _, _, err := trained()
	if err != nil {
		log.Fatal(err)
	}
	explanation, err := classifier.Explain("You have won a prize! Call now to claim it.", "spam", feedforward.Explain{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := plots.Contributions(explanation, 5, plots.Style{Width: 5}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(explanation.Answer.Name)
	// Output: spam
}

// The expression graph of a network: f(x) and the loss.
func ExampleGraph() {
	net, err := feedforward.New(feedforward.Config{Inputs: 2000, Seed: 1, Loss: losses.CrossEntropy{}},
		feedforward.Dense(64, "relu"), feedforward.Dense(2, "softmax"))
	if err != nil {
		log.Fatal(err)
	}
	figure, err := plots.Graph(net.Dot(graph.Forward), plots.Style{})
	if err != nil {
		log.Fatal(err)
	}
	err = figure.WritePNG(io.Discard, 300)
	fmt.Println(err)
	// Output: <nil>
}

// The valley of a loss with two coefficients, and the way that gradient descent takes.
func ExampleSurface() {
	loss := func(a, b float64) float64 { return a*a + 10*b*b }
	way := plots.Path{Name: "gradient descent"}
	for a, b := 3.0, 1.0; len(way.A) < 50; a, b = a-0.08*2*a, b-0.08*20*b {
		way.A, way.B = append(way.A, a), append(way.B, b)
	}
	_, err := plots.Surface(plots.Style{}, loss, plots.Domain{MinA: -4, MaxA: 4, MinB: -1.5, MaxB: 1.5}, way)
	fmt.Println(err)
	// Output: <nil>
}

// Losses as functions of the score.
func ExampleCurves() {
	_, err := plots.Curves(plots.Style{}, "y·f(x)", "loss",
		plots.Curve{Name: "logistic", F: func(v float64) float64 { return math.Log1p(math.Exp(-v)) / math.Ln2 }, From: -3, To: 3},
		plots.Curve{Name: "0-1 loss", X: []float64{-3, 0, 0, 3}, Y: []float64{1, 1, 0, 0}})
	fmt.Println(err)
	// Output: <nil>
}
