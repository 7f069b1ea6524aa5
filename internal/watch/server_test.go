package watch

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a clock that stands still until it is told otherwise.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
}

func serve(t *testing.T) (*Server, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)}
	s, err := listen(":0", c.time, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, c
}

// watcher is a browser without a screen.
type watcher struct {
	t    *testing.T
	body io.ReadCloser
	text *bufio.Scanner
	head update
	// What it knows of each training.
	about  map[int]*Training
	steps  map[int]*drawn
	epochs map[int]*drawn
}

func open(t *testing.T, s *Server) *watcher {
	t.Helper()
	r, err := http.Get(s.URL() + "events")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Body.Close() })
	if got := r.Header.Get("Content-Type"); r.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("status %d, %s", r.StatusCode, got)
	}
	text := bufio.NewScanner(r.Body)
	text.Buffer(nil, 1<<20)
	return &watcher{t: t, body: r.Body, text: text, about: map[int]*Training{}, steps: map[int]*drawn{}, epochs: map[int]*drawn{}}
}

// next takes an event, and says whether there was one.
func (w *watcher) next() bool {
	w.t.Helper()
	for w.text.Scan() {
		data, ok := strings.CutPrefix(w.text.Text(), "data: ")
		if !ok {
			continue
		}
		w.head = update{}
		if err := json.Unmarshal([]byte(data), &w.head); err != nil {
			w.t.Fatalf("%v in %s", err, data)
		}
		for _, u := range w.head.Trainings {
			if u.About != nil {
				w.about[u.Number] = u.About
				w.steps[u.Number], w.epochs[u.Number] = &drawn{}, &drawn{}
			}
			if w.about[u.Number] == nil {
				w.t.Fatalf("training %d is nothing that it was told of", u.Number)
			}
			w.steps[u.Number].take(u.Steps)
			w.epochs[u.Number].take(u.Epochs)
		}
		return true
	}
	return false
}

// until takes events until one is as wanted.
func (w *watcher) until(what string, is func() bool) {
	w.t.Helper()
	for w.next() {
		if is() {
			return
		}
	}
	w.t.Fatalf("no event said %s; the last one was %+v", what, w.head)
}

// epoch trains one.
func epoch(s *Server, number int) {
	for i := 1; i <= 4; i++ {
		s.Step(Step{Epoch: number, Step: 4*(number-1) + i, Documents: 16 * i, Loss: 1 / float64(4*(number-1)+i), LearningRate: 0.1})
	}
	s.Epoch(Epoch{Number: number, Loss: 1 / float64(number), ValidLoss: math.Abs(float64(number) - 2.5), Measure: 0.5})
}

var small = Training{Name: "fold 1/2", Facts: []Fact{{"data", "a <b> file"}}, Epochs: 5, Documents: 64, Measure: "accuracy", Scheduled: true}

