package feedforward

import (
	"errors"
	"fmt"
	"sync"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Predictor labels texts for a program that does it all day, a server for example. It is
// safe for use by any number of goroutines at once, as long as the network is not being
// trained, and allocates nothing for a text once it has seen texts of that length.
type Predictor struct {
	c       *Classifier
	network *program // the graph

	mu   sync.Mutex
	idle []*answering // not in use by a goroutine
}

// answering is what one goroutine needs.
type answering struct {
	encoder *bow.Encoder
	batch   data.Batch
	program *program
	out, p  []float64
}

// Predictor makes a Predictor for the classifier as it is. It shares the weights.
func (c *Classifier) Predictor() (*Predictor, error) {
	if c.Encoder == nil {
		return nil, errNumbers
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Network.cfg.Engine != Native {
		return nil, fmt.Errorf("feedforward: a Predictor needs engine %s", Native)
	}
	base, err := c.Network.inferProgram()
	if err != nil {
		return nil, err
	}
	p := &Predictor{c: c, network: base}
	a, err := p.take() // the first one shows whether it can be done
	if err != nil {
		return nil, err
	}
	if !a.program.machine.Shared() {
		return nil, errors.New("feedforward: a Predictor cannot share an activation made of stock Gorgonia ops; use Classifier.Classify")
	}
	p.give(a)
	return p, nil
}

// take returns what a goroutine needs, used before or new.
func (p *Predictor) take() (*answering, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.idle) - 1; last >= 0 {
		a := p.idle[last]
		p.idle = p.idle[:last]
		return a, nil
	}
	program, err := p.network.replica(p.c.Network, nil, gorgonia.Nodes{p.network.f})
	if err != nil {
		return nil, err
	}
	return &answering{
		encoder: p.c.Encoder.Clone(), program: program,
		out: make([]float64, p.c.Network.Outputs()), p: make([]float64, p.c.Network.Classes()),
	}, nil
}

func (p *Predictor) give(a *answering) {
	p.mu.Lock()
	p.idle = append(p.idle, a)
	p.mu.Unlock()
}

// Classify returns the most likely label of a text.
func (p *Predictor) Classify(text string) (Label, error) {
	texts, label := [1]string{text}, Label{}
	err := p.each(texts[:], func(a *answering, _ int) { label = a.label(p.c) })
	return label, err
}

// ClassifyAll writes the most likely label of texts[i] to labels[i], which must be of
// the same length. It is faster than one text at a time.
func (p *Predictor) ClassifyAll(labels []Label, texts []string) error {
	if len(labels) != len(texts) {
		return fmt.Errorf("feedforward: %d labels for %d texts", len(labels), len(texts))
	}
	return p.each(texts, func(a *answering, i int) { labels[i] = a.label(p.c) })
}

// each answers texts, as many at a time as fit the program, and calls f for each of them,
// with what read made of its outputs.
func (p *Predictor) each(texts []string, f func(a *answering, i int)) error {
	a, err := p.take()
	if err != nil {
		return err
	}
	defer p.give(a)
	for from := 0; from < len(texts); from += a.program.capacity {
		part := texts[from:min(from+a.program.capacity, len(texts))]
		a.batch.Reset()
		for _, text := range part {
			a.encoder.AppendRow(&a.batch, text)
		}
		if err := a.run(); err != nil {
			return err
		}
		for i := range part {
			a.read(p.c.Network, i)
			f(a, from+i)
		}
	}
	return nil
}

// run computes the outputs of the rows of a.batch, which fit the program.
func (a *answering) run() error {
	if err := a.program.sparse.Set(&a.batch); err != nil {
		return err
	}
	m := a.program.machine
	m.SetRows(a.batch.Rows())
	if err := m.RunAll(); err != nil {
		return fmt.Errorf("feedforward: %w", err)
	}
	return nil
}

// read puts the outputs of row i into a.out, and what they say into a.p.
func (a *answering) read(n *Network, i int) {
	f := a.program.machine.Value(a.program.f).(*tensor.Dense)
	k := len(a.out)
	if f.Dtype() == tensor.Float32 {
		for j, v := range f.Float32s()[i*k : (i+1)*k] {
			a.out[j] = float64(v)
		}
	} else {
		copy(a.out, f.Float64s()[i*k:(i+1)*k])
	}
	n.probabilities(a.p, a.out)
}

// label is the most likely label of the row that was read last.
func (a *answering) label(c *Classifier) Label {
	class := c.Network.decide(a.out)
	return Label{Name: c.Labels[class], Probability: a.p[class]}
}
