//go:build unix

package cluster

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// texts writes a file of labelled texts, whose lines differ in length.
func texts(t *testing.T, n int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.2, 4, 4000)
	labels := []string{"business", "science", "sport", "world"}
	var b strings.Builder
	for range n {
		k := rng.IntN(len(labels))
		b.WriteString(labels[k] + "\t")
		for range 3 + rng.IntN(30) {
			if rng.IntN(4) == 0 {
				fmt.Fprintf(&b, "%c%d ", 'a'+k, zipf.Uint64())
			} else {
				fmt.Fprintf(&b, "w%d ", zipf.Uint64())
			}
		}
		b.WriteString("\n")
	}
	path := filepath.Join(t.TempDir(), "texts.tsv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// settings are those of all trainings here, for steps of 512 examples altogether.
func settings(data string, batch int) []string {
	return []string{"train", "--data", data, "--layers", "16,8", "--dropout", "0.1", "--epochs", "4", "--patience", "3",
		"--batch", fmt.Sprint(batch), "--quiet", "--seed", "3"}
}

// alone trains with a fit that knows nothing of MPI and returns the model.
func alone(t *testing.T, data string) []byte {
	t.Helper()
	needMPI(t)
	model := filepath.Join(t.TempDir(), "model")
	c := exec.Command("go", append([]string{"run", "github.com/nestnet/nestnet/cmd/fit"}, append(settings(data, 512), "--model", model)...)...)
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return read(t, model)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// One, two and four ranks, with one and two workers each, save the bytes of one process.
func TestSameModel(t *testing.T) {
	data := texts(t, 6000)
	want := alone(t, data)
	for _, n := range []int{1, 2, 4} {
		for _, workers := range []string{"1", "2"} {
			model := filepath.Join(t.TempDir(), "model")
			mustFit(t, n, append(settings(data, 512/n), "--model", model, "--workers", workers)...)
			if !bytes.Equal(read(t, model), want) {
				t.Errorf("%d ranks with %s workers each save another model than one process", n, workers)
			}
		}
	}
}

// A job that a killed rank has ended is gone on with from its last checkpoint by any number
// of ranks, to the bytes of one that nothing happened to.
func TestResumeAfterKill(t *testing.T) {
	data := texts(t, 6000)
	want := alone(t, data)
	folder := t.TempDir()
	checkpoint := filepath.Join(folder, "checkpoint")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	// It would go on for very long; as soon as there is a checkpoint, rank 1 is killed.
	args := append(settings(data, 256), "--mpi", "--checkpoint", checkpoint, "--checkpoint-every", "3", "--epochs", "100000", "--patience", "0")
	c := mpirun(ctx, 2, "sh", append([]string{"-c", `echo $$ >"$1/$OMPI_COMM_WORLD_RANK"; shift; exec "$@"`, "sh", folder, fitMPI(t)}, args...)...)
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		if _, err := os.Stat(checkpoint); err == nil {
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("the job ended before a checkpoint: %v\n%s", err, errs.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	if err := process(t, folder, 1).Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Fatal("a job with a killed rank ended well")
	}
	kept := read(t, checkpoint)
	for _, n := range []int{1, 2, 4} {
		if err := os.WriteFile(checkpoint, kept, 0o666); err != nil {
			t.Fatal(err)
		}
		model := filepath.Join(folder, "model")
		mustFit(t, n, "train", "--resume", checkpoint, "--epochs", "4", "--patience", "3", "--quiet", "--model", model)
		if !bytes.Equal(read(t, model), want) {
			t.Errorf("%d ranks go on to another model", n)
		}
	}
}
