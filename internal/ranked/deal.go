package ranked

import (
	"errors"

	"github.com/nestnet/nestnet/internal/cluster"
)

// Deal lets all ranks work on what one of them reads. Rank 0 cuts the work into pieces and
// deals them out, one to each rank, round after round; the results come back to it in the
// order of the pieces. While the others work on a round, rank 0 works on its own piece
// and reads the next round: so its own should be smaller (Share). What is in memory
// are two rounds.
//
// Rank 0 calls Round as long as there is work, and End at last, whatever went wrong. The
// others call Serve.
type Deal struct {
	Comm cluster.Comm

	// Work appends the result of a piece to result.
	Work func(piece, result []byte) ([]byte, error)

	// Take gets the results, on rank 0.
	Take func(result []byte) error

	mail     cluster.Mail
	messages [][]byte
	own      []byte // rank 0: the result of its last piece
	rounds   int    // dealt so far
	failed   bool   // what comes back is of no use
	ended    bool
}

// What a message begins with.
const (
	isEnd    byte = iota // of rank 0: there is no more work
	isPiece              // of rank 0
	isResult             // of others
	isError              // of others, with its text
)

// Round deals out pieces[r] to each rank r, takes the results of the round before, and
// works on pieces[0]. After an error nothing more is dealt; that of another rank is a
// cluster.RankError here, and what Serve returns there.
func (d *Deal) Round(pieces [][]byte) error {
	if d.ended {
		return errors.New("ranked: a round after the end")
	}
	err := d.exchange(isPiece, pieces)
	if err == nil {
		d.rounds++
		d.own, err = d.Work(pieces[0], d.own[:0])
	}
	if err != nil {
		d.failed = true
		err = errors.Join(err, d.End())
	}
	return err
}

// End tells all ranks that there is no more work, and takes the last results. Only the
// first call does anything.
func (d *Deal) End() error {
	if d.ended {
		return nil
	}
	d.ended = true
	return d.exchange(isEnd, make([][]byte, d.Comm.Size()))
}

// exchange sends what rank 0 has for the others, and takes what they have for it.
func (d *Deal) exchange(kind byte, pieces [][]byte) error {
	if d.messages == nil {
		d.messages = make([][]byte, d.Comm.Size())
	}
	for r := 1; r < len(pieces); r++ {
		d.messages[r] = append(append(d.messages[r][:0], kind), pieces[r]...)
	}
	recv, err := d.mail.Exchange(d.Comm, d.messages)
	if err != nil {
		d.ended = true // nobody is there any more
		return err
	}
	if d.rounds == 0 || d.failed {
		return nil
	}
	for r, message := range recv {
		if r > 0 && message[0] == isError {
			return &cluster.RankError{Rank: r, Text: string(message[1:])}
		}
	}
	if err := d.Take(d.own); err != nil {
		return err
	}
	for _, message := range recv[1:] {
		if err := d.Take(message[1:]); err != nil {
			return err
		}
	}
	return nil
}

// Serve works on what rank 0 deals out, up to the end.
func (d *Deal) Serve() error {
	d.messages = make([][]byte, d.Comm.Size())
	var failed error
	for {
		recv, err := d.mail.Exchange(d.Comm, d.messages)
		if err != nil || recv[0][0] == isEnd {
			return errors.Join(failed, err)
		}
		if failed != nil {
			continue // rank 0 has dealt this before it knew
		}
		d.messages[0] = append(d.messages[0][:0], isResult)
		if d.messages[0], failed = d.Work(recv[0][1:], d.messages[0]); failed != nil {
			d.messages[0] = append(append(d.messages[0][:0], isError), failed.Error()...)
		}
	}
}

// Share is how large rank 0's pieces should be, of 1 for those of the others, if reading a
// piece takes it that part of the time of working on it: then all are done at the same
// time. With many ranks it is 0.
func Share(ranks int, reading float64) float64 {
	return max(0, 1-reading*float64(ranks-1)) / (1 + reading)
}
