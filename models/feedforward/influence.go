package feedforward

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
)

// Influence is what words did over many texts.
type Influence struct {
	Documents int
	Classes   []ClassInfluence

	// Opposed says that there are two classes, and what pushes towards one pushes away
	// from the other by as much.
	Opposed bool
}

// ClassInfluence is what words did for one class.
type ClassInfluence struct {
	Class string

	// Words has every word of the dictionary that a text had, by Mean, the one that
	// pushed most towards the class first, the one that pushed most away last.
	Words []InfluentialWord
}

// InfluentialWord is a word, or an n-gram, with its contributions over many texts.
type InfluentialWord struct {
	Word      string  // several, with " | " between, that are hashed into one column
	Documents int     // how many of the texts have it
	Mean      float64 // mean contribution over all texts, 0 where it is not in
	Present   float64 // mean contribution over the texts that have it
}

// influenceRows is how many texts are explained at a time.
const influenceRows = 64

// Influence explains all texts of r, whatever their labels are, for each of the classes
// (nil: all of them), and takes the mean of the contributions, word by word. One block of
// texts is in memory. progress, if given, is told how many texts are done.
func (c *Classifier) Influence(ctx context.Context, r bow.Reader, classes []string, e Explain, progress func(documents int)) (*Influence, error) {
	if c.Encoder == nil {
		return nil, errNumbers
	}
	if err := errors.Join(c.check(), e.setDefaults()); err != nil {
		return nil, err
	}
	if classes == nil {
		classes = c.Labels
	}
	var numbers []int
	for _, name := range classes {
		class, err := c.class(name)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, class)
	}
	words := c.Encoder.Columns()
	var names map[int32]string // by column, of words that are hashed
	if c.Encoder.Vocabulary() == nil {
		names = map[int32]string{}
	}
	sums := make([][]float64, len(classes)) // by word
	for k := range sums {
		sums[k] = make([]float64, words)
	}
	texts := make([]int, words) // that have the word
	in := &Influence{Opposed: len(classes) == 2 && (c.Network.Outputs() == 1 || c.Network.layers[len(c.Network.layers)-1].Activation == softmax && len(c.Labels) == 2)}
	b := &data.Batch{}
	rows := make([]int, 0, influenceRows)
	for end := false; !end; {
		b.Reset()
		for b.Rows() < influenceRows {
			d, err := r.Read()
			if end = err == io.EOF; end {
				break
			}
			if err := errors.Join(err, ctx.Err()); err != nil {
				return nil, err
			}
			c.Encoder.AppendRow(b, d.Text)
			if names != nil {
				for _, p := range c.Encoder.Locate(d.Text) {
					names[int32(p.Column)] = joined(names[int32(p.Column)], p.Token)
				}
			}
		}
		if b.Rows() == 0 {
			break
		}
		for _, j := range b.Indices {
			texts[j]++
		}
		for k, class := range numbers {
			rows = rows[:0]
			for range b.Rows() {
				rows = append(rows, class)
			}
			all, err := c.Network.Explain(b, rows, e)
			if err != nil {
				return nil, err
			}
			for i, a := range all {
				columns, _ := b.Row(i)
				for p, j := range columns {
					sums[k][j] += a.Contributions[p]
				}
			}
		}
		in.Documents += b.Rows()
		if progress != nil {
			progress(in.Documents)
		}
	}
	if in.Documents == 0 {
		return nil, errors.New("feedforward: there are no texts to explain")
	}
	for k, name := range classes {
		in.Classes = append(in.Classes, c.influence(name, sums[k], texts, in.Documents, names))
	}
	return in, nil
}

func (c *Classifier) influence(class string, sums []float64, texts []int, documents int, names map[int32]string) ClassInfluence {
	ci := ClassInfluence{Class: class}
	for j, n := range texts {
		if n == 0 {
			continue
		}
		w := InfluentialWord{Documents: n, Mean: sums[j] / float64(documents), Present: sums[j] / float64(n)}
		if names != nil {
			w.Word = names[int32(j)]
		} else {
			w.Word = c.Encoder.Vocabulary().Word(j)
		}
		ci.Words = append(ci.Words, w)
	}
	slices.SortStableFunc(ci.Words, func(a, b InfluentialWord) int { return cmp.Compare(b.Mean, a.Mean) })
	return ci
}
