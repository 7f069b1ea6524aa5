package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The flags change nothing of the training, and --json names the files.
func TestReportChangesNothing(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	folder := t.TempDir()
	page, plot := filepath.Join(folder, "r.html"), filepath.Join(folder, "p.svg")
	for _, args := range []string{"", "-dropout 0.2 -cache disk"} {
		with := trained(t, data, append(strings.Fields(args), "-report", page, "-plot", plot)...)
		if read(t, with) != read(t, trained(t, data, strings.Fields(args)...)) {
			t.Errorf("fit %s: the model is another one with --report and --plot", args)
		}
	}
	a := trainedJSON(t, "-data", data, "-layers", "8", "-report", page, "-plot", plot, "-quiet")
	b := trainedJSON(t, "-data", data, "-layers", "8")
	if a.Report != page || a.Plot != plot || b.Report != "" || b.Plot != "" {
		t.Errorf("the object names %q and %q, without the flags %q and %q", a.Report, a.Plot, b.Report, b.Plot)
	}
	if a.Test.Loss != b.Test.Loss || a.Train.Loss != b.Train.Loss {
		t.Errorf("losses %v, %v, without the flags %v, %v", a.Test.Loss, a.Train.Loss, b.Test.Loss, b.Train.Loss)
	}
	model := trained(t, data)
	if j := decodeJSON[evalJSON](t, mustFit(t, "eval", "-model", model, "-data", data, "-q", "-json", "-report", page).out); j.Report != page || j.Mistakes != nil {
		t.Errorf("fit eval names %q", j.Report)
	}
}

// The picture is a picture, in each form.
func TestPlot(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	folder := t.TempDir()
	svg, png := filepath.Join(folder, "a.svg"), filepath.Join(folder, "b.PNG")
	for _, path := range []string{svg, png} {
		if o := mustFit(t, "-data", data, "-layers", "8", "-epochs", "3", "-plot", path); !strings.Contains(o.out, "\ntraining curves drawn to "+path+"\n") {
			t.Errorf("not said:\n%s", o.out)
		}
	}
	if err := xml.Unmarshal([]byte(read(t, svg)), new(struct{ XMLName xml.Name })); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"training loss", "validation loss", "validation accuracy", "epoch"} {
		if !strings.Contains(read(t, svg), want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
	if !strings.HasPrefix(read(t, png), "\x89PNG\r\n") {
		t.Error("not a PNG")
	}
	only(t, folder, "a.svg", "b.PNG")
}

// A training that was stopped and goes on draws all its epochs.
func TestReportResumed(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	folder := t.TempDir()
	checkpoint, page, plot := filepath.Join(folder, "c"), filepath.Join(folder, "r.html"), filepath.Join(folder, "p.svg")
	common := []string{"-layers", "8", "-batch", "16", "-patience", "0"}
	mustFit(t, append(common, "-data", data, "-epochs", "2", "-checkpoint", checkpoint, "-report", page)...)
	first := read(t, page)
	mustFit(t, "-resume", checkpoint, "-epochs", "4", "-plot", plot)
	second, _ := readPage(t, page)
	if !strings.Contains(first, "2 epochs done") || !strings.Contains(second, "4 epochs done") || !strings.Contains(second, "--resume") {
		t.Error("--resume did not write the page again")
	}
	if got := strings.Count(read(t, plot), "<path"); got == 0 {
		t.Error("nothing is drawn")
	}
}

// Ctrl-C ends the training, not the report of it.
func TestReportInterrupted(t *testing.T) {
	data := noisy(t, 120)
	for _, row := range []struct {
		at   string
		says string
	}{{"epoch  2/50", "report written to "}, {"batches of 16", "nothing drawn: not one epoch was finished"}} {
		path := filepath.Join(t.TempDir(), "r.html")
		ctx, cancel := contextWithCancel(t)
		out := &pressing{at: row.at, cancel: cancel}
		code := run(ctx, []string{"-data", data, "-layers", "8", "-batch", "16", "-epochs", "50", "-patience", "0", "-report", path}, strings.NewReader(""), out, &strings.Builder{})
		if code != exitInterrupted || !strings.Contains(out.String(), row.says) {
			t.Errorf("exit code %d and\n%s", code, out.String())
		}
		if _, err := os.Stat(path); (err == nil) != strings.HasPrefix(row.says, "report") {
			t.Errorf("%s: %v", row.at, err)
		} else if err == nil {
			if page, sections := readPage(t, path); !strings.Contains(page, "The training was interrupted.") || len(sections) != 9 {
				t.Errorf("sections %q", sections)
			}
		}
	}
}
