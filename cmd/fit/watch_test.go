package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/internal/browser"
)

// gate is a writer that holds the program up when it is to write a text, until it is opened.
type gate struct {
	bytes.Buffer
	at      string
	reached chan struct{}
	open    chan struct{}
}

func newGate(at string) *gate {
	return &gate{at: at, reached: make(chan struct{}), open: make(chan struct{})}
}

func (g *gate) Write(b []byte) (int, error) {
	if g.at != "" && strings.Contains(string(b), g.at) {
		g.at = ""
		close(g.reached)
		<-g.open
	}
	return g.Buffer.Write(b)
}

// watched runs the program with --watch until it is to write a text on standard output. It
// returns the address of the page, and what lets the program go on to its end.
func watched(t *testing.T, ctx context.Context, at string, args ...string) (url string, end func() output) {
	t.Helper()
	out := newGate(at)
	var errors bytes.Buffer
	code := make(chan int, 1)
	go func() { code <- run(ctx, append(args, "-watch", ":0"), strings.NewReader(""), out, &errors) }()
	select {
	case <-out.reached:
	case c := <-code:
		t.Fatalf("fit %s: exit code %d before it wrote %q\n%s", strings.Join(args, " "), c, at, errors.String())
	}
	ended := false
	end = func() output {
		ended = true
		close(out.open)
		return output{<-code, out.String(), errors.String()}
	}
	t.Cleanup(func() {
		if !ended {
			end()
		}
	})
	address := regexp.MustCompile(`(?m)^watch: (http://127\.0\.0\.1:\d+/)$`).FindStringSubmatch(errors.String())
	if address == nil {
		t.Fatalf("no address in %q", errors.String())
	}
	return address[1], end
}

