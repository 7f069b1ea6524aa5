package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/internal/cluster"
)

// member is a rank that is a goroutine.
type member struct {
	cluster.Comm
	aborted, finished *int
}

func (m member) Finish() error  { *m.finished++; return m.Barrier() }
func (m member) Abort(code int) { *m.aborted = code }

// onRanks runs the program on n ranks at the same time, each with its own arguments behind
// those of all. It returns what each wrote, and the exit code with which a rank ended all
// of them, or 0.
func onRanks(t *testing.T, n int, args string, own ...string) (ranks []output, aborted []int) {
	t.Helper()
	return onRanksWith(t.Context(), t, n, "", args, own...)
}

// onRanksWith is onRanks with a standard input for rank 0.
func onRanksWith(ctx context.Context, t *testing.T, n int, stdin, args string, own ...string) (ranks []output, aborted []int) {
	t.Helper()
	ranks, aborted = make([]output, n), make([]int, n)
	finished := make([]int, n)
	_ = cluster.Run(n, func(c cluster.Comm) error {
		r := c.Rank()
		var out, errs bytes.Buffer
		m := &membership{start: func() (cluster.Job, error) { return member{c, &aborted[r], &finished[r]}, nil }}
		words := strings.Fields(args + " -mpi")
		if r < len(own) {
			words = append(words, strings.Fields(own[r])...)
		}
		in := ""
		if r == 0 {
			in = stdin
		}
		code := runAs(ctx, m, words, strings.NewReader(in), &out, &errs)
		ranks[r] = output{code, out.String(), errs.String()}
		if aborted[r] != 0 {
			return errors.New("ended")
		}
		return nil
	})
	for r := range n {
		if (finished[r] > 0) == (aborted[r] > 0) {
			t.Errorf("rank %d finished %d times and ended all with %d", r, finished[r], aborted[r])
		}
	}
	return ranks, aborted
}

// Mistakes that all ranks have are told once, by rank 0, and all ranks end in order.
func TestRanksAgree(t *testing.T) {
	data := corpus(t, 60, "ham", "spam")
	usage := "Run 'fit -h' for the flags and commands.\n"
	for _, row := range []struct {
		args string
		own  []string
		code int
		want string
	}{
		{args: "-epochs 0", code: exitUsage, want: "fit: --epochs is 0, want at least 1\n" + usage},
		{args: "-engine gorgonia -watch :0", code: exitUsage,
			want: "fit: --mpi does not go with --engine gorgonia so far\nfit: --mpi does not go with --watch so far\n" + usage},
		{args: "-data -", code: exitUsage, want: "fit: --mpi does not go with standard input so far\n" + usage},
		{args: "-cross-validate 3", code: exitUsage, want: "fit: --mpi does not go with --cross-validate so far\n" + usage},
		{args: "-input numbers -data " + data, code: exitUsage, want: "fit: --mpi does not go with numbers so far\n" + usage},
		{args: "-cache disk", code: exitUsage, want: "fit: --mpi does not go with --cache disk so far\n" + usage},
		{args: "-data no-such-file", code: exitFailed, want: "fit: no-such-file: no such file or directory\n"},
		{args: "-epochs 2", own: []string{"", "-seed 7", "-seed 7 -batch 3"}, code: exitUsage,
			want: "fit: --batch differs between rank 0 and rank 2; all ranks must have the same\n" +
				"fit: --seed differs between rank 0 and rank 1, 2; all ranks must have the same\n" + usage},
	} {
		ranks, aborted := onRanks(t, 3, row.args, row.own...)
		for r, o := range ranks {
			want := ""
			if r == 0 {
				want = row.want
			}
			if o.code != row.code || o.errors != want || o.out != "" || aborted[r] != 0 {
				t.Errorf("fit %s, rank %d: exit code %d, prints %q and\n%s, want\n%s", row.args, r, o.code, o.out, o.errors, want)
			}
		}
	}
}

