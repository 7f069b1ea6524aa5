package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// folder is for the programs that the tests run.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "nestnet-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// needMPI skips a test where Open MPI is missing.
func needMPI(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds programs and runs several processes of them")
	}
	_, err := exec.LookPath("mpirun")
	if err = errors.Join(err, exec.Command("pkg-config", "--exists", "ompi").Run()); err == nil {
		return
	}
	const missing = "There is no Open MPI here to run processes with (on Debian: apt-get install libopenmpi-dev openmpi-bin pkg-config)."
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}

// The programs are built once for all tests.
var (
	fitMPI = program("fit-mpi", "cmd/fit", "build")
	ranks  = program("ranks.test", "internal/cluster", "test", "-c")
)

func program(name, of string, command ...string) func(t *testing.T) string {
	build := sync.OnceValues(func() (string, error) {
		path := filepath.Join(folder, name)
		c := exec.Command("go", append(command, "-tags", "mpi", "-o", path, "github.com/nestnet/nestnet/"+of)...)
		c.Env = append(os.Environ(), "CGO_ENABLED=1")
		if b, err := c.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w\n%s", err, b)
		}
		return path, nil
	})
	return func(t *testing.T) string {
		t.Helper()
		needMPI(t)
		path, err := build()
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
}

// mpirun is the command that starts n ranks of a program: on this machine alone, whatever
// else it does, and with as many of them as are asked for.
func mpirun(ctx context.Context, n int, program string, args ...string) *exec.Cmd {
	options := []string{
		"--oversubscribe", "--bind-to", "none", "--mca", "btl", "self,vader", "--mca", "oob_tcp_if_include", "lo",
		"--mca", "mpi_yield_when_idle", "1", "-n", fmt.Sprint(n), program,
	}
	if os.Geteuid() == 0 {
		options = append([]string{"--allow-run-as-root"}, options...)
	}
	c := exec.CommandContext(ctx, "mpirun", append(options, args...)...)
	// To kill mpirun would leave its processes; asked to end, it ends them.
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 20 * time.Second
	return c
}

// output is what ranks wrote, and the exit code of mpirun.
type output struct {
	code        int
	out, errors string
}

// run waits for a command, two minutes at the most.
func run(t *testing.T, n int, program string, args ...string) output {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return outputOf(t, ctx, mpirun(ctx, n, program, args...))
}

func outputOf(t *testing.T, ctx context.Context, c *exec.Cmd) output {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if ctx.Err() != nil || err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatalf("%s: %v, %v\n%s%s", strings.Join(c.Args, " "), err, ctx.Err(), out.String(), errs.String())
	}
	return output{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// mustFit runs n ranks of fit-mpi, which all have to succeed.
func mustFit(t *testing.T, n int, args ...string) output {
	t.Helper()
	o := run(t, n, fitMPI(t), append(args, "--mpi")...)
	if o.code != 0 {
		t.Fatalf("%d ranks of fit %s: exit code %d\n%s%s", n, strings.Join(args, " "), o.code, o.out, o.errors)
	}
	return o
}
