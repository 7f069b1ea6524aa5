package plots

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// randomBoxes is a graph of which each box takes up to three of those before it.
func randomBoxes(rng *rand.Rand, n int) []layerBox {
	boxes := make([]layerBox, n)
	for i := range boxes {
		boxes[i] = layerBox{width: 30 + 100*rng.Float64(), height: 20 + 30*rng.Float64(), late: i > n*2/3}
		for range min(rng.IntN(4), i) {
			boxes[i].from = append(boxes[i].from, max(0, i-1-rng.IntN(12)))
		}
	}
	return boxes
}

// Every box stands below what it takes, apart from its neighbours, late ones with inputs below
// those that are not late; edges go down row by row, and pass no box.
func TestLayOut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 10, 40, 120} {
		for range 5 {
			boxes := randomBoxes(rng, n)
			l := layOut(boxes)
			if len(l.vertices) < n || l.width <= 0 || l.height <= 0 {
				t.Fatalf("%d boxes: %d vertices in %v × %v", n, len(l.vertices), l.width, l.height)
			}
			deepest := -1
			for i, b := range boxes {
				v := l.vertices[i]
				if v.box != i || v.width != b.width {
					t.Fatalf("vertex %d is %+v, want that of box %+v", i, v, b)
				}
				if l.bottoms[v.row]-l.tops[v.row] < b.height-1e-6 {
					t.Errorf("row %d is %v high, box %d %v", v.row, l.bottoms[v.row]-l.tops[v.row], i, b.height)
				}
				if v.x-v.width/2 < -1e-6 || v.x+v.width/2 > l.width+1e-6 {
					t.Errorf("box %d reaches from %v to %v of %v", i, v.x-v.width/2, v.x+v.width/2, l.width)
				}
				if !b.late && len(b.from) > 0 {
					deepest = max(deepest, v.row)
				}
			}
			for i, b := range boxes {
				if b.late && slices.ContainsFunc(b.from, func(from int) bool { return !boxes[from].late }) && l.vertices[i].row <= deepest {
					t.Errorf("late box %d is in row %d, one that is not in %d", i, l.vertices[i].row, deepest)
				}
			}
			seen := 0
			for r, row := range l.rows {
				if len(row) == 0 {
					t.Errorf("row %d is empty", r)
				}
				seen += len(row)
				for i := 1; i < len(row); i++ {
					a, b := l.vertices[row[i-1]], l.vertices[row[i]]
					if b.x-a.x < l.gap(row[i-1], row[i])-1e-6 {
						t.Errorf("row %d: %+v and %+v are too near", r, a, b)
					}
				}
			}
			if seen != len(l.vertices) {
				t.Errorf("%d vertices in rows, of %d", seen, len(l.vertices))
			}
			edges := 0
			for _, b := range boxes {
				edges += len(b.from)
			}
			if len(l.edges) != edges {
				t.Errorf("%d edges, want %d", len(l.edges), edges)
			}
			for _, e := range l.edges {
				if from := boxes[e.to].from[e.k]; e.way[0] != from || e.way[len(e.way)-1] != e.to {
					t.Errorf("edge %+v, want from %d", e, from)
				}
				for i, v := range e.way {
					at := l.vertices[v]
					if at.row != l.vertices[e.way[0]].row+i || (at.box < 0) != (i > 0 && i < len(e.way)-1) {
						t.Errorf("edge %+v passes %+v", e, at)
					}
				}
			}
		}
	}
}

// Two edges that cross in the order they come in are uncrossed.
func TestLayOutUncrosses(t *testing.T) {
	box := func(from ...int) layerBox { return layerBox{width: 30, height: 20, from: from} }
	l := layOut([]layerBox{box(), box(), box(), box(2), box(1), box(0)})
	if n := l.crossings(); n != 0 {
		t.Errorf("%d crossings in rows %v", n, l.rows)
	}
}

// Chains are straight.
func TestLayOutStraight(t *testing.T) {
	l := layOut([]layerBox{{width: 80, height: 20}, {width: 30, height: 20, from: []int{0}}, {width: 50, height: 20, from: []int{1}}})
	for _, v := range l.vertices[1:] {
		if d := v.x - l.vertices[0].x; d < -1e-6 || d > 1e-6 {
			t.Errorf("a chain bends by %v", d)
		}
	}
}

// A line keeps its form when points are left out.
func TestThinned(t *testing.T) {
	var line []point
	for i := range 1000 {
		x := float64(i) / 10
		line = append(line, point{x, x * x / 20})
	}
	line = append(line, point{99.9, 0}, point{99.9, 0.01}) // a jump, and a point on the last one
	got := thinned(line)
	if len(got) > 100 || got[0] != line[0] || got[len(got)-1] != line[len(line)-1] {
		t.Fatalf("%d of %d points, from %v to %v", len(got), len(line), got[0], got[len(got)-1])
	}
	for _, q := range line {
		nearest := 1e9
		for i := 1; i < len(got); i++ {
			nearest = min(nearest, q.from(got[i-1], got[i]))
		}
		if nearest > 0.2 {
			t.Errorf("the line passes %v at a distance of %v", q, nearest)
		}
	}
	if got := thinned(line[:1]); len(got) != 1 {
		t.Errorf("one point becomes %v", got)
	}
}
