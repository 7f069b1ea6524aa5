package feedforward

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/metrics"
)

// DefaultThreshold is the probability from which on an example gets a label, unless
// another one is asked for.
const DefaultThreshold = 0.5

// MultiLabelResult is how well a network gives examples their labels, of which each may
// have any number. A ratio 0/0 is 0. With TP_j, FP_j and FN_j the examples that have
// label j and get it, get it without having it, and have it without getting it, of n
// examples and L labels:
type MultiLabelResult struct {
	Threshold float64 // the probability from which on a label was given

	MicroPrecision float64 // ΣTP_j/(ΣTP_j + ΣFP_j)
	MicroRecall    float64 // ΣTP_j/(ΣTP_j + ΣFN_j)
	MicroF1        float64 // 2·ΣTP_j/(2·ΣTP_j + ΣFP_j + ΣFN_j)
	SubsetAccuracy float64 // share of examples with all labels right and no other; also Result.Accuracy
	HammingLoss    float64 // (ΣFP_j + ΣFN_j)/(n·L)

	counts *metrics.MultiLabel
}

// MergeLabels returns the result over the examples of all the results, as of the folds of
// a cross-validation: counts are added up, not ratios averaged. They must be of networks
// with Config.MultiLabel and the same labels, at one threshold.
func MergeLabels(results ...*Result) (*Result, error) {
	var all *labelling
	sum := &Result{ROCAUC: math.NaN()}
	for _, r := range results {
		switch {
		case r.MultiLabel == nil || r.MultiLabel.counts == nil:
			return nil, errors.New("feedforward: MergeLabels of a result without labels")
		case all == nil:
			all = &labelling{threshold: r.MultiLabel.Threshold, counts: metrics.NewMultiLabel(len(r.PerClass))}
		case len(r.PerClass) != len(sum.PerClass):
			return nil, fmt.Errorf("feedforward: MergeLabels of results of %d and of %d labels", len(sum.PerClass), len(r.PerClass))
		case r.MultiLabel.Threshold != all.threshold:
			return nil, fmt.Errorf("feedforward: MergeLabels of results at thresholds %v and %v", all.threshold, r.MultiLabel.Threshold)
		}
		all.counts.Merge(r.MultiLabel.counts)
		sum.Documents += r.Documents
		sum.Loss += r.Loss * float64(r.Documents)
		sum.PerClass = r.PerClass
	}
	if all == nil {
		return nil, errors.New("feedforward: MergeLabels of no results")
	}
	sum.Loss /= float64(sum.Documents)
	sum.PerClass = nil
	all.result(sum)
	return sum, nil
}

func checkThreshold(threshold float64) error {
	if threshold >= 0 && threshold <= 1 {
		return nil
	}
	return fmt.Errorf("feedforward: the threshold is %v, want 0 to 1", threshold)
}

// labelling gathers a MultiLabelResult.
type labelling struct {
	n         *Network
	threshold float64
	counts    *metrics.MultiLabel
	p         []float64
	gets      []bool
}

func newLabelling(n *Network, threshold float64) *labelling {
	return &labelling{
		n: n, threshold: threshold, counts: metrics.NewMultiLabel(n.Outputs()),
		p: make([]float64, n.Outputs()), gets: make([]bool, n.Outputs()),
	}
}

// add is evaluation.add.
func (e *labelling) add(b *data.Batch, lo, hi int, out []float64) {
	k := e.n.Outputs()
	for i := lo; i < hi; i++ {
		e.n.probabilities(e.p, out[(i-lo)*k:(i-lo+1)*k])
		for j, p := range e.p {
			e.gets[j] = p >= e.threshold
		}
		e.counts.Add(b.Labels(i), e.gets)
	}
}

func (e *labelling) result(r *Result) {
	micro := e.counts.Micro()
	r.MultiLabel = &MultiLabelResult{
		Threshold: e.threshold, MicroPrecision: micro.Precision, MicroRecall: micro.Recall, MicroF1: micro.F1,
		SubsetAccuracy: e.counts.SubsetAccuracy(), HammingLoss: e.counts.HammingLoss(), counts: e.counts,
	}
	r.Accuracy, r.MacroF1 = r.MultiLabel.SubsetAccuracy, e.counts.MacroF1()
	for j := range e.counts.Labels() {
		r.PerClass = append(r.PerClass, ClassResult(e.counts.Label(j)))
	}
}

// AllLabels returns all labels of each text whose probability is at least the threshold
// (DefaultThreshold is the usual one), the most probable first; none is a possible
// answer. The network must have Config.MultiLabel.
func (c *Classifier) AllLabels(threshold float64, texts ...string) ([][]Label, error) {
	if c.Encoder == nil {
		return nil, errNumbers
	}
	if err := errors.Join(c.check(), c.checkLabels(threshold)); err != nil {
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
	labels := make([][]Label, len(answers))
	for i, a := range answers {
		labels[i] = c.appendLabels(nil, a.Probabilities, threshold)
	}
	return labels, nil
}

// checkLabels says whether labels can be asked for.
func (c *Classifier) checkLabels(threshold float64) error {
	if !c.Network.cfg.MultiLabel {
		return errors.New("feedforward: this model gives a text one class, not several labels; use Classify")
	}
	return checkThreshold(threshold)
}

// appendLabels appends the labels with the probabilities p.
func (c *Classifier) appendLabels(dst []Label, p []float64, threshold float64) []Label {
	from := len(dst)
	for j, p := range p {
		if p >= threshold {
			dst = append(dst, Label{Name: c.Labels[j], Probability: p})
		}
	}
	slices.SortStableFunc(dst[from:], func(a, b Label) int { return cmp.Compare(b.Probability, a.Probability) })
	return dst
}

// AppendLabels appends all labels of a text whose probability is at least the threshold
// to dst, the most probable first. It allocates nothing if dst has room for them, once it
// has seen texts of that length. The network must have Config.MultiLabel.
func (p *Predictor) AppendLabels(dst []Label, text string, threshold float64) ([]Label, error) {
	if err := p.c.checkLabels(threshold); err != nil {
		return dst, err
	}
	a, err := p.take()
	if err != nil {
		return dst, err
	}
	defer p.give(a)
	a.batch.Reset()
	a.encoder.AppendRow(&a.batch, text)
	if err := a.run(); err != nil {
		return dst, err
	}
	a.read(p.c.Network, 0)
	return p.c.appendLabels(dst, a.p, threshold), nil
}

// AllLabels writes all labels of texts[i] whose probability is at least the threshold to
// labels[i], the most probable first, using its memory again. labels must be of the
// length of texts. It is faster than one text at a time.
func (p *Predictor) AllLabels(labels [][]Label, texts []string, threshold float64) error {
	if len(labels) != len(texts) {
		return fmt.Errorf("feedforward: room for the labels of %d texts, there are %d", len(labels), len(texts))
	}
	if err := p.c.checkLabels(threshold); err != nil {
		return err
	}
	return p.each(texts, func(a *answering, i int) {
		labels[i] = p.c.appendLabels(labels[i][:0], a.p, threshold)
	})
}
