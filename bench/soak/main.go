// Command soak trains and predicts on a corpus that is larger than the memory it may
// take: some gigabyte of short generated documents, one epoch, and a label for each of
// them. It fails if a process of fit took more memory than the bound at its peak.
//
//	make soak
//	go run ./bench/soak -documents 2000000 -bound 300
//
// The documents are drawn from a seed: words by Zipf's law, and a label by which of two
// small groups of words stands in it, so that what is learned can be checked too.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

func main() {
	documents := flag.Int("documents", 20_000_000, "`number` of documents")
	bound := flag.Int("bound", 1024, "peak memory allowed, `MiB`")
	cache := flag.Int("cache", 128, "--cache-bytes of fit, `MiB`")
	fit := flag.String("fit", "bin/fit", "the `program`")
	dir := flag.String("dir", "", "`folder` for the corpus, which takes 57 bytes a document, and the cache as much again (default the system's temporary one)")
	flag.Parse()
	if err := soak(*documents, *bound, *cache, *fit, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func soak(documents, bound, cache int, fit, dir string) error {
	if !peakKnown {
		return fmt.Errorf("%s does not say how much memory a process took; run it on Linux, macOS or a BSD", runtime.GOOS)
	}
	dir, err := os.MkdirTemp(dir, "soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	corpus, model := filepath.Join(dir, "corpus.tsv"), filepath.Join(dir, "model")
	start := time.Now()
	size, err := generate(corpus, documents)
	if err != nil {
		return err
	}
	fmt.Printf("generated   %d documents, %.2f GiB, in %.0f s\n", documents, float64(size)/(1<<30), time.Since(start).Seconds())

	out, err := os.CreateTemp(dir, "json")
	if err != nil {
		return err
	}
	defer out.Close()
	if err := run("trained", bound, dir, out, fit, "train", "--data", corpus, "--layers", "64", "--epochs", "1",
		"--valid-fraction", "0.01", "--test-fraction", "0.01", "--cache-bytes", strconv.Itoa(cache<<20),
		"--model", model, "--json", "--quiet"); err != nil {
		return err
	}
	var result struct {
		Test struct {
			Documents int
			Accuracy  float64
		}
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := json.NewDecoder(out).Decode(&result); err != nil {
		return err
	}
	fmt.Printf("            accuracy %.4f on the %d documents of the test part\n", result.Test.Accuracy, result.Test.Documents)
	if result.Test.Accuracy < 0.9 {
		return fmt.Errorf("accuracy is %.4f, want 0.9: the labels are decided by words", result.Test.Accuracy)
	}

	lines := &lineCounter{}
	if err := run("predicted", bound, dir, lines, fit, "predict", "--model", model, "--text-column", "2", corpus); err != nil {
		return err
	}
	if lines.n != documents {
		return fmt.Errorf("%d labels for %d documents", lines.n, documents)
	}
	return nil
}

// run runs a command, with its temporary files in dir, and says how long it took and how
// much memory.
func run(what string, bound int, dir string, out io.Writer, name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Stdout, c.Stderr = out, os.Stderr
	c.Env = append(os.Environ(), "TMPDIR="+dir)
	start := time.Now()
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, args[0], err)
	}
	peak := peakMemory(c.ProcessState) >> 20
	fmt.Printf("%-12sin %.0f s, peak memory %d MiB\n", what, time.Since(start).Seconds(), peak)
	if peak > int64(bound) {
		return fmt.Errorf("%s %s took %d MiB, want at most %d", name, args[0], peak, bound)
	}
	return nil
}

// generate writes the corpus and returns its size.
func generate(path string, documents int) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	rng := rand.New(rand.NewPCG(1, 1))
	const words, deciding, each = 100_000, 200, 11
	zipf := rand.NewZipf(rng, 1.1, 1, words-1)
	var line []byte
	for range documents {
		label := rng.IntN(2)
		line = append(line[:0], "ab"[label], '\t')
		at := rng.IntN(each)
		for k := range each {
			if k > 0 {
				line = append(line, ' ')
			}
			if k == at {
				line = append(line, "xy"[label])
				line = strconv.AppendInt(line, rng.Int64N(deciding), 10)
			} else {
				line = append(line, 'w')
				line = strconv.AppendUint(line, zipf.Uint64()+10_000, 36)
			}
		}
		line = append(line, '\n')
		if _, err := w.Write(line); err != nil {
			return 0, err
		}
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), f.Close()
}

// lineCounter counts lines.
type lineCounter struct{ n int }

func (c *lineCounter) Write(p []byte) (int, error) {
	for _, b := range p {
		if b == '\n' {
			c.n++
		}
	}
	return len(p), nil
}
