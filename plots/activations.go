package plots

import (
	"errors"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/kernel"
)

// Activations draws activations, by the names that feedforward.Layer has for them (linear,
// relu, leakyrelu, elu, sigmoid, tanh, softplus, gelu, swish), from −4 to 4: on the left
// f(z), on the right the derivative f′(z) that training uses. The default size is 8.6 × 4
// inches.
//
// Errors: no names; unknown names.
func Activations(style Style, names ...string) (*Figure, error) {
	if len(names) == 0 {
		return nil, errors.New("plots: Activations without names")
	}
	const n, reach = 801, 4.0
	z, ones := make([]float64, n), make([]float64, n)
	for i := range z {
		z[i], ones[i] = reach*(2*float64(i)/(n-1)-1), 1
	}
	var values, slopes [][]float64
	var errs []error
	for _, name := range names {
		a, err := graph.ParseActivation(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		f, d := make([]float64, n), make([]float64, n)
		kernel.Activate(kernel.Activation(a), f, z)
		from := z
		if a.Fuses() {
			from = f
		}
		kernel.ActivateGrad(kernel.Activation(a), d, from, ones)
		values, slopes = append(values, f), append(slopes, d)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return newFigure(style, 8.6, 4, func(p *pen, t *theme, all box) {
		var entries []entry
		for i, name := range names {
			entries = append(entries, lineEntry(name, t.line(i)))
		}
		left, right := p.legend(t, all, entries).halves()
		for _, part := range []struct {
			box
			label string
			lines [][]float64
		}{{left, "f(z)", values}, {right, "f′(z)", slopes}} {
			low, high, _ := spread(part.lines...)
			a := p.axes(t, part.box, axis{label: "z", min: -reach, max: reach}, axis{label: part.label, min: low, max: high}, true)
			for i, line := range part.lines {
				p.series(a, z, line, t.line(i))
			}
		}
	})
}
