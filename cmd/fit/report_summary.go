package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/pflag"
	"gorgonia.org/tensor"
)

// How many rows a table of classes has at the most: that of all of them, and that of
// those that do worst.
const (
	reportRows  = 40
	reportWorst = 100
)

// namedResult is how well a network did on a part of the data.
type namedResult struct {
	name string
	*feedforward.Result
}

// writtenBy says which program wrote a page, and when.
func writtenBy(now time.Time) string {
	version := "Nestnet"
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			version += " " + v
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && !strings.Contains(version, s.Value[:min(len(s.Value), 12)]) {
				version += ", commit " + s.Value[:min(len(s.Value), 12)]
			}
		}
	}
	return fmt.Sprintf("Written by %s (%s) on %s.", version, runtime.Version(), now.UTC().Format("2 January 2006, 15:04 UTC"))
}

// commandLine is the command with the flags that were given, or taken over from a
// checkpoint.
func commandLine(command string, flags *pflag.FlagSet) string {
	args := []string{"fit", command}
	flags.Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "bool" {
			if f.Value.String() != "true" {
				args = append(args, "--"+f.Name+"="+f.Value.String())
			} else {
				args = append(args, "--"+f.Name)
			}
			return
		}
		args = append(args, "--"+f.Name, f.Value.String())
	})
	return shellWords(args)
}

// classTable counts the documents of each class in each part.
func classTable(results []namedResult, labels []string) *reportTable {
	t := &reportTable{Title: "Documents", Head: []string{"class"}, Left: 1}
	all := []string{"all"}
	for _, r := range results {
		t.Head = append(t.Head, r.name)
		all = append(all, thousands(r.Documents))
	}
	for i, label := range cut(labels[:min(len(labels), reportRows)]) {
		row := []string{label}
		for _, r := range results {
			row = append(row, thousands(r.PerClass[i].Support))
		}
		t.row(row...)
	}
	if n := len(labels) - reportRows; n > 0 {
		t.Note = fmt.Sprintf("and %s more", thousands(n))
	}
	if len(results) > 0 && results[0].MultiLabel != nil {
		t.Head[0] = "label"
	}
	t.row(all...)
	return t
}

// networkTable shows the layers.
func networkTable(n *feedforward.Network) *reportTable {
	t := &reportTable{Title: "Network", Head: []string{"layer", "nonlinear", "a", "b", "parameters"}, Left: 2}
	in := n.Config().Inputs
	for i, l := range n.Layers() {
		name := l.Activation
		if l.Dropout > 0 {
			name += fmt.Sprintf(", dropout %g", l.Dropout)
		}
		t.row(fmt.Sprintf("f%d", i+1), name, thousands(in)+"×"+thousands(l.Units), thousands(l.Units), thousands(in*l.Units+l.Units))
		in = l.Units
	}
	dtype := "float32"
	if n.Config().Dtype == tensor.Float64 {
		dtype = "float64"
	}
	t.Note = fmt.Sprintf("%s parameters (%s), loss %s", thousands(n.Parameters()), dtype, n.Config().Loss.Name())
	return t
}

// trainingTable says how the network was trained, as its model file does.
func trainingTable(t *feedforward.Training) *reportTable {
	table := &reportTable{Title: "Training", Left: 2}
	table.fact("solver", fmt.Sprintf("%s (%v)", t.Solver, t.SolverSettings))
	if t.Batch == feedforward.Whole {
		table.fact("batch", "the whole set a step")
	} else {
		table.fact("batch", thousands(t.Batch))
	}
	table.fact("seed", fmt.Sprint(t.Seed))
	table.fact("engine", string(t.Engine))
	table.fact("settings", strings.Join(unusual(t.Settings), ", "))
	table.fact("epochs", strings.ReplaceAll(ending(historyOf(t)), "\n", "; "))
	return table
}

// summary is the section of what was trained or tested.
func (m *reportMaker) summary() *reportSection {
	s := &reportSection{ID: "summary", Title: "Summary", Command: m.command}
	facts := &reportTable{Title: "Data", Left: 2}
	for _, f := range m.facts {
		facts.fact(f[0], f[1])
	}
	if e := m.c.Encoder; e != nil {
		facts.fact("words", strings.Join(wordsText(e), ", "))
	} else {
		facts.fact("input", numbersText(m.c.Numbers))
	}
	s.Tables = append(s.Tables, facts)
	if t := m.c.Training; t != nil {
		table := trainingTable(t)
		if m.times != "" {
			table.fact("time", m.times)
		}
		s.Tables = append(s.Tables, table)
	}
	s.Tables = append(s.Tables, networkTable(m.c.Network))
	if len(m.c.Labels) > 0 {
		s.Tables = append(s.Tables, classTable(m.results, m.c.Labels))
	}
	return s
}
