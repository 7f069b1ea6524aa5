package plots

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/internal/browser"
)

// TestPage shows every figure in a browser, on a light and on a dark page: each is there,
// no text of it is cut, and nothing is loaded from elsewhere.
func TestPage(t *testing.T) {
	b := browser.New(t)
	for _, dark := range []bool{false, true} {
		var page strings.Builder
		ground := "white"
		if dark {
			ground = "#0d1117"
		}
		fmt.Fprintf(&page, "<!doctype html><meta charset=utf-8><title>Figures</title><body style='background:%s'>", ground)
		all := figures(t)
		names := slices.Sorted(maps.Keys(all))
		for _, name := range names {
			f, err := all[name](Style{Dark: dark})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&page, "<div id=%q style='margin:1em 0'>%s</div>\n", name, f.SVG())
		}
		path := filepath.Join(t.TempDir(), "figures.html")
		if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		p := b.Open(browser.File(path), browser.View{Dark: dark})
		if n := p.Count("svg"); n != len(names) {
			t.Errorf("%d figures are shown, want %d", n, len(names))
		}
		for _, name := range names {
			if !p.Visible("#" + name + " svg") {
				t.Errorf("%s is not seen", name)
			}
		}
		for _, text := range p.Cut() {
			t.Errorf("dark %v: cut: %q", dark, text)
		}
		for _, problem := range p.Problems() {
			t.Error(problem)
		}
		if *gallery != "" {
			if err := os.WriteFile(filepath.Join(*gallery, fmt.Sprintf("page-dark-%v.png", dark)), p.Screenshot(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
