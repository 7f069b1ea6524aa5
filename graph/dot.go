package graph

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
)

// Part is a part of an expression graph.
type Part string

// The parts. The empty one is Both.
const (
	Both     Part = "both"
	Forward  Part = "forward"  // what the outputs need
	Gradient Part = "gradient" // what the gradients need besides
)

// Dot writes an expression graph in the DOT language of Graphviz, for
//
//	dot -Tsvg graph.dot > graph.svg
//
// A node is a box with its name, its op and its shape; inputs are rounded. Edges lead from
// a value to the op that takes it, numbered where an op takes several. Gorgonia's own
// ExprGraph.ToDot draws edges the other way and tells more of types.
type Dot struct {
	// Name of the graph. Default "graph".
	Name string

	// Outputs are the results of the forward part, such as f and the loss, and Gradients
	// those of the gradient part, as gorgonia.Grad returned them. One of them at least
	// is required.
	Outputs, Gradients gorgonia.Nodes

	// Part is what is written. Default Both, each in a frame of its own.
	Part Part
}

// DotNode is a box of a Dot.
type DotNode struct {
	ID    int      // tells boxes apart; what an op takes has a smaller one than its result
	Label []string // the lines within: its name and its op, or either, and its shape
	Part  Part     // Forward or Gradient
	From  []int    // IDs of the boxes that its op takes, in the order of the op

	Input  bool // its value comes from outside
	Result bool // one of Outputs or Gradients

	// Elsewhere says that it belongs to the forward part, which is not drawn, and stands
	// here because the gradient takes it. It has no From.
	Elsewhere bool
}

// Nodes returns the boxes, those of the forward part first, each part in the order of a
// Machine's plan, which depends on the graph alone: for drawing it in other ways.
func (d Dot) Nodes() ([]DotNode, error) {
	if d.Part == "" {
		d.Part = Both
	}
	if !slices.Contains([]Part{Both, Forward, Gradient}, d.Part) {
		return nil, fmt.Errorf("graph: unknown part %q, want %s, %s or %s", d.Part, Both, Forward, Gradient)
	}
	all := slices.Concat(d.Outputs, d.Gradients)
	if len(all) == 0 {
		return nil, errors.New("graph: Dot has no outputs to draw")
	}
	if slices.Contains(all, nil) {
		return nil, errors.New("graph: an output of Dot is nil")
	}
	g := all[0].Graph()
	m, err := NewMachine(g, all...) // orders the nodes by what they need
	if err != nil {
		return nil, err
	}
	forward := &Machine{}
	if len(d.Outputs) > 0 {
		if forward, err = NewMachine(g, d.Outputs...); err != nil {
			return nil, err
		}
	}
	var parts [2][]DotNode
	taken := map[int]bool{} // by the gradient
	for n, id := range m.place {
		box := DotNode{ID: id, Label: dotLabel(n), Part: Gradient, Input: n.Op() == nil, Result: slices.Contains(all, n)}
		for _, child := range children(g, n) {
			box.From = append(box.From, m.place[child])
		}
		if _, ok := forward.place[n]; ok {
			box.Part = Forward
			parts[0] = append(parts[0], box)
			continue
		}
		parts[1] = append(parts[1], box)
		for _, id := range box.From {
			taken[id] = true
		}
	}
	switch d.Part {
	case Forward:
		parts[1] = nil
	case Gradient:
		parts[0] = slices.DeleteFunc(parts[0], func(box DotNode) bool { return !taken[box.ID] })
		for i := range parts[0] {
			parts[0][i].Elsewhere, parts[0][i].From = true, nil
		}
	}
	for _, nodes := range parts {
		slices.SortFunc(nodes, func(a, b DotNode) int { return cmp.Compare(a.ID, b.ID) })
	}
	return slices.Concat(parts[0], parts[1]), nil
}

