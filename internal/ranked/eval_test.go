package ranked

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
)

// TestEval holds that the blocks of all ranks are the examples, in whole groups and even.
func TestEval(t *testing.T) {
	for name, all := range sets(60) {
		for _, ranks := range []int{1, 2, 3, 4, 7} {
			for _, group := range []int{1, 7, 16, 30, 60, 100} {
				t.Run(fmt.Sprint(name, ranks, "/", group), func(t *testing.T) {
					parts := cut(all, ranks)
					blocks := make([]*Eval, ranks)
					err := cluster.Run(ranks, func(c cluster.Comm) (err error) {
						blocks[c.Rank()], err = NewEval(c, parts[c.Rank()], group)
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
					at, least, most := 0, 60, 0
					joined := &data.Set{}
					for r, e := range blocks {
						if e.Len() != 60 || e.First() != at {
							t.Errorf("rank %d has %d examples from %d, want 60 from %d", r, e.Len(), e.First(), at)
						}
						got, err := batches(e.Pass(0, nil), 0, columns)
						if err != io.EOF || len(got) > 1 {
							t.Fatalf("rank %d: %d batches, %v", r, len(got), err)
						}
						if n := e.Block().Len(); n > 0 {
							joined.All.Extend(&got[0])
							at += n
						}
						if at%group != 0 && at != 60 {
							t.Errorf("the block of rank %d ends at %d", r, at)
						}
						groups := (e.Block().Len() + group - 1) / group
						least, most = min(least, groups), max(most, groups)
					}
					if most > least+1 {
						t.Errorf("blocks have %d to %d groups", least, most)
					}
					if got, want := within(&joined.All, 0, columns), within(&all.All, 0, columns); !reflect.DeepEqual(got, want) {
						t.Error("blocks are not the examples")
					}
				})
			}
		}
	}
}

// TestEvalInPlace holds that nothing is copied where all lies as it should.
func TestEvalInPlace(t *testing.T) {
	all := sets(60)["weights"]
	parts := []*data.Set{{}, {}}
	for i := range 60 {
		parts[i/32].Append(&all.All, i)
	}
	err := cluster.Run(2, func(c cluster.Comm) error {
		e, err := NewEval(c, parts[c.Rank()], 32)
		if err == nil && e.Block() != parts[c.Rank()] {
			err = fmt.Errorf("rank %d has another set", c.Rank())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestEvalMistakes holds that all ranks are told.
func TestEvalMistakes(t *testing.T) {
	for _, test := range []struct {
		groups [2]int
		last   string // form of rank 1
		want   string
	}{
		{[2]int{0, 0}, "classes", "groups of 0 examples, want at least 1"},
		{[2]int{1, 2}, "classes", "the size of a group differs between rank 0 and rank 1"},
		{[2]int{1, 1}, "labels", "rank 1 with 50 columns, sets of labels"},
	} {
		seen := make([]error, 2)
		cluster.Run(2, func(c cluster.Comm) error {
			form := "classes"
			if c.Rank() == 1 {
				form = test.last
			}
			_, seen[c.Rank()] = NewEval(c, sets(5)[form], test.groups[c.Rank()])
			return nil
		})
		for r, err := range seen {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("rank %d: %v, want %q", r, err, test.want)
			}
		}
	}
}
