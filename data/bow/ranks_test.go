package bow

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/internal/cluster"
)

// job is a corpus from its files to its rows.
type job struct {
	train, test string // patterns
	o           ReaderOptions
	tokenizer   Tokenizer
	hashBits    int
	multiLabel  bool
	weighting   Weighting
	vocabulary  VocabularyOptions
	cache       data.CacheOptions
	fails       bool
}

// made is all that comes out of a job. The sets are those of one rank.
type made struct {
	Len         int
	Labels      []string
	Counts      [3][]int
	PerDocument [3]int
	Rest, Part  []int
	Folds       [][]int
	Words       string
	WordCounts  []int
	IDF         []float32
	sets        []*data.Set
	Stats       []Stats
}

// do does the job as a program does, on one rank.
func (j job) do(c cluster.Comm) (*made, error) {
	x := &made{}
	corpus, err := NewCorpus(j.tokenizer)
	if err != nil {
		return nil, err
	}
	defer corpus.Close()
	corpus.Cluster, corpus.HashBits, corpus.Cache, corpus.blockSize = c, j.hashBits, j.cache, 300
	o := j.o
	o.Cluster = c
	if err := corpus.Join(j.read(corpus, o)); err != nil {
		return nil, err
	}
	corpus.MultiLabel = j.multiLabel
	if err := corpus.Check(); err != nil {
		return nil, err
	}
	x.Len, x.Labels = corpus.Len(), corpus.Labels()
	x.PerDocument[0], x.PerDocument[1], x.PerDocument[2] = corpus.LabelsPerDocument()
	rng := rand.New(rand.NewPCG(3, 3))
	if x.Rest, x.Part, err = corpus.Split(0.3, nil, rng); err != nil {
		return nil, err
	}
	if x.Folds, err = corpus.Folds(2, x.Rest, rng); err != nil {
		return nil, err
	}
	for i, rows := range [][]int{nil, x.Rest, x.Part} {
		if x.Counts[i], err = corpus.ClassCounts(rows); err != nil {
			return nil, err
		}
	}
	var v *Vocabulary
	if j.hashBits == 0 {
		if v, err = corpus.Vocabulary(x.Rest, j.vocabulary); err != nil {
			return nil, err
		}
		text, err := v.MarshalText()
		if err != nil {
			return nil, err
		}
		x.Words, x.WordCounts = string(text), v.Counts()
	}
	enc, err := corpus.Encoder(v, j.weighting, x.Rest)
	if err != nil {
		return nil, err
	}
	enc.blockSize = 200
	x.IDF = enc.IDF()
	take := func(set *data.Set, stats Stats, err error) error {
		if err == nil {
			x.sets, x.Stats = append(x.sets, set), append(x.Stats, stats)
		}
		return err
	}
	for _, rows := range [][]int{nil, x.Rest, x.Part, x.Folds[1], {0}} {
		if err := take(corpus.Set(enc, rows)); err != nil {
			return nil, err
		}
		examples, stats, err := corpus.Examples(enc, rows)
		if err != nil {
			return nil, err
		}
		if err := take(setOf(examples), stats, corpus.Drop(examples)); err != nil {
			return nil, err
		}
	}
	if j.test == "" {
		return x, nil
	}
	f, err := Open(j.test, o)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return x, take(enc.ReadSet(f, x.Labels))
}

// read reads the documents of one rank.
func (j job) read(corpus *Corpus, o ReaderOptions) error {
	f, err := Open(j.train, o)
	if err != nil {
		return err
	}
	defer f.Close()
	err = corpus.ReadAll(context.Background(), f, nil)
	if _, again := f.Read(); err != nil && !errors.Is(err, ErrEmpty) && again.Error() != err.Error() {
		return fmt.Errorf("%w, and then %w", err, again)
	}
	return err
}

// setOf copies all examples into memory.
func setOf(examples *data.Cache) *data.Set {
	set := &data.Set{}
	var b data.Batch
	for pass := examples.Pass(7, nil); pass.Next(&b) == nil; {
		set.All.Extend(&b)
	}
	return set
}

