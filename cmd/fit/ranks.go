package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strconv"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/vectors"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/kernel"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/pflag"
)

// With --mpi several processes, which mpirun has started, work together. All run the same
// program; rank 0 alone prints and writes files.

func addMPI(flags *pflag.FlagSet, on *bool, does, more string) {
	flags.BoolVar(on, "mpi", false, does+" together with the other processes that mpirun has started; "+more)
}

// membership is that of this process in a job of several; the zero value is none.
type membership struct {
	start func() (cluster.Job, error)
	job   cluster.Job
}

// together runs do: alone, or with --mpi as one of the ranks, once all of them have
// the same settings.
func together(mpi bool, set *pflag.FlagSet, s streams, do func(s streams, ranks cluster.Comm) error) error {
	if !mpi {
		// Perhaps each has something else to do, so it is no mistake.
		if n, err := strconv.Atoi(os.Getenv("OMPI_COMM_WORLD_SIZE")); err == nil && n > 1 && os.Getenv("OMPI_COMM_WORLD_RANK") == "0" {
			fmt.Fprintf(s.err, "fit: mpirun has started %d of this program, and each does all of the work; --mpi lets them share it\n", n)
		}
		return do(s, cluster.Alone{})
	}
	job, err := s.member.start()
	if err != nil {
		return usagef("--mpi: %w", err)
	}
	s.member.job = job
	if err := sameOnAll(job, set); err != nil {
		return usageError{err}
	}
	if job.Rank() > 0 {
		s.out = io.Discard
	}
	return do(s, job)
}

// mayDiffer are the flags that may differ between ranks.
var mayDiffer = []string{"workers", "help"}

// sameOnAll fails on all ranks unless they are one program with one command line. Which of
// the flags decide over the result is not asked: mpirun hands all the same ones.
func sameOnAll(c cluster.Comm, set *pflag.FlagSet) error {
	info, _ := debug.ReadBuildInfo()
	errs := []error{
		cluster.Same(c, "the program, or its version,", []byte(fmt.Sprint(info))),
		cluster.Same(c, "the kind of processor", []byte(kernel.Kind())),
	}
	set.VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(mayDiffer, f.Name) {
			errs = append(errs, cluster.Same(c, "--"+f.Name, []byte(f.Value.String())))
		}
	})
	return errors.Join(errs...)
}

// planRanks refuses what ranks cannot do, and settles the batch of all together.
func (p *plan) planRanks() error {
	if !p.mpi {
		return nil
	}
	var errs []error
	for _, no := range []struct {
		is   bool
		what string
	}{
		{p.engine == string(feedforward.Gorgonia), "--engine gorgonia"},
		{p.crossValidate > 0, "--cross-validate"},
		{p.input == inputNumbers || p.source.format == string(vectors.SVMLight), "numbers"},
		{p.cache.Mode == data.CacheDisk, "--cache disk"},
		{p.source.path == "-" || p.test == "-", "standard input"},
		{p.watch != "", "--watch"},
		{p.pictures.report != "", "--report"},
	} {
		if no.is {
			errs = append(errs, fmt.Errorf("--mpi does not go with %s so far", no.what))
		}
	}
	p.batch *= p.cluster.Size()
	if p.cluster.Size() > 1 {
		p.source.cluster = p.cluster
	}
	return errors.Join(errs...)
}

// ownBatch is what each rank takes of the batch of a checkpoint, which is that of all.
func (f *trainFlags) ownBatch(batch string) (string, error) {
	n, err := strconv.Atoi(batch)
	ranks := f.cluster.Size()
	if err == nil && n%ranks != 0 {
		err = fmt.Errorf("the checkpoint was made with batches of %d, which %d ranks cannot take equal parts of", n, ranks)
	}
	return strconv.Itoa(n / ranks), err
}

// own is the name of a file to write: none, if another rank writes it.
func (p *plan) own(path string) string {
	if p.cluster.Rank() > 0 {
		return ""
	}
	return path
}

// first says whether this rank is the one that prints and writes files.
func (p *plan) first() bool { return p.cluster.Rank() == 0 }

// withHint adds to an error what helps against it, and tells the other ranks, which know
// another's error as a text alone.
func withHint(c cluster.Comm, err error, hint func(error) error) error {
	all := errors.As(err, new(*cluster.AgreedError))
	if err = hint(err); all {
		err = cluster.Agree(c, err)
	}
	return err
}

// told are the errors that this rank reports of err; some are for another rank to report.
func (m *membership) told(err error) []error {
	if m.job == nil || m.job.Size() == 1 {
		return []error{err}
	}
	rank := m.job.Rank()
	agreed, all := errors.AsType[*cluster.AgreedError](err)
	switch {
	case all && rank > 0:
		return nil
	case all && len(slices.Compact(slices.Clone(agreed.Texts))) == 1:
		return []error{err} // the same for all
	case all:
		var errs []error
		for r, text := range agreed.Texts {
			if text != "" {
				errs = append(errs, &cluster.RankError{Rank: r, Text: text})
			}
		}
		return errs
	case rank > 0 && errors.Is(err, context.Canceled):
		return nil
	}
	return []error{fmt.Errorf("rank %d: %w", rank, err)}
}

// leave ends the membership and returns the exit code: in order, if all ranks come here,
// and else by ending all of them.
func (m *membership) leave(err error, code int) (int, error) {
	if m.job == nil {
		return code, nil
	}
	if err != nil && !errors.As(err, new(*cluster.AgreedError)) {
		m.job.Abort(code)
		return code, nil
	}
	if err := m.job.Finish(); err != nil {
		return exitFailed, err
	}
	return code, nil
}
