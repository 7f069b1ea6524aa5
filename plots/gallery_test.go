package plots

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/models/feedforward"
)

var gallery = flag.String("gallery", "", "write every figure of the tests into this folder, to look at")

// figures are the pictures that tests draw, in many shapes.
func figures(t *testing.T) map[string]func(Style) (*Figure, error) {
	all := map[string]func(Style) (*Figure, error){
		"activations": func(s Style) (*Figure, error) { return Activations(s, "sigmoid", "tanh", "relu") },
		"activations-all": func(s Style) (*Figure, error) {
			return Activations(s, "linear", "relu", "leakyrelu", "elu", "sigmoid", "tanh", "softplus", "gelu", "swish")
		},
		"curves": func(s Style) (*Figure, error) {
			s.Title = "Losses by the score"
			return Curves(s, "y·f(x)", "loss",
				Curve{Name: "squared", F: func(v float64) float64 { return (1 - v) * (1 - v) }, From: -1, To: 3},
				Curve{Name: "logistic, with 1/ln 2", F: func(v float64) float64 { return math.Log1p(math.Exp(-v)) / math.Ln2 }, From: -3, To: 3},
				Curve{Name: "hinge", F: func(v float64) float64 { return max(0, 1-v) }, From: -3, To: 3})
		},
		"curves-gaps": func(s Style) (*Figure, error) {
			return Curves(s, "", "a·10⁶", Curve{X: []float64{1, 2, 3, 4, 5, 6}, Y: []float64{1e6, math.NaN(), 3e6, 2e6, math.Inf(1), 4.5e6}})
		},
		"influence": func(s Style) (*Figure, error) { return Influence(influence(), "spam", 4, s) },
		"contributions": func(s Style) (*Figure, error) {
			return Contributions(explanation(12), 0, s)
		},
		"contributions-many":    func(s Style) (*Figure, error) { s.Title = "Why spam"; return Contributions(explanation(60), 25, s) },
		"contributions-towards": func(s Style) (*Figure, error) { return Contributions(explanation(1), 0, s) },
		"roc":                   func(s Style) (*Figure, error) { return ROC(s, rankings("spam")...) },
		"roc-many":              func(s Style) (*Figure, error) { return ROC(s, rankings(labels(12)...)...) },
		"precision-recall":      func(s Style) (*Figure, error) { return PrecisionRecall(s, rankings("spam")...) },
		"precision-recall-many": func(s Style) (*Figure, error) { return PrecisionRecall(s, rankings(labels(5)...)...) },
		"surface":               func(s Style) (*Figure, error) { return surfaceOf(s, 2) },
		"surface-flat": func(s Style) (*Figure, error) {
			return Surface(s, func(a, b float64) float64 { return 3 }, Domain{MinA: 0, MaxA: 1, MinB: 0, MaxB: 1})
		},
		"surface-dots": func(s Style) (*Figure, error) {
			inner, outer := Path{Name: "inner ring", Dots: true}, Path{Name: "outer ring", Dots: true}
			for i := range 60 {
				x, y := math.Cos(float64(i)), math.Sin(float64(i))
				inner.A, inner.B = append(inner.A, x), append(inner.B, y)
				outer.A, outer.B = append(outer.A, 2*x), append(outer.B, 2*y)
			}
			return Surface(s, func(a, b float64) float64 { return 1 / (1 + math.Exp(9-6*math.Hypot(a, b))) },
				Domain{MinA: -2.5, MaxA: 2.5, MinB: -2.5, MaxB: 2.5, A: "x₁", B: "x₂", F: "p", Levels: []float64{0.1, 0.25, 0.5, 0.75, 0.9}}, inner, outer)
		},
		"curves-dots": func(s Style) (*Figure, error) {
			measured := Curve{Name: "measured", Dots: true}
			for i := range 40 {
				x := float64(i) / 10
				measured.X, measured.Y = append(measured.X, x), append(measured.Y, x*x+math.Sin(40*x))
			}
			return Curves(s, "x", "y", Curve{Name: "x²", F: func(x float64) float64 { return x * x }, From: 0, To: 4}, measured)
		},
		"surface-saddle": func(s Style) (*Figure, error) {
			return Surface(s, func(a, b float64) float64 {
				if math.Hypot(a-1, b-1) < 0.4 {
					return math.NaN()
				}
				return a * b
			}, Domain{MinA: -2, MaxA: 2, MinB: -2, MaxB: 2, A: "coefficient", B: "bias", F: "a long name", Points: 41})
		},
	}
	for _, part := range []graph.Part{graph.Both, graph.Forward, graph.Gradient} {
		all["graph-"+string(part)] = func(s Style) (*Figure, error) { return Graph(guide(t).Dot(part), s) }
	}
	all["graph-small"] = func(s Style) (*Figure, error) {
		s.Width, s.Title = 6, "The guide's network"
		return Graph(guide(t).Dot(graph.Both), s)
	}
	for _, epochs := range []int{1, 2, 12, 200} {
		for _, kind := range []string{"alone", "classes", "labels", "numbers", "diverged"} {
			if kind != "classes" && epochs != 12 {
				continue
			}
			all[fmt.Sprintf("history-%s-%d", kind, epochs)] = func(s Style) (*Figure, error) { return History(history(epochs, kind), s) }
		}
	}
	for _, n := range []int{2, 4, 10, 20, 60} {
		all[fmt.Sprintf("confusion-%d", n)] = func(s Style) (*Figure, error) { return Confusion(confusion(n), labels(n), s) }
	}
	all["confusion-wide"] = func(s Style) (*Figure, error) {
		s.Width = 7
		return Confusion(confusion(3), labels(3), s)
	}
	all["graph-stock"] = func(s Style) (*Figure, error) {
		net, err := feedforward.New(feedforward.Config{Inputs: 20, Seed: 1, Engine: feedforward.Gorgonia, Loss: losses.CrossEntropy{}},
			feedforward.Dense(8, "tanh"), feedforward.Dense(2, "softmax"))
		if err != nil {
			return nil, err
		}
		return Graph(net.Dot(graph.Both), s)
	}
	all["confusion-small"] = func(s Style) (*Figure, error) {
		s.Width, s.Height, s.Title = 4, 4, "Squeezed"
		return Confusion(confusion(10), labels(10), s)
	}
	return all
}

