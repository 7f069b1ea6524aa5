package kernel

import "math"

// Loss is a loss that is a sum over the outputs of an example of a function
// ℓ(f, y) of one number each.
type Loss uint8

const (
	Squared             Loss = iota // (y − f)²
	LogisticLoss                    // (1/ln 2)·ln(1 + e^(−y·f)), y = ±1
	SigmoidCrossEntropy             // −y·ln σ(f) − (1−y)·ln(1−σ(f)), f a logit
	Hinge                           // max(0, 1 − y·f), y = ±1
	Huber                           // ½(y−f)² where |y−f| ≤ 1, else |y−f| − ½
)

// At returns ℓ(f, y).
func (l Loss) At(f, y float64) float64 {
	switch l {
	case Squared:
		return (y - f) * (y - f)
	case LogisticLoss:
		return LogOnePlusExp(-y*f) / math.Ln2
	case SigmoidCrossEntropy:
		// Two softplus terms instead of softplus(f) − y·f, which cancels when the
		// answer is right and sure.
		s := 0.0
		if y != 0 {
			s += y * LogOnePlusExp(-f)
		}
		if y != 1 {
			s += (1 - y) * LogOnePlusExp(f)
		}
		return s
	case Hinge:
		return max(0, 1-y*f)
	case Huber:
		r := math.Abs(y - f)
		if r <= 1 {
			return r * r / 2
		}
		return r - 0.5
	}
	panic("kernel: unknown loss")
}

// Slope returns ∂ℓ/∂f. At Hinge's kink it is 0.
func (l Loss) Slope(f, y float64) float64 {
	switch l {
	case Squared:
		return 2 * (f - y)
	case LogisticLoss:
		return -y * Logistic(-y*f) / math.Ln2
	case SigmoidCrossEntropy:
		// σ(f) − y, written so that nothing cancels for y = 1.
		return (1-y)*Logistic(f) - y*Logistic(-f)
	case Hinge:
		if y*f < 1 {
			return -y
		}
		return 0
	case Huber:
		return min(max(f-y, -1), 1)
	}
	panic("kernel: unknown loss")
}

// Softmax sets each row of p, n numbers, to eᶻ/Σeᶻ of the same row of z. Rows
// are shifted by their own maximum, so that nothing overflows.
func Softmax[T Float](p, z []T, rows, n int) {
	for i := range rows {
		softmaxRow(p[i*n:i*n+n], z[i*n:i*n+n])
	}
}

func softmaxRow[T Float](p, z []T) {
	if vectorized[T]() && len(z) > 1 {
		softmaxVector(ptr(p), ptr(z), len(z))
		return
	}
	m := z[0]
	for _, v := range z[1:] {
		m = max(m, v)
	}
	var sum float64
	for j, v := range z {
		e := math.Exp(float64(v) - float64(m))
		p[j] = T(e)
		sum += e
	}
	for j := range p {
		p[j] = T(float64(p[j]) / sum)
	}
}

// SoftmaxCrossEntropy returns Σ_i w_i·(−Σ_j y_ij·ln softmax(z_i)_j).
func SoftmaxCrossEntropy[T Float](z, y, w []T, rows, n int) float64 {
	// A row has w·Σy times ln(1+others) in the sum. As logarithms take longest, rows in which w·Σy
	// is the same share one: (1+a)·(1+b) is 1+c with c = a + b + a·b, without a loss of digits.
	var total, all, weight float64
	for i := range rows {
		if w[i] == 0 {
			continue
		}
		zi, yi := z[i*n:i*n+n], y[i*n:i*n+n]
		top := 0
		for j, v := range zi {
			if v > zi[top] {
				top = j
			}
		}
		m := zi[top]
		// The largest term is 1 and left to Log1p, or a sure answer's loss of 1e-18
		// would be rounded to 0.
		var others, sum, l float64
		for j, v := range zi {
			below := float64(v) - float64(m)
			if j != top {
				others += math.Exp(below)
			}
			if yi[j] != 0 {
				sum += float64(yi[j])
				l -= float64(yi[j]) * below
			}
		}
		total += float64(w[i]) * l
		const large = 1e100 // its product with others is finite
		if sum *= float64(w[i]); sum != weight || all > large {
			total += weight * math.Log1p(all)
			all, weight = 0, sum
		}
		all += others + all*others
	}
	return total + weight*math.Log1p(all)
}

// SoftmaxCrossEntropyGrad sets d to scale·w_i·(softmax(z_i)·Σ_j y_ij − y_ij), the
// gradient with respect to z.
func SoftmaxCrossEntropyGrad[T Float](d, z, y, w []T, scale T, rows, n int) {
	Softmax(d, z, rows, n)
	for i := range rows {
		di, yi := d[i*n:i*n+n], y[i*n:i*n+n]
		s := scale * w[i]
		var sum T
		for _, v := range yi {
			sum += v
		}
		for j := range di {
			di[j] = s * (di[j]*sum - yi[j])
		}
	}
}

// PointwiseLoss returns Σ_i w_i·Σ_j ℓ(f_ij, y_ij).
func PointwiseLoss[T Float](l Loss, f, y, w []T, rows, n int) float64 {
	var total float64
	for i := range rows {
		if w[i] == 0 {
			continue
		}
		var row float64
		for j := range n {
			row += l.At(float64(f[i*n+j]), float64(y[i*n+j]))
		}
		total += float64(w[i]) * row
	}
	return total
}

// PointwiseLossGrad sets d to scale·w_i·∂ℓ(f_ij, y_ij)/∂f.
func PointwiseLossGrad[T Float](l Loss, d, f, y, w []T, scale T, rows, n int) {
	for i := range rows {
		s := float64(scale) * float64(w[i])
		for j := range n {
			d[i*n+j] = T(s * l.Slope(float64(f[i*n+j]), float64(y[i*n+j])))
		}
	}
}

// SoftmaxGrad sets each row of d to p ⊙ (g − Σ g·p), the gradient of a softmax
// with result p, for the gradient g of its result.
func SoftmaxGrad[T Float](d, p, g []T, rows, n int) {
	for i := range rows {
		di, pi, gi := d[i*n:i*n+n], p[i*n:i*n+n], g[i*n:i*n+n]
		s := Dot(gi, pi)
		for j := range di {
			di[j] = pi[j] * (gi[j] - s)
		}
	}
}

// WeightedSum returns Σ_i w_i·Σ_j l_ij.
func WeightedSum[T Float](l, w []T, rows, n int) float64 {
	var total float64
	for i := range rows {
		if w[i] == 0 {
			continue
		}
		var row float64
		for _, v := range l[i*n : i*n+n] {
			row += float64(v)
		}
		total += float64(w[i]) * row
	}
	return total
}

// Spread sets every number in row i of d to g·w_i, the gradient of WeightedSum.
func Spread[T Float](d, w []T, g T, rows, n int) {
	for i := range rows {
		v := g * w[i]
		for j := range n {
			d[i*n+j] = v
		}
	}
}
