package feedforward

import (
	"errors"
	"io"
	"math"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/kernel"
	"github.com/nestnet/nestnet/internal/metrics"
	"github.com/nestnet/nestnet/losses"
)

// Result is how well a network does on examples with known answers.
type Result struct {
	Documents int
	Loss      float64 // mean over the examples

	// For classes and labels, else nil and NaN:
	Accuracy float64 // share of right answers; with several labels, of examples with all of them right
	MacroF1  float64 // mean F1 over the classes or labels
	ROCAUC   float64 // two classes only: area under the ROC curve of class 1
	PerClass []ClassResult
	// Confusion[i][j] counts examples of class i that were taken for class j.
	// Nil with several labels.
	Confusion [][]int

	// MultiLabel is for networks with Config.MultiLabel, else nil.
	MultiLabel *MultiLabelResult

	// Regression is for answers that are numbers, else nil.
	Regression *RegressionResult
}

// RegressionResult is how near answers that are numbers come, in the units of
// data.Batch.Targets.
type RegressionResult struct {
	RMSE float64 // root of the mean squared error
	MAE  float64 // mean absolute error
	R2   float64 // 1 − Σ(y − f)²/Σ(y − mean of y)²: 1 is perfect, 0 as good as the mean
}

// ClassResult is how well one class is told from the others. A ratio 0/0 is 0.
type ClassResult struct {
	Precision float64 // of the examples taken for the class, the share that are
	Recall    float64 // of the examples of the class, the share found
	F1        float64 // 2·Precision·Recall/(Precision+Recall)
	Support   int     // examples of the class
}

// Evaluate answers all examples of a source and compares with what they should be. With
// Config.MultiLabel it is EvaluateAt for DefaultThreshold.
func (n *Network) Evaluate(source data.Source) (*Result, error) {
	return n.evaluate(source, DefaultThreshold, &evaluation{ranks: true})
}

// EvaluateSums is Evaluate in memory that does not grow with the examples: ROCAUC, which
// takes a number for each of them, is left out and NaN.
func (n *Network) EvaluateSums(source data.Source) (*Result, error) {
	return n.evaluate(source, DefaultThreshold, &evaluation{})
}

// EvaluateAt is Evaluate for another threshold: with Config.MultiLabel an example gets
// the labels whose probability is at least this.
func (n *Network) EvaluateAt(source data.Source, threshold float64) (*Result, error) {
	return n.evaluate(source, threshold, &evaluation{ranks: true})
}

// evaluate is EvaluateAt. e says what to gather.
func (n *Network) evaluate(source data.Source, threshold float64, e *evaluation) (*Result, error) {
	if err := checkThreshold(threshold); err != nil {
		return nil, err
	}
	if isNil(source) {
		return nil, errors.New("feedforward: Evaluate without examples (the source is nil)")
	}
	p, err := n.inferProgram()
	if err != nil {
		return nil, err
	}
	e.n, e.confusion, e.regression = n, metrics.NewConfusion(n.Classes()), metrics.Regression{Outputs: n.Outputs()}
	if n.cfg.MultiLabel {
		e.labels = newLabelling(n, threshold)
	}
	add, comm := e.add, cluster.Behind(source)
	var mine answered
	if comm.Size() > 1 {
		add = mine.add
	}
	pass := source.Pass(p.capacity, nil)
	var b data.Batch
	for {
		err := pass.Next(&b)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := n.checkBatch(&b, true); err != nil {
			return nil, err
		}
		if err := n.each(&b, add); err != nil {
			return nil, err
		}
	}
	if comm.Size() > 1 {
		if err := mine.together(comm, n.Outputs(), e.add); err != nil {
			return nil, err
		}
	}
	if e.documents == 0 {
		return nil, errors.New("feedforward: there are no examples to evaluate")
	}
	return e.result(), nil
}

// each runs b through the network in parts that fit the graph. f gets the rows
// lo to hi, their outputs and the sum of their losses.
func (n *Network) each(b *data.Batch, f func(b *data.Batch, lo, hi int, out []float64, loss float64)) error {
	p, err := n.inferProgram()
	if err != nil {
		return err
	}
	out := make([]float64, 0, p.capacity*n.Outputs())
	for lo := 0; lo < b.Rows(); lo += p.capacity {
		hi := min(lo+p.capacity, b.Rows())
		if err := p.load(n, b, lo, hi, 1); err != nil {
			return err
		}
		loss, err := p.run()
		if err != nil {
			return err
		}
		out = out[:0]
		switch data := p.result().Data().(type) {
		case []float32:
			for _, v := range data[:(hi-lo)*n.Outputs()] {
				out = append(out, float64(v))
			}
		case []float64:
			out = append(out, data[:(hi-lo)*n.Outputs()]...)
		}
		f(b, lo, hi, out, loss)
	}
	return nil
}

