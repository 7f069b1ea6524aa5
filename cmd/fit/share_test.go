package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever is trained, with however many ranks: the model is that of one process, and so is
// all that is printed but for times and the line on batches.
func TestRanksSameModel(t *testing.T) {
	data := corpus(t, 700, "business", "sport", "world")
	test := corpus(t, 130, "business", "sport", "world")
	labels := file(t, "tickets.ft", fastText(tickets(300)))
	for _, args := range []string{
		"-epochs 3 -layers 8",
		"-epochs 2 -layers 8 -data " + data,
		"-epochs 2 -layers none -data " + data + " -test " + test + " -weighting tfidf -ngrams 2 -max-words 300",
		"-epochs 2 -layers 8,8 -dropout 0.2 -data " + data + " -hash-bits 9 -solver momentum -test-fraction 0 -class-weights balanced",
		"-epochs 2 -layers 8 -data " + labels + " -task multilabel -patience 1 -valid-fraction 0.3 -solver adamw -l1 0.001",
	} {
		one := filepath.Join(t.TempDir(), "one")
		want := mustFit(t, strings.Fields(args+" -batch 240 -json -model "+one)...)
		for _, n := range []int{1, 2, 3, 4} {
			path := filepath.Join(t.TempDir(), "model")
			ranks, _ := onRanks(t, n, fmt.Sprintf("%s -batch %d -json -model %s", args, 240/n, path))
			for r, o := range ranks {
				if o.code != exitOK {
					t.Fatalf("fit %s, rank %d of %d: exit code %d\n%s", args, r, n, o.code, o.errors)
				}
			}
			if read(t, path) != read(t, one) {
				t.Errorf("fit %s: %d ranks save another model than one process", args, n)
			}
			if got, want := untimed(t, ranks[0].out), untimed(t, want.out); got != want {
				t.Errorf("fit %s: %d ranks report\n%s\none process\n%s", args, n, got, want)
			}
		}
	}
}

// untimed is a report in JSON without what a run takes and where it is saved.
func untimed(t *testing.T, text string) string {
	t.Helper()
	var lines []string
	skip := false
	for line := range strings.Lines(text) {
		switch trimmed := strings.TrimSpace(line); {
		case strings.HasPrefix(trimmed, `"seconds": {`):
			skip = true
		case skip && strings.HasPrefix(trimmed, "}"):
			skip = false
		case skip, strings.Contains(line, "seconds"), strings.Contains(line, "per_second"), strings.Contains(line, `"model"`):
		default:
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// A checkpoint of some ranks is gone on with by another number, to the model of a training
// that never stopped.
func TestRanksResumeSameModel(t *testing.T) {
	data := corpus(t, 700, "business", "sport", "world")
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	mustFit(t, strings.Fields("-epochs 4 -layers 8 -batch 120 -data "+data+" -model "+in("one"))...)
	for _, n := range []int{1, 2, 3} {
		checkpoint := in(fmt.Sprint("checkpoint", n))
		ranks, _ := onRanks(t, n, fmt.Sprintf("-epochs 2 -layers 8 -batch %d -data %s -checkpoint %s -checkpoint-every 3", 120/n, data, checkpoint))
		if ranks[0].code != exitOK {
			t.Fatal(ranks[0].errors)
		}
		for _, others := range []int{1, 2, 4} {
			model := in(fmt.Sprintf("%d-%d", n, others))
			ranks, _ := onRanks(t, others, fmt.Sprintf("-resume %s -epochs 4 -model %s -checkpoint %s", checkpoint, model, in("other")))
			if ranks[0].code != exitOK {
				t.Fatal(ranks[0].errors)
			}
			if read(t, model) != read(t, in("one")) {
				t.Errorf("begun by %d ranks and ended by %d: another model", n, others)
			}
		}
		mustFit(t, "-resume", checkpoint, "-epochs", "4", "-model", in("alone"), "-checkpoint", in("other"))
		if read(t, in("alone")) != read(t, in("one")) {
			t.Errorf("begun by %d ranks and ended by one process: another model", n)
		}
	}
}
