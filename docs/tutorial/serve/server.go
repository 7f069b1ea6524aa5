package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/nestnet/nestnet/models/feedforward"
)

const (
	maxBody  = 1 << 16 // bytes
	maxTexts = 100
)

// Server labels texts. Any number of requests are answered at once, and Reload may be
// called meanwhile.
type Server struct {
	path      string
	predictor atomic.Pointer[feedforward.Predictor]
}

// NewServer makes a Server with the model at path.
func NewServer(path string) (*Server, error) {
	s := &Server{path: path}
	return s, s.Reload()
}

// Reload reads the model file again. After an error the model is the one before.
func (s *Server) Reload() error {
	classifier, err := feedforward.Load(s.path)
	if err != nil {
		return err
	}
	predictor, err := classifier.Predictor()
	if err != nil {
		return err
	}
	s.predictor.Store(predictor)
	return nil
}

type request struct {
	Texts []string `json:"texts"`
}

type response struct {
	Labels []label `json:"labels"`
}

type label struct {
	Label       string  `json:"label"`
	Probability float64 `json:"probability"`
}

// Handler has POST /label, which answers request with response, and GET /healthz.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /label", s.label)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	return mux
}

func (s *Server) label(w http.ResponseWriter, r *http.Request) {
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	body.DisallowUnknownFields()
	var q request
	if err := body.Decode(&q); err != nil {
		status := http.StatusBadRequest
		if errors.As(err, new(*http.MaxBytesError)) {
			status = http.StatusRequestEntityTooLarge
		}
		fail(w, status, fmt.Errorf(`want {"texts": ["…"]}: %w`, err))
		return
	}
	if n := len(q.Texts); n == 0 || n > maxTexts {
		fail(w, http.StatusBadRequest, fmt.Errorf("%d texts, want 1 to %d", n, maxTexts))
		return
	}
	labels := make([]feedforward.Label, len(q.Texts))
	if err := s.predictor.Load().ClassifyAll(labels, q.Texts); err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	answer := response{Labels: make([]label, len(labels))}
	for i, l := range labels {
		answer.Labels[i] = label{Label: l.Name, Probability: l.Probability}
	}
	send(w, http.StatusOK, answer)
}

func fail(w http.ResponseWriter, status int, err error) {
	send(w, status, map[string]string{"error": err.Error()})
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // an error here is a client that has gone
}
