package ranked

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
)

// form is what the examples of all ranks have.
type form struct {
	columns int
	values  bool
	classes bool
	labels  bool
	weights bool
	targets int // numbers a row; 0: none
}

func formOf(b *data.Batch) form {
	f := form{columns: b.Columns, values: b.Values != nil, classes: b.Classes != nil, labels: len(b.LabelOffsets) > 0, weights: b.Weights != nil}
	if rows := b.Rows(); rows > 0 {
		f.targets = len(b.Targets) / rows
	}
	return f
}

func (f form) String() string {
	parts := []string{fmt.Sprintf("%d columns", f.columns)}
	for _, has := range []struct {
		name string
		yes  bool
	}{{"values", f.values}, {"classes", f.classes}, {"sets of labels", f.labels}, {"weights", f.weights}} {
		if has.yes {
			parts = append(parts, has.name)
		}
	}
	if f.targets > 0 {
		parts = append(parts, fmt.Sprintf("%d targets", f.targets))
	}
	return strings.Join(parts, ", ")
}

// numbers are the fields of f, for other ranks.
func (f form) numbers() []int {
	n := []int{f.columns, f.targets, 0, 0, 0, 0}
	for i, has := range []bool{f.values, f.classes, f.labels, f.weights} {
		if has {
			n[2+i] = 1
		}
	}
	return n
}

func formFrom(n []int) form {
	return form{columns: n[0], targets: n[1], values: n[2] == 1, classes: n[3] == 1, labels: n[4] == 1, weights: n[5] == 1}
}

// layout says where the examples of all ranks are. It is the same on all ranks.
type layout struct {
	form
	starts  []int // rank r holds the examples starts[r] to starts[r+1]-1
	entries int   // of x, of all ranks
	marks   int   // labels in the sets of all ranks
}

// newLayout tells all ranks what each holds. It is collective.
func newLayout(c cluster.Comm, local *data.Set) (*layout, error) {
	err := checkLocal(local)
	own := []int{0, 0, 0}
	if err == nil {
		b := &local.All
		rows := b.Rows()
		own[0] = rows
		if rows > 0 {
			own[1] = b.Offsets[rows] - b.Offsets[0]
		}
		if len(b.LabelOffsets) > 0 {
			own[2] = b.LabelOffsets[rows] - b.LabelOffsets[0]
		}
		own = append(own, formOf(b).numbers()...)
	}
	if err := cluster.Agree(c, err); err != nil {
		return nil, err
	}
	all, err := cluster.GatherAll(c, cluster.Bytes(own))
	if err != nil {
		return nil, err
	}
	l := &layout{starts: make([]int, 1, len(all)+1), form: formOf(&local.All)}
	first := -1 // the first rank that holds any
	for r, b := range all {
		theirs := cluster.Of[int](b)
		l.starts = append(l.starts, l.starts[r]+theirs[0])
		l.entries += theirs[1]
		l.marks += theirs[2]
		if theirs[0] == 0 {
			continue // there is nothing that had a form
		}
		switch f := formFrom(theirs[3:]); {
		case first < 0:
			first, l.form = r, f
		case f != l.form:
			return nil, fmt.Errorf("ranked: rank %d holds examples with %v, rank %d with %v; all ranks must have the same", first, l.form, r, f)
		}
	}
	return l, nil
}

// checkLocal says what is wrong with the examples of this rank.
func checkLocal(local *data.Set) error {
	switch {
	case local == nil:
		return errors.New("ranked: no examples (the set is nil); a rank without any has an empty one")
	case len(local.All.Dense) > 0:
		return errors.New("ranked: rows are dense; only sparse ones can be held by several ranks")
	case local.Len() == 0:
		return nil
	}
	return local.All.Check()
}

// rows is the number of examples of all ranks.
func (l *layout) rows() int { return l.starts[len(l.starts)-1] }

// holder is the rank that holds example i.
func (l *layout) holder(i int) int {
	lo, hi := 0, len(l.starts)-1
	for hi-lo > 1 {
		if middle := int(uint(lo+hi) / 2); i < l.starts[middle] {
			hi = middle
		} else {
			lo = middle
		}
	}
	return lo
}
