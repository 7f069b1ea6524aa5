package bow

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nestnet/nestnet/data"
)

// batches returns what a pass hands out.
func batches(t testing.TB, s data.Source, size int, shuffle *rand.Rand) (all []data.Batch) {
	t.Helper()
	p := s.Pass(size, shuffle)
	for {
		var b data.Batch
		err := p.Next(&b)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
}

// A corpus that does not fit into memory makes the same of its documents as one
// that does.
func TestCorpusOnDisk(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 0))
	var text strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&text, "c%d\t%s\n", i%3, zipfText(rng, 500, rng.IntN(60)))
	}
	const mixed = 200_000 // the documents do not fit, some examples do
	for _, weighting := range []Weighting{Presence, TFIDF} {
		var rest, part []int
		make := func(o data.CacheOptions, workers int) (*Corpus, *Encoder) {
			c := mustCorpus(t, Tokenizer{})
			c.Cache, c.Workers, c.blockSize = o, workers, 4096
			r, err := NewReader(strings.NewReader(text.String()), "x.tsv", ReaderOptions{})
			if err == nil {
				err = c.ReadAll(context.Background(), r, nil)
			}
			for i := range 20 { // some that are in no page yet
				if err == nil {
					err = c.Add(Document{Label: "c1", Text: fmt.Sprint("w1 w2 w2 added", i)})
				}
			}
			if err == nil {
				rest, part, err = c.Split(0.3, nil, rand.New(rand.NewPCG(1, 0)))
			}
			var v *Vocabulary
			if err == nil {
				v, err = c.Vocabulary(rest, VocabularyOptions{MaxWords: 300})
			}
			if err != nil {
				t.Fatal(err)
			}
			enc, err := c.Encoder(v, weighting, rest)
			if err != nil {
				t.Fatal(err)
			}
			return c, enc
		}
		ref, refEnc := make(data.CacheOptions{Mode: data.CacheMemory}, 1)
		rows := append(slices.Clone(part), 2000, 7, 1500, 3, 2019, 3)
		want, wantStats, err := ref.Set(refEnc, rows)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []data.CacheOptions{
			{}, {Mode: data.CacheMemory}, {Mode: data.CacheDisk}, {Bytes: 1}, {Bytes: 100_000}, {Bytes: mixed}, {Bytes: 10_000_000}, {Mode: data.CacheDisk, Bytes: 10_000},
		} {
			for _, workers := range []int{1, 3} {
				o.Dir = t.TempDir()
				where := fmt.Sprintf("%s, %s with %d bytes, %d workers", weighting, o.Mode, o.Bytes, workers)
				c, enc := make(o, workers)
				if !slices.Equal(enc.Vocabulary().Words(), refEnc.Vocabulary().Words()) || !slices.Equal(enc.IDF(), refEnc.IDF()) {
					t.Fatalf("%s: another dictionary", where)
				}
				if !sameContents(contentsOf(t, c), contentsOf(t, ref)) {
					t.Fatalf("%s: other documents", where)
				}
				set, stats, err := c.Set(enc, rows)
				if err != nil || !reflect.DeepEqual(set, want) || stats != wantStats {
					t.Fatalf("%s: another set, error %v", where, err)
				}
				examples, stats, err := c.Examples(enc, rows)
				if err != nil || stats != wantStats || examples.Len() != want.Len() {
					t.Fatalf("%s: %d examples, %+v, error %v", where, examples.Len(), stats, err)
				}
				second, _, err := c.Examples(enc, nil)
				if err != nil || second.Len() != c.Len() {
					t.Fatalf("%s: all examples: error %v", where, err)
				}
				if names, _ := os.ReadDir(o.Dir); len(names) != 0 {
					t.Fatalf("%s: files have names: %v", where, names)
				}
				onDisk := o.Mode == data.CacheDisk || o.Bytes == 1 || o.Bytes == 100_000
				if _, is := examples.OnDisk(); is != onDisk && o.Bytes != mixed || (c.pages.file != nil) != (onDisk || o.Bytes == mixed) {
					t.Fatalf("%s: examples on disk: %t, documents: %t, want %t", where, is, c.pages.file != nil, onDisk)
				}
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				if got := batches(t, examples, 16, nil); !reflect.DeepEqual(got, batches(t, want, 16, nil)) {
					t.Fatalf("%s: other batches", where)
				}
				if a, b := batches(t, examples, 16, rand.New(rand.NewPCG(1, 0))), batches(t, examples, 16, rand.New(rand.NewPCG(1, 0))); !reflect.DeepEqual(a, b) {
					t.Fatalf("%s: a seed gives two orders", where)
				}
				if err := examples.Close(); err != nil {
					t.Fatal(err)
				}
				if err := second.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestReadExamples(t *testing.T) {
	in := strings.Repeat("ham\ta b\nspam\tb b\n", 2000)
	e := mustEncoder(t, Settings{Weighting: Count}, nil, "a", "b")
	open := func() Reader {
		r, err := NewReader(strings.NewReader(in), "x.tsv", ReaderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want, wantStats, err := e.ReadSet(open(), []string{"ham", "spam"})
	if err != nil {
		t.Fatal(err)
	}
	for _, bytes := range []int64{0, 1000, 50_000} {
		examples, stats, err := e.ReadExamples(open(), []string{"ham", "spam"}, data.CacheOptions{Bytes: bytes})
		if err != nil || stats != wantStats {
			t.Fatalf("%+v, error %v", stats, err)
		}
		if !reflect.DeepEqual(batches(t, examples, 30, nil), batches(t, want, 30, nil)) {
			t.Errorf("bound of %d bytes: other batches than a set", bytes)
		}
		if err := examples.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := e.ReadExamples(open(), []string{"ham"}, data.CacheOptions{}); err == nil {
		t.Error("an unknown label is no error")
	}
	if _, _, err := e.ReadExamples(open(), nil, data.CacheOptions{Bytes: -1}); err == nil {
		t.Error("bad options are no error")
	}
}

// Documents beyond the bound take 4 bytes each.
func TestCorpusBound(t *testing.T) {
	const docs, bound = 80_000, 1 << 20
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	c := mustCorpus(t, Tokenizer{})
	c.Cache.Bytes = bound
	line := "ham\t" + words(200) + "\n"
	r, err := NewReader(strings.NewReader(strings.Repeat(line, docs/100)), "x.tsv", ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ReadAll(context.Background(), r, nil); err != nil {
		t.Fatal(err)
	}
	for i := range docs {
		if err := c.Add(Document{Label: []string{"ham", "spam"}[i%2], Text: "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := heap() - before; got > 2*bound {
		t.Errorf("%d bytes in memory with a bound of %d", got, bound)
	}
	if size := c.pages.file.Size(); size < 2<<20 {
		t.Errorf("%d bytes on disk", size)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestCorpusClosed(t *testing.T) {
	c := mustCorpus(t, Tokenizer{}, sixMessages...)
	v, err := c.Vocabulary(nil, VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := c.Encoder(v, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := c.Set(enc, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := batches(t, set, 2, nil)
	for range 2 {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if c.Len() != 6 || !slices.Equal(c.Labels(), []string{"ham", "spam"}) {
		t.Errorf("%d documents of %q after Close", c.Len(), c.Labels())
	}
	if counts, err := c.ClassCounts(nil); err != nil || !slices.Equal(counts, []int{3, 3}) {
		t.Errorf("class counts %v, %v", counts, err)
	}
	if !reflect.DeepEqual(batches(t, set, 2, nil), before) || v.Word(0) != "at" {
		t.Error("Close changed the set or the dictionary")
	}
	for name, call := range map[string]func() error{
		"Add":        func() error { return c.Add(sixMessages[0]) },
		"ReadAll":    func() error { return c.ReadAll(context.Background(), &docsReader{docs: sixMessages}, nil) },
		"Vocabulary": func() error { _, err := c.Vocabulary(nil, VocabularyOptions{}); return err },
		"Encoder":    func() error { _, err := c.Encoder(v, TFIDF, nil); return err },
		"Set":        func() error { _, _, err := c.Set(enc, nil); return err },
		"Examples":   func() error { _, _, err := c.Examples(enc, nil); return err },
	} {
		if err := call(); err != errClosed {
			t.Errorf("%s after Close: error %v", name, err)
		}
	}
}

func TestCorpusCacheErrors(t *testing.T) {
	for _, test := range []struct {
		o    data.CacheOptions
		want string
	}{
		{data.CacheOptions{Mode: "tape"}, `unknown cache mode "tape"`},
		{data.CacheOptions{Mode: data.CacheDisk, Dir: "/missing/folder"}, "bow: corpus: temporary file: open /missing/folder"},
	} {
		c := mustCorpus(t, Tokenizer{})
		c.Cache = test.o
		err := c.ReadAll(context.Background(), &docsReader{docs: sixMessages}, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
	c := mustCorpus(t, Tokenizer{}, sixMessages...)
	c.Cache.Mode = data.CacheDisk
	if err := c.endPage(); err != nil {
		t.Fatal(err)
	}
	if err := c.pages.file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Vocabulary(nil, VocabularyOptions{}); err == nil || !strings.Contains(err.Error(), "bow: corpus: temporary file") {
		t.Errorf("the file is gone: error %v", err)
	}
}

// Methods that only read run side by side, from the file too.
func TestCorpusSideBySide(t *testing.T) {
	c := mustCorpus(t, Tokenizer{})
	c.Cache.Mode = data.CacheDisk
	rng := rand.New(rand.NewPCG(1, 0))
	for i := range 300 {
		if err := c.Add(Document{Label: fmt.Sprint(i % 2), Text: zipfText(rng, 100, 10)}); err != nil {
			t.Fatal(err)
		}
		if i%50 == 0 {
			if err := c.endPage(); err != nil {
				t.Fatal(err)
			}
		}
	}
	v, err := c.Vocabulary(nil, VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := c.Encoder(v, Count, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := c.Set(enc, nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got, _, err := c.Set(enc, nil); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("another set at the same time, error %v", err)
			}
		})
	}
	wg.Wait()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// Numbers of all widths come out of a page as they went in, behind documents of all lengths.
func TestPacked(t *testing.T) {
	numbers := []uint32{0, 1, wide - 1, wide, wide + 1, 0xffff, 0x10000, wider - 1, wider, wider + 1, 1 << 24, again - 1, again}
	var page []uint16
	lengths := []int{0, 1, len(numbers), wide - 1, wide, wide + 1, 0x20000, 3}
	for _, n := range lengths {
		from := len(page)
		page = append(page, 0)
		for i := range n {
			page = appendNumber(page, numbers[i%len(numbers)])
		}
		page = measure(page, from)
	}
	rest := packed(page)
	for _, n := range lengths {
		var d packed
		d, rest = cut(rest)
		at := 0
		for i := range n {
			var got uint32
			if got, at = d.at(at); got != numbers[i%len(numbers)] {
				t.Fatalf("number %d of %d is %x, want %x", i, n, got, numbers[i%len(numbers)])
			}
		}
		if at != len(d) {
			t.Fatalf("%d numbers end at unit %d of %d", n, at, len(d))
		}
	}
	if len(rest) != 0 {
		t.Errorf("%d units left", len(rest))
	}
}

// Long documents, whose tokens are counted, give the same rows as the encoder gives; also with
// numbers that take more than a unit.
func TestLongDocuments(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 0))
	var docs []Document
	for i, n := range []int{longDocument - 1, longDocument, longDocument + 1, 5 * longDocument, 70_000, 20, 3 * longDocument} {
		text := zipfText(rng, 200_000, n) + strings.Repeat(" rare", i) + strings.Repeat(fmt.Sprint(" only", i), 9)
		docs = append(docs, Document{Label: fmt.Sprint(i % 2), Text: text})
	}
	var all strings.Builder // so many that numbers become wide
	for i := range 0x10100 {
		fmt.Fprint(&all, "n", i, " ")
	}
	docs = append([]Document{{Label: "0", Text: all.String()}}, docs...)
	for _, hashBits := range []int{0, 18} {
		c, err := NewCorpus(Tokenizer{})
		if err != nil {
			t.Fatal(err)
		}
		c.HashBits = hashBits
		for _, d := range docs {
			if err := c.Add(d); err != nil {
				t.Fatal(err)
			}
		}
		var v *Vocabulary
		if hashBits == 0 {
			if v, err = c.Vocabulary(nil, VocabularyOptions{}); err != nil {
				t.Fatal(err)
			}
			counts := map[string]int{}
			for _, d := range docs {
				for _, w := range (Tokenizer{}).AppendTokens(nil, d.Text) {
					counts[w]++
				}
			}
			for i, n := range v.Counts() {
				if n != counts[v.Word(i)] {
					t.Fatalf("%q is counted %d times, want %d", v.Word(i), n, counts[v.Word(i)])
				}
			}
			if v.Len() != len(counts) {
				t.Fatalf("%d words, want %d", v.Len(), len(counts))
			}
		}
		for _, w := range []Weighting{Presence, Count, TFIDF} {
			enc, err := c.Encoder(v, w, nil)
			if err != nil {
				t.Fatal(err)
			}
			var want data.Batch
			for _, d := range docs {
				enc.AppendRow(&want, d.Text)
			}
			for _, workers := range []int{1, 3} {
				c.Workers = workers
				set, _, err := c.Set(enc, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got := set.All; !slices.Equal(got.Offsets, want.Offsets) || !slices.Equal(got.Indices, want.Indices) || !slices.Equal(got.Values, want.Values) {
					t.Errorf("hash bits %d, %s, %d workers: other rows than those of the texts", hashBits, w, workers)
				}
			}
		}
	}
}
