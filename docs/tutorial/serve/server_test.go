package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/solvers"
)

// save trains on six sentences and saves the model at path.
func save(t testing.TB, path, spam, ham string) {
	t.Helper()
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	check(t, err)
	for _, d := range []bow.Document{
		{Label: spam, Text: "Win a free prize now!"},
		{Label: ham, Text: "See you at the station."},
		{Label: spam, Text: "Claim your free cash prize."},
		{Label: ham, Text: "The train is late again."},
		{Label: spam, Text: "Free entry: win cash!"},
		{Label: ham, Text: "Late for the train, see you."},
	} {
		check(t, corpus.Add(d))
	}
	words, err := corpus.Vocabulary(nil, bow.VocabularyOptions{})
	check(t, err)
	encoder, err := corpus.Encoder(words, bow.Presence, nil)
	check(t, err)
	set, _, err := corpus.Set(encoder, nil)
	check(t, err)
	net, err := feedforward.New(feedforward.Config{Inputs: words.Len(), Seed: 1},
		feedforward.Dense(8, "relu"), feedforward.Dense(2, "softmax"))
	check(t, err)
	_, err = net.Fit(t.Context(), set, feedforward.Fit{Epochs: 50, Batch: 3, Solver: &solvers.Adam{LearningRate: 0.01}})
	check(t, err)
	c := feedforward.Classifier{Network: net, Encoder: encoder, Labels: corpus.Labels()}
	check(t, c.Save(path))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newServer(t testing.TB) *Server {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model")
	save(t, path, "spam", "ham")
	server, err := NewServer(path)
	check(t, err)
	return server
}

func ask(h http.Handler, method, body string) (status int, answer string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, "/label", strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func TestLabel(t *testing.T) {
	h := newServer(t).Handler()
	status, body := ask(h, "POST", `{"texts": ["A free prize for you: claim it!", "The train is late."]}`)
	var answer response
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %s: %v", status, body, err)
	}
	for i, want := range []string{"spam", "ham"} {
		if l := answer.Labels[i]; l.Label != want || l.Probability < 0.6 || l.Probability > 1 {
			t.Errorf("text %d: %+v, want %s", i, l, want)
		}
	}
}

func TestLabelRefuses(t *testing.T) {
	h := newServer(t).Handler()
	for _, row := range []struct {
		name, method, body string
		status             int
		says               string
	}{
		{"no JSON", "POST", "free prize", http.StatusBadRequest, `want {\"texts\"`},
		{"another field", "POST", `{"text": "free prize"}`, http.StatusBadRequest, "unknown field"},
		{"no texts", "POST", `{}`, http.StatusBadRequest, "0 texts, want 1 to 100"},
		{"too many", "POST", `{"texts": ["a"` + strings.Repeat(`,"a"`, maxTexts) + `]}`, http.StatusBadRequest, "101 texts"},
		{"too large", "POST", `{"texts": ["` + strings.Repeat("a", maxBody) + `"]}`, http.StatusRequestEntityTooLarge, "too large"},
		{"GET", "GET", "", http.StatusMethodNotAllowed, ""},
	} {
		if status, body := ask(h, row.method, row.body); status != row.status || !strings.Contains(body, row.says) {
			t.Errorf("%s: status %d, %s; want %d, %q", row.name, status, body, row.status, row.says)
		}
	}
}

func TestReload(t *testing.T) {
	s := newServer(t)
	says := func(want string) {
		t.Helper()
		if _, body := ask(s.Handler(), "POST", `{"texts": ["free prize"]}`); !strings.Contains(body, want) {
			t.Errorf("%s, want %s", body, want)
		}
	}
	says("spam")
	save(t, s.path, "junk", "fine")
	says("spam") // not before Reload
	check(t, s.Reload())
	says("junk")
	check(t, os.WriteFile(s.path, []byte("no model"), 0o666))
	if err := s.Reload(); err == nil {
		t.Error("a damaged model was taken")
	}
	says("junk")
}

// TestServe starts the server at a free port, asks it, and stops it.
func TestServe(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	h := newServer(t).Handler()
	go func() { ended <- serve(ctx, listener, h) }()
	r, err := http.Post(fmt.Sprintf("http://%s/label", listener.Addr()), "application/json", strings.NewReader(`{"texts": ["free prize"]}`))
	check(t, err)
	var answer response
	check(t, json.NewDecoder(r.Body).Decode(&answer))
	check(t, r.Body.Close())
	if len(answer.Labels) != 1 || answer.Labels[0].Label != "spam" {
		t.Errorf("%+v", answer)
	}
	stop()
	check(t, <-ended)
}

func BenchmarkLabel(b *testing.B) {
	h := newServer(b).Handler()
	body := []byte(`{"texts": ["A free prize for you: claim it!"]}`)
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/label", bytes.NewReader(body)))
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
