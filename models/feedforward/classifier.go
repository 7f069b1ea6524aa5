package feedforward

import (
	"errors"
	"fmt"

	"github.com/nestnet/nestnet/data/bow"
)

// Classifier is all that is needed to tell the class of a text: the network, the
// encoder that makes its input, and the names of the classes. It is what a model file
// holds.
type Classifier struct {
	Network *Network

	// Encoder turns a text into x. Nil for a network on numbers.
	Encoder *bow.Encoder

	// Labels names the classes, in the order of their numbers.
	Labels []string
}

// Label is an answer with its name.
type Label struct {
	Name        string
	Probability float64
}

var errNumbers = errors.New("feedforward: this model reads numbers, not text")

// Classify returns the most likely label of each text. AllLabels is for models that give
// a text several labels.
//
//	labels, err := c.Classify("You have won a prize!", "See you at six.")
func (c *Classifier) Classify(texts ...string) ([]Label, error) {
	if c.Encoder == nil {
		return nil, errNumbers
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	b, err := c.Encoder.Batch(texts...)
	if err != nil {
		return nil, err
	}
	answers, err := c.Network.Classify(b)
	if err != nil {
		return nil, err
	}
	labels := make([]Label, len(answers))
	for i, a := range answers {
		labels[i] = Label{Name: c.Labels[a.Class], Probability: a.Probability}
	}
	return labels, nil
}

// check says whether the parts belong together.
func (c *Classifier) check() error {
	if c.Network == nil {
		return errors.New("feedforward: Classifier without a Network")
	}
	if c.Encoder != nil {
		if words := c.Encoder.Columns(); words != c.Network.cfg.Inputs {
			return fmt.Errorf("feedforward: a dictionary of %d words for a network of %d inputs", words, c.Network.cfg.Inputs)
		}
	}
	if c.Labels != nil && len(c.Labels) != c.Network.Classes() {
		return fmt.Errorf("feedforward: %d labels for a network that tells %d classes", len(c.Labels), c.Network.Classes())
	}
	if c.Labels == nil && c.Encoder != nil {
		return errors.New("feedforward: Classifier without Labels")
	}
	return nil
}