// Browsers see a training from its beginning, from its middle, and again after a break.
func TestWatching(t *testing.T) {
	s, clock := serve(t)
	early := open(t, s)
	early.until("reading", func() bool { return early.head.State == Reading && early.head.Trainings == nil })
	s.Begin(small)
	clock.pass(2 * time.Second)
	for number := range 3 {
		epoch(s, number+1)
	}
	seen := func(w *watcher) func() bool {
		return func() bool { return len(w.head.Trainings) > 0 && w.head.Trainings[0].Step == 12 }
	}
	early.until("step 12", seen(early))
	late := open(t, s)
	late.until("step 12", seen(late))
	for _, w := range []*watcher{early, late} {
		now := w.head.Trainings[0]
		if w.head.State != InTraining || w.head.Final || w.head.Elapsed != 2 || now.Epoch != 3 || now.Documents != 64 || now.Speed != 96 || now.Rest != (320-192)/96. {
			t.Errorf("it stands at %+v", w.head)
		}
		if got := fmt.Sprint(w.about[0]); got != fmt.Sprint(&small) {
			t.Errorf("the training is %s", got)
		}
		if steps := w.steps[0].points; len(steps) != 12 || steps[11] != (point{12, 0.0833333, 0.1}) {
			t.Errorf("steps %v", steps)
		}
		if got, want := fmt.Sprint(w.epochs[0].points), "[[1 1 1.5 0.5] [2 0.5 0.5 0.5] [3 0.333333 0.5 0.5]]"; got != want {
			t.Errorf("epochs %s, want %s", got, want)
		}
		if got, want := fmt.Sprint(now.Best), "[[2 0.5 0.5 0.5]]"; got != want {
			t.Errorf("best %s, want %s", got, want)
		}
	}

	// Whoever lost the connection gets everything again.
	late.body.Close()
	again := open(t, s)
	again.until("step 12", seen(again))
	if len(again.steps[0].points) != 12 || len(again.epochs[0].points) != 3 {
		t.Errorf("after a break there are %d steps and %d epochs", len(again.steps[0].points), len(again.epochs[0].points))
	}

	s.Step(Step{Epoch: 4, Step: 13, Documents: 64, Loss: 0.1})
	again.until("evaluating", func() bool { return again.head.State == Evaluating })
	second := small
	second.Name = "fold 2/2"
	s.Begin(second)
	epoch(s, 1)
	s.Tell(Evaluating, "nearly")
	clock.pass(2 * time.Second)
	again.until("nearly", func() bool { return again.head.Text == "nearly" })
	if len(again.steps[0].points) != 13 || len(again.steps[1].points) != 4 || again.about[1].Name != "fold 2/2" {
		t.Errorf("two trainings have %d and %d steps, the second is %v", len(again.steps[0].points), len(again.steps[1].points), again.about[1])
	}

	s.Tell(Stopped, "the end")
	s.Tell(Failed, "after the end")
	clock.pass(time.Hour)
	for _, w := range []*watcher{early, again} {
		w.until("the end", func() bool { return w.head.Final })
		// Who was slow hears of the first training here, too.
		last := w.head.Trainings[len(w.head.Trainings)-1]
		if w.head.State != Stopped || w.head.Text != "the end" || w.head.Elapsed != 4 || last.Number != 1 || last.Speed != 0 {
			t.Errorf("it ended %+v", w.head)
		}
		if w.next() {
			t.Error("there is something after the end")
		}
	}
	s.Close()
	if _, err := http.Get(s.URL()); err == nil {
		t.Error("the page is there after the end")
	}
}

// A long cross-validation keeps its last trainings, also for a browser that comes late.
func TestManyTrainings(t *testing.T) {
	s, _ := serve(t)
	for i := range 25 {
		t := small
		t.Name = fmt.Sprint("fold ", i)
		s.Begin(t)
		epoch(s, 1)
	}
	w := open(t, s)
	w.next()
	if len(w.about) != mostKept || w.about[24] == nil || w.about[24].Name != "fold 24" || len(w.steps[15].points) != 4 {
		t.Errorf("%d trainings, the last one %v", len(w.about), w.about[24])
	}
}

// stuck is a browser that takes nothing for a while.
type stuck struct {
	header  http.Header
	writing chan struct{}
	open    chan struct{}
	got     strings.Builder
}

func (s *stuck) Header() http.Header { return s.header }
func (s *stuck) WriteHeader(int)     {}
func (s *stuck) Flush()              {}
func (s *stuck) Write(b []byte) (int, error) {
	select {
	case s.writing <- struct{}{}:
	default:
	}
	<-s.open
	return s.got.Write(b)
}

// Training does not wait for a browser that takes nothing, and what that missed it gets at
// once.
func TestSlowBrowser(t *testing.T) {
	s, _ := serve(t)
	s.Begin(small)
	w := &stuck{header: http.Header{}, writing: make(chan struct{}, 1), open: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.handler().ServeHTTP(w, mustRequest(t, "GET", "/events"))
	}()
	<-w.writing
	for i := range 100_000 {
		s.Step(Step{Epoch: 1, Step: i + 1, Documents: i, Loss: 1})
	}
	s.Tell(Finished, "")
	close(w.open)
	<-done
	events := strings.Split(strings.TrimSpace(w.got.String()), "\n\n")
	if len(events) != 2 || !strings.Contains(events[1], `"step":100000,`) {
		t.Errorf("%d events, want the first and the last", len(events))
	}
	if n := len(events[1]); n > 30*stepPoints {
		t.Errorf("100,000 steps are %d bytes", n)
	}
}

