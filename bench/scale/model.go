package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// model says how long a step takes:
//
//	step = (fixed + pass·B + (example·B + row·D)/R)·crowd + latency + bytes·perByte
//
// for B examples of all R ranks together with D different words. Fixed is what every rank
// does alike, the parameters behind the table, and pass is what it does for each example of the
// batch, its sums over the rank's columns. Crowd is how much longer the same work takes
// when all ranks do it, which is 1 for a core each, all of them alike.
type model struct {
	fixed, pass, example, row float64 // µs
	work                      float64 // what Work is for one rank
}

// fit finds the model of which the points of one rank come nearest to the times measured,
// each relative to its own size.
func fit(points []measurement) (model, error) {
	var a, y, work []float64
	for _, p := range points {
		if p.Ranks == 1 || p.Pretend {
			r, b := float64(p.Ranks), float64(p.Batch)
			a = append(a, 1/p.Step, b/p.Step, b/r/p.Step, p.Rows/r/p.Step)
			y, work = append(y, 1), append(work, p.Work)
		}
	}
	if len(y) < 4 {
		return model{}, errors.New("want at least four measurements of one rank, with different batches and some of them pretended")
	}
	var x mat.VecDense
	if err := x.SolveVec(mat.NewDense(len(y), 4, a), mat.NewVecDense(len(y), y)); err != nil {
		return model{}, err
	}
	slices.Sort(work)
	return model{x.AtVec(0), x.AtVec(1), x.AtVec(2), x.AtVec(3), work[len(work)/2]}, nil
}

// crowd is how much longer the ranks of p take for the same work than one alone.
func (m model) crowd(p measurement) float64 {
	if p.Ranks == 1 || p.Pretend {
		return 1
	}
	return p.Work / m.work
}

// predict is the time of a step in µs, and how much of it the network takes.
func (m model) predict(p measurement) (step, network float64) {
	crowd := m.crowd(p)
	if p.Pretend {
		p.Bytes = 0
	}
	network = p.Latency + float64(p.Bytes)*p.PerByte/1e3
	return (m.fixed+m.pass*float64(p.Batch)+(m.example*float64(p.Batch)+m.row*p.Rows)/float64(p.Ranks))*crowd + network, network
}

// judge reads measurements, one a line, and writes what the model says of them, and of more
// ranks on a network of the given speed.
func judge(r io.Reader, w io.Writer, latency, gigabits float64) error {
	var points []measurement
	for s := bufio.NewScanner(r); s.Scan(); {
		var p measurement
		if err := json.Unmarshal(s.Bytes(), &p); err != nil {
			return err
		}
		points = append(points, p)
	}
	points = medians(points)
	m, err := fit(points)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "A step: %.0f µs + %.3f µs an example of the batch + %.3f µs an example of the rank + %.4f µs a word of the batch in the rank's part.\n\n", m.fixed, m.pass, m.example, m.row)
	fmt.Fprintln(w, "| ranks | batch | words in it | crowd | latency, µs | ns a byte | kB sent | measured, µs | model, µs | off by |")
	fmt.Fprintln(w, "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, p := range points {
		step, _ := m.predict(p)
		ranks := fmt.Sprint(p.Ranks)
		if p.Pretend {
			ranks = "1 of " + ranks
		}
		fmt.Fprintf(w, "| %s | %d | %.0f | %.2f | %.0f | %.2f | %.0f | %.0f | %.0f | %+.0f %% |\n",
			ranks, p.Batch, p.Rows, m.crowd(p), p.Latency, p.PerByte, float64(p.Bytes)/1e3, p.Step, step, 100*(step/p.Step-1))
	}
	fmt.Fprintf(w, "\nA core a rank, %g µs a message, %g Gbit/s, 10 million words, documents of 32:\n\n", latency, gigabits)
	fmt.Fprintln(w, "| ranks | batch a rank | words in the batch | kB sent | step, µs | of it network | documents/s | to one rank | hours for 100 million |")
	fmt.Fprintln(w, "|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, each := range []int{64, 256, 1024} {
		one := 0.0
		for _, ranks := range []int{1, 8, 64, 512} {
			p := measurement{Ranks: ranks, Batch: each * ranks, Words: 10_000_000, Units: 64, Document: 32, Work: m.work}
			p.traffic()
			p.Latency, p.PerByte = latency*2, 8/gigabits
			if ranks == 1 {
				p.Latency = 0
			}
			p.Rows = distinct(p)
			step, network := m.predict(p)
			rate := float64(p.Batch) / step * 1e6
			if ranks == 1 {
				one = rate
			}
			fmt.Fprintf(w, "| %d | %d | %.0f | %.0f | %.0f | %.0f %% | %.0f | %.1f | %.2f |\n",
				ranks, each, p.Rows, float64(p.Bytes)/1e3, step, 100*network/step, rate, rate/one, 1e8/rate/3600)
		}
	}
	return nil
}

// medians makes one measurement of those of the same ranks and batches: each figure is the
// median.
func medians(points []measurement) []measurement {
	type key struct {
		ranks, batch int
		pretend      bool
	}
	same := make(map[key][]measurement)
	var order []key
	for _, p := range points {
		k := key{p.Ranks, p.Batch, p.Pretend}
		if same[k] == nil {
			order = append(order, k)
		}
		same[k] = append(same[k], p)
	}
	var out []measurement
	for _, k := range order {
		of := same[k]
		p := of[0]
		for _, f := range []func(*measurement) *float64{
			func(p *measurement) *float64 { return &p.Step },
			func(p *measurement) *float64 { return &p.Work },
			func(p *measurement) *float64 { return &p.Latency },
			func(p *measurement) *float64 { return &p.PerByte },
		} {
			var v []float64
			for i := range of {
				v = append(v, *f(&of[i]))
			}
			slices.Sort(v)
			*f(&p) = v[len(v)/2]
		}
		out = append(out, p)
	}
	return out
}

// distinct is about how many different words a batch has.
func distinct(p measurement) float64 {
	const most = 65536
	if p.Batch > most {
		// By Heaps' law, with the exponent of the last doubling.
		half, whole := p, p
		half.Batch, whole.Batch = most/2, most
		a, b := distinct(half), distinct(whole)
		return b * math.Pow(float64(p.Batch)/most, math.Log2(b/a))
	}
	words := make(map[int32]bool)
	for _, j := range draw(&p, 1).Indices {
		words[j] = true
	}
	return float64(len(words))
}
