package losses

import (
	"fmt"
	"strings"

	"gorgonia.org/gorgonia"
)

// Loss is a loss function and what a network must know to use it.
type Loss interface {
	// Name is the word that New knows the loss by.
	Name() string

	// Outputs lists the nonlinear functions of the last layer that the loss goes
	// with, the usual one first. Nil: any.
	Outputs() []string

	// TakesLogits says that f in Fused and Stock is the last layer's argument
	// a·z + b, and not its result.
	TakesLogits() bool

	// Coding says how a class becomes the numbers y.
	Coding() Coding

	// Fused declares Σ_i w_i·ℓ(f_i, y_i) with the ops of package graph. f and y have
	// shape (batch, outputs), w has shape (batch).
	Fused(f, y, w *gorgonia.Node) (*gorgonia.Node, error)

	// Stock declares the same with Gorgonia's ops. Here w has the shape of f, each
	// example's weight repeated: stock ops broadcast in surprising ways.
	Stock(f, y, w *gorgonia.Node) (*gorgonia.Node, error)
}

// Coding is the way in which class c of C becomes numbers.
type Coding int

const (
	// ZeroOne: two classes are one number, 0 or 1; more are C numbers, 1 at place c
	// and 0 elsewhere.
	ZeroOne Coding = iota
	// PlusMinus is the same with −1 in place of 0.
	PlusMinus
	// OneHot: C numbers, 1 at place c, 0 elsewhere, for two classes as well.
	OneHot
)

var known = []Loss{Squared{}, Logistic{}, BinaryCrossEntropy{}, CrossEntropy{}, Hinge{}, Huber{}}

// Names lists the words that New knows.
func Names() []string {
	names := make([]string, len(known))
	for i, l := range known {
		names[i] = l.Name()
	}
	return names
}

// New returns the loss of a name.
func New(name string) (Loss, error) {
	for _, l := range known {
		if l.Name() == name {
			return l, nil
		}
	}
	return nil, fmt.Errorf("losses: unknown loss %q, want one of %s", name, strings.Join(Names(), ", "))
}

// weighted is Σ_ij w_ij·l_ij in stock ops.
func weighted(l, w *gorgonia.Node) (*gorgonia.Node, error) {
	p, err := gorgonia.HadamardProd(l, w)
	if err != nil {
		return nil, err
	}
	return gorgonia.Sum(p)
}

// number is a constant of the type of the node like.
func number(like *gorgonia.Node, x float64) *gorgonia.Node {
	if like.Dtype() == gorgonia.Float32 {
		return gorgonia.NewConstant(float32(x))
	}
	return gorgonia.NewConstant(x)
}
