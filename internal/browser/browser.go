// Package browser opens pages in headless Chromium, so that tests see them as a reader
// does: what is shown and what is hidden, in the light and in the dark, on a screen and on
// a phone, and whether the page asks for anything that it should not.
//
//	b := browser.New(t)
//	p := b.Open(browser.File(path), browser.View{Width: 390, Dark: true})
//	p.WaitFor(`document.querySelectorAll("circle").length > 2`)
//	if got := p.Text("h1"); got != "Report" { … }
//	for _, problem := range p.Problems() { t.Error(problem) }
//
// Whatever goes wrong in the browser ends the test. Only tests import this package, and so
// no program has the Chromium protocol in it.
package browser

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long the browser may take for one thing. It is long, as a machine may
// have other things to do, and is only waited for in a test that fails.
const patience = time.Minute

// Browser is a running Chromium with a profile of its own, which is new and is thrown
// away at the end of the test.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// New starts Chromium for the time of a test. The test is skipped where there is none, but
// fails if CI is set, as .ci/run installs it.
func New(t testing.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		// Root, as in a container, has no sandbox, and the pages are our own.
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		// No test needs a network. A page that asks for one gets no answer, and
		// Page.Problems tells.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "en-US"),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop) // waits for the process, and removes the profile
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("browser: Chromium does not start: ", err)
	}
	return &Browser{t, ctx}
}

func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "There is no Chromium here to open the page with (on Debian: apt-get install chromium)."
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// File returns the address of a file.
func File(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}
