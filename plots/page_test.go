package plots

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"github.com/nestnet/nestnet/internal/browser"
)

// TestPage shows every figure in a browser, for a light and for a dark page: each is there,
// no text of it is cut, and nothing is loaded from elsewhere. The page brings the font that
// figures are laid out for, since not every machine has one as wide.
func TestPage(t *testing.T) {
	b := browser.New(t)
	var page strings.Builder
	page.WriteString("<!doctype html><meta charset=utf-8><title>Figures</title><style>")
	for weight, font := range map[string][]byte{"normal": liberationsansregular.TTF, "bold": liberationsansbold.TTF} {
		fmt.Fprintf(&page, "@font-face { font-family: 'Liberation Sans'; font-weight: %s; src: url(data:font/ttf;base64,%s) }",
			weight, base64.StdEncoding.EncodeToString(font))
	}
	page.WriteString("</style>")
	all := figures(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, dark := range []bool{false, true} {
			f, err := all[name](Style{Dark: dark})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&page, "<div id='%s, dark %v' style='margin:1em 0'>%s</div>\n", name, dark, f.SVG())
		}
	}
	path := filepath.Join(t.TempDir(), "figures.html")
	if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	p := b.Open(browser.File(path), browser.View{})
	p.WaitFor(`document.fonts.status == "loaded" && document.fonts.check("12px 'Liberation Sans'")`)
	if n := p.Count("svg"); n != 2*len(all) {
		t.Errorf("%d figures are shown, want %d", n, 2*len(all))
	}
	var empty []string
	p.Eval(`[...document.querySelectorAll("div")].filter(d => d.querySelector("svg").getBoundingClientRect().height < 50).map(d => d.id)`, &empty)
	for _, name := range empty {
		t.Errorf("%s is not seen", name)
	}
	for _, text := range p.Cut() {
		t.Errorf("cut: %q", text)
	}
	for _, problem := range p.Problems() {
		t.Error(problem)
	}
	if *gallery != "" {
		if err := os.WriteFile(filepath.Join(*gallery, "page.png"), p.Screenshot(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
