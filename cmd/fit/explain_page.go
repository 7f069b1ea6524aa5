package main

import (
	"html/template"
	"io"
	"path/filepath"

	"github.com/nestnet/nestnet/models/feedforward"
)

// pageHead and pageFoot are around what stands on a page. It needs no scripts and nothing
// from the network, and follows the reader's choice of light or dark.
const (
	pageHead = pageTop + pageStyle + `</style>
</head>
<body>
<h1>{{.Title}}</h1>
`
	pageTop = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>
`
	pageStyle = `:root { color-scheme: light dark; --ink: #1f2328; --paper: #ffffff; --line: #d1d9e0; --soft: #59636e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #3d444d; --soft: #9198a1; } }
body { color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin-top: 2em; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1em 0; }
th, td { padding: .15em .8em; text-align: right; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
.explanation { border-top: 1px solid var(--line); padding: .5em 0 1em; }
.text { font-size: 1.1em; overflow-wrap: anywhere; white-space: pre-wrap; }
.answer, .unknown, .title, .legend { color: var(--soft); }
.legend span { color: var(--ink); border-radius: .2em; padding: .1em .4em; }
`
	pageLegend = `<p class="legend"><span style="background:rgba(46,160,67,.60)">green</span> words push towards the class,
<span style="background:rgba(218,54,51,.60)">red</span> ones away from it, the stronger the fuller;
<span style="opacity:.55">pale</span> ones are not in the dictionary.</p>
`
	pageText = `{{if .Title}}<p class="title">{{.Title}}</p>
{{end}}{{.Explanation}}`
	pageInfluence = `<p class="legend">Contributions to the {{.Output}} of a class ({{.Method}}): the mean over {{.Documents}} texts, and over those that have the word.</p>
{{range .Classes}}<h2>{{.Class}}</h2>
{{$class := .Class}}{{range .Parts}}{{if .Words}}<table>
<tr><th style="text-align:left">{{.Title}} {{$class}}</th><th>texts</th><th>mean</th><th>where it is</th></tr>
{{range .Words}}<tr><td style="text-align:left">{{.Word}}</td><td>{{.Documents}}</td><td>{{printf "%+.4f" .Mean}}</td><td>{{printf "%+.4f" .Present}}</td></tr>
{{end}}</table>
{{end}}{{end}}{{end}}`
	pageFoot = `</body>
</html>
`
)

// page is a page of explained texts; a nil one is not written.
type page struct {
	w    io.Writer
	text *template.Template
	err  error
}

func newPage(w io.Writer, model string) *page {
	if w == nil {
		return nil
	}
	p := &page{w: w, text: template.Must(template.New("text").Parse(pageText))}
	p.err = writeHead(w, "Which words decided, by "+filepath.Base(model))
	if p.err == nil {
		_, p.err = io.WriteString(w, pageLegend)
	}
	return p
}

func writeHead(w io.Writer, title string) error {
	return template.Must(template.New("head").Parse(pageHead)).Execute(w, struct{ Title string }{title})
}

func (p *page) add(x *feedforward.Explanation, title string) error {
	if p == nil {
		return nil
	}
	if p.err == nil {
		p.err = p.text.Execute(p.w, struct {
			Title       string
			Explanation template.HTML
		}{title, template.HTML(x.HTML())})
	}
	return p.err
}

func (p *page) end() error {
	if p == nil {
		return nil
	}
	if p.err == nil {
		_, p.err = io.WriteString(p.w, pageFoot)
	}
	return p.err
}

// writeInfluencePage writes a page of the strongest words.
func writeInfluencePage(w io.Writer, e *explaining, in *feedforward.Influence) error {
	if w == nil {
		return nil
	}
	type class struct {
		Class string
		Parts []side
	}
	view := struct {
		Documents, Method, Output string
		Classes                   []class
	}{Documents: thousands(in.Documents), Method: string(e.how.Method), Output: string(e.how.Output)}
	for _, c := range in.Classes {
		view.Classes = append(view.Classes, class{c.Class, sides(in, c, e.top)})
	}
	if err := writeHead(w, "The strongest words, by "+filepath.Base(e.model)); err != nil {
		return err
	}
	if err := template.Must(template.New("influence").Parse(pageInfluence)).Execute(w, view); err != nil {
		return err
	}
	_, err := io.WriteString(w, pageFoot)
	return err
}