// wellShown holds a page to what a reader may expect of it, in the dark and on a phone too.
func wellShown(t *testing.T, p *browser.Page, name string) {
	t.Helper()
	for _, row := range []struct {
		name string
		view browser.View
	}{{"light", browser.View{}}, {"dark", browser.View{Dark: true}}, {"phone", browser.View{Width: 390, Height: 844, Dark: true}}} {
		p.Show(row.view)
		p.WaitFor("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
		for _, text := range p.Cut() {
			t.Errorf("%s, %s: cut: %s", name, row.name, text)
		}
		shot := p.Screenshot()
		if _, err := png.Decode(bytes.NewReader(shot)); err != nil {
			t.Error(err)
		}
		if folder := os.Getenv("SCREENSHOTS"); folder != "" {
			if err := os.WriteFile(filepath.Join(folder, name+"-"+row.name+".png"), shot, 0o666); err != nil {
				t.Error(err)
			}
		}
	}
	for _, problem := range p.Problems() {
		t.Errorf("%s: %s", name, problem)
	}
}

// A browser looks at a training from its third epoch to its end, another one comes late.
func TestWatch(t *testing.T) {
	b := browser.New(t)
	url, end := watched(t, t.Context(), "epoch  3/10", "-schedule", "cosine", "-batch", "16", "-patience", "0")
	p := b.Open(url, browser.View{})
	for _, p := range []*browser.Page{p, b.Open(url, browser.View{})} {
		p.WaitFor(`document.querySelector("#state").textContent == "training" && document.querySelectorAll("#charts .dot.best").length == 2`)
		if got, want := strings.Join(p.Texts("figcaption b"), "; "), "training loss by step; loss by epoch; validation accuracy by epoch; learning rate by step"; got != want {
			t.Errorf("curves of %s, want %s", got, want)
		}
		if got, want := strings.Join(p.Texts("#facts dd"), "; "), "the embedded sample: 1,375 training, 153 validation, 382 test; "+
			"5,006 → 64 relu → 64 relu → 64 relu → 2 softmax; 328,898 parameters (float32); crossentropy; "+
			"adam (learning rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-08), batches of 16; cosine; seed 1, engine native"; got != want {
			t.Errorf("headline\n%s, want\n%s", got, want)
		}
		if got := p.Text("#numbers"); !strings.HasPrefix(got, "epoch 3 of 10\nstep 258\nbest epoch ") || !strings.Contains(got, " to go") {
			t.Errorf("numbers %q", got)
		}
	}
	wellShown(t, p, "training")
	var points [2]int // of the lines, without the words between
	count := `(path => path.getAttribute("d").split("L").length)(document.querySelector("#loss path.training.raw"))`
	p.Eval(count, &points[0])

	o := end()
	p.WaitFor(`document.querySelector("#state").textContent == "finished"`)
	p.WaitFor(count + " > 500")
	p.Eval(count, &points[1])
	if points != [2]int{258, 860} {
		t.Errorf("curves of %d and %d points, want those of 3 and of 10 epochs", points[0], points[1])
	}
	if got := p.Text("#text"); !strings.HasPrefix(got, "10 epochs done\nthe weights kept are those of epoch ") || !strings.Contains(got, "\ntest part: loss 0.") {
		t.Errorf("at the end it says %q", got)
	}
	// A finger at the right end reads the last epoch.
	p.Show(browser.View{Width: 320, Height: 640})
	p.WaitFor(`(svg => svg.dispatchEvent(new PointerEvent("pointermove", {clientX: svg.getBoundingClientRect().right})))(document.querySelector("#epochs svg"))`)
	p.WaitFor(`document.querySelector("#epochs text.read")`)
	if got := p.Text("#epochs text.read"); !regexp.MustCompile(`^epoch 10: training \S+, validation 0\.\d{4}$`).MatchString(got) {
		t.Errorf("at the last epoch one reads %q", got)
	}
	if cut := p.Cut(); len(cut) > 0 {
		t.Errorf("cut: %s", strings.Join(cut, "; "))
	}
	wellShown(t, p, "finished")
	if o.code != exitOK || strings.Count(o.errors, "\n") != 1 {
		t.Errorf("exit code %d, standard error %q", o.code, o.errors)
	}
}

// A cross-validation is watched fold by fold, and interrupted in the second.
func TestWatchFolds(t *testing.T) {
	b := browser.New(t)
	ctx, cancel := contextWithCancel(t)
	url, end := watched(t, ctx, "      2         ", "-cross-validate", "4", "-layers", "16", "-epochs", "5")
	p := b.Open(url, browser.View{})
	p.WaitFor(`document.querySelector("#name").textContent == "fold 2/4" && document.querySelectorAll(".key.earlier").length == 3`)
	if got := p.Texts(".key.earlier"); got[0] != "fold 1/4" || p.Count("#charts path.earlier") != 3 {
		t.Errorf("the first fold is shown as %v, in %d lines", got, p.Count("#charts path.earlier"))
	}
	cancel()
	if o := end(); o.code != exitInterrupted {
		t.Errorf("exit code %d, want 130\n%s", o.code, o.errors)
	}
	p.WaitFor(`document.querySelector("#state").textContent == "interrupted"`)
	if got := p.Text("#text"); !strings.HasPrefix(got, "mean accuracy 0.") || !strings.HasSuffix(got, " in 2 folds") {
		t.Errorf("it says %q", got)
	}
	wellShown(t, p, "folds")
}

// pageUpdate is what these tests look at of what a page is sent.
type pageUpdate struct {
	State     string
	Final     bool
	Text      string
	Trainings []struct {
		About *struct{ Measure string }
		Steps struct {
			From   int
			Points [][]*float64
		} `json:"by_step"`
		Epochs struct {
			From   int
			Points [][]*float64
		} `json:"by_epoch"`
	}
}

// The page ends as the run does, with any flags beside.
func TestWatchEnds(t *testing.T) {
	data, table := corpus(t, 120, "ham", "spam"), file(t, "table.csv", "a,b,label\n"+strings.Repeat("1,2,3.5\n2,1,4\n4,4,1.5\n", 20))
	small := "-data " + data + " -layers 8 -batch 16 -learning-rate 0.01 "
	folder := t.TempDir()
	checkpoint := filepath.Join(folder, "c")
	mustFit(t, strings.Fields(small+"-epochs 3 -patience 0 -checkpoint "+checkpoint)...)
	for _, row := range []struct {
		name, at, args, state, text string
		code, epochs                int
		measure                     string
	}{
		{"quiet", "test part", small + "-quiet -epochs 4", "finished", "4 epochs done\n.*\ntest part: loss .*, accuracy .*", exitOK, 4, "accuracy"},
		{"json", "{", small + "-json -epochs 4", "finished", "4 epochs done\n.*\ntest part: .*", exitOK, 4, "accuracy"},
		{"target", "epoch  1/10", small + "-target-loss 100", "stopped", "stopped after epoch 1: .*\n.*\ntest part: .*", exitOK, 1, "accuracy"},
		{"diverged", "batches of", small + "-learning-rate 1e30", "diverged", "the loss became .*", exitFailed, 0, ""},
		{"failed", "epoch 1/1", small + "-epochs 1 -model " + filepath.Join(folder, "gone", "m"), "failed", "--model: .*\n1 epoch done\n.*", exitFailed, 1, "accuracy"},
		{"regression", "epoch 1/2", "-data " + table + " -task regression -layers none -epochs 2 -batch 8", "finished", "2 epochs done\n.*\ntest part: loss .*, R² .*", exitOK, 1, "R²"},
		{"resumed", "epoch 4/5", "-resume " + checkpoint + " -epochs 5", "finished", "5 epochs done\n(?s:.*)", exitOK, 4, "accuracy"},
		{"gorgonia", "epoch 1/1", small + "-engine gorgonia -epochs 1 -valid-fraction 0 -test-fraction 0", "finished", "1 epoch done\ntraining part: .*", exitOK, 1, "accuracy"},
	} {
		t.Run(row.name, func(t *testing.T) {
			gone := filepath.Join(folder, "gone")
			if err := os.MkdirAll(gone, 0o777); err != nil {
				t.Fatal(err)
			}
			url, end := watched(t, t.Context(), row.at, strings.Fields(row.args)...)
			stream, err := http.Get(url + "events")
			if err != nil {
				t.Fatal(err)
			}
			defer stream.Body.Close()
			text := bufio.NewScanner(stream.Body)
			text.Buffer(nil, 1<<20)
			first, last := pageUpdate{}, pageUpdate{}
			next := func(u *pageUpdate) bool {
				for text.Scan() {
					if event, ok := strings.CutPrefix(text.Text(), "data: "); ok {
						*u = pageUpdate{}
						if err := json.Unmarshal([]byte(event), u); err != nil {
							t.Fatal(err)
						}
						return true
					}
				}
				return false
			}
			if !next(&first) {
				t.Fatal("no event")
			}
			measure, epochs := "", 0
			if len(first.Trainings) > 0 {
				measure, epochs = first.Trainings[0].About.Measure, len(first.Trainings[0].Epochs.Points)
			}
			if measure != row.measure || epochs != row.epochs {
				t.Errorf("measure %q, %d epochs, want %q and %d", measure, epochs, row.measure, row.epochs)
			}
			if err := os.RemoveAll(gone); err != nil {
				t.Fatal(err)
			}
			o := end()
			for next(&last) {
			}
			if !last.Final || last.State != row.state || !regexp.MustCompile("^"+row.text+"$").MatchString(last.Text) || o.code != row.code {
				t.Errorf("exit code %d, state %s, %q, want %d, %s, %q\n%s", o.code, last.State, last.Text, row.code, row.state, row.text, o.errors)
			}
		})
	}
}

// Who watches changes nothing: the models are the same to the byte.
func TestWatchChangesNothing(t *testing.T) {
	folder := t.TempDir()
	args := []string{"-data", corpus(t, 120, "ham", "spam"), "-layers", "8", "-batch", "16", "-epochs", "4", "-schedule", "linear"}
	alone := mustFit(t, append(args, "-model", filepath.Join(folder, "a"))...)
	together := mustFit(t, append(args, "-model", filepath.Join(folder, "b"), "-watch", "localhost:0")...)
	if read(t, filepath.Join(folder, "a")) != read(t, filepath.Join(folder, "b")) {
		t.Error("the models differ")
	}
	if alone.errors != "" || !regexp.MustCompile(`^watch: http://localhost:\d+/\n$`).MatchString(together.errors) {
		t.Errorf("standard error %q and %q", alone.errors, together.errors)
	}
}
