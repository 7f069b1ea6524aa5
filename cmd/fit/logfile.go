package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/nestnet/nestnet/models/feedforward"
)

// logFile gets one JSON object an epoch. A nil one gets nothing.
type logFile struct {
	file   *os.File
	failed error
	before float64 // seconds of the run that this one goes on with
}

type logLine struct {
	Fold          int      `json:"fold,omitempty"` // of --cross-validate
	Epoch         int      `json:"epoch"`
	Steps         int      `json:"steps"`
	Loss          float64  `json:"loss"`
	ValidLoss     *float64 `json:"valid_loss,omitempty"`
	ValidAccuracy *float64 `json:"valid_accuracy,omitempty"`
	ValidMicroF1  *float64 `json:"valid_micro_f1,omitempty"` // with several labels
	ValidR2       *float64 `json:"valid_r2,omitempty"`       // of a regression
	Seconds       float64  `json:"seconds"`                  // since the start of training
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

// continueLog opens the log of a run to go on after so many epochs. What it has of later
// ones is dropped: they are trained again.
func continueLog(path string, epochs int) (*logFile, error) {
	if path == "" {
		return nil, nil
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--log: %w", fileError(err))
	}
	l, err := openLog(path)
	if err != nil {
		return nil, err
	}
	for text := range bytes.Lines(old) {
		var line logLine
		if json.Unmarshal(text, &line) != nil || line.Epoch > epochs {
			break
		}
		l.before = line.Seconds
		if _, l.failed = l.file.Write(text); l.failed != nil {
			break
		}
	}
	return l, nil
}

func (l *logFile) epoch(e feedforward.Epoch, since time.Duration) { l.epochOf(0, e, since) }

// epochOf is epoch for a fold of a cross-validation, counted from 1.
func (l *logFile) epochOf(fold int, e feedforward.Epoch, since time.Duration) {
	if l == nil || l.failed != nil {
		return
	}
	line := logLine{Fold: fold, Epoch: e.Number, Steps: e.Steps, Loss: e.Loss, Seconds: l.before + since.Seconds()}
	if v := e.Valid; v != nil {
		line.ValidLoss = &v.Loss
		if v.Regression != nil {
			line.ValidR2 = &v.Regression.R2
		} else {
			line.ValidAccuracy, line.ValidMicroF1 = &v.Accuracy, labelsOf(v).MicroF1
		}
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
