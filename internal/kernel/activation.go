package kernel

import "math"

// Activation is the fixed nonlinear function of a layer.
type Activation uint8

const (
	Linear Activation = iota
	ReLU
	LeakyReLU
	ELU
	Sigmoid
	Tanh
	Softplus
	GELU
	Swish
)

// LeakySlope is the slope of LeakyReLU below 0.
const LeakySlope = 0.01

// FromOutput says whether the derivative of a can be told from its result alone,
// so that its argument need not be kept.
func (a Activation) FromOutput() bool { return a != GELU && a != Swish }

// Activate sets f[i] to a(z[i]). The two may be the same slice.
//
// The exponentials are computed in float64 for either type: the results are
// right to the last bit or nearly, for any argument.
func Activate[T Float](a Activation, f, z []T) {
	z = z[:len(f)]
	if vectorized[T]() && activateVector(a, single(f), single(z)) {
		return
	}
	switch a {
	case Linear:
		copy(f, z)
	case ReLU:
		for i, v := range z {
			f[i] = max(v, 0)
		}
	case LeakyReLU:
		for i, v := range z {
			if v < 0 {
				v *= LeakySlope
			}
			f[i] = v
		}
	case ELU:
		for i, v := range z {
			if v < 0 {
				v = T(math.Expm1(float64(v)))
			}
			f[i] = v
		}
	case Sigmoid:
		for i, v := range z {
			f[i] = T(Logistic(float64(v)))
		}
	case Tanh:
		for i, v := range z {
			f[i] = T(math.Tanh(float64(v)))
		}
	case Softplus:
		for i, v := range z {
			f[i] = T(LogOnePlusExp(float64(v)))
		}
	case GELU:
		for i, v := range z {
			x := float64(v)
			f[i] = T(x * normalCDF(x))
		}
	case Swish:
		for i, v := range z {
			x := float64(v)
			f[i] = T(x * Logistic(x))
		}
	}
}

// ActivateGrad sets d[i] to g[i]·a′, the derivative told from v: a's result where
// a.FromOutput(), its argument elsewhere. At the kink of ReLU, LeakyReLU and ELU
// the derivative is the one from the left (0 for ReLU), as in PyTorch.
func ActivateGrad[T Float](a Activation, d, v, g []T) {
	v, g = v[:len(d)], g[:len(d)]
	if vectorized[T]() && activateGradVector(a, single(d), single(v), single(g)) {
		return
	}
	switch a {
	case Linear:
		copy(d, g)
	case ReLU:
		for i, f := range v {
			if f > 0 {
				d[i] = g[i]
			} else {
				d[i] = 0
			}
		}
	case LeakyReLU:
		for i, f := range v {
			if f > 0 {
				d[i] = g[i]
			} else {
				d[i] = g[i] * LeakySlope
			}
		}
	case ELU:
		for i, f := range v {
			if f > 0 {
				d[i] = g[i]
			} else {
				d[i] = g[i] * (f + 1) // eᶻ = f + 1
			}
		}
	case Sigmoid:
		for i, f := range v {
			d[i] = g[i] * f * (1 - f)
		}
	case Tanh:
		for i, f := range v {
			d[i] = g[i] * (1 - f*f)
		}
	case Softplus:
		for i, f := range v {
			d[i] = g[i] * T(-math.Expm1(-float64(f))) // σ(z) = 1 − e⁻ᶠ
		}
	case GELU:
		for i, z := range v {
			x := float64(z)
			d[i] = g[i] * T(normalCDF(x)+x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi))
		}
	case Swish:
		for i, z := range v {
			x := float64(z)
			s := Logistic(x)
			d[i] = g[i] * T(s+x*s*(1-s))
		}
	}
}

// Logistic is 1/(1+e⁻ˣ), without overflow for any x.
func Logistic(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// LogOnePlusExp is ln(1+eˣ), exact to rounding where eˣ overflows and where it is
// small against 1.
func LogOnePlusExp(x float64) float64 {
	return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}

// normalCDF is the standard normal distribution function. Erfc keeps the digits
// of the left tail that 1+Erf would lose.
func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