// Write writes the graph. The same graph gives the same text.
func (d Dot) Write(w io.Writer) error {
	nodes, err := d.Nodes()
	if err != nil {
		return err
	}
	p := bufio.NewWriter(w) // what fails to be written is an error of Flush
	fmt.Fprintf(p, `digraph %s {
  node [shape=box, fontname="Helvetica", fontsize=11, style=filled, fillcolor=white, color="#57606a"]
  edge [color="#57606a", arrowsize=0.7, fontname="Helvetica", fontsize=9, fontcolor="#57606a"]
  graph [fontname="Helvetica", fontsize=12, color="#57606a", nodesep=0.3, ranksep=0.35]
`, quoted(cmp.Or(d.Name, "graph")))
	for _, n := range nodes {
		if n.Elsewhere { // outside of the frame
			n.write(p, "  ")
		}
	}
	for _, part := range []Part{Forward, Gradient} {
		opened := false
		for _, n := range nodes {
			if n.Part != part || n.Elsewhere {
				continue
			}
			if !opened {
				fmt.Fprintf(p, "  subgraph cluster_%s {\n    label=%s\n", part, quoted(string(part)))
				opened = true
			}
			n.write(p, "    ")
		}
		if opened {
			fmt.Fprintln(p, "  }")
		}
	}
	parts := map[int]Part{}
	for _, n := range nodes {
		parts[n.ID] = n.Part
	}
	for _, n := range nodes {
		n.writeEdges(p, parts)
	}
	fmt.Fprintln(p, "}")
	return p.Flush()
}

// write writes a box; one that stands for a node of another part is dashed.
func (n DotNode) write(w io.Writer, indent string) {
	style := ""
	switch {
	case n.Elsewhere:
		style = `, style="filled,dashed"`
	case n.Input:
		style = `, style="filled,rounded", fillcolor="#ddf4ff"`
	case n.Result:
		style = `, fillcolor="#dafbe1"`
	}
	fmt.Fprintf(w, "%sn%d [label=%s%s]\n", indent, n.ID, quoted(strings.Join(n.Label, "\n")), style)
}

// writeEdges writes the edges to a box; those out of another part are dashed.
func (n DotNode) writeEdges(w io.Writer, parts map[int]Part) {
	for i, from := range n.From {
		var style []string
		if len(n.From) > 1 {
			style = append(style, fmt.Sprintf(`headlabel="%d"`, i+1))
		}
		if parts[from] != n.Part {
			style = append(style, "style=dashed")
		}
		fmt.Fprintf(w, "  n%d -> n%d", from, n.ID)
		if style != nil {
			fmt.Fprintf(w, " [%s]", strings.Join(style, ", "))
		}
		fmt.Fprintln(w)
	}
}

// dotLabel is a node's name, if it has one of its own, its op and its shape.
func dotLabel(n *gorgonia.Node) []string {
	op := opName(n)
	if op == "" {
		return []string{n.Name(), shapeName(n)}
	}
	if strings.HasPrefix(n.Name(), n.Op().String()+"(") || op == n.Name() {
		return []string{op, shapeName(n)}
	}
	return []string{n.Name(), op, shapeName(n)}
}

// children are what an op takes, in its order.
func children(g *gorgonia.ExprGraph, n *gorgonia.Node) gorgonia.Nodes {
	var all gorgonia.Nodes
	for it := g.From(n.ID()); it.Next(); {
		all = append(all, it.Node().(*gorgonia.Node))
	}
	return all
}

// opName is the op of a node without the marks that Gorgonia adds for itself, as in
// "+ false"; "" for an input.
func opName(n *gorgonia.Node) string {
	if n.Op() == nil {
		return ""
	}
	name := n.Op().String()
	for _, mark := range []string{" false", " true", "()"} {
		name = strings.TrimSuffix(name, mark)
	}
	return strings.TrimPrefix(name, "const ")
}

func shapeName(n *gorgonia.Node) string {
	var sizes []string
	for _, size := range n.Shape() {
		sizes = append(sizes, fmt.Sprint(size))
	}
	if sizes == nil {
		return "number"
	}
	return strings.Join(sizes, " × ")
}

// quoted is a string of DOT. Line breaks become those of a label.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
