package main

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/nestnet/nestnet/internal/cluster"
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
// part of the table; and of other messages they send as many, of another length.
func TestTrafficOfRanks(t *testing.T) {
	for _, ranks := range []int{2, 3, 4} {
		m := measurement{Ranks: ranks, Words: 20000, Units: 8, Document: 5, Batch: 256 * ranks}
		m.traffic()
		want := [...][2]int{
			sent: {m.Bytes, m.Messages}, unsent: {}, short: {m.Messages * shortBytes, m.Messages}, long: {m.Bytes + m.Bytes/2, m.Messages},
		}
		if err := cluster.Run(ranks, func(c cluster.Comm) error {
			count, own := &counted{Comm: c}, m
			training, err := train(&own, count, 1)
			if err != nil {
				return err
			}
			for _, kind := range []int{sent, unsent, short, long, sent} {
				before := *count
				if _, err := training.block(kind, 6, 0); err != nil {
					return err
				}
				// Half a byte is left of a message of odd length.
				bytes, messages := count.bytes-before.bytes, count.messages-before.messages
				if off := 6*want[kind][0] - bytes; off < 0 || off > 6*m.Messages/2 || kind != long && off > 0 || messages != 6*want[kind][1] {
					t.Errorf("rank %d of %d sends %d bytes in %d messages in 6 steps of kind %d, the model says %v a step", c.Rank(), ranks, bytes, messages, kind, want[kind])
				}
			}
			return training.end()
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// Steps of ranks that do not talk do not end others, and figures come out on all.
func TestMeasure(t *testing.T) {
	const ranks = 2
	var got [ranks][]measurement
	if err := cluster.Run(ranks, func(c cluster.Comm) error {
		m := measurement{Ranks: ranks, Words: 2000, Units: 8, Document: 5, Batch: 64 * ranks}
		m.traffic()
		training, err := train(&m, c, 1)
		if err != nil {
			return err
		}
		if got[c.Rank()], err = m.measure(training, 3, 2*time.Millisecond); err != nil {
			return err
		}
		return training.end()
	}); err != nil {
		t.Fatal(err)
	}
	if len(got[0]) != 3 || !slices.Equal(got[0], got[1]) {
		t.Errorf("ranks find %+v and %+v", got[0], got[1])
	}
	for _, m := range got[0] {
		if min(m.Step, m.Alone, m.Unsent, m.Short, m.Long) <= 0 {
			t.Errorf("got %+v", m)
		}
	}
	m := measurement{Ranks: 4, Pretend: true, Words: 2000, Units: 8, Document: 5, Batch: 64 * 4}
	training, err := train(&m, pretended(4), 1)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := m.measure(training, 2, 2*time.Millisecond)
	if err != nil || len(alone) != 2 || alone[0].Step <= 0 || alone[0].Alone != alone[0].Step || alone[0].Unsent != 0 {
		t.Errorf("got %+v, %v", alone, err)
	}
	if err := training.end(); err != nil {
		t.Error(err)
	}
}

// By hand: ranks alone take 90 and 110 µs, 150 all together; 2 messages of 1024 bytes add 60 µs, as
// many of 1.5·4048 bytes 60.576 µs more, which is 6 ns for each of 2·5048 bytes. So 2·1024 bytes
// are 12.288 of the 60 µs.
func TestTurn(t *testing.T) {
	m := measurement{Ranks: 2, Bytes: 2 * 4048, Messages: 2}
	m = m.turn([]float64{90, 110, 150, 210, 270.576, 250})
	m.terms()
	for _, row := range []struct {
		name      string
		got, want float64
	}{{"step", m.Step, 250}, {"alone", m.Alone, 100}, {"crowd", m.Crowd, 1.5}, {"a byte", m.PerByte, 6}, {"latency", m.Latency, 60 - 12.288}} {
		if math.Abs(row.got-row.want) > 1e-9 {
			t.Errorf("%s is %v, want %v", row.name, row.got, row.want)
		}
	}
}

// Each time has a middle of its own, and measurements of several kinds stay apart.
func TestPooled(t *testing.T) {
	var points []measurement
	for i, step := range []float64{1000, 3, 5, 4, 1} {
		points = append(points, measurement{Ranks: 1, Step: step, Alone: float64(i)}, measurement{Ranks: 1, Step: 7, Network: "slow"})
	}
	got := pooled(points)
	want := []measurement{{Ranks: 1, Step: 4, Alone: 2, Crowd: 1}, {Ranks: 1, Step: 7, Network: "slow", Crowd: 1}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestFit makes up times by the formula, and wants its numbers back.
func TestFit(t *testing.T) {
	want := model{fixed: 20, pass: 0.05, example: 1.5, row: 0.01}
	var points []measurement
	for _, p := range []measurement{
		{Ranks: 1, Batch: 64, Rows: 1200}, {Ranks: 1, Batch: 256, Rows: 3500}, {Ranks: 1, Batch: 1024, Rows: 8800},
		{Ranks: 2, Batch: 128, Rows: 2100, Pretend: true}, {Ranks: 2, Batch: 2048, Rows: 13000, Pretend: true},
		{Ranks: 8, Batch: 512, Rows: 5600, Pretend: true}, // 4 parts: 8 ranks have at most a quarter of the rows
		{Ranks: 2, Batch: 512, Rows: 5600, Latency: 5, PerByte: 0.5, Bytes: 149000},
		{Ranks: 4, Batch: 1024, Rows: 8800, Latency: 40, PerByte: 1, Bytes: 447000},
	} {
		p.Words = 25762
		share := 1 / float64(p.Ranks)
		if p.Ranks == 8 {
			share = 0.25
		}
		p.Alone = want.fixed + want.pass*float64(p.Batch) + want.example*float64(p.Batch/p.Ranks) + want.row*p.Rows*share
		p.Step, p.Crowd = p.Alone, 1
		if p.Ranks > 1 && !p.Pretend {
			p.Crowd = 1.5 // both cores at work: each is slower
			p.Step = p.Alone*1.5 + p.Latency + float64(p.Bytes)*p.PerByte/1e3
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
	if math.Abs(m.fixed-want.fixed) > 0.5 || math.Abs(m.pass-want.pass) > 0.001 || math.Abs(m.example-want.example) > 0.01 || math.Abs(m.row-want.row) > 0.0002 {
		t.Errorf("model %+v, want %+v", m, want)
	}
	if _, err := fit(points[:3]); err == nil {
		t.Error("three points are enough for four numbers")
	}
}
