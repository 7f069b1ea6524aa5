package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/models/feedforward"
)

// texts are what a figure says.
func texts(t *testing.T, f *Figure) []string {
	t.Helper()
	var all []string
	d := xml.NewDecoder(strings.NewReader(f.SVG()))
	inText := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text"
		case xml.CharData:
			if inText {
				all = append(all, string(token))
			}
		case xml.EndElement:
			inText = false
		}
	}
}

// TestTexts looks for what each figure has to say.
func TestTexts(t *testing.T) {
	want := map[string][]string{
		"activations":           {"sigmoid", "tanh", "relu", "f(z)", "f′(z)", "z", "−4", "0.8"},
		"curves":                {"Losses by the score", "squared", "logistic, with 1/ln 2", "hinge", "y·f(x)", "loss"},
		"contributions":         {"towards spam", "away from spam", "prize", "приз", "奖品", "+2.4000", "−0.8000", "contribution to the log-odds of spam"},
		"influence":             {"towards spam", "away from spam", "your", "the", "−0.6500", "2 weaker not shown", "mean contribution to spam over 382 texts"},
		"contributions-many":    {"Why spam", "35 weaker not shown"},
		"roc":                   {"AUC 0.9900  spam", "false positive rate", "recall (true positive rate)"},
		"precision-recall":      {"AP 0.9700  spam", "recall", "precision"},
		"surface":               {"SGD", "Momentum", "a", "b", "loss"},
		"history-alone-12":      {"training loss", "loss", "epoch"},
		"history-classes-12":    {"training loss", "validation loss", "validation accuracy", "accuracy", "best epoch: 9"},
		"history-labels-12":     {"validation micro F1", "validation subset accuracy", "micro F1, subset accuracy"},
		"history-numbers-12":    {"validation R²", "R²"},
		"history-diverged-12":   {"not a number"},
		"history-classes-1":     {"best epoch: 1", "1"},
		"confusion-10":          {"ham", "Größenänderungsmitteilungen", "новости и политика", "体育新闻", `a<b & "c"`, "2120", "class", "taken for"},
		"graph-both":            {"x", "a1", "f1", "SparseAffine{relu}", "32 × 2000", "∂loss/∂a1", "input", "op", "op of the gradient", "result"},
		"graph-gradient":        {"of the forward part"},
		"precision-recall-many": {"AP 0.9300  spam"},
		"surface-saddle":        {"coefficient", "bias", "a long name"},
		"activations-all":       {"gelu", "swish"},
		"history-classes-200":   {"best epoch: 150", "100"},
		"confusion-small":       {"Squeezed"},
		"contributions-towards": {"prize"},
		"graph-small":           {"The guide's network"},
		"curves-gaps":           {"a·10⁶"},
		"confusion-20":          {"class 19"},
		"history-classes-2":     {"2"},
		"surface-dots":          {"inner ring", "outer ring", "x₁", "p", "0.25"},
		"curves-dots":           {"measured", "x²"},
		"confusion-wide":        {"ham", "Größenänderungsmitteilungen"},
		"graph-stock":           {"x", "loss", "∂loss/∂a1"},
		"surface-flat":          {"3"},
		"roc-many":              {"AUC 0.6600  class 11"},
		"graph-forward":         {"loss"},
		"confusion-2":           {"1120"},
		"confusion-4":           {"spam"},
		"confusion-60":          {"class 59"},
	}
	for name, figure := range figures(t) {
		f, err := figure(Style{})
		if err != nil {
			t.Fatal(err)
		}
		got := texts(t, f)
		if want[name] == nil {
			t.Errorf("%s: nobody said what it has to say", name)
		}
		for _, s := range want[name] {
			if !slices.Contains(got, s) {
				t.Errorf("%s: no %q in %q", name, s, got)
			}
		}
	}
}

