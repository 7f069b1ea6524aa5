//go:build mpi

package cluster

import (
	"fmt"
	"os"
	"strconv"
)

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
