package solvers

import (
	"strings"
	"testing"
)

// TestStock names what stock Gorgonia cannot do. That the solvers it returns compute the
// same is shown by TestEnginesAgree in models/feedforward.
func TestStock(t *testing.T) {
	for _, test := range []struct {
		solver Solver
		want   string // in the error; empty: none
	}{
		{&SGD{L1: 0.1, L2: 0.1, Clip: 1}, ""},
		{&Momentum{Clip: 1}, ""},
		{&RMSprop{}, ""},
		{&Adam{L1: 0.1, L2: 0.1, Clip: 1}, ""},
		{&Nesterov{}, "has no Nesterov"},
		{&AdaGrad{}, "ignores every option"},
		{&AdamW{}, "never changes the weights"},
		{&Momentum{L2: 0.1}, "to the velocity"},
		{&Momentum{L1: 0.1}, "to the velocity"},
		{&RMSprop{L1: 0.1}, "ignores L1"},
		{&RMSprop{L2: 0.1}, "without the learning rate"},
		{&RMSprop{Clip: 1}, "clips after"},
		{&SGD{Schedule: func(int) float64 { return 1 }}, "cannot change their learning rate"},
		{&SGD{LearningRate: -1}, "learning rate"},
	} {
		s, err := Stock(test.solver)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %v: error %v, want %q", test.solver.Name(), test.solver.Settings(), err, test.want)
		}
		if (s == nil) == (err == nil) {
			t.Errorf("%s: solver %v with error %v", test.solver.Name(), s, err)
		}
	}
}
