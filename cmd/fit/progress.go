package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress is a bar on a terminal. Elsewhere, in a file or a pipe, it is one line an
// epoch, and nothing while reading.

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// newBar makes a bar of n steps, or one that only counts for n = -1. A narrow terminal
// gets less of it, as a line that does not fit could not be taken away again.
func (r *reporter) newBar(n int, what string) *progressbar.ProgressBar {
	if r.flags.quiet || !isTerminal(r.s.err) {
		return nil
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(r.s.err), progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(80 * time.Millisecond), progressbar.OptionClearOnFinish(),
	}
	width, _, err := term.GetSize(int(r.s.err.(*os.File).Fd()))
	if err != nil {
		width = 80
	}
	switch {
	case n < 0:
		return progressbar.NewOptions(n, append(options, progressbar.OptionShowCount())...)
	case width < 60:
		options = append(options, progressbar.OptionSetWidth(8), progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false))
	case width < 80:
		options = append(options, progressbar.OptionSetWidth(8))
	case width < 110:
		options = append(options, progressbar.OptionSetWidth(12), progressbar.OptionShowIts())
	default:
		options = append(options, progressbar.OptionSetWidth(24), progressbar.OptionShowIts(), progressbar.OptionShowCount())
	}
	return progressbar.NewOptions(n, append(options, progressbar.OptionSetItsString("docs"))...)
}

// counter counts documents while they are read.
type counter struct{ bar *progressbar.ProgressBar }

func (r *reporter) counter(what string) counter { return counter{r.newBar(-1, what)} }

func (c counter) count(n int) {
	if c.bar != nil {
		_ = c.bar.Set(n)
	}
}

func (c counter) stop() {
	if c.bar != nil {
		_ = c.bar.Finish()
	}
}

// training follows the epochs.
type training struct {
	r         *reporter
	what      string // in front of the bar
	silent    bool   // no line an epoch
	documents int
	epochs    int
	bar       *progressbar.ProgressBar
	start     time.Time
	last      time.Time // end of the last epoch
	described time.Time
}

func (r *reporter) progress(documents, epochs int) *training {
	now := time.Now()
	return &training{r: r, documents: documents, epochs: epochs, start: now, last: now}
}

func (t *training) elapsed() time.Duration { return time.Since(t.start) }

func (t *training) step(s feedforward.Step) {
	if t.bar == nil {
		if t.bar = t.r.newBar(t.documents, ""); t.bar == nil {
			return
		}
	}
	if now := time.Now(); now.Sub(t.described) > 100*time.Millisecond {
		t.described = now
		t.bar.Describe(fmt.Sprintf("%sepoch %d/%d  loss %s", t.what, s.Epoch, t.epochs, lossText(s.Loss)))
	}
	_ = t.bar.Set(s.Documents)
}

func (t *training) epoch(e feedforward.Epoch) {
	t.stop()
	if t.silent {
		return
	}
	now := time.Now()
	line := fmt.Sprintf("epoch %*d/%d   loss %s", len(fmt.Sprint(t.epochs)), e.Number, t.epochs, lossText(e.Loss))
	if e.Valid != nil {
		line += "   validation: " + validText(e.Valid)
	}
	fmt.Fprintf(t.r.text, "%s   %s\n", line, short(now.Sub(t.last)))
	t.last = now
}

// warn says what went wrong while training goes on.
func (t *training) warn(text string) {
	t.stop()
	fmt.Fprintln(t.r.s.err, "fit:", text)
}

// stop takes the bar away.
func (t *training) stop() {
	if t.bar != nil {
		_ = t.bar.Finish()
		t.bar = nil
	}
}
