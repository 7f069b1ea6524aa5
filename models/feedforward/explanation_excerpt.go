package feedforward

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"unicode/utf8"
)

// ExcerptHTML writes the text alone, its words coloured as HTML does it, for a page that
// shows many texts. Of a text of more than most characters it writes the part whose words
// pushed most, whichever way, with … where something is left out; 0 writes all of it.
func (x *Explanation) ExcerptHTML(most int) string {
	start, end := x.excerpt(most)
	pieces := x.pieces(start, end)
	if start > 0 {
		pieces = append([]textPiece{{Text: "… "}}, pieces...)
	}
	if end < len(x.Text) {
		pieces = append(pieces, textPiece{Text: " …"})
	}
	var b strings.Builder
	if err := template.Must(template.New("excerpt").Parse(piecesHTML)).Execute(&b, struct{ Pieces []textPiece }{pieces}); err != nil {
		panic(fmt.Sprintf("feedforward: excerpt template: %v", err))
	}
	return b.String()
}

// excerpt returns where the part of ExcerptHTML starts and ends, in bytes: the first of
// those that hold the largest sum of absolute contributions.
func (x *Explanation) excerpt(most int) (start, end int) {
	all := utf8.RuneCountInString(x.Text)
	if most <= 0 || all <= most {
		return 0, len(x.Text)
	}
	// The places of the words, in characters.
	starts, ends := make([]int, len(x.Spans)), make([]int, len(x.Spans))
	at, characters := 0, 0
	for i, s := range x.Spans {
		starts[i] = characters + utf8.RuneCountInString(x.Text[at:s.Start])
		ends[i] = starts[i] + utf8.RuneCountInString(x.Text[s.Start:s.End])
		at, characters = s.End, ends[i]
	}
	first, last, best := 0, 0, math.Inf(-1) // the part has the words first to last-1
	for i, j, sum := 0, 0, 0.0; i < len(x.Spans); i++ {
		j = max(j, i)
		for ; j < len(x.Spans) && ends[j]-starts[i] <= most; j++ {
			sum += math.Abs(x.Spans[j].Contribution)
		}
		if sum > best && j > i {
			first, last, best = i, j, sum
		}
		if j > i {
			sum -= math.Abs(x.Spans[i].Contribution)
		}
	}
	if last == first { // no words, or only longer ones
		return 0, len(string([]rune(x.Text)[:most]))
	}
	for first > 0 && ends[last-1]-starts[first-1] <= most {
		first--
	}
	start, end = x.Spans[first].Start, x.Spans[last-1].End
	if first == 0 && ends[last-1] <= most {
		start = 0
	}
	if last == len(x.Spans) && all-starts[first] <= most {
		end = len(x.Text)
	}
	return start, end
}
