package watch

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	sendEvery = 500 * time.Millisecond
	sendLimit = 10 * time.Second // after which a browser that takes nothing is given up
	lastLimit = time.Second      // for the last event to arrive, when the run has ended
)

//go:embed page
var files embed.FS

// Server serves the page of one run of the program. Its methods may be called by any
// number of goroutines.
type Server struct {
	listener net.Listener
	host     string // that the user named
	http     http.Server
	now      func() time.Time
	every    time.Duration // from one event to the next

	mu      sync.Mutex
	run     string // tells a run from the next one at the same address
	state   State
	text    string
	started time.Time
	ended   time.Time
	courses []*course // the last one is under way
	over    chan struct{}
	streams int           // open ones
	opened  int           // pages whose stream has not come yet
	page    time.Time     // when the last page was opened
	left    chan struct{} // gets something when streams or opened change
}

// Listen begins to serve at an address, host:port or :port, in a state of Reading. It is
// for this machine alone, unless the address names another host. Close ends it.
func Listen(address string) (*Server, error) { return listen(address, time.Now, sendEvery) }

func listen(address string, now func() time.Time, every time.Duration) (*Server, error) {
	host, port, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens at port %s already", port)
	}
	if err != nil {
		if e, ok := errors.AsType[*net.OpError](err); ok {
			err = e.Err
		}
		return nil, fmt.Errorf("cannot listen at %s: %w", address, err)
	}
	s := newServer(now)
	s.listener, s.host, s.every = l, host, every
	s.http = http.Server{
		Handler: guarded(host, s.handler()), ReadHeaderTimeout: sendLimit,
		ErrorLog: log.New(io.Discard, "", 0), // a browser that goes away is no news
	}
	go func() { _ = s.http.Serve(l) }() // until Close
	return s, nil
}

func newServer(now func() time.Time) *Server {
	started := now()
	return &Server{
		now: now, every: sendEvery, state: Reading, started: started, run: strconv.FormatInt(started.UnixNano(), 36),
		over: make(chan struct{}), left: make(chan struct{}, 1),
	}
}

// URL is the page's address. That of all hosts is not one to open, so it is this one's.
func (s *Server) URL() string {
	if s == nil {
		return ""
	}
	host := s.host
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = loopback
	}
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	return "http://" + net.JoinHostPort(host, port) + "/"
}

// Begin begins a training, the first one or, in a cross-validation, the next one.
func (s *Server) Begin(t Training) {
	if s == nil {
		return
	}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	number := 0
	if n := len(s.courses); n > 0 {
		s.courses[n-1].end(now)
		number = s.courses[n-1].number + 1
	}
	if len(s.courses) == mostKept {
		s.courses = append(s.courses[:0], s.courses[1:]...)
	}
	s.courses = append(s.courses, newCourse(number, t, now))
	s.state, s.text = InTraining, ""
}

// Step notes a step of the training. It allocates nothing and waits for no browser.
func (s *Server) Step(step Step) {
	if s == nil {
		return
	}
	s.mu.Lock()
	if n := len(s.courses); n > 0 {
		s.courses[n-1].step(step)
	}
	s.mu.Unlock()
}

// Epoch notes the end of an epoch.
func (s *Server) Epoch(e Epoch) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.courses); n > 0 {
		s.courses[n-1].epoch(e)
	}
}

// Tell says what the program does when a training has ended, and what is to be said about
// it. Nothing is told after a final state.
func (s *Server) Tell(state State, text string) {
	if s == nil {
		return
	}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Final() {
		return
	}
	s.state, s.text = state, text
	if n := len(s.courses); n > 0 {
		s.courses[n-1].end(now)
	}
	if state.Final() {
		s.ended = now
		close(s.over)
	}
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.servePage)
	mux.HandleFunc("GET /watch.css", serveFile)
	mux.HandleFunc("GET /watch.js", serveFile)
	mux.HandleFunc("GET /events", s.serveEvents)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store") // the next run may be another version's
		mux.ServeHTTP(w, r)
	})
}

func serveFile(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "page"+r.URL.Path)
}

// servePage serves the page as things stand. Its script does the rest.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	u := s.since(&reader{})
	view := struct {
		State State
		Text  string
		Facts []Fact
	}{State: u.State, Text: u.Text}
	if n := len(u.Trainings); n > 0 {
		view.Facts = u.Trainings[n-1].About.Facts
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	page := template.Must(template.ParseFS(files, "page/watch.html"))
	if err := page.Execute(w, view); err != nil || r.Method == http.MethodHead {
		return
	}
	s.count(0, 1, s.now())
}

// serveEvents sends everything there is, and then what is new, until the run ends or the
// browser goes.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	s.count(1, -1, time.Time{})
	defer s.count(-1, 0, time.Time{})
	w.Header().Set("X-Accel-Buffering", "no") // a proxy is not to wait for more
	connection := http.NewResponseController(w)
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	var seen reader
	for first := "retry: 1000\n"; ; first = "" { // milliseconds
		u := s.since(&seen)
		data, err := json.Marshal(u)
		if err != nil {
			panic(fmt.Sprintf("watch: %v", err)) // numbers and strings
		}
		_ = connection.SetWriteDeadline(time.Now().Add(sendLimit)) // where there is one
		if _, err := fmt.Fprintf(w, "%sdata: %s\n\n", first, data); err != nil {
			return
		}
		if err := connection.Flush(); err != nil || u.Final {
			return
		}
		select {
		case <-tick.C:
		case <-s.over:
		case <-r.Context().Done():
			return
		}
	}
}

// count counts streams, and pages that have none yet.
func (s *Server) count(streams, pages int, opened time.Time) {
	s.mu.Lock()
	s.streams += streams
	s.opened = max(s.opened+pages, 0)
	if pages > 0 {
		s.page = opened
	}
	s.mu.Unlock()
	select {
	case s.left <- struct{}{}:
	default:
	}
}

// waited says whether there is nobody left to wait for: no stream that has not had its
// last event, and no page that was opened just now and has no stream yet.
func (s *Server) waited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams == 0 && (s.opened == 0 || s.now().Sub(s.page) >= lastLimit)
}

// Close stops serving. If the run has ended, the browsers that look at the page get to know
// first, for which it waits up to a second; if nobody looks it does not wait.
func (s *Server) Close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	over := s.state.Final()
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), lastLimit)
	defer cancel()
	for over && !s.waited() && ctx.Err() == nil {
		select {
		case <-s.left:
		case <-ctx.Done():
		}
	}
	ended, stop := context.WithTimeout(context.Background(), lastLimit/10)
	defer stop()
	_ = s.http.Shutdown(ended) // what is written arrives
	_ = s.http.Close()
}
