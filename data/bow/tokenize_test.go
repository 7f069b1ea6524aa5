package bow

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAppendTokens(t *testing.T) {
	for _, test := range []struct {
		name string
		t    Tokenizer
		text string
		want []string
	}{
		{"empty", Tokenizer{}, "", nil},
		{"separators only", Tokenizer{}, " \t.,!?-_/\x00", nil},
		{"words", Tokenizer{}, "A zulu, a ZULU!", []string{"a", "zulu", "a", "zulu"}},
		{"digits", Tokenizer{}, "call 0800-555 2nite", []string{"call", "0800", "555", "2nite"}},
		{"underscore", Tokenizer{}, "a_b", []string{"a", "b"}},
		{"apostrophe within", Tokenizer{}, "don't", []string{"don't"}},
		{"apostrophe before", Tokenizer{}, "'tis", []string{"tis"}},
		{"apostrophe after", Tokenizer{}, "dogs' bones", []string{"dogs", "bones"}},
		{"apostrophes around", Tokenizer{}, "'quoted'", []string{"quoted"}},
		{"two apostrophes", Tokenizer{}, "rock''n'roll", []string{"rock", "n'roll"}},
		{"apostrophes only", Tokenizer{}, "' '' ’", nil},
		{"curly apostrophe", Tokenizer{}, "don’t dogs’ ’tis", []string{"don't", "dogs", "tis"}},
		{"apostrophe before a mark", Tokenizer{}, "a'\u0301b", []string{"a", "b"}},
		{"apostrophe before Unicode", Tokenizer{}, "l'École", []string{"l'école"}},
		{"Latin", Tokenizer{}, "Straße ÄÖÜ Ǆ", []string{"straße", "äöü", "ǆ"}},
		{"Cyrillic", Tokenizer{}, "ПРИВЕТ, Мир", []string{"привет", "мир"}},
		{"final sigma", Tokenizer{}, "ΟΔΟΣ οδος Σ ΣΑΣ", []string{"οδος", "οδος", "σ", "σας"}},
		{"dotted I", Tokenizer{}, "İSTANBUL İ", []string{"i\u0307stanbul", "i\u0307"}},
		{"dotless i", Tokenizer{}, "ISPARTA ısı", []string{"isparta", "ısı"}},
		{"combining mark", Tokenizer{}, "Cafe\u0301s", []string{"cafe\u0301s"}},
		{"mark without letter", Tokenizer{}, "\u0301 a", []string{"a"}},
		{"Devanagari", Tokenizer{}, "नमस्ते दुनिया", []string{"नमस्ते", "दुनिया"}},
		{"Chinese", Tokenizer{}, "你好，世界", []string{"你好", "世界"}},
		{"Arabic digits", Tokenizer{}, "٣٤ x", []string{"٣٤", "x"}},
		{"emoji", Tokenizer{}, "ok👍no", []string{"ok", "no"}},
		{"no-break space", Tokenizer{}, "a\u00a0b", []string{"a", "b"}},
		{"bad UTF-8", Tokenizer{}, "a\xffb \xe2\x80", []string{"a", "b"}},
		{"bad UTF-8 after an apostrophe", Tokenizer{}, "a'\xff", []string{"a"}},
		{"replacement character", Tokenizer{}, "a\ufffdb", []string{"a", "b"}},

		{"MinRunes", Tokenizer{MinRunes: 2}, "a bc é öl d'e", []string{"bc", "öl", "d'e"}},
		{"MinRunes below", Tokenizer{MinRunes: -1}, "a", []string{"a"}},
		{"pairs", Tokenizer{NGrams: 2}, "a b, c", []string{"a", "b", "a b", "c", "b c"}},
		{"triples", Tokenizer{NGrams: 3}, "a bb ccc d", []string{"a", "bb", "a bb", "ccc", "bb ccc", "a bb ccc", "d", "ccc d", "bb ccc d"}},
		{"pair of one word", Tokenizer{NGrams: 2}, "a", []string{"a"}},
		{"stop words", Tokenizer{StopWords: []string{"The", "don’t"}}, "the cat Don't THE sat", []string{"cat", "sat"}},
		{"n-grams after stop words", Tokenizer{NGrams: 2, StopWords: []string{"of"}}, "cup of tea", []string{"cup", "tea", "cup tea"}},
		{"n-grams after MinRunes", Tokenizer{NGrams: 2, MinRunes: 3}, "cup of tea", []string{"cup", "tea", "cup tea"}},
		{"stop word shorter than MinRunes", Tokenizer{MinRunes: 2, StopWords: []string{"a"}}, "a bc", []string{"bc"}},

		{"longest word", Tokenizer{}, strings.Repeat("x", 1024) + " y", []string{strings.Repeat("x", 1024), "y"}},
		{"too long a word", Tokenizer{}, strings.Repeat("x", 1025) + " y", []string{"y"}},
		{"too long in Unicode", Tokenizer{}, strings.Repeat("é", 513) + " y", []string{"y"}},
		{"too long in lower case", Tokenizer{}, strings.Repeat("İ", 512) + " y", []string{"y"}},
		{"n-grams around too long a word", Tokenizer{NGrams: 2}, "a " + strings.Repeat("x", 1025) + " b", []string{"a", "b", "a b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.t.AppendTokens(nil, test.text)
			if !slices.Equal(got, test.want) {
				t.Errorf("tokens of %.60q:\n got %.60q\nwant %.60q", test.text, got, test.want)
			}
		})
	}
}

