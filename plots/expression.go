package plots

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/nestnet/nestnet/graph"
)

// Graph draws an expression graph, from its inputs above to its results below, for example
// that of a network
//
//	figure, err := plots.Graph(net.Dot(graph.Forward), plots.Style{})
//
// or one of Gorgonia nodes of one's own
//
//	figure, err := plots.Graph(graph.Dot{Outputs: gorgonia.Nodes{loss}, Gradients: gradients}, plots.Style{})
//
// A box has the node's name, its op and its shape. Lines lead from a value to the ops that
// take it, numbered where an op takes several; dashed ones from f and the loss to their
// gradient. Without a size in the style the figure is as large as the graph; with one, the graph
// shrinks to it.
//
// Errors: those of graph.Dot.Nodes; more than 400 boxes.
func Graph(d graph.Dot, style Style) (*Figure, error) {
	nodes, err := d.Nodes()
	if err != nil {
		return nil, err
	}
	const most = 400
	if len(nodes) > most {
		return nil, fmt.Errorf("plots: the graph has %d nodes, of which a picture shows at most %d; write it with graph.Dot for Graphviz, or draw the forward part alone", len(nodes), most)
	}
	faces, err := newFonts()
	if err != nil {
		return nil, err
	}
	e := expression{nodes: nodes}
	e.layOut(faces)
	t := style.theme()
	width := max(e.layers.width, faces.legendWidth(e.entries(t)))
	height := e.layers.height + faces.legendHeight(e.entries(t), width) + 4
	if style.Title != "" {
		height += titleHeight
	}
	width, height = width+2*margin, height+2*margin
	switch {
	case style.Width != 0 && style.Height == 0:
		height *= min(1, 72*style.Width/width)
	case style.Height != 0 && style.Width == 0:
		width *= min(1, 72*style.Height/height)
	}
	return newFigure(style, max(width/72, 1), max(height/72, 1), e.draw)
}

// expression is what Graph draws.
type expression struct {
	nodes  []graph.DotNode
	layers *layers
}

const (
	nodeSize   = 10.0 // of the letters of a box's first line, tenths less of the others
	nodeRow    = 12.5
	widestNode = 190
)

func (e *expression) layOut(f *fonts) {
	at := map[int]int{}
	byID := slices.Clone(e.nodes) // what is taken comes first
	slices.SortFunc(byID, func(a, b graph.DotNode) int { return cmp.Compare(a.ID, b.ID) })
	e.nodes = byID
	var boxes []layerBox
	for i, n := range e.nodes {
		at[n.ID] = i
		b := layerBox{height: nodeRow*float64(len(n.Label)) + 7, late: n.Part == graph.Gradient && !n.Elsewhere}
		for k, line := range n.Label {
			b.width = max(b.width, f.width(clean(line), lineSize(k), k == 0)+14)
		}
		b.width = min(max(b.width, 34, float64(len(n.From)+1)*24), widestNode)
		for _, from := range n.From {
			b.from = append(b.from, at[from])
		}
		boxes = append(boxes, b)
	}
	e.layers = layOut(boxes)
}

func lineSize(k int) float64 {
	if k == 0 {
		return nodeSize
	}
	return nodeSize - 1
}

// node is how a box looks.
func (t *theme) node(n graph.DotNode) (fill, edge color.RGBA) {
	tint := func(c color.RGBA) (color.RGBA, color.RGBA) {
		if t.dark {
			return mix(t.background, c, 0.28), mix(t.background, c, 0.8)
		}
		return mix(t.background, c, 0.15), mix(t.background, c, 0.85)
	}
	switch {
	case n.Elsewhere:
		return t.background, t.muted
	case n.Input:
		return tint(sky)
	case n.Result:
		return tint(green)
	case n.Part == graph.Gradient:
		return tint(orange)
	}
	return mix(t.background, t.ink, 0.04), t.muted
}

func (e expression) entries(t *theme) []entry {
	var list []entry
	for _, kind := range []struct {
		name string
		like graph.DotNode
	}{
		{"input", graph.DotNode{Part: graph.Forward, Input: true}},
		{"op", graph.DotNode{Part: graph.Forward}},
		{"op of the gradient", graph.DotNode{Part: graph.Gradient}},
		{"result", graph.DotNode{Part: graph.Forward, Result: true}},
		{"of the forward part", graph.DotNode{Part: graph.Forward, Elsewhere: true}},
	} {
		fill, edge := t.node(kind.like)
		if !slices.ContainsFunc(e.nodes, func(n graph.DotNode) bool {
			f, g := t.node(n)
			return f == fill && g == edge
		}) {
			continue
		}
		list = append(list, entry{kind.name, func(p *pen, in box) {
			b := box{in.x0 + 4, in.y0 + 3, in.x1 - 4, in.y1 - 3}
			p.node(b, kind.like, fill, edge)
		}})
	}
	return list
}

// node draws a box without its letters; an input is round.
func (p *pen) node(b box, n graph.DotNode, fill, edge color.RGBA) {
	r := 2.5
	if n.Input {
		r = min(b.height()/2, 9)
	}
	outline := rounded(b, r)
	p.c.SetColor(fill)
	p.c.Fill(outline)
	s := stroke{color: edge, width: 1}
	if n.Elsewhere {
		s.dash = []float64{3, 2}
	}
	p.set(s)
	p.c.Stroke(outline)
}

