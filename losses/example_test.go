package losses_test

import (
	"fmt"
	"log"

	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/losses"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func ExampleNew() {
	l, err := losses.New("crossentropy")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Name(), "goes with", l.Outputs())
	_, err = losses.New("perplexity")
	fmt.Println(err)
	// Output:
	// crossentropy goes with [softmax]
	// losses: unknown loss "perplexity", want one of squared, logistic, binary-crossentropy, crossentropy, hinge, huber
}

// A loss of one's own: the distance |y − f|, which a single mislabelled example pulls at
// no harder than any other.
func ExampleCustom() {
	absolute := losses.Custom{Label: "absolute", Func: func(f, y *gorgonia.Node) (*gorgonia.Node, error) {
		d, err := gorgonia.Sub(y, f)
		if err != nil {
			return nil, err
		}
		return gorgonia.Abs(d)
	}}

	// Three answers, the right ones, and how much each counts.
	value := func(x ...float64) gorgonia.NodeConsOpt {
		return gorgonia.WithValue(tensor.New(tensor.WithShape(3, 1), tensor.WithBacking(x)))
	}
	g := gorgonia.NewGraph()
	f := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithName("f"), gorgonia.WithShape(3, 1), value(1, 2, 30))
	y := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithName("y"), gorgonia.WithShape(3, 1), value(2, 0, 0))
	w := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithName("w"), gorgonia.WithShape(3),
		gorgonia.WithValue(tensor.New(tensor.WithBacking([]float64{1. / 4, 1. / 4, 1. / 2}))))
	loss, err := absolute.Fused(f, y, w)
	if err != nil {
		log.Fatal(err)
	}
	grads, err := gorgonia.Grad(loss, f)
	if err != nil {
		log.Fatal(err)
	}
	m, err := graph.NewMachine(g, loss, grads[0])
	if err != nil {
		log.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("loss:", m.Value(loss))
	fmt.Println("gradient:", m.Value(grads[0]).Data())
	// Output:
	// loss: 15.75
	// gradient: [-0.25 0.25 0.5]
}