// comparableBatch is a batch without the difference between nil and empty.
func comparableBatch(b data.Batch) string {
	lengths, labels := []int{}, []int{}
	for i := 1; i < len(b.Offsets); i++ {
		lengths = append(lengths, b.Offsets[i]-b.Offsets[i-1])
	}
	for i := 1; i < len(b.LabelOffsets); i++ {
		labels = append(labels, b.LabelOffsets[i]-b.LabelOffsets[i-1])
	}
	return fmt.Sprint(lengths, b.Indices, b.Values, b.Classes, labels, b.LabelIndices)
}

// check holds that the ranks together have what one process has.
func (j job) check(t *testing.T, ranks int) {
	t.Helper()
	want, wantErr := j.do(nil)
	got, errs := make([]*made, ranks), make([]error, ranks)
	cluster.Run(ranks, func(c cluster.Comm) error {
		got[c.Rank()], errs[c.Rank()] = j.do(c)
		return nil
	})
	if j.fails != (wantErr != nil) {
		t.Fatalf("one process: error %v", wantErr)
	}
	if wantErr != nil {
		found := false
		for r, err := range errs {
			if err == nil {
				t.Errorf("%d ranks: rank %d has no error, want %v", ranks, r, wantErr)
				continue
			}
			if ranks > 1 && !errors.As(err, new(*cluster.AgreedError)) {
				t.Errorf("%d ranks: rank %d: not all know of %v", ranks, r, err)
			}
			// That there is no document is seen when all have read.
			found = found || err.Error() == wantErr.Error() || errors.Is(wantErr, ErrEmpty) && errors.Is(err, ErrEmpty)
		}
		if !found {
			t.Errorf("%d ranks: no rank says %v, but %v", ranks, wantErr, errs)
		}
		return
	}
	for r, err := range errs {
		if err != nil {
			t.Fatalf("%d ranks: rank %d: %v", ranks, r, err)
		}
	}
	before := make([]int, len(want.sets))
	sets := make([]data.Set, len(want.sets))
	for r, x := range got {
		for i := range x.sets {
			if x.Stats[i].Before != before[i] {
				t.Errorf("%d ranks: set %d: %d documents before rank %d, want %d", ranks, i, x.Stats[i].Before, r, before[i])
			}
			x.Stats[i].Before = 0
			before[i] += x.sets[i].Len()
			if x.sets[i].Len() > 0 {
				sets[i].All.Extend(&x.sets[i].All)
			}
		}
		x.sets = nil
		all := *want
		all.sets = nil
		if !reflect.DeepEqual(*x, all) {
			t.Errorf("%d ranks: rank %d has %+v, want %+v", ranks, r, *x, all)
		}
	}
	for i, set := range want.sets {
		if comparableBatch(sets[i].All) != comparableBatch(set.All) {
			t.Errorf("%d ranks: set %d differs", ranks, i)
		}
	}
}