// A PNG has its size, its background and, twice, the same bytes.
func TestWritePNG(t *testing.T) {
	for _, c := range []struct {
		style         Style
		dpi           float64
		width, height int
		alpha, red    uint32 // of a corner
	}{
		{Style{}, 0, 922, 605, 0xffff, 0xffff},
		{Style{Dark: true}, 72, 461, 302, 0xffff, 0x0d0d},
		{Style{Width: 4, Height: 3}, 100, 400, 300, 0xffff, 0xffff},
		{Style{Transparent: true}, 0, 922, 605, 0, 0},
	} {
		f, err := Curves(c.style, "x", "y", Curve{Name: "e^x", F: math.Exp, From: 0, To: 1})
		if err != nil {
			t.Fatal(err)
		}
		var a, b bytes.Buffer
		if err := errors.Join(f.WritePNG(&a, c.dpi), f.WritePNG(&b, c.dpi)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%+v: the same figure has another PNG", c)
		}
		m, err := png.Decode(&a)
		if err != nil {
			t.Fatal(err)
		}
		red, _, _, alpha := m.At(0, 0).RGBA()
		if size := m.Bounds().Size(); size.X != c.width || size.Y != c.height || red != c.red || alpha != c.alpha {
			t.Errorf("%+v: size %v, a corner has red %#x and alpha %#x", c, size, red, alpha)
		}
	}
}

