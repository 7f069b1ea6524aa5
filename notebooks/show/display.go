package show

import (
	"encoding/base64"
	"fmt"
	"html"
	"os"
	"strings"
)

// The MIME types that Jupyter shows.
const (
	mimeText     = "text/plain"
	mimeHTML     = "text/html"
	mimeMarkdown = "text/markdown"
	mimeLatex    = "text/latex"
	mimeSVG      = "image/svg+xml"
	mimePNG      = "image/png"
)

// Output is what a cell displays. Gophernotes shows it when it is the last value of a
// cell.
type Output struct {
	data map[string]any
}

// SimpleRender returns the data by MIME type, as gophernotes asks for it.
func (o Output) SimpleRender() map[string]any { return o.data }

// String is the text of what is displayed.
func (o Output) String() string {
	text, _ := o.data[mimeText].(string)
	return text
}

// Display shows values below one another. Call it at most once in a cell and as its last
// line: gophernotes shows the last value of a cell only.
//
// In a program that no notebook runs, it prints their text.
func Display(values ...any) Output {
	o := join(values)
	pipe, back := os.Getenv(pipeVariable), os.Getenv(backVariable)
	if pipe == "" || len(o.data) == 0 {
		return o
	}
	if err := gonb.send(pipe, back, o.data); err != nil {
		fmt.Fprintln(os.Stderr, "show:", err)
	}
	return o
}

// join makes one output of several: the only one as it is, else HTML.
func join(values []any) Output {
	if len(values) == 1 {
		return Output{bundle(values[0])}
	}
	var text, page []string
	for _, v := range values {
		data := bundle(v)
		page = append(page, "<div>"+asHTML(data)+"</div>")
		if s, ok := data[mimeText].(string); ok {
			text = append(text, s)
		}
	}
	if len(values) == 0 {
		return Output{}
	}
	return Output{map[string]any{mimeHTML: strings.Join(page, "\n"), mimeText: strings.Join(text, "\n")}}
}

// bundle asks a value for all that it can show itself as.
func bundle(v any) map[string]any {
	data := map[string]any{}
	if r, ok := v.(interface{ SimpleRender() map[string]any }); ok {
		for mime, content := range r.SimpleRender() {
			data[mime] = content
		}
	}
	if r, ok := v.(interface{ HTML() string }); ok {
		data[mimeHTML] = r.HTML()
	}
	if r, ok := v.(interface{ Markdown() string }); ok {
		data[mimeMarkdown] = r.Markdown()
	}
	if r, ok := v.(interface{ Latex() string }); ok {
		data[mimeLatex] = r.Latex()
	}
	if r, ok := v.(interface{ SVG() string }); ok {
		data[mimeSVG] = r.SVG()
	}
	if r, ok := v.(interface{ PNG() []byte }); ok {
		data[mimePNG] = r.PNG()
	}
	if _, ok := data[mimeText]; ok {
		return data
	}
	if _, ok := v.(fmt.Stringer); ok || len(data) == 0 {
		data[mimeText] = fmt.Sprint(v)
	} else {
		data[mimeText] = fmt.Sprintf("%T", v)
	}
	return data
}

// asHTML is a bundle as a piece of a page.
func asHTML(data map[string]any) string {
	if s, ok := data[mimeHTML].(string); ok {
		return s
	}
	if s, ok := data[mimeSVG].(string); ok {
		// An image, so that the names inside of one drawing are not those of another.
		return `<img alt="" src="data:image/svg+xml;base64,` + base64.StdEncoding.EncodeToString([]byte(s)) + `">`
	}
	if b, ok := data[mimePNG].([]byte); ok {
		return `<img alt="" src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(b) + `">`
	}
	text, _ := data[mimeText].(string)
	return "<pre>" + html.EscapeString(text) + "</pre>"
}
