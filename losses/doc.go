// Package losses holds the losses of a feedforward network, one a file. A loss is
// the fixed function that says how wrong an answer is; training makes its mean over
// the examples small. The guide's first one is (y − f(x))², its better one for two
// classes (1/ln 2)·ln(1 + e^(−y·f(x))).
//
// A loss is written for one example; the mean over a batch is taken in one place, by
// the weights w (1/n each):
//
//	loss = Σ_i w_i · ℓ(f_i, y_i)
//
// Each loss declares this expression twice, as Gorgonia nodes. Fused is one op of
// package graph with its own derivative, for the native engine. Stock is made of
// Gorgonia's own ops alone, for the TapeMachine: an independent statement of the same
// formula, which holds the fused one to account.
//
// CrossEntropy and BinaryCrossEntropy take logits, that is the numbers in front of
// softmax and sigmoid, and are finite for any finite logit. Do not apply the
// nonlinearity twice.
//
// A loss of your own is a Custom, made of Gorgonia nodes.
package losses
