package show_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/notebooks/show"
)

type drawing string

func (d drawing) SVG() string { return "<svg>" + string(d) + "</svg>" }

type page struct{ n int }

func (p page) HTML() string     { return fmt.Sprintf("<b>%d</b>", p.n) }
func (p page) Markdown() string { return fmt.Sprintf("**%d**", p.n) }
func (p page) Latex() string    { return fmt.Sprintf(`\mathbf{%d}`, p.n) }
func (p page) PNG() []byte      { return []byte{0x89, 'P', 'N', 'G'} }
func (p page) String() string   { return fmt.Sprint("page ", p.n) }

type own struct{}

func (own) SimpleRender() map[string]any {
	return map[string]any{"application/json": `{"a":1}`, "text/plain": "own"}
}

func TestDisplay(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []any
		want   map[string]any
	}{
		{"a text", []any{"a < b"}, map[string]any{"text/plain": "a < b"}},
		{"a number", []any{1.5}, map[string]any{"text/plain": "1.5"}},
		{"nothing", nil, map[string]any{}},
		{"nil", []any{nil}, map[string]any{"text/plain": "<nil>"}},
		{"a drawing", []any{drawing("x")}, map[string]any{"image/svg+xml": "<svg>x</svg>", "text/plain": "show_test.drawing"}},
		{"all methods", []any{page{3}}, map[string]any{
			"text/html": "<b>3</b>", "text/markdown": "**3**", "text/latex": `\mathbf{3}`,
			"image/png": "\x89PNG", "text/plain": "page 3",
		}},
		{"its own types", []any{own{}}, map[string]any{"application/json": `{"a":1}`, "text/plain": "own"}},
		{"HTML", []any{show.HTML("<i>x</i>")}, map[string]any{"text/html": "<i>x</i>", "text/plain": "<i>x</i>"}},
		{"Markdown", []any{show.Markdown("*x*")}, map[string]any{"text/markdown": "*x*", "text/plain": "*x*"}},
		{"SVG", []any{show.SVG("<svg/>")}, map[string]any{"image/svg+xml": "<svg/>", "text/plain": "SVG"}},
		{"PNG", []any{show.PNG([]byte("png"))}, map[string]any{"image/png": "png", "text/plain": "PNG"}},
		{"displayed twice", []any{show.Display(show.HTML("<i>x</i>"))}, map[string]any{"text/html": "<i>x</i>", "text/plain": "<i>x</i>"}},
		{"several", []any{"a < b", page{4}, drawing("x"), show.PNG([]byte("png"))}, map[string]any{
			"text/html": strings.Join([]string{
				"<div><pre>a &lt; b</pre></div>",
				"<div><b>4</b></div>",
				`<div><img alt="" src="data:image/svg+xml;base64,PHN2Zz54PC9zdmc+"></div>`,
				`<div><img alt="" src="data:image/png;base64,cG5n"></div>`,
			}, "\n"),
			"text/plain": "a < b\npage 4\nshow_test.drawing\nPNG",
		}},
	} {
		got := map[string]any{}
		for mime, data := range show.Display(c.values...).SimpleRender() {
			if b, ok := data.([]byte); ok {
				data = string(b)
			}
			got[mime] = data
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: got %q,\nwant %q", c.name, got, c.want)
		}
	}
}

func TestOutputString(t *testing.T) {
	if got := fmt.Sprint(show.Display("a", 2)); got != "a\n2" {
		t.Errorf("got %q", got)
	}
}

func ExampleTable() {
	fmt.Print(show.Table([]string{"solver", "loss"}, []any{"adam", 0.125}, []any{"momentum", 1.5}))
	// Output:
	// solver     loss
	// adam      0.125
	// momentum    1.5
}

func TestTableHTML(t *testing.T) {
	got := show.Table([]string{"a<b", "n"}, []any{1, "1,910"}, []any{"x&y", 1.5}).SimpleRender()["text/html"].(string)
	want := "<table>\n" +
		`<tr><th style="text-align:left">a&lt;b</th><th style="text-align:right">n</th></tr>` + "\n" +
		`<tr><td style="text-align:left">1</td><td style="text-align:right">1,910</td></tr>` + "\n" +
		`<tr><td style="text-align:left">x&amp;y</td><td style="text-align:right">1.5</td></tr>` + "\n</table>"
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if mimes := slices.Sorted(maps.Keys(show.Table(nil).SimpleRender())); !slices.Equal(mimes, []string{"text/html", "text/plain"}) {
		t.Errorf("an empty table has %q", mimes)
	}
}
