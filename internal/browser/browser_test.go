package browser

import (
	"bytes"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const good = `<!doctype html><meta charset="utf-8"><title>a page</title><link rel="icon" href="data:,">
<style>
	body { background: rgb(255, 255, 255); margin: 0 }
	@media (prefers-color-scheme: dark) { body { background: rgb(10, 20, 30) } }
	@media (max-width: 500px) { aside { display: none } }
	.gone { visibility: hidden }
</style>
<h1 lang="en">A <b>page</b><i hidden> and more</i></h1>
<ul><li>one<li>two</ul>
<aside>beside it</aside><p class="gone">not here</p><p id="empty"></p>
<svg width="200" height="40"><text x="10" y="20">whole</text></svg>
<script>setTimeout(() => document.body.append(Object.assign(document.createElement("em"), {textContent: "late"})), 50)</script>`

// A page that is as it should be, from a file.
func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a page #1.html")
	if err := os.WriteFile(path, []byte(good), 0o666); err != nil {
		t.Fatal(err)
	}
	p := New(t).Open(File(path), View{})
	p.WaitFor(`document.querySelector("em")`)
	for what, pair := range map[string][2]string{
		"text":        {p.Text("h1"), "A page"},
		"late text":   {p.Text("em"), "late"},
		"texts":       {strings.Join(p.Texts("li"), ","), "one,two"},
		"SVG":         {p.Text("svg text"), "whole"},
		"attribute":   {p.Attribute("h1", "lang"), "en"},
		"none":        {p.Attribute("h1", "class"), ""},
		"light":       {p.Style("body", "background-color"), "rgb(255, 255, 255)"},
		"cut off":     {strings.Join(p.Cut(), ","), ""},
		"all is well": {strings.Join(p.Problems(), ","), ""},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	if n := p.Count("li"); n != 2 {
		t.Errorf("%d elements, want 2", n)
	}
	for selector, want := range map[string]bool{"h1": true, "aside": true, "i": false, ".gone": false, "#empty": true, "table": false, "svg text": true} {
		if got := p.Visible(selector); got != want {
			t.Errorf("visible %s: %v, want %v", selector, got, want)
		}
	}

	p.Show(View{Width: 400, Height: 600, Dark: true})
	if got := p.Style("body", "background-color"); got != "rgb(10, 20, 30)" {
		t.Errorf("in the dark the background is %s", got)
	}
	if p.Visible("aside") {
		t.Error("what is for a wide window shows in a narrow one")
	}
	shot, err := png.Decode(bytes.NewReader(p.Screenshot()))
	if err != nil {
		t.Fatal(err)
	}
	if size := shot.Bounds(); size.Dx() != 400 || size.Dy() < 600 {
		t.Errorf("the picture is %v, want one 400 wide", size)
	}
	if r, g, b, _ := shot.At(399, 599).RGBA(); r>>8 != 10 || g>>8 != 20 || b>>8 != 30 {
		t.Errorf("the picture's corner is %d, %d, %d", r>>8, g>>8, b>>8)
	}
}

// Everything that a page can do wrong is told.
func TestProblems(t *testing.T) {
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><img src="/missing.png"><img src="` + elsewhere.URL + `/a.png">
			<link rel="stylesheet" href="https://fonts.example.com/a.css">
			<svg width="50" height="20" style="overflow: visible"><text x="30" y="15">sticks out</text></svg>
			<p style="width: 40px; overflow: hidden; white-space: nowrap">longer than its box</p>
			<div style="width: 2000px">wide</div>
			<script>console.error("oh", 7); console.log("fine"); setTimeout(() => { null.x })</script>
			<script>fetch("/gone").catch(() => {}); fetch("/closed").catch(() => document.title = "done")</script>`))
	})
	mux.HandleFunc("/closed", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	server := httptest.NewServer(mux)
	defer server.Close()
	p := New(t).Open(server.URL, View{})
	p.WaitFor(`document.title == "done"`)
	problems := p.Problems()
	for _, want := range []string{
		"console error: oh 7",
		"exception: Uncaught TypeError",
		"request failed: " + server.URL + "/missing.png: status 404",
		"request failed: " + server.URL + "/gone: status 404",
		"request failed: " + server.URL + "/closed: net::ERR_EMPTY_RESPONSE",
		"request to another place: " + elsewhere.URL + "/a.png",
		"request to another place: https://fonts.example.com/a.css",
		"request failed: https://fonts.example.com/a.css: net::ERR_NAME_NOT_RESOLVED",
	} {
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, want) }) {
			t.Errorf("not told: %s", want)
		}
	}
	if slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, "fine") }) {
		t.Error("console.log is no problem")
	}
	if t.Failed() {
		t.Logf("told:\n%s", strings.Join(problems, "\n"))
	}
	if got, want := strings.Join(p.Cut(), "; "), "the page is 2008 wide in a window of 1280; sticks out; longer than its box"; got != want {
		t.Errorf("cut: %s, want %s", got, want)
	}
}

func TestFile(t *testing.T) {
	if got := File("/a b/c#1.html"); got != "file:///a%20b/c%231.html" {
		t.Error(got)
	}
}
