package graph

import "gorgonia.org/gorgonia"

// SparseAffine declares the first layer of a bag-of-words network, act(x·W + b),
// where the value bound to x is a *CSR. It costs as much as there are words in the
// batch, whatever the size of the dictionary.
//
//	x (batch, words)   W (words, out)   b (out)   →   (batch, out)
//
// Its gradient with respect to W is a *RowGrad: read it with Machine.Value, or from
// the gradient node. (Bound as a dual value it would be added to a dense matrix,
// which Gorgonia cannot do.)
func SparseAffine(x, w, b *gorgonia.Node, act Activation) (*gorgonia.Node, error) {
	return affine(x, w, b, act, true)
}
