// Package cluster lets several processes, the ranks, train one model together.
//
// All ranks run the same program on different documents and call the same functions in the
// same order, as is usual with MPI; a call that all must make is called collective
// here. What goes between them are bytes: sums are taken by who receives the summands, in
// an order that does not depend on how many ranks there are, so that the model has the
// same bits for any number of them. An Allreduce would not promise that.
//
// Three things implement Comm: Alone, the one rank of a program that runs by itself;
// Group, ranks that are goroutines, for tests; and, in programs built with the tag
// mpi, what Start returns, the ranks of Open MPI.
//
// Open MPI is called by some hundred lines of our own, because the binding that there is,
// github.com/emer/empi, can neither exchange nor gather pieces of unequal length, nor end all
// ranks with an exit code, and brings a toolkit for graphical interfaces along.
package cluster

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// Comm is what a rank knows of the others. All methods but Rank and Size are collective, and
// a Comm is for one goroutine at a time.
//
// An error of a collective method is that of the connection: no other call will succeed.
type Comm interface {
	// Rank is the number of this process, from 0 to Size()−1.
	Rank() int

	// Size is the number of ranks.
	Size() int

	// Exchange sends send[r] to each rank r, and fills recv[r] with what r sends here.
	// Both slices have Size elements; recv[r] must be as long here as send is there
	// (ExchangeAll is for lengths that only the sender knows). The own part is copied
	// as well.
	Exchange(send, recv [][]byte) error

	// Gather sends own to all ranks: recv[r], of the length of r's own, is filled with it. The
	// own one may be recv[Rank()] itself.
	Gather(own []byte, recv [][]byte) error

	// Broadcast fills b with the b of rank root. All must be of one length.
	Broadcast(b []byte, root int) error

	// Barrier returns when all ranks have called it.
	Barrier() error
}

// ExchangeAll is Exchange for what only the sender knows the length of.
func ExchangeAll(c Comm, send [][]byte) (recv [][]byte, err error) {
	return new(Mail).Exchange(c, send)
}

// GatherAll is Gather for what only the sender knows the length of.
func GatherAll(c Comm, own []byte) (recv [][]byte, err error) {
	n := c.Size()
	size, theirs := []uint64{uint64(len(own))}, make([]uint64, n)
	to := make([][]byte, n)
	for r := range n {
		to[r] = Bytes(theirs[r : r+1])
	}
	if err := c.Gather(Bytes(size), to); err != nil {
		return nil, err
	}
	recv = make([][]byte, n)
	for r, size := range theirs {
		recv[r] = make([]byte, size)
	}
	return recv, c.Gather(own, recv)
}

// BroadcastAll returns the b of rank root, which alone knows its length.
func BroadcastAll(c Comm, b []byte, root int) ([]byte, error) {
	size := []uint64{uint64(len(b))}
	if err := c.Broadcast(Bytes(size), root); err != nil {
		return nil, err
	}
	if c.Rank() != root {
		b = make([]byte, size[0])
	}
	return b, c.Broadcast(b, root)
}

// SumInts adds up the numbers of all ranks, place by place.
func SumInts(c Comm, own []int) ([]int, error) {
	sizes, err := GatherAll(c, Bytes([]int{len(own)}))
	if err != nil {
		return nil, err
	}
	for r, b := range sizes {
		if n := Of[int](b)[0]; n != len(own) {
			return nil, fmt.Errorf("cluster: rank %d has %d numbers, rank %d has %d", c.Rank(), len(own), r, n)
		}
	}
	// Each rank adds up a part of the places: of many ranks nobody must hold all numbers.
	ranks := c.Size()
	send, recv := make([][]byte, ranks), make([][]byte, ranks)
	sum := make([]int, len(own))
	parts := make([][]byte, ranks)
	part := func(r int, of []int) []int { return of[r*len(of)/ranks : (r+1)*len(of)/ranks] }
	mine := part(c.Rank(), sum)
	theirs := make([]int, ranks*len(mine))
	for r := range ranks {
		send[r], recv[r] = Bytes(part(r, own)), Bytes(theirs[r*len(mine):(r+1)*len(mine)])
		parts[r] = Bytes(part(r, sum))
	}
	if err := c.Exchange(send, recv); err != nil {
		return nil, err
	}
	total := make([]int, len(mine))
	for r := range ranks {
		for i := range total {
			total[i] += theirs[r*len(mine)+i]
		}
	}
	return sum, c.Gather(Bytes(total), parts)
}

// RankError is what is wrong on another rank. Of its kind no more is known here than whether it
// is context.Canceled.
type RankError struct {
	Rank     int
	Text     string
	Canceled bool
}

func (e *RankError) Error() string { return fmt.Sprintf("rank %d: %s", e.Rank, e.Text) }

// Unwrap returns context.Canceled if that is why, else nil.
func (e *RankError) Unwrap() error {
	if e.Canceled {
		return context.Canceled
	}
	return nil
}

