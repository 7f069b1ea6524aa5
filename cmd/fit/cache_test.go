package main

import (
	"os"
	"strings"
	"testing"
)

// TestCache trains from memory and from a temporary file, and looks whether one is left.
func TestCache(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	path := corpus(t, 400, "ham", "spam")
	for _, args := range [][]string{
		{"-cache", "memory"}, {"-cache", "disk", "-cache-bytes", "1"}, {"-cache", "auto", "-cache-bytes", "20000"},
	} {
		j := trainedJSON(t, append(args, "-data", path, "-layers", "8", "-epochs", "5", "-learning-rate", "0.01")...)
		if j.Test.Accuracy < 0.9 || j.Train.Documents+j.Valid.Documents+j.Test.Documents != 400 {
			t.Errorf("%v: accuracy %v, documents %+v %+v %+v", args, j.Test.Accuracy, j.Train, j.Valid, j.Test)
		}
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for _, args := range [][]string{{"-cache", "tape"}, {"-cache-bytes", "-1"}} {
		if o := fit(t, append(args, "-data", path)...); o.code != exitUsage || !strings.Contains(o.errors, args[0][1:]) {
			t.Errorf("%v: exit %d, %s", args, o.code, o.errors)
		}
	}
}