// An SVG stands on its own and in a page.
func TestSVG(t *testing.T) {
	f, err := Curves(Style{Title: `<"&'>`, Transparent: true}, "x", "y", Curve{Name: "a\x00\n b", X: []float64{1, 2}, Y: []float64{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	svg := f.SVG()
	if got := texts(t, f); !slices.Contains(got, `<"&'>`) || !slices.Contains(got, "a   b") {
		t.Errorf("texts %q", got)
	}
	for _, want := range []string{`<svg xmlns="http://www.w3.org/2000/svg" `, `role="img" aria-label="&lt;&#34;&amp;&#39;&gt;"`, "max-width:100%", "'Liberation Sans',Arial"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in %.400s", want, svg)
		}
	}
	for _, bad := range []string{"<?xml", "font-family:Liberation", " id=", "#FFFFFF"} {
		if strings.Contains(svg, bad) {
			t.Errorf("%q in %.400s", bad, svg)
		}
	}
}

func TestSave(t *testing.T) {
	f, err := Activations(Style{}, "relu")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, c := range []struct{ name, begins string }{{"a.svg", "<svg "}, {"a.PNG", "\x89PNG"}} {
		path := filepath.Join(dir, c.name)
		if err := f.Save(path); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(b), c.begins) {
			t.Errorf("%s begins with %.8q, %v", c.name, b, err)
		}
	}
	for _, c := range []struct{ name, want string }{
		{"a.jpg", `plots: DIR/a.jpg: a picture is .svg or .png, not ".jpg"`},
		{"a", `plots: DIR/a: a picture is .svg or .png, not ""`},
		{"missing/a.svg", "no such file"},
	} {
		err := f.Save(filepath.Join(dir, c.name))
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), dir, "DIR"), c.want) {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("the folder holds %v", entries)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// Whatever a caller can get wrong is an error that says so.
func TestErrors(t *testing.T) {
	good := Curve{Name: "c", X: []float64{1}, Y: []float64{1}}
	flat := func(a, b float64) float64 { return 0 }
	square := Domain{MaxA: 1, MaxB: 1}
	figure, err := Curves(Style{}, "", "", good)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	cases := []struct {
		want string
		err  func() (*Figure, error)
	}{
		{"plots: Style.Width is -1 inches, want 1 to 200, or 0 for the default\nplots: Style.Height is NaN inches", func() (*Figure, error) { return Curves(Style{Width: -1, Height: nan}, "", "", good) }},
		{"plots: Style.Width is 300", func() (*Figure, error) { return ROC(Style{Width: 300}, rankings("a")...) }},
		{"plots: Curves without curves", func() (*Figure, error) { return Curves(Style{}, "", "") }},
		{`plots: curve "a" has 1 x and 0 y, want as many` + "\n" + `plots: curve "b" has no points`, func() (*Figure, error) {
			return Curves(Style{}, "", "", Curve{Name: "a", X: []float64{1}}, Curve{Name: "b"})
		}},
		{`plots: curve "f" has points and a function`, func() (*Figure, error) {
			return Curves(Style{}, "", "", Curve{Name: "f", F: math.Exp, X: []float64{1}})
		}},
		{`plots: curve "f" is a function from 0 to 0, want From below To`, func() (*Figure, error) { return Curves(Style{}, "", "", Curve{Name: "f", F: math.Exp}) }},
		{"plots: Curves without a finite point", func() (*Figure, error) {
			return Curves(Style{}, "", "", Curve{X: []float64{1}, Y: []float64{nan}})
		}},
		{"plots: Activations without names", func() (*Figure, error) { return Activations(Style{}) }},
		{`unknown activation "softmax"`, func() (*Figure, error) { return Activations(Style{}, "relu", "softmax", "cube") }},
		{`unknown activation "cube"`, func() (*Figure, error) { return Activations(Style{}, "relu", "softmax", "cube") }},
		{"plots: a History without epochs", func() (*Figure, error) { return History(nil, Style{}) }},
		{"plots: a History without epochs", func() (*Figure, error) { return History(&feedforward.History{}, Style{}) }},
		{"plots: a History without a finite loss", func() (*Figure, error) {
			return History(&feedforward.History{Epochs: []feedforward.Epoch{{Number: 1, Loss: nan}}}, Style{})
		}},
		{"plots: a Result without a confusion matrix", func() (*Figure, error) { return Confusion(nil, nil, Style{}) }},
		{"plots: a Result without a confusion matrix", func() (*Figure, error) {
			return Confusion(&feedforward.Result{MultiLabel: &feedforward.MultiLabelResult{}}, nil, Style{})
		}},
		{"plots: 3 labels for the 2 classes", func() (*Figure, error) { return Confusion(confusion(2), labels(3), Style{}) }},
		{"plots: row 1 of the confusion matrix has 1 numbers, want 2", func() (*Figure, error) {
			return Confusion(&feedforward.Result{Confusion: [][]int{{1, 2}, {1}}}, labels(2), Style{})
		}},
		{"does not fit into 1 × 1 inches", func() (*Figure, error) { return Confusion(confusion(20), labels(20), Style{Width: 1, Height: 1}) }},
		{"plots: ROC without curves", func() (*Figure, error) { return ROC(Style{}) }},
		{`plots: the ranking of "a" has no points`, func() (*Figure, error) { return ROC(Style{}, Ranked{Name: "a"}) }},
		{`plots: the ranking of "b" has no curve: all examples are of that class, or none`, func() (*Figure, error) {
			return ROC(Style{}, Ranked{"b", &feedforward.Ranking{Curve: []feedforward.CurvePoint{{FalsePositiveRate: nan}}}})
		}},
		{"plots: PrecisionRecall without curves", func() (*Figure, error) { return PrecisionRecall(Style{}) }},
		{`plots: the ranking of "a" has no points`, func() (*Figure, error) {
			return PrecisionRecall(Style{}, Ranked{"a", &feedforward.Ranking{}})
		}},
		{"plots: Surface without a function\nplots: Domain from MinA 0 to MaxA 0, want the first below the second\nplots: Domain from MinB 0 to MaxB 0", func() (*Figure, error) { return Surface(Style{}, nil, Domain{}) }},
		{"plots: Domain.Points is 1, want 2 to 1000", func() (*Figure, error) { return Surface(Style{}, flat, Domain{MaxA: 1, MaxB: 1, Points: 1}) }},
		{`plots: path "p" has 1 a and 0 b, want as many`, func() (*Figure, error) { return Surface(Style{}, flat, square, Path{Name: "p", A: []float64{1}}) }},
		{`plots: path "p" has no points`, func() (*Figure, error) { return Surface(Style{}, flat, square, Path{Name: "p"}) }},
		{"plots: the function of Surface has no finite value", func() (*Figure, error) {
			return Surface(Style{}, func(a, b float64) float64 { return nan }, square)
		}},
		{"plots: Contributions without an explanation", func() (*Figure, error) { return Contributions(nil, 0, Style{}) }},
		{"plots: -1 words, want at least 1", func() (*Figure, error) { return Contributions(explanation(1), -1, Style{}) }},
		{"plots: no word of the text is in the dictionary", func() (*Figure, error) { return Contributions(&feedforward.Explanation{}, 0, Style{}) }},
		{"graph: Dot has no outputs to draw", func() (*Figure, error) { return Graph(graph.Dot{}, Style{}) }},
		{"plots: 5 dots per inch", func() (*Figure, error) { return nil, figure.WritePNG(io.Discard, 5) }},
		{"plots: a PNG of 2323 million pixels is too large", func() (*Figure, error) {
			f, err := Curves(Style{Width: 200, Height: 200}, "", "", good)
			if err != nil {
				return nil, err
			}
			return nil, f.WritePNG(io.Discard, 241)
		}},
		{"plots: disk full", func() (*Figure, error) { return nil, figure.WritePNG(fullDisk{}, 0) }},
		{"plots: Rankings without an evaluation", func() (*Figure, error) { _, err := Rankings(nil, nil); return nil, err }},
		{"plots: 1 labels for 0 classes", func() (*Figure, error) { _, err := Rankings(&feedforward.Evaluation{}, labels(1)); return nil, err }},
		{`plots: no example is of class "spam"`, func() (*Figure, error) {
			e := &feedforward.Evaluation{}
			e.PerClass = make([]feedforward.ClassResult, 2)
			_, err := Rankings(e, labels(2))
			return nil, err
		}},
	}
	for _, c := range cases {
		f, err := c.err()
		if err == nil || !strings.Contains(err.Error(), c.want) || f != nil {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

// Figures of any size and of any numbers can be drawn: nothing panics, hangs, or puts what is
// no number into the SVG.
func TestExtremes(t *testing.T) {
	base64 := regexp.MustCompile(`base64,[^"]*`)
	drawn := func(name string, f *Figure, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		svg := base64.ReplaceAllString(f.SVG(), "")
		for _, bad := range []string{"NaN", "Inf"} {
			if at := strings.Index(svg, bad); at >= 0 {
				t.Errorf("%s: %s in the SVG: %s", name, bad, svg[max(0, at-200):at+20])
			}
		}
	}
	for name, figure := range figures(t) {
		for _, size := range [][2]float64{{1, 1}, {1, 6}, {9, 1}, {1, 0}, {0, 1}, {200, 200}} {
			f, err := figure(Style{Width: size[0], Height: size[1]})
			if err != nil && strings.Contains(err.Error(), "does not fit") {
				continue
			}
			drawn(name, f, err)
		}
	}
	for _, y := range [][]float64{
		{0, 0}, {1e299, -1e299}, {math.MaxFloat64, 1, 2}, {5e-324, 0}, {1e-320, 2e-320}, {1, 1 + 1e-15}, {-1e-12, 1e-12}, {1e15, 1e15 + 1},
		{math.Inf(1), math.Inf(-1), 3},
	} {
		x := make([]float64, len(y))
		for i := range x {
			x[i] = float64(i) * y[len(y)-1]
		}
		f, err := Curves(Style{}, "x", "y", Curve{X: x, Y: y}, Curve{X: y, Y: y, Dots: true})
		drawn("curves", f, err)
	}
	f, err := Surface(Style{}, func(a, b float64) float64 { return a * b }, Domain{MinA: -1e200, MaxA: 1e200, MinB: 1e-200, MaxB: 1e-199},
		Path{A: []float64{math.NaN(), math.Inf(1), 1e250}, B: []float64{0, 1, 1e-199}})
	drawn("surface", f, err)
	h := history(12, "classes")
	h.Best = 99
	f, err = History(h, Style{})
	drawn("history", f, err)
}

// Several goroutines may draw one figure.
func TestConcurrent(t *testing.T) {
	f, err := History(history(12, "classes"), Style{Title: "Twice"})
	if err != nil {
		t.Fatal(err)
	}
	want := f.SVG()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if f.SVG() != want {
				t.Error("another SVG")
			}
			if err := f.WritePNG(io.Discard, 72); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// What is written on a colour can be read, and letters and lines on their background.
func TestContrast(t *testing.T) {
	ratio := func(a, b color.RGBA) float64 {
		high, low := luminance(a), luminance(b)
		return (max(high, low) + 0.05) / (min(high, low) + 0.05)
	}
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				c := color.RGBA{uint8(r), uint8(g), uint8(b), 255}
				if got := ratio(c, on(c)); got < 3.3 {
					t.Errorf("contrast %.2f on %v", got, c)
				}
			}
		}
	}
	for _, dark := range []bool{false, true} {
		th := Style{Dark: dark}.theme()
		for name, c := range map[string]color.RGBA{"ink": th.ink, "muted": th.muted} {
			if got := ratio(c, th.background); got < 4.5 {
				t.Errorf("dark %v: contrast %.2f of %s", dark, got, name)
			}
		}
		seen := map[string]bool{}
		for i := range 28 {
			s := th.line(i)
			if got := ratio(s.color.(color.RGBA), th.background); got < 2.2 {
				t.Errorf("dark %v: contrast %.2f of line %d", dark, got, i)
			}
			seen[fmt.Sprint(s)] = true
		}
		if len(seen) != 28 {
			t.Errorf("dark %v: %d different lines, want 28", dark, len(seen))
		}
	}
	if luminance(hex(0)) != 0 || math.Abs(luminance(hex(0xffffff))-1) > 1e-9 || math.Abs(luminance(hex(0xff0000))-0.2126) > 1e-9 {
		t.Error("luminance")
	}
}
