package bow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nestnet/nestnet/data"
)

// contents is all that a corpus knows, in a form to compare. The numbers of tokens are
// not in it: they depend on who comes first.
type contents struct {
	Labels    []string
	DocLabels []uint32
	Docs      [][]string // each token with its count, sorted
}

func contentsOf(t testing.TB, c *Corpus) contents {
	t.Helper()
	x := contents{Labels: c.indexer.labels.words, DocLabels: c.docLabels}
	k := c.cursor()
	for i := range c.Len() {
		d, err := k.seek(i)
		if err != nil {
			t.Fatal(err)
		}
		var doc []string
		for id, n := range countsOf(d) {
			doc = append(doc, fmt.Sprint(c.indexer.tokens.words()[id], " ", n))
		}
		slices.Sort(doc)
		x.Docs = append(x.Docs, doc)
	}
	return x
}

// countsOf returns how often d has each token.
func countsOf(d packed) map[uint32]int {
	counts := map[uint32]int{}
	last := uint32(0)
	for at := 0; at < len(d); {
		id, next := d.at(at)
		at = next
		if id == again {
			id, at = d.at(at)
			counts[last] += int(id)
			continue
		}
		counts[id]++
		last = id
	}
	return counts
}

func sameContents(a, b contents) bool {
	return slices.Equal(a.Labels, b.Labels) && slices.Equal(a.DocLabels, b.DocLabels) &&
		slices.EqualFunc(a.Docs, b.Docs, slices.Equal)
}

// eachPortion calls f with the numbers of workers and the sizes of blocks that must not
// make a difference.
func eachPortion(f func(workers, size int)) {
	for _, workers := range []int{1, 2, 3, 7} {
		for _, size := range []int{1, 10, 100, 0} {
			f(workers, size)
		}
	}
}

// readersOf are readers of in, in the ways that blockReader.run tells apart: what is at hand, and
// what may have to be waited for.
func readersOf(in string) []io.Reader {
	return []io.Reader{strings.NewReader(in), struct{ io.Reader }{strings.NewReader(in)}}
}

// portionsInputs are files of all formats, good and bad, and some longer ones.
func portionsInputs() (tests []struct {
	name, in string
	o        ReaderOptions
}) {
	add := func(name, in string, o ReaderOptions) {
		tests = append(tests, struct {
			name, in string
			o        ReaderOptions
		}{name, in, o})
	}
	for _, test := range readerTests {
		add(test.name, test.in, test.o)
	}
	rng := rand.New(rand.NewPCG(3, 0))
	var tsv, csv, jsonl, ft strings.Builder
	csv.WriteString("label,text\n")
	for i := range 300 {
		label, text := fmt.Sprint("c", rng.IntN(5)+i/100), zipfText(rng, 100, rng.IntN(20))+"Größe don’t"
		for range rng.IntN(3) {
			tsv.WriteString([]string{"\n", " \r\n", "\t\n"}[rng.IntN(3)])
		}
		fmt.Fprintf(&tsv, "%s\t%s%s", label, text, []string{"\n", "\r\n"}[rng.IntN(2)])
		fmt.Fprintf(&csv, "%s,\"%s\n\n\"\n", label, text)
		fmt.Fprintf(&jsonl, "{\"label\":%q,\"text\":%q}\n", label, text)
		fmt.Fprintf(&ft, "__label__%s %s\n", label, text)
	}
	add("long tsv", tsv.String(), ReaderOptions{})
	add("long tsv without end", tsv.String()+"c0\tlast", ReaderOptions{})
	add("long tsv, bad line", tsv.String()+"\nbad\n"+tsv.String(), ReaderOptions{})
	add("long tsv, bad UTF-8", tsv.String()+"a\t\xff\n"+tsv.String(), ReaderOptions{})
	add("long tsv, two bad lines", tsv.String()+"\tx\n\nbad\n", ReaderOptions{Format: TSV})
	add("long tsv, unlabelled", tsv.String(), ReaderOptions{Format: TSV, Unlabelled: true})
	add("long tsv, long line", tsv.String()+"a\t"+strings.Repeat("x", 2000)+"\n"+tsv.String(), ReaderOptions{MaxLine: 1000})
	add("long tsv, long line at the end", tsv.String()+"a\t"+strings.Repeat("x", 2000), ReaderOptions{MaxLine: 1000})
	add("long csv", csv.String(), ReaderOptions{})
	add("long csv, bad", csv.String()+"x\n", ReaderOptions{})
	add("long jsonl", jsonl.String(), ReaderOptions{})
	add("long jsonl, bad", jsonl.String()+"{}\n"+jsonl.String(), ReaderOptions{})
	add("long fasttext", ft.String(), ReaderOptions{})
	add("long fasttext, bad", ft.String()+"x\n", ReaderOptions{})
	return tests
}

