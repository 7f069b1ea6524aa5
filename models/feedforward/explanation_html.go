package feedforward

import (
	"fmt"
	"html/template"
	"math"
)

// HTML writes the explanation as a piece of a page, for a notebook or a page of one's
// own: the text with its words coloured, the output, and a table of all words. It has no
// scripts and loads nothing.
func (x *Explanation) HTML() string { return page("explanation", explanationHTML, x.view()) }

// explanationHTML leaves the colours of letters and page to the page, so that it can be
// read on a light and on a dark one: words are coloured by what shines through.
const explanationHTML = `<div class="explanation">
<p class="text" style="line-height:1.9">` + piecesHTML + `</p>
<p class="answer"><b>{{.Answer.Name}}</b> {{printf "%.4f" .Answer.Probability}}{{if ne .Answer.Name .Class.Name}}, explained for <b>{{.Class.Name}}</b> {{printf "%.4f" .Class.Probability}}{{end}}.
{{.OutputName}} of {{.Class.Name}}: {{printf "%.4f" .Value}}, without words {{printf "%.4f" .Baseline}}.
{{.How}}</p>
{{if .Rows}}<table>
<tr><th style="text-align:left">word</th><th>times</th><th>x</th><th>contribution</th><th style="text-align:left">away from {{.Class.Name}} | towards</th></tr>
{{range .Rows}}<tr><td style="text-align:left">{{.Word}}</td><td>{{.Count}}</td><td>{{printf "%.3g" .X}}</td><td>{{printf "%+.4f" .Contribution}}</td><td style="text-align:left"><span style="display:inline-block;height:.8em;margin-left:{{.Left}}em;width:{{.Width}}em;background:{{.Color}}"></span></td></tr>
{{end}}</table>{{else}}<p>No word of the text is in the dictionary.</p>{{end}}
{{if .Unknown}}<p class="unknown">Not in the dictionary: {{range $i, $word := .Unknown}}{{if $i}}, {{end}}{{$word}}{{end}}</p>{{end}}
</div>
`

// piecesHTML is the text itself.
const piecesHTML = `{{range .Pieces}}{{if .Color}}<span style="background:{{.Color}};border-radius:.2em;padding:.1em .15em" title="{{.Title}}">{{.Text}}</span>{{else if .Unknown}}<span style="opacity:.55" title="not in the dictionary">{{.Text}}</span>{{else}}{{.Text}}{{end}}{{end}}`

type explanationView struct {
	*Explanation
	Pieces []textPiece
	Rows   []wordRow
	How    string
}

// textPiece is a span, or what stands between two of them.
type textPiece struct {
	Text, Title string
	Color       template.CSS
	Unknown     bool
}

type wordRow struct {
	ExplainedWord
	Left, Width string // of the bar
	Color       template.CSS
}

func (x *Explanation) view() explanationView {
	v := explanationView{Explanation: x}
	if v.How = fmt.Sprintf("Gradient × input: sum %.4f, change of the output %.4f.", x.Sum, x.Value-x.Baseline); x.Explain.Method == IntegratedGradients {
		v.How = fmt.Sprintf("Integrated gradients, %d points: sum %.4f, change of the output %.4f, remaining error %.1e.", x.Points, x.Sum, x.Value-x.Baseline, x.Missing)
	}
	v.Pieces = x.pieces(0, len(x.Text))
	const half = 6 // em, of the bars to either side
	for _, word := range x.Words {
		r := wordRow{ExplainedWord: word, Color: shade(math.Copysign(1, word.Contribution), 1)}
		width, left := 0.0, float64(half)
		if widest := math.Abs(x.Words[0].Contribution); widest > 0 {
			width = half * math.Abs(word.Contribution) / widest
		}
		if word.Contribution < 0 {
			left -= width
		}
		r.Left, r.Width = fmt.Sprintf("%.2f", left), fmt.Sprintf("%.2f", width)
		v.Rows = append(v.Rows, r)
	}
	return v
}

// pieces cuts the text from byte start to byte end into its words and what stands between
// them. No word reaches over either end.
func (x *Explanation) pieces(start, end int) []textPiece {
	strongest := 0.0
	for _, s := range x.Spans {
		strongest = max(strongest, math.Abs(s.Contribution))
	}
	var all []textPiece
	at := start
	for _, s := range x.Spans {
		if s.Start < start || s.End > end {
			continue
		}
		all = append(all, textPiece{Text: x.Text[at:s.Start]})
		p := textPiece{Text: x.Text[s.Start:s.End], Unknown: !s.Known}
		if s.Known && s.Contribution != 0 {
			p.Color, p.Title = shade(s.Contribution, strongest), fmt.Sprintf("%+.4f", s.Contribution)
		}
		all = append(all, p)
		at = s.End
	}
	return append(all, textPiece{Text: x.Text[at:end]})
}

// shade is green for what pushes towards a class and red for what pushes away, and the
// more see-through the weaker.
func shade(v, strongest float64) template.CSS {
	rgb := "46,160,67"
	if v < 0 {
		rgb = "218,54,51"
	}
	return template.CSS(fmt.Sprintf("rgba(%s,%.2f)", rgb, 0.06+0.54*math.Abs(v)/strongest))
}
