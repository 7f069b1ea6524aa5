package main

import (
	"html/template"
	"io"
	"slices"
	"strconv"
)

// reportPage is the page of --report: what stands on it, in words. A section is there
// only if it has something to show.
type reportPage struct {
	Title    string
	Lead     string
	Warnings []string
	Tiles    []reportTile
	Sections []*reportSection
	Foot     string
}

// reportTile is a number that is seen first.
type reportTile struct{ Name, Value, Note string }

// reportSection is a part of the page.
type reportSection struct {
	ID, Title string
	Intro     string
	Legend    bool // of the colours of words
	Command   string
	Tables    []*reportTable
	Figures   []reportFigure
	Texts     []reportText
	Lists     []reportList
	Note      string // below
}

func (s *reportSection) empty() bool {
	return s.Tables == nil && s.Figures == nil && s.Texts == nil && s.Lists == nil
}

// reportTable is a table, the first Left columns of which are words.
type reportTable struct {
	Title string
	Head  []string // nil: none, and the first column names the rows
	Left  int
	Rows  [][]reportCell
	Note  string // below
}

// reportCell is a cell of a table.
type reportCell struct {
	Text string
	Bar  string // width of a bar behind the text, in percent; "": none
}

// reportFigure is a picture for light and for dark pages.
type reportFigure struct {
	Light, Dark template.HTML
	Width       int  // in pixels of CSS
	Half        bool // of two that share a row
}

// reportText is a text with its words coloured.
type reportText struct {
	Facts []reportFact
	Text  template.HTML
}

// reportFact is a piece of a line, a name if Strong.
type reportFact struct {
	Text   string
	Strong bool
}

// reportList is words with bars.
type reportList struct {
	Title string
	Words []reportWord
}

type reportWord struct{ Word, Value, Note, Width string }

// add adds a section, unless it is empty.
func (p *reportPage) add(s *reportSection) {
	if s != nil && !s.empty() {
		p.Sections = append(p.Sections, s)
	}
}

// row adds a row of text.
func (t *reportTable) row(cells ...string) {
	var row []reportCell
	for _, c := range cells {
		row = append(row, reportCell{Text: c})
	}
	t.Rows = append(t.Rows, row)
}

// fact adds a row, unless it says nothing.
func (t *reportTable) fact(name, value string) {
	if value != "" {
		t.row(name, value)
	}
}

// IsLeft says whether a column is words.
func (t *reportTable) IsLeft(column int) bool { return column < t.Left }

// write writes the page.
func (p *reportPage) write(w io.Writer) error {
	t, err := template.New("report").Parse(reportHTML)
	if err != nil {
		return err
	}
	return t.Execute(printable{w}, p)
}

// printable replaces control characters, which no page may have and texts do.
type printable struct{ w io.Writer }

func (p printable) Write(b []byte) (int, error) {
	bad := func(c byte) bool { return c < ' ' && c != '\n' && c != '\t' || c == 0x7f }
	if slices.ContainsFunc(b, bad) {
		b = slices.Clone(b)
		for i, c := range b {
			if bad(c) {
				b[i] = ' '
			}
		}
	}
	return p.w.Write(b)
}

