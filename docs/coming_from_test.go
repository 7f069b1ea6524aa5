package docs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/bow/sample"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/solvers"
)

// fromKeras is the network of coming-from.md.
func fromKeras(ctx context.Context, corpus *bow.Corpus, backup string) error {
	rows, validRows, err := corpus.Split(0.1, nil, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	words, err := corpus.Vocabulary(rows, bow.VocabularyOptions{})
	if err != nil {
		return err
	}
	encoder, err := corpus.Encoder(words, bow.Presence, rows)
	if err != nil {
		return err
	}
	train, _, err := corpus.Set(encoder, rows)
	if err != nil {
		return err
	}
	valid, _, err := corpus.Set(encoder, validRows)
	if err != nil {
		return err
	}

	net, err := feedforward.New(feedforward.Config{Inputs: encoder.Columns(), Seed: 1, Init: graph.Glorot},
		feedforward.Layer{Units: 64, Activation: "relu", Dropout: 0.2},
		feedforward.Dense(2, "softmax"))
	if err != nil {
		return err
	}
	history, err := net.Fit(ctx, train, feedforward.Fit{
		Batch: 32, Epochs: 20, Valid: valid,
		Solver:       &solvers.Adam{LearningRate: 1e-3, Epsilon: 1e-7},
		ClassWeights: []float64{1, 2},
		Patience:     3,
		Schedule:     solvers.Schedule{Name: solvers.Plateau, Every: 2},
		Checkpoints:  feedforward.Checkpoints{Path: backup},
		OnEpoch:      func(e feedforward.Epoch) { fmt.Println(e.Number, e.Loss, e.Valid.Accuracy) },
	})
	if err != nil {
		return err
	}
	if best := history.Epochs[history.Best-1]; best.Valid.Accuracy < 0.88 {
		return fmt.Errorf("accuracy %v", best.Valid.Accuracy)
	}
	return nil
}

// fromScikitLearn is the pipeline of coming-from.md.
func fromScikitLearn(ctx context.Context, corpus *bow.Corpus) (*feedforward.Classifier, error) {
	words, err := corpus.Vocabulary(nil, bow.VocabularyOptions{MinDocuments: 2, MaxShare: 0.9})
	if err != nil {
		return nil, err
	}
	encoder, err := corpus.Encoder(words, bow.TFIDF, nil)
	if err != nil {
		return nil, err
	}
	set, _, err := corpus.Set(encoder, nil)
	if err != nil {
		return nil, err
	}
	net, err := feedforward.New(feedforward.Config{Inputs: words.Len(), Seed: 1}, feedforward.Dense(len(corpus.Labels()), "softmax"))
	if err != nil {
		return nil, err
	}
	_, err = net.Fit(ctx, set, feedforward.Fit{Epochs: 10, Solver: &solvers.Adam{LearningRate: 0.02}})
	if err != nil {
		return nil, err
	}
	return &feedforward.Classifier{Network: net, Encoder: encoder, Labels: corpus.Labels()}, nil
}

func sampleCorpus(t *testing.T) *bow.Corpus {
	t.Helper()
	documents, err := sample.Documents()
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		t.Fatal(err)
	}
	if err := corpus.ReadAll(t.Context(), documents, nil); err != nil {
		t.Fatal(err)
	}
	return corpus
}

func TestComingFrom(t *testing.T) {
	corpus := sampleCorpus(t)
	backup := filepath.Join(t.TempDir(), "backup")
	if err := fromKeras(t.Context(), corpus, backup); err != nil {
		t.Error(err)
	}
	if _, err := feedforward.LoadCheckpoint(backup); err != nil {
		t.Error(err)
	}
	c, err := fromScikitLearn(t.Context(), corpus)
	if err != nil {
		t.Fatal(err)
	}
	labels, err := c.Classify("Free entry: win cash, text WIN now", "The train is late, see you at six.")
	if err != nil {
		t.Fatal(err)
	}
	if labels[0].Name != "spam" || labels[1].Name != "ham" {
		t.Errorf("%+v", labels)
	}
}

// TestComingFromShows holds the Go of the page to this file.
func TestComingFromShows(t *testing.T) {
	page, err := os.ReadFile("coming-from.md")
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.ReadFile("coming_from_test.go")
	if err != nil {
		t.Fatal(err)
	}
	pieces := regexp.MustCompile("(?ms)^```go\n(.*?)^```").FindAllStringSubmatch(string(page), -1)
	if len(pieces) != 2 {
		t.Errorf("%d pieces of Go", len(pieces))
	}
	for _, m := range pieces {
		indented := "\t" + strings.ReplaceAll(strings.TrimSuffix(m[1], "\n"), "\n", "\n\t")
		if !strings.Contains(string(here), indented+"\n") {
			t.Errorf("coming_from_test.go lacks\n%s", indented)
		}
	}
}
