package metrics

// ClassScores says how well one class is found. With the class as "positive"
// and all others as "negative", TP, FP and FN are the true positives, the
// false positives and the false negatives:
//
//	Precision = TP / (TP + FP)           of those predicted i, how many are i
//	Recall    = TP / (TP + FN)           of those that are i, how many were found
//	F1        = 2·TP / (2·TP + FP + FN)  the harmonic mean of the two
//	Support   = TP + FN                  how many are i
//
// Each of the three ratios is 0 where its denominator is 0: precision of a
// class never predicted, recall of a class that never occurs, F1 of a class of
// which both hold.
type ClassScores struct {
	Precision float64
	Recall    float64
	F1        float64
	Support   int
}

// Class returns the scores of class i. It panics if i is out of range.
func (c *Confusion) Class(i int) ClassScores {
	tp := c.Count(i, i)
	actual, predicted := c.margins(i)
	return ClassScores{
		Precision: ratio(tp, predicted),
		Recall:    ratio(tp, actual),
		F1:        ratio(2*tp, actual+predicted),
		Support:   actual,
	}
}

// MacroF1 returns the unweighted mean of the F1 of the classes, so that a rare
// class counts as much as a frequent one.
//
// The mean runs over the classes that occur, as actual or as predicted class;
// one that does neither says nothing of the classifier and is left out. This
// is what scikit-learn's f1_score(average="macro") does when it is given no
// list of labels. Without any example the result is 0.
//
// It is the mean of the F1, not the F1 of the mean precision and recall; the
// two differ (Opitz and Burst, "Macro F1 and Macro F1", 2019,
// arXiv:1911.03347).
func (c *Confusion) MacroF1() float64 {
	right, actual, predicted := make([]int, c.classes), make([]int, c.classes), make([]int, c.classes)
	for i := range c.classes {
		right[i] = c.Count(i, i)
		actual[i], predicted[i] = c.margins(i)
	}
	return macroF1(right, actual, predicted)
}

// macroF1 is MacroF1 from what it takes of the table: by class, how many were found, how
// many there are, and how often it was predicted.
func macroF1(right, actual, predicted []int) float64 {
	sum, occurring := 0.0, 0
	for i, tp := range right {
		if n := actual[i] + predicted[i]; n > 0 {
			sum += ratio(2*tp, n)
			occurring++
		}
	}
	if occurring == 0 {
		return 0
	}
	return sum / float64(occurring)
}

// MicroF1 returns the F1 of the TP, FP and FN summed over all classes. As each
// example has one class and gets one prediction, a wrong prediction is one FP
// and one FN, hence ΣFP = ΣFN = N − ΣTP and
//
//	micro-F1 = 2·ΣTP / (2·ΣTP + ΣFP + ΣFN) = ΣTP / N = accuracy
func (c *Confusion) MicroF1() float64 { return c.Accuracy() }

// margins returns how often class i occurs (the sum of its row) and how often
// it is predicted (the sum of its column).
func (c *Confusion) margins(i int) (actual, predicted int) {
	for j := range c.classes {
		actual += c.Count(i, j)
		predicted += c.Count(j, i)
	}
	return actual, predicted
}
