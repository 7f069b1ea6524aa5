package main

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

// The words of a class push towards it, by either method, for every kind of output.
func TestExplain(t *testing.T) {
	data := corpus(t, 120, "ham", "spam")
	for _, args := range []string{"", "-loss logistic", "-loss squared -output sigmoid", "-loss hinge", "-layers none", "-weighting tfidf -ngrams 2",
		"-weighting count -dtype float64", "-hash-bits 10"} {
		model := trained(t, data, strings.Fields(args)...)
		for _, method := range methods {
			o := mustFit(t, "explain", "-model", model, "-json", "-method", method, "A1 a2,", "b3 zebra")
			j := decodeJSON[explanationJSON](t, o.out)
			if o.errors != "" || j.Text != "A1 a2, b3 zebra" || j.Predicted != "ham" || j.Class != "ham" || j.Method != method || j.Output != "logit" {
				t.Errorf("fit %s: %+v\n%s", args, j, o.errors)
			}
			of := map[string]float64{}
			for _, w := range j.Words {
				of[w.Word] = w.Contribution
			}
			if !(of["a1"] > 0 && of["a2"] > 0 && of["b3"] < 0) {
				t.Errorf("fit %s, %s: contributions %v", args, method, of)
			}
			if args != "-hash-bits 10" && strings.Join(j.Unknown, " ") != "zebra" {
				t.Errorf("fit %s: unknown %q", args, j.Unknown)
			}
			if (j.Error != nil) != (method == "integrated") || j.Error != nil && math.Abs(*j.Error) > 1e-3 {
				t.Errorf("fit %s, %s: error %v", args, method, j.Error)
			}
			if text := j.Text[j.Spans[0].Start:j.Spans[0].End]; text != "A1" {
				t.Errorf("the first span is %q", text)
			}
			other := decodeJSON[explanationJSON](t, mustFit(t, "explain", "-model", model, "-json", "-method", method, "-class", "spam", j.Text).out)
			if other.Predicted != "ham" || other.Class != "spam" {
				t.Errorf("fit %s: %+v", args, other)
			}
			for _, w := range other.Words {
				if math.Abs(w.Contribution+of[w.Word]) > 1e-4 {
					t.Errorf("fit %s, %s: %s is %v for ham, %v for spam", args, method, w.Word, of[w.Word], w.Contribution)
				}
			}
		}
	}
}

// A text for each line, wherever the lines come from, and labels are no part of it.
func TestExplainTexts(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	texts := func(out string) (texts, labels []string) {
		d := json.NewDecoder(strings.NewReader(out))
		for d.More() {
			var j explanationJSON
			if err := d.Decode(&j); err != nil {
				t.Fatal(err)
			}
			texts, labels = append(texts, j.Text), append(labels, j.Label)
		}
		return texts, labels
	}
	for _, row := range []struct{ name, stdin, data, want, labels string }{
		{"standard input", "a1 b2\n\nham\tb3\n", "", "a1 b2;ham\tb3", ";"},
		{"labelled", "", file(t, "m.tsv", "ham\ta1 b2\n\nspam\tb3\tb4\n"), "a1 b2;b3\tb4", "ham;spam"},
		{"texts", "", file(t, "m.txt", "a1 b2\nb3\tham\n"), "a1 b2;b3\tham", ";"},
		{"csv", "", file(t, "m.csv", "label,text\nham,a1 b2\n"), "a1 b2", "ham"},
		{"jsonl, other labels", "{\"text\": \"a1\", \"label\": \"eggs\"}\n", "-", "a1", "eggs"},
	} {
		args := []string{"explain", "-model", model, "-json"}
		if row.data != "" {
			args = append(args, "-data", row.data)
		}
		o := fitWith(t.Context(), strings.NewReader(row.stdin), args...)
		got, labels := texts(o.out)
		if o.code != exitOK || strings.Join(got, ";") != row.want || strings.Join(labels, ";") != row.labels {
			t.Errorf("%s: texts %q, labels %q\n%s", row.name, got, labels, o.errors)
		}
	}
}

