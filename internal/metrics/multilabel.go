package metrics

import "fmt"

// MultiLabel counts how well the sets of labels that a classifier gives match those that
// are. Each example has any number of L labels and gets any number of them. For label i,
// TPᵢ examples have it and get it, FPᵢ get it without having it, and FNᵢ have it
// without getting it.
//
// Every ratio is 0 where its denominator is 0, as with scikit-learn's zero_division=0.
type MultiLabel struct {
	labels   []labelCounts
	examples int
	exact    int // examples all of whose labels are right
}

// labelCounts are the counts of one label.
type labelCounts struct{ both, actual, predicted int }

// NewMultiLabel returns empty counts for the given number of labels. It panics if there
// is not at least one.
func NewMultiLabel(labels int) *MultiLabel {
	if labels < 1 {
		panic(fmt.Sprintf("metrics: counts of %d labels, want at least 1", labels))
	}
	return &MultiLabel{labels: make([]labelCounts, labels)}
}

// Add counts one example: the labels it has, ascending, and whether it gets each one. It
// panics if there are not as many of these as labels, or if a label is out of range.
func (m *MultiLabel) Add(actual []int32, predicted []bool) {
	if len(predicted) != len(m.labels) {
		panic(fmt.Sprintf("metrics: answers for %d labels, want %d", len(predicted), len(m.labels)))
	}
	if n := len(actual); n > 0 && (actual[0] < 0 || int(actual[n-1]) >= len(m.labels)) {
		panic(fmt.Sprintf("metrics: labels %v, want each in [0, %d)", actual, len(m.labels)))
	}
	exact := true
	for i, gets := range predicted {
		l := &m.labels[i]
		has := len(actual) > 0 && int(actual[0]) == i
		if has {
			actual = actual[1:]
			l.actual++
		}
		if gets {
			l.predicted++
		}
		if has && gets {
			l.both++
		}
		exact = exact && has == gets
	}
	m.examples++
	if exact {
		m.exact++
	}
}

// Merge adds the counts of o. It panics if o is of another number of labels.
func (m *MultiLabel) Merge(o *MultiLabel) {
	if len(o.labels) != len(m.labels) {
		panic(fmt.Sprintf("metrics: counts of %d labels and of %d", len(m.labels), len(o.labels)))
	}
	for i, l := range o.labels {
		m.labels[i].both += l.both
		m.labels[i].actual += l.actual
		m.labels[i].predicted += l.predicted
	}
	m.examples += o.examples
	m.exact += o.exact
}

// Labels returns L, the number of labels.
func (m *MultiLabel) Labels() int { return len(m.labels) }

// Total returns N, the number of examples added.
func (m *MultiLabel) Total() int { return m.examples }

// Label returns the scores of label i. It panics if i is out of range.
func (m *MultiLabel) Label(i int) ClassScores { return m.labels[i].scores() }

func (l labelCounts) scores() ClassScores {
	return ClassScores{
		Precision: ratio(l.both, l.predicted),
		Recall:    ratio(l.both, l.actual),
		F1:        ratio(2*l.both, l.actual+l.predicted),
		Support:   l.actual,
	}
}

// Micro returns the scores of the counts summed over all labels, so that a label counts
// as much as the examples that have it. Support is the number of all labels of all
// examples:
//
//	micro-F1 = 2·ΣTPᵢ / (2·ΣTPᵢ + ΣFPᵢ + ΣFNᵢ)
func (m *MultiLabel) Micro() ClassScores { return m.sum().scores() }

func (m *MultiLabel) sum() (sum labelCounts) {
	for _, l := range m.labels {
		sum.both += l.both
		sum.actual += l.actual
		sum.predicted += l.predicted
	}
	return sum
}

// MacroF1 returns the unweighted mean of the F1 of all labels, so that a rare one counts
// as much as a frequent one. A label that no example has and none gets has F1 0 and
// counts too, as in scikit-learn's f1_score(average="macro") of indicator matrices;
// Confusion, like f1_score of classes, leaves such a class out.
func (m *MultiLabel) MacroF1() float64 {
	sum := 0.0
	for _, l := range m.labels {
		sum += l.scores().F1
	}
	return sum / float64(len(m.labels))
}

// SubsetAccuracy returns the share of examples all of whose labels are right, and no
// others given. It is what scikit-learn's accuracy_score is for several labels.
func (m *MultiLabel) SubsetAccuracy() float64 { return ratio(m.exact, m.examples) }

// HammingLoss returns the share of all answers, one for each example and label, that are
// wrong:
//
//	Hamming loss = Σᵢ (FPᵢ + FNᵢ) / (N·L)
//
// R. Schapire, Y. Singer, "BoosTexter: A Boosting-based System for Text Categorization",
// Machine Learning 39, 2000.
func (m *MultiLabel) HammingLoss() float64 {
	sum := m.sum()
	return ratio(sum.actual+sum.predicted-2*sum.both, m.examples*len(m.labels))
}
