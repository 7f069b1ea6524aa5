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

	"github.com/nestnet/nestnet/data"
)

func TestLabelSetsAsWords(t *testing.T) {
	for _, test := range []struct {
		labels []string
		want   []string
	}{
		{[]string{}, nil},
		{[]string{"a"}, []string{"a"}},
		{[]string{"b", "a", "b"}, []string{"a", "b"}},
		{[]string{"sport, health", "ä\tö", "\n", " "}, []string{"\n", " ", "sport, health", "ä\tö"}},
	} {
		word, err := appendSet(nil, Document{Labels: test.labels})
		if err != nil {
			t.Errorf("%q: %v", test.labels, err)
			continue
		}
		if got := cutSet(string(word)); !slices.Equal(got, test.want) {
			t.Errorf("%q comes back as %q, want %q", test.labels, got, test.want)
		}
	}
	for _, test := range []struct {
		labels []string
		want   error
	}{{[]string{"a", ""}, ErrEmptyLabel}, {[]string{"a", "b\xff"}, ErrInvalidUTF8}} {
		if _, err := appendSet(nil, Document{Labels: test.labels}); !errors.Is(err, test.want) {
			t.Errorf("%q: error %v, want %v", test.labels, err, test.want)
		}
	}
}

// manyLabels writes n lines as fastText has them, with up to three labels of six each.
func manyLabels(n int) string {
	rng := rand.New(rand.NewPCG(4, 4))
	var b strings.Builder
	for i := range n {
		for range rng.IntN(4) {
			fmt.Fprintf(&b, "__label__%c ", 'a'+rng.IntN(6))
		}
		fmt.Fprintf(&b, "w%d %s\n", i%50, zipfText(rng, 100, 5))
	}
	return b.String()
}

// One worker and several, in memory and on disk, the corpus and the streaming encoder
// give the same sets of labels, which are those of the file.
func TestLabelSets(t *testing.T) {
	const n = 3000
	text := manyLabels(n)
	o := ReaderOptions{Format: FastText, Labels: AnyLabels}
	reader := func() Reader {
		r, err := NewReader(strings.NewReader(text), "x.ft", o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	var docs []Document
	for r := reader(); ; {
		d, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	for _, workers := range []int{1, 3} {
		for _, mode := range []data.CacheMode{data.CacheMemory, data.CacheDisk} {
			c := mustCorpus(t, Tokenizer{})
			c.Workers, c.MultiLabel, c.blockSize, c.Cache.Mode = workers, true, 2000, mode
			if err := c.ReadAll(context.Background(), reader(), nil); err != nil {
				t.Fatal(err)
			}
			if want := []string{"a", "b", "c", "d", "e", "f"}; !slices.Equal(c.Labels(), want) {
				t.Fatalf("labels %q, want %q", c.Labels(), want)
			}
			v, err := c.Vocabulary(nil, VocabularyOptions{})
			if err != nil {
				t.Fatal(err)
			}
			enc, err := c.Encoder(v, Presence, nil)
			if err != nil {
				t.Fatal(err)
			}
			enc.blockSize = 2000
			set, _, err := c.Set(enc, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := set.All.Check(); err != nil {
				t.Fatal(err)
			}
			least, most, all := c.LabelsPerDocument()
			if least != 0 || most != 3 || all != len(set.All.LabelIndices) {
				t.Errorf("%d to %d labels, %d in all; the set has %d", least, most, all, len(set.All.LabelIndices))
			}
			counts := make([]int, 6)
			for i, d := range docs {
				want := slices.Clone(d.Labels)
				if d.Labels == nil {
					want = []string{d.Label}
				}
				slices.Sort(want)
				want = slices.Compact(want)
				var got []string
				for _, l := range set.All.Labels(i) {
					got = append(got, c.Labels()[l])
					counts[l]++
				}
				if !slices.Equal(got, want) {
					t.Fatalf("document %d has the labels %q, want %q", i, got, want)
				}
			}
			if got, err := c.ClassCounts(nil); err != nil || !slices.Equal(got, counts) {
				t.Errorf("class counts %v, %v, want %v", got, err, counts)
			}
			streamed, _, err := enc.ReadSet(reader(), c.Labels())
			if err != nil || !reflect.DeepEqual(streamed, set) {
				t.Errorf("%d workers, %s: the stream and the corpus differ (%v)", workers, mode, err)
			}
			examples, _, err := c.Examples(enc, nil)
			if err != nil {
				t.Fatal(err)
			}
			var back data.Batch
			if err := examples.Pass(0, nil).Next(&back); err != nil || !reflect.DeepEqual(back, set.All) {
				t.Errorf("%d workers, %s: the examples differ from the set (%v)", workers, mode, err)
			}
			if err := errors.Join(examples.Close(), c.Close()); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestLabelErrors(t *testing.T) {
	read := func(multi bool, text string) (*Corpus, error) {
		r, err := NewReader(strings.NewReader(text), "x.ft", ReaderOptions{Format: FastText, Labels: AnyLabels})
		if err != nil {
			t.Fatal(err)
		}
		c := mustCorpus(t, Tokenizer{})
		c.MultiLabel = multi
		if err := c.ReadAll(context.Background(), r, nil); err != nil {
			t.Fatal(err)
		}
		return c, c.Check()
	}
	for _, test := range []struct {
		multi bool
		text  string
		want  string
		is    error
	}{
		{true, "__label__a __label__b x\ny\n", "", nil},
		{true, "__label__a x\ny\n", "", nil},
		{false, "__label__a x\n__label__b y\n", "", nil},
		{false, "__label__a x\n__label__b __label__a y\n", "bow: corpus: more than one label: some documents have 2; Corpus.MultiLabel is for that", ErrManyLabels},
		{false, "__label__a x\n__label__b y\nz\n", "bow: corpus: no label: 1 of the 3 documents have none", ErrNoLabel},
		{true, "x\ny\n", "bow: corpus: no label: 2 of the 2 documents have none", ErrNoLabel},
		{true, "__label__a x\n__label__a __label__a y\n", `bow: corpus: only one class: all 2 documents are "a"`, ErrOneClass},
	} {
		_, err := read(test.multi, test.text)
		if (err == nil) != (test.want == "") || err != nil && (err.Error() != test.want || !errors.Is(err, test.is)) {
			t.Errorf("%q: error %v, want %q", test.text, err, test.want)
		}
	}

	// In a second file.
	c, err := read(true, "__label__a __label__b x\ny\n")
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Vocabulary(nil, VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := c.Encoder(v, Presence, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		multi bool
		text  string
		want  string
	}{
		{true, "__label__a x\n__label__a __label__c x\n", `x.ft:2: unknown label "c" (known: a, b)`},
		{false, "__label__a x\n__label__a __label__b x\n", `x.ft:2: more than one label`},
		{false, "__label__a x\nx\n", `x.ft:2: no label`},
	} {
		r, err := NewReader(strings.NewReader(test.text), "x.ft", ReaderOptions{Format: FastText, Labels: AnyLabels})
		if err != nil {
			t.Fatal(err)
		}
		enc.MultiLabel = test.multi
		if _, _, err := enc.ReadSet(r, c.Labels()); err == nil || err.Error() != test.want {
			t.Errorf("%q: error %v, want %q", test.text, err, test.want)
		}
	}
	if err := c.Add(Document{Labels: []string{"a", ""}, Line: 3}); err == nil || err.Error() != "line 3: empty label" {
		t.Errorf("empty label: %v", err)
	}
}
