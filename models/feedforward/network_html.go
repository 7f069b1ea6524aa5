package feedforward

// HTML writes the network as a piece of a page, for a notebook or a page of one's own: the
// nested function and a table of its layers, as String does. It has no scripts and loads
// nothing.
func (n *Network) HTML() string {
	return page("network", networkHTML, networkView{Function: nested(len(n.layers)), Layers: n.rows(), Size: n.size()})
}

const networkHTML = `<div class="network">
<p><code>y = {{.Function}}</code>, &nbsp;<code>f_i(z) = nonlinear_i(a_i·z + b_i)</code></p>
<table style="text-align:right;border-spacing:.8em .1em">
<tr><th>layer</th><th style="text-align:left">nonlinear</th><th>a</th><th>b</th><th>parameters</th></tr>
{{range .Layers}}<tr><td>{{.Name}}</td><td style="text-align:left">{{.Activation}}</td><td>{{.A}}</td><td>{{.B}}</td><td>{{.Parameters}}</td></tr>
{{end}}</table>
<p>{{.Size}}</p>
</div>
`

type networkView struct {
	Function, Size string
	Layers         []layerRow
}
