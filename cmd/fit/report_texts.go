package main

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/models/feedforward"
)

// textSections show the texts that were taken for another class, and the words that
// decide.
func (m *reportMaker) textSections(ctx context.Context) ([]*reportSection, error) {
	if m.texts == nil {
		return nil, nil
	}
	// The places in the answers, and those in the part.
	var wrong []int
	if m.each != nil {
		wrong = m.each.Mistakes(reportMistakes)
	}
	var at []int
	for _, i := range wrong {
		at = append(at, i*m.every)
	}
	sample := places(reportTexts, m.measured().Documents)
	wanted := slices.Compact(slices.Sorted(slices.Values(slices.Concat(at, sample))))
	documents, err := m.texts(ctx, wanted)
	if err == nil {
		err = m.same(documents, at, wanted, wrong)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		m.warning = append(m.warning, fmt.Sprintf("The texts cannot be shown: %s.", message(err)))
		return nil, nil
	}
	document := func(place int) bow.Document {
		k, _ := slices.BinarySearch(wanted, place)
		return documents[k]
	}
	mistakes := &reportSection{ID: "mistakes", Title: "Surest mistakes", Legend: true}
	for k, i := range wrong {
		text, err := m.mistake(document(at[k]), m.each.Truth[i], m.each.Answers[i])
		if err != nil {
			return nil, err
		}
		mistakes.Texts = append(mistakes.Texts, text)
	}
	if len(wrong) > 0 {
		all := len(m.each.Mistakes(m.each.Documents))
		mistakes.Intro = fmt.Sprintf("%d of %s, those that the network was most sure of first. Words are coloured by what they did for the class that the text was taken for.", len(wrong), thousands(all))
	}
	var texts documentList
	for _, place := range sample {
		d := document(place)
		d.Text = beginning(d.Text, reportLength)
		texts = append(texts, d)
	}
	words, err := m.words(ctx, texts, m.explainedClasses())
	return []*reportSection{mistakes, words}, err
}

// same says whether documents that were read again have the classes that they had.
func (m *reportMaker) same(documents []bow.Document, at, wanted, wrong []int) error {
	for k, i := range wrong {
		d, _ := slices.BinarySearch(wanted, at[k])
		if documents[d].Label != m.each.labels[m.each.Truth[i]] {
			return errChanged
		}
	}
	return nil
}

// mistake is a text that was taken for another class than its own.
func (m *reportMaker) mistake(d bow.Document, truth int, a feedforward.Answer) (reportText, error) {
	x, err := m.c.Explain(d.Text, m.c.Labels[a.Class], feedforward.Explain{})
	if err != nil {
		return reportText{}, err
	}
	names := cut([]string{m.c.Labels[truth], m.c.Labels[a.Class]})
	return reportText{
		Facts: []reportFact{{Text: fmt.Sprintf("%s %d is ", m.place, d.Line)}, {names[0], true}, {Text: " and was taken for "}, {names[1], true},
			{Text: fmt.Sprintf(" with a probability of %.4f", a.Probability)}},
		Text: template.HTML(x.ExcerptHTML(reportExcerpt)),
	}, nil
}

// explainedClasses are the classes whose words are shown, those with most documents.
func (m *reportMaker) explainedClasses() []string {
	order := make([]int, len(m.c.Labels))
	for i := range order {
		order[i] = i
	}
	// A sum for each word and class is in memory.
	if most := max(1, min(reportClasses, reportSums/m.c.Encoder.Columns())); len(order) > most {
		r := m.measured()
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.PerClass[b].Support, r.PerClass[a].Support) })
		order = order[:most]
		slices.Sort(order)
	}
	var names []string
	for _, i := range order {
		names = append(names, m.c.Labels[i])
	}
	return names
}

// words are those that push the documents of a class towards it more than they push all
// documents. By their means alone the words that all documents have would come first.
func (m *reportMaker) words(ctx context.Context, texts documentList, classes []string) (*reportSection, error) {
	bar := m.r.counter("explaining")
	defer bar.stop()
	done := 0
	influence := func(texts documentList, classes []string) (*feedforward.Influence, error) {
		defer func() { done += len(texts) }()
		reader := texts
		return m.c.Influence(ctx, &reader, classes, feedforward.Explain{}, func(n int) { bar.count(done + n) })
	}
	common := texts.spread(min(max(reportExplained/len(classes), 100), 1000))
	all, err := influence(common, classes)
	if err != nil {
		return nil, err
	}
	s := &reportSection{ID: "words", Title: "Words that decide"}
	s.Intro = fmt.Sprintf("What sets the documents of a class apart: by how much more a word pushes towards the class in a document of it than in any, on average (gradient × input). Told from %s of the %s part.",
		count(len(texts), "document"), m.part)
	if n := len(m.c.Labels) - len(classes); n > 0 {
		s.Intro += fmt.Sprintf(" The %d classes with most documents; %s more are left out.", len(classes), thousands(n))
	}
	for k, class := range classes {
		own := texts.of(class).spread(reportOwn)
		if len(own) == 0 {
			continue
		}
		in, err := influence(own, classes[k:k+1])
		if err != nil {
			return nil, err
		}
		if list := m.list(in, all.Classes[k]); list.Words != nil {
			s.Lists = append(s.Lists, list)
		}
	}
	return s, nil
}

// list is the words of a class, by how much more they push in its own documents. A word
// that is in one or two of many says little of the class.
func (m *reportMaker) list(own *feedforward.Influence, all feedforward.ClassInfluence) reportList {
	usual := make(map[string]float64, len(all.Words))
	for _, w := range all.Words {
		usual[w.Word] = w.Mean
	}
	words := slices.DeleteFunc(slices.Clone(own.Classes[0].Words), func(w feedforward.InfluentialWord) bool {
		return w.Documents < min(max(own.Documents/10, 1), 3) || w.Mean <= usual[w.Word] || w.Mean <= 0
	})
	more := func(w feedforward.InfluentialWord) float64 { return w.Mean - usual[w.Word] }
	slices.SortStableFunc(words, func(a, b feedforward.InfluentialWord) int { return cmp.Compare(more(b), more(a)) })
	list := reportList{Title: cut([]string{all.Class})[0]}
	for _, w := range words[:min(len(words), reportWords)] {
		list.Words = append(list.Words, reportWord{Word: w.Word, Value: fmt.Sprintf("%+.4f", more(w)),
			Note:  fmt.Sprintf("in %s of %s of the class, %+.4f where it is", thousands(w.Documents), count(own.Documents, "document"), w.Present),
			Width: percent(more(w) / more(words[0]))})
	}
	return list
}

// beginning is no more than the first n bytes of a text.
func beginning(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// documentList is a Reader of documents in memory.
type documentList []bow.Document

func (l *documentList) Read() (bow.Document, error) {
	if len(*l) == 0 {
		return bow.Document{}, io.EOF
	}
	d := (*l)[0]
	*l = (*l)[1:]
	return d, nil
}

// spread returns n of the documents at most, evenly spread.
func (l documentList) spread(n int) documentList {
	var some documentList
	for _, i := range places(n, len(l)) {
		some = append(some, l[i])
	}
	return some
}

// of returns the documents that have a label.
func (l documentList) of(label string) documentList {
	var some documentList
	for _, d := range l {
		if d.Label == label || slices.Contains(d.Labels, label) {
			some = append(some, d)
		}
	}
	return some
}
