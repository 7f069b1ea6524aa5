package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nestnet/nestnet/models/feedforward"
)

// History draws the course of a training: the loss of each epoch, on the training part and
// on the validation part, if there is one, and beside it what the validation came to: the accuracy
// of classes, micro F1 and subset accuracy of several labels, R² of numbers. The epoch whose
// weights were kept is marked. A loss that is no number is a cross at the upper edge. The default size is
// 8.6 × 3.8 inches, without validation 6.4 × 3.8.
//
// Errors: no history, no epochs, or no finite loss.
func History(h *feedforward.History, style Style) (*Figure, error) {
	if h == nil || len(h.Epochs) == 0 {
		return nil, errors.New("plots: a History without epochs; it has one for each epoch that ended")
	}
	c := course{best: float64(h.Best)}
	train, valid := measure{name: "training loss"}, measure{name: "validation loss"}
	accuracy, micro := measure{name: "validation accuracy"}, measure{name: "validation micro F1"}
	subset, r2 := measure{name: "validation subset accuracy"}, measure{name: "validation R²"}
	validated := false
	for _, e := range h.Epochs {
		c.epochs = append(c.epochs, float64(e.Number))
		none := math.NaN()
		loss, scores := none, [4]float64{none, none, none, none}
		if r := e.Valid; r != nil {
			validated, loss = true, r.Loss
			switch {
			case r.MultiLabel != nil:
				scores[1], scores[2] = r.MultiLabel.MicroF1, r.MultiLabel.SubsetAccuracy
			case r.Regression != nil:
				scores[3] = r.Regression.R2
			default:
				scores[0] = r.Accuracy
			}
		}
		train.values, valid.values = append(train.values, e.Loss), append(valid.values, loss)
		train.lost = append(train.lost, !finite(e.Loss))
		valid.lost = append(valid.lost, e.Valid != nil && !finite(loss))
		for i, m := range []*measure{&accuracy, &micro, &subset, &r2} {
			m.values = append(m.values, scores[i])
		}
	}
	if _, _, ok := spread(train.values, valid.values); !ok {
		return nil, errors.New("plots: a History without a finite loss")
	}
	c.losses = []measure{train}
	if validated {
		c.losses = append(c.losses, valid)
	}
	for _, m := range []measure{accuracy, micro, subset, r2} {
		if _, _, ok := spread(m.values); ok {
			c.scores = append(c.scores, m)
		}
	}
	width := 8.6
	if c.scores == nil {
		width = 6.4
	}
	return newFigure(style, width, 3.8, c.draw)
}

// measure is a number of each epoch.
type measure struct {
	name   string
	values []float64
	lost   []bool // where a value was to be, and was no number; nil: nowhere
}

// course is what History draws.
type course struct {
	epochs         []float64
	best           float64
	losses, scores []measure
}

func (c course) draw(p *pen, t *theme, all box) {
	var entries []entry
	for i, m := range slices.Concat(c.losses, c.scores) {
		entries = append(entries, lineEntry(m.name, t.line(i)))
	}
	if c.best > 0 {
		entries = append(entries, entry{fmt.Sprintf("best epoch: %.0f", c.best), func(p *pen, in box) {
			x := (in.x0 + in.x1) / 2
			p.line(x, in.y0, x, in.y1, t.bestLine())
			p.ring(x, (in.y0+in.y1)/2, 4, t.bestRing())
		}})
	}
	if slices.ContainsFunc(c.losses, func(m measure) bool { return slices.Contains(m.lost, true) }) {
		entries = append(entries, entry{"not a number", func(p *pen, in box) {
			p.cross((in.x0+in.x1)/2, (in.y0+in.y1)/2, 3.5, t.lost())
		}})
	}
	all = p.legend(t, all, entries)
	if c.scores == nil {
		c.panel(p, t, all, "loss", c.losses, 0)
		return
	}
	var labels []string
	for _, m := range c.scores {
		labels = append(labels, strings.TrimPrefix(m.name, "validation "))
	}
	left, right := all.halves()
	c.panel(p, t, left, "loss", c.losses, 0)
	c.panel(p, t, right, strings.Join(labels, ", "), c.scores, len(c.losses))
}

// panel draws measures by epoch. The first has the look of series number first.
func (c course) panel(p *pen, t *theme, in box, label string, measures []measure, first int) {
	var all [][]float64
	for _, m := range measures {
		all = append(all, m.values)
	}
	low, high, _ := spread(all...)
	if label != "loss" {
		high = min(high, 1) // of no score is there more
	}
	x := axis{label: "epoch", min: c.epochs[0], max: c.epochs[len(c.epochs)-1], whole: true}
	room := min(max(0.02*(x.max-x.min), 0.04), 0.9) // there is no epoch 0
	if x.min == x.max {
		room = 0.6
	}
	x.min, x.max = x.min-room, x.max+room
	a := p.axes(t, in, x, axis{label: label, min: low, max: high}, true)
	if c.best > 0 {
		best := a.at(c.best, low).x
		p.line(best, a.y0, best, a.y1, t.bestLine())
	}
	for i, m := range measures {
		s := t.line(first + i)
		p.series(a, c.epochs, m.values, s)
		for k, v := range m.values {
			at := a.at(c.epochs[k], v)
			if m.lost != nil && m.lost[k] {
				p.cross(at.x, a.y1-5, 3.5, t.lost())
			}
			if !finite(v) {
				continue
			}
			if len(c.epochs) <= 30 {
				p.dot(at.x, at.y, 2.4, s.color)
			}
			if c.epochs[k] == c.best {
				p.ring(at.x, at.y, 5, t.bestRing())
			}
		}
	}
}

func (t *theme) bestLine() stroke {
	return stroke{color: t.muted, width: 1, dash: []float64{1.5, 2.5}}
}
func (t *theme) bestRing() stroke { return stroke{color: t.ink, width: 1.2} }
func (t *theme) lost() stroke     { return stroke{color: t.ink, width: 1.6} }
