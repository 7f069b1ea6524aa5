package bow

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"time"
)

// The dictionary of a real corpus, to see that its size is sensible.
func TestAGNews(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: reading AG News takes a second")
	}
	f, err := Open("../../../shared/data/agnews.train.tsv.gz", ReaderOptions{})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("skipped: the AG News corpus is not on this machine, only its numbers are lost")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := NewCorpus(Tokenizer{MinRunes: 2})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := c.ReadAll(context.Background(), f, nil); err != nil {
		t.Fatal(err)
	}
	read := time.Since(start)
	if c.Len() != 37411 {
		t.Errorf("%d documents, want 37411", c.Len())
	}
	counts, err := c.ClassCounts(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d documents in %v; %v %v", f.Detected(), c.Len(), read, c.Labels(), counts)
	for _, least := range []int{1, 2, 5} {
		v, err := c.Vocabulary(nil, VocabularyOptions{MinCount: least})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("words of 2 runes or more that occur %d times or more: %d, from %q to %q", least, v.Len(), v.Word(0), v.Word(v.Len()-1))
	}
}
