package cluster

import (
	"fmt"
	"os"
	"strconv"
)

// Job is a Comm of processes, which one command has started.
type Job interface {
	Comm

	// Finish leaves the others. It is collective; without it, the end of a process is
	// a mistake that ends all.
	Finish() error

	// Abort ends the processes of all ranks at once, and the command that has started them
	// with this exit code. It may be called at any time and by any goroutine, and does
	// not return.
	Abort(code int)
}

// checkLauncher finds a launcher that Open MPI does not understand: each of its processes
// takes itself for the only one.
func checkLauncher(size int) error {
	if size > 1 {
		return nil
	}
	for _, l := range []struct{ name, tasks string }{{"Slurm", "SLURM_STEP_NUM_TASKS"}, {"PMI", "PMI_SIZE"}} {
		if n, err := strconv.Atoi(os.Getenv(l.tasks)); err == nil && n > 1 {
			return fmt.Errorf("%s has started %d processes, but Open MPI knows of one alone; start them with mpirun, or with srun --mpi=pmix", l.name, n)
		}
	}
	return nil
}
