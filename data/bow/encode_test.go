package bow

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nestnet/nestnet/data"
)

func mustEncoder(t testing.TB, s Settings, idf []float32, words ...string) *Encoder {
	t.Helper()
	v, err := NewVocabulary(words)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEncoder(v, s, idf)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAppendRow(t *testing.T) {
	// idf of scikit-learn's formula for n = 3 and df = 3, 2, 1.
	idf := []float32{1, float32(math.Log(4./3) + 1), float32(math.Log(2) + 1)}
	norm := func(x ...float64) []float32 {
		sum := 0.0
		for _, v := range x {
			sum += v * v
		}
		y := make([]float32, len(x))
		for i, v := range x {
			y[i] = float32(v / math.Sqrt(sum))
		}
		return y
	}
	for _, test := range []struct {
		name    string
		s       Settings
		text    string
		columns []int32
		values  []float32
		known   int
	}{
		{"presence", Settings{}, "zulu a ZULU x", []int32{0, 2}, nil, 3},
		{"presence by name", Settings{Weighting: Presence}, "mike", []int32{1}, nil, 1},
		{"nothing known", Settings{}, "x y", nil, nil, 0},
		{"empty text", Settings{}, "", nil, nil, 0},
		{"count", Settings{Weighting: Count}, "zulu a ZULU x", []int32{0, 2}, []float32{1, 2}, 3},
		{"count of nothing", Settings{Weighting: Count}, "x", nil, []float32{}, 0},
		{"tfidf", Settings{Weighting: TFIDF}, "zulu a ZULU mike", []int32{0, 1, 2},
			norm(1, float64(idf[1]), 2*float64(idf[2])), 4},
		{"tfidf of one word", Settings{Weighting: TFIDF}, "mike mike", []int32{1}, []float32{1}, 2},
		{"tfidf of nothing", Settings{Weighting: TFIDF}, "x", nil, []float32{}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var weights []float32
			if test.s.Weighting == TFIDF {
				weights = idf
			}
			e := mustEncoder(t, test.s, weights, "a", "mike", "zulu")
			b := &data.Batch{}
			for row := range 2 { // twice: nothing may be left over from the first
				if known := e.AppendRow(b, test.text); known != test.known {
					t.Errorf("%d known tokens, want %d", known, test.known)
				}
				if err := b.Check(); err != nil {
					t.Fatal(err)
				}
				columns, values := b.Row(row)
				if !slices.Equal(columns, test.columns) {
					t.Errorf("columns %v, want %v", columns, test.columns)
				}
				if !slices.Equal(values, test.values) || (b.Values == nil) != (test.values == nil) {
					t.Errorf("values %v, want %v", values, test.values)
				}
			}
			if b.Columns != 3 {
				t.Errorf("%d columns, want 3", b.Columns)
			}
		})
	}
}

// A batch used before, with another weighting, has values of its own.
func TestAppendRowAfterReset(t *testing.T) {
	b := &data.Batch{}
	mustEncoder(t, Settings{Weighting: Count}, nil, "a", "b").AppendRow(b, "a b")
	b.Reset()
	mustEncoder(t, Settings{}, nil, "a", "b", "c").AppendRow(b, "c")
	want := &data.Batch{Columns: 3, Offsets: []int{0, 1}, Indices: []int32{2}}
	if b.Values != nil || b.Columns != want.Columns || !slices.Equal(b.Offsets, want.Offsets) || !slices.Equal(b.Indices, want.Indices) {
		t.Errorf("got %+v, want %+v", b, want)
	}
}

func TestBatch(t *testing.T) {
	e := mustEncoder(t, Settings{}, nil, "a", "zulu")
	b, err := e.Batch("zulu", "", "a zulu")
	if err != nil {
		t.Fatal(err)
	}
	want := &data.Batch{Columns: 2, Offsets: []int{0, 1, 1, 3}, Indices: []int32{1, 0, 1}}
	if !reflect.DeepEqual(b, want) {
		t.Errorf("got %+v, want %+v", b, want)
	}
	if b, err := e.Batch(); err != nil || b.Rows() != 0 || b.Check() != nil {
		t.Errorf("no texts: %+v, %v", b, err)
	}
	_, err = e.Batch("a", "\xff")
	if !errors.Is(err, ErrInvalidUTF8) || !strings.HasPrefix(err.Error(), "bow: text 2: ") {
		t.Errorf("bad UTF-8: error %v", err)
	}
}