// What is wrong on some ranks is told by rank 0 with their numbers, if all know of it.
func TestRanksTold(t *testing.T) {
	told := make([]string, 4)
	_ = cluster.Run(4, func(c cluster.Comm) error {
		var err error
		if r := c.Rank(); r == 1 || r == 3 {
			err = fmt.Errorf("%d.tsv: no such file", r)
		}
		m := &membership{job: member{Comm: c}}
		err = usageError{cluster.Agree(c, err)}
		for _, err := range m.told(err) {
			told[c.Rank()] += err.Error() + "\n"
		}
		return nil
	})
	if want := []string{"rank 1: 1.tsv: no such file\nrank 3: 3.tsv: no such file\n", "", "", ""}; !slices.Equal(told, want) {
		t.Errorf("got %q, want %q", told, want)
	}
}

// What a rank meets on its way is told by it, and ends all.
func TestRankFails(t *testing.T) {
	ranks, aborted := onRanks(t, 2, "-epochs 1 -layers 4 -log /dev/full")
	if want := "\nfit: rank 0: --log: /dev/full: no space left on device\n"; !strings.HasSuffix("\n"+ranks[0].errors, want) || aborted[0] != exitFailed {
		t.Errorf("rank 0 ends all with %d and writes\n%s, want 1 and%s", aborted[0], ranks[0].errors, want)
	}
}

// Rank 0 alone prints and writes.
func TestRanksSilent(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	ranks, _ := onRanks(t, 2, "-epochs 1 -layers 4 -batch 32 -json -model "+in("m")+" -log "+in("log")+" -plot "+in("p.svg"))
	for r, o := range ranks {
		if o.code != exitOK || (o.out == "") != (r > 0) || (o.errors == "") != (r > 0) {
			t.Errorf("rank %d: exit code %d, prints\n%s%s", r, o.code, o.out, o.errors)
		}
	}
	if !strings.Contains(ranks[0].errors, "batches of 64, 32 of each of 2 ranks, ") {
		t.Errorf("nothing of ranks in\n%s", ranks[0].errors)
	}
	for _, name := range []string{"m", "log", "p.svg"} {
		if _, err := os.Stat(in(name)); err != nil {
			t.Error(err)
		}
	}
	if n := strings.Count(read(t, in("log")), "\n"); n != 1 {
		t.Errorf("%d lines of log for an epoch", n)
	}
}

// A checkpoint has the batch of all ranks, of which any number takes equal parts.
func TestRanksResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c")
	mustFit(t, "-epochs", "1", "-layers", "4", "-batch", "60", "-checkpoint", path)
	ranks, _ := onRanks(t, 7, "-resume "+path)
	if want := "fit: --resume: " + path + ": the checkpoint was made with batches of 60, which 7 ranks cannot take equal parts of\n"; !strings.HasPrefix(ranks[0].errors, want) {
		t.Errorf("got\n%s, want\n%s", ranks[0].errors, want)
	}
	ranks, _ = onRanks(t, 2, "-resume "+path+" -batch 20")
	if want := "--batch 30, this run has --batch 20"; !strings.Contains(ranks[0].errors, want) {
		t.Errorf("got\n%s, want %s", ranks[0].errors, want)
	}
}

// Who forgets --mpi is told, once.
func TestRanksForgotten(t *testing.T) {
	const told = "fit: mpirun has started 2 of this program, and each does all of the work; --mpi lets them share it\n"
	t.Setenv("OMPI_COMM_WORLD_SIZE", "2")
	for rank, want := range []string{told, ""} {
		t.Setenv("OMPI_COMM_WORLD_RANK", fmt.Sprint(rank))
		if o := mustFit(t, "-epochs", "1", "-layers", "none", "-quiet"); o.errors != want {
			t.Errorf("rank %d writes %q, want %q", rank, o.errors, want)
		}
	}
}
