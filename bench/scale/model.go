package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/nestnet/nestnet/models/feedforward"
	"gonum.org/v1/gonum/mat"
)

// model says how long a step takes:
//
//	step = (fixed + pass·B + example·B/R + row·D·share)·crowd + latency + bytes·perByte
//
// for B examples of all R ranks together with D different words, of which the rank with the
// most has that share of the table's rows. Fixed is what every rank does alike, the parameters
// behind the table, and pass is what it does for each example of the batch, its sums over the rank's
// columns. These, example and row are fitted to how long ranks take alone, in all measurements. Crowd,
// latency and perByte are measured beside each point, with steps of other messages than those of
// the point. Crowd is how much longer the slowest rank takes when all compute, 1 for a core each,
// all of them alike.
type model struct {
	fixed, pass, example, row float64 // µs
}

// fit finds the model that comes nearest to the times that ranks take alone, each relative to
// its own size.
func fit(points []measurement) (model, error) {
	var columns [4][]float64
	for _, p := range points {
		b := float64(p.Batch)
		for k, v := range []float64{1, b, b / float64(p.Ranks), p.Rows * p.share()} {
			columns[k] = append(columns[k], v/p.Alone)
		}
	}
	if len(points) < 4 {
		return model{}, errors.New("want at least four measurements, with different batches and numbers of ranks")
	}
	x, err := nearest(columns)
	if err != nil {
		return model{}, err
	}
	return model{x[0], x[1], x[2], x[3]}, nil
}

// nearest are the factors with which the sum of the columns comes nearest to ones. No time is
// negative: a column whose factor would be is left out.
func nearest(columns [4][]float64) (x [4]float64, err error) {
	used := []int{0, 1, 2, 3}
	for {
		n := len(columns[0])
		a, y := mat.NewDense(n, len(used), nil), mat.NewVecDense(n, nil)
		for i := range n {
			y.SetVec(i, 1)
			for c, k := range used {
				a.Set(i, c, columns[k][i])
			}
		}
		var v mat.VecDense
		if err := v.SolveVec(a, y); err != nil {
			return x, err
		}
		least := 0
		for c := range used {
			if v.AtVec(c) < v.AtVec(least) {
				least = c
			}
		}
		if v.AtVec(least) >= 0 || len(used) == 1 {
			for c, k := range used {
				x[k] = v.AtVec(c)
			}
			return x, nil
		}
		used = slices.Delete(used, least, least+1)
	}
}

// predict is the time of a step in µs, and how much of it the network takes.
func (m model) predict(p measurement) (step, network float64) {
	if p.Pretend {
		p.Bytes = 0
	}
	network = p.Latency + float64(p.Bytes)*p.PerByte/1e3
	b := float64(p.Batch)
	return (m.fixed+m.pass*b+m.example*b/float64(p.Ranks)+m.row*p.Rows*p.share())*p.Crowd + network, network
}

// share is how much of the table the rank owns that owns most: the table has fewer parts than
// there are ranks where batches are small.
func (m *measurement) share() float64 {
	bounds, most := feedforward.Owners(m.Words, m.Batch, m.Ranks), 0
	for r := range m.Ranks {
		most = max(most, bounds[r+1]-bounds[r])
	}
	return float64(most) / float64(m.Words)
}

// judge reads measurements, one a line, and writes what the model says of them, and of more
// ranks than were measured.
func judge(r io.Reader, w io.Writer) error {
	var points []measurement
	for s := bufio.NewScanner(r); s.Scan(); {
		var p measurement
		if err := json.Unmarshal(s.Bytes(), &p); err != nil {
			return err
		}
		points = append(points, p)
	}
	points = pooled(points)
	m, err := fit(points)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "A step: %.0f µs + %.3f µs an example of the batch + %.3f µs an example of the rank + %.4f µs a word of the batch in the rank's part.\n\n", m.fixed, m.pass, m.example, m.row)
	fmt.Fprintln(w, "| ranks | batch | words in it | alone, µs | crowd | latency, µs | ns a byte | kB sent | measured, µs | model, µs | off by |")
	fmt.Fprintln(w, "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, p := range points {
		step, _ := m.predict(p)
		ranks := fmt.Sprint(p.Ranks)
		if p.Pretend {
			ranks = "1 of " + ranks
		}
		if p.Network != "" {
			ranks += ", " + p.Network
		}
		fmt.Fprintf(w, "| %s | %d | %.0f | %.0f | %.2f | %.0f | %.2f | %.0f | %.0f | %.0f | %+.0f %% |\n",
			ranks, p.Batch, p.Rows, p.Alone, p.Crowd, p.Latency, p.PerByte, float64(p.Bytes)/1e3, p.Step, step, 100*(step/p.Step-1))
	}
	for _, gigabits := range []float64{10, 100} {
		fmt.Fprintf(w, "\nA core a rank, %g Gbit/s each way, %g µs for a call and %g µs for each message in it, 10 million words, documents of 32:\n\n", gigabits, callTime, messageTime)
		fmt.Fprintln(w, "| ranks | batch a rank | words in the batch | MB sent | step, ms | of it network | documents/s | to one rank | minutes for 100 million |")
		fmt.Fprintln(w, "|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
		for _, each := range []int{64, 256, 1024} {
			one := 0.0
			for _, ranks := range []int{1, 8, 64, 512} {
				p := measurement{Ranks: ranks, Batch: each * ranks, Words: 10_000_000, Units: 64, Document: 32, Crowd: 1}
				p.traffic()
				p.Latency, p.PerByte = 2*callTime+float64(p.Messages)*messageTime, 8/gigabits
				if ranks == 1 {
					p.Latency = 0
				}
				p.Rows = distinct(p)
				step, network := m.predict(p)
				rate := float64(p.Batch) / step * 1e6
				if ranks == 1 {
					one = rate
				}
				fmt.Fprintf(w, "| %d | %d | %.0f | %.1f | %.2f | %.0f %% | %.0f | %.1f | %.1f |\n",
					ranks, each, p.Rows, float64(p.Bytes)/1e6, step/1e3, 100*network/step, rate, rate/one, 1e8/rate/60)
			}
		}
	}
	return nil
}

// What a network of machines takes, by and large, in µs: it was not measured.
const callTime, messageTime = 20.0, 1.0

// pooled makes one measurement of those of the same ranks and batches: each time is the mean
// of the middle half, as some are of two kinds, between which a median jumps.
func pooled(points []measurement) []measurement {
	type key struct {
		ranks, batch int
		pretend      bool
		network      string
	}
	same := make(map[key][]measurement)
	var order []key
	for _, p := range points {
		k := key{p.Ranks, p.Batch, p.Pretend, p.Network}
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
			func(p *measurement) *float64 { return &p.Alone },
			func(p *measurement) *float64 { return &p.Unsent },
			func(p *measurement) *float64 { return &p.Short },
			func(p *measurement) *float64 { return &p.Long },
		} {
			var v []float64
			for i := range of {
				v = append(v, *f(&of[i]))
			}
			*f(&p) = middle(v)
		}
		p.terms()
		out = append(out, p)
	}
	return out
}

// middle is the mean without the least and the largest quarter.
func middle(v []float64) float64 {
	slices.Sort(v)
	v = v[len(v)/4 : len(v)-len(v)/4]
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
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
