package bow

import (
	"fmt"
	"slices"
	"strings"
)

// LabelCount says how many labels a document may have.
type LabelCount string

// The counts. The empty one is OneLabel.
const (
	// OneLabel is exactly one.
	OneLabel LabelCount = "one"

	// SomeLabels is one or more.
	SomeLabels LabelCount = "some"

	// AnyLabels is any number, none too.
	AnyLabels LabelCount = "any"
)

// ParseLabelCount returns the count that s names; "" is OneLabel.
func ParseLabelCount(s string) (LabelCount, error) {
	switch n := LabelCount(s); n {
	case "":
		return OneLabel, nil
	case OneLabel, SomeLabels, AnyLabels:
		return n, nil
	}
	return "", fmt.Errorf("bow: unknown number of labels %q, want %s, %s or %s", s, OneLabel, SomeLabels, AnyLabels)
}

// labelRule is how the labels of a document are read.
type labelRule struct {
	count      LabelCount
	separator  string // between the labels of a column; empty: it is one label
	unlabelled bool
}

func (o ReaderOptions) labelRule() labelRule {
	count, _ := ParseLabelCount(string(o.Labels))
	return labelRule{count, o.LabelSeparator, o.Unlabelled}
}

// column gives d the labels that stand in a column.
func (r labelRule) column(d *Document, text string) error {
	text = strings.TrimSpace(text)
	if r.separator != "" && strings.Contains(text, r.separator) {
		d.Label = ""
		return r.give(d, strings.Split(text, r.separator))
	}
	d.Label = text
	if text != "" || r.unlabelled {
		return nil
	}
	if r.count != AnyLabels {
		return ErrEmptyLabel
	}
	d.Labels = []string{}
	return nil
}

// give gives d labels, which it may change.
func (r labelRule) give(d *Document, labels []string) error {
	for i, l := range labels {
		if labels[i] = strings.TrimSpace(l); labels[i] == "" {
			return fmt.Errorf("%w, the %s of %d", ErrEmptyLabel, ordinal(i+1), len(labels))
		}
	}
	switch {
	case len(labels) == 1:
		d.Label = labels[0]
	case len(labels) > 1 && r.count == OneLabel && !r.unlabelled:
		return fmt.Errorf("%w (%q follows %q)", ErrManyLabels, labels[1], labels[0])
	case len(labels) == 0 && r.count != AnyLabels && !r.unlabelled:
		return ErrNoLabel
	case r.count != OneLabel:
		d.Labels = labels
	} // else which one is not known, and not needed
	return nil
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "first"
	case 2:
		return "second"
	case 3:
		return "third"
	}
	return fmt.Sprintf("%dth", n)
}

// A corpus numbers sets of labels: each different one is a word of indexer.labels. A
// set of one label is this label, any other one is setMark before each of its labels
// in alphabetical order, or setMark alone if it has none. No label has this byte, as no
// UTF-8 text has it.
const setMark = '\xff'

// appendSet appends the word that stands for the labels of d to dst.
func appendSet(dst []byte, d Document) ([]byte, error) {
	labels := slices.Clone(d.Labels)
	slices.Sort(labels)
	labels = slices.Compact(labels)
	for _, l := range labels {
		switch {
		case l == "":
			return dst, ErrEmptyLabel
		case strings.IndexByte(l, setMark) >= 0:
			return dst, fmt.Errorf("label %q: %w", l, ErrInvalidUTF8)
		}
	}
	switch len(labels) {
	case 0:
		return append(dst, setMark), nil
	case 1:
		return append(dst, labels[0]...), nil
	}
	for _, l := range labels {
		dst = append(append(dst, setMark), l...)
	}
	return dst, nil
}

// cutSet returns the labels of a set.
func cutSet(word string) []string {
	switch {
	case word[0] != setMark:
		return []string{word}
	case len(word) == 1:
		return nil
	}
	return strings.Split(word[1:], string([]byte{setMark}))
}

// sets returns the classes of the labels of each set, ascending, by the number of the
// set.
func (c *Corpus) sets() [][]int32 {
	classes := map[string]int32{}
	for i, l := range c.Labels() {
		classes[l] = int32(i)
	}
	sets := make([][]int32, len(c.indexer.labels.words))
	for n, word := range c.indexer.labels.words {
		for _, l := range cutSet(word) {
			sets[n] = append(sets[n], classes[l])
		}
	}
	return sets
}

// LabelsPerDocument returns how many labels the documents have at least, at most and all
// together.
func (c *Corpus) LabelsPerDocument() (least, most, all int) {
	counts := make([]int, len(c.indexer.labels.words))
	for n, word := range c.indexer.labels.words {
		counts[n] = len(cutSet(word))
	}
	for i, set := range c.docLabels {
		n := counts[set]
		all += n
		if least, most = min(least, n), max(most, n); i == 0 {
			least = n
		}
	}
	return least, most, all
}

// checkLabels says whether the labels of the documents are such as c.MultiLabel wants.
func (c *Corpus) checkLabels() error {
	least, most, all := c.LabelsPerDocument()
	labels := c.Labels()
	switch {
	case !c.MultiLabel && most > 1:
		return fmt.Errorf("bow: corpus: %w: some documents have %d; Corpus.MultiLabel is for that", ErrManyLabels, most)
	case !c.MultiLabel && least == 0, len(labels) == 0:
		return fmt.Errorf("bow: corpus: %w: %d of the %d documents have none", ErrNoLabel, c.unlabelled(), c.Len())
	case len(labels) == 1 && all == c.Len():
		return fmt.Errorf("bow: corpus: %w: all %d documents are %q", ErrOneClass, c.Len(), labels[0])
	}
	return nil
}

// unlabelled counts the documents without a label.
func (c *Corpus) unlabelled() int {
	n := 0
	for _, set := range c.docLabels {
		if len(cutSet(c.indexer.labels.words[set])) == 0 {
			n++
		}
	}
	return n
}

// labelSets writes the labels of rows of this rank as Batch has them.
func (c *Corpus) labelSets(rows []int) (offsets []int, indices []int32) {
	sets := c.sets()
	offsets = make([]int, len(rows)+1)
	for k, i := range rows {
		indices = append(indices, sets[c.docLabels[c.first+i]]...)
		offsets[k+1] = len(indices)
	}
	return offsets, indices
}
