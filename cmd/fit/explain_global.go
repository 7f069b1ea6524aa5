package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/models/feedforward"
)

// influence explains a whole file.
func (e *explaining) influence(ctx context.Context, page io.Writer) error {
	e.r.source("data", e.texts.file)
	var classes []string
	if e.class != "" {
		classes = []string{e.class}
	}
	bar := e.r.counter("explaining")
	in, err := e.c.Influence(ctx, e.texts, classes, e.how, bar.count)
	bar.stop()
	if err != nil {
		return err
	}
	e.r.blank(e.texts.file)
	if e.out.json {
		if err := json.NewEncoder(e.s.out).Encode(e.influenceJSON(in)); err != nil {
			return err
		}
	} else {
		writeInfluence(e.s.out, in, e.top)
	}
	return writeInfluencePage(page, e, in)
}

// strongest are the words that pushed most towards a class, and those that pushed most
// away from it, the strongest first.
func strongest(c feedforward.ClassInfluence, top int) (towards, away []feedforward.InfluentialWord) {
	for _, w := range c.Words {
		if w.Mean > 0 {
			towards = append(towards, w)
		} else if w.Mean < 0 {
			away = append(away, w)
		}
	}
	slices.Reverse(away)
	if top >= 0 {
		towards, away = towards[:min(top, len(towards))], away[:min(top, len(away))]
	}
	return towards, away
}

// side is a table: the words that push one way.
type side struct {
	Title string
	Words []feedforward.InfluentialWord
}

// sides are the tables of a class.
func sides(in *feedforward.Influence, c feedforward.ClassInfluence, top int) []side {
	towards, away := strongest(c, top)
	if in.Opposed {
		away = nil
	}
	return []side{{"towards", towards}, {"away from", away}}
}

func writeInfluence(w io.Writer, in *feedforward.Influence, top int) {
	fmt.Fprintf(w, "contributions, mean over %s (mean), and over those that have the word (where it is)\n", count(in.Documents, "text"))
	for _, c := range in.Classes {
		for _, part := range sides(in, c, top) {
			if len(part.Words) == 0 {
				continue
			}
			fmt.Fprintf(w, "\n%s %s\n\n", part.Title, cut([]string{c.Class})[0])
			table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
			fmt.Fprintln(table, "word\ttexts\tmean\twhere it is\t")
			for _, word := range part.Words {
				fmt.Fprintf(table, "%s\t%s\t%+.4f\t%+.4f\t\n", word.Word, thousands(word.Documents), word.Mean, word.Present)
			}
			table.Flush()
		}
	}
}

// influenceJSON is the object that fit explain --global --json writes.
type influenceJSON struct {
	Documents int                  `json:"documents"`
	Method    string               `json:"method"`
	Output    string               `json:"output"`
	Classes   []classInfluenceJSON `json:"classes"`
}

type classInfluenceJSON struct {
	Class   string         `json:"class"`
	Towards []influentJSON `json:"towards"`
	Away    []influentJSON `json:"away"`
}

type influentJSON struct {
	Word      string  `json:"word"`
	Documents int     `json:"documents"` // that have it
	Mean      float64 `json:"mean"`      // contribution, over all documents
	Present   float64 `json:"present"`   // over those that have it
}

func (e *explaining) influenceJSON(in *feedforward.Influence) influenceJSON {
	j := influenceJSON{Documents: in.Documents, Method: string(e.how.Method), Output: string(e.how.Output)}
	list := func(words []feedforward.InfluentialWord) []influentJSON {
		all := []influentJSON{}
		for _, w := range words {
			all = append(all, influentJSON(w))
		}
		return all
	}
	for _, c := range in.Classes {
		towards, away := strongest(c, e.top)
		j.Classes = append(j.Classes, classInfluenceJSON{c.Class, list(towards), list(away)})
	}
	return j
}

var _ bow.Reader = (*explainedTexts)(nil)
