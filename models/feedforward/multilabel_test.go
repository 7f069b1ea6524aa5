package feedforward

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/tensor"
)

// trainedLabels is a classifier for texts with up to three labels, each told by words of
// its own, and its examples.
func trainedLabels(t *testing.T, dt tensor.Dtype) (*Classifier, *data.Set) {
	t.Helper()
	rng := rand.New(rand.NewPCG(8, 8))
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		t.Fatal(err)
	}
	corpus.MultiLabel = true
	topics := map[string]string{"sport": "goal", "money": "price", "odd, name": "moon", "war": "army"}
	names := []string{"money", "odd, name", "sport", "war"}
	for range 400 {
		d := bow.Document{Labels: []string{}}
		for _, k := range rng.Perm(len(names))[:rng.IntN(4)] {
			d.Labels = append(d.Labels, names[k])
			d.Text += " " + topics[names[k]]
		}
		for range 4 {
			d.Text += " w" + string(rune('a'+rng.IntN(20)))
		}
		if err := corpus.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	words, err := corpus.Vocabulary(nil, bow.VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := corpus.Encoder(words, bow.Presence, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := corpus.Set(enc, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := mustNew(t, Config{Inputs: words.Len(), Seed: 1, Dtype: dt, MultiLabel: true}, Dense(8, "relu"), Dense(4, "sigmoid"))
	h, err := n.Fit(t.Context(), set, Fit{Epochs: 20, Batch: 16, Solver: &solvers.Adam{LearningRate: 0.02}, Valid: set, Patience: 2})
	if err != nil {
		t.Fatal(err)
	}
	if r := h.Epochs[h.Best-1].Valid; r.MultiLabel.MicroF1 < 0.98 || r.MacroF1 < 0.98 || r.Accuracy < 0.95 {
		t.Fatalf("after training: %+v, %+v", r, r.MultiLabel)
	}
	return &Classifier{Network: n, Encoder: enc, Labels: corpus.Labels()}, set
}

// What Evaluate says follows from the outputs.
func TestEvaluateLabels(t *testing.T) {
	for _, loss := range []losses.Loss{losses.BinaryCrossEntropy{}, losses.Hinge{}} {
		set := randomLabels(300, 20, 5, 2)
		n := mustNew(t, Config{Inputs: 20, Loss: loss, Seed: 2, MultiLabel: true}, Dense(4, "tanh"), Dense(5, loss.Outputs()[0]))
		if _, err := n.Fit(t.Context(), set, Fit{Epochs: 5}); err != nil {
			t.Fatal(err)
		}
		answers, err := n.Classify(&set.All)
		if err != nil {
			t.Fatal(err)
		}
		for _, threshold := range []float64{0, 0.3, 0.5, 0.9, 1} {
			r, err := n.EvaluateAt(set, threshold)
			if err != nil {
				t.Fatal(err)
			}
			tp, fp, fn, exact, sum := 0, 0, 0, 0, 0.0
			for i, a := range answers {
				right := true
				for j, p := range a.Probabilities {
					has, gets := slices.Contains(set.All.Labels(i), int32(j)), p >= threshold
					switch {
					case has && gets:
						tp++
					case gets:
						fp++
					case has:
						fn++
					}
					right = right && has == gets
					if has {
						sum -= math.Log(p)
					} else {
						sum -= math.Log(1 - p)
					}
				}
				if right {
					exact++
				}
			}
			m := r.MultiLabel
			near := func(what string, got, want float64) {
				t.Helper()
				if !(math.Abs(got-want) <= 1e-12) {
					t.Errorf("%s, threshold %v: %s is %v, want %v", loss.Name(), threshold, what, got, want)
				}
			}
			near("micro F1", m.MicroF1, float64(2*tp)/float64(2*tp+fp+fn))
			near("micro precision", m.MicroPrecision, float64(tp)/math.Max(float64(tp+fp), 1))
			near("micro recall", m.MicroRecall, float64(tp)/float64(tp+fn))
			near("Hamming loss", m.HammingLoss, float64(fp+fn)/(300*5))
			near("subset accuracy", m.SubsetAccuracy, float64(exact)/300)
			near("accuracy", r.Accuracy, m.SubsetAccuracy)
			near("threshold", m.Threshold, threshold)
			if r.Confusion != nil || !math.IsNaN(r.ROCAUC) || len(r.PerClass) != 5 || r.Documents != 300 {
				t.Errorf("result %+v", r)
			}
			// The sum over the labels, the mean over the examples.
			if want := sum / 300; loss.TakesLogits() && math.Abs(r.Loss-want) > 1e-4*want {
				t.Errorf("loss %v, want %v", r.Loss, want)
			}
		}
	}
}

func TestAllLabels(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		c, set := trainedLabels(t, dt)
		path := filepath.Join(t.TempDir(), "m")
		if err := c.Save(path); err != nil {
			t.Fatal(err)
		}
		loaded, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if !loaded.Network.Config().MultiLabel || !loaded.Encoder.MultiLabel {
			t.Error("the model does not know that it gives several labels")
		}
		want, err := c.Network.Evaluate(set)
		if err != nil {
			t.Fatal(err)
		}
		got, err := loaded.Network.Evaluate(set)
		if err != nil {
			t.Fatal(err)
		}
		// The area under the ROC curve is NaN, which is not equal to itself.
		if got.ROCAUC, want.ROCAUC = 0, 0; !reflect.DeepEqual(got, want) {
			t.Errorf("loaded: %+v, want %+v", got, want)
		}

		p, err := loaded.Predictor()
		if err != nil {
			t.Fatal(err)
		}
		texts := []string{"the goal and the army", "wa wb", "", "moon price goal wc"}
		for range 300 { // more than a graph has rows
			texts = append(texts, "price of the moon")
		}
		answers, err := c.AllLabels(DefaultThreshold, texts...)
		if err != nil {
			t.Fatal(err)
		}
		all := make([][]Label, len(texts))
		if err := p.AllLabels(all, texts, DefaultThreshold); err != nil {
			t.Fatal(err)
		}
		for i, names := range [][]string{{"sport", "war"}, {}, {}, {"money", "odd, name", "sport"}} {
			var found []string
			for k, l := range answers[i] {
				found = append(found, l.Name)
				if l.Probability < DefaultThreshold || k > 0 && l.Probability > answers[i][k-1].Probability {
					t.Errorf("%q: %v, want at least %v and the most probable first", texts[i], answers[i], DefaultThreshold)
				}
			}
			slices.Sort(found)
			if !slices.Equal(found, names) {
				t.Errorf("%q has the labels %q, want %q", texts[i], found, names)
			}
		}
		for i, text := range texts {
			one, err := p.AppendLabels(nil, text, DefaultThreshold)
			if err != nil || !slices.Equal(one, answers[i]) || !slices.Equal(all[i], answers[i]) {
				t.Fatalf("%q: %v alone, %v among others, %v by the classifier (%v)", text, one, all[i], answers[i], err)
			}
		}
		if every, err := p.AppendLabels([]Label{{Name: "kept"}}, "goal", 0); err != nil || len(every) != 5 || every[0].Name != "kept" || every[1].Name != "sport" {
			t.Errorf("threshold 0: %v, %v", every, err)
		}
		best, err := p.Classify("goal")
		if err != nil || best.Name != "sport" {
			t.Errorf("the most likely label is %v, %v", best, err)
		}
		dst := make([]Label, 0, 4)
		if n := testing.AllocsPerRun(100, func() { dst, _ = p.AppendLabels(dst[:0], "the goal and the army", 0.5) }); n != 0 {
			t.Errorf("%v: %v allocations a text", dt, n)
		}
		if n := testing.AllocsPerRun(10, func() { _ = p.AllLabels(all, texts, 0.5) }); n != 0 {
			t.Errorf("%v: %v allocations for %d texts", dt, n, len(texts))
		}
		for _, test := range []struct {
			call func() error
			want string
		}{
			{func() error { return p.AllLabels(all[:1], texts, 0.5) }, "room for the labels of 1 texts"},
			{func() error { _, err := p.AppendLabels(nil, "x", 1.5); return err }, "the threshold is 1.5, want 0 to 1"},
			{func() error { _, err := c.AllLabels(math.NaN(), "x"); return err }, "the threshold is NaN"},
			{func() error { _, err := c.Network.EvaluateAt(set, -1); return err }, "the threshold is -1"},
			{func() error { _, err := trained(t, bow.Presence, dt).AllLabels(0.5, "x"); return err }, "one class, not several labels; use Classify"},
			{func() error { _, err := (&Classifier{Network: c.Network}).AllLabels(0.5, "x"); return err }, "numbers, not text"},
		} {
			if err := test.call(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		}
	}
}

// The merged result of two parts is that of the whole.
func TestMergeLabels(t *testing.T) {
	set := randomLabels(300, 20, 5, 2)
	n := mustNew(t, Config{Inputs: 20, Seed: 2, MultiLabel: true}, Dense(5, "sigmoid"))
	if _, err := n.Fit(t.Context(), set, Fit{Epochs: 5}); err != nil {
		t.Fatal(err)
	}
	parts := []*data.Set{{}, {}}
	for i := range 300 {
		parts[min(i/100, 1)].Append(&set.All, i)
	}
	var results []*Result
	for _, s := range append(parts, set) {
		r, err := n.EvaluateAt(s, 0.4)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	got, err := MergeLabels(results[:2]...)
	want := results[2]
	if err != nil || math.Abs(got.Loss-want.Loss) > 1e-6 { // sums of float32
		t.Fatalf("loss %v, want %v, error %v", got.Loss, want.Loss, err)
	}
	// The area under the ROC curve is NaN, which is not equal to itself.
	if got.Loss, got.ROCAUC, want.ROCAUC = want.Loss, 0, 0; !reflect.DeepEqual(got, want) {
		t.Errorf("merged: %+v, the whole: %+v", got, want)
	}
	other, err := n.Evaluate(set)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		results []*Result
		want    string
	}{
		{nil, "no results"},
		{[]*Result{want, other}, "thresholds 0.4 and 0.5"},
		{[]*Result{{}}, "without labels"},
	} {
		if _, err := MergeLabels(test.results...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

// A network for a single label has one output, and one answer to name.
func TestOneLabel(t *testing.T) {
	set := randomLabels(200, 40, 1, 4)
	n := mustNew(t, Config{Inputs: 40, Seed: 1, MultiLabel: true}, Dense(1, "sigmoid"))
	if _, err := n.Fit(t.Context(), set, Fit{Epochs: 60, Solver: &solvers.Adam{LearningRate: 0.05}}); err != nil {
		t.Fatal(err)
	}
	r, err := n.Evaluate(set)
	if err != nil || n.Classes() != 1 || r.MultiLabel.MicroF1 < 0.9 || r.MacroF1 != r.MultiLabel.MicroF1 {
		t.Errorf("%d classes, %+v, %v", n.Classes(), r, err)
	}
	answers, err := n.Classify(&set.All)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if a.Class != 0 || len(a.Probabilities) != 1 || a.Probability != a.Probabilities[0] {
			t.Fatalf("answer %+v, want label 0", a)
		}
	}
}

// The bits do not depend on the number of workers, nor on whether the examples come from
// memory or a file, and a step allocates nothing.
func TestLabelsTrainLikeClasses(t *testing.T) {
	set := randomLabels(500, 40, 5, 3)
	cfg := Config{Inputs: 40, Seed: 1, MultiLabel: true}
	layers := []Layer{Dense(8, "relu"), Dense(5, "sigmoid")}
	disk, err := data.NewCache(data.CacheOptions{Mode: data.CacheDisk, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	if err := disk.Extend(&set.All); err != nil {
		t.Fatal(err)
	}
	for _, source := range []data.Source{set, disk} {
		var first *Network
		for _, workers := range []int{1, 2, 3} {
			n := mustNew(t, cfg, layers...)
			if _, err := n.Fit(t.Context(), source, Fit{Epochs: 2, Batch: 100, Workers: workers}); err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = n
			} else if !sameWeights(first, n) {
				t.Errorf("%d workers give other weights than 1", workers)
			}
		}
	}
	tr := mustTrainer(t, mustNew(t, cfg, layers...), Fit{Workers: 2})
	step := func() {
		if _, err := tr.step(&set.All, 1); err != nil {
			t.Fatal(err)
		}
	}
	for range 8 {
		step()
	}
	everyMember(t, tr)
	if got := testing.AllocsPerRun(50, step); got != 0 {
		t.Errorf("%v allocations a step", got)
	}
}

func TestBadLabels(t *testing.T) {
	n := mustNew(t, Config{Inputs: 10, MultiLabel: true}, Dense(3, "sigmoid"))
	classes := mustNew(t, Config{Inputs: 10}, Dense(3, "softmax"))
	for _, test := range []struct {
		n    *Network
		set  *data.Set
		want string
	}{
		{n, randomSet(5, 10, 3, 1), "batch holds no sets of labels, the network was declared for sets of labels (Config.MultiLabel)"},
		{classes, randomLabels(5, 10, 3, 1), "batch holds sets of labels, the network was declared for no sets of labels (Config.MultiLabel)"},
		{n, randomLabels(50, 10, 4, 1), "has label 3, want 0 to 2"},
	} {
		if _, err := test.n.Fit(t.Context(), test.set, Fit{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	if _, err := New(Config{Inputs: 1, MultiLabel: true}, Dense(3, "softmax")); err == nil ||
		!strings.Contains(err.Error(), "loss crossentropy gives an example one class of several; Config.MultiLabel wants one for each output, such as binary-crossentropy") {
		t.Errorf("softmax: %v", err)
	}
	if _, err := (&Classifier{Network: n, Labels: []string{"a", "b"}}).file(); err == nil || !strings.Contains(err.Error(), "2 labels for a network that tells 3 classes") {
		t.Errorf("too few names: %v", err)
	}
}
