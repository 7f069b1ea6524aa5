package bow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// With hashing there is no dictionary: the column of a token is a function of its bytes,
//
//	column = |h| mod 2^HashBits,  h = MurmurHash3_x86_32(token) with seed 0, as a signed number
//
// which is that of HashingVectorizer in scikit-learn (with alternate_sign off). No pass
// counts words and none are kept, so memory is bounded whatever the texts; words that
// were never seen in training have a column too. The price: tokens that collide are one
// to the network, and no column can be given its word back. K. Weinberger et al.,
// "Feature hashing for large scale multitask learning", 2009.

// MaxHashBits bounds Settings.HashBits.
const MaxHashBits = 24

func checkHashBits(field string, n int) error {
	if n < 0 || n > MaxHashBits {
		return fmt.Errorf("bow: %s is %d, want 1 to %d, or 0 for a dictionary", field, n, MaxHashBits)
	}
	return nil
}

// hashColumn returns the column of token among 2^n.
func hashColumn(token []byte, n int) uint32 {
	h := int32(murmur3(token))
	if h < 0 {
		h = -h // the smallest number stays as it is, and is 0 in every number of columns
	}
	return uint32(h) & (1<<n - 1)
}

// murmur3 is MurmurHash3_x86_32 with seed 0, by Austin Appleby.
func murmur3(b []byte) uint32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	h, n := uint32(0), len(b)
	for ; len(b) >= 4; b = b[4:] {
		k := binary.LittleEndian.Uint32(b) * c1
		h ^= bits.RotateLeft32(k, 15) * c2
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	k := uint32(0)
	for i, c := range b {
		k |= uint32(c) << (8 * i)
	}
	k *= c1
	h ^= bits.RotateLeft32(k, 15) * c2
	h ^= uint32(n)
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

// hash makes an indexer that has seen nothing number tokens by their hash.
func (x *indexer) hash(n int) {
	if x.bits = n; n == 0 {
		return
	}
	x.emit = func(token []byte) { x.page = appendNumber(x.page, hashColumn(token, n)) }
}

// prepare makes sure that c can take documents.
func (c *Corpus) prepare() error {
	switch {
	case c.closed:
		return errClosed
	case c.joined:
		return errors.New("bow: a document comes after Corpus.Join")
	case c.HashBits == c.indexer.bits:
		return nil
	case c.Len() > 0:
		return fmt.Errorf("bow: Corpus.HashBits is %d, and was %d when the first document came", c.HashBits, c.indexer.bits)
	}
	if err := checkHashBits("Corpus.HashBits", c.HashBits); err != nil {
		return err
	}
	c.indexer = newIndexer(c.tokenizer, newSharedTable())
	c.indexer.hash(c.HashBits)
	return nil
}

// tokens is how many numbers tokens may have.
func (c *Corpus) tokens() int {
	if n := c.indexer.bits; n > 0 {
		return 1 << n
	}
	return len(c.indexer.tokens.words())
}
