package ranked

import (
	"slices"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
)

// A message is rows, one behind the other, as words of four bytes: the number of
// entries of x, that of labels, the class, the weight and the targets, as far as the
// form has them; then the columns, the values and the labels. A float64 is two words.

// head is how many words of a row are there whatever it holds.
func (f *form) head() int {
	n := 1 + 2*f.targets
	if f.labels {
		n++
	}
	if f.classes {
		n++
	}
	if f.weights {
		n += 2
	}
	return n
}

// words is how many words of a message rows with so many entries and labels take.
func (f *form) words(rows, entries, labels int) int {
	if f.values {
		entries *= 2
	}
	return rows*f.head() + entries + labels
}

// pack appends row i of b to a message, but of x only the entries lo to hi of b.Indices.
func (f *form) pack(message []int32, b *data.Batch, i, lo, hi int) []int32 {
	message = append(message, int32(hi-lo))
	var labels []int32
	if f.labels {
		labels = b.Labels(i)
		message = append(message, int32(len(labels)))
	}
	if f.classes {
		message = append(message, b.Classes[i])
	}
	if f.weights {
		message = append(message, asWords(b.Weights[i:i+1])...)
	}
	if k := f.targets; k > 0 {
		message = append(message, asWords(b.Targets[i*k:(i+1)*k])...)
	}
	message = append(message, b.Indices[lo:hi]...)
	if f.values {
		message = append(message, asWords(b.Values[lo:hi])...)
	}
	return append(message, labels...)
}

// unpack appends the first row of a message to b, and returns what follows it. A
// message that is cut off is not ok.
func (f *form) unpack(b *data.Batch, message []int32) (rest []int32, ok bool) {
	head := f.head()
	if len(message) < head {
		return nil, false
	}
	at := 1
	entries, labels := int(message[0]), 0
	if f.labels {
		labels = int(message[1])
		at++
	}
	if entries < 0 || labels < 0 || len(message) < head+f.words(0, entries, labels) {
		return nil, false
	}
	if f.classes {
		b.Classes = append(b.Classes, message[at])
		at++
	}
	if f.weights {
		b.Weights = appendNumbers(b.Weights, message[at:at+2])
		at += 2
	}
	if f.targets > 0 {
		b.Targets = appendNumbers(b.Targets, message[at:head])
	}
	message = message[head:]
	b.Indices = append(b.Indices, message[:entries]...)
	b.Offsets = append(b.Offsets, len(b.Indices))
	message = message[entries:]
	if f.values {
		b.Values = append(b.Values, cluster.Of[float32](cluster.Bytes(message[:entries]))...)
		message = message[entries:]
	}
	if f.labels {
		b.LabelIndices = append(b.LabelIndices, message[:labels]...)
		b.LabelOffsets = append(b.LabelOffsets, len(b.LabelIndices))
	}
	return message[labels:], true
}

// start empties b and makes it ready for unpack.
func (f *form) start(b *data.Batch) {
	b.Reset()
	b.Columns = f.columns
	b.Offsets = append(b.Offsets, 0)
	b.Values = optional(b.Values, f.values)
	b.Classes = optional(b.Classes, f.classes)
	b.Targets = optional(b.Targets, f.targets > 0)
	b.Weights = optional(b.Weights, f.weights)
	if f.labels {
		b.LabelOffsets = append(b.LabelOffsets, 0)
	}
}

// optional is s, nil if it is not there, and not nil if it is.
func optional[T any](s []T, there bool) []T {
	switch {
	case !there:
		return nil
	case s == nil:
		return []T{}
	}
	return s
}

// asWords is the memory of numbers.
func asWords[T float32 | float64](numbers []T) []int32 {
	return cluster.Of[int32](cluster.Bytes(numbers))
}

// appendNumbers appends the numbers whose memory words is. It may lie at any place.
func appendNumbers(to []float64, words []int32) []float64 {
	n, more := len(to), len(words)/2
	to = slices.Grow(to, more)[:n+more]
	copy(cluster.Bytes(to[n:]), cluster.Bytes(words))
	return to
}
