package graph_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

var update = flag.Bool("update", false, "write testdata/*.dot anew")

// drawn is a small network with its loss and gradient, on our ops and on stock ones.
func drawn(t *testing.T) graph.Dot {
	t.Helper()
	g := gorgonia.NewGraph()
	matrix := func(name string, rows, columns int) *gorgonia.Node {
		return gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(rows, columns), gorgonia.WithName(name))
	}
	vector := func(name string, n int) *gorgonia.Node {
		return gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(n), gorgonia.WithName(name))
	}
	x, y, a1, a2 := matrix("x", 4, 9), matrix("y", 4, 2), matrix("a1", 9, 3), matrix("a2", 3, 2)
	b1, b2, w := vector("b1", 3), vector("b2", 2), vector("w", 4)
	must := func(n *gorgonia.Node, err error) *gorgonia.Node {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	f1 := must(graph.SparseAffine(x, a1, b1, graph.ReLU))
	gorgonia.WithName("f1")(f1)
	z2 := must(gorgonia.Tanh(must(graph.Affine(f1, a2, b2, graph.Linear))))
	gorgonia.WithName(`"z2\"`)(z2)
	loss := must(graph.Squared(z2, y, w))
	gorgonia.WithName("loss")(loss)
	grads, err := gorgonia.Grad(loss, a1, b1, a2, b2)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a1", "b1", "a2", "b2"} {
		gorgonia.WithName("∂loss/∂" + name)(grads[i])
	}
	return graph.Dot{Outputs: gorgonia.Nodes{z2, loss}, Gradients: grads}
}

// The drawing is the same for the same declaration. go test -update writes it anew.
func TestDot(t *testing.T) {
	for _, part := range []graph.Part{graph.Both, graph.Forward, graph.Gradient} {
		d := drawn(t)
		d.Part = part
		var b strings.Builder
		if err := d.Write(&b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", string(part)+".dot")
		if *update {
			if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s:\n%s\nwant (go test -update accepts what is written)\n%s", part, b.String(), want)
		}
	}
	zero, both := drawn(t), drawn(t)
	both.Part = graph.Both
	var a, b strings.Builder
	if err := errors.Join(zero.Write(&a), both.Write(&b)); err != nil || a.String() != b.String() {
		t.Errorf("no part is not both parts: %v", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestDotRefuses(t *testing.T) {
	d := drawn(t)
	for _, test := range []struct {
		d    graph.Dot
		want string
	}{
		{graph.Dot{}, "graph: Dot has no outputs to draw"},
		{graph.Dot{Outputs: gorgonia.Nodes{nil}}, "graph: an output of Dot is nil"},
		{graph.Dot{Outputs: d.Outputs, Part: "loss"}, `graph: unknown part "loss", want both, forward or gradient`},
		{graph.Dot{Outputs: gorgonia.Nodes{d.Outputs[0], drawn(t).Outputs[0]}}, "belongs to another graph"},
	} {
		if err := test.d.Write(&strings.Builder{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
	if err := d.Write(fullDisk{}); err == nil || err.Error() != "disk full" {
		t.Errorf("error %v", err)
	}
}
