package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// houses writes a table whose price is a function of the other columns, which differ in
// size by five powers of ten and one of which is constant, with some noise.
func houses(t *testing.T, n int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	b.WriteString("rooms,area,planet,year,price\n")
	for range n {
		rooms, area, year := rng.IntN(6)+1, 20+rng.Float64()*130, 1900+rng.IntN(120)
		price := 1500*area + float64(20000*rooms) + 300*float64(year-1900) + rng.NormFloat64()*2000
		fmt.Fprintf(&b, "%d,%.2f,3,%d,%.2f\n", rooms, area*1000, year, price)
	}
	return file(t, "houses.csv", b.String())
}

// clusters writes a table with three classes.
func clusters(t *testing.T, n int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 6))
	var b strings.Builder
	b.WriteString("x,y,label\n")
	for i := range n {
		k := i % 3
		fmt.Fprintf(&b, "%.3f,%.3f,%s\n", float64(1000*k)+rng.NormFloat64()*150, rng.NormFloat64()+float64(3*(k%2)), []string{"a", "b", "c"}[k])
	}
	return file(t, "clusters.csv", b.String())
}

// sparse writes a svmlight file: of some 180 columns each row has a few, and the first one tells
// the class.
func sparse(t *testing.T, n int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 8))
	var b strings.Builder
	for i := range n {
		k := i % 2
		at := k*10 + rng.IntN(3) + 1
		fmt.Fprintf(&b, "%+d %d:%.2f", 2*k-1, at, 1+rng.Float64())
		for at = 20; at < 120; {
			at += 1 + rng.IntN(60)
			fmt.Fprintf(&b, " %d:%.2f", at, rng.Float64())
		}
		fmt.Fprintf(&b, " # row %d\n", i)
	}
	return file(t, "sparse.svm", b.String())
}

// A regression trains, is saved, tested and answers in the units of the label.
func TestRegression(t *testing.T) {
	data, model := houses(t, 400), file(t, "m", "")
	for _, row := range []struct {
		name string
		args []string
	}{
		{"defaults", nil}, {"huber", []string{"-loss", "huber"}}, {"linear", []string{"-layers", "none", "-learning-rate", "0.02"}},
		{"float64", []string{"-dtype", "float64"}}, {"asked for", []string{"-task", "regression", "-input", "numbers"}},
		{"gorgonia", []string{"-engine", "gorgonia", "-layers", "16"}},
	} {
		args := append([]string{"-data", data, "-label-column", "price", "-epochs", "60", "-learning-rate", "0.01", "-batch", "32", "-patience", "0", "-model", model}, row.args...)
		o := mustFit(t, append(args, "-json")...)
		j := decodeJSON[regressionTrainJSON](t, o.out)
		if j.Test.R2 < 0.99 || j.Test.Rows != 80 || j.Test.RMSE < 1000 || j.Test.RMSE > 9000 || j.Test.MAE > j.Test.RMSE || j.Inputs != 4 || j.Train.Rows != 288 || j.Valid.Rows != 32 {
			t.Errorf("%s: %+v, test %+v", row.name, j.trainJSON, j.Test)
		}
		for _, want := range []string{"data      " + data + " (numbers in csv, by its extension; -input and -format override)\n          400 rows of 4 numbers\n",
			"inputs    4 numbers, standardised by mean and deviation of the training part\nanswers   price, standardised likewise (mean ", "\ntest part: 80 rows, R² 0.99", "root mean square (RMSE)"} {
			if !strings.Contains(o.errors, want) {
				t.Errorf("%s: want %q in\n%s", row.name, want, o.errors)
			}
		}
		e := decodeJSON[regressionJSON](t, mustFit(t, "eval", "-model", model, "-data", data, "-json").out)
		if e.Rows != 400 || e.R2 < 0.99 || e.RMSE > 9000 {
			t.Errorf("%s: eval %+v", row.name, e)
		}
		// 100 m², 3 rooms, of 1950: 1500·100 + 60000 + 15000, with the columns in another
		// order and one that the model does not know.
		o = fitWith(t.Context(), strings.NewReader("year,note,area,rooms,planet\n1950,sunny,100000,3,3\n"), "predict", "-model", model)
		y, err := strconv.ParseFloat(strings.TrimSpace(o.out), 64)
		if o.code != exitOK || err != nil || math.Abs(y-225000) > 12000 {
			t.Errorf("%s: predict writes %q%s, want about 225000", row.name, o.out, o.errors)
		}
	}
	log := file(t, "log", "")
	mustFit(t, "-data", data, "-label-column", "price", "-epochs", "2", "-log", log)
	if text := read(t, log); strings.Count(text, `"valid_r2":`) != 2 || strings.Contains(text, "accuracy") {
		t.Errorf("log\n%s", text)
	}
}

