// Package packages lists what the cells of a notebook can import besides gophernotes'
// own copy of the standard library: the imports of this file. The kernel is built with
// these packages linked in, as it cannot load any later.
package packages

import (
	// Nestnet.
	_ "github.com/nestnet/nestnet/data"
	_ "github.com/nestnet/nestnet/data/bow"
	_ "github.com/nestnet/nestnet/data/bow/sample"
	_ "github.com/nestnet/nestnet/data/vectors"
	_ "github.com/nestnet/nestnet/graph"
	_ "github.com/nestnet/nestnet/graph/graphtest"
	_ "github.com/nestnet/nestnet/losses"
	_ "github.com/nestnet/nestnet/models/feedforward"
	_ "github.com/nestnet/nestnet/notebooks/show"
	_ "github.com/nestnet/nestnet/plots"
	_ "github.com/nestnet/nestnet/solvers"

	// What it stands on, for cells that declare graphs and pictures of their own.
	_ "gonum.org/v1/gonum/floats"
	_ "gonum.org/v1/gonum/mat"
	_ "gonum.org/v1/gonum/stat"
	_ "gonum.org/v1/plot"
	_ "gonum.org/v1/plot/palette"
	_ "gonum.org/v1/plot/palette/moreland"
	_ "gonum.org/v1/plot/plotter"
	_ "gonum.org/v1/plot/vg"
	_ "gonum.org/v1/plot/vg/draw"
	_ "gorgonia.org/gorgonia"
	_ "gorgonia.org/tensor"

	// The standard library where gophernotes' copy is older than the language.
	_ "bytes"
	_ "context"
	_ "errors"
	_ "fmt"
	_ "math"
	_ "math/rand/v2"
	_ "os"
	_ "sort"
	_ "strconv"
	_ "strings"
	_ "time"
)
