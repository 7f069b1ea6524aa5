package bow

import (
	"bytes"
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

// BenchmarkReadCorpus is bytes to a corpus: lines, tokens, ids.
func BenchmarkReadCorpus(b *testing.B) {
	docs := benchDocs(10_000)
	for _, format := range []Format{TSV, CSV, JSONL, FastText} {
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
		b.Run(string(format), func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				r, err := NewReader(bytes.NewReader(text.Bytes()), "x", ReaderOptions{Format: format})
				if err != nil {
					b.Fatal(err)
				}
				c := mustCorpus(b, Tokenizer{})
				if err := c.ReadAll(context.Background(), r, nil); err != nil {
					b.Fatal(err)
				}
			}
			perSecond(b, len(docs))
		})
	}
}

// BenchmarkBuildVocabulary is a corpus to its dictionary.
func BenchmarkBuildVocabulary(b *testing.B) {
	docs := benchDocs(10_000)
	c := mustCorpus(b, Tokenizer{}, docs...)
	for _, most := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("words=%d", most), func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Vocabulary(nil, VocabularyOptions{MaxWords: most}); err != nil {
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
			b.Run(fmt.Sprintf("corpus/ngrams=%d/%s", n, w), func(b *testing.B) {
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