// Numbers with classes, dense and sparse: the same engines and measures as for texts.
func TestNumbersWithClasses(t *testing.T) {
	for _, row := range []struct {
		name, data string
		says       []string
		line       string // to predict
		want       string
	}{
		{"csv", clusters(t, 300), []string{"(numbers in csv, by its extension; ", "300 rows of 2 numbers: a 100, b 100, c 100\n", "2 numbers, standardised by mean"}, "y,x\n0,2000\n", "c"},
		{"svmlight", sparse(t, 300), []string{"(numbers in svmlight, by its extension; ", " numbers: +1 150, -1 150\n", " numbers, sparse, each divided by its largest amount"}, "12:1.5 9999:1\n", "+1"},
	} {
		for _, engine := range []string{"native", "gorgonia"} {
			model := file(t, "m", "")
			o := mustFit(t, "-data", row.data, "-layers", "8", "-learning-rate", "0.02", "-epochs", "30", "-valid-fraction", "0", "-engine", engine, "-model", model)
			for _, want := range append(row.says, "confusion matrix", "epoch 30/30   loss ") {
				if !strings.Contains(o.out, want) {
					t.Errorf("%s: want %q in\n%s", row.name, want, o.out)
				}
			}
			j := trainedJSON(t, "-data", row.data, "-layers", "8", "-learning-rate", "0.02", "-epochs", "30", "-valid-fraction", "0", "-engine", engine, "-class-weights", "balanced", "-q")
			if j.Test.Accuracy < 0.95 || j.Inputs < 2 || j.Vocabulary != 0 {
				t.Errorf("%s on %s: %+v, test %+v", row.name, engine, j, j.Test)
			}
			if o := mustFit(t, "eval", "-model", model, "-data", row.data, "-bootstrap", "0", "-calibration"); !strings.Contains(o.out, "\ntest: 300 documents, accuracy 0.9") && !strings.Contains(o.out, "\ntest: 300 documents, accuracy 1") {
				t.Errorf("%s: eval writes\n%s", row.name, o.out)
			}
			o = fitWith(t.Context(), strings.NewReader(row.line), "predict", "-model", model)
			if o.code != exitOK || !strings.HasPrefix(o.out, row.want+"\t") {
				t.Errorf("%s: predict writes %q%s, want %s", row.name, o.out, o.errors, row.want)
			}
			if lines := strings.Count(mustFit(t, "predict", "-model", model, row.data).out, "\n"); lines != 300 {
				t.Errorf("%s: %d answers to 300 rows", row.name, lines)
			}
		}
	}
}

// Same seed, same bytes, for any number of workers; another file to test on.
func TestNumbersSameBytes(t *testing.T) {
	data := clusters(t, 200)
	if o := mustFit(t, "-data", data, "-test", clusters(t, 30), "-epochs", "20", "-cache", "disk"); !strings.Contains(o.out, "split     179 training, 21 validation, 30 test\n") || !strings.Contains(o.out, "test part: 30 documents, accuracy ") {
		t.Errorf("examples on disk and a file to test on:\n%s", o.out)
	}
	a, b := file(t, "m", ""), file(t, "m", "")
	mustFit(t, "-data", data, "-epochs", "3", "-workers", "1", "-model", a)
	mustFit(t, "-data", data, "-epochs", "3", "-workers", "3", "-model", b)
	if read(t, a) != read(t, b) {
		t.Error("another number of workers gives another model")
	}
}

// A training on numbers goes on from a checkpoint to the bytes of one that nobody stopped.
func TestResumeNumbers(t *testing.T) {
	for _, args := range [][]string{{"-data", houses(t, 200), "-label-column", "price"}, {"-data", sparse(t, 200)}} {
		args = append(args, "-layers", "8", "-patience", "0")
		whole, half, run := file(t, "m", ""), file(t, "m", ""), file(t, "run.ckpt", "")
		mustFit(t, append(args, "-epochs", "6", "-model", whole)...)
		mustFit(t, append(args, "-epochs", "3", "-checkpoint", run)...)
		o := mustFit(t, "-resume", run, "-epochs", "6", "-model", half)
		if read(t, whole) != read(t, half) || !strings.Contains(o.out, "from "+run) {
			t.Errorf("%s: resumed, it saves another model\n%s", args[1], o.out)
		}
		other := file(t, "other.csv", read(t, houses(t, 200))+"1,20000,3,1900,50000.5\n")
		if o := fit(t, "-resume", run, "-data", other, "-label-column", "price", "-epochs", "6"); o.code != exitFailed || !strings.Contains(o.errors, "the checkpoint was made with") {
			t.Errorf("%s: other data: exit code %d, %s", args[1], o.code, o.errors)
		}
	}
}