// oneByOne is what ReadAll does, in the obvious way.
func oneByOne(t testing.TB, r Reader) (*Corpus, error) {
	t.Helper()
	c := mustCorpus(t, Tokenizer{NGrams: 2})
	for {
		d, err := r.Read()
		if err == io.EOF && c.Len() == 0 {
			err = &LineError{Err: ErrEmpty}
		} else if err == io.EOF {
			return c, nil
		}
		if err == nil {
			err = c.Add(d)
		}
		if at, ok := errors.AsType[*LineError](err); ok {
			at.Name = nameOf(r)
		}
		if err != nil {
			return c, err
		}
	}
}

// A corpus does not show how many workers read it, nor in what portions: it is the
// one that Add would have made of the documents one after the other, and the error
// is the same.
func TestReadAllPortions(t *testing.T) {
	for _, test := range portionsInputs() {
		open := func() (Reader, error) { return NewReader(strings.NewReader(test.in), "in", test.o) }
		ref, err := open()
		if err != nil {
			continue // no reader: nothing to read
		}
		want, wantErr := oneByOne(t, ref)
		wantContents := contentsOf(t, want)
		eachPortion(func(workers, size int) {
			for _, in := range readersOf(test.in) {
				r, err := NewReader(in, "in", test.o)
				if err != nil {
					t.Fatal(err)
				}
				c := mustCorpus(t, Tokenizer{NGrams: 2})
				c.Workers, c.blockSize = workers, size
				err = c.ReadAll(context.Background(), r, nil)
				where := fmt.Sprintf("%s from %T, %d workers, blocks of %d", test.name, in, workers, size)
				if fmt.Sprint(err) != fmt.Sprint(wantErr) {
					t.Fatalf("%s: error %v, want %v", where, err, wantErr)
				}
				got := contentsOf(t, c)
				if !sameContents(got, wantContents) {
					t.Fatalf("%s: other contents than one after the other", where)
				}
				type blanker interface{ Blank() int }
				if a, b := r.(blanker).Blank(), ref.(blanker).Blank(); a != b && wantErr == nil {
					t.Fatalf("%s: %d blank lines, want %d", where, a, b)
				}
				if errors.Is(err, ErrNoLabel) {
					continue // nothing is wrong with the file
				}
				if _, again := r.Read(); again == nil || again != io.EOF && fmt.Sprint(again) != fmt.Sprint(err) {
					t.Fatalf("%s: after it Read returns %v", where, again)
				}
			}
		})
	}
}

// The same for sets.
func TestReadSetPortions(t *testing.T) {
	words := strings.Fields(words(50))
	for _, weighting := range []Weighting{Presence, Count} {
		e := mustEncoder(t, Settings{Weighting: weighting}, nil, append(words, "größe", "don't", "a")...)
		labels := []string{"c0", "c1", "c2", "c3", "c4", "c5", "ham", "spam"}
		for _, test := range portionsInputs() {
			open := func() (Reader, error) { return NewReader(strings.NewReader(test.in), "in", test.o) }
			if _, err := open(); err != nil {
				continue
			}
			r, _ := open()
			want, wantStats := &data.Set{}, Stats{}
			var wantErr error
			for {
				var d Document
				if d, wantErr = r.Read(); wantErr != nil {
					break
				}
				class := slices.Index(labels, d.Label)
				if len(d.Labels) > 1 {
					wantErr = &LineError{Name: "in", Line: d.Line, Err: ErrManyLabels}
					break
				}
				if class < 0 {
					wantErr = &LineError{Name: "in", Line: d.Line, Err: unknownLabel(d.Label, labels)}
					break
				}
				if e.AppendRow(&want.All, d.Text) == 0 {
					wantStats.Empty++
				}
				want.All.Classes = append(want.All.Classes, int32(class))
				wantStats.Documents++
			}
			if wantErr == io.EOF {
				if wantErr = nil; wantStats.Documents == 0 {
					wantErr = &LineError{Name: "in", Err: ErrEmpty}
				}
			}
			eachPortion(func(workers, size int) {
				for _, in := range readersOf(test.in) {
					r, _ := NewReader(in, "in", test.o)
					e.Workers, e.blockSize = workers, size
					set, stats, err := e.ReadSet(r, labels)
					where := fmt.Sprintf("%s from %T, %d workers, blocks of %d", test.name, in, workers, size)
					if fmt.Sprint(err) != fmt.Sprint(wantErr) {
						t.Fatalf("%s: error %v, want %v", where, err, wantErr)
					}
					if err == nil && (!reflect.DeepEqual(set, want) || stats != wantStats) {
						t.Fatalf("%s: other rows than one after the other", where)
					}
				}
			})
		}
	}
}

