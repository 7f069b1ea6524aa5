package feedforward

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nestnet/nestnet/data/bow"
	"gorgonia.org/tensor"
)

var tags = regexp.MustCompile(`<[^>]*>`)

// An excerpt is a piece of the text that holds the words that pushed most.
func TestExcerpt(t *testing.T) {
	zebras := strings.Repeat("zebra zebra, ", 40)
	for _, row := range []struct {
		name, text string
		most       int
		want       string
	}{
		{"all of it", "see you at the station", 0, "see you at the station"},
		{"short enough", "see you at the station", 22, "see you at the station"},
		{"at the beginning", "Free prize! " + zebras, 22, "Free prize! zebra …"},
		{"in the middle", zebras + "free prize " + zebras, 10, "… free prize …"},
		{"at the end", zebras + "free prize.", 24, "… zebra zebra, free prize."},
		{"no words", strings.Repeat("?! ", 9), 3, "?!  …"},
		{"one long word", strings.Repeat("é", 50), 5, "ééééé …"},
		{"no text", "", 5, ""},
		{"not a tag", "<b>free</b> prize & station", 0, "&lt;b&gt;free&lt;/b&gt; prize &amp; station"},
	} {
		c := trained(t, bow.Presence, tensor.Float32)
		x, err := c.Explain(row.text, "", Explain{})
		if err != nil {
			t.Fatal(err)
		}
		got := x.ExcerptHTML(row.most)
		text := tags.ReplaceAllString(got, "")
		if text != row.want {
			t.Errorf("%s: %q, want %q", row.name, text, row.want)
		}
		if n := utf8.RuneCountInString(strings.Trim(text, "… ")); row.most > 0 && n > row.most {
			t.Errorf("%s: %d characters, want at most %d", row.name, n, row.most)
		}
		if strings.Contains(row.text, "prize") && !strings.Contains(got, `<span style="background:rgba(`) {
			t.Errorf("%s: no coloured words in %s", row.name, got)
		}
	}
}