// What is learned, by the labels and the flags.
func TestTask(t *testing.T) {
	table := func(labels ...string) string {
		var b strings.Builder
		b.WriteString("label,a,b\n")
		for i := range 60 {
			fmt.Fprintf(&b, "%s,%d,%d\n", labels[i%len(labels)], i, i%7)
		}
		return file(t, "t.csv", b.String())
	}
	var many []string
	for i := range 30 {
		many = append(many, strconv.Itoa(i))
	}
	for _, row := range []struct {
		labels     []string
		args       string
		regression bool
		says       string
	}{
		{[]string{"x", "y"}, "", false, "60 rows of 2 numbers: x 30, y 30\nsplit"},
		{[]string{"0", "1"}, "", false, "60 rows of 2 numbers: 0 30, 1 30\nsplit"},
		{[]string{"0", "1"}, "-task regression", true, "task      regression, as asked for\n"},
		{[]string{"0", "1"}, "-loss squared", true, "task      regression, as the labels are numbers and the loss is squared; --task classes overrides\n"},
		{[]string{"0", "1"}, "-loss squared -task classes", false, "task      classes, as asked for\n"},
		{[]string{"0", "1"}, "-loss squared -output sigmoid", false, "0 30, 1 30\nsplit"},
		{[]string{"0.5", "1"}, "", true, "task      regression, as the labels are numbers and not all whole; --task classes overrides\n"},
		{[]string{"0.5", "1"}, "-task classes", false, "task      classes, as asked for\n"},
		{many, "", false, "task      classes, as the labels are whole numbers; --task regression learns the number\n"},
	} {
		o := mustFit(t, append(strings.Fields(row.args), "-data", table(row.labels...), "-epochs", "1", "-layers", "4")...)
		if !strings.Contains(o.out, row.says) || strings.Contains(o.out, "R²") != row.regression {
			t.Errorf("labels %q, %s: want %q in\n%s", row.labels, row.args, row.says, o.out)
		}
	}
	// Without a word about it texts stay texts, and a pipe is not looked into.
	csv := "label,a,b\nx,1,2\ny,2,3\nx,1,3\ny,2,4\n"
	o := fitWith(t.Context(), strings.NewReader(csv), "-data", "-", "-input", "numbers", "-epochs", "1", "-layers", "none")
	if o.code != exitOK || !strings.Contains(o.out, "data      stdin (numbers in csv, by its first line; ") {
		t.Errorf("numbers on standard input: exit code %d\n%s%s", o.code, o.out, o.errors)
	}
	texts := file(t, "t.csv", "label,text\nx,1\ny,2\nx,1\ny,2\n")
	if o := mustFit(t, "-data", texts, "-epochs", "1", "-layers", "none"); !strings.Contains(o.out, "words     2 in the dictionary") {
		t.Errorf("texts that are numbers:\n%s", o.out)
	}
	if o := mustFit(t, "-data", file(t, "t.csv", csv), "-input", "text", "-text-column", "a", "-epochs", "1", "-layers", "none"); !strings.Contains(o.out, "words     2 in the dictionary") {
		t.Errorf("--input text:\n%s", o.out)
	}
}