// jobs are corpora in all formats, with all that may be asked of them.
func jobs(t *testing.T) map[string]job {
	rng := rand.New(rand.NewPCG(11, 0))
	files := map[string][]byte{}
	for _, part := range []string{"train", "test"} {
		for i, n := range []int{200, 6, 0, 90} {
			docs := make([]Document, n)
			for k := range docs {
				docs[k] = Document{Label: fmt.Sprint("c", rng.IntN(3)+i/3), Text: zipfText(rng, 300, rng.IntN(12))}
			}
			for _, format := range []Format{TSV, CSV, JSONL, FastText} {
				text := string(benchText(docs, format))
				files[fmt.Sprintf("%s%d.%s", part, i, format)] = []byte(text)
				files[fmt.Sprintf("%s%d.%s.gz", part, i, format)] = gz(text)
			}
			var many strings.Builder
			for _, d := range docs {
				for range rng.IntN(3) {
					fmt.Fprintf(&many, "__label__m%d ", rng.IntN(5))
				}
				fmt.Fprintf(&many, "%s\n", d.Text)
			}
			files[fmt.Sprintf("%s%d.many.ft", part, i)] = []byte(many.String())
		}
	}
	for i := range 50 {
		files[fmt.Sprintf("folder/c%d/%d", i%2, i)] = []byte("x " + zipfText(rng, 40, rng.IntN(12)))
	}
	for i := range 20 {
		files[fmt.Sprintf("same%d.tsv", i)] = []byte("ham\ta b c\n")
	}
	files["bad1.tsv"] = []byte(strings.Repeat("ham\ta b c\nspam\td\n", 100))
	files["bad2.tsv"] = []byte(strings.Repeat("ham\ta b c\n", 50) + "spam\n" + strings.Repeat("ham\ta b c\n", 50))
	files["bad.csv"] = []byte("label,text\n" + strings.Repeat("ham,\"a\nb\"\nspam,d\n", 100) + "ham,a,b\n" + strings.Repeat("ham,a\n", 50))
	files["empty.csv"] = []byte("label,text\n" + strings.Repeat("ham,\"a\nb\"\nspam,d\n", 100) + ",a\n" + strings.Repeat("ham,a\n", 50))
	files["other.csv"] = []byte("label,text\n" + strings.Repeat("c1,\"a\nb\"\nc2,d\n", 100) + "other,a\n" + strings.Repeat("c1,a\n", 50))
	files["bad.jsonl.gz"] = gz(strings.Repeat("{\"label\":\"a\",\"text\":\"b\"}\n\n", 100) + "{}\n" + strings.Repeat("{\"label\":\"a\",\"text\":\"b\"}\n\n", 30))
	dir := writeFiles(t, files)
	in := func(name string) string { return filepath.Join(dir, name) }
	return map[string]job{
		"tsv":              {train: in("train*.tsv"), test: in("test*.tsv"), weighting: TFIDF},
		"tsv.gz":           {train: in("train*.tsv.gz"), test: in("test0.tsv.gz"), vocabulary: VocabularyOptions{MaxWords: 50}},
		"one gz":           {train: in("train0.tsv.gz"), vocabulary: VocabularyOptions{MinCount: 3, MaxWords: 20}, weighting: Count},
		"csv":              {train: in("train*.csv"), test: in("test*.csv.gz"), vocabulary: VocabularyOptions{MinShare: 0.02, MaxShare: 0.5}},
		"jsonl":            {train: in("train*.jsonl"), test: in("test*.jsonl"), vocabulary: VocabularyOptions{MinDocuments: 2, MaxDocuments: 30, MaxWords: 7}},
		"fasttext":         {train: in("train*.fasttext"), test: in("test1.fasttext"), tokenizer: Tokenizer{NGrams: 2}, weighting: TFIDF},
		"folder":           {train: in("folder"), test: in("folder"), weighting: TFIDF},
		"hashed":           {train: in("train*.tsv"), test: in("test*.tsv"), hashBits: 6, weighting: TFIDF},
		"hashed, presence": {train: in("train*.csv"), test: in("test*.tsv"), hashBits: 8},
		"many labels":      {train: in("train*.many.ft"), test: in("test*.many.ft"), o: ReaderOptions{Labels: AnyLabels}, multiLabel: true, weighting: TFIDF},
		"on disk":          {train: in("train*.tsv"), weighting: TFIDF, cache: data.CacheOptions{Mode: data.CacheDisk, Dir: dir}},
		"bounded":          {train: in("train*.tsv"), cache: data.CacheOptions{Bytes: 4000, Dir: dir}},
		"a few lines":      {train: in("train1.tsv")},
		"one class":        {fails: true, train: in("same*.tsv")},
		"no words":         {fails: true, train: in("train*.tsv"), vocabulary: VocabularyOptions{MinCount: 1e6}},
		"no documents":     {fails: true, train: in("train2.tsv")},
		"no file":          {fails: true, train: in("none*")},
		"a bad line":       {fails: true, train: in("bad*.tsv")},
		"a bad record":     {fails: true, train: in("bad.csv")},
		"an empty label":   {fails: true, train: in("empty.csv")},
		"a bad object":     {fails: true, train: in("bad.jsonl.gz")},
		"a label in a csv": {fails: true, train: in("train0.csv"), test: in("other.csv")},
		"many, one wanted": {fails: true, train: in("train*.many.ft"), o: ReaderOptions{Labels: AnyLabels}},
		"unknown label":    {fails: true, train: in("train0.tsv"), test: in("test*.tsv")},
		"no test":          {fails: true, train: in("train0.tsv"), test: in("test2.tsv")},
	}
}

