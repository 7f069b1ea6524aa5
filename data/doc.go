// Package data holds the one type that readers and models share: a Batch of
// examples.
//
// An example is what the guide calls a pair (x, y): x is what the network
// reads, y is what it should answer. In a Batch the examples are rows, always:
// row i of x belongs to row i of y.
//
// x comes in one of two forms. Text encoded as a bag of words is almost all
// zeroes, so only the columns that are not zero are stored (compressed sparse
// rows, CSR):
//
//	row 0: words 2 and 5        Offsets = [0 2 3]
//	row 1: word 2               Indices = [2 5 2]
//
// Plain numbers are stored as they are, row after row, in Dense.
//
// y is a class (Classes), a set of labels (LabelOffsets and LabelIndices, stored like
// the rows of x), or one or more numbers (Targets).
//
// A Source hands out batches pass by pass; Set is the Source that keeps its
// examples in memory, and Cache one that keeps them there up to a bound and in a
// temporary file beyond. Anything with a Pass method of the same form can take its
// place: a reader of a larger file, a generator, a queue.
package data
