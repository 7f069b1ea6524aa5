// Package vectors turns rows of numbers into batches: where x is not a text but
// measurements, or features that another program has made.
//
// Two kinds of files are read, plain or packed with gzip or zstd. In CSV the first
// record names the columns; one is the label, all others are numbers:
//
//	rooms,area,price
//	3,72.5,312000
//
// svmlight (libsvm, liblinear) keeps only what is not zero, with columns counted from
// 1, ascending:
//
//	+1 3:0.5 17:1.25 # a comment
//
// The way to batches has three steps:
//
//	File     reads rows, each a label and numbers
//	Table    holds rows in memory, and splits them
//	Encoder  standardises: it makes batches of a table, and of rows that come later
//
// A program that keeps a tenth apart and learns the label as a number:
//
//	f, err := vectors.Open("houses.csv", vectors.ReaderOptions{LabelColumn: "price"})
//	// (errors are left out from here on)
//	table, err := vectors.ReadTable(ctx, f, nil)
//	rest, part, err := table.Split(0.1, nil, rng)
//	enc, err := vectors.NewEncoder(table, rest, vectors.Options{Regression: true})
//	train, err := enc.Set(table, rest)
//	valid, err := enc.Set(table, part)
//
// Network and numbers go best together when no column is a thousand times as large as
// another, so each is standardised: x' = (x − mean)/deviation, both of the training rows. The
// label of a regression is too, and Encoder.Restore undoes it. Sparse rows are only
// divided, by the largest amount in the column.
//
// A missing value is an error at its line, as a guess of this package's would be silent.
package vectors
