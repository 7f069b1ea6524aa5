package main

import (
	"path/filepath"
	"testing"

	"github.com/nestnet/nestnet/internal/browser"
)

// A reader sees all parts, in the light and in the dark, on a screen and on a phone.
func TestReportInBrowser(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	mustFit(t, "-data", noisyClasses(t), "-layers", "8", "-batch", "16", "-epochs", "3", "-report", path)
	_, sections := readPage(t, path)
	p := browser.New(t).Open(browser.File(path), browser.View{})
	papers := map[string]bool{}
	for _, view := range []browser.View{{}, {Dark: true}, {Width: 390, Height: 844}, {Width: 390, Height: 844, Dark: true}} {
		p.Show(view)
		for _, id := range sections {
			if !p.Visible("#"+id) || !p.Visible("#"+id+" h2") {
				t.Errorf("%+v: %s is not seen", view, id)
			}
		}
		for _, id := range []string{"course", "confusion", "curves", "calibration"} {
			if light, dark := p.Visible("#"+id+" .light svg"), p.Visible("#"+id+" .dark svg"); light == view.Dark || dark != view.Dark {
				t.Errorf("%+v: of %s the light figure is seen: %v, the dark one: %v", view, id, light, dark)
			}
		}
		for _, text := range p.Cut() {
			t.Errorf("%+v: cut off: %s", view, text)
		}
		papers[p.Style("body", "background-color")] = true
	}
	if len(papers) != 2 {
		t.Errorf("backgrounds %v, want a light and a dark one", papers)
	}
	if n := p.Count("#mistakes li"); n == 0 || n > reportMistakes {
		t.Errorf("%d mistakes", n)
	}
	for _, problem := range p.Problems() {
		t.Error(problem)
	}
}
