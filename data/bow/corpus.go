package bow

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
	"github.com/nestnet/nestnet/internal/memory"
)

// Corpus holds documents as numbers, so that a text is read once although the
// dictionary is known only after the last one: a corpus can come from a pipe.
// For each document it keeps its tokens, at 2 bytes for each of the first 65,280 different tokens
// that came and 4 for those after them, and 6 more for the document; in a document of more than a thousand, one
// that occurs often takes no more than 12 (beyond a bound, in a file:
// see Cache). It keeps each different token as a string. Nearly all n-grams are different, so with NGrams the strings take
// most of the memory.
//
// Documents are numbered from 0 in the order in which they came; these numbers
// are called rows. Where a method takes rows, nil means all of them.
//
// Methods that only read may run side by side; Add and ReadAll may not.
type Corpus struct {
	// Workers is how many goroutines cut texts into tokens and encode them, besides
	// the one that reads and unpacks the file. What comes out does not depend on it.
	// Zero means one for each processor that Go may use (GOMAXPROCS).
	Workers int

	// Cache says how much memory the documents may take as numbers, with the rows that
	// Examples makes of them; what is more goes to a temporary file, which Close
	// removes. Set it before the first document. The zero value is a quarter of the
	// machine's memory. Tokens and labels always stay in memory, and 4 bytes for each
	// document.
	Cache data.CacheOptions

	// HashBits, if not 0, numbers tokens by their hash, with 2^HashBits columns and
	// without a dictionary (see Settings.HashBits); tokens are then not kept. Set it
	// before the first document.
	HashBits int

	// MultiLabel says that a document may have any number of labels: Set and Examples
	// then give sets of labels (data.Batch.LabelOffsets) instead of classes, Split keeps
	// the share of each label, and the encoders of Encoder read in the same way. Set it
	// before these, perhaps by what LabelsPerDocument says.
	MultiLabel bool

	// Cluster are the ranks that share the corpus; nil: there are no others. Each rank adds
	// documents of its own (ReaderOptions.Cluster makes Open read its part), and then all call
	// Join. From there on rows count the documents of all ranks, in the order of the ranks,
	// and the corpus answers as that of one process with all documents does: Len, Labels,
	// ClassCounts, Split and Folds by what each rank knows, Check, Vocabulary, Encoder, Set
	// and Examples by asking the others. These are collective: all ranks must call them
	// with the same arguments, and an error is one of all ranks. Set and Examples encode
	// the rows that the rank has. Each rank keeps the labels of all documents.
	// Set Cluster before the first document.
	Cluster cluster.Comm

	tokenizer Tokenizer
	indexer   *indexer // has all tokens and labels, and the page that Add writes to
	pages     pages
	docLabels []uint32 // the set of labels of each document, numbered by first sight
	limit     int64    // bytes of documents in memory, plus 1; 0: not known yet
	examples  int64    // bytes in memory of what Examples made
	closed    bool
	blockSize int // of reading; 0: the usual one

	joined     bool // with the other ranks
	first, end int  // then: which rows are in pages
}

// NewCorpus makes an empty corpus of documents cut into tokens by t.
func NewCorpus(t Tokenizer) (*Corpus, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	return &Corpus{tokenizer: t.explicit(), indexer: newIndexer(t, newSharedTable())}, nil
}

// Add adds a document. It must have a label, or Labels that are not nil; only its
// encoded form is kept.
func (c *Corpus) Add(d Document) error {
	if err := c.prepare(); err != nil {
		return err
	}
	label, err := c.indexer.add(d)
	if err != nil {
		return err
	}
	c.docLabels = append(c.docLabels, label)
	if len(c.indexer.page) >= pageSize {
		return c.endPage()
	}
	return nil
}

// endPage puts the documents that Add wrote to with the others.
func (c *Corpus) endPage() error {
	if len(c.indexer.page) == 0 {
		return nil
	}
	err := c.store(c.indexer.page, len(c.docLabels)-c.pages.docs)
	c.indexer.page = c.indexer.page[:0]
	return err
}

// Len is the number of documents.
func (c *Corpus) Len() int { return len(c.docLabels) }

// Labels returns the different labels in alphabetical order. The place of a label
// is the number of its class.
func (c *Corpus) Labels() []string {
	var labels []string
	for _, word := range c.indexer.labels.words {
		labels = append(labels, cutSet(word)...)
	}
	slices.Sort(labels)
	return slices.Compact(labels)
}

