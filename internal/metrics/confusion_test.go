package metrics

import (
	"math"
	"testing"
)

// table fills a Confusion from counts n[actual][predicted].
func table(counts [][]int) *Confusion {
	c := NewConfusion(len(counts))
	for actual, row := range counts {
		for predicted, n := range row {
			for range n {
				c.Add(actual, predicted)
			}
		}
	}
	return c
}

// All values were computed by hand, as written at each row.
var confusionTests = []struct {
	name     string
	counts   [][]int
	classes  []ClassScores
	accuracy float64
	macroF1  float64
}{
	{
		// Class 0: TP 5, FP 1+0, FN 1+0.  P = 5/6, R = 5/6, F1 = 10/12.
		// Class 1: TP 3, FP 1+2, FN 1+0.  P = 3/6, R = 3/4, F1 = 6/10.
		// Class 2: TP 4, FP 0+0, FN 0+2.  P = 4/4, R = 4/6, F1 = 8/10.
		// Macro-F1 = (5/6 + 3/5 + 4/5)/3 = 67/90. Accuracy = 12/16.
		name:   "three classes",
		counts: [][]int{{5, 1, 0}, {1, 3, 0}, {0, 2, 4}},
		classes: []ClassScores{
			{5. / 6, 5. / 6, 5. / 6, 6},
			{1. / 2, 3. / 4, 3. / 5, 4},
			{1, 2. / 3, 4. / 5, 6},
		},
		accuracy: 12. / 16,
		macroF1:  67. / 90,
	},
	{
		// The example of scikit-learn's f1_score: y_true = 0 1 2 0 1 2,
		// y_pred = 0 2 1 0 0 1. Its documentation prints 0.26..., 0.33... and
		// [0.8, 0, 0] for macro, micro and no average.
		// Class 0: TP 2, FP 1, FN 0.  P = 2/3, R = 1, F1 = 4/5.
		// Macro-F1 = (4/5 + 0 + 0)/3 = 4/15. Accuracy = 2/6.
		name:   "scikit-learn's example",
		counts: [][]int{{2, 0, 0}, {1, 0, 1}, {0, 2, 0}},
		classes: []ClassScores{
			{2. / 3, 1, 4. / 5, 2},
			{0, 0, 0, 2},
			{0, 0, 0, 2},
		},
		accuracy: 2. / 6,
		macroF1:  4. / 15,
	},
	{
		// Class 1 is never predicted: precision 0/0 = 0; class 2 never occurs
		// but is predicted: recall 0/0 = 0; class 3 does neither and is no part
		// of macro-F1.
		// Class 0: TP 2, FP 1, FN 1.  P = R = F1 = 2/3.
		// Macro-F1 = (2/3 + 0 + 0)/3 = 2/9. Accuracy = 2/4.
		name:   "empty rows and columns",
		counts: [][]int{{2, 0, 1, 0}, {1, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}},
		classes: []ClassScores{
			{2. / 3, 2. / 3, 2. / 3, 3},
			{0, 0, 0, 1},
			{0, 0, 0, 0},
			{0, 0, 0, 0},
		},
		accuracy: 1. / 2,
		macroF1:  2. / 9,
	},
	{
		name:     "perfect",
		counts:   [][]int{{3, 0}, {0, 7}},
		classes:  []ClassScores{{1, 1, 1, 3}, {1, 1, 1, 7}},
		accuracy: 1,
		macroF1:  1,
	},
	{
		name:     "no examples",
		counts:   [][]int{{0, 0}, {0, 0}},
		classes:  []ClassScores{{}, {}},
		accuracy: 0,
		macroF1:  0,
	},
	{
		name:     "one class",
		counts:   [][]int{{4}},
		classes:  []ClassScores{{1, 1, 1, 4}},
		accuracy: 1,
		macroF1:  1,
	},
}

func TestConfusion(t *testing.T) {
	const tol = 1e-15
	near := func(t *testing.T, what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tol) {
			t.Errorf("%s = %v, want %v", what, got, want)
		}
	}
	for _, test := range confusionTests {
		t.Run(test.name, func(t *testing.T) {
			c := table(test.counts)
			total := 0
			for a, row := range test.counts {
				for p, n := range row {
					total += n
					if got := c.Count(a, p); got != n {
						t.Errorf("Count(%d, %d) = %d, want %d", a, p, got, n)
					}
				}
			}
			if got := c.Total(); got != total {
				t.Errorf("Total() = %d, want %d", got, total)
			}
			if got := c.Classes(); got != len(test.counts) {
				t.Errorf("Classes() = %d, want %d", got, len(test.counts))
			}
			for i, want := range test.classes {
				got := c.Class(i)
				near(t, "Precision", got.Precision, want.Precision)
				near(t, "Recall", got.Recall, want.Recall)
				near(t, "F1", got.F1, want.F1)
				if got.Support != want.Support {
					t.Errorf("class %d: Support = %d, want %d", i, got.Support, want.Support)
				}
			}
			near(t, "Accuracy()", c.Accuracy(), test.accuracy)
			near(t, "MacroF1()", c.MacroF1(), test.macroF1)
			near(t, "MicroF1()", c.MicroF1(), test.accuracy)
		})
	}
}

// MicroF1 is stated to equal the accuracy; here its own definition is summed.
func TestMicroF1Definition(t *testing.T) {
	for _, test := range confusionTests {
		c := table(test.counts)
		tp, fp, fn := 0, 0, 0
		for i := range c.Classes() {
			for j := range c.Classes() {
				switch {
				case i == j:
					tp += c.Count(i, i)
				default:
					fn += c.Count(i, j)
					fp += c.Count(j, i)
				}
			}
		}
		if got, want := c.MicroF1(), ratio(2*tp, 2*tp+fp+fn); got != want {
			t.Errorf("%s: MicroF1() = %v, want %v", test.name, got, want)
		}
	}
}

func TestMisuse(t *testing.T) {
	tests := []struct {
		name string
		call func()
		want string
	}{
		{"no classes", func() { NewConfusion(0) }, "metrics: confusion table of 0 classes, want at least 1"},
		{"actual too large", func() { NewConfusion(2).Add(2, 0) }, "metrics: actual class 2, predicted class 0, want both in [0, 2)"},
		{"predicted negative", func() { NewConfusion(2).Add(0, -1) }, "metrics: actual class 0, predicted class -1, want both in [0, 2)"},
		{"class out of range", func() { NewConfusion(2).Class(2) }, "metrics: actual class 2, predicted class 2, want both in [0, 2)"},
		{"unequal lengths", func() { ROCAUC([]float64{1}, nil) }, "metrics: ranking of 1 scores and 0 labels"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != test.want {
					t.Errorf("panic %v, want %q", got, test.want)
				}
			}()
			test.call()
		})
	}
}
