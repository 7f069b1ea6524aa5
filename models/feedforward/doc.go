// Package feedforward declares, trains and uses feedforward networks on Gorgonia.
//
// A feedforward network is a nested function, here of four layers,
//
//	y = f(x) = f4(f3(f2(f1(x))))        f_i(z) = nonlinear_i(a_i·z + b_i)
//
// The nonlinear functions are chosen and fixed; the coefficients a_i and b_i are
// learned: they start random, and gradient descent changes them step by step so that
// the mean loss over the training examples becomes small.
//
//	net, err := feedforward.New(feedforward.Config{Inputs: 2000, Seed: 1, Loss: losses.CrossEntropy{}},
//		feedforward.Dense(64, "relu"), feedforward.Dense(64, "relu"), feedforward.Dense(2, "softmax"))
//	history, err := net.Fit(ctx, train, feedforward.Fit{Epochs: 5, Batch: 64, Solver: &solvers.Adam{}, Valid: valid})
//	p, err := net.Predict(batch)
//	result, err := net.Evaluate(test)
//
// # Batches
//
// In the program an example is a row: x is (batch, inputs), a_i is (inputs, outputs)
// and a layer computes x·a_i + b_i, the transpose of what the guide writes. Examples
// come as data.Batch from a data.Source; package data/bow makes them from text.
// Predict and Evaluate take any number of rows, whatever the training batch was.
//
// # Two engines
//
// The network is declared once, as a symbolic expression graph (Network.Graph), and
// lowered for one of two engines. Native, the default, uses the sparse and fused ops
// of package graph on a graph.Machine. Gorgonia uses stock ops on a dense input and
// the TapeMachine; it is some 150 times slower on text and there to be compared
// with: from the same weights both end in the same weights.
//
// # Using a model
//
// A Classifier is a network with all that belongs to it, the encoder of the texts and
// the names of the labels. It is what a model file holds:
//
//	c, err := feedforward.Load("spam.model")
//	labels, err := c.Classify("You have won a prize!", "See you at six.")
//
// Read takes a model that is in memory, embedded in the program for example. Explain says
// which words decided. A Predictor, made of a Classifier, is for many goroutines.
//
// # Mistakes
//
// What does not fit (sizes, names, a softmax with a squared loss) is an error of New.
// What is wrong with a batch is an error of Fit, Evaluate or Predict. A loss that
// leaves the numbers stops Fit with a *DivergedError, which says where and what to do.
//
// A Network is for one goroutine at a time, and so is a Classifier.
package feedforward
