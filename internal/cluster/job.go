package cluster

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