func TestBadNumbers(t *testing.T) {
	model := file(t, "m", "")
	good := clusters(t, 60)
	mustFit(t, "-data", good, "-epochs", "1", "-layers", "none", "-model", model)
	price := file(t, "m", "")
	mustFit(t, "-data", houses(t, 60), "-label-column", "price", "-epochs", "1", "-layers", "none", "-model", price)
	const missing = `missing value: it is ""; fill it in, with the mean of the column for example, or leave the row out`
	for _, row := range []struct{ content, args, want string }{
		{"label,a,b\nx,1,2\ny,,2\n", "-data FILE", `FILE:3: column "a": ` + missing},
		{"label,a,b\nx,1,2\ny,NaN,2\n", "-data FILE", `FILE:3: column "a": ` + strings.Replace(missing, `""`, `"NaN"`, 1)},
		{"label,a,b\nx,1,2\ny,red,2\n", "-data FILE", `FILE:3: column "a": not a number: it is "red"; code it as numbers, or leave the column out`},
		{"kind,a,b\nx,1,2\n", "-data FILE -input numbers", `FILE:1: no such column: "label", the label; the header has "kind", "a", "b" (--label-column names another one)`},
		{"label,a,b\nx,1,2\nx,3,2\n", "-data FILE", `FILE: only one class: all 2 rows are "x"`},
		{"label,a,b\nx,1,2\ny,3,2\n", "-data FILE -task regression", `FILE:2: label "x", column "label": not a number`},
		{"label,a,b\n", "-data FILE -input numbers", "FILE: no documents"},
		{"label,x,y\nd,1,2\n", "eval -model MODEL -data FILE", `FILE:2: unknown label "d"; the model was not trained on it`},
		{"label,x\na,1\n", "eval -model MODEL -data FILE", `FILE:1: no such column: "y"; the header has "label", "x"`},
		{"label,x\na,1\n", "predict -model MODEL FILE", `FILE:1: no such column: "y"; the header has "label", "x"`},
		{"x,y\n1,2\n1,?\n", "predict -model MODEL FILE", `FILE:3: column "y": ` + strings.Replace(missing, `""`, `"?"`, 1)},
		{"price,rooms,area,planet,year\nmuch,1,2,3,4\n", "eval -model PRICE -data FILE", `FILE:2: label "much", column "price": not a number`},
	} {
		path := file(t, "d.csv", row.content)
		names := strings.NewReplacer("FILE", path, "MODEL", model, "PRICE", price)
		o := fit(t, strings.Fields(names.Replace(row.args))...)
		if want := "fit: " + names.Replace(row.want) + "\n"; o.code != exitFailed || o.errors != want {
			t.Errorf("%s: exit code %d, want 1, and\n%s, want\n%s", row.args, o.code, o.errors, want)
		}
	}
	svm, sparse := file(t, "m", ""), sparse(t, 60)
	mustFit(t, "-data", sparse, "-epochs", "1", "-layers", "none", "-model", svm)
	for _, row := range []struct{ args, want string }{
		{"-input numbers", "--input numbers needs --data; the embedded sample is texts"},
		{"-input xml", `--input: unknown "xml", want one of auto, text, numbers`},
		{"-task regression", "--task regression is for --input numbers; the label of a text is a class"},
		{"-data DATA -input text -format svmlight", "--format svmlight is for --input numbers"},
		{"-data DATA -input numbers -format tsv", "--format tsv is for texts; --input numbers takes auto, csv, svmlight"},
		{"-data DATA -input numbers -ngrams 2", "--ngrams is for texts, not for --input numbers"},
		{"-data DATA -task regression -loss hinge", "--loss hinge is for classes; a regression takes squared or huber"},
		{"-data DATA -task regression -output softmax", "--output softmax is for classes; a regression takes linear"},
		{"-data DATA -task regression -class-weights balanced", "--class-weights is for classes, not for a regression"},
		{"-data DATA -task regression -label-smoothing 0.1", "--label-smoothing is for classes, not for a regression"},
		{"-data SPARSE -ngrams 2", "--ngrams is for texts, and SPARSE has numbers"},
		{"-data SPARSE -task multilabel", "--task multilabel is for texts, and SPARSE has numbers"},
		{"-data DATA -cross-validate 3", "--cross-validate is for texts so far, and DATA has numbers"},
		{"eval -model MODEL -data DATA -text-column x", "--text-column is for texts, and the model reads numbers"},
		{"eval -model MODEL -data DATA -format tsv", `--format: unknown "tsv", want one of auto, csv, svmlight`},
		{"eval -model MODEL -data SPARSE", "SPARSE is svmlight, and the model reads csv"},
		{"predict -model MODEL SPARSE", "SPARSE is svmlight, and the model reads csv"},
		{"predict -model SVM DATA", "DATA is csv, and the model reads svmlight"},
		{"eval -model MODEL -data DATA -threshold 0.4", "--label-separator and --threshold are for a model that gives a text any number of labels; MODEL gives it one"},
		{"eval -model MODEL -data DATA -mistakes 3", "--mistakes and --predictions are for texts, and the model reads numbers"},
		{"eval -model PRICE -data HOUSES -calibration", "--positive, --curves and --calibration are for classes, and the model is a regression"},
	} {
		names := strings.NewReplacer("DATA", good, "MODEL", model, "PRICE", price, "HOUSES", houses(t, 20), "SVM", svm, "SPARSE", sparse)
		o := fit(t, strings.Fields(names.Replace(row.args))...)
		if want := "fit: " + names.Replace(row.want) + "\n"; o.code != exitUsage || !strings.HasPrefix(o.errors, want) {
			t.Errorf("%s: exit code %d, want 2, and\n%s, want\n%s", row.args, o.code, o.errors, want)
		}
	}
	if _, err := os.Stat(model); err != nil {
		t.Error(err)
	}
}