// ClassCounts returns how many of the rows have each of Labels.
func (c *Corpus) ClassCounts(rows []int) ([]int, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	sets := c.sets()
	with := make([]int, len(sets)) // how many rows have each set
	if rows == nil {
		for _, set := range c.docLabels {
			with[set]++
		}
	}
	rows, err := c.checkSome(rows)
	if err != nil {
		return nil, err
	}
	for _, i := range rows {
		with[c.docLabels[i]]++
	}
	counts := make([]int, len(c.Labels()))
	for set, n := range with {
		for _, class := range sets[set] {
			counts[class] += n
		}
	}
	return counts, nil
}

// Check says whether c can be learned from: ErrEmpty if there is no document,
// ErrOneClass, with its name, if all have the same one label, without MultiLabel
// ErrManyLabels or ErrNoLabel if some do not have exactly one, and with it ErrNoLabel if
// all have none.
func (c *Corpus) Check() error { return c.settle(c.checkAll()) }

// checkAll is Check on one rank.
func (c *Corpus) checkAll() error {
	if err := c.ready(); err != nil {
		return err
	}
	if c.Len() == 0 {
		return fmt.Errorf("bow: corpus: %w", ErrEmpty)
	}
	return c.checkLabels()
}

// classes maps the number of a set of one label to the class of this label.
func (c *Corpus) classes() []int32 {
	classes := make([]int32, len(c.indexer.labels.words))
	for n, set := range c.sets() {
		if len(set) == 1 {
			classes[n] = set[0]
		}
	}
	return classes
}

// check returns rows, or all of them for nil, once it is sure that they exist.
func (c *Corpus) check(rows []int) ([]int, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	if rows == nil {
		rows = memory.Make[int](c.Len())
		for i := range rows {
			rows[i] = i
		}
		return rows, nil
	}
	return c.checkSome(rows)
}

// checkSome returns rows once it is sure that they exist.
func (c *Corpus) checkSome(rows []int) ([]int, error) {
	for _, i := range rows {
		if i < 0 || i >= c.Len() {
			return nil, fmt.Errorf("bow: corpus of %d documents has no row %d", c.Len(), i)
		}
	}
	return rows, nil
}

// Vocabulary makes the dictionary of the tokens that the rows have. To measure
// honestly, leave out the rows kept for validation. If no token satisfies o, the
// error is ErrNoWords.
func (c *Corpus) Vocabulary(rows []int, o VocabularyOptions) (*Vocabulary, error) {
	v, err := c.selectVocabulary(rows, o)
	return v, c.settle(err)
}

// selectVocabulary is Vocabulary, where an error may be one of all ranks that none has told.
func (c *Corpus) selectVocabulary(rows []int, o VocabularyOptions) (*Vocabulary, error) {
	rows, err := c.check(rows)
	if err := errors.Join(err, o.Check()); err != nil {
		return nil, err
	}
	if c.closed {
		return nil, errClosed
	}
	if c.HashBits > 0 {
		return nil, errors.New("bow: a corpus with HashBits has no dictionary; Encoder takes nil for it")
	}
	held := c.held(rows)
	least, most, bounded := o.documents(len(rows))
	w := counted{words: c.indexer.tokens.words()}
	w.counts, err = c.tally(held, (*tally).occurrences)
	if err == nil && bounded {
		w.documents, err = c.tally(held, (*tally).documents)
	}
	if err = c.settle(err); err == nil && c.shared() {
		w, err = c.merge(w)
	}
	if err != nil {
		return nil, err
	}
	atLeast := uint64(max(o.MinCount, 1))
	found := memory.Make[uint32](len(w.counts))[:0]
	for id, n := range w.counts {
		if n >= atLeast {
			found = append(found, uint32(id))
		}
	}
	if bounded {
		found = slices.DeleteFunc(found, func(id uint32) bool {
			n := float64(w.documents[id])
			return n < least || n > most
		})
	}
	if c.shared() {
		v, err := c.gatherVocabulary(w, found, o.MaxWords)
		if err == nil && v == nil {
			err = o.noWords(len(rows))
		}
		return v, err
	}
	if len(found) == 0 {
		return nil, o.noWords(len(rows))
	}
	v, err := selectWords(w.words, w.counts, found, o.MaxWords)
	if err == nil {
		v.source = c.indexer.tokens.origin
	}
	return v, err
}

