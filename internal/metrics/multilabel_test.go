package metrics

import (
	"math"
	"testing"
)

// All values were computed by hand, as written at each row.
func TestMultiLabel(t *testing.T) {
	type example struct {
		actual    []int32
		predicted []bool
	}
	const T, F = true, false
	for _, test := range []struct {
		name     string
		labels   int
		examples []example
		each     []ClassScores
		micro    ClassScores
		macroF1  float64
		subset   float64
		hamming  float64
	}{
		{
			// Label 0: TP 2, FP 1, FN 0.  P = 2/3, R = 1, F1 = 4/5.
			// Label 1: TP 1, FP 0, FN 2.  P = 1, R = 1/3, F1 = 2/4.
			// Label 2: TP 1, FP 1, FN 0.  P = 1/2, R = 1, F1 = 2/3.
			// Sum: TP 4, FP 2, FN 2.  P = R = F1 = 4/6. Examples 2 and 4 are exact.
			// Wrong answers: 4 of 5·3.
			name: "three labels", labels: 3,
			examples: []example{
				{[]int32{0, 1}, []bool{T, F, T}},
				{[]int32{0, 1, 2}, []bool{T, T, T}},
				{[]int32{1}, []bool{F, F, F}},
				{nil, []bool{F, F, F}},
				{nil, []bool{T, F, F}},
			},
			each:    []ClassScores{{2. / 3, 1, 4. / 5, 2}, {1, 1. / 3, 1. / 2, 3}, {1. / 2, 1, 2. / 3, 1}},
			micro:   ClassScores{4. / 6, 4. / 6, 4. / 6, 6},
			macroF1: (4./5 + 1./2 + 2./3) / 3,
			subset:  2. / 5, hamming: 4. / 15,
		},
		{
			// The example of scikit-learn's accuracy_score: y_true = [[0, 1], [1, 1]], y_pred
			// all ones. Its documentation prints 0.5.
			// Label 0: TP 1, FP 1.  Label 1: TP 2.  Sum: TP 3, FP 1, FN 0: F1 = 6/7.
			name: "scikit-learn's example", labels: 2,
			examples: []example{{[]int32{1}, []bool{T, T}}, {[]int32{0, 1}, []bool{T, T}}},
			each:     []ClassScores{{1. / 2, 1, 2. / 3, 1}, {1, 1, 1, 2}},
			micro:    ClassScores{3. / 4, 1, 6. / 7, 3},
			macroF1:  5. / 6, subset: 1. / 2, hamming: 1. / 4,
		},
		{
			// Label 0 is neither had nor given: 0, and part of the mean all the same.
			name: "a label without examples", labels: 2,
			examples: []example{{[]int32{1}, []bool{F, T}}},
			each:     []ClassScores{{}, {1, 1, 1, 1}},
			micro:    ClassScores{1, 1, 1, 1},
			macroF1:  1. / 2, subset: 1,
		},
		{name: "no examples", labels: 1, each: []ClassScores{{}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, part := NewMultiLabel(test.labels), NewMultiLabel(test.labels)
			for i, e := range test.examples {
				if i%2 == 0 {
					m.Add(e.actual, e.predicted)
				} else {
					part.Add(e.actual, e.predicted)
				}
			}
			m.Merge(part)
			near := func(what string, got, want float64) {
				t.Helper()
				if !(math.Abs(got-want) <= 1e-15) {
					t.Errorf("%s = %v, want %v", what, got, want)
				}
			}
			same := func(what string, got, want ClassScores) {
				t.Helper()
				near(what+": Precision", got.Precision, want.Precision)
				near(what+": Recall", got.Recall, want.Recall)
				near(what+": F1", got.F1, want.F1)
				if got.Support != want.Support {
					t.Errorf("%s: Support = %d, want %d", what, got.Support, want.Support)
				}
			}
			for i, want := range test.each {
				same("label", m.Label(i), want)
			}
			same("Micro()", m.Micro(), test.micro)
			near("MacroF1()", m.MacroF1(), test.macroF1)
			near("SubsetAccuracy()", m.SubsetAccuracy(), test.subset)
			near("HammingLoss()", m.HammingLoss(), test.hamming)
			if m.Total() != len(test.examples) {
				t.Errorf("Total() = %d, want %d", m.Total(), len(test.examples))
			}
		})
	}
}

func TestMultiLabelMisuse(t *testing.T) {
	for _, test := range []struct {
		name string
		call func()
		want string
	}{
		{"no labels", func() { NewMultiLabel(0) }, "metrics: counts of 0 labels, want at least 1"},
		{"merge", func() { NewMultiLabel(2).Merge(NewMultiLabel(3)) }, "metrics: counts of 2 labels and of 3"},
		{"answers", func() { NewMultiLabel(2).Add(nil, []bool{true}) }, "metrics: answers for 1 labels, want 2"},
		{"label too large", func() { NewMultiLabel(2).Add([]int32{0, 2}, []bool{true, true}) }, "metrics: labels [0 2], want each in [0, 2)"},
		{"label negative", func() { NewMultiLabel(2).Add([]int32{-1}, []bool{true, true}) }, "metrics: labels [-1], want each in [0, 2)"},
	} {
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
