package feedforward

import (
	"slices"
	"testing"

	"github.com/nestnet/nestnet/data/bow"
	"gorgonia.org/tensor"
)

// AnswerAll says what ClassifyAll and Network.Classify say.
func TestAnswerAll(t *testing.T) {
	texts := []string{"free prize", "the train is late", "", "see you"}
	for range 600 { // more than a graph has rows
		texts = append(texts, "a prize for the train")
	}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		c := trained(t, bow.Count, dt)
		p, err := c.Predictor()
		if err != nil {
			t.Fatal(err)
		}
		answers, labels := make([]Answer, len(texts)), make([]Label, len(texts))
		for range 2 { // the second time into the same memory
			if err := p.AnswerAll(answers, texts); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.ClassifyAll(labels, texts); err != nil {
			t.Fatal(err)
		}
		b, err := c.Encoder.Batch(texts...)
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.Network.Classify(b)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range answers {
			if a.Class != want[i].Class || a.Probability != want[i].Probability || !slices.Equal(a.Probabilities, want[i].Probabilities) {
				t.Fatalf("%v, %q: %+v, want %+v", dt, texts[i], a, want[i])
			}
			if (Label{c.Labels[a.Class], a.Probability}) != labels[i] {
				t.Fatalf("%v, %q: %+v, ClassifyAll says %+v", dt, texts[i], a, labels[i])
			}
		}
		if got := testing.AllocsPerRun(100, func() { _ = p.AnswerAll(answers[:4], texts[:4]) }); got != 0 {
			t.Errorf("%v: %v allocations", dt, got)
		}
		if err := p.AnswerAll(answers[:1], texts); err == nil {
			t.Error("1 answer for many texts: no error")
		}
	}
}

func TestTop(t *testing.T) {
	a := Answer{Class: 2, Probabilities: []float64{0.2, 1, 1, 0.3, 0.2}}
	for k, want := range [][]int{{}, {2}, {2, 1}, {2, 1, 3}, {2, 1, 3, 0}, {2, 1, 3, 0, 4}, {2, 1, 3, 0, 4}} {
		if got := a.Top(nil, k); !slices.Equal(got, want) {
			t.Errorf("the %d most probable classes are %v, want %v", k, got, want)
		}
	}
	if got := a.Top([]int{7}, 1); !slices.Equal(got, []int{7, 2}) {
		t.Errorf("appended: %v", got)
	}
}
