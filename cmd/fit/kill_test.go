package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

// program builds the real one.
func program(t *testing.T) string {
	t.Helper()
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("builds the program and sends it signals")
	}
	if info, _ := debug.ReadBuildInfo(); slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector does not see into another program")
	}
	path := filepath.Join(t.TempDir(), "fit")
	if b, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return path
}

// TestKilled kills the real program, without warning, at 20 moments drawn at random, and
// resumes it each time. What it saves in the end must be the bytes of a run that nobody
// disturbed.
func TestKilled(t *testing.T) {
	fit := program(t)
	small := "-layers 8 -max-words 600 -patience 0 -epochs 30 "
	for _, row := range []struct {
		name, args, every string
		kills             int
	}{
		{"last weights", small + "-valid-fraction 0 -dropout 0.2 -batch 32", "31", 8},
		{"best weights, data on disk", small + "-cache disk -cache-bytes 60000 -solver adamw -dtype float64 -learning-rate 3e-5 -schedule plateau", "25ms", 7},
		{"whole epochs", small + "-solver momentum -schedule cosine -class-weights balanced -learning-rate 1e-3 -batch 8", "2epochs", 5},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := t.TempDir()
			in := func(name string) string { return filepath.Join(folder, name) }
			undisturbed := exec.Command(fit, append(strings.Fields(row.args), "-quiet", "-model", in("want"))...)
			if b, err := undisturbed.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, b)
			}
			rng := rand.New(rand.NewPCG(11, uint64(row.kills)))
			args := append(strings.Fields(row.args), "-model", in("m"), "-checkpoint", in("c"), "-checkpoint-every", row.every, "-log", in("log"))
			for killed := 0; ; killed++ {
				if _, err := os.Stat(in("c")); err == nil {
					args = []string{"-resume", in("c"), "-workers", fmt.Sprint(1 + killed%3)}
				}
				c := exec.Command(fit, args...)
				var errors bytes.Buffer
				c.Stderr = &errors
				out, err := c.StdoutPipe()
				if err == nil {
					err = c.Start()
				}
				if err != nil {
					t.Fatal(err)
				}
				// After some epochs, and some way into the next one.
				epochs, spin := rng.IntN(3), time.Duration(rng.IntN(4000))*time.Microsecond
				for lines := bufio.NewScanner(out); lines.Scan(); {
					switch text := lines.Text(); {
					case strings.HasPrefix(text, "epoch "):
						epochs--
					case !strings.HasPrefix(text, "batches of "): // training begins
						continue
					}
					if epochs > 0 || killed == row.kills {
						continue
					}
					for start := time.Now(); time.Since(start) < spin; {
					}
					if err := c.Process.Kill(); err != nil {
						t.Fatal(err)
					}
					break
				}
				if err := c.Wait(); err == nil {
					if killed < row.kills {
						t.Errorf("over after %d kills, want %d", killed, row.kills)
					}
					break
				} else if killed == row.kills || errors.Len() > 0 {
					t.Fatalf("%v\n%s", err, errors.String())
				}
				// The file is whole at any moment; what a kill may leave is a temporary one.
				if b, err := os.ReadFile(in("c")); err == nil && len(b) < 1000 {
					t.Fatalf("a checkpoint of %d bytes", len(b))
				}
			}
			if read(t, in("m")) != read(t, in("want")) {
				t.Error("another model than without kills")
			}
			epoch := 0
			for line := range strings.Lines(read(t, in("log"))) {
				if epoch++; decodeJSON[logLine](t, line).Epoch != epoch {
					t.Fatalf("line %d of the log is %s", epoch, line)
				}
			}
			if epoch != 30 {
				t.Errorf("%d lines of log for 30 epochs", epoch)
			}
		})
	}
}
