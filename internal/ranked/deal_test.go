package ranked

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/internal/cluster"
)

// dealt lets ranks turn words into capitals, and says what rank 0 took and what each
// rank ended with.
func dealt(ranks, rounds int, work func(rank int, piece string) error, take func(result string) error) (taken []string, errs []error) {
	errs = make([]error, ranks)
	cluster.Run(ranks, func(c cluster.Comm) error {
		d := &Deal{Comm: c}
		d.Work = func(piece, result []byte) ([]byte, error) {
			return append(result, strings.ToUpper(string(piece))...), work(c.Rank(), string(piece))
		}
		d.Take = func(result []byte) error {
			taken = append(taken, string(result))
			return take(string(result))
		}
		if c.Rank() > 0 {
			errs[c.Rank()] = d.Serve()
			return nil
		}
		var err error
		for k := 0; k < rounds && err == nil; k++ {
			pieces := make([][]byte, ranks)
			for r := range pieces {
				if k < rounds-1 || r <= ranks/2 { // the last round is not full
					pieces[r] = fmt.Appendf(nil, "round %d rank %d %s", k, r, strings.Repeat("x", r*k%50))
				}
			}
			err = d.Round(pieces)
		}
		errs[0] = errors.Join(err, d.End(), d.End())
		return nil
	})
	return taken, errs
}

// TestDeal holds that results come in the order of the pieces, and all of them.
func TestDeal(t *testing.T) {
	fine := func(int, string) error { return nil }
	for _, ranks := range []int{1, 2, 3, 7} {
		for _, rounds := range []int{0, 1, 2, 9} {
			taken, errs := dealt(ranks, rounds, fine, func(string) error { return nil })
			if err := errors.Join(errs...); err != nil {
				t.Fatalf("%d ranks, %d rounds: %v", ranks, rounds, err)
			}
			var want []string
			for k := range rounds {
				for r := range ranks {
					if k < rounds-1 || r <= ranks/2 {
						want = append(want, strings.ToUpper(fmt.Sprintf("round %d rank %d %s", k, r, strings.Repeat("x", r*k%50))))
					} else {
						want = append(want, "")
					}
				}
			}
			if !slices.Equal(taken, want) {
				t.Errorf("%d ranks, %d rounds: took %q, want %q", ranks, rounds, taken, want)
			}
		}
	}
}

// TestDealFails holds that a mistake on any rank ends all, and what was before it is there.
func TestDealFails(t *testing.T) {
	for _, bad := range []int{0, 1, 2} {
		for _, round := range []int{0, 3, 4} {
			at := fmt.Sprintf("round %d rank %d ", round, bad)
			taken, errs := dealt(3, 6, func(_ int, piece string) error {
				if strings.HasPrefix(piece, at) {
					return errors.New("cannot do it")
				}
				return nil
			}, func(string) error { return nil })
			want := "cannot do it"
			if bad > 0 {
				want = fmt.Sprintf("rank %d: cannot do it", bad)
			}
			if errs[0] == nil || errs[0].Error() != want {
				t.Errorf("%s: rank 0 says %v, want %s", at, errs[0], want)
			}
			for r := 1; r < 3; r++ {
				if (errs[r] != nil) != (r == bad) {
					t.Errorf("%s: rank %d says %v", at, r, errs[r])
				}
			}
			if len(taken) != 3*round {
				t.Errorf("%s: %d results, want %d", at, len(taken), 3*round)
			}
		}
	}
}

// TestDealNotTaken holds that results that cannot be taken end all as well.
func TestDealNotTaken(t *testing.T) {
	for _, at := range []string{"ROUND 0 RANK 0", "ROUND 2 RANK 2", "ROUND 4 RANK 0"} {
		taken, errs := dealt(3, 5, func(int, string) error { return nil }, func(result string) error {
			if strings.HasPrefix(result, at) {
				return errors.New("the disk is full")
			}
			return nil
		})
		if errs[0] == nil || errs[0].Error() != "the disk is full" || errs[1] != nil || errs[2] != nil {
			t.Errorf("%s: %v", at, errs)
		}
		if !strings.HasPrefix(taken[len(taken)-1], at) {
			t.Errorf("%s: took %q after it", at, taken[len(taken)-1])
		}
	}
}

// TestShare holds that reading a round and working on its own piece takes rank 0 as long
// as the others work.
func TestShare(t *testing.T) {
	for _, ranks := range []int{1, 2, 4, 7} {
		own := Share(ranks, 0.15)
		if all := own + 0.15*(own+float64(ranks-1)); math.Abs(all-1) > 1e-9 {
			t.Errorf("%d ranks: %v of the time", ranks, all)
		}
	}
	if s := Share(100, 0.15); s != 0 {
		t.Errorf("100 ranks: %v, want 0", s)
	}
}
