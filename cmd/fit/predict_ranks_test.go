package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/nestnet/nestnet/internal/cluster"
)

// manyTexts are lines of every kind.
func manyTexts(lines int) string {
	var b strings.Builder
	rng := rand.New(rand.NewPCG(4, 4))
	for range lines {
		switch rng.IntN(20) {
		case 0:
			b.WriteString(" \t\r\n")
		case 1:
			b.WriteString("a1 \xff\n")
		default:
			for range 1 + rng.IntN(8) {
				fmt.Fprintf(&b, "%c%d ", "abw"[rng.IntN(3)], rng.IntN(12))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// Any number of ranks writes what one process writes, whatever is asked for.
func TestPredictRanks(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	texts := manyTexts(20000)
	path := file(t, "m.txt", texts)
	for _, args := range []string{"", "-keep -header", "-output jsonl", "-top 2 -probabilities", "-threshold 0.9 -below none -q", "-strict"} {
		args := "predict -model " + model + " " + args
		want := fit(t, strings.Fields(args+" "+path)...)
		if strings.Count(want.out, "\n") < 20000 && want.code == exitOK {
			t.Fatalf("%d lines for 20,000", strings.Count(want.out, "\n"))
		}
		for _, n := range []int{1, 2, 3, 9} {
			for _, from := range []string{path, "-"} {
				want := want
				want.errors = strings.ReplaceAll(want.errors, path, map[string]string{path: path, "-": "stdin"}[from])
				if want.code != exitOK && n > 1 {
					want.errors = strings.Replace(want.errors, "fit: ", "fit: rank 0: ", 1)
				}
				got, aborted := onRanksWith(t.Context(), t, n, texts, args+" "+from)
				if got[0] != want {
					t.Errorf("%s, %d ranks, from %s: exit code %d, %d bytes, want code %d, %d bytes\n%.300s", args, n, from, got[0].code, len(got[0].out), want.code, len(want.out), got[0].errors)
				}
				for r, o := range got[1:] {
					if o != (output{code: want.code}) || aborted[r+1] != 0 {
						t.Errorf("%s, %d ranks: rank %d: %+v, want nothing", args, n, r+1, o)
					}
				}
			}
		}
	}
	for _, args := range []string{"-header", "-text a1 -text b1"} {
		args := "predict -model " + model + " " + args
		if got, _ := onRanks(t, 3, args); got[0] != mustFit(t, strings.Fields(args)...) {
			t.Errorf("%s: %+v", args, got[0])
		}
	}
}

// What ends one rank ends all.
func TestPredictRanksFail(t *testing.T) {
	model, numbers := trained(t, corpus(t, 120, "ham", "spam")), trained(t, file(t, "n.csv", "label,x\n"+strings.Repeat("a,1\nb,2\n", 50)), "-input", "numbers")
	for _, row := range []struct {
		args, want string
		code       int
	}{
		{"-model no", "fit: rank 0: no: no such file or directory\n", exitFailed},
		{"-model " + model + " no", "fit: rank 0: no: no such file or directory\n", exitFailed},
		{"-model " + model + " -threshold 0.5 -below ham", "fit: --below: the model has a class \"ham\"; name what is below --threshold otherwise\nRun 'fit predict -h' for the flags and commands.\n", exitUsage},
		{"-model " + numbers, "fit: --mpi is for texts, and the model reads numbers\nRun 'fit predict -h' for the flags and commands.\n", exitUsage},
	} {
		ranks, aborted := onRanks(t, 3, "predict "+row.args)
		for r, o := range ranks {
			want := output{code: row.code}
			if r == 0 {
				want.errors = row.want
			}
			if o != want || aborted[r] != 0 {
				t.Errorf("%s: rank %d: %+v, want %+v", row.args, r, o, want)
			}
		}
	}
	ctx, cancel := contextWithCancel(t)
	cancel()
	if o, _ := onRanksWith(ctx, t, 3, "a1\n", "predict -model "+model); o[0] != (output{exitInterrupted, "", "fit: interrupted\n"}) || o[1].errors+o[2].errors != "" {
		t.Errorf("interrupted: %+v", o)
	}
}

// A full disk is told once.
func TestPredictRanksCannotWrite(t *testing.T) {
	model, path := trained(t, corpus(t, 120, "ham", "spam")), file(t, "m.txt", manyTexts(30000))
	_ = cluster.Run(3, func(c cluster.Comm) error {
		var finished, aborted int
		m := &membership{start: func() (cluster.Job, error) { return member{c, &aborted, &finished}, nil }}
		var errs strings.Builder
		code := runAs(t.Context(), m, []string{"predict", "--model", model, path, "-q", "--mpi"}, strings.NewReader(""), full{}, &errs)
		want := ""
		if c.Rank() == 0 {
			want = "fit: rank 0: no space left on device\n"
		}
		if code != exitFailed || errs.String() != want || finished != 1 {
			t.Errorf("rank %d: exit code %d, says %q, want %q", c.Rank(), code, errs.String(), want)
		}
		return nil
	})
}

// full is a disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }
