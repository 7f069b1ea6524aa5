// Package metrics measures how well a classifier does on labelled examples.
//
// Each measure stands in a file of its own, with its formula and its
// conventions for the cases the formula leaves open:
//
//   - Confusion counts (actual, predicted) pairs; accuracy, precision, recall
//     and F1 are read off the table. Here 0/0 is 0.
//   - MultiLabel counts the labels of examples that have any number of them;
//     micro and macro F1, subset accuracy and Hamming loss are read off. 0/0 is 0.
//   - A Ranking judges scores of a two-class problem, before any threshold: ROC
//     and precision-recall curves and the areas under them. An area is NaN where
//     it is undefined.
//   - LogLoss, Brier and Calibration judge the probabilities.
//   - Bootstrap says how sure all these are, test sets being what they are.
//
// A class is its index, 0 ≤ class < C; what the classes are called is the
// caller's business. Conventions follow scikit-learn where it has one, so that
// a table here can be held against one made there.
//
// A Confusion or MultiLabel is not safe for concurrent use. The package is internal:
// a class out of range or slices of unequal length are a mistake of our own,
// and panic.
package metrics
