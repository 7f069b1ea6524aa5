package sample

import (
	"io"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data/bow"
)

// TestSample reads the collection and holds it to what its comment says: spam and ham,
// a third to two thirds, no message twice, and no two messages that share a run of
// eight words, which would be one template with words swapped.
func TestSample(t *testing.T) {
	documents, err := Documents()
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]int{}
	seen := map[string]int{}
	runs := map[string]int{}
	for {
		d, err := documents.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		labels[d.Label]++
		if first, ok := seen[d.Text]; ok {
			t.Errorf("lines %d and %d are the same message", first, d.Line)
		}
		seen[d.Text] = d.Line
		tokens := bow.Tokenizer{}.AppendTokens(nil, d.Text)
		if len(tokens) < 2 {
			t.Errorf("line %d: %q is no message", d.Line, d.Text)
		}
		for i := 0; i+8 <= len(tokens); i++ {
			run := strings.Join(tokens[i:i+8], " ")
			if first, ok := runs[run]; ok && first != d.Line {
				t.Errorf("lines %d and %d share %q", first, d.Line, run)
			}
			runs[run] = d.Line
		}
	}
	n := labels["spam"] + labels["ham"]
	if len(labels) != 2 || n < 600 || labels["spam"]*10 < 3*n || labels["spam"]*10 > 4*n {
		t.Errorf("labels %v", labels)
	}
}
