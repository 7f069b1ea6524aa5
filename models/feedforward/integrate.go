package feedforward

import (
	"math"

	"gorgonia.org/tensor"
)

// maxPieces bounds the pieces of a line, whatever the tolerance.
const maxPieces = 1 << 14

// line is the way of z1 from b1, where x is 0, to b1 + u, where it is the example's.
type line struct {
	class int
	u     []float64 // x·a1

	value, baseline float64
	gradient        []float64 // ∂o/∂z1 at the end, or its mean on the way
	points          int
}

// differentiate takes the gradient at the end of each line.
func (s *slopes) differentiate(lines []line) error {
	points := make([]point, 0, 2*len(lines))
	for i := range lines {
		points = append(points, point{line: i}, point{line: i, alpha: 1})
	}
	if err := s.at(lines, points); err != nil {
		return err
	}
	for i := range lines {
		l := &lines[i]
		l.baseline, l.value, l.gradient, l.points = points[2*i].value, points[2*i+1].value, points[2*i+1].gradient, 1
	}
	return nil
}

// piece is a part of a line, from α = lo to hi.
type piece struct {
	lo, hi     float64
	atLo, atHi float64   // the output there
	gradient   []float64 // its integral
	missed     float64   // how much the output changed besides what the gradient says
}

// integrate takes the mean gradient along each line. On a piece the integral of the
// gradient is the change of the output, so what a rule has missed is known exactly, and
// the pieces that missed most are halved.
func (s *slopes) integrate(lines []line, steps int, tolerance float64) error {
	for i := range lines {
		if err := s.integrateLine(lines, i, steps, tolerance); err != nil {
			return err
		}
	}
	return nil
}

func (s *slopes) integrateLine(lines []line, i, steps int, tolerance float64) error {
	l := &lines[i]
	ends := make([]point, steps+1)
	for k := range ends {
		ends[k] = point{line: i, alpha: float64(k) / float64(steps)}
	}
	if err := s.at(lines, ends); err != nil {
		return err
	}
	l.baseline, l.value = ends[0].value, ends[steps].value
	pieces := make([]piece, steps)
	for k := range pieces {
		pieces[k] = piece{lo: ends[k].alpha, hi: ends[k+1].alpha, atLo: ends[k].value, atHi: ends[k+1].value}
	}
	if err := s.measure(lines, i, pieces); err != nil {
		return err
	}
	l.points = 2 * steps
	for {
		missed, total, largest, size := 0.0, 0.0, 0.0, 0.0
		for _, p := range pieces {
			missed += math.Abs(p.missed)
			total += math.Abs(p.atHi - p.atLo)
			largest = max(largest, math.Abs(p.missed))
			size = max(size, math.Abs(p.atLo), math.Abs(p.atHi))
		}
		// Below this, what is missed is the rounding of the outputs.
		rounding := 16 * size * 0x1p-52
		if s.n.cfg.Dtype == tensor.Float32 {
			rounding = 16 * size * 0x1p-23
		}
		if missed <= tolerance*total || largest <= rounding {
			break
		}
		halved, err := s.halve(lines, i, &pieces, max(largest/8, rounding))
		if err != nil {
			return err
		}
		if halved == 0 {
			break
		}
		l.points += 4 * halved
	}
	l.gradient = make([]float64, len(l.u))
	for _, p := range pieces {
		for h, g := range p.gradient {
			l.gradient[h] += g
		}
	}
	return nil
}

// halve replaces the pieces that missed more than a bound by their halves, as far as
// there is room, and returns how many it was.
func (s *slopes) halve(lines []line, i int, pieces *[]piece, bound float64) (int, error) {
	var middles []point
	var whole, parts []piece
	for _, p := range *pieces {
		middle := (p.lo + p.hi) / 2
		if math.Abs(p.missed) <= bound || len(*pieces)+len(middles) >= maxPieces || middle == p.lo || middle == p.hi {
			whole = append(whole, p)
			continue
		}
		middles = append(middles, point{line: i, alpha: middle})
		parts = append(parts, piece{lo: p.lo, hi: middle, atLo: p.atLo}, piece{lo: middle, hi: p.hi, atHi: p.atHi})
	}
	if err := s.at(lines, middles); err != nil {
		return 0, err
	}
	for k, m := range middles {
		parts[2*k].atHi, parts[2*k+1].atLo = m.value, m.value
	}
	if err := s.measure(lines, i, parts); err != nil {
		return 0, err
	}
	*pieces = append(whole, parts...)
	return len(middles), nil
}

// measure integrates the gradient over pieces by the Gauss–Legendre rule of two points,
// which is exact for a gradient that is a cubic function of α.
func (s *slopes) measure(lines []line, i int, pieces []piece) error {
	points := make([]point, 0, 2*len(pieces))
	for _, p := range pieces {
		middle, half := (p.lo+p.hi)/2, (p.hi-p.lo)/2
		points = append(points, point{line: i, alpha: middle - half/math.Sqrt(3)}, point{line: i, alpha: middle + half/math.Sqrt(3)})
	}
	if err := s.at(lines, points); err != nil {
		return err
	}
	for k := range pieces {
		p := &pieces[k]
		p.gradient = make([]float64, len(lines[i].u))
		half := (p.hi - p.lo) / 2
		p.missed = p.atHi - p.atLo
		for h, u := range lines[i].u {
			p.gradient[h] = half * (points[2*k].gradient[h] + points[2*k+1].gradient[h])
			p.missed -= u * p.gradient[h]
		}
	}
	return nil
}
