package watch

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// Any number of values fits in few points, each the mean of as many.
func TestCurve(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 100, 12345} {
		c, sum := newCurve(8), 0.0
		for i := range n {
			c.add(point{float64(i + 1), float64(i * i % 97), math.NaN()})
			sum += float64(i * i % 97)
		}
		if n >= 8 && len(c.points) < 4 || len(c.points) >= 8 {
			t.Errorf("%d values make %d points", n, len(c.points))
		}
		if got := len(c.points)*c.stride + c.n; got != n {
			t.Errorf("%d values are in the points of %d", got, n)
		}
		got := c.sum[1]
		for i, p := range c.points {
			got += p[1] * float64(c.stride)
			// Steps stride·i+1 to stride·(i+1) have this mean.
			if want := float64(i*c.stride) + float64(c.stride+1)/2; p[0] != want {
				t.Errorf("point %d of %d values is at %v, want %v", i, n, p[0], want)
			}
			if !math.IsNaN(p[2]) {
				t.Errorf("nothing was measured, and the mean is %v", p[2])
			}
		}
		if math.Abs(got-sum) > 1e-9*sum {
			t.Errorf("the points sum up to %v, want %v", got, sum)
		}
	}
}

// drawn does with news what the script does.
type drawn struct{ points, tip points }

func (d *drawn) take(n news) {
	d.points = append(d.points[:n.From:n.From], n.Points...)
	d.tip = n.Tip
}

// Whenever one looks, what was seen and what is new are the whole.
func TestNews(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	c := newCurve(16)
	var slow, often place
	var slowly, oftener drawn
	for i := range 3000 {
		c.add(point{float64(i), rng.Float64(), rng.Float64()})
		if rng.IntN(3) == 0 {
			oftener.take(c.since(&often))
		}
		if rng.IntN(100) == 0 {
			slowly.take(c.since(&slow))
			oftener.take(c.since(&often))
			var whole drawn
			whole.take(c.since(&place{}))
			if !reflect.DeepEqual(slowly, whole) || !reflect.DeepEqual(oftener, whole) {
				t.Fatalf("after %d values: seen now and then %v, often %v, want %v", i+1, slowly, oftener, whole)
			}
		}
	}
	if again := c.since(&slow); len(c.since(&slow).Points) != 0 || again.From != len(c.points) {
		t.Errorf("what was seen comes again: %v", again)
	}
}

func TestPointsJSON(t *testing.T) {
	b, err := json.Marshal(points{{1, 0.123456789, math.NaN(), math.Inf(1)}, {1234567, 2, 1e-9, 0}})
	if want := `[[1,0.123457,null,null],[1.23457e+06,2,1e-09,0]]`; err != nil || string(b) != want {
		t.Errorf("%s, %v, want %s", b, err, want)
	}
	if b, _ := json.Marshal(points{}); string(b) != "[]" {
		t.Errorf("no points are %s", b)
	}
}
