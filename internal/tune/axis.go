package tune

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Kind says what the values of an Axis are, and how a range of them is drawn from.
type Kind int

const (
	// Word: a list only.
	Word Kind = iota
	// Rate: positive numbers, all orders of magnitude alike (log-uniform), with three
	// digits.
	Rate
	// Share: numbers, uniformly, with two decimals.
	Share
	// Count: whole numbers from 1, all orders of magnitude alike. A list may have 0.
	Count
)

// Axis is a setting and what it may be: one of some values, or a number from a range.
type Axis struct {
	Name string
	Kind Kind

	// Values are those to choose from, as they were written; nil for a range.
	Values []string

	// Low and High bound the range, both included.
	Low, High float64
}

// ParseAxis reads "a,b,c" or, but for words, "low:high".
func ParseAxis(name string, kind Kind, text string) (Axis, error) {
	a := Axis{Name: name, Kind: kind}
	if low, high, ok := strings.Cut(text, ":"); ok && kind != Word {
		var err error
		if a.Low, err = a.number(low); err != nil {
			return a, err
		}
		if a.High, err = a.number(high); err != nil {
			return a, err
		}
		switch {
		case kind != Share && !(a.Low > 0):
			return a, fmt.Errorf("%s: the range %s begins at %s, want more than 0", name, text, low)
		case !(a.Low < a.High):
			return a, fmt.Errorf("%s: the range %s is empty, want the smaller number first", name, text)
		}
		return a, nil
	}
	for _, v := range strings.Split(text, ",") {
		v = strings.TrimSpace(v)
		if v == "" {
			return a, fmt.Errorf("%s: %q has an empty value", name, text)
		}
		if kind != Word {
			if _, err := a.number(v); err != nil {
				return a, err
			}
		}
		a.Values = append(a.Values, v)
	}
	return a, nil
}

func (a Axis) number(text string) (float64, error) {
	text = strings.TrimSpace(text)
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(x) || math.IsInf(x, 0):
		return 0, fmt.Errorf("%s: %q is not a number; want low:high or values with commas between", a.Name, text)
	case a.Kind == Count && (x != math.Trunc(x) || x < 0 || x > math.MaxInt32):
		return 0, fmt.Errorf("%s: %q is not a whole number", a.Name, text)
	}
	return x, nil
}

// Size is how many values there are to choose from, 0 for a range.
func (a Axis) Size() int { return len(a.Values) }

// Draw returns a value at random.
func (a Axis) Draw(rng *rand.Rand) string {
	u := rng.Float64()
	if n := len(a.Values); n > 0 {
		return a.Values[min(int(u*float64(n)), n-1)]
	}
	within := func(x float64) float64 { return min(max(x, a.Low), a.High) }
	switch a.Kind {
	case Rate:
		x, _ := strconv.ParseFloat(strconv.FormatFloat(a.Low*math.Pow(a.High/a.Low, u), 'g', 3, 64), 64)
		return strconv.FormatFloat(within(x), 'g', -1, 64)
	case Count:
		return strconv.FormatFloat(within(math.Floor(a.Low*math.Pow((a.High+1)/a.Low, u))), 'f', -1, 64)
	}
	return strconv.FormatFloat(within(math.Round(100*(a.Low+(a.High-a.Low)*u))/100), 'g', -1, 64)
}

// String is the axis as ParseAxis reads it, without the name.
func (a Axis) String() string {
	if a.Values != nil {
		return strings.Join(a.Values, ",")
	}
	return strconv.FormatFloat(a.Low, 'g', -1, 64) + ":" + strconv.FormatFloat(a.High, 'g', -1, 64)
}