func rounded(b box, r float64) vg.Path {
	var o vg.Path
	o.Move(at(b.x0+r, b.y0))
	for _, c := range []struct{ x, y, start float64 }{
		{b.x1 - r, b.y0 + r, -math.Pi / 2}, {b.x1 - r, b.y1 - r, 0}, {b.x0 + r, b.y1 - r, math.Pi / 2}, {b.x0 + r, b.y0 + r, math.Pi},
	} {
		o.Arc(at(c.x, c.y), vg.Length(r), c.start, math.Pi/2)
	}
	o.Close()
	return o
}

func (e expression) draw(p *pen, t *theme, all box) {
	all = p.legend(t, all, e.entries(t))
	all.y1 -= 4
	l := e.layers
	scale := min(1, all.width()/l.width, all.height()/l.height)
	left := all.x0 + (all.width()-scale*l.width)/2
	to := func(x, y float64) point { return point{left + scale*x, all.y1 - scale*y} }
	drawn := map[[2]int]bool{}
	for _, edge := range l.edges {
		e.edge(p, t, edge, scale, to, drawn)
	}
	for i, n := range e.nodes {
		b := e.box(i)
		from, end := to(b.x0, b.y1), to(b.x1, b.y0)
		fill, edge := t.node(n)
		p.node(box{from.x, from.y, end.x, end.y}, n, fill, edge)
		for k, line := range n.Label {
			size := lineSize(k)
			style := textStyle{size: scale * size, color: t.muted, ax: 0.5, ay: 0.5, bold: k == 0}
			if k < len(n.Label)-1 {
				style.color = t.ink
			}
			middle := to((b.x0+b.x1)/2, b.y0+3.5+nodeRow*(float64(k)+0.5))
			p.text(p.fit(line, scale*size, k == 0, scale*(b.width()-8)), middle.x, middle.y, style)
		}
	}
}

// box is where a node stands, y downwards, in the middle of its row.
func (e expression) box(i int) box {
	v, b := e.layers.vertices[i], e.layers.boxes[i]
	y := (e.layers.tops[v.row] + e.layers.bottoms[v.row] - b.height) / 2
	return box{v.x - v.width/2, y, v.x + v.width/2, y + b.height}
}

// edge draws the way from a value to an op, with an arrow at its end. Parts that it shares
// with others are drawn once.
func (e expression) edge(p *pen, t *theme, edge layerEdge, scale float64, to func(x, y float64) point, drawn map[[2]int]bool) {
	l := e.layers
	s := stroke{color: mix(t.background, t.muted, 0.75), width: 1}
	if edge.late {
		s.color, s.dash = mix(t.background, orange, 0.85), []float64{4, 2.5}
	}
	const head = 5.0
	port := e.port(edge)
	x, y := l.vertices[edge.way[0]].x, e.box(edge.way[0]).y1
	before := x
	var line vg.Path
	for i, v := range edge.way[1:] {
		row, last := l.vertices[v].row, i == len(edge.way)-2
		low, top, next, end := l.bottoms[row-1], l.tops[row], l.vertices[v].x, l.bottoms[row]
		if last {
			next, end = port, e.box(v).y0-head
			top = min(top, end)
		}
		if part := [2]int{edge.way[i], v}; last || !drawn[part] {
			drawn[part] = true
			a, b, c, d := to(x, y), to(x, low), to(next, top), to(next, end)
			middle := (b.y + c.y) / 2
			line.Move(at(a.x, a.y))
			line.Line(at(b.x, b.y))
			line.CubeTo(at(b.x, middle), at(c.x, middle), at(c.x, c.y))
			line.Line(at(d.x, d.y))
		}
		before, x, y = x, next, end
	}
	p.set(s)
	p.c.Stroke(line)
	tip, base := to(port, e.box(edge.to).y0), to(port, e.box(edge.to).y0-head)
	w := 2.6 * scale
	p.polygon([]point{tip, {base.x - w, base.y}, {base.x + w, base.y}}, s.color)
	if len(l.boxes[edge.to].from) > 1 { // beside the line, where it does not come from
		number := textStyle{size: 7.5 * scale, color: t.muted}
		beside := 3.5 * scale
		if before > port {
			number.ax, beside = 1, -beside
		}
		p.text(fmt.Sprint(edge.k+1), base.x+beside, base.y+scale, number)
	}
}

// port is where an edge enters its box: those of several stand side by side, in the order
// in which they come.
func (e expression) port(way layerEdge) float64 {
	b := e.box(way.to)
	n := len(e.layers.boxes[way.to].from)
	var all []layerEdge
	for _, other := range e.layers.edges {
		if other.to == way.to {
			all = append(all, other)
		}
	}
	slices.SortStableFunc(all, func(a, b layerEdge) int {
		x := func(w layerEdge) float64 { return e.layers.vertices[w.way[len(w.way)-2]].x }
		return cmp.Compare(x(a), x(b))
	})
	place := slices.IndexFunc(all, func(other layerEdge) bool { return other.k == way.k })
	return b.x0 + b.width()*(float64(place)+1)/float64(n+1)
}
