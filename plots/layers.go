package plots

import (
	"cmp"
	"math"
	"slices"
)

// layers puts the boxes of a graph without cycles in rows, each below all that it takes, and
// leads edges past the boxes of the rows between. It is the method of Sugiyama, Tagawa and Toda,
// "Methods for Visual Understanding of Hierarchical System Structures", 1981: rows by the
// longest way, an order within the rows with few crossings, found by medians, and then
// places that bend edges little.
type layers struct {
	boxes []layerBox
	rows  [][]int // of vertices, from left to right

	vertices []vertex
	edges    []layerEdge

	width, height float64
	tops, bottoms []float64 // of the rows, downwards
}

// layerBox is a box as it comes in. Boxes come after all that they take.
type layerBox struct {
	width, height float64
	from          []int // places of boxes
	late          bool  // belongs below all boxes that are not late
}

// vertex is a box, or a place in a row by which an edge passes.
type vertex struct {
	box      int // -1: an edge
	row      int
	width    float64
	x        float64
	up, down []int
}

// layerEdge is the way of the kth thing that a box takes, by way of vertices.
type layerEdge struct {
	to, k int
	way   []int // from the vertex of the source to that of the box
	late  bool  // from a box that is not late to one that is
}

const (
	betweenBoxes = 16.0
	betweenEdges = 9.0
	betweenRows  = 30.0
)

func layOut(boxes []layerBox) *layers {
	l := &layers{boxes: boxes}
	l.assignRows()
	l.leadEdges()
	l.order()
	l.place()
	return l
}

// assignRows makes a vertex of each box.
func (l *layers) assignRows() {
	row, deepest := make([]int, len(l.boxes)), 0
	for pass := range 2 { // first those that are not late
		for i, b := range l.boxes {
			if b.late != (pass == 1) {
				continue
			}
			if b.late && len(b.from) > 0 {
				row[i] = deepest + 1
			}
			for _, from := range b.from {
				row[i] = max(row[i], row[from]+1)
			}
		}
		if pass == 0 {
			for i, b := range l.boxes {
				if !b.late {
					deepest = max(deepest, row[i])
				}
			}
		}
	}
	// What has no more edges above than below is drawn down to what takes it first.
	first, takers := make([]int, len(l.boxes)), make([]int, len(l.boxes))
	for i := range first {
		first[i] = math.MaxInt
	}
	for i := len(l.boxes) - 1; i >= 0; i-- {
		b := l.boxes[i]
		if len(b.from) <= takers[i] && first[i] < math.MaxInt {
			row[i] = first[i] - 1
		}
		for _, from := range b.from {
			if b.late && !l.boxes[from].late && len(l.boxes[from].from) > 0 {
				continue // belongs above
			}
			first[from] = min(first[from], row[i])
			takers[from]++
		}
	}
	least := math.MaxInt
	for _, r := range row {
		least = min(least, r)
	}
	for i, b := range l.boxes {
		l.add(vertex{box: i, row: row[i] - least, width: b.width})
	}
}

func (l *layers) add(v vertex) int {
	for len(l.rows) <= v.row {
		l.rows = append(l.rows, nil)
	}
	l.rows[v.row] = append(l.rows[v.row], len(l.vertices))
	l.vertices = append(l.vertices, v)
	return len(l.vertices) - 1
}

// leadEdges makes a vertex in each row that an edge crosses. Edges out of one box share them,
// those to late boxes apart from the others.
func (l *layers) leadEdges() {
	type lane struct {
		from, row int
		late      bool
	}
	lanes, joined := map[lane]int{}, map[[2]int]bool{}
	join := func(a, b int) {
		if !joined[[2]int{a, b}] {
			joined[[2]int{a, b}] = true
			l.vertices[a].down = append(l.vertices[a].down, b)
			l.vertices[b].up = append(l.vertices[b].up, a)
		}
	}
	for to, b := range l.boxes {
		for k, from := range b.from {
			late := b.late && !l.boxes[from].late
			way := []int{from}
			for row := l.vertices[from].row + 1; row < l.vertices[to].row; row++ {
				at := lane{from, row, late}
				v, ok := lanes[at]
				if !ok {
					v = l.add(vertex{box: -1, row: row})
					lanes[at] = v
				}
				join(way[len(way)-1], v)
				way = append(way, v)
			}
			join(way[len(way)-1], to)
			l.edges = append(l.edges, layerEdge{to: to, k: k, way: append(way, to), late: late})
		}
	}
}

// order sorts each row by the medians of the places that its vertices are joined to, above
// and below in turn, and keeps the best order seen.
func (l *layers) order() {
	best, crossings := l.copyRows(), l.crossings()
	for sweep := 0; sweep < 24 && crossings > 0; sweep++ {
		down := sweep%2 == 0
		for i := range l.rows {
			r := i
			if !down {
				r = len(l.rows) - 1 - i
			}
			l.sortRow(r, down)
		}
		l.transpose()
		if n := l.crossings(); n < crossings {
			best, crossings = l.copyRows(), n
		}
	}
	l.rows = best
}

func (l *layers) copyRows() [][]int {
	var rows [][]int
	for _, row := range l.rows {
		rows = append(rows, slices.Clone(row))
	}
	return rows
}