// evaluation gathers a Result.
type evaluation struct {
	n          *Network
	documents  int
	loss       float64
	weight     float64
	confusion  *metrics.Confusion
	regression metrics.Regression
	labels     *labelling // with several labels
	ranks      bool       // two classes are to be ranked
	scores     []float64  // of class 1, if so
	positive   []bool
	each       *Evaluation // nil: the answers are not kept
}

func (e *evaluation) add(b *data.Batch, lo, hi int, out []float64, loss float64) {
	e.documents += hi - lo
	e.loss += loss
	for i := lo; i < hi; i++ {
		if b.Weights != nil {
			e.weight += b.Weights[i]
		} else {
			e.weight++
		}
	}
	if e.labels != nil {
		e.labels.add(b, lo, hi, out)
		return
	}
	k := e.n.Outputs()
	if b.Classes == nil {
		if b.Targets != nil {
			e.regression.Add(b.Targets[lo*k:hi*k], out)
		}
		return
	}
	for i := lo; i < hi; i++ {
		row := out[(i-lo)*k : (i-lo+1)*k]
		predicted := e.n.decide(row)
		e.confusion.Add(int(b.Classes[i]), predicted)
		if e.each != nil {
			e.each.add(e.n, int(b.Classes[i]), predicted, row)
		}
		if e.ranks && e.n.Classes() == 2 {
			e.scores = append(e.scores, score(row))
			e.positive = append(e.positive, b.Classes[i] == 1)
		}
	}
}

// score ranks examples of two classes by their outputs: any rising function of the output
// ranks alike.
func score(out []float64) float64 {
	if len(out) == 2 {
		return out[1] - out[0]
	}
	return out[0]
}

func (e *evaluation) result() *Result {
	r := &Result{
		Documents: e.documents, Loss: e.loss / e.weight,
		Accuracy: math.NaN(), MacroF1: math.NaN(), ROCAUC: math.NaN(),
	}
	if r2 := e.regression.R2(); !math.IsNaN(r2) {
		r.Regression = &RegressionResult{RMSE: e.regression.RMSE(), MAE: e.regression.MAE(), R2: r2}
	}
	if e.labels != nil {
		e.labels.result(r)
		return r
	}
	if e.confusion.Total() == 0 {
		return r
	}
	r.Accuracy, r.MacroF1 = e.confusion.Accuracy(), e.confusion.MacroF1()
	if e.ranks && e.n.Classes() == 2 {
		r.ROCAUC = metrics.ROCAUC(e.scores, e.positive)
	}
	for i := range e.n.Classes() {
		r.PerClass = append(r.PerClass, ClassResult(e.confusion.Class(i)))
		row := make([]int, e.n.Classes())
		for j := range row {
			row[j] = e.confusion.Count(i, j)
		}
		r.Confusion = append(r.Confusion, row)
	}
	return r
}

// decide returns the class that the outputs of an example stand for: the largest of
// several; class 1 for a single one above the middle between the two codes. With several
// labels it is the most probable one.
func (n *Network) decide(out []float64) int {
	if len(out) == 1 && !n.cfg.MultiLabel {
		middle := 0.5
		if n.signed() {
			middle = 0
		}
		if out[0] > middle {
			return 1
		}
		return 0
	}
	best := 0
	for j, v := range out {
		if v > out[best] {
			best = j
		}
	}
	return best
}

// probabilities writes to p, one number a class, what the outputs of an example say
// about the classes: a softmax or sigmoid is a probability as it stands; with the
// logistic loss it is σ(f), with which that loss is −log₂ of it; a squared loss
// estimates y itself, held within its range here; others are mapped to 0…1 in the same
// way and are no more than a score.
func (n *Network) probabilities(p, out []float64) {
	one := func(f float64) float64 {
		switch {
		case n.cfg.Loss.Name() == (losses.Logistic{}).Name():
			return kernel.Logistic(f)
		case n.signed():
			f = (f + 1) / 2
		}
		return min(max(f, 0), 1)
	}
	if len(out) == 1 && !n.cfg.MultiLabel {
		p[1] = one(out[0])
		p[0] = 1 - p[1]
		return
	}
	for j, f := range out {
		p[j] = one(f)
	}
}
