package feedforward

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
)

// TestDeferredAccuracy trains on real corpora with deferred rows and with a solver that
// steps every row every time, and compares the test accuracies. It takes half a minute
// and files that are not ours to ship:
//
//	NESTNET_CORPORA=../../../shared/data go test ./models/feedforward -run DeferredAccuracy -v
func TestDeferredAccuracy(t *testing.T) {
	folder := os.Getenv("NESTNET_CORPORA")
	if folder == "" {
		t.Skip("NESTNET_CORPORA does not name the folder of the corpora")
	}
	for _, c := range []struct{ train, test string }{
		{"sms.train.tsv", "sms.test.tsv"},
		{"agnews.train.tsv.gz", "agnews.test.tsv"},
		{"20news.train.tsv.gz", "20news.test.tsv.gz"},
	} {
		corpus, err := bow.NewCorpus(bow.Tokenizer{})
		if err != nil {
			t.Fatal(err)
		}
		open := func(name string) *bow.File {
			f, err := bow.Open(filepath.Join(folder, name), bow.ReaderOptions{})
			if err != nil {
				t.Skip(err)
			}
			t.Cleanup(func() { f.Close() })
			return f
		}
		if err := corpus.ReadAll(t.Context(), open(c.train), nil); err != nil {
			t.Fatal(err)
		}
		words, err := corpus.Vocabulary(nil, bow.VocabularyOptions{MaxWords: 25762})
		if err != nil {
			t.Fatal(err)
		}
		enc, err := corpus.Encoder(words, bow.Presence, nil)
		if err != nil {
			t.Fatal(err)
		}
		train, _, err := corpus.Set(enc, nil)
		if err != nil {
			t.Fatal(err)
		}
		test, _, err := enc.ReadSet(open(c.test), corpus.Labels())
		if err != nil {
			t.Fatal(err)
		}
		var mean [2]float64
		for seed := uint64(1); seed <= 3; seed++ {
			for k, s := range []gorgonia.Solver{&solvers.Adam{}, plainSolver{&solvers.Adam{}}} {
				n := mustNew(t, Config{Inputs: words.Len(), Seed: seed}, Dense(64, "relu"), Dense(64, "relu"), Dense(len(corpus.Labels()), "softmax"))
				if _, err := n.Fit(t.Context(), train, Fit{Epochs: 5, Solver: s}); err != nil {
					t.Fatal(err)
				}
				r, err := n.Evaluate(test)
				if err != nil {
					t.Fatal(err)
				}
				mean[k] += r.Accuracy / 3
				t.Logf("%s, seed %d, deferred %v: accuracy %.4f", c.train, seed, k == 0, r.Accuracy)
			}
		}
		if off := mean[0] - mean[1]; off > 0.001 || off < -0.001 {
			t.Errorf("%s: mean accuracy %.4f deferred, %.4f stepping every row", c.train, mean[0], mean[1])
		}
	}
}
