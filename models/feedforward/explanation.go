package feedforward

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/losses"
)

// Explanation says which words of a text pushed towards a class, and how much.
type Explanation struct {
	Text string

	// Answer is what the classifier takes the text for.
	Answer Label

	// Class is the one that is explained, with its probability.
	Class Label

	// Explain is how, with the defaults filled in, and OutputName what is shared out
	// among the words, in words: "log-odds", "output" or "probability".
	Explain    Explain
	OutputName string

	// Attribution is the text's, with contributions in the order of the dictionary.
	Attribution

	// Words are the words of the dictionary that the text has, the strongest first.
	Words []ExplainedWord

	// Spans are the words of the text in its order.
	Spans []Span

	// Unknown are the words that are not in the dictionary, each once, in the order of
	// the text. They are not part of x and push nowhere. N-grams are not listed.
	Unknown []string
}

// ExplainedWord is a word, or an n-gram, with what it did.
type ExplainedWord struct {
	Word         string  // several, with " | " between, that are hashed into one column
	Count        int     // how often the text has it
	X            float64 // its number in x
	Contribution float64 // to the output; above 0 is towards the class
}

// Span is a word where it stands: Text[Start:End]. The contribution of a word is shared
// out evenly among its places, that of an n-gram among its words, so that the spans
// add up to the sum.
type Span struct {
	Start, End   int
	Contribution float64
	Known        bool // part of a word or n-gram of the dictionary
}

// Explain says which words of a text pushed towards a class, named as in Labels; "" is
// the class that the text is taken for.
//
//	x, err := c.Explain("You have won a prize!", "", feedforward.Explain{})
//	fmt.Print(x)
func (c *Classifier) Explain(text, class string, e Explain) (*Explanation, error) {
	if c.Encoder == nil {
		return nil, errNumbers
	}
	if err := errors.Join(c.check(), e.setDefaults()); err != nil {
		return nil, err
	}
	b, err := c.Encoder.Batch(text)
	if err != nil {
		return nil, err
	}
	answers, err := c.Network.Classify(b)
	if err != nil {
		return nil, err
	}
	answer := answers[0]
	explained := answer.Class
	if class != "" {
		if explained, err = c.class(class); err != nil {
			return nil, err
		}
	}
	all, err := c.Network.Explain(b, []int{explained}, e)
	if err != nil {
		return nil, err
	}
	x := &Explanation{
		Text: text, Explain: e, OutputName: c.Network.outputName(e.Output), Attribution: all[0],
		Answer: Label{Name: c.Labels[answer.Class], Probability: answer.Probability},
		Class:  Label{Name: c.Labels[explained], Probability: answer.Probabilities[explained]},
	}
	at := make(map[int]int) // the place of a column in x.Words
	eachInput(b, 0, func(k, j int, v float64) {
		at[j] = len(x.Words)
		x.Words = append(x.Words, ExplainedWord{X: v, Contribution: x.Contributions[k]})
	})
	x.locate(c.Encoder.Locate(text), at)
	slices.SortStableFunc(x.Words, func(a, b ExplainedWord) int {
		return cmp.Compare(math.Abs(b.Contribution), math.Abs(a.Contribution))
	})
	return x, nil
}

// locate names the words and finds their places in the text.
func (x *Explanation) locate(places []bow.Place, at map[int]int) {
	for _, p := range places {
		if i, ok := at[p.Column]; ok {
			x.Words[i].Count++
			x.Words[i].Word = joined(x.Words[i].Word, p.Token)
		}
	}
	unknown := make(map[string]bool)
	for _, p := range places {
		i, known := at[p.Column]
		if p.Words == 1 {
			x.Spans = append(x.Spans, Span{Start: p.Start, End: p.End})
			if !known && !unknown[p.Token] {
				unknown[p.Token] = true
				x.Unknown = append(x.Unknown, p.Token)
			}
		}
		if !known {
			continue
		}
		// A token ends with the word that was found last.
		covered := x.Spans[len(x.Spans)-p.Words:]
		for k := range covered {
			covered[k].Known = true
			covered[k].Contribution += x.Words[i].Contribution / float64(x.Words[i].Count*p.Words)
		}
	}
}

// joined adds a token to those of a column. Hashed words share columns.
func joined(tokens, token string) string {
	if tokens == "" || slices.Contains(strings.Split(tokens, collision), token) {
		return cmp.Or(tokens, token)
	}
	return tokens + collision + token
}

// collision stands between words that are hashed into one column.
const collision = " | "

// class returns the number of a class.
func (c *Classifier) class(name string) (int, error) {
	i := slices.Index(c.Labels, name)
	if i < 0 {
		return 0, fmt.Errorf("feedforward: unknown class %q, want one of %q", name, c.Labels)
	}
	return i, nil
}

// outputName says what the output is.
func (n *Network) outputName(o Output) string {
	last := n.layers[len(n.layers)-1]
	switch {
	case o == Probability:
		return "probability"
	case last.Func != nil:
		return "output"
	case last.Activation == softmax, n.cfg.Loss.Name() == (losses.BinaryCrossEntropy{}).Name(), n.isLogistic() && last.Activation == "linear":
		return "log-odds"
	}
	return "output"
}
