package watch

import (
	"math"
	"strconv"
)

// point is a point of a curve: x, and the values of up to three lines at it. NaN is none.
type point [4]float64

// curve keeps a curve in at most so many points, however long it gets. Each is the mean of
// stride values in a row; when there is no more room, neighbours become one and stride
// doubles. So a long run has a smooth curve, and the last point is never older than a
// thousandth of it.
type curve struct {
	points []point
	stride int
	sum    point // of the values that are not yet a point
	n      int   // their number
}

// newCurve makes a curve of at most so many points, an even number.
func newCurve(most int) curve { return curve{points: make([]point, 0, most), stride: 1} }

// add adds a value. It allocates nothing.
func (c *curve) add(p point) {
	for i, v := range p {
		c.sum[i] += v
	}
	if c.n++; c.n < c.stride {
		return
	}
	c.points = append(c.points, c.sum.over(c.n))
	c.sum, c.n = point{}, 0
	if len(c.points) < cap(c.points) {
		return
	}
	half := len(c.points) / 2
	for i := range half {
		a, b := c.points[2*i], c.points[2*i+1]
		for k := range a {
			a[k] += b[k]
		}
		c.points[i] = a.over(2)
	}
	c.points = c.points[:half]
	c.stride *= 2
}

func (p point) over(n int) point {
	for i := range p {
		p[i] /= float64(n)
	}
	return p
}

// place is how much of a curve somebody has seen.
type place struct{ stride, points int }

// news is what somebody has not seen of a curve: it goes on from From points.
type news struct {
	From   int    `json:"from"`
	Points points `json:"points"`
	// Tip is the mean of the values that are not yet a point. The next news has it again,
	// with more in it.
	Tip points `json:"tip,omitempty"`
}

// since copies what is new since a place, which it moves on.
func (c *curve) since(seen *place) news {
	if seen.stride != c.stride {
		*seen = place{stride: c.stride}
	}
	n := news{From: seen.points, Points: append(points{}, c.points[seen.points:]...)}
	if c.n > 0 {
		n.Tip = points{c.sum.over(c.n)}
	}
	seen.points = len(c.points)
	return n
}

// points are written as lists of numbers, short and without what JSON cannot hold.
type points []point

func (ps points) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, p := range ps {
		if i > 0 {
			b = append(b, ',')
		}
		for k, v := range p {
			b = append(b, "[,,,"[k])
			if math.IsNaN(v) || math.IsInf(v, 0) {
				b = append(b, "null"...)
			} else {
				b = strconv.AppendFloat(b, v, 'g', 6, 64)
			}
		}
		b = append(b, ']')
	}
	return append(b, ']'), nil
}
