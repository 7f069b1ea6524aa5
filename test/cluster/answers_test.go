package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// trained is a model of the embedded sample.
func trained(t *testing.T) string {
	t.Helper()
	model := filepath.Join(t.TempDir(), "m")
	mustFit(t, 1, "-epochs", "2", "-layers", "8", "-model", model, "-q")
	return model
}

// Processes answer what one answers, from a file and from standard input, which mpirun hands to
// the first one.
func TestPredict(t *testing.T) {
	model := trained(t)
	var texts strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&texts, "you have won %d prizes, call %d\n", i, i*7919%1000)
		if i%100 == 0 {
			texts.WriteString("see you at six\n\n")
		}
	}
	path := filepath.Join(t.TempDir(), "texts.txt")
	if err := os.WriteFile(path, []byte(texts.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	want := mustFit(t, 1, "predict", "-model", model, path)
	if strings.Count(want.out, "\n") != 20400 {
		t.Fatalf("%d answers", strings.Count(want.out, "\n"))
	}
	for _, n := range []int{2, 4} {
		if got := mustFit(t, n, "predict", "-model", model, path); got != want {
			t.Errorf("%d ranks answer otherwise than one\n%s", n, got.errors)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := mpirun(ctx, 3, fitMPI(t), "predict", "-model", model, "-mpi")
	c.Stdin = strings.NewReader(texts.String())
	if got := outputOf(t, ctx, c); got != want {
		t.Errorf("3 ranks answer standard input otherwise than a file\n%s", got.errors)
	}
}

// Processes that test a model come to what one comes to.
func TestEval(t *testing.T) {
	model := trained(t)
	data := filepath.Join("..", "..", "data", "bow", "sample", "messages.tsv")
	args := []string{"eval", "-model", model, "-data", data, "-json", "-q", "-mistakes", "3", "-calibration"}
	want := mustFit(t, 1, args...)
	for _, n := range []int{2, 4} {
		if got := mustFit(t, n, args...); got != want {
			t.Errorf("%d ranks:\n%s%swant\n%s", n, got.out, got.errors, want.out)
		}
	}
}
