package bow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Goroutines that add the same words in other orders agree on their numbers.
func TestSharedTable(t *testing.T) {
	const goroutines, count = 8, 20_000
	tab := newSharedTable()
	word := func(i int) string { return fmt.Sprintf("%s%d", strings.Repeat("w", i%12), i) }
	got := make([][]uint32, goroutines)
	var wg sync.WaitGroup
	for g := range got {
		wg.Go(func() {
			got[g] = make([]uint32, count)
			var w wordMarks
			for k := range count {
				i := k * (2*g + 1) % count
				if g%2 == 0 {
					got[g][i] = tab.number([]byte(word(i)))
					continue
				}
				w.mark(strings.ToUpper(word(i)))
				got[g][i], _ = packed(tab.numbers(nil, &w, 1)).at(0)
			}
		})
	}
	wg.Wait()
	for g := range got {
		// Where a stride does not reach a word, its number is 0 and says nothing.
		for i, n := range got[g] {
			if w := tab.words()[n]; w != word(i) && n != 0 {
				t.Fatalf("goroutine %d: word %q has number %d, which is %q", g, word(i), n, w)
			}
		}
	}
	words := slices.Sorted(slices.Values(tab.words()))
	if n := len(slices.Compact(words)); n != count || len(words) != count {
		t.Errorf("%d words, %d of them different, want %d", len(words), n, count)
	}
}

func TestTooManyTokens(t *testing.T) {
	c := mustCorpus(t, Tokenizer{})
	c.indexer.tokens.limit = 3
	if err := c.Add(Document{Label: "a", Text: "one two three"}); err != nil {
		t.Fatal(err)
	}
	err := c.Add(Document{Label: "a", Text: "one four"})
	if !errors.Is(err, errTooManyTokens) || c.Len() != 1 {
		t.Errorf("a fourth token: %v, %d documents", err, c.Len())
	}
	if err := c.Add(Document{Label: "b", Text: "one"}); !errors.Is(err, errTooManyTokens) {
		t.Errorf("after it: %v", err)
	}
}
