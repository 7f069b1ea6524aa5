package main

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	nethtml "golang.org/x/net/html"
)

// readPage reads a page of --report and holds it to what is true of each: it is well
// formed, escapes what it shows, and neither loads nor runs anything.
func readPage(t *testing.T, path string) (page string, sections []string) {
	t.Helper()
	page = read(t, path)
	tokens := nethtml.NewTokenizer(strings.NewReader(page))
	var open []string
	ids := map[string]bool{}
	for {
		kind := tokens.Next()
		if kind == nethtml.ErrorToken {
			break
		}
		token := tokens.Token()
		switch kind {
		case nethtml.StartTagToken:
			for _, a := range token.Attr {
				switch {
				case a.Key == "id" && ids[a.Val]:
					t.Errorf("two elements have the id %s", a.Val)
				case a.Key == "id":
					ids[a.Val] = true
				case strings.HasPrefix(a.Key, "on"), a.Key == "src", a.Key == "href" && !strings.HasPrefix(a.Val, "#"):
					t.Errorf("<%s %s=%q>", token.Data, a.Key, a.Val)
				}
			}
			if slices.Contains([]string{"script", "link", "img", "iframe", "object", "base", "form"}, token.Data) {
				t.Errorf("the page has a %s", token.Data)
			}
			if token.Data != "meta" {
				open = append(open, token.Data)
			}
			if token.Data == "section" && len(token.Attr) == 1 {
				sections = append(sections, token.Attr[0].Val)
			}
		case nethtml.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> where %q are open", token.Data, open)
			}
			open = open[:len(open)-1]
		case nethtml.TextToken:
			if len(open) > 0 && open[len(open)-1] == "style" && strings.Contains(token.Data, "url(") {
				t.Error("a style loads something")
			}
		}
	}
	if len(open) > 0 {
		t.Errorf("%q are not closed", open)
	}
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !ids[link[1]] {
			t.Errorf("a link to #%s, which is not there", link[1])
		}
	}
	if i := strings.IndexFunc(page, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }); i >= 0 {
		t.Errorf("a control character in %q", page[max(0, i-20):i+1])
	}
	for _, bad := range []string{"NaN", "ZgotmplZ", "%!", "<nil>", "Inf"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %s in it", bad)
		}
	}
	return page, sections
}

