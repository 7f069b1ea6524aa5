package feedforward

import (
	"cmp"
	"fmt"
	"slices"
)

// AnswerAll is ClassifyAll with the probabilities of all classes. Class numbers those of
// Classifier.Labels. The Probabilities of an answer are used again, if there are any.
func (p *Predictor) AnswerAll(answers []Answer, texts []string) error {
	if len(answers) != len(texts) {
		return fmt.Errorf("feedforward: %d answers for %d texts", len(answers), len(texts))
	}
	return p.each(texts, func(a *answering, i int) {
		answer := &answers[i]
		answer.Class = p.c.Network.decide(a.out)
		answer.Probability = a.p[answer.Class]
		answer.Probabilities = append(answer.Probabilities[:0], a.p...)
	})
}

// Top appends the numbers of the k most probable classes to classes, the most probable
// first, which is always Class. Of equally probable ones the first is first.
func (a Answer) Top(classes []int, k int) []int {
	from := len(classes)
	for class := range a.Probabilities {
		classes = append(classes, class)
	}
	// Outputs that are no probabilities may be the same as such, and still decide.
	rank := func(class int) int {
		if class == a.Class {
			return 0
		}
		return 1
	}
	slices.SortFunc(classes[from:], func(x, y int) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(a.Probabilities[y], a.Probabilities[x]), cmp.Compare(x, y))
	})
	return classes[:min(from+max(k, 0), len(classes))]
}
