package feedforward

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/tensor"
)

func TestBalancedWeights(t *testing.T) {
	for _, row := range []struct {
		counts []int
		want   []float64
	}{
		// sklearn.utils.compute_class_weight("balanced", …): n/(k·n_c)
		{[]int{90, 10}, []float64{100.0 / 180, 5}},
		{[]int{5, 5, 5}, []float64{1, 1, 1}},
		{[]int{6, 0, 2}, []float64{8.0 / 12, 0, 2}},
	} {
		if got := BalancedWeights(row.counts); !slices.Equal(got, row.want) {
			t.Errorf("%v: %v, want %v", row.counts, got, row.want)
		}
	}
}

// Both engines train alike with weighted classes and smoothed answers.
func TestEnginesAgreeOnAnswers(t *testing.T) {
	for _, loss := range []losses.Loss{losses.CrossEntropy{}, losses.BinaryCrossEntropy{}} {
		for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
			t.Run(fmt.Sprintf("%s/%v", loss.Name(), dt), func(t *testing.T) {
				enginesAgree(t, loss, "tanh", "adam", solvers.Settings{}, dt,
					Fit{ClassWeights: []float64{0.5, 2, 0}, LabelSmoothing: 0.1})
			})
		}
	}
	enginesAgree(t, losses.Hinge{}, "relu", "sgd", solvers.Settings{}, tensor.Float64, Fit{ClassWeights: []float64{1, 3, 1}})
}

// A step on one batch gives the loss of the formula, on either engine, and its gradient
// agrees with central differences of that loss.
func TestAnswersFormula(t *testing.T) {
	for _, engine := range []Engine{Native, Gorgonia} {
		for _, row := range []struct {
			name    string
			loss    losses.Loss
			outputs int
			fit     Fit
		}{
			{"smoothed softmax", losses.CrossEntropy{}, 3, Fit{LabelSmoothing: 0.1}},
			{"weighted softmax", losses.CrossEntropy{}, 3, Fit{ClassWeights: []float64{0.5, 2, 1}}},
			{"both", losses.CrossEntropy{}, 3, Fit{LabelSmoothing: 0.3, ClassWeights: []float64{0.5, 2, 0}}},
			{"one sigmoid", losses.BinaryCrossEntropy{}, 1, Fit{LabelSmoothing: 0.2, ClassWeights: []float64{3, 1}}},
			{"three sigmoids", losses.BinaryCrossEntropy{}, 3, Fit{LabelSmoothing: 0.2}},
		} {
			t.Run(string(engine)+"/"+row.name, func(t *testing.T) {
				set := randomSet(70, 11, max(row.outputs, 2), 3)
				set.All.Weights = make([]float64, 70)
				for i := range set.All.Weights {
					set.All.Weights[i] = 0.5 + float64(i%3)
				}
				n := mustNew(t, Config{Inputs: 11, Loss: row.loss, Seed: 4, Dtype: tensor.Float64, Engine: engine},
					Dense(4, "tanh"), Dense(row.outputs, row.loss.Outputs()[0]))
				row.fit.Workers = 1
				tr := mustTrainer(t, n, row.fit)
				compute := tr.programLoss
				if tr.team != nil {
					compute = tr.teamLoss
				}
				loss := func() float64 {
					l, err := compute(&set.All)
					if err != nil {
						t.Fatal(err)
					}
					return l
				}
				got := loss()
				if want := answersLoss(t, n, &set.All, row.fit); math.Abs(got-want) > 1e-12*want {
					t.Errorf("loss %v, the formula says %v", got, want)
				}
				for i, p := range tr.model {
					g, err := denseGrad{p}.Grad()
					if err != nil {
						t.Fatal(err)
					}
					grad := slices.Clone(denseOf(g.(*tensor.Dense)))
					if engine == Gorgonia {
						continue // dual values add up over runs; the engines are compared above
					}
					w := n.params[i].Float64s()
					for k := range w {
						const h = 1e-5
						w[k] += h
						up := answersLoss(t, n, &set.All, row.fit)
						w[k] -= 2 * h
						down := answersLoss(t, n, &set.All, row.fit)
						w[k] += h
						if d := (up - down) / (2 * h); math.Abs(d-grad[k]) > 1e-8 {
							t.Fatalf("parameter %d, number %d: gradient %v, differences say %v", i, k, grad[k], d)
						}
					}
				}
			})
		}
	}
}

// answersLoss is the mean training loss by its formula, from the probabilities.
func answersLoss(t *testing.T, n *Network, b *data.Batch, fit Fit) float64 {
	t.Helper()
	out, err := n.Predict(b)
	if err != nil {
		t.Fatal(err)
	}
	k, s := n.Outputs(), fit.LabelSmoothing
	sum := 0.0
	for i, c := range b.Classes {
		w := b.Weights[i]
		if fit.ClassWeights != nil {
			w *= fit.ClassWeights[c]
		}
		for j := range k {
			y := 0.0
			if int(c) == j && k > 1 || k == 1 && c == 1 {
				y = 1
			}
			p := out[i][j]
			if n.cfg.Loss.Name() == "crossentropy" {
				y = (1-s)*y + s/float64(k)
				sum -= w * y * math.Log(p)
			} else {
				y = (1-s)*y + s/2
				sum -= w * (y*math.Log(p) + (1-y)*math.Log(1-p))
			}
		}
	}
	return sum / float64(b.Rows())
}

