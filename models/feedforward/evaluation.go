package feedforward

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/metrics"
)

// Evaluation is a Result with the answers that it sums up, from which more can be told:
// how good the probabilities are, what any threshold would come to, how sure the measures
// are, and which examples went wrong. Each is computed when it is asked for.
type Evaluation struct {
	Result

	// Truth holds the class of each example, Answers what the network took it for, in
	// the order of the source.
	Truth   []int
	Answers []Answer

	scores []float64 // of class 1, when there are two
}

// EvaluateEach is Evaluate with the answer to each example, for examples with classes. It
// keeps a number a class for each of them.
func (n *Network) EvaluateEach(source data.Source) (*Evaluation, error) {
	if n.cfg.MultiLabel {
		return nil, errors.New("feedforward: EvaluateEach is for examples of one class each; with Config.MultiLabel take Evaluate")
	}
	e := &Evaluation{}
	result, err := n.evaluate(source, DefaultThreshold, &evaluation{ranks: true, each: e})
	if err != nil {
		return nil, err
	}
	if len(e.Answers) == 0 {
		return nil, errors.New("feedforward: EvaluateEach is for examples with classes, not with sets of labels or numbers to come near to")
	}
	e.Result = *result
	return e, nil
}

func (e *Evaluation) add(n *Network, truth, predicted int, out []float64) {
	p := make([]float64, n.Classes())
	n.probabilities(p, out)
	e.Truth = append(e.Truth, truth)
	e.Answers = append(e.Answers, Answer{Class: predicted, Probability: p[predicted], Probabilities: p})
	if n.Classes() == 2 {
		e.scores = append(e.scores, score(out))
	}
}

// LogLoss returns the mean of −ln p over the examples, p being the probability given to
// the class of the example, held at 2⁻⁵² at least. Whatever the network's own loss is,
// this compares with log losses made elsewhere. 0 is perfect, ln C knows nothing.
func (e *Evaluation) LogLoss() float64 { return e.mean(metrics.LogLoss) }

// Brier returns the Brier score, the mean square of how far the probabilities are from
// the truth: (p₁ − y)² for two classes, as in scikit-learn, else Σₖ (pₖ − yₖ)² over the
// classes. 0 is perfect.
//
// Brier, "Verification of Forecasts Expressed in Terms of Probability", 1950.
func (e *Evaluation) Brier() float64 { return e.mean(metrics.Brier) }

func (e *Evaluation) mean(f func(p []float64, actual int) float64) float64 {
	sum := 0.0
	for i, a := range e.Answers {
		sum += f(a.Probabilities, e.Truth[i])
	}
	return sum / float64(len(e.Answers))
}

// CalibrationBin is a row of a reliability table: the answers whose probability p is
// Low < p ≤ High.
type CalibrationBin struct {
	Low, High  float64
	Documents  int
	Confidence float64 // mean probability; NaN without documents
	Accuracy   float64 // share of right answers; NaN without documents
}

// Calibration returns the expected calibration error and the reliability table: the
// answers in bins of equal width by the probability of the class chosen. In a well
// calibrated model a bin's accuracy is its confidence; the error is the mean of the
// distance, weighted by the documents. 0 bins mean 15, as in the source.
//
// Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", 2017.
func (e *Evaluation) Calibration(bins int) (ece float64, table []CalibrationBin, err error) {
	if bins < 0 {
		return 0, nil, fmt.Errorf("feedforward: calibration in %d bins, want at least 1, or 0 for 15", bins)
	}
	c := metrics.NewCalibration(cmp.Or(bins, 15))
	for i, a := range e.Answers {
		c.Add(a.Probability, a.Class == e.Truth[i])
	}
	for _, b := range c.Bins() {
		table = append(table, CalibrationBin{Low: b.Low, High: b.High, Documents: b.Examples, Confidence: b.Confidence, Accuracy: b.Accuracy})
	}
	return c.Error(), table, nil
}

// Ranking says how well one class, the positive one, is told from all others by the
// probability given to it, before any threshold.
type Ranking struct {
	ROCAUC           float64 // NaN if all examples are positive, or none
	AveragePrecision float64 // area under the precision-recall curve, in steps; NaN if none is positive

	// Curve has a point for each threshold that makes a difference, the highest first.
	Curve []CurvePoint
}

// CurvePoint is what comes of answering with the positive class where its probability is
// at least the threshold. A rate of 0/0 is NaN.
type CurvePoint struct {
	Threshold         float64 // +Inf for the first point, where nothing is taken for positive
	FalsePositiveRate float64 // of the negative examples, the share taken for positive
	Recall            float64 // of the positive examples, the share found: the true positive rate
	Precision         float64 // of those taken for positive, the share that are; 1 for the first point
}