// AgreedError is what Agree and Same return: all ranks have one at the same time, so that all
// can end together. It unwraps to Own, or to RankErrors.
type AgreedError struct {
	Own      error    // nil: it is others that cannot go on
	Texts    []string // what is wrong, by rank; "" is nothing
	Canceled []bool   // by rank: it is context.Canceled
}

func (e *AgreedError) Error() string { return errors.Join(e.Unwrap()...).Error() }

func (e *AgreedError) Unwrap() []error {
	if e.Own != nil {
		return []error{e.Own}
	}
	var errs []error
	for r, text := range e.Texts {
		if text != "" {
			errs = append(errs, &RankError{Rank: r, Text: text, Canceled: r < len(e.Canceled) && e.Canceled[r]})
		}
	}
	return errs
}

// Agree lets all ranks go on or none: it returns nil if the err of each is nil. Else every
// rank gets an AgreedError, but of one rank err as it is. What a rank knows from an
// AgreedError of before counts as said by the others.
func Agree(c Comm, err error) error {
	if c.Size() == 1 {
		return err
	}
	text := []byte(nil)
	if err != nil {
		text = append(text, failed)
		if errors.Is(err, context.Canceled) {
			text[0] = canceled
		}
		if before, ok := errors.AsType[*AgreedError](err); ok && before.Own == nil {
			text[0] = known
		} else {
			text = append(text, cmp.Or(err.Error(), "failed")...)
		}
	}
	all, e := GatherAll(c, text)
	if e != nil {
		return errors.Join(err, e)
	}
	agreed := AgreedError{Own: err, Texts: make([]string, len(all)), Canceled: make([]bool, len(all))}
	wrong := false
	for r, text := range all {
		if len(text) > 0 {
			agreed.Texts[r], agreed.Canceled[r] = string(text[1:]), text[0] == canceled
			wrong = true
		}
	}
	if !wrong {
		return nil
	}
	return &agreed
}

// What Agree sends before the text of an error.
const (
	failed = iota
	canceled
	known // from others: no text
)

// Same fails on every rank unless all have the same value of what: a setting, the version
// of a dictionary.
func Same(c Comm, what string, value []byte) error {
	all, err := GatherAll(c, value)
	if err != nil {
		return err
	}
	var others []string
	for r, v := range all {
		if !bytes.Equal(v, all[0]) {
			others = append(others, fmt.Sprint(r))
		}
	}
	if len(others) > 0 {
		err := fmt.Errorf("%s differs between rank 0 and rank %s; all ranks must have the same", what, strings.Join(others, ", "))
		return &AgreedError{Own: err, Texts: slices.Repeat([]string{err.Error()}, len(all))}
	}
	return nil
}

// Number is what can be sent as it lies in memory. All ranks must be machines of one kind:
// of the same byte order and, for int, of the same width.
type Number interface {
	~int8 | ~uint8 | ~int32 | ~uint32 | ~int64 | ~uint64 | ~int | ~float32 | ~float64
}

// Bytes is the memory of s.
func Bytes[T Number](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(*new(T))))
}

// Of returns the numbers that b is the bytes of; where b does not lie as they must, a copy.
func Of[T Number](b []byte) []T {
	size := int(unsafe.Sizeof(*new(T)))
	n := len(b) / size
	p := unsafe.Pointer(unsafe.SliceData(b))
	if uintptr(p)%uintptr(size) != 0 {
		s := make([]T, n)
		copy(Bytes(s), b)
		return s
	}
	return unsafe.Slice((*T)(p), n)
}

// AppendStrings appends texts in the form that CutStrings reads.
func AppendStrings(b []byte, texts ...string) []byte {
	for _, s := range texts {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

// CutStrings reads all texts that AppendStrings wrote.
func CutStrings(b []byte) ([]string, error) {
	var texts []string
	for len(b) > 0 {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return nil, errors.New("cluster: texts are cut off")
		}
		texts = append(texts, string(b[k:k+int(n)]))
		b = b[k+int(n):]
	}
	return texts, nil
}

// Alone is the only rank of a program that runs by itself.
type Alone struct{}

func (Alone) Rank() int { return 0 }
func (Alone) Size() int { return 1 }

func (Alone) Exchange(send, recv [][]byte) error {
	copy(recv[0], send[0])
	return nil
}

func (Alone) Gather(own []byte, recv [][]byte) error {
	copy(recv[0], own)
	return nil
}

func (Alone) Broadcast([]byte, int) error { return nil }
func (Alone) Barrier() error              { return nil }

// Shared is what the ranks hold together: examples of which each has some. What is given
// such a source works on all of them, and is collective.
type Shared interface{ Cluster() Comm }

// Behind is the Cluster of what is Shared, and Alone for everything else.
func Behind(source any) Comm {
	if s, ok := source.(Shared); ok && s.Cluster() != nil {
		return s.Cluster()
	}
	return Alone{}
}
