package feedforward

import (
	"errors"
	"fmt"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/vectors"
)

// Classifier is all that is needed to tell the class of a text: the network, the
// encoder that makes its input, and the names of the classes. It is what a model file
// holds. It is for one goroutine at a time; a Predictor made of it is for any number.
type Classifier struct {
	Network *Network

	// Encoder turns a text into x. Nil for a network on numbers.
	Encoder *bow.Encoder

	// Numbers makes x of a row of numbers, in place of Encoder. Of a regression it also
	// knows what an output stands for.
	Numbers *vectors.Encoder

	// Labels names the classes, in the order of their numbers. Nil for a regression.
	Labels []string

	// Training is how the classifier came about, if that is known.
	Training *Training
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
	return c.labelled(b)
}

// labelled returns the most likely label of each row of b.
func (c *Classifier) labelled(b *data.Batch) ([]Label, error) {
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
	if e := c.Numbers; e != nil {
		if c.Encoder != nil {
			return errors.New("feedforward: Classifier with an Encoder and Numbers; want one of them")
		}
		if err := e.Check(c.Network.cfg.Inputs); err != nil {
			return fmt.Errorf("feedforward: %w", err)
		}
		switch regression := e.Target != nil; {
		case e.Sparse == c.Network.cfg.Numbers:
			return errors.New("feedforward: Numbers and Config.Numbers do not agree whether rows are sparse")
		case regression && c.Network.Outputs() != 1:
			return fmt.Errorf("feedforward: a regression with %d outputs, want 1", c.Network.Outputs())
		case regression == (c.Labels != nil):
			return errors.New("feedforward: want Labels for classes, and none for a regression")
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

// ClassifyRows returns the most likely label of each row, for a network on numbers:
//
//	labels, err := c.ClassifyRows(&vectors.Row{Values: []float64{3, 72.5}})
func (c *Classifier) ClassifyRows(rows ...*vectors.Row) ([]Label, error) {
	b, err := c.rows(rows, false)
	if err != nil {
		return nil, err
	}
	return c.labelled(b)
}

// PredictRows returns the number that a regression answers to each row, in the units of
// the label.
func (c *Classifier) PredictRows(rows ...*vectors.Row) ([]float64, error) {
	b, err := c.rows(rows, true)
	if err != nil {
		return nil, err
	}
	out, err := c.Network.Predict(b)
	if err != nil {
		return nil, err
	}
	y := make([]float64, len(out))
	for i, o := range out {
		y[i] = c.Numbers.Restore(o[0])
	}
	return y, nil
}

// rows encodes rows of numbers.
func (c *Classifier) rows(rows []*vectors.Row, regression bool) (*data.Batch, error) {
	switch {
	case c.Numbers == nil:
		return nil, errors.New("feedforward: this model reads text, not numbers")
	case regression && c.Numbers.Target == nil:
		return nil, errors.New("feedforward: this model tells classes; ClassifyRows answers with them")
	case !regression && c.Numbers.Target != nil:
		return nil, errors.New("feedforward: this model is a regression; PredictRows answers with numbers")
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	b := &data.Batch{Columns: c.Numbers.Width()}
	for i, r := range rows {
		if _, err := c.Numbers.AppendRow(b, r); err != nil {
			return nil, fmt.Errorf("feedforward: row %d: %w", i+1, err)
		}
	}
	return b, nil
}
