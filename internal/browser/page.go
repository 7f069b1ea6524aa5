package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// View is how a page is shown.
type View struct {
	Width, Height int  // of the window, in CSS pixels. Default 1280×800; a phone has some 390×844.
	Dark          bool // prefers-color-scheme is dark, not light
}

// Page is an open page. Selectors are those of CSS, and stand for the first element that
// fits. Expressions are JavaScript.
type Page struct {
	t   testing.TB
	ctx context.Context
	ear ear
}

// Open opens an address, http://127.0.0.1:… or that of a File, in a tab of its own, and
// waits until it is loaded.
func (b *Browser) Open(address string, view View) *Page {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	p := &Page{t: b.t, ctx: ctx, ear: ear{page: address}}
	p.must(chromedp.Listen(ctx, p.ear.hear))
	p.Show(view)
	p.do(chromedp.Navigate(address))
	return p
}

// Show shows the page in another way.
func (p *Page) Show(view View) {
	p.t.Helper()
	if view.Width == 0 {
		view.Width = 1280
	}
	if view.Height == 0 {
		view.Height = 800
	}
	scheme := "light"
	if view.Dark {
		scheme = "dark"
	}
	p.do(chromedp.EmulateViewport(int64(view.Width), int64(view.Height)), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// Eval returns the value of an expression in out, by way of JSON.
func (p *Page) Eval(expression string, out any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression))
	if err == nil {
		err = json.Unmarshal(value, out)
	}
	if err != nil {
		p.t.Fatalf("browser: %s: %v", expression, err)
	}
}

// WaitFor waits until an expression is true.
func (p *Page) WaitFor(expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[chromedp.Void](expression)); err != nil {
		p.t.Fatalf("browser: waiting for %s: %v\n%v\nthe page says: %s", expression, err, p.ear.heard(), p.Text("body"))
	}
}

// element is the expression of an element, which has to be there.
func (p *Page) element(selector string) string {
	p.t.Helper()
	if p.Count(selector) == 0 {
		p.t.Fatalf("browser: the page has no %s", selector)
	}
	return fmt.Sprintf("document.querySelector(%q)", selector)
}

// Count returns how many elements fit.
func (p *Page) Count(selector string) (n int) {
	p.t.Helper()
	p.Eval(fmt.Sprintf("document.querySelectorAll(%q).length", selector), &n)
	return n
}

// Text returns the text of an element, as it is shown: what is hidden is not in it.
func (p *Page) Text(selector string) (text string) {
	p.t.Helper()
	p.Eval(fmt.Sprintf("(e => e.innerText ?? e.textContent)(%s)", p.element(selector)), &text)
	return text
}

// Texts returns the text of every element that fits.
func (p *Page) Texts(selector string) (texts []string) {
	p.t.Helper()
	p.Eval(fmt.Sprintf("Array.from(document.querySelectorAll(%q), e => e.innerText ?? e.textContent)", selector), &texts)
	return texts
}

// Attribute returns an attribute of an element, and "" if it has none of that name.
func (p *Page) Attribute(selector, name string) (value string) {
	p.t.Helper()
	p.Eval(fmt.Sprintf("%s.getAttribute(%q) ?? ''", p.element(selector), name), &value)
	return value
}

// Style returns a property of an element's style as it was computed, such as its color.
func (p *Page) Style(selector, property string) (value string) {
	p.t.Helper()
	p.Eval(fmt.Sprintf("getComputedStyle(%s).getPropertyValue(%q)", p.element(selector), property), &value)
	return value
}

// Visible says whether an element is there, is not hidden and takes up space.
func (p *Page) Visible(selector string) (visible bool) {
	p.t.Helper()
	p.Eval(fmt.Sprintf(`(e => {
		if (!e || !e.checkVisibility({opacityProperty: true, visibilityProperty: true})) return false
		const box = e.getBoundingClientRect()
		return box.width + box.height > 0
	})(document.querySelector(%q))`, selector), &visible)
	return visible
}

// Cut returns the texts that a reader does not see whole: those that stand outside the SVG
// they belong to, those that are wider than an element which cuts them off, and the whole
// page if it is wider than the window.
func (p *Page) Cut() (texts []string) {
	p.t.Helper()
	p.Eval(`(() => {
		const cut = [], root = document.documentElement
		if (root.scrollWidth > root.clientWidth)
			cut.push("the page is " + root.scrollWidth + " wide in a window of " + root.clientWidth)
		for (const text of document.querySelectorAll("svg text")) {
			if (!text.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue
			const t = text.getBoundingClientRect(), s = text.ownerSVGElement.getBoundingClientRect()
			if (t.left < s.left-1 || t.right > s.right+1 || t.top < s.top-1 || t.bottom > s.bottom+1)
				cut.push(text.textContent.trim())
		}
		for (const e of document.querySelectorAll("body *"))
			if (!e.ownerSVGElement && e.checkVisibility() && e.innerText && getComputedStyle(e).overflowX.match(/hidden|clip/) &&
				e.scrollWidth > e.clientWidth+1)
				cut.push(e.innerText)
		return cut
	})()`, &texts)
	return texts
}

// Screenshot returns the page from top to bottom, as PNG.
func (p *Page) Screenshot() []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	p.must(err)
	return png
}

// Problems returns, so far: errors on the console, exceptions, requests that failed, and
// requests to another place than the page came from. A page that is a file has to have
// everything in it.
func (p *Page) Problems() []string {
	p.t.Helper()
	p.do() // what happened before now has been heard once this is answered
	return p.ear.heard()
}

func (p *Page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	steps = append(steps, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, runtime.Evaluate, runtime.EvaluateParams{Expression: "0"})
		return err
	}))
	p.must(chromedp.Do(ctx, steps...))
}

func (p *Page) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal("browser: ", err)
	}
}
