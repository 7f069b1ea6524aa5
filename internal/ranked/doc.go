// Package ranked hands out the examples of a training that several ranks hold.
//
// Each rank holds a part of the examples, a data.Set of its own; all together they are
// numbered rank after rank, as in one set with the parts one behind the other. Train
// brings each rank the columns of x that it works on, of all examples, in the order in
// which one process would train on them. Eval gives each rank a block of whole examples.
//
// What is collective in package cluster is collective here: all ranks must do it, in the
// same order.
package ranked