func TestAppendTokensAppends(t *testing.T) {
	got := Tokenizer{}.AppendTokens([]string{"first"}, "second")
	if want := []string{"first", "second"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTokenizerCheck(t *testing.T) {
	for _, test := range []struct {
		t    Tokenizer
		want string // in the error; empty: no error
	}{
		{Tokenizer{}, ""},
		{Tokenizer{MinRunes: 3, NGrams: 16, StopWords: []string{"The", "don't"}}, ""},
		{Tokenizer{MinRunes: -1}, "MinRunes is -1"},
		{Tokenizer{NGrams: -2}, "NGrams is -2"},
		{Tokenizer{NGrams: 17}, "NGrams is 17"},
		{Tokenizer{StopWords: []string{"of the", "e.g."}}, ""},
		{Tokenizer{StopWords: []string{""}}, `"" has no letters or digits`},
		{Tokenizer{MinRunes: -1, NGrams: -2}, "NGrams is -2"}, // all at once
	} {
		err := test.t.Check()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: error %v, want %q", test.t, err, test.want)
		}
	}
}

// A text of one endless word, and one of words each too long, in linear time: the
// test would not end otherwise.
func TestTokenizeLong(t *testing.T) {
	const size = 4 << 20
	for _, text := range []string{
		strings.Repeat("x", size),
		strings.Repeat("é", size/2),
		strings.Repeat("a'", size/2),
		strings.Repeat("'", size),
		strings.Repeat(strings.Repeat("x", 2000)+" ", size/2001),
	} {
		n := 0
		newScanner(Tokenizer{NGrams: 16}).scan(text, func([]byte) { n++ })
		if n != 0 {
			t.Errorf("%d tokens in %.10q…, want none", n, text)
		}
	}
}

func FuzzTokenize(f *testing.F) {
	for _, seed := range []string{"", "A zulu", "don't ’tis", "ΟΔΟΣ İ", "cafe\u0301", "a\xff", "x'\u0301y", "Ǆ ẞ K Å"} {
		f.Add(seed, uint8(2), uint8(1))
	}
	f.Fuzz(func(t *testing.T, text string, n, least uint8) {
		if len(text) > 4096 {
			t.Skip("long texts are slow here, and show nothing more")
		}
		words := Tokenizer{}.AppendTokens(nil, text)
		for _, w := range words {
			if w == "" || len(w) > MaxTokenBytes || !utf8.ValidString(w) || strings.ContainsAny(w, " \n\r\t’") {
				t.Fatalf("bad token %q", w)
			}
			// Tokens of a token: itself. So a dictionary can be read as text.
			if again := (Tokenizer{}).AppendTokens(nil, w); len(again) != 1 || again[0] != w {
				t.Fatalf("token %q is cut into %q", w, again)
			}
		}
		// Words apart from each other give the same tokens as in the text.
		if again := (Tokenizer{}).AppendTokens(nil, strings.Join(words, " ")); !slices.Equal(again, words) {
			t.Fatalf("tokens %q, joined and cut again %q", words, again)
		}
		// n-grams, the obvious way.
		tok := Tokenizer{NGrams: int(n%maxNGrams) + 1, MinRunes: int(least % 8)}
		kept := Tokenizer{MinRunes: tok.MinRunes}.AppendTokens(nil, text)
		var want []string
		for i := range kept {
			for k := 1; k <= tok.NGrams && k <= i+1; k++ {
				want = append(want, strings.Join(kept[i+1-k:i+1], " "))
			}
		}
		if got := tok.AppendTokens(nil, text); !slices.Equal(got, want) {
			t.Fatalf("%+v\n got %q\nwant %q", tok, got, want)
		}
	})
}

func BenchmarkTokenize(b *testing.B) {
	for _, test := range []struct{ name, text string }{
		{"ascii", strings.Repeat("Don't miss the FREE entry in 2 a weekly comp. ", 20)},
		{"german", strings.Repeat("Möchten Sie kostenlos an unserem Gewinnspiel teilnehmen? Grüße! ", 14)},
		{"greek", strings.Repeat("ΟΔΟΣ της Αθήνας ", 30)},
	} {
		for _, n := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/ngrams=%d", test.name, n), func(b *testing.B) {
				s := newScanner(Tokenizer{NGrams: n})
				b.SetBytes(int64(len(test.text)))
				b.ReportAllocs()
				for b.Loop() {
					s.scan(test.text, func([]byte) {})
				}
			})
		}
	}
}