// Each kind of training and test has the parts that make sense for it, and no others.
func TestReportParts(t *testing.T) {
	two, three := noisy(t, 140), noisyClasses(t)
	labels := file(t, "tickets.ft", fastText(labelled(tickets(300))))
	classes, regression := table(t, 200, false), table(t, 200, true)
	const words = "mistakes words"
	for _, row := range []struct{ name, args, want, says string }{
		{"two classes", "-data " + two, "summary measures course confusion classes curves calibration " + words, "The positive class is spam."},
		{"three classes", "-data " + three, "summary measures course confusion classes curves calibration " + words, "the worst first"},
		{"several labels", "-data " + labels, "summary measures course classes words", "Hamming loss"},
		{"numbers", "-data " + classes, "summary measures course confusion classes curves calibration", "numbers, standardised"},
		{"regression", "-data " + regression, "summary measures course answers", "Errors are in units of label"},
		{"validation part", "-test-fraction 0 -data " + two, "summary measures course confusion classes curves calibration " + words, "There is no test part."},
		{"training part", "-test-fraction 0 -valid-fraction 0 -epochs 1 -data " + two, "summary measures course confusion classes curves calibration " + words, "says little about others"},
		{"hashed words", "-hash-bits 8 -ngrams 2 -data " + two, "summary measures course confusion classes curves calibration " + words, "hashed into 256 columns"},
		{"hinge", "-loss hinge -data " + two, "summary measures course confusion classes curves calibration " + words, "loss hinge"},
		{"gorgonia", "-engine gorgonia -epochs 1 -data " + two, "summary measures course confusion classes curves calibration " + words, "<td class=\"left\">gorgonia</td>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := t.TempDir()
			model, path := filepath.Join(folder, "m"), filepath.Join(folder, "page.html")
			args := append([]string{"-layers", "8", "-batch", "16", "-epochs", "3", "-seed", "5", "-model", model, "-report", path}, strings.Fields(row.args)...)
			o := mustFit(t, args...)
			if !strings.Contains(o.out, "\nreport written to "+path+"\n") {
				t.Errorf("not said:\n%s", o.out)
			}
			page, sections := readPage(t, path)
			if got := strings.Join(sections, " "); got != row.want {
				t.Errorf("sections %s, want %s", got, row.want)
			}
			for _, want := range []string{row.says, html.EscapeString("fit train "), "--seed 5", "<td class=\"left\">5</td>", "Written by Nestnet", runtime.Version()} {
				if !strings.Contains(page, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			only(t, folder, "m", "page.html")

			// A saved model is tested with the same parts; its file knows the course of the training.
			data := strings.Fields(row.args) // the last of them
			o = mustFit(t, "eval", "-model", model, "-data", data[len(data)-1], "-report", path)
			if !strings.Contains(o.out, "\nreport written to "+path+"\n") {
				t.Errorf("not said by fit eval:\n%s", o.out)
			}
			page, sections = readPage(t, path)
			if got := strings.Join(sections, " "); got != row.want {
				t.Errorf("sections of fit eval %s, want %s", got, row.want)
			}
			if !strings.Contains(page, "Test of m on ") || !strings.Contains(page, "fit eval ") {
				t.Error("the page of fit eval does not say what it is of")
			}
		})
	}
}

// noisyClasses is a corpus of three classes with some wrong labels.
func noisyClasses(t *testing.T) string {
	t.Helper()
	names := []string{"art", "law", "tax"}
	var b strings.Builder
	i := 0
	for line := range strings.Lines(read(t, corpus(t, 180, names...))) {
		if _, text, _ := strings.Cut(line, "\t"); i%5 == 0 {
			line = names[(i+1)%3] + "\t" + text
		}
		b.WriteString(line)
		i++
	}
	return file(t, "three.tsv", b.String())
}

// table is a CSV file of n rows of two numbers, whose label is a class or a number.
func table(t *testing.T, n int, regression bool) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("a,b,label\n")
	for i := range n {
		x, y := float64(i%10), float64(i*7%11)
		label := map[bool]string{true: "high", false: "low"}[x+y > 9+float64(i%3)]
		if regression {
			label = fmt.Sprintf("%.3f", 3*x-y+float64(i%5)/3)
		}
		fmt.Fprintf(&b, "%v,%v,%s\n", x, y, label)
	}
	return file(t, "table.csv", b.String())
}

// Texts and names are those of strangers.
func TestReportEscapes(t *testing.T) {
	evil := `<script>alert(1)</script>`
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(read(t, noisy(t, 200))), "\n") {
		label, text, _ := strings.Cut(line, "\t")
		fmt.Fprintf(&b, "%s%s\t%s <img src=x onerror=alert(%d)> \x1b[2J \u202edrow \"&amp; '\n", label, evil, text, i)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "r.html")
	data := filepath.Join(folder, `<b>'"&.tsv`)
	if err := os.WriteFile(data, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	mustFit(t, "-data", data, "-layers", "8", "-batch", "16", "-epochs", "2", "-report", path)
	page, _ := readPage(t, path)
	for _, want := range []string{"spam" + html.EscapeString(evil), "&lt;<span", "alert", html.EscapeString("<b>")} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
}

// With many classes the page stays as long as one can read.
func TestReportOfManyClasses(t *testing.T) {
	var b strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&b, "class%d\tw%d w%d w%d\n", i%300, i%300, i*7%300, i%11)
	}
	path := filepath.Join(t.TempDir(), "r.html")
	mustFit(t, "-data", file(t, "many.tsv", b.String()), "-layers", "16", "-epochs", "1", "-report", path)
	page, sections := readPage(t, path)
	if len(page) > 1<<20 || len(sections) != 9 {
		t.Errorf("%d bytes, sections %q", len(page), sections)
	}
	for _, want := range []string{"and 260 more", "The 100 of 300 with the lowest F1", "the 10 of 300 that are told worst", "The 20 classes with most documents; 280 more are left out", "Most frequent mistakes"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