// The page holds every text, and nothing of it is a tag, a script or an address.
func TestExplainPage(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"))
	data := file(t, "m.tsv", "ham\ta1 <b>b2</b> \"&\nspam\tb3 <script src=http://x.example>\n")
	page := filepath.Join(t.TempDir(), "page.html")
	for _, args := range []string{"", "-json", "-global", "-global -class spam -json", "-top 0"} {
		mustFit(t, append([]string{"explain", "-model", model, "-data", data, "-html", page}, strings.Fields(args)...)...)
		html := read(t, page)
		for _, bad := range []string{"<script", "<b>b2", "href=", "src=\"", "@import", "url("} {
			if strings.Contains(html, bad) {
				t.Errorf("%s: the page has %s", args, bad)
			}
		}
		if !strings.HasPrefix(html, "<!DOCTYPE html>\n") || !strings.HasSuffix(html, "</body>\n</html>\n") {
			t.Errorf("%s: no whole page\n%s", args, html)
		}
		if !strings.Contains(args, "global") && (strings.Count(html, `<div class="explanation">`) != 2 || !strings.Contains(html, "m.tsv:2, label spam")) {
			t.Errorf("%s: not two texts\n%s", args, html)
		}
	}
	// What fails leaves no half a page.
	dir := t.TempDir()
	bad := file(t, "bad.txt", "a1\n\xff\n")
	if o := fit(t, "explain", "-model", model, "-data", bad, "-html", filepath.Join(dir, "page.html")); o.code != exitFailed || !strings.Contains(o.errors, "bad.txt:2: not valid UTF-8") {
		t.Errorf("exit code %d\n%s", o.code, o.errors)
	}
	only(t, dir)
}

// Over a file, the words of a class are those that push most towards it.
func TestExplainGlobal(t *testing.T) {
	data := corpus(t, 600, "art", "law", "tax")
	model := trained(t, data)
	for _, method := range methods {
		j := decodeJSON[influenceJSON](t, mustFit(t, "explain", "-model", model, "-data", data, "-global", "-json", "-q", "-top", "3", "-method", method).out)
		if j.Documents != 600 || len(j.Classes) != 3 || j.Method != method {
			t.Fatalf("%+v", j)
		}
		for i, c := range j.Classes {
			if len(c.Towards) != 3 || len(c.Away) != 3 {
				t.Fatalf("%s: %d and %d words, want 3", c.Class, len(c.Towards), len(c.Away))
			}
			for k, w := range c.Towards {
				if own := string(rune('a' + i)); w.Word[:1] != own || w.Mean <= 0 || w.Present < w.Mean || w.Documents < 1 {
					t.Errorf("%s: %+v pushes towards it, want a word with %s", c.Class, w, own)
				}
				if k > 0 && w.Mean > c.Towards[k-1].Mean || c.Away[k].Mean >= 0 {
					t.Errorf("%s: %+v and %+v are out of order", c.Class, w, c.Away[k])
				}
			}
		}
	}
	o := mustFit(t, "explain", "-model", model, "-data", data, "-global", "-class", "law")
	if strings.Contains(o.out, "towards art") || !strings.Contains(o.out, "towards law") || !strings.Contains(o.out, "away from law") {
		t.Errorf("one class:\n%s", o.out)
	}
}

func TestExplainRefuses(t *testing.T) {
	model := trained(t, corpus(t, 120, "ham", "spam"), "-loss", "hinge")
	empty := file(t, "empty.txt", "")
	for _, row := range []struct {
		args string
		code int
		want string
	}{
		{"a1 -class eggs", exitUsage, `--class: unknown "eggs", want one of ham, spam`},
		{"a1 -output probability", exitFailed, "the outputs of this network (linear, loss hinge) are no probabilities; explain the logit"},
		{"-data " + empty, exitFailed, empty + ": there are no texts to explain"},
		{"-q -data " + empty + " -global", exitFailed, empty + ": there are no texts to explain"},
		{"a1 -html /nowhere/page.html", exitFailed, "--html: there is no folder /nowhere"},
	} {
		if o := fit(t, append([]string{"explain", "-model", model}, strings.Fields(row.args)...)...); o.code != row.code || !strings.Contains(o.errors, row.want) || o.out != "" {
			t.Errorf("%s: exit code %d, %s%s want %d, %s", row.args, o.code, o.out, o.errors, row.code, row.want)
		}
	}
}