// Dictionary and rows of a corpus do not depend on the number of workers.
func TestCorpusWorkers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	var docs []Document
	for i := range 500 {
		docs = append(docs, Document{Label: fmt.Sprint(i % 3), Text: zipfText(rng, 300, rng.IntN(40))})
	}
	c := mustCorpus(t, Tokenizer{}, docs...)
	for _, weighting := range []Weighting{Presence, Count, TFIDF} {
		var first []any
		for _, workers := range []int{1, 2, 3, 7, 1000} {
			c.Workers = workers
			rows := []int{7, 3, 499, 3}
			for i := range 400 {
				rows = append(rows, i)
			}
			v, err := c.Vocabulary(rows, VocabularyOptions{MaxWords: 100})
			if err != nil {
				t.Fatal(err)
			}
			enc, err := c.Encoder(v, weighting, rows)
			if err != nil {
				t.Fatal(err)
			}
			set, stats, err := c.Set(enc, rows)
			if err != nil {
				t.Fatal(err)
			}
			got := []any{v.Words(), enc.IDF(), set, stats}
			if first == nil {
				first = got
			}
			if !reflect.DeepEqual(got, first) {
				t.Errorf("%s: %d workers make something else than one", weighting, workers)
			}
		}
	}
}

// ReadAll stops exactly where it is told to, and documents before stay.
func TestReadAllCancel(t *testing.T) {
	in := strings.Repeat("ham\ta b\nspam\tc\n", 2500) + "x\ty\n"
	eachPortion(func(workers, size int) {
		r, err := NewReader(strings.NewReader(in), "in.tsv", ReaderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		c := mustCorpus(t, Tokenizer{})
		c.Workers, c.blockSize = workers, size
		ctx, cancel := context.WithCancel(context.Background())
		var seen []int
		err = c.ReadAll(ctx, r, func(n int) {
			if seen = append(seen, n); n == 2000 {
				cancel()
			}
		})
		// The document read when progress is called still comes in.
		if err != context.Canceled || !slices.Equal(seen, []int{1000, 2000}) || c.Len() != 2001 || !slices.Equal(c.Labels(), []string{"ham", "spam"}) {
			t.Errorf("%d workers, blocks of %d: error %v, progress %v, %d documents of %q", workers, size, err, seen, c.Len(), c.Labels())
		}
	})
}

// A disk that fails: documents before are there, the line that is cut short is not.
func TestReadAllFails(t *testing.T) {
	broken := errors.New("disk is broken")
	for _, in := range []string{"ham\ta\nham\tb", "ham\ta\nham\tb\n", "ham\ta\n"} {
		eachPortion(func(workers, size int) {
			r, err := NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken), strings.NewReader("\nham\tlater\n")), "in.tsv", ReaderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			c := mustCorpus(t, Tokenizer{})
			c.Workers, c.blockSize = workers, size
			err = c.ReadAll(context.Background(), r, nil)
			lines := strings.Count(in, "\n")
			want := fmt.Sprintf("in.tsv:%d: disk is broken", lines+1)
			if !errors.Is(err, broken) || err.Error() != want || c.Len() != lines {
				t.Errorf("%q, %d workers, blocks of %d: error %v, want %s; %d documents", in, workers, size, err, want, c.Len())
			}
			if _, again := r.Read(); again != err {
				t.Errorf("%q: the next error is %v, want %v again", in, again, err)
			}
		})
	}
}