func history(epochs int, kind string) *feedforward.History {
	h := &feedforward.History{}
	for i := range epochs {
		x := float64(i+1) / float64(epochs)
		e := feedforward.Epoch{Number: i + 1, Loss: 0.7*math.Exp(-3*x) + 0.02}
		r := &feedforward.Result{Loss: 0.65*math.Exp(-2.5*x) + 0.08*x*x + 0.1, Accuracy: math.NaN(), MacroF1: math.NaN()}
		switch kind {
		case "classes":
			r.Accuracy = 0.985 - 0.4*math.Exp(-4*x)
		case "labels":
			r.MultiLabel = &feedforward.MultiLabelResult{MicroF1: 0.9 - 0.5*math.Exp(-4*x), SubsetAccuracy: 0.7 - 0.5*math.Exp(-4*x)}
			r.Accuracy = r.MultiLabel.SubsetAccuracy
		case "numbers":
			r.Regression = &feedforward.RegressionResult{R2: 0.93 - math.Exp(-4*x)}
		case "diverged":
			if i > 7 {
				e.Loss, r.Loss = math.NaN(), math.Inf(1)
			}
		}
		if kind != "alone" {
			e.Valid = r
			h.Best = max(1, epochs*3/4)
		}
		h.Epochs = append(h.Epochs, e)
	}
	return h
}

func labels(n int) []string {
	all := []string{"ham", "spam", "Größenänderungsmitteilungen", "новости и политика", "体育新闻", "comp.sys.ibm.pc.hardware", "a<b & \"c\"",
		"sci.space", "talk.politics.guns", "an exceedingly long name of a class that nobody can want to read"}
	for i := len(all); i < n; i++ {
		all = append(all, fmt.Sprintf("class %d", i))
	}
	return all[:n]
}

func confusion(n int) *feedforward.Result {
	r := &feedforward.Result{}
	for i := range n {
		row := make([]int, n)
		for j := range row {
			row[j] = (i*7 + j*13) % 5 * ((i + j) % 3)
		}
		row[i] = 120 + 1000*(i%3)
		r.Confusion = append(r.Confusion, row)
	}
	return r
}

