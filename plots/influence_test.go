package plots

import (
	"strings"
	"testing"

	"github.com/nestnet/nestnet/models/feedforward"
)

func influence() *feedforward.Influence {
	return &feedforward.Influence{Documents: 382, Opposed: true, Classes: []feedforward.ClassInfluence{{Class: "spam", Words: []feedforward.InfluentialWord{
		{Word: "your", Mean: 0.25}, {Word: "free", Mean: 0.11}, {Word: "claim", Mean: 0.02}, {Word: "tram", Mean: -0.01},
		{Word: "you", Mean: -0.3}, {Word: "the", Mean: -0.65},
	}}}}
}

// TestInfluence looks for the strongest words of both sides, in their order.
func TestInfluence(t *testing.T) {
	f, err := Influence(influence(), "spam", 4, Style{})
	if err != nil {
		t.Fatal(err)
	}
	svg, at := f.SVG(), 0
	for _, want := range []string{"towards spam", "away from spam", ">your<", "+0.2500", ">free<", ">you<", ">the<", "−0.6500", "2 weaker not shown",
		"mean contribution to spam over 382 texts"} {
		i := strings.Index(svg[at:], want)
		if i < 0 {
			t.Fatalf("%q is not there, or not in its place", want)
		}
		at += i
	}
	for _, no := range []string{">claim<", ">tram<"} {
		if strings.Contains(svg, no) {
			t.Errorf("%q is shown, and is weaker than four others", no)
		}
	}
}

func TestInfluenceErrors(t *testing.T) {
	for want, draw := range map[string]func() (*Figure, error){
		"without an influence":                func() (*Figure, error) { return Influence(nil, "spam", 0, Style{}) },
		`not on a class "ham"; it is on spam`: func() (*Figure, error) { return Influence(influence(), "ham", 0, Style{}) },
		"-1 words, want at least 1":           func() (*Figure, error) { return Influence(influence(), "spam", -1, Style{}) },
		"no text had a word of the dictionary, so none pu": func() (*Figure, error) {
			return Influence(&feedforward.Influence{Classes: []feedforward.ClassInfluence{{Class: "spam"}}}, "spam", 0, Style{})
		},
	} {
		if _, err := draw(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want … %s …", err, want)
		}
	}
}