// Encoder makes the encoder for the tokens of c and the dictionary v, which is nil with
// HashBits. With TFIDF the weights of the words are counted on the rows.
func (c *Corpus) Encoder(v *Vocabulary, w Weighting, rows []int) (*Encoder, error) {
	enc, err := c.newEncoder(v, w, rows)
	return enc, c.settle(err)
}

// newEncoder is Encoder, where an error may be one of all ranks that none has told.
func (c *Corpus) newEncoder(v *Vocabulary, w Weighting, rows []int) (*Encoder, error) {
	rows, err := c.check(rows)
	if err != nil {
		return nil, err
	}
	var idf []float32
	if c.closed {
		return nil, errClosed
	}
	if w == TFIDF && (v != nil || c.HashBits > 0) {
		df, err := c.documentFrequencies(v, rows)
		if err != nil {
			return nil, err
		}
		idf = make([]float32, len(df))
		for i, n := range df {
			idf[i] = float32(math.Log(float64(1+len(rows))/float64(1+n)) + 1)
		}
	}
	enc, err := NewEncoder(v, Settings{Tokenizer: c.tokenizer, Weighting: w, HashBits: c.HashBits}, idf)
	if err == nil {
		enc.Workers, enc.MultiLabel = c.Workers, c.MultiLabel
	}
	return enc, err
}

// documentFrequencies returns how many of the rows have each column.
func (c *Corpus) documentFrequencies(v *Vocabulary, rows []int) ([]int, error) {
	counts, err := c.tally(c.held(rows), (*tally).documents)
	if err = c.settle(err); err != nil {
		return nil, err
	}
	width := c.tokens()
	if c.HashBits == 0 {
		width = v.Len()
	}
	df := memory.Make[int](width)
	if c.HashBits > 0 {
		for i := range df {
			df[i] = int(counts[i])
		}
	} else {
		c.indexer.tokens.eachWord(v, func(rank int, id uint32) { df[rank] = int(counts[id]) })
	}
	if c.shared() {
		return cluster.SumInts(c.Cluster, df)
	}
	return df, nil
}

// columns maps the id of each token to its rank in v, -1 if it has none, and with
// HashBits to itself.
func (c *Corpus) columns(v *Vocabulary) []int32 {
	columns := memory.Make[int32](c.tokens())
	if c.HashBits > 0 {
		for i := range columns {
			columns[i] = int32(i)
		}
		return columns
	}
	for i := range columns {
		columns[i] = -1
	}
	c.indexer.tokens.eachWord(v, func(rank int, id uint32) { columns[id] = int32(rank) })
	return columns
}

// Close lets go of the documents and tokens and removes the temporary file, if there
// is one. Labels, Len, ClassCounts and Split still work, and what was made of the
// corpus is not touched; everything else is an error.
func (c *Corpus) Close() error {
	c.closed = true
	c.indexer.forget()
	return c.pages.close()
}

// Examples encodes the rows as Set does, into memory or into a temporary file: half
// of Cache.Bytes is for the documents of c, the other half for all examples made of
// it. The caller closes them.
func (c *Corpus) Examples(enc *Encoder, rows []int) (*data.Cache, Stats, error) {
	rows, err := c.checkSet(enc, rows)
	if err = c.settle(err); err != nil {
		return nil, Stats{}, err
	}
	cache, stats, err := c.examplesOf(enc, c.held(rows))
	if c.shared() {
		if stats, err = addUp(c.Cluster, stats, err); err != nil && cache != nil {
			cache.Close()
			cache = nil
		}
	}
	if cache != nil {
		c.examples += cache.MemoryBytes()
	}
	return cache, stats, err
}

