package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nestnet/nestnet/models/feedforward"
)

// balanced is the word for weights by which all classes count the same.
const balanced = "balanced"

// namedWeights reads "a=1,b=5". A name may have = in it; the last one counts.
func namedWeights(text string) (map[string]float64, error) {
	if text == "" || text == balanced {
		return nil, nil
	}
	weights := map[string]float64{}
	var errs []error
	for _, part := range strings.Split(text, ",") {
		at := strings.LastIndex(part, "=")
		if at < 0 {
			errs = append(errs, fmt.Errorf("--class-weights %q: want balanced, or classes with their weights, such as ham=1,spam=5", part))
			continue
		}
		name := strings.TrimSpace(part[:at])
		w, err := strconv.ParseFloat(strings.TrimSpace(part[at+1:]), 64)
		if _, twice := weights[name]; twice {
			errs = append(errs, fmt.Errorf("--class-weights names %q twice", name))
		}
		if err != nil || !(w >= 0) || math.IsInf(w, 1) {
			errs = append(errs, fmt.Errorf("--class-weights %s: the weight %q is not a number of at least 0", name, part[at+1:]))
		}
		weights[name] = w
	}
	return weights, errors.Join(errs...)
}

// weigh returns the weight of each class, nil if none was asked for. counts are the
// examples that each class has in the training part.
func (p *plan) weigh(labels []string, counts []int) ([]float64, error) {
	switch p.classWeights {
	case "":
		return nil, nil
	case balanced:
		return feedforward.BalancedWeights(counts), nil
	}
	weights := slices.Repeat([]float64{1}, len(labels))
	for _, name := range slices.Sorted(maps.Keys(p.weights)) {
		i := slices.Index(labels, name)
		if i < 0 {
			return nil, fmt.Errorf("--class-weights: no class %q (the data has %s)", name, strings.Join(labels, ", "))
		}
		weights[i] = p.weights[name]
	}
	if slices.Max(weights) == 0 {
		return nil, errors.New("--class-weights: no class weighs more than 0")
	}
	return weights, nil
}

// maxWeights is how many weights are written out.
const maxWeights = 12

func writeWeights(w io.Writer, labels []string, weights []float64) {
	if weights == nil {
		return
	}
	var each []string
	for i, l := range cut(labels) {
		if i == maxWeights {
			each = append(each, "…")
			break
		}
		each = append(each, fmt.Sprintf("%s %.4g", l, weights[i]))
	}
	fmt.Fprintf(w, "class weights %s\n", strings.Join(each, ", "))
}

// byName is the weights for the JSON object.
func byName(labels []string, weights []float64) map[string]float64 {
	if weights == nil {
		return nil
	}
	m := map[string]float64{}
	for i, l := range labels {
		m[l] = weights[i]
	}
	return m
}
