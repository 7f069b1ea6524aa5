package main

import (
	"slices"
	"strconv"

	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/pflag"
)

// Flags that the record of a training in its model leaves out: what stands in the model or
// in the record by itself, and what changes no weight, such as where the files were.
var unrecorded = []string{
	"data", "input", "format", "label-column", "text-column", "label-separator", "test", "test-fraction", "stop-words", "cross-validate",
	"cache", "cache-bytes", "workers", "model", "json", "quiet", "log", "help", "checkpoint", "checkpoint-every", "resume", "watch", "plot", "report",
	"solver", "learning-rate", "momentum", "rho", "beta1", "beta2", "epsilon", "weight-decay", "l1", "l2", "clip",
	"batch", "seed", "engine", "mpi",
}

// stepSize is Fit.Batch.
func (p *plan) stepSize() int {
	if p.batch == 0 {
		return feedforward.Whole
	}
	return p.batch
}

// record describes a training for its model file.
func (p *plan) record(ps *parts, h *feedforward.History, test *feedforward.Result) *feedforward.Training {
	t := &feedforward.Training{
		Settings: map[string]string{}, Solver: p.solver, SolverSettings: p.native.Settings(), Engine: feedforward.Engine(p.engine),
		Batch: p.stepSize(), Seed: p.seed, Documents: map[string]int{}, PerClass: ps.perClass,
	}
	p.flags.VisitAll(func(f *pflag.Flag) {
		if value := f.Value.String(); value != "" && !slices.Contains(unrecorded, f.Name) {
			t.Settings[f.Name] = value
		}
	})
	for _, name := range []string{"training", "validation"} {
		if stats, ok := ps.stats[name]; ok {
			t.Documents[name] = stats.Documents
		}
	}
	t.Remember(h)
	t.RememberTest(test)
	return t
}

// asCommanded makes the record of a trial that Ctrl-C ended that of the training that the
// command for it does, which has no more epochs to come.
func asCommanded(t *feedforward.Training, h *feedforward.History) {
	if h.Stopped != feedforward.StoppedInterrupted || len(h.Epochs) == 0 {
		return
	}
	t.Stopped, t.Steps = feedforward.StoppedEpochs, h.Epochs[len(h.Epochs)-1].Steps
	t.Settings["epochs"] = strconv.Itoa(len(h.Epochs))
}
