//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// What can be read only once is reported without its texts.
func TestReportOfAPipe(t *testing.T) {
	text := read(t, noisy(t, 140))
	pipe := filepath.Join(t.TempDir(), "pipe.tsv")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("There are no named pipes here: ", err)
	}
	go func() { _ = os.WriteFile(pipe, []byte(text), 0) }()
	path := filepath.Join(t.TempDir(), "r.html")
	mustFit(t, "-data", pipe, "-format", "tsv", "-input", "text", "-layers", "8", "-epochs", "2", "-report", path)
	page, sections := readPage(t, path)
	if !strings.Contains(page, "pipe.tsv cannot be read a second time.") || slices.Contains(sections, "mistakes") || !slices.Contains(sections, "calibration") {
		t.Errorf("sections %q", sections)
	}
}