// Ranking judges how the class of this number is told from all others. With two classes
// examples are ranked by the outputs themselves, as Result.ROCAUC does, which tells
// examples apart that are both certain; two points may then have the same threshold.
func (e *Evaluation) Ranking(positive int) (*Ranking, error) {
	ranked, err := e.ranked(positive)
	if err != nil {
		return nil, err
	}
	r := &Ranking{ROCAUC: ranked.ROCAUC(), AveragePrecision: ranked.AveragePrecision()}
	for _, p := range ranked.Curve() {
		c := CurvePoint{Threshold: math.Inf(1), FalsePositiveRate: p.FalsePositiveRate, Recall: p.Recall, Precision: p.Precision}
		if p.Example >= 0 {
			c.Threshold = e.Answers[p.Example].Probabilities[positive]
		}
		r.Curve = append(r.Curve, c)
	}
	return r, nil
}

func (e *Evaluation) ranked(positive int) (*metrics.Ranking, error) {
	if positive < 0 || positive >= len(e.PerClass) {
		return nil, fmt.Errorf("feedforward: positive class %d, the network tells %d", positive, len(e.PerClass))
	}
	scores, is := make([]float64, len(e.Answers)), make([]bool, len(e.Answers))
	for i, a := range e.Answers {
		is[i] = e.Truth[i] == positive
		switch {
		case e.scores == nil:
			scores[i] = a.Probabilities[positive]
		case positive == 1:
			scores[i] = e.scores[i]
		default:
			scores[i] = -e.scores[i]
		}
	}
	return metrics.NewRanking(scores, is), nil
}

// Mistakes returns the places, in Answers, of the wrong answers, those the network was
// most sure of first; n of them at most.
func (e *Evaluation) Mistakes(n int) []int {
	var wrong []int
	for i, a := range e.Answers {
		if a.Class != e.Truth[i] {
			wrong = append(wrong, i)
		}
	}
	slices.SortStableFunc(wrong, func(a, b int) int { return cmp.Compare(e.Answers[b].Probability, e.Answers[a].Probability) })
	return wrong[:min(max(n, 0), len(wrong))]
}

// Bootstrap says how Intervals draws. The zero value is the documented default.
type Bootstrap struct {
	Resamples int     // 0 means 1000; at least 100
	Level     float64 // probability that an interval is meant to hold; 0 means 0.95
	Seed      uint64
	Workers   int // 0 means one for each processor; any number gives the same intervals

	// Positive is the class whose areas are computed, or -1 for none.
	Positive int

	// Progress, if given, is called by one goroutine at a time.
	Progress func(done int)
}

// Interval is the range of a measure. Both ends are NaN where it has none.
type Interval struct{ Low, High float64 }

// Intervals says how sure each measure is.
type Intervals struct {
	Accuracy, MacroF1, LogLoss, Brier, ROCAUC, AveragePrecision Interval
}

// Intervals computes percentile intervals by the bootstrap: as many documents as there are
// are drawn from them with replacement, again and again, and each measure is taken of
// each such resample; with B resamples the interval of level 1−2α runs from the kth
// smallest to the kth largest value, k = ⌊(B+1)·α⌋. They say what another sample of test
// documents might have shown of the same model, not what another training would.
//
// Efron, Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3.
func (e *Evaluation) Intervals(ctx context.Context, b Bootstrap) (*Intervals, error) {
	b.Resamples = cmp.Or(b.Resamples, 1000)
	var errs []error
	if b.Resamples < 100 {
		errs = append(errs, fmt.Errorf("feedforward: Bootstrap.Resamples is %d, want at least 100, or 0 for 1000", b.Resamples))
	}
	if !(b.Level >= 0 && b.Level < 1) {
		errs = append(errs, fmt.Errorf("feedforward: Bootstrap.Level is %v, want above 0 and below 1, or 0 for 0.95", b.Level))
	}
	if b.Workers < 0 {
		errs = append(errs, fmt.Errorf("feedforward: Bootstrap.Workers is %d, want at least 0", b.Workers))
	}
	if len(e.Answers) > math.MaxInt32 {
		errs = append(errs, fmt.Errorf("feedforward: %d examples are too many to draw from, the most are %d", len(e.Answers), math.MaxInt32))
	}
	examples := metrics.Examples{Classes: len(e.PerClass)}
	if b.Positive != -1 {
		var err error
		examples.Ranking, err = e.ranked(b.Positive)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for i, a := range e.Answers {
		examples.Actual = append(examples.Actual, int32(e.Truth[i]))
		examples.Predicted = append(examples.Predicted, int32(a.Class))
		examples.LogLoss = append(examples.LogLoss, metrics.LogLoss(a.Probabilities, e.Truth[i]))
		examples.Brier = append(examples.Brier, metrics.Brier(a.Probabilities, e.Truth[i]))
	}
	v, err := metrics.Bootstrap{
		Resamples: b.Resamples, Level: b.Level, Seed: b.Seed, Workers: b.Workers, Progress: b.Progress,
	}.Intervals(ctx, examples)
	if err != nil {
		return nil, err
	}
	return &Intervals{
		Accuracy: Interval(v.Accuracy), MacroF1: Interval(v.MacroF1), LogLoss: Interval(v.LogLoss), Brier: Interval(v.Brier),
		ROCAUC: Interval(v.ROCAUC), AveragePrecision: Interval(v.AveragePrecision),
	}, nil
}
