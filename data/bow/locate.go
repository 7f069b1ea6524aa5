package bow

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Place is a token and where it stands in a text.
type Place struct {
	Token string // as AppendTokens gives it, in lower case

	// Column is that of the token in a row; -1 if it is not in the dictionary.
	Column int

	// Start and End are the bytes text[Start:End], as they are written there. An n-gram
	// reaches from its first word to its last one, with all that stands between them.
	Start, End int

	// Words is the number of words in the token: 1, or more for an n-gram.
	Words int
}

// Locate returns the tokens of text in the order of AppendTokens, each with its place and
// its column. It is for showing texts; encoding does not need the places and is faster.
func (e *Encoder) Locate(text string) []Place {
	places := e.settings.Tokenizer.locate(text)
	for i := range places {
		p := &places[i]
		if n := e.settings.HashBits; n > 0 {
			p.Column = int(hashColumn([]byte(p.Token), n))
		} else if column, ok := e.vocabulary.Index(p.Token); ok {
			p.Column = column
		}
	}
	return places
}

// locate is Locate without columns.
func (t Tokenizer) locate(text string) []Place {
	t = t.explicit()
	// A run of letters is one word or none, whatever stands around it.
	single := t
	single.NGrams = 1
	scanner := newScanner(single)
	var places []Place
	var words []Place // kept, the last NGrams of them
	for start, end := nextRun(text, 0); start < end; start, end = nextRun(text, end) {
		word := Place{Column: -1, Start: start, End: end, Words: 1}
		scanner.scan(text[start:end], func(token []byte) { word.Token = string(token) })
		if word.Token == "" {
			continue
		}
		if words = append(words, word); len(words) > t.NGrams {
			words = words[1:]
		}
		token := ""
		for k := len(words) - 1; k >= 0; k-- {
			token = strings.TrimSuffix(words[k].Token+" "+token, " ")
			places = append(places, Place{Token: token, Column: -1, Start: words[k].Start, End: end, Words: len(words) - k})
		}
	}
	return places
}

// nextRun returns the next run of what a word may hold, from byte i on; start is end when
// there is none left. See scanner.scan, which goes by the same rules.
func nextRun(text string, i int) (start, end int) {
	start = -1
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		within := unicode.IsLetter(r) || unicode.IsDigit(r) || start >= 0 &&
			(unicode.IsMark(r) || (r == '\'' || r == curlyApostrophe) && startsWord(text[i+size:]))
		switch {
		case within && start < 0:
			start = i
		case !within && start >= 0:
			return start, i
		}
		i += size
	}
	if start < 0 {
		return len(text), len(text)
	}
	return start, len(text)
}
