package feedforward

import (
	"errors"
	"fmt"
	"math"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/kernel"
	"github.com/nestnet/nestnet/losses"
	"gorgonia.org/tensor"
)

// Method is a way to share out an output among the numbers of x.
type Method string

const (
	// GradientInput is gradient times input: the contribution of x_j to the output o is
	//
	//	x_j · ∂o/∂x_j,   ∂o/∂x_j = Σ_h a1[j,h] · ∂o/∂z1[h]
	//
	// with z1 = x·a1 + b1: what o would lose if x_j went to 0 and o were as steep all the
	// way as it is at x. Simonyan et al. 2013, arXiv:1312.6034, take the gradient as a
	// saliency; Shrikumar et al. 2016, arXiv:1605.01713, multiply it by the input. The
	// default.
	GradientInput Method = "gradient"

	// IntegratedGradients is the mean of the gradient on the way from x = 0, a text
	// without known words, to x, times x:
	//
	//	x_j · ∫₀¹ ∂o(αx)/∂x_j dα
	//
	// The contributions add up to o(x) − o(0). Sundararajan, Taly and Yan 2017,
	// arXiv:1703.01365.
	IntegratedGradients Method = "integrated"
)

// Output is the number that is explained.
type Output string

const (
	// Logit is the last layer's argument of its nonlinear function, which does not
	// saturate; the default. With softmax outputs, which do not change when the same
	// number is added to all arguments, it is the log-odds of the class:
	//
	//	ln p_c/(1−p_c) = z_c − ln Σ_{k≠c} e^(z_k)
	//
	// A sigmoid's argument is its log-odds too. For a single output that tells two
	// classes, class 0 has the argument with the other sign.
	Logit Output = "logit"

	// Probability is the probability of the class, as Classify gives it, for networks
	// whose outputs are probabilities: softmax, sigmoid, or the logistic loss.
	Probability Output = "probability"
)

// Explain says how answers are explained. The zero value explains the logit by gradient
// times input.
type Explain struct {
	// Method shares out the output among the words. Default GradientInput.
	Method Method

	// Output is what is shared out. Default Logit.
	Output Output

	// Steps is the number of pieces that IntegratedGradients cuts the way from 0 to x
	// into at first, each with a Gauss–Legendre rule of two points. Pieces on which the
	// integral of the gradient is not the change of the output are halved, as at a kink
	// of ReLU. Default 50.
	Steps int

	// Tolerance is the share of the output's total change on the way, up and down, by
	// which the sum of the contributions may miss o(x) − o(0). IntegratedGradients halves
	// pieces until it is reached, or until rounding is all that is left. Default 1e-4.
	Tolerance float64
}

// Attribution is the output for one example, shared out among the numbers of x.
type Attribution struct {
	Class    int     // whose output it is
	Value    float64 // the output at x
	Baseline float64 // the output at x = 0

	// Contributions of the columns of the row, in the order of data.Batch.Row; of every
	// column for dense rows.
	Contributions []float64

	// Sum is that of the contributions. With IntegratedGradients it is Value − Baseline
	// but for Missing = Value − Baseline − Sum; with GradientInput it need not be.
	Sum, Missing float64

	// Points is the number of points at which the gradient was taken.
	Points int
}

func (e *Explain) setDefaults() error {
	if e.Method == "" {
		e.Method = GradientInput
	}
	if e.Output == "" {
		e.Output = Logit
	}
	if e.Steps == 0 {
		e.Steps = 50
	}
	if e.Tolerance == 0 {
		e.Tolerance = 1e-4
	}
	var errs []error
	if e.Method != GradientInput && e.Method != IntegratedGradients {
		errs = append(errs, fmt.Errorf("feedforward: Explain.Method is %q, want %s or %s", e.Method, GradientInput, IntegratedGradients))
	}
	if e.Output != Logit && e.Output != Probability {
		errs = append(errs, fmt.Errorf("feedforward: Explain.Output is %q, want %s or %s", e.Output, Logit, Probability))
	}
	if e.Steps < 0 || e.Steps > maxPieces {
		errs = append(errs, fmt.Errorf("feedforward: Explain.Steps is %d, want 1 to %d", e.Steps, maxPieces))
	}
	if !(e.Tolerance > 0) {
		errs = append(errs, fmt.Errorf("feedforward: Explain.Tolerance is %v, want a number above 0", e.Tolerance))
	}
	return errors.Join(errs...)
}

