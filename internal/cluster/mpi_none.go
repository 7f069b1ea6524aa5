//go:build !mpi

package cluster

import "errors"

// Start fails: the ranks of Open MPI need the build tag mpi.
func Start() (Job, error) {
	return nil, errors.New("this program was built without Open MPI; make fit-mpi builds bin/fit-mpi, which has it (on Debian it needs libopenmpi-dev and openmpi-bin)")
}
