package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"golang.org/x/term"
)

// mistakeJSON is a wrong answer.
type mistakeJSON struct {
	Line        int     `json:"line"`
	Label       string  `json:"label"`
	Predicted   string  `json:"predicted"`
	Probability float64 `json:"probability"` // of what was predicted
	Text        string  `json:"text"`
}

// mistakes returns as many wrong answers as --mistakes asks for, the surest first.
func (e *evalReport) mistakes() []mistakeJSON {
	var all []mistakeJSON
	for _, i := range e.Mistakes(e.flags.mistakes) {
		a, d := e.Answers[i], e.documents[i]
		all = append(all, mistakeJSON{d.Line, e.labels[e.Truth[i]], e.labels[a.Class], a.Probability, d.Text})
	}
	return all
}

func (e *evalReport) writeMistakes(w io.Writer, width int) {
	all := e.mistakes()
	if all == nil {
		fmt.Fprint(w, "\nno mistakes\n")
		return
	}
	fmt.Fprintf(w, "\nsurest mistakes (%d of %s)\n", len(all), thousands(len(e.Mistakes(e.Documents))))
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "line\tof class\ttaken for\tprobability\t   text")
	for _, m := range all {
		names := cut([]string{m.Label, m.Predicted})
		fmt.Fprintf(table, "%d\t%s\t%s\t%.4f\t   %s\n", m.Line, names[0], names[1], m.Probability, strings.Join(strings.Fields(m.Text), " "))
	}
	table.Flush()
	for line := range strings.Lines(b.String()) {
		io.WriteString(w, shorten(line, width))
	}
}

// shorten cuts a line that has more than width characters; 0 leaves it whole.
func shorten(line string, width int) string {
	text := strings.TrimSuffix(line, "\n")
	if width <= 1 || utf8.RuneCountInString(text) <= width {
		return line
	}
	return string([]rune(text)[:width-1]) + "…\n"
}

// lineWidth is how wide a line of w may be, 0 for any width.
func lineWidth(w io.Writer) int {
	if !isTerminal(w) {
		return 0
	}
	width, _, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil {
		return 80
	}
	return width
}