// places are those of all vertices in their rows.
func (l *layers) places() []int {
	at := make([]int, len(l.vertices))
	for _, row := range l.rows {
		for i, v := range row {
			at[v] = i
		}
	}
	return at
}

func (l *layers) sortRow(r int, down bool) {
	at := l.places()
	key := map[int]float64{}
	for i, v := range l.rows[r] {
		near := l.vertices[v].down
		if down {
			near = l.vertices[v].up
		}
		if len(near) == 0 {
			key[v] = float64(i)
			continue
		}
		sum := 0.0
		for _, u := range near {
			sum += float64(at[u])
		}
		key[v] = sum / float64(len(near))
	}
	slices.SortStableFunc(l.rows[r], func(a, b int) int { return cmp.Compare(key[a], key[b]) })
}

// transpose swaps neighbours for as long as that leaves fewer crossings.
func (l *layers) transpose() {
	at := l.places()
	for better := true; better; {
		better = false
		for _, row := range l.rows {
			for i := 0; i+1 < len(row); i++ {
				a, b := row[i], row[i+1]
				if l.cross(at, a, b) > l.cross(at, b, a) {
					row[i], row[i+1] = b, a
					at[a], at[b] = at[b], at[a]
					better = true
				}
			}
		}
	}
}

// cross counts the crossings of edges of a with edges of b, if a stands left of b.
func (l *layers) cross(at []int, a, b int) int {
	n := 0
	count := func(ofA, ofB []int) {
		for _, u := range ofA {
			for _, v := range ofB {
				if at[u] > at[v] {
					n++
				}
			}
		}
	}
	count(l.vertices[a].up, l.vertices[b].up)
	count(l.vertices[a].down, l.vertices[b].down)
	return n
}

func (l *layers) crossings() int {
	at, n := l.places(), 0
	for _, row := range l.rows {
		for i, a := range row {
			for _, b := range row[i+1:] {
				for _, u := range l.vertices[a].up {
					for _, v := range l.vertices[b].up {
						if at[u] > at[v] {
							n++
						}
					}
				}
			}
		}
	}
	return n
}

// place moves each row, up and down in turn, to where its vertices are nearest to those they
// are joined to, in the order that they have.
func (l *layers) place() {
	for _, row := range l.rows {
		x := 0.0
		for i, v := range row {
			if i > 0 {
				x += l.gap(row[i-1], v)
			}
			l.vertices[v].x = x
		}
	}
	for sweep := range 40 {
		for i := range l.rows {
			r := i
			if sweep%2 == 1 {
				r = len(l.rows) - 1 - i
			}
			l.placeRow(l.rows[r], sweep)
		}
	}
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range l.vertices {
		least, most = min(least, v.x-v.width/2), max(most, v.x+v.width/2)
	}
	for i := range l.vertices {
		l.vertices[i].x -= least
	}
	l.width = most - least
	y := 0.0
	for _, row := range l.rows {
		height := 0.0
		for _, v := range row {
			if b := l.vertices[v].box; b >= 0 {
				height = max(height, l.boxes[b].height)
			}
		}
		l.tops, l.bottoms = append(l.tops, y), append(l.bottoms, y+height)
		y += height + betweenRows
	}
	l.height = y - betweenRows
}

// gap is the least distance of the middles of two neighbours.
func (l *layers) gap(left, right int) float64 {
	a, b := l.vertices[left], l.vertices[right]
	between := betweenBoxes
	if a.box < 0 || b.box < 0 {
		between = betweenEdges
	}
	return a.width/2 + between + b.width/2
}

// placeRow solves min Σ w·(x − wanted)² where neighbours keep their gaps, by pooling
// those that would come too near.
func (l *layers) placeRow(row []int, sweep int) {
	type pool struct {
		weight, sum float64 // sum of w·(wanted − offset)
		members     int
	}
	var pools []pool
	offsets := make([]float64, len(row))
	for i, v := range row {
		if i > 0 {
			offsets[i] = offsets[i-1] + l.gap(row[i-1], v)
		}
		wanted, weight := l.wanted(v, sweep)
		pools = append(pools, pool{weight, weight * (wanted - offsets[i]), 1})
		for len(pools) > 1 {
			a, b := pools[len(pools)-2], pools[len(pools)-1]
			if a.sum/a.weight < b.sum/b.weight {
				break
			}
			pools = append(pools[:len(pools)-2], pool{a.weight + b.weight, a.sum + b.sum, a.members + b.members})
		}
	}
	i := 0
	for _, p := range pools {
		for range p.members {
			l.vertices[row[i]].x = p.sum/p.weight + offsets[i]
			i++
		}
	}
}

// wanted is the mean place of what a vertex is joined to: on the side the sweep comes from, in
// the last sweeps on both. Edges weigh more in the middle of long ones, to be straight
// there.
func (l *layers) wanted(v int, sweep int) (x, weight float64) {
	at := l.vertices[v]
	near := [2][]int{at.up, at.down}
	if sweep < 30 {
		near[1-sweep%2] = nil
	}
	sum := 0.0
	for _, side := range near {
		for _, u := range side {
			w := 1.0
			if l.vertices[u].box < 0 {
				w = 2
			}
			if at.box < 0 {
				w *= 3
			}
			sum, weight = sum+w*l.vertices[u].x, weight+w
		}
	}
	if weight == 0 {
		return at.x, 0.05
	}
	return sum / weight, weight
}
