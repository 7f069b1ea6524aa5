package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// forSizes runs f on 1, 2 and 5 ranks, one rank also as Alone.
func forSizes(t *testing.T, f func(c Comm) error) {
	t.Helper()
	if err := f(Alone{}); err != nil {
		t.Errorf("alone: %v", err)
	}
	for _, n := range []int{1, 2, 5} {
		if err := Run(n, f); err != nil {
			t.Errorf("%d ranks: %v", n, err)
		}
	}
}

func TestCollective(t *testing.T) {
	forSizes(t, collective)
}

// collective makes all the calls, and looks at what comes.
func collective(c Comm) error {
	n, me := c.Size(), c.Rank()
	for round := range 3 {
		send := make([][]byte, n)
		for r := range send {
			send[r] = []byte(strings.Repeat(fmt.Sprintf("%d>%d ", me, r), r+round))
		}
		recv, err := ExchangeAll(c, send)
		if err != nil {
			return err
		}
		for r := range recv {
			if want := strings.Repeat(fmt.Sprintf("%d>%d ", r, me), me+round); string(recv[r]) != want {
				return fmt.Errorf("rank %d got %q from %d, want %q", me, recv[r], r, want)
			}
		}
		all, err := GatherAll(c, []byte(strings.Repeat("x", me)))
		if err != nil {
			return err
		}
		for r := range all {
			if len(all[r]) != r {
				return fmt.Errorf("rank %d gathered %d bytes from %d", me, len(all[r]), r)
			}
		}
		// In place: each has an array of all parts, of which one is there already.
		array, places := make([]byte, n), make([][]byte, n)
		array[me] = byte('a' + me)
		for r := range places {
			places[r] = array[r : r+1]
		}
		if err := c.Gather(places[me], places); err != nil || string(array) != "abcde"[:n] {
			return fmt.Errorf("rank %d gathered %q in place, %v", me, array, err)
		}
		word := "the word"
		if me != n-1 {
			word = "another"
		}
		got, err := BroadcastAll(c, []byte(word), n-1)
		if err != nil || string(got) != "the word" {
			return fmt.Errorf("rank %d got %q, %v", me, got, err)
		}
		sum, err := SumInts(c, []int{me, 1})
		if err != nil || !slices.Equal(sum, []int{n * (n - 1) / 2, n}) {
			return fmt.Errorf("sum is %v, %v", sum, err)
		}
		if err := c.Barrier(); err != nil {
			return err
		}
	}
	return nil
}

func TestAgree(t *testing.T) {
	forSizes(t, func(c Comm) error { return Agree(c, nil) })
	seen := make([]error, 3)
	Run(3, func(c Comm) error {
		var err error
		if c.Rank() == 1 {
			err = errors.New("no such file")
		}
		seen[c.Rank()] = Agree(c, err)
		return nil
	})
	for r, err := range seen {
		want := "rank 1: no such file"
		if r == 1 {
			want = "no such file"
		}
		if err == nil || err.Error() != want {
			t.Errorf("rank %d: %v, want %s", r, err, want)
		}
	}
	if e := new(RankError); !errors.As(seen[0], &e) || e.Rank != 1 || errors.Is(e, context.Canceled) {
		t.Errorf("%v does not name the rank, or the reason", seen[0])
	}
	// Once more, when rank 1 has put its error into other words and lost the rest of it.
	Run(3, func(c Comm) error {
		err := seen[c.Rank()]
		if c.Rank() == 1 {
			err = errors.New("x: no such file")
		}
		err = Agree(c, err)
		if agreed, ok := errors.AsType[*AgreedError](err); !ok || !slices.Equal(agreed.Texts, []string{"", "x: no such file", ""}) {
			t.Errorf("rank %d: %#v", c.Rank(), err)
		}
		return nil
	})
	Run(2, func(c Comm) error {
		var err error
		if c.Rank() == 1 {
			err = fmt.Errorf("reading: %w", context.Canceled)
		}
		if err := Agree(c, err); !errors.Is(err, context.Canceled) {
			t.Errorf("rank %d: %v is not a context that was cancelled", c.Rank(), err)
		}
		return nil
	})
}

func TestSame(t *testing.T) {
	forSizes(t, func(c Comm) error { return Same(c, "the seed", []byte("7")) })
	seen := make([]error, 3)
	Run(3, func(c Comm) error {
		seen[c.Rank()] = Same(c, "the seed", []byte(fmt.Sprint(c.Rank()/2)))
		return nil
	})
	for r, err := range seen {
		if err == nil || err.Error() != "the seed differs between rank 0 and rank 2; all ranks must have the same" {
			t.Errorf("rank %d: %v", r, err)
		}
	}
}

// TestLeft holds that nobody waits for a rank that has ended.
func TestLeft(t *testing.T) {
	err := Run(3, func(c Comm) error {
		if c.Rank() == 2 {
			return errors.New("gone")
		}
		return c.Barrier()
	})
	if err == nil || !strings.Contains(err.Error(), "gone") || !errors.Is(err, errLeft) {
		t.Errorf("got %v", err)
	}
}

func TestNumbers(t *testing.T) {
	x := []float32{1, -2, 3.5}
	b := append([]byte{0}, Bytes(x)...)
	for _, got := range [][]float32{Of[float32](Bytes(x)), Of[float32](b[1:])} {
		if !slices.Equal(got, x) {
			t.Errorf("got %v", got)
		}
	}
	texts := []string{"", "a", strings.Repeat("b", 300)}
	if got, err := CutStrings(AppendStrings(nil, texts...)); err != nil || !slices.Equal(got, texts) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := CutStrings([]byte{5, 'a'}); err == nil {
		t.Error("no error for texts cut off")
	}
}
