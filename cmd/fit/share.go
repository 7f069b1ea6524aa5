package main

import (
	marshal "encoding"
	"errors"
	"hash"
	"io"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/ranked"
	"github.com/nestnet/nestnet/models/feedforward"
)

// exampleSet is the examples of one part. *data.Cache is the usual kind.
type exampleSet interface {
	data.Source

	// Len is the number of examples, of all ranks together.
	Len() int

	// OnDisk says whether they are in a file, and how many bytes it has.
	OnDisk() (bytes int64, yes bool)

	Close() error
}

// sharedExamples are examples that several ranks hold.
type sharedExamples struct {
	*ranked.Eval
	train *ranked.Train // nil: they are not trained on
}

func (s *sharedExamples) OnDisk() (int64, bool) { return 0, false }
func (s *sharedExamples) Close() error          { return nil }

// toTrain is the source that Fit goes through, and toEvaluate that of Evaluate.
func toTrain(e exampleSet) data.Source {
	if s, ok := e.(*sharedExamples); ok {
		return s.train
	}
	return e
}

func toEvaluate(e exampleSet) data.Source {
	if s, ok := e.(*sharedExamples); ok {
		return s.Eval
	}
	return e
}

// shareGroup is how many examples a rank evaluates, and hashes, at least: whole pieces of both.
const shareGroup = max(hashedRows, feedforward.EvaluateRows)

// share makes what this rank has read of each part examples that all ranks hold. They stay
// in memory.
func (p *plan) share(ps *parts) error {
	if p.cluster.Size() == 1 {
		return nil
	}
	for _, part := range []*exampleSet{&ps.train, &ps.valid, &ps.test} {
		// All ranks have the same parts: each has documents of some of them.
		if *part == nil {
			continue
		}
		set, err := setOf(*part)
		if err == nil {
			err = (*part).Close()
		}
		if err := cluster.Agree(p.cluster, err); err != nil {
			return err
		}
		s := &sharedExamples{}
		if part == &ps.train {
			if s.train, err = ranked.NewTrain(p.cluster, set, feedforward.Owners(ps.columns(), p.stepSize(), p.cluster.Size())); err != nil {
				return err
			}
		}
		if s.Eval, err = ranked.NewEval(p.cluster, set, shareGroup); err != nil {
			return err
		}
		*part = s
	}
	return nil
}

// setOf returns examples as a set.
func setOf(e exampleSet) (*data.Set, error) {
	if c, ok := e.(*data.Cache); ok {
		if set, yes := c.InMemory(); yes {
			return set, nil
		}
	}
	set := &data.Set{}
	err := e.Pass(0, nil).Next(&set.All)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return set, err
}

// inTurn calls f on one rank after the other, with the state that the one before left h in. All
// ranks end with that of the last.
func inTurn(c cluster.Comm, h hash.Hash, f func() error) error {
	for rank := range c.Size() {
		var state []byte
		var err error
		if rank == c.Rank() {
			if err = f(); err == nil {
				state, err = h.(marshal.BinaryMarshaler).MarshalBinary()
			}
		}
		if err := cluster.Agree(c, err); err != nil {
			return err
		}
		if state, err = cluster.BroadcastAll(c, state, rank); err != nil {
			return err
		}
		if err := h.(marshal.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
			return err
		}
	}
	return nil
}
