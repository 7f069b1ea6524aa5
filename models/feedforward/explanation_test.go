package feedforward

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data/bow"
	"gorgonia.org/tensor"
)

// pairs is a classifier on words and pairs of words.
func pairs(t *testing.T, w bow.Weighting) *Classifier {
	t.Helper()
	return trainedOn(t, bow.Tokenizer{NGrams: 2}, w, tensor.Float32)
}

// hashed is a network with first weights on 16 columns of hashed words, so that some
// words share one.
func hashed(t *testing.T) *Classifier {
	t.Helper()
	enc, err := bow.NewEncoder(nil, bow.Settings{Tokenizer: bow.Tokenizer{StopWords: []string{"a"}}, HashBits: 4, Weighting: bow.Count}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := mustNew(t, Config{Inputs: 16, Seed: 1}, Dense(8, "tanh"), Dense(2, "softmax"))
	return &Classifier{Network: n, Encoder: enc, Labels: []string{"ham", "spam"}}
}

// The words of a text, the spans that they make and the sum belong together, for each
// weighting, with n-grams, repeated and unknown words.
func TestExplanation(t *testing.T) {
	text := "Win a FREE prize: free prize, at the station! Zebra prize zebra"
	for _, c := range []*Classifier{trained(t, bow.Presence, tensor.Float32), trained(t, bow.Count, tensor.Float64),
		trained(t, bow.TFIDF, tensor.Float32), pairs(t, bow.Count), pairs(t, bow.TFIDF), hashed(t)} {
		for _, m := range []Method{GradientInput, IntegratedGradients} {
			x, err := c.Explain(text, "", Explain{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"zebra"}
			if c.Encoder.Vocabulary() == nil {
				want = nil // every word has a column
			}
			if !slices.Equal(x.Unknown, want) {
				t.Errorf("unknown %q, want %q", x.Unknown, want)
			}
			b, err := c.Encoder.Batch(text)
			if err != nil {
				t.Fatal(err)
			}
			if len(x.Words) != len(b.Indices) {
				t.Errorf("%d words explained, x has %d", len(x.Words), len(b.Indices))
			}
			words, spans := 0.0, 0.0
			for i, w := range x.Words {
				if c.Encoder.Vocabulary() == nil && w.Word == "" {
					t.Error("a column without words")
				}
				words += w.Contribution
				if want := map[string]int{"prize": 3, "free": 2, "free prize": 2}[w.Word]; c.Encoder.Vocabulary() != nil && want > 0 && w.Count != want {
					t.Errorf("%q is there %d times", w.Word, w.Count)
				}
				if i > 0 && math.Abs(w.Contribution) > math.Abs(x.Words[i-1].Contribution) {
					t.Errorf("%q stands behind a weaker word", w.Word)
				}
				j, _ := c.Encoder.Vocabulary().Index(w.Word)
				if c.Encoder.Vocabulary() == nil {
					continue
				}
				at := slices.Index(b.Indices, int32(j))
				if _, values := b.Row(0); values != nil && w.X != float64(values[at]) || values == nil && w.X != 1 {
					t.Errorf("%q has x %v", w.Word, w.X)
				}
			}
			for _, s := range x.Spans {
				spans += s.Contribution
				if known := !strings.EqualFold(text[s.Start:s.End], "zebra") || want == nil; s.Known != known {
					t.Errorf("%q: known %v", text[s.Start:s.End], s.Known)
				}
			}
			if math.Abs(words-x.Sum) > 1e-9 || math.Abs(spans-x.Sum) > 1e-9 {
				t.Errorf("words add up to %v, spans to %v, want %v", words, spans, x.Sum)
			}
			if m == IntegratedGradients && math.Abs(x.Missing) > 1e-3 {
				t.Errorf("sum %v, change %v", x.Sum, x.Value-x.Baseline)
			}
			if want := math.Log(x.Class.Probability / (1 - x.Class.Probability)); math.Abs(x.Value-want) > 1e-4*math.Abs(want)+1e-4 {
				t.Errorf("log-odds %v, want %v for a probability of %v", x.Value, want, x.Class.Probability)
			}
		}
	}
}

// The class may be chosen; with two classes what pushes towards one pushes away from the
// other.
func TestExplanationOfAClass(t *testing.T) {
	c := trained(t, bow.Presence, tensor.Float32)
	spam, err := c.Explain("free prize at the station", "spam", Explain{})
	if err != nil {
		t.Fatal(err)
	}
	ham, err := c.Explain("free prize at the station", "ham", Explain{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range spam.Words {
		if a, b := spam.Words[i], ham.Words[i]; a.Word != b.Word || math.Abs(a.Contribution+b.Contribution) > 1e-5 {
			t.Errorf("towards spam %+v, towards ham %+v", a, b)
		}
	}
	if _, err := c.Explain("free", "sapm", Explain{}); err == nil || err.Error() != `feedforward: unknown class "sapm", want one of ["ham" "spam"]` {
		t.Errorf("error %v", err)
	}
	if _, err := c.Explain("\xff", "", Explain{}); !errors.Is(err, bow.ErrInvalidUTF8) {
		t.Errorf("error %v", err)
	}
}

// A text without words is explained by having none.
func TestExplanationOfNothing(t *testing.T) {
	c := trained(t, bow.TFIDF, tensor.Float32)
	for _, text := range []string{"", "?!", "zebra"} {
		for _, m := range []Method{GradientInput, IntegratedGradients} {
			x, err := c.Explain(text, "", Explain{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			if len(x.Words) != 0 || x.Sum != 0 || x.Value != x.Baseline {
				t.Errorf("%q: %+v", text, x)
			}
			if !strings.Contains(x.String(), "no word of the text is in the dictionary") || !strings.Contains(x.HTML(), "No word of the text is in the dictionary.") {
				t.Errorf("%q: written\n%s", text, x)
			}
		}
	}
}

// A text cannot write over the terminal, nor into the page.
func TestExplanationWritesText(t *testing.T) {
	c := trained(t, bow.Presence, tensor.Float32)
	x, err := c.Explain("free \x1b[2J <script>alert(1)</script> prize\r\nnow \u202edne", "", Explain{})
	if err != nil {
		t.Fatal(err)
	}
	var colored strings.Builder
	if err := x.Write(&colored, ExplanationText{Color: true}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{x.String(), colored.String()} {
		if strings.Contains(s, "\x1b[2J") || strings.ContainsAny(s, "\r\u202e") {
			t.Errorf("control characters in %q", s)
		}
	}
	if strings.Contains(x.String(), "\x1b") {
		t.Error("colours without being asked for")
	}
	if c := colored.String(); !strings.Contains(c, "\x1b[38;5;16;48;5;83m") && !strings.Contains(c, "\x1b[38;5;16;48;5;203m") {
		t.Errorf("no word in a strongest colour: %q", c)
	}
	if h := x.HTML(); strings.Contains(h, "<script") || !strings.Contains(h, "&lt;") {
		t.Errorf("HTML:\n%s", h)
	}
	x, err = c.Explain("free cash at the station", "spam", Explain{})
	if err != nil {
		t.Fatal(err)
	}
	if s := x.String(); !strings.Contains(s, "[+") || !strings.Contains(s, "[---") && !strings.Contains(s, "[+++") {
		t.Errorf("no marks in\n%s", s)
	}
}

// documents is a Reader.
type documents struct {
	texts []string
	err   error
}

func (d *documents) Read() (bow.Document, error) {
	if len(d.texts) == 0 {
		if d.err != nil {
			return bow.Document{}, d.err
		}
		return bow.Document{}, io.EOF
	}
	text := d.texts[0]
	d.texts = d.texts[1:]
	return bow.Document{Text: text}, nil
}

// Influence is the mean of the explanations of each text.
func TestInfluence(t *testing.T) {
	c := trained(t, bow.Count, tensor.Float64)
	var texts []string
	for i := range 150 {
		texts = append(texts, sentences[i%5].text+" "+sentences[i%6].text, "", "zebra")
	}
	for _, m := range []Method{GradientInput, IntegratedGradients} {
		e := Explain{Method: m}
		told := 0
		in, err := c.Influence(t.Context(), &documents{texts: texts}, nil, e, func(n int) { told = n })
		if err != nil {
			t.Fatal(err)
		}
		if in.Documents != len(texts) || told != len(texts) || len(in.Classes) != 2 {
			t.Fatalf("%d documents, %d classes, told of %d", in.Documents, len(in.Classes), told)
		}
		for _, ci := range in.Classes {
			sums, counts := map[string]float64{}, map[string]int{}
			for _, text := range texts {
				x, err := c.Explain(text, ci.Class, e)
				if err != nil {
					t.Fatal(err)
				}
				for _, w := range x.Words {
					sums[w.Word] += w.Contribution
					counts[w.Word]++
				}
			}
			if len(ci.Words) != len(sums) {
				t.Errorf("%d words, want %d", len(ci.Words), len(sums))
			}
			for i, w := range ci.Words {
				if w.Documents != counts[w.Word] || math.Abs(w.Mean-sums[w.Word]/float64(len(texts))) > 1e-9 || math.Abs(w.Present-sums[w.Word]/float64(counts[w.Word])) > 1e-9 {
					t.Errorf("%s, %s: %+v, want %d documents, sum %v", m, ci.Class, w, counts[w.Word], sums[w.Word])
				}
				if i > 0 && w.Mean > ci.Words[i-1].Mean {
					t.Errorf("%q stands behind a smaller mean", w.Word)
				}
			}
		}
	}
	one, err := c.Influence(t.Context(), &documents{texts: texts}, []string{"spam"}, Explain{}, nil)
	if err != nil || len(one.Classes) != 1 || one.Classes[0].Class != "spam" {
		t.Errorf("one class: %+v, %v", one, err)
	}
}

// Words that are hashed into one column are named together.
func TestInfluenceOfHashedWords(t *testing.T) {
	in, err := hashed(t).Influence(t.Context(), &documents{texts: []string{"free prize", "win a free prize now", "see you at the station, free"}}, nil, Explain{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, w := range in.Classes[0].Words {
		all = append(all, strings.Split(w.Word, " | ")...)
	}
	slices.Sort(all)
	if want := []string{"at", "free", "now", "prize", "see", "station", "the", "win", "you"}; !slices.Equal(all, want) || len(in.Classes[0].Words) == len(all) || !in.Opposed {
		t.Errorf("words %q, want %q, and some that share a column", all, want)
	}
}

func TestInfluenceRefuses(t *testing.T) {
	c := trained(t, bow.Presence, tensor.Float32)
	if _, err := c.Influence(t.Context(), &documents{}, nil, Explain{}, nil); err == nil || err.Error() != "feedforward: there are no texts to explain" {
		t.Errorf("no texts: %v", err)
	}
	broken := errors.New("broken")
	if _, err := c.Influence(t.Context(), &documents{texts: []string{"free"}, err: broken}, nil, Explain{}, nil); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Influence(ctx, &documents{texts: []string{"free"}}, nil, Explain{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Ctrl-C: %v", err)
	}
	if _, err := c.Influence(t.Context(), &documents{}, []string{"sapm"}, Explain{}, nil); err == nil || !strings.Contains(err.Error(), `unknown class "sapm"`) {
		t.Errorf("unknown class: %v", err)
	}
}
