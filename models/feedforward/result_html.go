package feedforward

import (
	"fmt"
	"html/template"
	"math"
)

// HTML writes the result as a piece of a page, for a notebook or a page of one's own: a table
// of the measures, one of the classes, which it knows by their numbers, and the confusion
// matrix, of at most 40 classes. It has no scripts and loads nothing.
func (r *Result) HTML() string { return page("result", resultHTML, r.view()) }

const resultHTML = `<div class="result">
<table style="text-align:right;border-spacing:.8em .1em">
{{range .Measures}}<tr><th style="text-align:left">{{.Name}}</th><td>{{.Value}}</td></tr>
{{end}}</table>
{{if .Classes}}<div style="max-height:30em;overflow:auto;margin-top:1em"><table style="text-align:right;border-spacing:.8em .1em">
<tr><th>{{.What}}</th><th>precision</th><th>recall</th><th>F1</th><th>examples</th></tr>
{{range $i, $c := .Classes}}<tr><th>{{$i}}</th><td>{{printf "%.4f" .Precision}}</td><td>{{printf "%.4f" .Recall}}</td><td>{{printf "%.4f" .F1}}</td><td>{{.Support}}</td></tr>
{{end}}</table></div>
{{end}}{{if .Matrix}}<p style="margin-bottom:0">Confusion matrix; row: the class of an example, column: what it was taken for.</p>
<div style="overflow:auto"><table class="confusion" style="text-align:right">
<tr><th></th>{{range $i, $c := .Classes}}<th>{{$i}}</th>{{end}}</tr>
{{range $i, $row := .Matrix}}<tr><th>{{$i}}</th>{{range $row}}<td style="background:{{.Color}};padding:.2em .6em">{{.Count}}</td>{{end}}</tr>
{{end}}</table></div>
{{end}}</div>
`

type resultView struct {
	Measures []measureRow
	What     string // class or label
	Classes  []ClassResult
	Matrix   [][]confusionCell
}

type measureRow struct{ Name, Value string }

type confusionCell struct {
	Count int
	Color template.CSS
}

func (r *Result) view() resultView {
	v := resultView{Measures: []measureRow{{"examples", thousands(r.Documents)}}, What: "class", Classes: r.PerClass}
	add := func(name string, value float64) {
		if !math.IsNaN(value) {
			v.Measures = append(v.Measures, measureRow{name, fmt.Sprintf("%.4f", value)})
		}
	}
	add("loss", r.Loss)
	if m := r.MultiLabel; m != nil {
		v.What = "label"
		add("threshold", m.Threshold)
		add("micro precision", m.MicroPrecision)
		add("micro recall", m.MicroRecall)
		add("micro F1", m.MicroF1)
		add("macro F1", r.MacroF1)
		add("subset accuracy", m.SubsetAccuracy)
		add("Hamming loss", m.HammingLoss)
	} else {
		add("accuracy", r.Accuracy)
		add("macro F1", r.MacroF1)
		add("ROC AUC", r.ROCAUC)
	}
	if m := r.Regression; m != nil {
		add("RMSE", m.RMSE)
		add("MAE", m.MAE)
		add("R²", m.R2)
	}
	if len(r.Confusion) > 40 {
		return v
	}
	for i, row := range r.Confusion {
		most := 0
		for _, n := range row {
			most = max(most, n)
		}
		var cells []confusionCell
		for j, n := range row {
			c := confusionCell{Count: n, Color: "transparent"}
			if n > 0 {
				amount := float64(n)
				if i != j {
					amount = -amount
				}
				c.Color = shade(amount, float64(most))
			}
			cells = append(cells, c)
		}
		v.Matrix = append(v.Matrix, cells)
	}
	return v
}
