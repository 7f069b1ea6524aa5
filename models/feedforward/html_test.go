package feedforward

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/losses"
)

// wellFormed fails if a piece of a page has a tag that is not closed, or anything that
// would run or load.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = xml.HTMLEntity
	for {
		_, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, page)
		}
	}
	for _, bad := range []string{"<script", "src=", "href=", "ZgotmplZ", "NaN,", "%!"} {
		if strings.Contains(page, bad) {
			t.Errorf("%s in\n%s", bad, page)
		}
	}
}

func has(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(page, part) {
			t.Errorf("no %q in\n%s", part, page)
		}
	}
}

func TestNetworkHTML(t *testing.T) {
	n := mustNew(t, Config{Inputs: 2000, Seed: 1, Loss: losses.CrossEntropy{}}, Layer{Units: 64, Activation: "relu", Dropout: 0.5}, Dense(2, "softmax"))
	page := n.HTML()
	wellFormed(t, page)
	has(t, page, "y = f2(f1(x))", "relu, dropout 0.5", "2,000×64", "128,064", "128,194 parameters (float32, 512.8 kB), loss crossentropy")
}

func TestHistoryHTML(t *testing.T) {
	history := func(n int, valid func(i int) *Result) *History {
		h := &History{Steps: 1000 * n}
		for i := range n {
			h.Epochs = append(h.Epochs, Epoch{Number: i + 1, Steps: 1000 * (i + 1), Loss: 1 / float64(i+1), Valid: valid(i)})
		}
		return h
	}
	none := func(int) *Result { return nil }

	page := (&History{}).HTML()
	wellFormed(t, page)
	has(t, page, "0 epochs, 0 steps.")

	page = history(1, none).HTML()
	wellFormed(t, page)
	has(t, page, "1 epoch, 1,000 steps.", "<td>1.0000</td>")
	if strings.Contains(page, "<svg") || strings.Contains(page, "validation") {
		t.Errorf("one epoch without validation has a line:\n%s", page)
	}

	h := history(3, func(i int) *Result { return &Result{Loss: 2 / float64(i+1), Accuracy: 0.5, MacroF1: 0.25} })
	h.Best, h.Stopped = 2, StoppedPatience
	page = h.HTML()
	wellFormed(t, page)
	has(t, page, "stopped when validation did not improve; the weights of epoch 2 were kept.", "<th>accuracy</th>", "<td>0.2500</td>",
		`points="4.0,49.6 160.0,72.4 316.0,80.0"`, "validation loss")
	if strings.Count(page, "font-weight:bold") != 1 {
		t.Errorf("not one best epoch:\n%s", page)
	}

	h = history(100, func(i int) *Result {
		return &Result{Loss: 1, Accuracy: 0.5, MultiLabel: &MultiLabelResult{MicroF1: 0.75, SubsetAccuracy: 0.5}}
	})
	h.Best = 50
	page = h.HTML()
	wellFormed(t, page)
	has(t, page, "<th>micro F1</th>", "<td>10</td>", "<td>50</td>", "<td>91</td>", "<td>100</td>")
	if strings.Contains(page, "<td>11</td>") || strings.Count(page, "<td>…</td>") != 2 {
		t.Errorf("a hundred epochs are not shortened:\n%s", page)
	}

	h = history(4, func(int) *Result {
		return &Result{Loss: 1, Accuracy: math.NaN(), Regression: &RegressionResult{R2: -0.5}}
	})
	h.Epochs[2].Loss, h.Epochs[3].Loss, h.Epochs[3].Valid.Loss = math.NaN(), math.Inf(1), math.Inf(-1)
	h.Stopped = StoppedInterrupted
	page = h.HTML()
	wellFormed(t, page)
	has(t, page, "interrupted", "<th>R²</th>", "<td>-0.5000</td>", "<td>NaN</td>", "<td>&#43;Inf</td>")
}

func TestResultHTML(t *testing.T) {
	page := (&Result{Documents: 1200, Loss: 0.5, Accuracy: 0.9, MacroF1: 0.8, ROCAUC: math.NaN(),
		PerClass: []ClassResult{{Precision: 0.75, Recall: 0.6, F1: 0.66, Support: 7}, {Support: 9}}, Confusion: [][]int{{5, 2}, {0, 9}}}).HTML()
	wellFormed(t, page)
	has(t, page, "<td>1,200</td>", "<td>0.9000</td>", "<td>0.7500</td>", `background:rgba(46,160,67,0.60);padding:.2em .6em">5</td>`,
		`background:rgba(218,54,51,0.28);padding:.2em .6em">2</td>`, `background:transparent;padding:.2em .6em">0</td>`)
	if strings.Contains(page, "ROC") || strings.Contains(page, "NaN") {
		t.Errorf("a measure that there is not:\n%s", page)
	}

	page = (&Result{Documents: 3, MultiLabel: &MultiLabelResult{Threshold: 0.5, HammingLoss: 0.125}, Accuracy: 0.5, ROCAUC: math.NaN(), PerClass: make([]ClassResult, 3)}).HTML()
	wellFormed(t, page)
	has(t, page, "<th>label</th>", "Hamming loss", "<td>0.1250</td>")

	page = (&Result{Documents: 3, Accuracy: math.NaN(), MacroF1: math.NaN(), ROCAUC: math.NaN(), Regression: &RegressionResult{RMSE: 2, MAE: 1, R2: 0.75}}).HTML()
	wellFormed(t, page)
	has(t, page, "RMSE", "<td>0.7500</td>")
	if strings.Contains(page, "precision") || strings.Contains(page, "accuracy") {
		t.Errorf("classes of a regression:\n%s", page)
	}

	many := &Result{PerClass: make([]ClassResult, 41)}
	for range 41 {
		many.Confusion = append(many.Confusion, make([]int, 41))
	}
	if page := many.HTML(); strings.Contains(page, "Confusion") || !strings.Contains(page, fmt.Sprintf("<th>%d</th>", 40)) {
		t.Errorf("41 classes:\n%s", page)
	}
}
