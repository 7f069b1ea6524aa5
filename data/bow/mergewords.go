package bow

import (
	"encoding/binary"
	"slices"

	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/memory"
)

// The dictionary of several ranks. Each has counted the words of its own documents. A word
// belongs to a rank by its hash, and all others send what they counted there, so that no
// rank must hold what all have seen. There the counts are added up, and words that cannot
// get into the dictionary are dropped; rank 0 selects among the others and sends the
// dictionary to all. Counts are whole numbers, so the order in which they are added does
// not matter, and the dictionary is that of one process.

// counted are words and what is known of them, by their numbers.
type counted struct {
	words     []string
	counts    []uint64 // how often they occur
	documents []uint64 // how many documents have them; nil if nobody asks
}

// merge adds up the counts of all ranks: of those words that belong to this one.
func (c *Corpus) merge(own counted) (counted, error) {
	n := c.Cluster.Size()
	send := make([][]byte, n)
	for id, word := range own.words {
		if own.counts[id] == 0 {
			continue
		}
		to := 0
		if n > 1 {
			to = int(murmur3(bytesOf(word)) % uint32(n))
		}
		send[to] = own.append(send[to], id)
	}
	received, err := cluster.ExchangeAll(c.Cluster, send)
	if err != nil {
		return counted{}, err
	}
	return addWords(received)
}

// append writes word id.
func (w *counted) append(b []byte, id int) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(w.words[id]))), w.words[id]...)
	b = binary.AppendUvarint(b, w.counts[id])
	documents := uint64(0)
	if w.documents != nil {
		documents = w.documents[id]
	}
	return binary.AppendUvarint(b, documents)
}

// readWords calls f for all that append wrote into the parts. The words are in their memory.
func readWords(parts [][]byte, f func(word []byte, count, documents uint64)) error {
	for _, b := range parts {
		for len(b) > 0 {
			size, k := binary.Uvarint(b)
			if k <= 0 || size > uint64(len(b)-k) {
				return errCutOff
			}
			word, rest := b[k:k+int(size)], b[k+int(size):]
			count, k1 := binary.Uvarint(rest)
			documents, k2 := binary.Uvarint(rest[max(k1, 0):])
			if k1 <= 0 || k2 <= 0 {
				return errCutOff
			}
			f(word, count, documents)
			b = rest[k1+k2:]
		}
	}
	return nil
}

// addWords adds up what several ranks have of the same words.
func addWords(parts [][]byte) (counted, error) {
	var t table
	var sum counted
	err := readWords(parts, func(word []byte, count, documents uint64) {
		id := t.add(word, stringOf(word))
		if int(id) == len(sum.counts) {
			sum.counts, sum.documents = append(sum.counts, 0), append(sum.documents, 0)
		}
		sum.counts[id] += count
		sum.documents[id] += documents
	})
	sum.words = t.words
	return sum, err
}

// listWords lists words of which each is there once.
func listWords(parts ...[]byte) (counted, error) {
	var all counted
	err := readWords(parts, func(word []byte, count, _ uint64) {
		all.words, all.counts = append(all.words, stringOf(word)), append(all.counts, count)
	})
	return all, err
}

// gatherVocabulary makes the dictionary of the words that all ranks have found; it is nil if
// there are none.
func (c *Corpus) gatherVocabulary(w counted, found []uint32, most int) (*Vocabulary, error) {
	// No more than would get in if no other rank had any.
	if most > 0 && len(found) > most {
		least, _ := leastOf(w.counts, found, most)
		found = slices.DeleteFunc(found, func(id uint32) bool { return w.counts[id] < least })
	}
	send := make([][]byte, c.Cluster.Size())
	w.documents = nil
	for _, id := range found {
		send[0] = w.append(send[0], int(id))
	}
	received, err := cluster.ExchangeAll(c.Cluster, send)
	if err != nil {
		return nil, err
	}
	var v *Vocabulary
	var b []byte
	if c.Cluster.Rank() == 0 {
		var all counted
		if all, err = listWords(received...); err == nil && len(all.words) > 0 {
			v, err = selectWords(all.words, all.counts, numbersBelow(len(all.words)), most)
		}
		if v != nil {
			chosen := counted{words: v.words, counts: make([]uint64, v.Len())}
			for i, n := range v.counts {
				chosen.counts[i] = uint64(n)
				b = chosen.append(b, i)
			}
		}
	}
	if err := cluster.Agree(c.Cluster, err); err != nil {
		return nil, err
	}
	if b, err = cluster.BroadcastAll(c.Cluster, b, 0); err != nil || v != nil {
		return v, err
	}
	all, err := listWords(b)
	if err != nil || len(all.words) == 0 {
		return nil, err
	}
	v = vocabularyOf(all.words)
	v.counts = make([]int, v.Len())
	for i, n := range all.counts {
		v.counts[i] = int(n)
	}
	return v, nil
}

// numbersBelow returns 0 to n−1.
func numbersBelow(n int) []uint32 {
	numbers := memory.Make[uint32](n)
	for i := range numbers {
		numbers[i] = uint32(i)
	}
	return numbers
}
