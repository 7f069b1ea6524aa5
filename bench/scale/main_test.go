package main

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/models/feedforward"
)

// By hand, for 2 ranks with 3 examples each and 2 units: 24 bytes of sums, 3·2 numbers; as many of
// slopes; 80 of the 20 other parameters, 2·2 + 2 + 2 + 2·4 + 4; 8 for bits of 3 examples; a byte.
func TestTraffic(t *testing.T) {
	for _, row := range []struct{ ranks, batch, units, bytes, messages int }{
		{1, 6, 2, 0, 0},
		{2, 6, 2, 24 + 24 + 80 + 8 + 1, 2},
		{4, 256, 64, 3 * (16384 + 16384 + 17936 + 16 + 1), 6},
	} {
		m := measurement{Ranks: row.ranks, Batch: row.batch, Units: row.units}
		if m.traffic(); m.Bytes != row.bytes || m.Messages != row.messages {
			t.Errorf("%+v: %d bytes in %d messages", row, m.Bytes, m.Messages)
		}
	}
}

// counted counts what a rank sends to others.
type counted struct {
	cluster.Comm
	bytes, messages int
}

func (c *counted) Exchange(send, recv [][]byte) error {
	for r, b := range send {
		if r != c.Rank() && len(b) > 0 {
			c.bytes += len(b)
			c.messages++
		}
	}
	return c.Comm.Exchange(send, recv)
}

func (c *counted) Gather(own []byte, all [][]byte) error {
	c.bytes += len(own) * (c.Size() - 1)
	c.messages += c.Size() - 1
	return c.Comm.Gather(own, all)
}

// What the model says is what ranks really send, if the batch is large enough for each to have a
// part of the table.
func TestTrafficOfRanks(t *testing.T) {
	for _, ranks := range []int{2, 3, 4} {
		m := measurement{Ranks: ranks, Words: 20000, Units: 8, Document: 5, Batch: 256 * ranks}
		m.traffic()
		sent := make([][2]counted, ranks)
		for run, steps := range []int{2, 7} {
			if err := cluster.Run(ranks, func(c cluster.Comm) error {
				of := &sent[c.Rank()][run]
				of.Comm = c
				own := m
				source := &batches{comm: of, steps: steps}
				for i := range 3 {
					source.list = append(source.list, draw(&own, uint64(i)))
				}
				net, err := feedforward.New(feedforward.Config{Inputs: m.Words, Seed: 1},
					feedforward.Dense(m.Units, "relu"), feedforward.Dense(m.Units, "relu"), feedforward.Dense(4, "softmax"))
				if err != nil {
					return err
				}
				_, err = net.Fit(context.Background(), source, feedforward.Fit{Epochs: 1, Batch: m.Batch, Workers: 1})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		for r, s := range sent {
			got := fmt.Sprint((s[1].bytes-s[0].bytes)/5, (s[1].messages-s[0].messages)/5)
			if want := fmt.Sprint(m.Bytes, m.Messages); got != want {
				t.Errorf("rank %d of %d sends bytes and messages %s a step, the model says %s", r, ranks, got, want)
			}
		}
	}
}

// TestFit makes up times by the formula, and wants its numbers back.
func TestFit(t *testing.T) {
	want := model{fixed: 20, pass: 0.05, example: 1.5, row: 0.01, work: 60, skew: 1.2}
	var points []measurement
	for _, p := range []measurement{
		{Ranks: 1, Batch: 64, Rows: 1200}, {Ranks: 1, Batch: 256, Rows: 3500}, {Ranks: 1, Batch: 1024, Rows: 8800},
		{Ranks: 2, Batch: 128, Rows: 2100, Pretend: true}, {Ranks: 2, Batch: 2048, Rows: 13000, Pretend: true},
		{Ranks: 8, Batch: 512, Rows: 5600, Pretend: true}, // 4 parts: 8 ranks have at most a quarter of the rows
		{Ranks: 2, Batch: 512, Rows: 5600, Latency: 5, PerByte: 0.5, Bytes: 149000},
		{Ranks: 4, Batch: 1024, Rows: 8800, Latency: 40, PerByte: 1, Bytes: 447000},
	} {
		p.Words, p.Work = 25762, want.work
		share := 1 / float64(p.Ranks)
		if p.Ranks == 8 {
			share = 0.25
		}
		p.Step = want.fixed + want.pass*float64(p.Batch) + want.example*float64(p.Batch/p.Ranks) + want.row*p.Rows*share
		if p.Ranks > 1 && !p.Pretend {
			p.Work *= 1.5 // both cores at work: each is slower
			p.Step = p.Step*1.5*want.skew + p.Latency + float64(p.Bytes)*p.PerByte/1e3
		}
		points = append(points, p)
	}
	m, err := fit(points)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range points {
		// The table is cut into parts of whole rows, which are not quite alike.
		if step, _ := m.predict(p); math.Abs(step/p.Step-1) > 0.002 {
			t.Errorf("%d ranks, batch %d: %v µs, want %v", p.Ranks, p.Batch, step, p.Step)
		}
	}
	if math.Abs(m.skew-want.skew) > 0.011 || math.Abs(m.example-want.example) > 0.01 || math.Abs(m.row-want.row) > 0.0002 {
		t.Errorf("model %+v, want %+v", m, want)
	}
	if _, err := fit(points[:3]); err == nil {
		t.Error("three points are enough for four numbers")
	}
}
