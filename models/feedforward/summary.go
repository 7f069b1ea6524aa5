package feedforward

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"gorgonia.org/tensor"
)

// String writes the network as a nested function and a table of its layers.
func (n *Network) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "y = %s,  f_i(z) = nonlinear_i(a_i·z + b_i)\n\n", nested(len(n.layers)))
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "layer\tnonlinear\ta\tb\tparameters\t")
	for _, l := range n.rows() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", l.Name, l.Activation, l.A, l.B, l.Parameters)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%s\n", n.size())
	return b.String()
}

// layerRow is a line of the table of layers.
type layerRow struct{ Name, Activation, A, B, Parameters string }

func (n *Network) rows() []layerRow {
	var rows []layerRow
	in := n.cfg.Inputs
	for i, l := range n.layers {
		name := l.Activation
		if l.Dropout > 0 {
			name += fmt.Sprintf(", dropout %g", l.Dropout)
		}
		rows = append(rows, layerRow{fmt.Sprintf("f%d", i+1), name, thousands(in) + "×" + thousands(l.Units), thousands(l.Units), thousands(in*l.Units + l.Units)})
		in = l.Units
	}
	return rows
}

// size writes how large the network is, and its loss.
func (n *Network) size() string {
	size := n.Parameters() * 4
	if n.cfg.Dtype == tensor.Float64 {
		size *= 2
	}
	return fmt.Sprintf("%s parameters (%v, %s), loss %s", thousands(n.Parameters()), n.cfg.Dtype, bytesOf(size), n.cfg.Loss.Name())
}

// bytesOf writes a size in bytes.
func bytesOf(n int) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}

// nested writes f3(f2(f1(x))) for n = 3.
func nested(n int) string {
	s := "x"
	for i := 1; i <= n; i++ {
		s = fmt.Sprintf("f%d(%s)", i, s)
	}
	return s
}

// thousands writes 1648768 as 1,648,768.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
