package tune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestParseAxis(t *testing.T) {
	for _, row := range []struct {
		kind Kind
		text string
		want string // of String, or the error
	}{
		{Word, "none,64, 64x64", "none,64,64x64"},
		{Word, "a:b", "a:b"}, // a word
		{Rate, "1e-4:0.1", "0.0001:0.1"},
		{Rate, "0.01", "0.01"},
		{Share, "0:0.5", "0:0.5"},
		{Count, "32,64,0", "32,64,0"},
		{Count, "100:1e4", "100:10000"},
		{Rate, "0:0.1", "x: the range 0:0.1 begins at 0, want more than 0"},
		{Rate, "0.1:0.01", "x: the range 0.1:0.01 is empty, want the smaller number first"},
		{Share, "a:0.5", `x: "a" is not a number; want low:high or values with commas between`},
		{Count, "1.5", `x: "1.5" is not a whole number`},
		{Rate, "0.1,NaN", `x: "NaN" is not a number; want low:high or values with commas between`},
		{Word, "a,,b", `x: "a,,b" has an empty value`},
	} {
		a, err := ParseAxis("x", row.kind, row.text)
		got := a.String()
		if err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%q: %s, want %s", row.text, got, row.want)
		}
	}
}

// What is drawn lies in the range, reaches into its ends, and a decade of rates is drawn
// as often as another.
func TestDraw(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, row := range []struct {
		kind          Kind
		text          string
		median        float64
		low, high     float64
		atLow, atHigh float64 // within which the least and the largest are
	}{
		{Rate, "1e-4:0.01", 1e-3, 1e-4, 0.01, 1.05e-4, 0.0095},
		{Share, "0:0.5", 0.25, 0, 0.5, 0, 0.5},
		{Share, "0.001:0.0099", 0.0099, 0.001, 0.0099, 0.001, 0.0099}, // rounded to 0 or 0.01, and held within
		{Count, "1:3", 1, 1, 3, 1, 3},
		{Count, "10:1000", 100, 10, 1000, 10, 980},
	} {
		a, err := ParseAxis("x", row.kind, row.text)
		if err != nil {
			t.Fatal(err)
		}
		var all []float64
		for range 2000 {
			text := a.Draw(rng)
			if len(text) > 8 {
				t.Errorf("%s: drew %s, want a short number", row.text, text)
			}
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, x)
		}
		slices.Sort(all)
		if least, most := all[0], all[len(all)-1]; least < row.low || least > row.atLow || most > row.high || most < row.atHigh {
			t.Errorf("%s: drew %v to %v", row.text, least, most)
		}
		if m := all[len(all)/2]; math.Abs(math.Log((m+1e-9)/row.median)) > 0.15 {
			t.Errorf("%s: half of the numbers are below %v, want %v", row.text, m, row.median)
		}
	}
	a, _ := ParseAxis("x", Word, "a,b,c")
	count := map[string]int{}
	for range 3000 {
		count[a.Draw(rng)]++
	}
	for _, v := range a.Values {
		if n := count[v]; n < 900 || n > 1100 {
			t.Errorf("%s was drawn %d times of 3000", v, n)
		}
	}
}

func TestRungs(t *testing.T) {
	for _, row := range []struct {
		h    Halving
		want string
		cost int
	}{
		{Halving{Trials: 20, Epochs: 10}, "[{20 1} {7 3} {3 10}]", 20 + 7*2 + 3*7},
		{Halving{Trials: 1, Epochs: 10}, "[{1 10}]", 10},
		{Halving{Trials: 20, Epochs: 1}, "[{20 1}]", 20},
		{Halving{Trials: 5, Epochs: 10}, "[{5 3} {2 10}]", 15 + 2*7},
		{Halving{Trials: 8, Epochs: 8, Keep: 2}, "[{8 1} {4 2} {2 4} {1 8}]", 8 + 4 + 4 + 4},
		{Halving{Trials: 100, Epochs: 81}, "[{100 1} {34 3} {12 9} {4 27} {2 81}]", 100 + 68 + 72 + 72 + 108},
	} {
		if got := fmt.Sprint(row.h.Rungs()); got != row.want || row.h.Cost() != row.cost {
			t.Errorf("%+v: %s, %d epochs in all; want %s, %d", row.h, got, row.h.Cost(), row.want, row.cost)
		}
	}
}

// trace is what a search did.
type trace struct {
	sync.Mutex
	epochs  map[int]int
	cut     map[int]bool
	ranking []string
	most    int // trials at the same time
	now     int
}

