package browser

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// ear hears what the browser says of a page, and remembers what is wrong.
type ear struct {
	page string // address

	mu       sync.Mutex
	asked    map[network.RequestID]string // address of a request
	problems []string
}

func (e *ear) heard() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.problems)
}

// hear is called for one event after the other.
func (e *ear) hear(event any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	wrong := func(format string, args ...any) { e.problems = append(e.problems, fmt.Sprintf(format, args...)) }
	switch event := event.(type) {
	case *runtime.EventConsoleAPICalled:
		switch event.Type {
		case "error", "warning", "assert":
			var words []string
			for _, a := range event.Args {
				word := a.Description
				if word == "" {
					word = strings.Trim(string(a.Value), `"`)
				}
				words = append(words, word)
			}
			wrong("console %s: %s", event.Type, strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		text := event.ExceptionDetails.Text
		if thrown := event.ExceptionDetails.Exception; thrown != nil {
			text += " " + thrown.Description
		}
		wrong("exception: %s", text)
	case *log.EventEntryAdded:
		// Requests that fail are told of below, with their addresses.
		if (event.Entry.Level == "error" || event.Entry.Level == "warning") && event.Entry.Source != "network" {
			wrong("%s %s: %s", event.Entry.Source, event.Entry.Level, event.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		if e.asked == nil {
			e.asked = map[network.RequestID]string{}
		}
		e.asked[event.RequestID] = event.Request.URL
		if !e.own(event.Request.URL) {
			wrong("request to another place: %s", event.Request.URL)
		}
	case *network.EventWebSocketCreated:
		if !e.own(strings.Replace(event.URL, "ws", "http", 1)) {
			wrong("request to another place: %s", event.URL)
		}
	case *network.EventLoadingFailed:
		if !event.Canceled {
			wrong("request failed: %s: %s", e.asked[event.RequestID], event.ErrorText)
		}
	case *network.EventResponseReceived:
		if event.Response.Status >= 400 {
			wrong("request failed: %s: status %d", event.Response.URL, event.Response.Status)
		}
	}
}

// own says whether the page may ask for an address: one of its own server, or one that
// holds what is asked for.
func (e *ear) own(address string) bool {
	page, err := url.Parse(e.page)
	if err != nil {
		return false
	}
	to, err := url.Parse(address)
	switch {
	case err != nil:
		return false
	case to.Scheme == "data" || to.Scheme == "blob" || to.Scheme == "about":
		return true
	case page.Scheme == "file":
		return to.Scheme == "file" && to.Path == page.Path
	}
	return to.Scheme == page.Scheme && to.Host == page.Host
}