// Explain shares out, for each row i of b, the output of class classes[i] among the
// numbers of x. Nil classes are those that Classify answers. A network on numbers with
// one output has it as class 1.
//
// The gradient is symbolic, Gorgonia's, up to the first layer's argument z1; as that is
// linear in x, the rest is a product with the rows of a1 that the example has.
func (n *Network) Explain(b *data.Batch, classes []int, e Explain) ([]Attribution, error) {
	if err := errors.Join(e.setDefaults(), n.checkBatch(b, false)); err != nil {
		return nil, err
	}
	if e.Output == Probability && !n.hasProbabilities() {
		return nil, fmt.Errorf("feedforward: the outputs of this network (%s, loss %s) are no probabilities; explain the logit",
			n.layers[len(n.layers)-1].Activation, n.cfg.Loss.Name())
	}
	if classes == nil {
		answers, err := n.Classify(b)
		if err != nil {
			return nil, err
		}
		for _, a := range answers {
			classes = append(classes, a.Class)
		}
	}
	if len(classes) != b.Rows() {
		return nil, fmt.Errorf("feedforward: %d classes for %d rows", len(classes), b.Rows())
	}
	for i, c := range classes {
		if c < 0 || c >= n.Classes() {
			return nil, fmt.Errorf("feedforward: row %d: no class %d, want 0 to %d", i, c, n.Classes()-1)
		}
	}
	s, err := n.slopes(e.Output)
	if err != nil {
		return nil, err
	}
	lines := make([]line, b.Rows())
	for i := range lines {
		lines[i] = line{class: classes[i], u: n.firstProduct(b, i)}
	}
	if e.Method == IntegratedGradients {
		err = s.integrate(lines, e.Steps, e.Tolerance)
	} else {
		err = s.differentiate(lines)
	}
	if err != nil {
		return nil, err
	}
	all := make([]Attribution, len(lines))
	for i := range lines {
		l := &lines[i]
		a := Attribution{Class: l.class, Value: l.value, Baseline: l.baseline, Points: l.points, Contributions: n.shares(b, i, l.gradient)}
		for _, c := range a.Contributions {
			a.Sum += c
		}
		a.Missing = a.Value - a.Baseline - a.Sum
		all[i] = a
	}
	return all, nil
}

// hasProbabilities says whether the answers' probabilities are more than scores.
func (n *Network) hasProbabilities() bool {
	last := n.layers[len(n.layers)-1]
	return last.Func == nil && (last.Activation == softmax || last.Activation == graph.Sigmoid.String() || n.isLogistic())
}

func (n *Network) isLogistic() bool { return n.cfg.Loss.Name() == (losses.Logistic{}).Name() }

// eachInput calls f for the columns of row i that are not zero, with their place in the
// row, all columns for a dense row.
func eachInput(b *data.Batch, i int, f func(k, column int, x float64)) {
	if len(b.Offsets) == 0 {
		for j, x := range b.Dense[i*b.Columns : (i+1)*b.Columns] {
			f(j, j, x)
		}
		return
	}
	columns, values := b.Row(i)
	for k, j := range columns {
		x := 1.0
		if values != nil {
			x = float64(values[k])
		}
		f(k, int(j), x)
	}
}

// firstProduct is x·a1 for row i.
func (n *Network) firstProduct(b *data.Batch, i int) []float64 {
	u := make([]float64, n.layers[0].Units)
	eachInput(b, i, func(_, j int, x float64) {
		eachWeight(n.params[0], j, func(h int, a float64) { u[h] += x * a })
	})
	return u
}

// shares are x_j·Σ_h a1[j,h]·gradient[h] for the columns j of row i.
func (n *Network) shares(b *data.Batch, i int, gradient []float64) []float64 {
	var all []float64
	eachInput(b, i, func(_, j int, x float64) {
		sum := 0.0
		eachWeight(n.params[0], j, func(h int, a float64) { sum += a * gradient[h] })
		all = append(all, x*sum)
	})
	return all
}

// eachWeight calls f for the numbers of row j of a matrix.
func eachWeight(a *tensor.Dense, j int, f func(h int, a float64)) {
	units := a.Shape()[1]
	switch data := a.Data().(type) {
	case []float32:
		for h, v := range data[j*units : (j+1)*units] {
			f(h, float64(v))
		}
	case []float64:
		for h, v := range data[j*units : (j+1)*units] {
			f(h, v)
		}
	}
}

// outputOf returns the output of a class and its slope in each number of out, which is
// the last layer's argument for Logit and its result for Probability.
func (n *Network) outputOf(o Output, class int, out, slope []float64) float64 {
	clear(slope)
	isSoftmax := n.layers[len(n.layers)-1].Activation == softmax
	switch {
	case isSoftmax && o == Logit:
		return logOdds(class, out, slope)
	case len(out) > 1 && o == Logit, isSoftmax:
		slope[class] = 1
		return out[class]
	}
	// The class's own number, or the one that stands for both.
	k, sign := class, 1.0
	if len(out) == 1 && !n.cfg.MultiLabel {
		k, sign = 0, float64(2*class-1)
	}
	f := sign * out[k]
	switch {
	case o == Logit:
		slope[k] = sign
		return f
	case n.isLogistic():
		p := kernel.Logistic(f)
		slope[k] = sign * p * (1 - p)
		return p
	case sign < 0:
		slope[k] = -1
		return 1 + f
	}
	slope[k] = 1
	return f
}

// logOdds returns z_c − ln Σ_{k≠c} e^(z_k) and its slope: 1 for z_c, minus the softmax of
// the others among themselves.
func logOdds(c int, z, slope []float64) float64 {
	largest := math.Inf(-1)
	for k, v := range z {
		if k != c {
			largest = max(largest, v)
		}
	}
	sum := 0.0
	for k, v := range z {
		if k != c {
			slope[k] = math.Exp(v - largest)
			sum += slope[k]
		}
	}
	for k := range slope {
		slope[k] /= -sum
	}
	slope[c] = 1
	return z[c] - largest - math.Log(sum)
}
