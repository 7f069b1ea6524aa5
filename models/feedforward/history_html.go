package feedforward

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// HTML writes the history as a piece of a page, for a notebook or a page of one's own: a
// line of the losses and a table of the epochs, of more than 40 the first, the last and
// the best. It has no scripts and loads nothing.
func (h *History) HTML() string { return page("history", historyHTML, h.view()) }

// page fills a template, which is ours: its mistakes are too.
func page(name, text string, view any) string {
	var b strings.Builder
	if err := template.Must(template.New(name).Parse(text)).Execute(&b, view); err != nil {
		panic(fmt.Sprintf("feedforward: %s template: %v", name, err))
	}
	return b.String()
}

// historyHTML, like explanationHTML, leaves the colours of letters and page to the page.
const historyHTML = `<div class="history">
<p>{{.Epochs}}, {{.Steps}}{{.Why}}{{if .Best}}; the weights of epoch {{.Best}} were kept{{end}}.</p>
{{if .Lines}}<svg viewBox="0 0 320 84" width="320" height="84" role="img" aria-label="loss by epoch">{{range .Lines}}<polyline points="{{.Points}}" fill="none" stroke="{{.Color}}" stroke-width="1.8"{{if .Dashed}} stroke-dasharray="5 3"{{end}}><title>{{.Name}}</title></polyline>{{end}}</svg>
<p style="margin-top:0"><small>{{range $i, $l := .Lines}}{{if $i}}, {{end}}<span style="color:{{.Color}}">{{if .Dashed}}╌╌{{else}}──{{end}}</span> {{.Name}}{{end}}</small></p>
{{end}}{{if .Rows}}<table style="text-align:right;border-spacing:.8em .1em">
<tr>{{range .Head}}<th>{{.}}</th>{{end}}</tr>
{{range .Rows}}<tr{{if .Best}} style="font-weight:bold;background:rgba(46,160,67,0.18)" title="best epoch"{{end}}>{{range .Cells}}<td>{{.}}</td>{{end}}</tr>
{{end}}</table>
{{end}}</div>
`

type historyView struct {
	Epochs, Steps string
	Why           string // training ended, if not with the last epoch
	Best          int
	Lines         []lossLine
	Head          []string
	Rows          []epochRow
}

type lossLine struct {
	Name, Points string
	Color        template.CSS
	Dashed       bool
}

type epochRow struct {
	Cells []string
	Best  bool
}

func (h *History) view() historyView {
	v := historyView{Epochs: counted(len(h.Epochs), "epoch"), Steps: counted(h.Steps, "step"), Best: h.Best, Lines: h.lines()}
	switch h.Stopped {
	case StoppedTargetLoss:
		v.Why = ", stopped at the target loss"
	case StoppedPatience:
		v.Why = ", stopped when validation did not improve"
	case StoppedInterrupted:
		v.Why = ", interrupted"
	}
	var valid *Result
	for _, e := range h.Epochs {
		if e.Valid != nil {
			valid = e.Valid
		}
	}
	v.Head = []string{"epoch", "steps", "loss"}
	var columns []func(*Result) float64
	if valid != nil {
		add := func(name string, f func(*Result) float64) {
			v.Head, columns = append(v.Head, name), append(columns, f)
		}
		add("validation loss", func(r *Result) float64 { return r.Loss })
		switch {
		case valid.MultiLabel != nil:
			add("micro F1", func(r *Result) float64 { return r.MultiLabel.MicroF1 })
			add("subset accuracy", func(r *Result) float64 { return r.MultiLabel.SubsetAccuracy })
		case valid.Regression != nil:
			add("R²", func(r *Result) float64 { return r.Regression.R2 })
		default:
			add("accuracy", func(r *Result) float64 { return r.Accuracy })
			add("macro F1", func(r *Result) float64 { return r.MacroF1 })
		}
	}
	const most, ends = 40, 10
	left := false
	for i, e := range h.Epochs {
		best := e.Number == h.Best && h.Best > 0
		if len(h.Epochs) > most && i >= ends && i < len(h.Epochs)-ends && !best {
			if !left {
				v.Rows = append(v.Rows, epochRow{Cells: []string{"…"}})
			}
			left = true
			continue
		}
		left = false
		row := epochRow{Cells: []string{fmt.Sprint(e.Number), thousands(e.Steps), fmt.Sprintf("%.4f", e.Loss)}, Best: best}
		for _, f := range columns {
			cell := ""
			if e.Valid != nil {
				cell = fmt.Sprintf("%.4f", f(e.Valid))
			}
			row.Cells = append(row.Cells, cell)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// lines are the losses in a picture of 320 × 84. Where one is no number, it has no point.
func (h *History) lines() []lossLine {
	low, high := math.Inf(1), math.Inf(-1)
	losses := [2][]float64{}
	for _, e := range h.Epochs {
		valid := math.NaN()
		if e.Valid != nil {
			valid = e.Valid.Loss
		}
		for i, v := range []float64{e.Loss, valid} {
			losses[i] = append(losses[i], v)
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	var lines []lossLine
	for i, name := range []string{"training loss", "validation loss"} {
		// Colours that are seen on light and on dark pages.
		l := lossLine{Name: name, Color: []template.CSS{"#3b8fd0", "#e07b00"}[i], Dashed: i == 1}
		var points []string
		for k, v := range losses[i] {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			y := 42.0
			if high > low {
				y = 4 + 76*(high-v)/(high-low)
			}
			points = append(points, fmt.Sprintf("%.1f,%.1f", 4+312*float64(k)/float64(max(len(losses[i])-1, 1)), y))
		}
		if l.Points = strings.Join(points, " "); len(points) > 1 {
			lines = append(lines, l)
		}
	}
	return lines
}

// counted writes 1 step, 1,200 steps.
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return thousands(n) + " " + what
}