// reportHTML is the page. On paper it is always light.
const reportHTML = pageTop + `{{define "table"}}<div class="wide"><table{{if not .Head}} class="facts"{{end}}>
{{if .Title}}<caption>{{.Title}}</caption>
{{end}}{{$t := .}}{{if .Head}}<thead><tr>{{range $i, $h := .Head}}<th scope="col"{{if $t.IsLeft $i}} class="left"{{end}}>{{$h}}</th>{{end}}</tr></thead>
{{end}}<tbody>
{{range .Rows}}<tr>{{range $i, $c := .}}{{if eq $i 0}}<th scope="row"{{if $t.IsLeft $i}} class="left"{{end}}>{{$c.Text}}</th>{{else}}<td{{if $t.IsLeft $i}} class="left"{{end}}>{{if $c.Bar}}<span class="bar"><i style="width:{{$c.Bar}}%"></i></span>{{end}}{{$c.Text}}</td>{{end}}{{end}}</tr>
{{end}}</tbody></table>{{if .Note}}<p class="note">{{.Note}}</p>{{end}}</div>
{{end}}` + pageStyle + `:root { --bar: #0969da; } @media (prefers-color-scheme: dark) { :root { --bar: #4493f8; } }
@media print { :root { color-scheme: light; --bar: #0969da; --ink: #1f2328; --paper: #ffffff; --line: #d1d9e0; --soft: #59636e; } }
*, ::before { box-sizing: border-box; }
body { max-width: 64em; }
h1 { margin-bottom: 0; overflow-wrap: anywhere; } h2 { margin: 2.2em 0 .4em; padding-top: .6em; border-top: 1px solid var(--line); }
a { color: inherit; } p { margin: .5em 0; }
nav { margin: 1em 0; display: flex; flex-wrap: wrap; gap: .2em 1.1em; }
.lead, .note, nav a { color: var(--soft); } .note { font-size: .9em; }
.warning { border-left: .3em solid #bf8700; background: rgba(191,135,0,.14); padding: .5em .8em; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9em, 1fr)); gap: .8em; margin: 1.2em 0; }
.tiles div { border: 1px solid var(--line); border-radius: .5em; padding: .5em .9em; }
.tiles span { display: block; color: var(--soft); font-size: .85em; } .tiles b { font-size: 1.7em; font-weight: 600; font-variant-numeric: tabular-nums; }
.row { display: flex; flex-wrap: wrap; gap: .5em 2.5em; align-items: flex-start; }
.wide { overflow-x: auto; max-width: 100%; }
table { margin: .6em 0; } caption { text-align: left; font-weight: 600; padding-bottom: .3em; }
th { white-space: nowrap; } tbody th { color: var(--ink); font-weight: 400; }
th:first-child, td:first-child { padding-left: 0; } .left { text-align: left; }
td { white-space: nowrap; position: relative; }
.facts th { color: var(--soft); vertical-align: top; } .facts td { white-space: normal; text-align: left; overflow-wrap: anywhere; }
.bar { position: absolute; left: .8em; right: .8em; bottom: 0; height: .2em; } .bar i { display: block; height: 100%; background: var(--bar); }
pre { background: rgba(128,128,128,.12); border-radius: .4em; padding: .6em .8em; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .9em; }
figure { margin: .5em 0; min-width: 0; max-width: 100%; } figure.half { flex: 1 1 26em; }
figure svg { display: block; } .dark { display: none; }
@media screen and (prefers-color-scheme: dark) { .dark { display: block; } .light { display: none; } }
.texts { list-style: none; padding: 0; } .texts li { border-bottom: 1px solid var(--line); padding: .5em 0; break-inside: avoid; }
.texts p { margin: .2em 0; } .text { font-size: 1em; white-space: normal; line-height: 1.9; unicode-bidi: isolate; }
.lists { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19em, 100%), 1fr)); gap: .4em 2.5em; }
.lists section { break-inside: avoid; min-width: 0; } h3 { font-size: 1em; margin: 1em 0 .3em; overflow-wrap: anywhere; }
.words { list-style: none; margin: 0; padding: 0; font-size: .92em; }
.words li { display: grid; grid-template-columns: minmax(0, 9em) minmax(0, 1fr) auto; gap: .6em; align-items: center; }
.words span { overflow-wrap: anywhere; } .words i { height: .7em; background: rgba(46,160,67,.7); border-radius: .15em; }
.words small { color: var(--soft); font-variant-numeric: tabular-nums; }
footer { margin: 3em 0 1em; border-top: 1px solid var(--line); color: var(--soft); font-size: .9em; }
@media screen and (max-width: 40em) { body { margin: 1em auto; } th, td { padding: .15em .45em; } .tiles { grid-template-columns: repeat(2, 1fr); }
	tbody th, td.left { white-space: normal; overflow-wrap: anywhere; min-width: 7em; }
	figure { overflow-x: auto; } figure svg { min-width: calc(.75 * var(--width)); } }
@media print { body { max-width: none; margin: 0; font-size: 12px; } nav { display: none; } h2, h2 + p, .legend { break-after: avoid; } figure, table { break-inside: avoid; } .bar, .words i, .text span { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
</style>
</head>
<body>
<header>
<h1>{{.Title}}</h1>
<p class="lead">{{.Lead}}</p>
{{range .Warnings}}<p class="warning" role="note">{{.}}</p>
{{end}}{{if .Tiles}}<div class="tiles">{{range .Tiles}}<div><span>{{.Name}}</span><b>{{.Value}}</b>{{if .Note}}<span>{{.Note}}</span>{{end}}</div>{{end}}</div>
{{end}}<nav aria-label="Parts">{{range .Sections}}<a href="#{{.ID}}">{{.Title}}</a> {{end}}</nav>
</header>
<main>
{{range .Sections}}<section id="{{.ID}}">
<h2>{{.Title}}</h2>
{{if .Intro}}<p>{{.Intro}}</p>
{{end}}{{if .Legend}}` + pageLegend + `{{end}}{{if or .Figures .Tables}}<div class="row">{{range .Figures}}<figure{{if .Half}} class="half"{{end}} style="--width:{{.Width}}px"><div class="light">{{.Light}}</div><div class="dark">{{.Dark}}</div></figure>
{{end}}{{range .Tables}}{{template "table" .}}{{end}}</div>
{{end}}{{if .Command}}<h3>Command</h3>
<pre>{{.Command}}</pre>
{{end}}{{if .Texts}}<ol class="texts">
{{range .Texts}}<li><p class="title">{{range .Facts}}{{if .Strong}}<b>{{.Text}}</b>{{else}}{{.Text}}{{end}}{{end}}</p><p class="text" dir="auto">{{.Text}}</p></li>
{{end}}</ol>
{{end}}{{if .Lists}}<div class="lists">
{{range .Lists}}<section><h3>{{.Title}}</h3><ul class="words">
{{range .Words}}<li><span dir="auto">{{.Word}}</span><i style="width:{{.Width}}%"></i><small title="{{.Note}}">{{.Value}}</small></li>
{{end}}</ul></section>
{{end}}</div>
{{end}}{{if .Note}}<p class="note">{{.Note}}</p>
{{end}}</section>
{{end}}</main>
<footer><p>{{.Foot}}</p></footer>
</body>
</html>
`

// percent is a share of a whole, 0 to 1, as the width of a bar.
func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) }
