package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/ranked"
	"github.com/nestnet/nestnet/models/feedforward"
)

// With --mpi, rank 0 reads the texts, as it would alone, and all ranks answer them. What they
// write comes back to it as bytes, so the answers are those of one process in any form.

const (
	// dealtTexts and dealtBytes are how much a rank gets at a time, whichever is less.
	dealtTexts = 4096
	dealtBytes = 1 << 20

	// readingShare is about how much of the time of answering a text it takes to read,
	// to deal out and to write. One core reads 2.7 million texts of AG News a second.
	readingShare = 0.15
)

// loadModelOn loads on all ranks the model that rank 0 reads.
func loadModelOn(c cluster.Comm, path string) (m *feedforward.Classifier, err error) {
	var file []byte
	if c.Rank() == 0 {
		if m, err = loadModel(path); err == nil && c.Size() > 1 {
			file, err = os.ReadFile(path)
		}
	}
	if err := cluster.Agree(c, fileError(err)); err != nil {
		return nil, err
	}
	if file, err = cluster.BroadcastAll(c, file, 0); err == nil && c.Rank() > 0 {
		m, err = feedforward.Read(bytes.NewReader(file), int64(len(file)))
	}
	return m, err
}

// dealtAnswers answers texts that come in pieces.
type dealtAnswers struct {
	*answers
	written bytes.Buffer
}

func newDealtAnswers(c *feedforward.Classifier, form answerForm) (*dealtAnswers, error) {
	var d dealtAnswers
	var err error
	d.answers, err = newAnswers(c, form, answersSize, &d.written)
	return &d, err
}

// dealAnswers answers on all ranks what label reads on rank 0.
func dealAnswers(ranks cluster.Comm, c *feedforward.Classifier, form answerForm, out io.Writer, label func(a answering) error) error {
	own, err := newDealtAnswers(c, form)
	if err := cluster.Agree(ranks, err); err != nil {
		return err
	}
	deal := &ranked.Deal{Comm: ranks, Work: own.work}
	if ranks.Rank() > 0 {
		return cluster.Agree(ranks, deal.Serve())
	}
	own.header()
	deal.Take = func(answers []byte) error {
		_, err := out.Write(answers)
		return err
	}
	err = errors.Join(label(newDealer(deal)), deal.End())
	if errors.As(err, new(*cluster.RankError)) {
		err = nil // the other rank says it
	}
	return cluster.Agree(ranks, err)
}

// What is dealt out of each line: its number and what it is, and its text, or why it
// cannot be read.
const (
	dealtText = iota
	dealtBlank
	dealtUnreadable
)

func appendDealt(piece []byte, line, kind int, text string) []byte {
	piece = binary.AppendUvarint(piece, uint64(line)<<2|uint64(kind))
	return append(binary.AppendUvarint(piece, uint64(len(text))), text...)
}

// work appends the answers to a piece to result.
func (d *dealtAnswers) work(piece, result []byte) ([]byte, error) {
	texts := string(piece) // which parts of it stay in use, up to the next flush
	for at := 0; at < len(piece); {
		head, n := binary.Uvarint(piece[at:])
		size, m := binary.Uvarint(piece[at+n:])
		at += n + m
		text, line := texts[at:at+int(size)], int(head>>2)
		at += int(size)
		var err error
		switch head & 3 {
		case dealtText:
			err = d.add(bow.Document{Text: text, Line: line})
		case dealtBlank:
			err = d.skip(line, nil)
		case dealtUnreadable:
			err = d.skip(line, &bow.LineError{Line: line, Err: errors.New(text)})
		}
		if err != nil {
			return result, err
		}
	}
	if err := d.flush(); err != nil {
		return result, err
	}
	result = append(result, d.written.Bytes()...)
	d.written.Reset()
	return result, nil
}

// dealer deals texts out.
type dealer struct {
	deal   *ranked.Deal
	pieces [][]byte
	texts  []int // how many each may have
	rank   int   // whose piece is being filled
	filled int   // how many it has
}

func newDealer(deal *ranked.Deal) *dealer {
	ranks := deal.Comm.Size()
	d := &dealer{deal: deal, pieces: make([][]byte, ranks), texts: make([]int, ranks)}
	for r := range d.texts {
		d.texts[r] = dealtTexts
	}
	d.texts[0] = int(ranked.Share(ranks, readingShare) * dealtTexts)
	return d
}

func (d *dealer) add(doc bow.Document) error { return d.put(doc.Line, dealtText, doc.Text) }

func (d *dealer) skip(line int, err *bow.LineError) error {
	if err == nil {
		return d.put(line, dealtBlank, "")
	}
	return d.put(line, dealtUnreadable, err.Err.Error())
}

func (d *dealer) put(line, kind int, text string) error {
	for d.filled >= d.texts[d.rank] || len(d.pieces[d.rank]) >= dealtBytes {
		d.filled = 0
		if d.rank++; d.rank == len(d.pieces) {
			if err := d.round(); err != nil {
				return err
			}
		}
	}
	d.pieces[d.rank] = appendDealt(d.pieces[d.rank], line, kind, text)
	d.filled++
	return nil
}

func (d *dealer) round() error {
	err := d.deal.Round(d.pieces)
	for r := range d.pieces {
		d.pieces[r] = d.pieces[r][:0]
	}
	d.rank, d.filled = 0, 0
	return err
}

// flush has all answered that is left.
func (d *dealer) flush() error {
	if err := d.round(); err != nil {
		return err
	}
	return d.deal.End()
}
