// Package cluster tests the program with Open MPI: fit-mpi, as processes that mpirun has
// started. Its tests skip where there is no Open MPI.
package cluster