// A file without line ends is not read to its end.
func TestReadAllStopsEarly(t *testing.T) {
	for _, start := range []string{"ham\ta\nham\t", "ham\t"} {
		r, err := NewReader(io.MultiReader(strings.NewReader(start), &endless{text: "xxxx"}), "in.tsv", ReaderOptions{MaxLine: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if err := mustCorpus(t, Tokenizer{}).ReadAll(context.Background(), r, nil); !errors.Is(err, ErrLineTooLong) {
			t.Errorf("error %v, want ErrLineTooLong", err)
		}
	}
}

// A Reader that embeds a File has its own Read called.
func TestReadAllEmbedded(t *testing.T) {
	f, err := OpenStdin(strings.NewReader("ham\ta\nham\tb\nham\tc\n"), ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stop := errors.New("enough")
	c := mustCorpus(t, Tokenizer{})
	if err := c.ReadAll(context.Background(), &limited{f, 2, stop}, nil); err != stop || c.Len() != 2 {
		t.Errorf("error %v, %d documents, want %v and 2", err, c.Len(), stop)
	}
}

type limited struct {
	*File
	left int
	err  error
}

func (l *limited) Read() (Document, error) {
	if l.left--; l.left < 0 {
		return Document{}, l.err
	}
	return l.File.Read()
}

// The eight bytes at once agree with the table of single ones.
func TestASCIIWordLen(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for range 100_000 {
		var b [8]byte
		for i := range b {
			b[i] = byte(rng.IntN(256))
			if rng.IntN(3) > 0 {
				b[i] = "azAZ09mM"[rng.IntN(8)]
			}
		}
		want := 0
		for want < 8 && asciiWord[b[want]] != 0 {
			want++
		}
		eight := eightBytes(string(b[:]))
		if got := asciiWordLen(eight); got != want {
			t.Fatalf("%q: %d letters and digits, want %d", b, got, want)
		}
		for i := range want {
			if got := byte((eight | lowerCase) >> (8 * i)); got != asciiWord[b[i]] {
				t.Fatalf("%q: lower case of byte %d is %q", b, i, got)
			}
		}
	}
	for c := range 256 {
		eight := eightBytes(string([]byte{byte(c), 'a', 'a', 'a', 'a', 'a', 'a', 'a'}))
		if got := asciiWordLen(eight) > 0; got != (asciiWord[c] != 0) {
			t.Errorf("byte %#x is a letter or digit: %t", c, got)
		}
	}
}

// A table of many words, some of them equal in their first bytes.
func TestTable(t *testing.T) {
	var tab table
	if _, ok := tab.findString("x"); ok {
		t.Error("an empty table has a word")
	}
	ref := map[string]uint32{}
	for i := range 20_000 {
		w := fmt.Sprintf("%s%d", strings.Repeat("w", i%40), i/2)
		if _, ok := ref[w]; !ok {
			ref[w] = uint32(len(ref))
		}
		if got := tab.number([]byte(w)); got != ref[w] {
			t.Fatalf("%q has number %d, want %d", w, got, ref[w])
		}
	}
	for w, n := range ref {
		if got, ok := tab.findString(w); !ok || got != n || tab.words[n] != w {
			t.Fatalf("%q found as %d, %t, want %d", w, got, ok, n)
		}
	}
	if _, ok := tab.findString("missing"); ok {
		t.Error("a word is found that is not there")
	}
	if n := testing.AllocsPerRun(10, func() { tab.number([]byte("w1")); tab.findString("missing") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestColumnSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for _, n := range []int{1, 64, 65, 4096, 4097, 100_000} {
		s := newColumnSet(n)
		for range 10 { // nothing may be left over
			want := []int32{}
			for range rng.IntN(100) {
				i := int32(rng.IntN(n))
				s.add(i)
				want = append(want, i)
			}
			slices.Sort(want)
			want = slices.Compact(want)
			if got := s.drain(make([]int32, 0, len(want))); !slices.Equal(got, want) {
				t.Fatalf("of %d: got %v, want %v", n, got, want)
			}
		}
	}
}

// Any bytes, in any portions: the corpus that reading one by one gives.
func FuzzReadAll(f *testing.F) {
	formats := []Format{TSV, CSV, JSONL, FastText}
	for _, test := range readerTests {
		if k := slices.Index(formats, test.o.Format); k >= 0 {
			f.Add([]byte(test.in), uint8(k), uint8(2), uint8(10))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, format, workers, size uint8) {
		o := ReaderOptions{Format: formats[int(format)%len(formats)], MaxLine: 1000}
		open := func() Reader {
			r, err := NewReader(strings.NewReader(string(in)), "in", o)
			if err != nil {
				t.Skip("no reader: nothing to read")
			}
			return r
		}
		want, wantErr := oneByOne(t, open())
		c := mustCorpus(t, Tokenizer{NGrams: 2})
		c.Workers, c.blockSize = 1+int(workers%8), 1+int(size)
		err := c.ReadAll(context.Background(), open(), nil)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("error %v, want %v", err, wantErr)
		}
		got, ref := contentsOf(t, c), contentsOf(t, want)
		if !sameContents(got, ref) {
			t.Fatal("other contents than one by one")
		}
	})
}
