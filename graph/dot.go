package graph

import (
	"bufio"
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

// Write writes the graph. The same graph gives the same text.
func (d Dot) Write(w io.Writer) error {
	if d.Name == "" {
		d.Name = "graph"
	}
	if d.Part == "" {
		d.Part = Both
	}
	if !slices.Contains([]Part{Both, Forward, Gradient}, d.Part) {
		return fmt.Errorf("graph: unknown part %q, want %s, %s or %s", d.Part, Both, Forward, Gradient)
	}
	all := slices.Concat(d.Outputs, d.Gradients)
	if len(all) == 0 {
		return errors.New("graph: Dot has no outputs to draw")
	}
	if slices.Contains(all, nil) {
		return errors.New("graph: an output of Dot is nil")
	}
	g := all[0].Graph()
	m, err := NewMachine(g, all...) // orders the nodes by what they need
	if err != nil {
		return err
	}
	forward := &Machine{place: map[*gorgonia.Node]int{}}
	if len(d.Outputs) > 0 {
		if forward, err = NewMachine(g, d.Outputs...); err != nil {
			return err
		}
	}
	var parts [2]gorgonia.Nodes
	for n := range m.place {
		i := 1
		if _, ok := forward.place[n]; ok {
			i = 0
		}
		parts[i] = append(parts[i], n)
	}
	for _, nodes := range parts {
		slices.SortFunc(nodes, func(a, b *gorgonia.Node) int { return m.place[a] - m.place[b] })
	}
	p := &dotWriter{w: bufio.NewWriter(w), g: g, place: m.place, results: all}
	p.write(d, parts[0], parts[1])
	return p.w.Flush()
}

// dotWriter writes nodes by their places in a plan, which depend on the graph alone. What
// fails to be written is an error of w.Flush.
type dotWriter struct {
	w       *bufio.Writer
	g       *gorgonia.ExprGraph
	place   map[*gorgonia.Node]int
	results gorgonia.Nodes
}

func (p *dotWriter) write(d Dot, forward, gradient gorgonia.Nodes) {
	fmt.Fprintf(p.w, `digraph %s {
  node [shape=box, fontname="Helvetica", fontsize=11, style=filled, fillcolor=white, color="#57606a"]
  edge [color="#57606a", arrowsize=0.7, fontname="Helvetica", fontsize=9, fontcolor="#57606a"]
  graph [fontname="Helvetica", fontsize=12, color="#57606a", nodesep=0.3, ranksep=0.35]
`, quoted(d.Name))
	if d.Part != Gradient {
		p.cluster("forward", forward)
	}
	if d.Part == Gradient {
		// What the gradients take from the forward part, outside of the frame.
		for _, n := range forward {
			if slices.ContainsFunc(gradient, func(g *gorgonia.Node) bool { return slices.Contains(p.children(g), n) }) {
				p.node("  ", n, true)
			}
		}
	}
	if d.Part != Forward {
		p.cluster("gradient", gradient)
	}
	if d.Part != Gradient {
		p.edges(forward, "")
	}
	if d.Part != Forward {
		p.edges(gradient, "gradient")
	}
	fmt.Fprintln(p.w, "}")
}

func (p *dotWriter) cluster(name string, nodes gorgonia.Nodes) {
	if len(nodes) == 0 {
		return
	}
	fmt.Fprintf(p.w, "  subgraph cluster_%s {\n    label=%s\n", name, quoted(name))
	for _, n := range nodes {
		p.node("    ", n, false)
	}
	fmt.Fprintln(p.w, "  }")
}

// node writes a box; one that stands for a node of another part is dashed.
func (p *dotWriter) node(indent string, n *gorgonia.Node, elsewhere bool) {
	var lines []string
	if op := opName(n); op == "" || !strings.HasPrefix(n.Name(), n.Op().String()+"(") && op != n.Name() {
		lines = append(lines, n.Name())
		if op != "" {
			lines = append(lines, op)
		}
	} else {
		lines = append(lines, op)
	}
	lines = append(lines, shapeName(n))
	style := ""
	switch {
	case elsewhere:
		style = `, style="filled,dashed"`
	case n.Op() == nil:
		style = `, style="filled,rounded", fillcolor="#ddf4ff"`
	case slices.Contains(p.results, n):
		style = `, fillcolor="#dafbe1"`
	}
	fmt.Fprintf(p.w, "%sn%d [label=%s%s]\n", indent, p.place[n], quoted(strings.Join(lines, "\n")), style)
}

func (p *dotWriter) edges(nodes gorgonia.Nodes, part string) {
	for _, n := range nodes {
		from := p.children(n)
		for i, child := range from {
			var style []string
			if len(from) > 1 {
				style = append(style, fmt.Sprintf(`headlabel="%d"`, i+1))
			}
			if part != "" && !slices.Contains(nodes, child) {
				style = append(style, "style=dashed")
			}
			fmt.Fprintf(p.w, "  n%d -> n%d", p.place[child], p.place[n])
			if style != nil {
				fmt.Fprintf(p.w, " [%s]", strings.Join(style, ", "))
			}
			fmt.Fprintln(p.w)
		}
	}
}

// children are what an op takes, in its order.
func (p *dotWriter) children(n *gorgonia.Node) gorgonia.Nodes {
	var all gorgonia.Nodes
	for it := p.g.From(n.ID()); it.Next(); {
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
