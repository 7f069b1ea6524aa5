package bow

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nestnet/nestnet/data"
)

// benchDocs makes documents of about 40 words of a Zipf vocabulary, as long as a
// news item in brief.
func benchDocs(n int) []Document {
	rng := rand.New(rand.NewPCG(1, 0))
	docs := make([]Document, n)
	for i := range docs {
		docs[i] = Document{Label: fmt.Sprint("c", i%4), Text: zipfText(rng, 50_000, 40), Line: i + 1}
	}
	return docs
}

// perSecond reports the rate of a benchmark that does n documents a round.
func perSecond(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "docs/s")
}

// benchWorkers are the numbers of workers that benchmarks try.
var benchWorkers = []int{1, 2}

// BenchmarkReadCorpus is bytes to a corpus: lines, tokens, ids.
func BenchmarkReadCorpus(b *testing.B) {
	docs := benchDocs(10_000)
	read := func(b *testing.B, text []byte, format Format, workers, docs int) {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := OpenStdin(bytes.NewReader(text), ReaderOptions{Format: format})
				if err != nil {
					b.Fatal(err)
				}
				c := mustCorpus(b, Tokenizer{})
				c.Workers = workers
				if err := c.ReadAll(context.Background(), r, nil); err != nil {
					b.Fatal(err)
				}
			}
			perSecond(b, docs)
		})
	}
	for _, format := range []Format{TSV, CSV, JSONL, FastText} {
		text := benchText(docs, format)
		b.Run(string(format), func(b *testing.B) {
			for _, workers := range benchWorkers {
				read(b, text, format, workers, len(docs))
			}
		})
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(benchText(docs, TSV)); err != nil {
		b.Fatal(err)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("tsv.gz", func(b *testing.B) {
		for _, workers := range benchWorkers {
			read(b, packed.Bytes(), TSV, workers, len(docs))
		}
	})
}

// benchText writes docs in a format.
func benchText(docs []Document, format Format) []byte {
	var text bytes.Buffer
	if format == CSV {
		text.WriteString("label,text\n")
	}
	for _, d := range docs {
		switch format {
		case TSV:
			fmt.Fprintf(&text, "%s\t%s\n", d.Label, d.Text)
		case CSV:
			fmt.Fprintf(&text, "%s,\"%s\"\n", d.Label, d.Text)
		case JSONL:
			fmt.Fprintf(&text, "{\"label\": %q, \"text\": %q}\n", d.Label, d.Text)
		case FastText:
			fmt.Fprintf(&text, "__label__%s %s\n", d.Label, d.Text)
		}
	}
	return text.Bytes()
}

// BenchmarkBuildVocabulary is a corpus to its dictionary.
func BenchmarkBuildVocabulary(b *testing.B) {
	docs := benchDocs(10_000)
	c := mustCorpus(b, Tokenizer{}, docs...)
	for _, most := range []int{0, 10_000} {
		for _, workers := range benchWorkers {
			b.Run(fmt.Sprintf("words=%d/workers=%d", most, workers), func(b *testing.B) {
				b.ReportAllocs()
				c.Workers = workers
				for b.Loop() {
					if _, err := c.Vocabulary(nil, VocabularyOptions{MaxWords: most}); err != nil {
						b.Fatal(err)
					}
				}
				perSecond(b, len(docs))
			})
		}
	}
}

// BenchmarkVectorize is a file in memory to dictionary and rows, the job of
// CountVectorizer(binary=True).fit_transform in scikit-learn, which takes words of
// two letters or more. Its text is AG News where that is at hand.
func BenchmarkVectorize(b *testing.B) {
	const path = "../../../shared/data/agnews.train.tsv.gz"
	docs := benchDocs(10_000)
	if f, err := Open(path, ReaderOptions{}); err == nil {
		if docs, err = ReadDocuments(f); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
	text := benchText(docs, TSV)
	for _, workers := range benchWorkers {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := NewReader(bytes.NewReader(text), "x", ReaderOptions{Format: TSV})
				if err != nil {
					b.Fatal(err)
				}
				c := mustCorpus(b, Tokenizer{MinRunes: 2})
				c.Workers = workers
				if err := c.ReadAll(context.Background(), r, nil); err != nil {
					b.Fatal(err)
				}
				v, err := c.Vocabulary(nil, VocabularyOptions{})
				if err != nil {
					b.Fatal(err)
				}
				enc, err := c.Encoder(v, Presence, nil)
				if err != nil {
					b.Fatal(err)
				}
				if _, _, err := c.Set(enc, nil); err != nil {
					b.Fatal(err)
				}
			}
			perSecond(b, len(docs))
		})
	}
}

// BenchmarkEncode is texts to rows, and a corpus to rows.
func BenchmarkEncode(b *testing.B) {
	docs := benchDocs(10_000)
	for _, n := range []int{1, 2} {
		c := mustCorpus(b, Tokenizer{NGrams: n}, docs...)
		v, err := c.Vocabulary(nil, VocabularyOptions{MinCount: 2})
		if err != nil {
			b.Fatal(err)
		}
		for _, w := range []Weighting{Presence, TFIDF} {
			enc, err := c.Encoder(v, w, nil)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("text/ngrams=%d/%s", n, w), func(b *testing.B) {
				b.ReportAllocs()
				batch := &data.Batch{}
				for b.Loop() {
					batch.Reset()
					for i := range docs {
						enc.AppendRow(batch, docs[i].Text)
					}
				}
				perSecond(b, len(docs))
			})
			for _, workers := range benchWorkers {
				b.Run(fmt.Sprintf("corpus/ngrams=%d/%s/workers=%d", n, w, workers), func(b *testing.B) {
					b.ReportAllocs()
					c.Workers = workers
					for b.Loop() {
						if _, _, err := c.Set(enc, nil); err != nil {
							b.Fatal(err)
						}
					}
					perSecond(b, len(docs))
				})
			}
		}
	}
}