// search runs 20 trials whose loss after e epochs is curve(trial, e).
func search(ctx context.Context, workers int, tr *trace, curve func(trial, epoch int) (float64, error)) error {
	tr.epochs, tr.cut = map[int]int{}, map[int]bool{}
	s := Search{Halving: Halving{Trials: 20, Epochs: 10}, Workers: workers}
	s.Train = func(ctx context.Context, trial int, epoch func(int, float64)) error {
		for e := 1; e <= 10 && ctx.Err() == nil; e++ {
			tr.Lock()
			tr.now++
			tr.most = max(tr.most, tr.now)
			tr.Unlock()
			loss, err := curve(trial, e)
			tr.Lock()
			tr.now--
			tr.epochs[trial] = e
			tr.Unlock()
			if err == errEarly {
				epoch(e, loss)
				return nil
			}
			if err != nil {
				return err
			}
			epoch(e, loss)
		}
		tr.Lock()
		defer tr.Unlock()
		tr.cut[trial] = context.Cause(ctx) == ErrCut
		return ctx.Err()
	}
	s.OnRung = func(number int, r Rung, ranking []Standing) {
		tr.ranking = append(tr.ranking, fmt.Sprint(number, r, ranking))
	}
	return s.Run(ctx)
}

var errEarly = errors.New("stops early")

// The better ones go on, the others stop where they are, whatever the number of workers.
func TestSearch(t *testing.T) {
	// The lower the number the better; 0 to 2 are slow and overtake late, 3 stops by
	// itself in the second epoch, 4 is lost in the fifth, 5 is lost at once.
	curve := func(trial, epoch int) (float64, error) {
		loss := float64(trial) + 1/float64(epoch)
		switch {
		case trial == 3 && epoch == 2:
			return loss, errEarly
		case trial == 4 && epoch == 5, trial == 5:
			return 0, fmt.Errorf("diverged: %w", ErrLost)
		}
		return loss, nil
	}
	var first trace
	for _, workers := range []int{1, 2, 7, 50} {
		var tr trace
		if err := search(t.Context(), workers, &tr, curve); err != nil {
			t.Fatal(err)
		}
		if tr.most > workers {
			t.Errorf("%d workers train %d trials at the same time", workers, tr.most)
		}
		if workers == 1 {
			first.ranking, first.epochs, first.cut = tr.ranking, tr.epochs, tr.cut
			continue
		}
		if fmt.Sprint(tr.ranking, tr.epochs, tr.cut) != fmt.Sprint(first.ranking, first.epochs, first.cut) {
			t.Errorf("%d workers:\n%v\none:\n%v", workers, tr.ranking, first.ranking)
		}
	}
	for trial, want := range map[int]int{0: 10, 1: 10, 2: 10, 3: 2, 4: 3, 5: 1, 6: 3, 7: 3, 8: 1, 19: 1} {
		if got := first.epochs[trial]; got != want {
			t.Errorf("trial %d was trained for %d epochs, want %d", trial, got, want)
		}
	}
	if first.cut[0] || !first.cut[7] || !first.cut[19] {
		t.Errorf("cut: %v", first.cut)
	}
	if len(first.ranking) != 3 || !strings.HasPrefix(first.ranking[2], "3 {3 10} [{0 0.1} {1 1.1} {2 2.1}]") || !strings.HasSuffix(first.ranking[0], "{5 +Inf}]") {
		t.Errorf("rankings %q", first.ranking)
	}
}

// All trials that are promoted have ended already: nobody waits for them.
func TestSearchOfShortTrials(t *testing.T) {
	var tr trace
	err := search(t.Context(), 2, &tr, func(trial, epoch int) (float64, error) { return float64(trial), errEarly })
	if err != nil || len(tr.ranking) != 3 {
		t.Errorf("error %v, rankings %q", err, tr.ranking)
	}
	err = search(t.Context(), 2, &tr, func(trial, epoch int) (float64, error) { return 0, ErrLost })
	if err != nil {
		t.Errorf("all trials lost: error %v", err)
	}
}

func TestSearchEnds(t *testing.T) {
	broken := errors.New("broken")
	var tr trace
	err := search(t.Context(), 3, &tr, func(trial, epoch int) (float64, error) {
		if trial == 11 {
			return 0, broken
		}
		return float64(trial), nil
	})
	if err != broken {
		t.Errorf("error %v, want that of the trial", err)
	}
	// Ctrl-C in the second rung, with trials that wait and trials that train.
	ctx, cancel := context.WithCancel(t.Context())
	tr = trace{}
	err = search(ctx, 3, &tr, func(trial, epoch int) (float64, error) {
		if trial == 1 && epoch == 3 {
			cancel()
		}
		return float64(trial), nil
	})
	if err != context.Canceled || len(tr.ranking) != 1 {
		t.Errorf("error %v after the rungs %q, want that of the context after one", err, tr.ranking)
	}
	cancel()
	tr = trace{}
	if err := search(ctx, 3, &tr, func(int, int) (float64, error) { return 0, nil }); err != context.Canceled || len(tr.epochs) != 0 {
		t.Errorf("error %v after %v", err, tr.epochs)
	}
}
