package feedforward

import (
	"strings"
	"sync"
	"testing"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/bow/sample"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestPredictor(t *testing.T) {
	texts := []string{"free prize", "the train is late", "", "see you", "WIN cash \xff now"}
	for range 600 { // more than a graph has rows
		texts = append(texts, "a prize for the train")
	}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		c := trained(t, bow.TFIDF, dt)
		p, err := c.Predictor()
		if err != nil {
			t.Fatal(err)
		}
		all := make([]Label, len(texts))
		if err := p.ClassifyAll(all, texts); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for i, text := range texts[:8] {
					got, err := p.Classify(text)
					if err != nil || got != all[i] {
						t.Errorf("%q alone is %v, %v; among others %v", text, got, err, all[i])
					}
				}
			})
		}
		wg.Wait()
		want, err := c.Classify(texts[:4]...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if all[i] != want[i] {
				t.Errorf("%q: Predictor says %v, Classifier %v", texts[i], all[i], want[i])
			}
		}
		if got := testing.AllocsPerRun(100, func() { _, _ = p.Classify("claim your free prize") }); got != 0 {
			t.Errorf("%v: %v allocations a text", dt, got)
		}
		if err := p.ClassifyAll(all[:1], texts); err == nil || !strings.Contains(err.Error(), "1 labels for") {
			t.Errorf("too few labels: %v", err)
		}
	}
}

func TestPredictorRefuses(t *testing.T) {
	c := trained(t, bow.Presence, tensor.Float32)
	if _, err := (&Classifier{Network: c.Network}).Predictor(); err == nil || !strings.Contains(err.Error(), "numbers, not text") {
		t.Errorf("no encoder: %v", err)
	}
	if _, err := (&Classifier{Network: c.Network, Encoder: c.Encoder, Labels: []string{"a"}}).Predictor(); err == nil {
		t.Error("one label for two classes")
	}
	stock := mustNew(t, Config{Inputs: c.Encoder.Vocabulary().Len()},
		Layer{Units: 4, Func: func(z *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sin(z) }}, Dense(2, "softmax"))
	if _, err := (&Classifier{Network: stock, Encoder: c.Encoder, Labels: c.Labels}).Predictor(); err == nil || !strings.Contains(err.Error(), "stock Gorgonia ops") {
		t.Errorf("stock op: %v", err)
	}
	tape := mustNew(t, Config{Inputs: c.Encoder.Vocabulary().Len(), Engine: Gorgonia}, Dense(2, "softmax"))
	if _, err := (&Classifier{Network: tape, Encoder: c.Encoder, Labels: c.Labels}).Predictor(); err == nil || !strings.Contains(err.Error(), "needs engine native") {
		t.Errorf("gorgonia engine: %v", err)
	}
}

// sampleClassifier has the sample's dictionary and the default network, not trained.
func sampleClassifier(b *testing.B) *Classifier {
	documents, err := sample.Documents()
	if err != nil {
		b.Fatal(err)
	}
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		b.Fatal(err)
	}
	if err := corpus.ReadAll(b.Context(), documents, nil); err != nil {
		b.Fatal(err)
	}
	words, err := corpus.Vocabulary(nil, bow.VocabularyOptions{})
	if err != nil {
		b.Fatal(err)
	}
	enc, err := corpus.Encoder(words, bow.Presence, nil)
	if err != nil {
		b.Fatal(err)
	}
	n := mustNew(b, Config{Inputs: words.Len(), Seed: 1}, Dense(64, "relu"), Dense(64, "relu"), Dense(2, "softmax"))
	return &Classifier{Network: n, Encoder: enc, Labels: corpus.Labels()}
}

// BenchmarkPredictOne labels one short message, from its text.
func BenchmarkPredictOne(b *testing.B) {
	p, err := sampleClassifier(b).Predictor()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Classify("Congratulations, you have been selected for a free prize: call now to claim it"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPredictMany labels 256 messages of the sample at a time, from their texts.
func BenchmarkPredictMany(b *testing.B) {
	p, err := sampleClassifier(b).Predictor()
	if err != nil {
		b.Fatal(err)
	}
	lines := strings.SplitN(sample.Text(), "\n", 257)[:256]
	labels := make([]Label, len(lines))
	b.ReportAllocs()
	for b.Loop() {
		if err := p.ClassifyAll(labels, lines); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(256*float64(b.N)/b.Elapsed().Seconds(), "docs/s")
}
