package feedforward

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"unicode"
)

// ExplanationText says how an explanation is written as text. The zero value is what
// String writes.
type ExplanationText struct {
	// Top is how many words the table has, the strongest ones. Default 10; -1 is all.
	Top int

	// Color shows the words of the text in the colours of a terminal: green pushes
	// towards the class, red away from it. Otherwise marks do: [++prize], [-tomorrow].
	Color bool
}

// String writes the text with its words marked, the output, and a table of the strongest
// words.
func (x *Explanation) String() string {
	var b strings.Builder
	x.Write(&b, ExplanationText{}) // a Builder does not fail
	return b.String()
}

// Write writes the explanation as String does, to w.
func (x *Explanation) Write(w io.Writer, o ExplanationText) error {
	switch {
	case o.Top == 0:
		o.Top = 10
	case o.Top < 0:
		o.Top = len(x.Words)
	}
	var b strings.Builder
	x.writeText(&b, o.Color)
	fmt.Fprintf(&b, "\n\n%s %.4f", plain(x.Answer.Name), x.Answer.Probability)
	if x.Class.Name != x.Answer.Name {
		fmt.Fprintf(&b, ", explained for %s %.4f", plain(x.Class.Name), x.Class.Probability)
	}
	fmt.Fprintf(&b, "\n%s of %s: %.4f, without words %.4f\n", x.OutputName, plain(x.Class.Name), x.Value, x.Baseline)
	if x.Explain.Method == IntegratedGradients {
		fmt.Fprintf(&b, "integrated gradients, %d points: sum %.4f, change of the output %.4f, remaining error %.1e\n", x.Points, x.Sum, x.Value-x.Baseline, x.Missing)
	} else {
		fmt.Fprintf(&b, "gradient × input: sum %.4f, change of the output %.4f\n", x.Sum, x.Value-x.Baseline)
	}
	x.writeTable(&b, o)
	if len(x.Unknown) > 0 {
		fmt.Fprintf(&b, "\nnot in the dictionary: %s\n", strings.Join(x.Unknown, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (x *Explanation) writeTable(b *strings.Builder, o ExplanationText) {
	if len(x.Words) == 0 {
		b.WriteString("\nno word of the text is in the dictionary\n")
		return
	}
	b.WriteString("\n")
	words := x.Words[:min(o.Top, len(x.Words))]
	widest := math.Abs(words[0].Contribution)
	table := tabwriter.NewWriter(b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "word\ttimes\tx\tcontribution\t")
	for _, word := range words {
		fmt.Fprintf(table, "%s\t%d\t%.3g\t%+.4f\t%s\n", plain(word.Word), word.Count, word.X, word.Contribution, bar(word.Contribution, widest))
	}
	if rest := x.Words[len(words):]; len(rest) > 0 {
		sum := 0.0
		for _, word := range rest {
			sum += word.Contribution
		}
		fmt.Fprintf(table, "%s more\t\t\t%+.4f\t\n", thousands(len(rest)), sum)
	}
	table.Flush()
}

// bar is as long as a contribution is large.
func bar(v, widest float64) string {
	const width = 20
	if widest == 0 {
		return ""
	}
	mark := "█"
	if v < 0 {
		mark = "░"
	}
	n := int(math.Round(width * math.Abs(v) / widest))
	if n == 0 {
		return ""
	}
	return "  " + strings.Repeat(mark, n)
}

// strength is how strong a span is next to the strongest one, from 0 (hardly at all) to
// levels, with its sign.
func (x *Explanation) strength(s Span, levels int) int {
	strongest := 0.0
	for _, other := range x.Spans {
		strongest = max(strongest, math.Abs(other.Contribution))
	}
	if strongest == 0 {
		return 0
	}
	n := int(math.Ceil(math.Abs(s.Contribution)/strongest*float64(levels) - 0.25))
	if s.Contribution < 0 {
		return -n
	}
	return n
}

// Backgrounds of a terminal of 256 colours, from light to strong, each legible with
// black letters.
var (
	greens = [...]int{194, 157, 120, 83}
	reds   = [...]int{224, 217, 210, 203}
)

func (x *Explanation) writeText(b *strings.Builder, color bool) {
	at := 0
	for _, s := range x.Spans {
		b.WriteString(plain(x.Text[at:s.Start]))
		at = s.End
		word := plain(x.Text[s.Start:s.End])
		levels := 3
		if color {
			levels = len(greens)
		}
		switch n := x.strength(s, levels); {
		case n == 0:
			b.WriteString(word)
		case color && n > 0:
			fmt.Fprintf(b, "\x1b[38;5;16;48;5;%dm%s\x1b[0m", greens[n-1], word)
		case color:
			fmt.Fprintf(b, "\x1b[38;5;16;48;5;%dm%s\x1b[0m", reds[-n-1], word)
		case n > 0:
			fmt.Fprintf(b, "[%s%s]", strings.Repeat("+", n), word)
		default:
			fmt.Fprintf(b, "[%s%s]", strings.Repeat("-", -n), word)
		}
	}
	b.WriteString(plain(x.Text[at:]))
}

// plain takes control characters, with which a text could write over the terminal, and
// line breaks out of a text.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return '\uFFFD'
		}
		return r
	}, text)
}
