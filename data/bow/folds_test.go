package bow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nestnet/nestnet/data"
)

func TestFolds(t *testing.T) {
	// 23 of class a, 11 of b, 3 of c, 1 of d, mixed.
	var docs []Document
	for i := range 23 {
		docs = append(docs, Document{Label: "a", Text: "x"})
		if i%2 == 1 {
			docs = append(docs, Document{Label: "b", Text: "x"})
		}
		if i%8 == 0 {
			docs = append(docs, Document{Label: "c", Text: "x"})
		}
	}
	docs = append(docs, Document{Label: "d", Text: "x"})
	c := mustCorpus(t, Tokenizer{}, docs...)
	all, err := c.ClassCounts(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []int{2, 3, 5, 10, len(docs)} {
		folds, err := c.Folds(k, nil, rand.New(rand.NewPCG(1, 0)))
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.Folds(k, nil, rand.New(rand.NewPCG(1, 0)))
		if err != nil {
			t.Fatal(err)
		}
		other, err := c.Folds(k, nil, rand.New(rand.NewPCG(2, 0)))
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(folds) != fmt.Sprint(again) || fmt.Sprint(folds) == fmt.Sprint(other) {
			t.Errorf("%d folds do not follow the seed", k)
		}
		if len(folds) != k {
			t.Fatalf("%d folds, want %d", len(folds), k)
		}
		var seen []int
		for i, fold := range folds {
			counts, err := c.ClassCounts(fold)
			if err != nil {
				t.Fatal(err)
			}
			for class, n := range counts {
				if least := all[class] / k; n < least || n > least+1 {
					t.Errorf("%d folds: fold %d has %d of the %d documents of class %d", k, i, n, all[class], class)
				}
			}
			if least := len(docs) / k; len(fold) < least || len(fold) > least+1 || !slices.IsSorted(fold) {
				t.Errorf("%d folds: fold %d is %v", k, i, fold)
			}
			seen = append(seen, fold...)
			rest := append(Except(folds, i), fold...)
			slices.Sort(rest)
			if len(rest) != len(docs) || rest[len(docs)-1] != len(docs)-1 {
				t.Errorf("%d folds: fold %d and the rest are %v", k, i, rest)
			}
		}
		slices.Sort(seen)
		for i := range seen {
			if seen[i] != i || len(seen) != len(docs) {
				t.Fatalf("%d folds: the rows %v are not each row once", k, seen)
			}
		}
	}
	// Of some rows only.
	folds, err := c.Folds(2, []int{3, 1, 2, 0}, rand.New(rand.NewPCG(1, 0)))
	if err != nil || len(folds[0])+len(folds[1]) != 4 {
		t.Errorf("folds of four rows: %v, %v", folds, err)
	}
	for want, call := range map[string]func() error{
		"bow: folds: want at least 2 parts, not 1": func() error {
			_, err := c.Folds(1, nil, rand.New(rand.NewPCG(1, 0)))
			return err
		},
		"bow: folds: 3 parts of 2 documents": func() error {
			_, err := c.Folds(3, []int{0, 1}, rand.New(rand.NewPCG(1, 0)))
			return err
		},
		"bow: folds: rng is nil, want a source of random numbers": func() error { _, err := c.Folds(2, nil, nil); return err },
		"bow: corpus of 38 documents has no row 99": func() error {
			_, err := c.Folds(2, []int{0, 99}, rand.New(rand.NewPCG(1, 0)))
			return err
		},
	} {
		if err := call(); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// Examples made one after the other and dropped stay in memory; without Drop the bound
// would send the later ones to the disk.
func TestDrop(t *testing.T) {
	var docs []Document
	for i := range 200 {
		docs = append(docs, Document{Label: fmt.Sprint(i % 2), Text: fmt.Sprintf("a%d b%d c%d", i, i%7, i%3)})
	}
	c, err := NewCorpus(Tokenizer{})
	if err != nil {
		t.Fatal(err)
	}
	c.Cache = data.CacheOptions{Bytes: 40_000, Dir: t.TempDir()}
	defer c.Close()
	for _, d := range docs {
		if err := c.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	v, err := c.Vocabulary(nil, VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := c.Encoder(v, Presence, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		examples, _, err := c.Examples(enc, nil)
		if err != nil {
			t.Fatal(err)
		}
		if bytes, onDisk := examples.OnDisk(); onDisk {
			t.Fatalf("the examples number %d, of %d bytes, are on disk", i, bytes)
		}
		if err := c.Drop(examples); err != nil {
			t.Fatal(err)
		}
	}
}
