package kernel

// activateVector does Activate, if it can.
func activateVector(a Activation, f, z []float32) bool {
	to, from, n := ptr(f), ptr(z), len(f)
	switch a {
	case ReLU:
		reluVector(to, from, n)
	case LeakyReLU:
		leakyVector(to, from, n)
	case ELU:
		eluVector(to, from, n)
	case Sigmoid:
		sigmoidVector(to, from, n)
	case Tanh:
		tanhVector(to, from, n)
	case Softplus:
		softplusVector(to, from, n)
	case Swish:
		swishVector(to, from, n)
	default:
		return false
	}
	return true
}

// activateGradVector does ActivateGrad, if it can.
func activateGradVector(a Activation, d, v, g []float32) bool {
	to, from, grad, n := ptr(d), ptr(v), ptr(g), len(d)
	switch a {
	case ReLU:
		reluGradVector(to, from, grad, n)
	case LeakyReLU:
		leakyGradVector(to, from, grad, n)
	case ELU:
		eluGradVector(to, from, grad, n)
	case Sigmoid:
		sigmoidGradVector(to, from, grad, n)
	case Tanh:
		tanhGradVector(to, from, grad, n)
	case Softplus:
		softplusGradVector(to, from, grad, n)
	case Swish:
		swishGradVector(to, from, grad, n)
	default:
		return false
	}
	return true
}
