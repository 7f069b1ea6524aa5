// Package tune searches for good settings: random search over named ranges (Axis), with
// successive halving (Halving), which trains many trials a little and the better ones
// longer.
//
// It knows nothing of what a trial is: who searches gives a function that trains one and
// reports its loss after each epoch.
//
// J. Bergstra, Y. Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012.
// K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
// Optimization", AISTATS 2016 (arXiv:1502.07943).
package tune