func explanation(n int) *feedforward.Explanation {
	x := &feedforward.Explanation{OutputName: "log-odds", Class: feedforward.Label{Name: "spam"}}
	words := []string{"prize", "won", "meeting", "free", "Donaudampfschifffahrtsgesellschaftskapitänskajüte", "приз", "you have won", "奖品"}
	for i := range n {
		v := 2.4 / float64(i+1)
		if i%3 == 2 {
			v = -v
		}
		word := fmt.Sprintf("word%d", i)
		if i < len(words) {
			word = words[i]
		}
		x.Words = append(x.Words, feedforward.ExplainedWord{Word: word, Count: 1, X: 1, Contribution: v})
	}
	return x
}

func rankings(names ...string) []Ranked {
	var all []Ranked
	for i, name := range names {
		r := &feedforward.Ranking{ROCAUC: 0.99 - 0.03*float64(i), AveragePrecision: 0.97 - 0.04*float64(i)}
		r.Curve = []feedforward.CurvePoint{{Threshold: math.Inf(1), Precision: 1}}
		tp, fp := 0, 0
		for k := range 400 {
			if (k*k*(i+3)+k)%400 > k*(7-min(i, 6))/4 {
				tp++
			} else {
				fp++
			}
		}
		p, n := tp, fp
		tp, fp = 0, 0
		for k := range 400 {
			if (k*k*(i+3)+k)%400 > k*(7-min(i, 6))/4 {
				tp++
			} else {
				fp++
			}
			r.Curve = append(r.Curve, feedforward.CurvePoint{Threshold: 1 - float64(k)/400, FalsePositiveRate: float64(fp) / float64(n),
				Recall: float64(tp) / float64(p), Precision: float64(tp) / float64(tp+fp)})
		}
		all = append(all, Ranked{name, r})
	}
	return all
}

// TestGallery draws every figure, light and dark, the same twice, and for -gallery into a
// folder.
func TestGallery(t *testing.T) {
	for name, figure := range figures(t) {
		t.Run(name, func(t *testing.T) {
			for _, dark := range []bool{false, true} {
				f, err := figure(Style{Dark: dark})
				if err != nil {
					t.Fatal(err)
				}
				again, err := figure(Style{Dark: dark})
				if err != nil {
					t.Fatal(err)
				}
				if f.SVG() != again.SVG() {
					t.Error("the same figure has another SVG")
				}
				if *gallery == "" {
					continue
				}
				file := filepath.Join(*gallery, name)
				if dark {
					file += "-dark"
				}
				if err := os.WriteFile(file+".svg", []byte(f.SVG()), 0o644); err != nil {
					t.Fatal(err)
				}
				if err := f.Save(file + ".png"); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// surfaceOf has Rosenbrock's valley, and two ways down.
func surfaceOf(s Style, ways int) (*Figure, error) {
	f := func(a, b float64) float64 { return (1-a)*(1-a) + 20*(b-a*a)*(b-a*a) }
	var paths []Path
	for i := range ways {
		w := Path{Name: []string{"SGD", "Momentum"}[i]}
		a, b, va, vb := -1.5, 2.0, 0.0, 0.0
		for range 400 {
			w.A, w.B = append(w.A, a), append(w.B, b)
			da, db := -2*(1-a)-80*a*(b-a*a), 40*(b-a*a)
			va, vb = 0.8*float64(i)*va-0.003*da, 0.8*float64(i)*vb-0.003*db
			a, b = a+va, b+vb
		}
		paths = append(paths, w)
	}
	return Surface(s, f, Domain{MinA: -2, MaxA: 2, MinB: -1, MaxB: 3}, paths...)
}

// guide is the network of the guide.
func guide(t *testing.T) *feedforward.Network {
	net, err := feedforward.New(feedforward.Config{Inputs: 2000, Seed: 1, Loss: losses.CrossEntropy{}},
		feedforward.Dense(64, "relu"), feedforward.Dense(64, "relu"), feedforward.Dense(2, "softmax"))
	if err != nil {
		t.Fatal(err)
	}
	return net
}