func mustRequest(t *testing.T, method, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The page itself tells how things stand, may load nothing from elsewhere, and is not for
// other hosts.
func TestPage(t *testing.T) {
	s, _ := serve(t)
	s.Begin(small)
	s.Tell(Evaluating, "on <the> test part")
	for _, row := range []struct {
		method, path, host string
		status             int
		has                string
	}{
		{"GET", "", "", 200, `<dl id="facts"><dt>data</dt><dd>a &lt;b&gt; file</dd></dl>`},
		{"GET", "", "", 200, `<p id="text">on &lt;the&gt; test part</p>`},
		{"GET", "", "localhost:1", 200, "evaluating"},
		{"GET", "", "evil.example", 403, `this page is not for "evil.example"; open it by its address, or as localhost`},
		{"GET", "events", "evil.example", 403, "not for"},
		{"GET", "watch.js", "", 200, "new EventSource"},
		{"GET", "watch.css", "", 200, "prefers-color-scheme: dark"},
		{"HEAD", "events", "", 200, ""},
		{"POST", "", "", 405, ""},
		{"GET", "watch.html", "", 404, ""},
		{"GET", "../doc.go", "", 404, ""},
	} {
		r := mustRequest(t, row.method, s.URL()+row.path)
		r.Host = row.host
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != row.status || !strings.Contains(string(b), row.has) {
			t.Errorf("%s %s for %s: status %d, want %d and %s in\n%s", row.method, row.path, row.host, answer.StatusCode, row.status, row.has, b)
		}
		if policy := answer.Header.Get("Content-Security-Policy"); row.status != 403 && !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") {
			t.Errorf("%s %s: policy %q", row.method, row.path, policy)
		}
	}
}

// Close waits for who is about to look, and for nobody else.
func TestClose(t *testing.T) {
	s, clock := serve(t)
	s.Begin(small)
	if !s.waited() {
		t.Error("nobody looks, and it waits")
	}
	answer, err := http.Get(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	s.Tell(Finished, "done")
	if s.waited() {
		t.Error("a page was opened just now, and it does not wait for its script")
	}
	w := open(t, s)
	w.until("done", func() bool { return w.head.Final })
	for !s.waited() {
		<-s.left
	}
	if answer, err = http.Get(s.URL()); err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	clock.pass(lastLimit)
	if !s.waited() {
		t.Error("it waits for a page that was opened long ago, as by a program without scripts")
	}
}

func TestListenErrors(t *testing.T) {
	s, _ := serve(t)
	_, port, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/"), ":")
	if _, err := Listen(":" + port); err == nil || err.Error() != "another program listens at port "+port+" already" {
		t.Error(err)
	}
	if _, err := Listen("192.0.2.1:0"); err == nil || !strings.HasPrefix(err.Error(), "cannot listen at 192.0.2.1:0: bind: ") {
		t.Error(err) // an address that no machine has
	}
	if _, err := Listen("8080"); err == nil {
		t.Error("an address without a colon is none")
	}
}

// A nil server is one that nobody watches.
func TestNobody(t *testing.T) {
	var s *Server
	s.Begin(small)
	epoch(s, 1)
	s.Tell(Finished, "")
	s.Close()
	if s.URL() != "" {
		t.Error(s.URL())
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	s := newServer(time.Now)
	s.Begin(small)
	n := 0
	if got := testing.AllocsPerRun(10*stepPoints, func() { n++; s.Step(Step{Epoch: 1, Step: n, Loss: 1}) }); got != 0 {
		t.Errorf("%v allocations a step", got)
	}
}

// BenchmarkStep is what a training step pays for the page.
func BenchmarkStep(b *testing.B) {
	s := newServer(time.Now)
	s.Begin(small)
	n := 0
	for b.Loop() {
		n++
		s.Step(Step{Epoch: 1, Step: n, Loss: 1})
	}
}
