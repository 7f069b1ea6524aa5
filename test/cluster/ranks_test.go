//go:build unix

package cluster

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The tests of internal/cluster that need several processes.
func TestRanks(t *testing.T) {
	for _, n := range []int{1, 2, 4} {
		o := run(t, n, ranks(t), "-test.v", "-test.run", "MPI")
		if passed := strings.Count(o.out, "--- PASS: TestMPI ("); o.code != 0 || passed != n || strings.Contains(o.out, "SKIP") {
			t.Errorf("%d ranks: exit code %d, %d passed\n%s%s", n, o.code, passed, o.out, o.errors)
		}
	}
}

// More ranks than cores must not wait for each other with all their might.
func TestOversubscribed(t *testing.T) {
	o := run(t, 4, ranks(t), "-test.run", "^$", "-test.bench", "MPI/Barrier", "-test.benchtime", "1x")
	times := regexp.MustCompile(`([\d.]+) µs/call`).FindAllStringSubmatch(o.out, -1)
	if o.code != 0 || len(times) != 4 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.out, o.errors)
	}
	// Who does not give its core away holds it for some milliseconds.
	if µs, err := strconv.ParseFloat(times[0][1], 64); err != nil || µs > 3000 {
		t.Errorf("a barrier takes 4 ranks %v µs, %v", µs, err)
	}
}

// Two hosts, which have but a network in common.
func TestTwoHosts(t *testing.T) {
	c := exec.CommandContext(t.Context(), "./two-hosts.sh", "--rate", "1gbit", "--", ranks(t), "-test.v", "-test.run", "MPI")
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	o := outputOf(t, t.Context(), c)
	if o.code == 77 {
		t.Skip(o.errors)
	}
	if passed := strings.Count(o.out, "--- PASS: TestMPI ("); o.code != 0 || passed != 2 {
		t.Errorf("exit code %d, %d passed\n%s%s", o.code, passed, o.out, o.errors)
	}
}

// Rank 0 speaks for all.
func TestTraining(t *testing.T) {
	model := filepath.Join(t.TempDir(), "m")
	o := mustFit(t, 2, "-epochs", "1", "-layers", "8", "-batch", "32", "-model", model)
	if strings.Count(o.out, "batches of 64, 32 of each of 2 ranks, ") != 1 || strings.Count(o.out, "\nmodel saved to ") != 1 || o.errors != "" {
		t.Errorf("got\n%s%s", o.out, o.errors)
	}
	if _, err := os.Stat(model); err != nil {
		t.Error(err)
	}
}

// Ranks with other settings, or with mistakes, end before anything is read, and mpirun
// fails.
func TestRefused(t *testing.T) {
	fit := fitMPI(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	two := mpirun(ctx, 1, fit, "--mpi", "-seed", "1", ":", "-n", "1", fit, "--mpi", "-seed", "2")
	if o := outputOf(t, ctx, two); o.code == 0 || o.out != "" || strings.Count(o.errors, "fit: --seed differs between rank 0 and rank 1; all ranks must have the same\n") != 1 {
		t.Errorf("exit code %d\n%s%s", o.code, o.out, o.errors)
	}
	if o := run(t, 3, fit, "--mpi", "-epochs", "0"); o.code == 0 || strings.Count(o.errors, "fit: --epochs is 0, want at least 1\n") != 1 {
		t.Errorf("exit code %d\n%s%s", o.code, o.out, o.errors)
	}
	if o := run(t, 2, fit, "--mpi", "-data", "no-such-file"); o.code == 0 || !strings.Contains(o.errors, "no-such-file: no such file or directory\n") {
		t.Errorf("exit code %d\n%s%s", o.code, o.out, o.errors)
	}
}

// A launcher that Open MPI does not understand starts so many trainings, of one rank each,
// all of which would write the same files.
func TestLauncher(t *testing.T) {
	fit := fitMPI(t)
	t.Setenv("SLURM_STEP_NUM_TASKS", "4")
	c := mpirun(t.Context(), 1, fit, "--mpi")
	c.Args = []string{fit, "--mpi"}
	c.Path = fit
	if o := outputOf(t, t.Context(), c); o.code != 2 || !strings.HasPrefix(o.errors, "fit: --mpi: Slurm has started 4 processes, but Open MPI knows of one alone; ") {
		t.Errorf("exit code %d\n%s%s", o.code, o.out, o.errors)
	}
}

// A rank that is killed, and mpirun that is asked to end, end all ranks within seconds.
func TestKilled(t *testing.T) {
	fit := fitMPI(t)
	for _, row := range []struct {
		name string
		kill func(mpirun, rank1 *os.Process) error
		says string
	}{
		{"rank", func(_, rank1 *os.Process) error { return rank1.Kill() }, "process rank 1 .*exited on signal 9"},
		{"mpirun", func(mpirun, _ *os.Process) error { return mpirun.Signal(syscall.SIGTERM) }, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			folder := t.TempDir()
			// Who reads from alive comes to its end when all who have it open have ended.
			alive := filepath.Join(folder, "alive")
			if err := syscall.Mkfifo(alive, 0o600); err != nil {
				t.Fatal(err)
			}
			reader, err := os.OpenFile(alive, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			c := mpirun(ctx, 3, "sh", "-c", `echo $$ >"$1/$OMPI_COMM_WORLD_RANK"; exec 9>"$1/alive"; shift; exec "$@"`, "sh", folder,
				fit, "--mpi", "-epochs", "1000000", "-patience", "0", "-layers", "8")
			var errs bytes.Buffer
			c.Stderr = &errs
			out, err := c.StdoutPipe()
			if err == nil {
				err = c.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			var killed time.Time
			for lines := bufio.NewScanner(out); lines.Scan(); {
				if killed.IsZero() && strings.HasPrefix(lines.Text(), "epoch ") {
					killed = time.Now()
					if err := row.kill(c.Process, process(t, folder, 1)); err != nil {
						t.Fatal(err)
					}
				}
			}
			err = c.Wait()
			if took := time.Since(killed); killed.IsZero() || err == nil || took > 20*time.Second {
				t.Errorf("ended with %v, %v after the kill\n%s", err, took, errs.String())
			}
			if !regexp.MustCompile(row.says).MatchString(errs.String()) {
				t.Errorf("got\n%s, want %s", errs.String(), row.says)
			}
			if err := reader.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(reader); err != nil {
				t.Errorf("a rank is still there: %v", err)
			}
		})
	}
}

// process is that of a rank, which has written its number to a file.
func process(t *testing.T, folder string, rank int) *os.Process {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, fmt.Sprint(rank)))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