func TestNewEncoderErrors(t *testing.T) {
	v, err := NewVocabulary([]string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	inf := float32(math.Inf(1))
	for _, test := range []struct {
		name string
		v    *Vocabulary
		s    Settings
		idf  []float32
		want string
	}{
		{"no dictionary", nil, Settings{}, nil, "without a dictionary"},
		{"empty dictionary", &Vocabulary{}, Settings{}, nil, "without a dictionary"},
		{"weighting", v, Settings{Weighting: "bm25"}, nil, `unknown weighting "bm25", want presence, count or tfidf`},
		{"tokenizer", v, Settings{Tokenizer: Tokenizer{NGrams: -1}}, nil, "NGrams is -1"},
		{"idf missing", v, Settings{Weighting: TFIDF}, nil, "0 idf weights for 2 words"},
		{"idf for nothing", v, Settings{}, []float32{1, 1}, "the weighting is presence"},
		{"idf not a number", v, Settings{Weighting: TFIDF}, []float32{1, float32(math.NaN())}, `idf weight of "b" is NaN`},
		{"idf infinite", v, Settings{Weighting: TFIDF}, []float32{inf, 1}, `idf weight of "a" is +Inf`},
		{"idf zero", v, Settings{Weighting: TFIDF}, []float32{0, 1}, `idf weight of "a" is 0`},
	} {
		if _, err := NewEncoder(test.v, test.s, test.idf); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

// What a model file keeps, settings as JSON, words as text and idf as numbers,
// makes the same encoder again.
func TestEncoderRoundTrip(t *testing.T) {
	e := mustEncoder(t, Settings{Tokenizer: Tokenizer{NGrams: 2, StopWords: []string{"of"}}, Weighting: TFIDF},
		[]float32{1, 1.25, 2}, "a", "cup", "cup tea")
	settings, err := json.Marshal(e.Settings())
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"tokenizer":{"min_runes":1,"ngrams":2,"stop_words":["of"]},"weighting":"tfidf"}`; string(settings) != want {
		t.Errorf("settings %s\n    want %s", settings, want)
	}
	words, err := e.Vocabulary().MarshalText()
	if err != nil {
		t.Fatal(err)
	}

	var s Settings
	var v Vocabulary
	if err := errors.Join(json.Unmarshal(settings, &s), v.UnmarshalText(words)); err != nil {
		t.Fatal(err)
	}
	again, err := NewEncoder(&v, s, e.IDF())
	if err != nil {
		t.Fatal(err)
	}
	want, _ := e.Batch("a cup of tea", "tea")
	got, _ := again.Batch("a cup of tea", "tea")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestClone(t *testing.T) {
	e := mustEncoder(t, Settings{Weighting: Count}, nil, strings.Fields(words(500))...)
	texts := make([]string, 50)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range texts {
		texts[i] = zipfText(rng, 500, 40)
	}
	want, err := e.Batch(texts...)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		c := e.Clone()
		wg.Go(func() {
			if got, err := c.Batch(texts...); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("a clone encodes differently, error %v", err)
			}
		})
	}
	wg.Wait()
}

func TestAppendRowAllocates(t *testing.T) {
	for _, s := range []Settings{
		{},
		{Weighting: Count, Tokenizer: Tokenizer{NGrams: 2, StopWords: []string{"the"}}},
	} {
		e := mustEncoder(t, s, nil, "don't", "free", "miss the", "weekly", "größe")
		b := &data.Batch{}
		for _, text := range []string{"Don't miss the FREE entry in 2 a weekly comp", "die Größe"} {
			e.AppendRow(b, text)
			n := testing.AllocsPerRun(100, func() {
				b.Reset()
				e.AppendRow(b, text)
			})
			if n != 0 {
				t.Errorf("%+v: AppendRow(%q) allocates %v times, want 0", s, text, n)
			}
		}
	}
}

func TestReadSet(t *testing.T) {
	e := mustEncoder(t, Settings{}, nil, "cash", "win")
	read := func(text string, labels ...string) (*data.Set, Stats, error) {
		r, err := NewReader(strings.NewReader(text), "sms.test.tsv", ReaderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return e.ReadSet(r, labels)
	}
	set, stats, err := read("spam\tWin CASH\n\nham\thello\nspam\twin\n", "ham", "spam")
	if err != nil {
		t.Fatal(err)
	}
	want := data.Batch{Columns: 2, Offsets: []int{0, 2, 2, 3}, Indices: []int32{0, 1, 1}, Classes: []int32{1, 0, 1}}
	if !reflect.DeepEqual(set.All, want) {
		t.Errorf("got %+v, want %+v", set.All, want)
	}
	if want := (Stats{Documents: 3, Empty: 1}); stats != want {
		t.Errorf("stats %+v, want %+v", stats, want)
	}

	many := make([]string, 11)
	for i := range many {
		many[i] = fmt.Sprint("class", i)
	}
	for _, test := range []struct {
		text   string
		labels []string
		want   string
		is     error
	}{
		{"ham\ta\n\nsapm\tb\n", []string{"ham", "spam"}, `sms.test.tsv:3: unknown label "sapm" (known: ham, spam)`, ErrUnknownLabel},
		{"sapm\tb\n", many, `sms.test.tsv:1: unknown label "sapm"`, ErrUnknownLabel},
		{"\n\n", []string{"ham"}, "sms.test.tsv: no documents", ErrEmpty},
		{"ham\n", []string{"ham"}, "sms.test.tsv:1: no tab between label and text", ErrNoTab},
		{"ham\ta\n", []string{"a", "a"}, `bow: label "a" is there twice`, nil},
	} {
		_, _, err := read(test.text, test.labels...)
		if err == nil || err.Error() != test.want || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%q: error %v, want %s", test.text, err, test.want)
		}
	}
}

func TestParseWeighting(t *testing.T) {
	for s, want := range map[string]Weighting{"": Presence, "presence": Presence, "count": Count, "tfidf": TFIDF} {
		if got, err := ParseWeighting(s); got != want || err != nil {
			t.Errorf("ParseWeighting(%q) = %q, %v", s, got, err)
		}
	}
	if _, err := ParseWeighting("TFIDF"); err == nil {
		t.Error(`ParseWeighting("TFIDF") is no error`)
	}
}

// words returns n different words, one space between two.
func words(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "w%d ", i)
	}
	return b.String()
}

// zipfText returns n of the words that words makes; the kth occurs about 1/k times
// as often as the first, as in natural texts.
func zipfText(rng *rand.Rand, vocabulary, n int) string {
	var b strings.Builder
	for range n {
		k := int(math.Exp(rng.Float64()*math.Log(float64(vocabulary)))) - 1
		fmt.Fprintf(&b, "w%d ", k)
	}
	return b.String()
}