// examplesOf encodes rows of this rank.
func (c *Corpus) examplesOf(enc *Encoder, rows []int) (*data.Cache, Stats, error) {
	var stats Stats
	o := c.Cache.Explicit()
	o.Bytes = max(o.Bytes/2-c.examples, 1)
	cache, err := data.NewCache(o)
	if err != nil {
		return nil, stats, err
	}
	// At least as much as the rows will take, if they are as long as others.
	lo, hi := c.Held()
	each := int64(c.entries()/max(hi-lo, 1)+1) * 4
	if enc.settings.Weighting != Presence {
		each *= 2
	}
	portion := len(rows)
	if o.Mode == data.CacheDisk || o.Mode == data.CacheAuto && int64(len(rows))*(each+12) > o.Bytes {
		portion = diskRows // at a time, on their way to the file
	}
	columns := c.columns(enc.vocabulary)
	for lo := 0; lo < len(rows); lo += portion {
		set, part, err := c.set(enc, columns, rows[lo:min(lo+portion, len(rows))])
		if err == nil {
			err = cache.Take(set.All)
		}
		if err != nil {
			cache.Close()
			return nil, stats, err
		}
		stats.Documents += part.Documents
		stats.Empty += part.Empty
	}
	return cache, stats, nil
}

// diskRows is how many rows are encoded at a time that go to a file.
const diskRows = 4096

// Set encodes the rows, in the order given. It returns exactly what
// Encoder.ReadSet would return for the same documents. The corpus must have two
// classes or more (see Check) and enc the same tokenizer. Set leaves the scratch
// memory of enc alone.
func (c *Corpus) Set(enc *Encoder, rows []int) (*data.Set, Stats, error) {
	rows, err := c.checkSet(enc, rows)
	if err = c.settle(err); err != nil {
		return nil, Stats{}, err
	}
	set, stats, err := c.set(enc, c.columns(enc.vocabulary), c.held(rows))
	if c.shared() {
		if stats, err = addUp(c.Cluster, stats, err); err != nil {
			set = nil
		}
	}
	return set, stats, err
}

// set is Set for rows of this rank.
func (c *Corpus) set(enc *Encoder, columns []int32, rows []int) (*data.Set, Stats, error) {
	var stats Stats
	classes := c.classes()

	// Each worker takes a range of the rows and fills its part of the arrays. How many tokens
	// the rows have is known; columns may be fewer.
	workers := workers(c.Workers, len(rows))
	room := make([]int, workers+1)
	err := c.parallel(workers, rows, func(w int, rows []int, k *cursor) error {
		n := 0
		for _, i := range rows {
			d, err := k.seek(i)
			if err != nil {
				return err
			}
			n += len(d)
		}
		room[w+1] = n
		return nil
	})
	if err != nil {
		return nil, stats, err
	}
	for w := range workers {
		room[w+1] += room[w]
	}
	all := data.Batch{
		Columns: enc.width,
		Offsets: memory.Make[int](len(rows) + 1),
		Indices: memory.Make[int32](room[workers]),
	}
	if c.MultiLabel {
		all.LabelOffsets, all.LabelIndices = c.labelSets(rows)
	} else {
		all.Classes = memory.Make[int32](len(rows))
	}
	if enc.settings.Weighting != Presence {
		all.Values = memory.Make[float32](room[workers])
	}
	filled, empty := make([]int, workers), make([]int, workers)
	err = c.parallel(workers, rows, func(w int, part []int, k *cursor) error {
		enc := enc.Clone()
		at := room[w]
		row, _ := shard(w, workers, len(rows))
		for _, i := range part {
			d, err := k.seek(i)
			if err != nil {
				return err
			}
			enc.addPacked(d, columns)
			indices := enc.columns.drain(all.Indices[at:at:room[w+1]])
			if all.Values != nil {
				enc.values(all.Values[at:at+len(indices)], indices)
			}
			at += len(indices)
			if len(indices) == 0 {
				empty[w]++
			}
			if all.Classes != nil {
				all.Classes[row] = classes[c.docLabels[c.first+i]]
			}
			row++
			all.Offsets[row] = at
		}
		filled[w] = at
		return nil
	})
	if err != nil {
		return nil, stats, err
	}
	closeUp(&all, room, filled)
	stats.Documents = len(rows)
	for _, n := range empty {
		stats.Empty += n
	}
	return &data.Set{All: all}, stats, nil
}

