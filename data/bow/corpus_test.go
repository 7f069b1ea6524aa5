package bow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
)

func mustCorpus(t testing.TB, tok Tokenizer, docs ...Document) *Corpus {
	t.Helper()
	c, err := NewCorpus(tok)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		if err := c.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

var sixMessages = []Document{
	{Label: "spam", Text: "win cash now now now"},
	{Label: "ham", Text: "see you at lunch"},
	{Label: "spam", Text: "cash prize! win!"},
	{Label: "ham", Text: "lunch? you bring cash"},
	{Label: "ham", Text: "at home"},
	{Label: "spam", Text: "win win"},
}

func TestVocabularyOfCorpus(t *testing.T) {
	// cash 3, win 4, now 3, you 2, lunch 2, at 2, see prize bring home 1
	c := mustCorpus(t, Tokenizer{}, sixMessages...)
	for _, test := range []struct {
		name string
		rows []int
		o    VocabularyOptions
		want string
	}{
		{"all", nil, VocabularyOptions{}, "at bring cash home lunch now prize see win you"},
		{"MinCount counts occurrences", nil, VocabularyOptions{MinCount: 3}, "cash now win"},
		{"MaxWords", nil, VocabularyOptions{MaxWords: 1}, "win"},
		{"ties alphabetically", nil, VocabularyOptions{MaxWords: 2}, "cash win"},
		{"more ties", nil, VocabularyOptions{MaxWords: 5}, "at cash lunch now win"},
		{"MaxWords above", nil, VocabularyOptions{MaxWords: 100, MinCount: 2}, "at cash lunch now win you"},
		{"some rows", []int{1, 4}, VocabularyOptions{}, "at home lunch see you"},
		{"some rows, counted there", []int{1, 4, 5}, VocabularyOptions{MinCount: 2}, "at win"},
		{"a row twice counts twice", []int{4, 4}, VocabularyOptions{MinCount: 2}, "at home"},
	} {
		v, err := c.Vocabulary(test.rows, test.o)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := strings.Join(v.Words(), " "); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestCorpusErrors(t *testing.T) {
	c := mustCorpus(t, Tokenizer{}, sixMessages...)
	v, err := c.Vocabulary(nil, VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := c.Encoder(v, Presence, nil)
	if err != nil {
		t.Fatal(err)
	}
	pairs := mustEncoder(t, Settings{Tokenizer: Tokenizer{NGrams: 2}}, nil, "a")
	one := mustCorpus(t, Tokenizer{}, Document{Label: "ham", Text: "a"}, Document{Label: "ham", Text: "b"})
	rng := rand.New(rand.NewPCG(1, 1))
	for _, test := range []struct {
		name string
		call func() error
		want string
		is   error
	}{
		{"tokenizer", func() error { _, err := NewCorpus(Tokenizer{MinRunes: -1}); return err }, "MinRunes is -1", nil},
		{"no label", func() error { return c.Add(Document{Text: "a", Line: 7}) }, "line 7: no label", ErrNoLabel},
		{"row", func() error { _, err := c.Vocabulary([]int{6}, VocabularyOptions{}); return err }, "no row 6", nil},
		{"negative row", func() error { _, err := c.ClassCounts([]int{-1}); return err }, "no row -1", nil},
		{"row of encoder", func() error { _, err := c.Encoder(v, TFIDF, []int{9}); return err }, "no row 9", nil},
		{"row of set", func() error { _, _, err := c.Set(enc, []int{9}); return err }, "no row 9", nil},
		{"no rows", func() error { _, _, err := c.Set(enc, []int{}); return err }, "no documents", ErrEmpty},
		{"options", func() error {
			_, err := c.Vocabulary(nil, VocabularyOptions{MaxWords: -1, MinCount: -2})
			return err
		}, "MinCount is -2", nil},
		{"no words", func() error { _, err := c.Vocabulary(nil, VocabularyOptions{MinCount: 5}); return err }, "none occurs 5 times or more in the 6 documents", ErrNoWords},
		{"no dictionary", func() error { _, err := c.Encoder(nil, TFIDF, nil); return err }, "without a dictionary", ErrNoWords},
		{"weighting", func() error { _, err := c.Encoder(v, "x", nil); return err }, `unknown weighting "x"`, nil},
		{"other tokenizer", func() error { _, _, err := c.Set(pairs, nil); return err }, "NGrams:2", nil},
		{"no encoder", func() error { _, _, err := c.Set(nil, nil); return err }, "without an encoder", nil},
		{"one class", func() error { _, _, err := one.Set(enc, nil); return err }, `only one class: all 2 documents are "ham"`, ErrOneClass},
		{"empty", func() error { return mustCorpus(t, Tokenizer{}).Check() }, "no documents", ErrEmpty},
		{"fraction", func() error { _, _, err := c.Split(1, nil, rng); return err }, "fraction is 1", nil},
		{"fraction below", func() error { _, _, err := c.Split(-.1, nil, rng); return err }, "fraction is -0.1", nil},
		{"fraction NaN", func() error { _, _, err := c.Split(math.NaN(), nil, rng); return err }, "fraction is NaN", nil},
		{"no rng", func() error { _, _, err := c.Split(.1, nil, nil); return err }, "rng is nil", nil},
		{"row of split", func() error { _, _, err := c.Split(.1, []int{6}, rng); return err }, "no row 6", nil},
	} {
		err := test.call()
		if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

func TestReadAll(t *testing.T) {
	var text strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&text, "%s\tword%d\n", []string{"ham", "spam"}[i%2], i)
	}
	r, err := NewReader(strings.NewReader(text.String()), "x.tsv", ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := mustCorpus(t, Tokenizer{})
	var seen []int
	if err := c.ReadAll(context.Background(), r, func(n int) { seen = append(seen, n) }); err != nil {
		t.Fatal(err)
	}
	if want := []int{1000, 2000, 2500}; !slices.Equal(seen, want) || c.Len() != 2500 {
		t.Errorf("progress %v, want %v; %d documents", seen, want, c.Len())
	}
	if counts, err := c.ClassCounts(nil); err != nil || !slices.Equal(counts, []int{1250, 1250}) {
		t.Errorf("class counts %v, %v", counts, err)
	}

	// A second file goes to the same corpus.
	r, _ = NewReader(strings.NewReader("eggs\tx\n"), "y.tsv", ReaderOptions{})
	if err := c.ReadAll(context.Background(), r, nil); err != nil || c.Len() != 2501 {
		t.Errorf("second file: %d documents, %v", c.Len(), err)
	}
	if want := []string{"eggs", "ham", "spam"}; !slices.Equal(c.Labels(), want) {
		t.Errorf("labels %q, want %q", c.Labels(), want)
	}
}

func TestReadAllErrors(t *testing.T) {
	read := func(ctx context.Context, text string, o ReaderOptions) error {
		r, err := NewReader(strings.NewReader(text), "x.tsv", o)
		if err != nil {
			t.Fatal(err)
		}
		return mustCorpus(t, Tokenizer{}).ReadAll(ctx, r, nil)
	}
	if err := read(context.Background(), "\n", ReaderOptions{}); !errors.Is(err, ErrEmpty) || err.Error() != "x.tsv: no documents" {
		t.Errorf("empty: %v", err)
	}
	if err := read(context.Background(), "a\tb\nc\n", ReaderOptions{}); !errors.Is(err, ErrNoTab) || err.Error() != "x.tsv:2: no tab between label and text" {
		t.Errorf("bad line: %v", err)
	}
	if err := read(context.Background(), "\nc\n", ReaderOptions{Unlabelled: true}); err == nil || err.Error() != "x.tsv:2: no label" {
		t.Errorf("unlabelled: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := read(ctx, "a\tb\n", ReaderOptions{}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

// docsReader is a Reader without a name, as a caller may write one.
type docsReader struct {
	docs []Document
	at   int
}

func (r *docsReader) Read() (Document, error) {
	if r.at == len(r.docs) {
		return Document{}, io.EOF
	}
	r.at++
	return r.docs[r.at-1], nil
}

// The corpus and the streaming encoder give identical sets, and both agree with a
// third, obvious way: maps.
func TestSetsAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 0))
	for _, tok := range []Tokenizer{{}, {NGrams: 2}, {MinRunes: 3, NGrams: 3, StopWords: []string{"w0", "w1"}}} {
		for _, weighting := range []Weighting{"", Presence, Count, TFIDF} {
			var docs []Document
			for i := range 60 {
				docs = append(docs, Document{Label: fmt.Sprint("c", rng.IntN(3)), Text: zipfText(rng, 200, rng.IntN(30)), Line: i + 1})
			}
			docs = append(docs, Document{Label: "c0", Text: "ÄÖ äö nothing else"}, Document{Label: "c9", Text: ""})
			c := mustCorpus(t, tok, docs...)
			v, err := c.Vocabulary(nil, VocabularyOptions{MinCount: 2, MaxWords: 100})
			if err != nil {
				t.Fatal(err)
			}
			enc, err := c.Encoder(v, weighting, nil)
			if err != nil {
				t.Fatal(err)
			}
			fromCorpus, stats, err := c.Set(enc, nil)
			if err != nil {
				t.Fatal(err)
			}
			streamed, streamStats, err := enc.ReadSet(&docsReader{docs: docs}, c.Labels())
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(fromCorpus, streamed) || stats != streamStats {
				t.Errorf("%+v %s: the corpus and the stream differ: %+v, %+v", tok, weighting, stats, streamStats)
			}
			if err := fromCorpus.All.Check(); err != nil {
				t.Error(err)
			}
			for i, d := range docs {
				checkRow(t, &fromCorpus.All, i, enc, d.Text)
			}

			// Some rows only, in another order.
			part, _, err := c.Set(enc, []int{5, 2, 61})
			if err != nil {
				t.Fatal(err)
			}
			want := &data.Set{}
			for _, i := range []int{5, 2, 61} {
				want.Append(&fromCorpus.All, i)
			}
			for i := range 3 {
				gi, gv := part.All.Row(i)
				wi, wv := want.All.Row(i)
				if !slices.Equal(gi, wi) || !slices.Equal(gv, wv) || part.All.Classes[i] != want.All.Classes[i] {
					t.Errorf("row %d of three differs", i)
				}
			}
		}
	}
}

// checkRow compares row i with the row of text computed from the definition.
func checkRow(t *testing.T, b *data.Batch, i int, enc *Encoder, text string) {
	t.Helper()
	tf := map[string]float64{}
	for _, w := range enc.Settings().Tokenizer.AppendTokens(nil, text) {
		if _, ok := enc.Vocabulary().Index(w); ok {
			tf[w]++
		}
	}
	norm := 0.0
	if enc.Settings().Weighting == TFIDF {
		for w := range tf {
			k, _ := enc.Vocabulary().Index(w)
			tf[w] *= float64(enc.IDF()[k])
			norm += tf[w] * tf[w]
		}
	}
	columns, values := b.Row(i)
	if len(columns) != len(tf) {
		t.Fatalf("row %d has %d words, want %d", i, len(columns), len(tf))
	}
	for j, col := range columns {
		want := tf[enc.Vocabulary().Word(int(col))]
		if norm > 0 {
			want /= math.Sqrt(norm)
		}
		switch {
		case values == nil:
			if want == 0 {
				t.Fatalf("row %d has column %d, which the text has not", i, col)
			}
		case math.Abs(float64(values[j])-want) > 1e-6:
			t.Fatalf("row %d column %d: %v, want %v", i, col, values[j], want)
		}
	}
}

// The worked example of the documentation of scikit-learn, "Tf–idf term
// weighting", with smooth_idf: counts of 3 terms in 6 documents, and the result
// it prints, rounded there to 8 digits.
func TestTFIDFOfScikitLearn(t *testing.T) {
	counts := [][3]int{{3, 0, 1}, {2, 0, 0}, {3, 0, 0}, {4, 0, 0}, {3, 2, 0}, {3, 0, 2}}
	want := [][3]float64{
		{0.85151335, 0, 0.52433293},
		{1, 0, 0},
		{1, 0, 0},
		{1, 0, 0},
		{0.55422893, 0.83236428, 0},
		{0.63035731, 0, 0.77630514},
	}
	c := mustCorpus(t, Tokenizer{})
	for i, row := range counts {
		text := ""
		for k, n := range row {
			text += strings.Repeat(fmt.Sprintf("t%d ", k), n)
		}
		if err := c.Add(Document{Label: fmt.Sprint(i % 2), Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	v, err := c.Vocabulary(nil, VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := c.Encoder(v, TFIDF, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := c.Set(enc, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		var got [3]float64
		columns, values := set.All.Row(i)
		for j, col := range columns {
			got[col] = float64(values[j])
		}
		for k := range got {
			if math.Abs(got[k]-want[i][k]) > 1e-7 { // float32
				t.Errorf("document %d term %d: %v, want %v", i, k, got[k], want[i][k])
			}
		}
	}
}

// The text of a document must not stay in memory with its label or its tokens,
// although both are parts of the same line.
func TestCorpusKeepsNoText(t *testing.T) {
	const docs = 400
	rest := "\t" + strings.Repeat("free entry ", 6000)
	c := mustCorpus(t, Tokenizer{})
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range docs {
		label, text, _ := strings.Cut(fmt.Sprint("label", i)+rest, "\t")
		if err := c.Add(Document{Label: label, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	if kept, text := int64(heap())-int64(before), docs*len(rest); kept > int64(text)/20 {
		t.Errorf("%d bytes kept of %d bytes of text that has two words", kept, text)
	}
	runtime.KeepAlive(c)
}
