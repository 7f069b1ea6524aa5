package feedforward

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/tensor"
)

// A training that is stopped and resumed has the rates, the weights by class and the
// smoothing of one that never was: plateau counts its cuts by the epochs before, too.
func TestResumeIsExactOnSchedule(t *testing.T) {
	for i, s := range []solvers.Schedule{
		{Name: solvers.Plateau, Drop: 0.3}, {Name: solvers.Cosine, Warmup: 0.1}, {Name: solvers.Step, Every: 2}, {Name: solvers.Linear, Warmup: 20, Min: 0.1},
	} {
		r := newLongRun(t, "adam", tensor.Float32)
		r.fit.Schedule, r.fit.ClassWeights, r.fit.LabelSmoothing, r.fit.Patience = s, []float64{0.5, 1, 2}, 0.1, 0
		valid := r.valid.(*data.Set)
		for i := 0; i < valid.Len(); i += 2 { // which training cannot but get wrong, so that there are cuts
			valid.All.Classes[i] = (valid.All.Classes[i] + 1) % 3
		}
		want, history, err := r.run(t, t.Context(), func(*Fit) {})
		if err != nil {
			t.Fatal(err)
		}
		plain, _, err := r.run(t, t.Context(), func(fit *Fit) { fit.Schedule = solvers.Schedule{} })
		if err != nil {
			t.Fatal(err)
		}
		if s.Name == solvers.Plateau {
			var losses []float64
			for _, e := range history.Epochs {
				losses = append(losses, e.Valid.Loss)
			}
			if s.Cuts(losses[:6]) < 1 {
				t.Fatalf("no cut after the validation losses %v, so nothing is tested", losses)
			}
		}
		got, h := r.kill(t, rand.New(rand.NewPCG(uint64(i), 7)))
		if !bytes.Equal(got, want) {
			t.Errorf("%v: another model after resuming", s)
		}
		for e := range history.Epochs {
			if h.Epochs[e].Loss != history.Epochs[e].Loss || h.Epochs[e].Valid.Loss != history.Epochs[e].Valid.Loss {
				t.Errorf("%v: epoch %d has loss %v after resuming, %v without", s, e+1, h.Epochs[e].Loss, history.Epochs[e].Loss)
			}
		}
		if s.Name != solvers.Plateau && bytes.Equal(want, plain) { // plateau changes epochs after the best
			t.Errorf("%v changes nothing", s)
		}
	}
}