// closeUp moves what several workers wrote together: worker w the entries from room[w] to
// filled[w]. If much room was left it takes arrays that fit.
func closeUp(all *data.Batch, room, filled []int) {
	n := 0
	for w, end := range filled {
		n += end - room[w]
	}
	indices, values := all.Indices, all.Values
	fits := n < len(indices)/4*3
	if fits {
		indices = memory.Make[int32](n)
		if values != nil {
			values = memory.Make[float32](n)
		}
	}
	n = 0
	for w, end := range filled {
		gap := room[w] - n
		if gap > 0 || fits {
			copy(indices[n:], all.Indices[room[w]:end])
			if values != nil {
				copy(values[n:], all.Values[room[w]:end])
			}
		}
		if first, behind := shard(w, len(filled), all.Rows()); gap > 0 {
			for i := first + 1; i <= behind; i++ {
				all.Offsets[i] -= gap
			}
		}
		n += end - room[w]
	}
	all.Indices = indices[:n:n]
	if values != nil {
		all.Values = values[:n:n]
	}
}

// checkSet is what Set and Examples check.
func (c *Corpus) checkSet(enc *Encoder, rows []int) ([]int, error) {
	if err := c.checkAll(); err != nil {
		return nil, err
	}
	rows, err := c.check(rows)
	if err != nil {
		return nil, err
	}
	switch {
	case c.closed:
		return nil, errClosed
	case len(rows) == 0:
		return nil, fmt.Errorf("bow: set of 0 rows: %w", ErrEmpty)
	case enc == nil || enc.width == 0:
		return nil, errors.New("bow: set without an encoder; make one with Corpus.Encoder or NewEncoder")
	case enc.settings.HashBits != c.HashBits:
		return nil, fmt.Errorf("bow: encoder has HashBits %d, the corpus %d", enc.settings.HashBits, c.HashBits)
	case !c.tokenizer.equal(enc.settings.Tokenizer):
		return nil, fmt.Errorf("bow: encoder finds tokens by %+v, the corpus has those of %+v", enc.settings.Tokenizer, c.tokenizer)
	}
	return rows, nil
}

// tally counts tokens.
type tally struct {
	counts []uint64
	seen   []uint32 // by token: the last document that has it, by its number here
	n      uint32   // documents
}

// occurrences counts how often each token occurs.
func (t *tally) occurrences(d packed) {
	last := uint32(0)
	for at := 0; at < len(d); {
		var id uint32
		if id, at = d.at(at); id == again {
			n, next := d.at(at)
			t.counts[last] += uint64(n)
			at = next
			continue
		}
		t.counts[id]++
		last = id
	}
}

// documents counts how many documents have each token.
func (t *tally) documents(d packed) {
	if t.seen == nil {
		t.seen = memory.Make[uint32](len(t.counts))
	}
	t.n++
	for at := 0; at < len(d); {
		var id uint32
		if id, at = d.at(at); id == again {
			_, at = d.at(at)
			continue
		}
		if t.seen[id] != t.n {
			t.seen[id] = t.n
			t.counts[id]++
		}
	}
}

// tally counts the tokens of the rows, by their numbers.
func (c *Corpus) tally(rows []int, count func(*tally, packed)) ([]uint64, error) {
	tokens := c.tokens()
	// A worker has counts of its own, which must be worth the while.
	n := workers(c.Workers, min(len(rows)/16, 1+c.entries()/(4*max(tokens, 1))))
	tallies := make([]tally, n)
	err := c.parallel(n, rows, func(w int, rows []int, k *cursor) error {
		t := &tallies[w]
		t.counts = memory.Make[uint64](tokens)
		for _, i := range rows {
			d, err := k.seek(i)
			if err != nil {
				return err
			}
			count(t, d)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	sum := tallies[0].counts
	for _, t := range tallies[1:] {
		for i, n := range t.counts {
			sum[i] += n
		}
	}
	return sum, nil
}

// parallel cuts rows into n ranges and calls f for all of them at the same time.
func (c *Corpus) parallel(n int, rows []int, f func(w int, rows []int, k *cursor) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for w := range n {
		lo, hi := shard(w, n, len(rows))
		wg.Go(func() { errs[w] = f(w, rows[lo:hi], c.cursor()) })
	}
	wg.Wait()
	return cmp.Or(errs...)
}

// shard is the wth of n ranges that 0 to size are cut into.
func shard(w, n, size int) (lo, hi int) { return w * size / n, (w + 1) * size / n }

// workers is how many goroutines to start for so many pieces of work.
func workers(n, pieces int) int {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	return max(min(n, pieces), 1)
}