func TestRanks(t *testing.T) {
	for name, j := range jobs(t) {
		t.Run(name, func(t *testing.T) {
			for _, ranks := range []int{1, 2, 3, 5, 11} {
				j.check(t, ranks)
			}
		})
	}
}

// TestJoin holds what Join says of errors, and what is an error before and after it.
func TestJoin(t *testing.T) {
	seen := make([]error, 3)
	cluster.Run(3, func(c cluster.Comm) error {
		corpus := mustCorpus(t, Tokenizer{})
		corpus.Cluster = c
		var err error
		if c.Rank() == 1 {
			err = &LineError{Name: "x.tsv", Line: 3, Err: ErrNoTab}
		}
		seen[c.Rank()] = corpus.Join(err)
		return nil
	})
	for r, err := range seen {
		want := "rank 1: x.tsv:3: no tab between label and text"
		if r == 1 {
			want = strings.TrimPrefix(want, "rank 1: ")
		}
		if err == nil || err.Error() != want {
			t.Errorf("rank %d: %v, want %s", r, err, want)
		}
	}
	err := cluster.Run(2, func(c cluster.Comm) error {
		corpus := mustCorpus(t, Tokenizer{})
		corpus.Cluster = c
		if err := corpus.Add(sixMessages[c.Rank()]); err != nil {
			return err
		}
		_, vocabulary := corpus.Vocabulary(nil, VocabularyOptions{})
		_, counts := corpus.ClassCounts(nil)
		_, _, split := corpus.Split(0, nil, rand.New(rand.NewPCG(1, 1)))
		for _, err := range []error{corpus.Check(), vocabulary, counts, split} {
			if !errors.Is(err, errNotJoined) {
				t.Errorf("before Join: %v", err)
			}
		}
		if err := corpus.Join(nil); err != nil {
			return err
		}
		if lo, hi := corpus.Held(); lo != c.Rank() || hi != lo+1 || corpus.Len() != 2 {
			t.Errorf("rank %d holds %d to %d of %d", c.Rank(), lo, hi, corpus.Len())
		}
		if err := corpus.Add(sixMessages[0]); err == nil {
			t.Error("Add after Join")
		}
		if err := corpus.Join(nil); err == nil {
			t.Error("Join twice")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	cluster.Run(2, func(c cluster.Comm) error {
		corpus := mustCorpus(t, Tokenizer{NGrams: 1 + c.Rank()})
		corpus.Cluster = c
		if err := corpus.Join(nil); err == nil || !strings.Contains(err.Error(), "what a corpus takes for words differs between rank 0 and rank 1") {
			t.Errorf("different tokenizers: %v", err)
		}
		return nil
	})
	alone := mustCorpus(t, Tokenizer{}, sixMessages...)
	if err := alone.Join(nil); err != nil {
		t.Error(err)
	}
	if err := alone.Join(ErrEmpty); !errors.Is(err, ErrEmpty) {
		t.Errorf("alone: %v", err)
	}
	if lo, hi := alone.Held(); lo != 0 || hi != 6 {
		t.Errorf("alone: holds %d to %d", lo, hi)
	}
	if got := alone.held([]int{3, 1}); !slices.Equal(got, []int{3, 1}) {
		t.Errorf("alone: holds %v", got)
	}
}