// Evaluation, after a weighted and smoothed training, is of the plain loss.
func TestEvaluateIsPlain(t *testing.T) {
	for _, engine := range []Engine{Native, Gorgonia} {
		set := randomSet(90, 20, 3, 1)
		n := mustNew(t, Config{Inputs: 20, Seed: 1, Engine: engine}, Dense(3, "softmax"))
		if _, err := n.Fit(t.Context(), set, Fit{Epochs: 2, ClassWeights: []float64{9, 1, 1}, LabelSmoothing: 0.4}); err != nil {
			t.Fatal(err)
		}
		r, err := n.Evaluate(set)
		if err != nil {
			t.Fatal(err)
		}
		set.All.Weights = slices.Repeat([]float64{1}, 90)
		if want := answersLoss(t, n, &set.All, Fit{}); math.Abs(r.Loss-want) > 1e-5 {
			t.Errorf("%s: evaluation says %v, the plain loss is %v", engine, r.Loss, want)
		}
	}
}

// Without any, training computes what it always did; afterwards the network is free of
// the settings of an earlier Fit.
func TestAnswersLeaveNothingBehind(t *testing.T) {
	set := randomSet(90, 20, 3, 1)
	for _, engine := range []Engine{Native, Gorgonia} {
		a := mustNew(t, Config{Inputs: 20, Seed: 1, Engine: engine}, Dense(3, "softmax"))
		b := mustNew(t, Config{Inputs: 20, Seed: 1, Engine: engine}, Dense(3, "softmax"))
		start := mustNew(t, Config{Inputs: 20, Seed: 1}, Dense(3, "softmax"))
		if _, err := a.Fit(t.Context(), set, Fit{Epochs: 1, ClassWeights: []float64{9, 1, 1}, LabelSmoothing: 0.4}); err != nil {
			t.Fatal(err)
		}
		copyAll(a.params, start.params)
		for _, n := range []*Network{a, b} {
			if _, err := n.Fit(t.Context(), set, Fit{Epochs: 2}); err != nil {
				t.Fatal(err)
			}
		}
		if !sameWeights(a, b) {
			t.Errorf("%s: an earlier Fit's weights or smoothing still act", engine)
		}
	}
}

// Weighing a rare class more finds more of it.
func TestClassWeightsHelpTheRare(t *testing.T) {
	// Nine of ten are of class 0, and the words tell little.
	whole, rest := randomSet(4000, 6, 2, 1), &data.Set{}
	kept := 0
	for i, c := range whole.All.Classes {
		if c == 0 || kept*9 < i/2 {
			rest.Append(&whole.All, i)
			if c == 1 {
				kept++
			}
		}
	}
	counts := []int{0, 0}
	for _, c := range rest.All.Classes {
		counts[c]++
	}
	recall := func(weights []float64) float64 {
		n := mustNew(t, Config{Inputs: 6, Seed: 1}, Dense(2, "softmax"))
		if _, err := n.Fit(t.Context(), rest, Fit{Epochs: 20, Solver: &solvers.Adam{LearningRate: 0.01}, ClassWeights: weights}); err != nil {
			t.Fatal(err)
		}
		r, err := n.Evaluate(rest)
		if err != nil {
			t.Fatal(err)
		}
		return r.PerClass[1].Recall
	}
	plain, balanced := recall(nil), recall(BalancedWeights(counts))
	if counts[1]*4 > counts[0] || balanced < plain+0.1 {
		t.Errorf("%v examples: recall of the rare class %.3f, balanced %.3f; want it to rise by 0.1", counts, plain, balanced)
	}
}

func TestBadAnswers(t *testing.T) {
	set, numbers := randomSet(20, 10, 3, 1), randomSet(20, 10, 3, 1)
	numbers.All.Classes, numbers.All.Targets = nil, make([]float64, 60)
	for _, row := range []struct {
		set  *data.Set
		loss losses.Loss
		fit  Fit
		want []string
	}{
		{set, nil, Fit{ClassWeights: []float64{1, 2}}, []string{"Fit.ClassWeights has 2 numbers, the network tells 3 classes"}},
		{set, nil, Fit{ClassWeights: []float64{1, -2, math.NaN()}, LabelSmoothing: 1}, []string{"class 1 weighs -2", "class 2 weighs NaN", "Fit.LabelSmoothing is 1"}},
		{set, nil, Fit{ClassWeights: []float64{0, 0, 0}}, []string{"no class weighs more than 0"}},
		{set, nil, Fit{ClassWeights: []float64{}}, []string{"has 0 numbers"}},
		{set, losses.Hinge{}, Fit{LabelSmoothing: 0.1}, []string{"needs a loss whose answers are probabilities, crossentropy or binary-crossentropy, not hinge"}},
		{numbers, losses.Squared{}, Fit{ClassWeights: []float64{1, 2, 3}}, []string{"Fit.ClassWeights is for examples of one class each"}},
	} {
		out := "softmax"
		if row.loss != nil {
			out = row.loss.Outputs()[0]
		}
		n := mustNew(t, Config{Inputs: 10, Loss: row.loss}, Dense(3, out))
		_, err := n.Fit(t.Context(), row.set, row.fit)
		for _, want := range row.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q in it", err, want)
			}
		}
	}
}
