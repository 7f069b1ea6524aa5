package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/nestnet/nestnet/models/feedforward"
)

// logFile gets one JSON object an epoch. A nil one gets nothing.
type logFile struct {
	file   *os.File
	failed error
}

type logLine struct {
	Fold          int      `json:"fold,omitempty"` // of --cross-validate
	Epoch         int      `json:"epoch"`
	Steps         int      `json:"steps"`
	Loss          float64  `json:"loss"`
	ValidLoss     *float64 `json:"valid_loss,omitempty"`
	ValidAccuracy *float64 `json:"valid_accuracy,omitempty"`
	Seconds       float64  `json:"seconds"` // since the start of training
}

func openLog(path string) (*logFile, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("--log: %w", fileError(err))
	}
	return &logFile{file: f}, nil
}

func (l *logFile) epoch(e feedforward.Epoch, since time.Duration) { l.epochOf(0, e, since) }

// epochOf is epoch for a fold of a cross-validation, counted from 1.
func (l *logFile) epochOf(fold int, e feedforward.Epoch, since time.Duration) {
	if l == nil || l.failed != nil {
		return
	}
	line := logLine{Fold: fold, Epoch: e.Number, Steps: e.Steps, Loss: e.Loss, Seconds: since.Seconds()}
	if e.Valid != nil {
		line.ValidLoss, line.ValidAccuracy = &e.Valid.Loss, &e.Valid.Accuracy
	}
	l.failed = json.NewEncoder(l.file).Encode(line)
}

func (l *logFile) err() error {
	if l == nil {
		return nil
	}
	return l.failed
}

func (l *logFile) close() {
	if l != nil {
		l.file.Close()
	}
}
