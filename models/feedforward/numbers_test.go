package feedforward

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data/vectors"
	"github.com/nestnet/nestnet/internal/safetensors"
	"github.com/nestnet/nestnet/losses"
)

// rowsOf is a small table, and the rows in it.
func rowsOf(t testing.TB, format vectors.Format, regression bool) (*vectors.Table, []*vectors.Row) {
	t.Helper()
	var b strings.Builder
	if format == vectors.CSV {
		b.WriteString("label,a,b\n")
	}
	for i := range 40 {
		label := fmt.Sprintf("%c", 'x'+i%2)
		if regression {
			label = fmt.Sprintf("%d.5", 100*i)
		}
		switch format {
		case vectors.CSV:
			fmt.Fprintf(&b, "%s,%d,%d\n", label, i, i%2)
		default:
			fmt.Fprintf(&b, "%s %d:1 %d:%d\n", label, i%2+1, i+10, i+1)
		}
	}
	read := func() *vectors.File {
		f, err := vectors.NewReader(strings.NewReader(b.String()), "in", vectors.ReaderOptions{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	table, err := vectors.ReadTable(t.Context(), read(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var rows []*vectors.Row
	for f := read(); ; {
		r := &vectors.Row{}
		if f.Read(r) != nil {
			return table, rows
		}
		rows = append(rows, r)
	}
}

// onNumbers trains a classifier, or a regression, on rows of numbers.
func onNumbers(t testing.TB, format vectors.Format, regression bool) (*Classifier, []*vectors.Row) {
	t.Helper()
	table, rows := rowsOf(t, format, regression)
	enc, err := vectors.NewEncoder(table, nil, vectors.Options{Regression: regression})
	if err != nil {
		t.Fatal(err)
	}
	set, err := enc.Set(table, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &Classifier{Numbers: enc}
	cfg, last := Config{Inputs: enc.Width(), Numbers: !enc.Sparse, Seed: 1}, Dense(2, "softmax")
	if regression {
		cfg.Loss, last = losses.Squared{}, Dense(1, "linear")
	} else {
		c.Labels = table.Labels()
	}
	if c.Network, err = New(cfg, Dense(8, "tanh"), last); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Network.Fit(t.Context(), set, Fit{Epochs: 60, Batch: 10}); err != nil {
		t.Fatal(err)
	}
	return c, rows
}

// A model on numbers answers the same once it has been saved and loaded, and is saved
// again as the same bytes.
func TestSaveNumbers(t *testing.T) {
	for _, format := range []vectors.Format{vectors.CSV, vectors.SVMLight} {
		for _, regression := range []bool{false, true} {
			c, rows := onNumbers(t, format, regression)
			if c.Numbers.Sparse != (format == vectors.SVMLight) {
				t.Fatalf("%s is sparse: %v", format, c.Numbers.Sparse)
			}
			path, again := filepath.Join(t.TempDir(), "m"), filepath.Join(t.TempDir(), "m")
			if err := c.Save(path); err != nil {
				t.Fatal(err)
			}
			l, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Save(again); err != nil {
				t.Fatal(err)
			}
			a, _ := os.ReadFile(path)
			b, _ := os.ReadFile(again)
			if !bytes.Equal(a, b) {
				t.Errorf("%s, regression %v: saved again, the file has other bytes", format, regression)
			}
			answer := func(c *Classifier) string {
				if regression {
					y, err := c.PredictRows(rows...)
					return fmt.Sprint(y, err)
				}
				labels, err := c.ClassifyRows(rows...)
				return fmt.Sprint(labels, err)
			}
			if a, b := answer(c), answer(l); a != b || strings.Contains(a, "feedforward") {
				t.Errorf("%s, regression %v: loaded, it answers\n%s, want\n%s", format, regression, b, a)
			}
			if regression {
				y, err := l.PredictRows(rows[20])
				if err != nil || math.Abs(y[0]-2000.5) > 400 {
					t.Errorf("%s: answers %v, %v; want about 2000.5", format, y, err)
				}
			} else if labels, err := l.ClassifyRows(rows[1]); err != nil || labels[0].Name != "y" {
				t.Errorf("%s: %v, %v; want y", format, labels, err)
			}
		}
	}
}

func TestNumbersErrors(t *testing.T) {
	classes, rows := onNumbers(t, vectors.CSV, false)
	regression, _ := onNumbers(t, vectors.CSV, true)
	text := &Classifier{Network: classes.Network}
	for want, f := range map[string]func() error{
		"this model tells classes":              func() error { _, err := classes.PredictRows(rows...); return err },
		"this model is a regression":            func() error { _, err := regression.ClassifyRows(rows...); return err },
		"this model reads text":                 func() error { _, err := text.PredictRows(rows...); return err },
		"reads numbers, not text":               func() error { _, err := classes.Classify("free prize"); return err },
		"row 1: vectors: a row of another form": func() error { _, err := classes.ClassifyRows(&vectors.Row{Values: []float64{1}}); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for name, change := range map[string]func(f *safetensors.File){
		"scales for": func(f *safetensors.File) {
			find(f, scaleTensor).F64 = []float64{1}
			find(f, scaleTensor).Shape = []int{1}
		},
		"means for":              func(f *safetensors.File) { find(f, meanTensor).Name = "other" },
		"too large or too small": func(f *safetensors.File) { find(f, scaleTensor).F64[0] = 0 },
		"do not agree": func(f *safetensors.File) {
			f.Metadata[keyNumbers] = `{"sparse":true,"label":"l"}`
			find(f, meanTensor).Name = "other"
		},
		"names for":                   func(f *safetensors.File) { f.Metadata[keyNumbers] = `{"columns":["a"]}` },
		"want Labels for classes":     func(f *safetensors.File) { delete(f.Metadata, keyLabels) },
		"a regression with 2 outputs": func(f *safetensors.File) { f.Metadata[keyNumbers] = `{"target":{"mean":1,"deviation":1}}` },
	} {
		f, err := classes.file()
		if err != nil {
			t.Fatal(err)
		}
		// A copy, as the numbers are the encoder's own.
		for i := range f.Tensors {
			f.Tensors[i].F64 = append([]float64(nil), f.Tensors[i].F64...)
		}
		change(f)
		path := filepath.Join(t.TempDir(), "m")
		if err := safetensors.WriteFile(path, f); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want %q", err, name)
		}
	}
}
