package main

import "testing"

// numberErrorCases are the cases of docs/errors.md for rows of numbers. NUMBERS is a table
// with classes, HOUSES one with a number to learn, SPARSE a svmlight file; CSVMODEL, PRICE and SVM
// are their models.
var numberErrorCases = map[string]errorCase{
	`…: column "…": missing value: it is …; fill it in, with the mean of the column for example, or leave the row out`: {args: "-data FILE", name: "d.csv", content: "label,a,b\nx,1,2\ny,,2\n"},
	`…: column "…": not a number: it is "…"; code it as numbers, or leave the column out`:                              {args: "-data FILE", name: "d.csv", content: "label,a,b\nx,1,2\ny,red,2\n"},
	`…: column "…": not a number: … is too large`:                                                                      {args: "-data FILE", name: "d.csv", content: "label,a,b\nx,1,2\ny,1e999,2\n"},
	`…: no such column: "…", the label; the header has … (--label-column names another one)`:                           {args: "-data FILE -input numbers", name: "d.csv", content: "kind,a,b\nx,1,2\n"},
	`…: no such column: there is none beside the label "…"`:                                                            {args: "-data FILE -input numbers", name: "d.csv", content: "label\nx\n"},
	`…: no such column: …; the header has …`:                                                                           {args: "predict -model CSVMODEL FILE", name: "d.csv", content: "label,x\na,1\n"},
	`…: empty label: column "…"`:                                                                                       {args: "-data FILE -input numbers", name: "d.csv", content: "label,a,b\n,1,2\n"},
	`…: only one class: all … rows are "…"`:                                                                            {args: "-data FILE", name: "d.csv", content: "label,a,b\nx,1,2\nx,3,2\n"},
	`…: label "…", column "…": not a number`:                                                                           {args: "-data FILE -task regression", name: "d.csv", content: "label,a,b\nx,1,2\ny,3,2\n"},
	`… (the labels are numbers; --task classes takes each for a class)`:                                                {args: "-data HOUSES -label-column price -class-weights balanced"},
	`…: "…": want index:value`:                                                                                         {args: "-data FILE", name: "d.svm", content: "x 1\n"},
	`…: bad index: "…", want a whole number from 1`:                                                                    {args: "-data FILE", name: "d.svm", content: "x a:1\n"},
	`…: bad index: 0; indices count from 1, so add 1 to all of them`:                                                   {args: "-data FILE", name: "d.svm", content: "x 0:1\n"},
	`…: bad index: … after …; indices must ascend`:                                                                     {args: "-data FILE", name: "d.svm", content: "x 2:1 1:1\n"},
	`…: bad index: …, want at most 16777216`:                                                                           {args: "-data FILE", name: "d.svm", content: "x 99999999:1\n"},
	`…: index …: not a number: it is "…"; code it as numbers, or leave the column out`:                                 {args: "-data FILE", name: "d.svm", content: "x 1:a\n"},
	`…: no label`:                            {args: "-data FILE", name: "d.svm", content: "1:1\n"},
	`…: more than one label ("…")`:           {args: "-data FILE", name: "d.svm", content: "1,2 1:1\n"},
	`…: no such column: no row has a number`: {args: "-data FILE", name: "d.svm", content: "x\ny\n"},
	`--label-column must be empty for svmlight, which has the label at the start of a line`: {args: "-data SPARSE -label-column a"},
	`--… is for texts, and … has numbers`:                                                   {args: "-data SPARSE -ngrams 2"},
	`--cross-validate is for texts so far, and … has numbers`:                               {args: "-data NUMBERS -cross-validate 3"},
	`fit tune is for texts so far, and … has numbers`:                                       {args: "tune -data NUMBERS"},
	`--… is for texts, and the model reads numbers`:                                         {args: "predict -model CSVMODEL NUMBERS -top 2"},
	`--mistakes and --predictions are for texts, and the model reads numbers`:               {args: "eval -model CSVMODEL -data NUMBERS -mistakes 3"},
	`--positive, --curves and --calibration are for classes, and the model is a regression`: {args: "eval -model PRICE -data HOUSES -calibration"},
	`… is …, and the model reads csv`:                                                       {args: "eval -model CSVMODEL -data SPARSE"},
	`… is …, and the model reads svmlight`:                                                  {args: "predict -model SVM NUMBERS"},
	`…: this model reads numbers, not text`:                                                 {args: "explain -model CSVMODEL a"},
	`…: unknown label "…"; the model was not trained on it`:                                 {args: "eval -model CSVMODEL -data FILE", name: "d.csv", content: "label,x,y\nd,1,2\n"},
	`…: not a number: column "…": … is too far from those that the encoder was made for`:    {args: "eval -model CSVMODEL -data FILE", name: "d.csv", content: "label,x,y\na,1e300,2\n"},
	`… has numbers too large or too small to standardise`:                                   {args: "-data FILE", name: "d.csv", content: "label,a,b\nx,1e308,1\ny,-1e308,2\nx,1e308,3\ny,-1e308,4\n"},
}

// numberErrorFiles makes the files and models of the cases for numbers.
func numberErrorFiles(t *testing.T) []string {
	numbers, houses, sparse := clusters(t, 60), houses(t, 60), sparse(t, 60)
	quick := func(data string, args ...string) string {
		return trained(t, data, append(args, "-epochs", "1")...)
	}
	return []string{
		"NUMBERS", numbers, "HOUSES", houses, "SPARSE", sparse,
		"CSVMODEL", quick(numbers), "PRICE", quick(houses, "-label-column", "price"), "SVM", quick(sparse),
	}
}
