package plots

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/nestnet/nestnet/models/feedforward"
)

// Influence draws what words did over many texts: a bar for each of the words with the
// greatest mean contribution to the class of this name, at most top of them, 0 for 20, in
// the order from those that pushed most towards it to those that pushed most away. The
// default size is 6.4 inches and as high as the bars.
//
// Errors: no influence; a class that it does not have; no text had a word of the
// dictionary; top below 0.
func Influence(in *feedforward.Influence, class string, top int, style Style) (*Figure, error) {
	if in == nil {
		return nil, errors.New("plots: Influence without an influence")
	}
	at := slices.IndexFunc(in.Classes, func(c feedforward.ClassInfluence) bool { return c.Class == class })
	switch {
	case at < 0:
		return nil, fmt.Errorf("plots: the influence is not on a class %q; it is on %s", class, classes(in))
	case top < 0:
		return nil, fmt.Errorf("plots: %d words, want at least 1, or 0 for 20", top)
	case len(in.Classes[at].Words) == 0:
		return nil, errors.New("plots: no text had a word of the dictionary, so none pushed")
	}
	strongest := slices.Clone(in.Classes[at].Words)
	slices.SortStableFunc(strongest, func(a, b feedforward.InfluentialWord) int {
		return cmp.Compare(math.Abs(b.Mean), math.Abs(a.Mean))
	})
	shown := strongest[:min(cmp.Or(top, 20), len(strongest))]
	slices.SortStableFunc(shown, func(a, b feedforward.InfluentialWord) int { return cmp.Compare(b.Mean, a.Mean) })
	b := bars{class: class, weaker: len(strongest) - len(shown),
		what: fmt.Sprintf("mean contribution to %s over %d texts", class, in.Documents)}
	for _, w := range shown {
		b.words = append(b.words, feedforward.ExplainedWord{Word: w.Word, Contribution: w.Mean})
	}
	return b.figure(style)
}

// classes names those that an influence is on.
func classes(in *feedforward.Influence) string {
	names := ""
	for i, c := range in.Classes {
		if i > 0 {
			names += ", "
		}
		names += c.Class
	}
	return names
}
