package bow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/internal/cluster"
)

// inParts reads a path on so many ranks and returns their documents one after the other,
// and the first error.
func inParts(t testing.TB, path string, o ReaderOptions, ranks int) (docs []Document, err error) {
	t.Helper()
	parts, errs := make([][]Document, ranks), make([]error, ranks)
	cluster.Run(ranks, func(c cluster.Comm) error {
		o := o
		o.Cluster = c
		f, err := Open(path, o)
		if err == nil {
			parts[c.Rank()], err = ReadDocuments(f)
			if _, again := f.Read(); err != nil && again.Error() != err.Error() {
				t.Errorf("%v, and then %v", err, again)
			}
			if e := f.Close(); e != nil {
				t.Error(e)
			}
		}
		errs[c.Rank()] = err
		return nil
	})
	for r := range ranks {
		docs = append(docs, parts[r]...)
		if errs[r] != nil {
			return docs, errs[r]
		}
	}
	return docs, nil
}

// withoutLines is docs without their lines, which parts count from their start.
func withoutLines(docs []Document) []string {
	var all []string
	for _, d := range docs {
		all = append(all, fmt.Sprintf("%q %q %q", d.Label, d.Labels, d.Text))
	}
	return all
}

// checkParts holds that ranks read of a path what one process reads.
func checkParts(t testing.TB, path string, o ReaderOptions, ranks ...int) {
	t.Helper()
	f, err := Open(path, o)
	var want []Document
	if err == nil {
		want, err = ReadDocuments(f)
		f.Close()
	}
	for _, n := range ranks {
		got, gotErr := inParts(t, path, o, n)
		if fmt.Sprint(gotErr) != fmt.Sprint(err) {
			t.Errorf("%d ranks: error %v, want %v", n, gotErr, err)
		}
		if !slices.Equal(withoutLines(got), withoutLines(want)) {
			t.Errorf("%d ranks: got %q, want %q", n, withoutLines(got), withoutLines(want))
		}
	}
}

// writeFiles writes files of these contents into a folder of the test and returns it.
func writeFiles(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var someRanks = []int{1, 2, 3, 5, 12, 40}

func TestParts(t *testing.T) {
	for _, test := range []struct{ name, in string }{
		{"x.tsv", "a\t1\nb\t2\nc\t3\n"},
		{"x.tsv", "a\t1\r\nb\t2\r\n\r\nc\t3"},
		{"x.tsv", "\uFEFFa\t1\n\uFEFFb\t2\n\uFEFFc\t3\n"}, // only the first is a mark
		{"x.tsv", "\n\n\na\t1\n\n \n\n\n\n\n\n\nb\t2\n\n\n\n"},
		{"x.tsv", ""},
		{"x.tsv", "\n"},
		{"x.tsv", "a\t1"},
		{"x.tsv", "a\t" + strings.Repeat("long ", 3000) + "\nb\t2\nc\t" + strings.Repeat("long ", 30000) + "\nd\t4"},
		{"x.tsv", "a\t1\nb\t2\nc\nd\t4\n"},
		{"x.tsv", "a\t1\nb\t2\nc\t3\nd\t4\n\n\ne\t\xff\n"},
		{"x.txt", "a\t1\nb\t2\nc,text,label\n"},
		{"x.txt", "a 1\nb\t2\nc,text,label\n"},
		{"x.ft", "__label__a 1\n2 __label__b\n__label__c 3"},
		{"x.jsonl", "{\"label\":\"a\",\"text\":\"1\\n\"}\n\n{\"label\":\"b\",\"text\":\"2\"}\n"},
		{"x.csv", "label,text\na,1\nb,2\nc,3\n"},
		{"x.csv", "\uFEFF\r\n \r\n\r\nlabel,text\r\na,1\r\n\r\nb,2\r\nc,3"},
		{"x.csv", "\"la\nbel\",text\na,\"1\n\n\n\n\"\nb,\"2 \"\"\n\"\"\"\nc,3\n"},
		{"x.csv", "label,text\na,1\nb,2\nc,3,4\nd,5\n"},
		{"x.csv", "label,text\na,1\nb,2\nc,3 \"\nd,5\n"},
		{"x.csv", "label,text\na,1\nb,2\nc,\"3\n4\n5\n"},
		{"x.csv", "label,text\n"},
		{"x.csv", "label,text"},
		{"x.csv", "\n\n"},
		{"x.csv", "lab,txt,x\na,1,2\n"},
		{"x.csv", ""},
	} {
		for _, packed := range []bool{false, true} {
			name, content := test.name, []byte(test.in)
			if packed {
				name, content = name+".gz", gz(test.in)
			}
			dir := writeFiles(t, map[string][]byte{name: content})
			t.Run(fmt.Sprintf("%s %.30q", name, test.in), func(t *testing.T) {
				checkParts(t, filepath.Join(dir, name), ReaderOptions{}, someRanks...)
			})
		}
	}
}

// TestPartsOfLists reads lists of files of all kinds.
func TestPartsOfLists(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	text := func() string {
		var b strings.Builder
		for range rng.IntN(30) {
			fmt.Fprintf(&b, "c%d\t%s", rng.IntN(3), zipfText(rng, 50, rng.IntN(9)))
			b.WriteString([]string{"\n", "\r\n", "\n\n"}[rng.IntN(3)])
		}
		return b.String()
	}
	csv := func() string {
		s := "text,label\n"
		for range rng.IntN(30) {
			s += fmt.Sprintf("\"%s\",c%d\n", zipfText(rng, 50, rng.IntN(9))+strings.Repeat("\n", rng.IntN(2)), rng.IntN(3))
		}
		return s
	}
	for round := range 30 {
		files := map[string][]byte{}
		for i := range 1 + rng.IntN(6) {
			switch kind := rng.IntN(6); kind {
			case 0, 1:
				files[fmt.Sprintf("x%d.tsv", i)] = []byte(text())
			case 2:
				files[fmt.Sprintf("x%d.tsv.gz", i)] = gz(text())
			case 3:
				files[fmt.Sprintf("x%d.csv", i)] = []byte(csv())
			case 4:
				files[fmt.Sprintf("x%d.csv.gz", i)] = gz(csv())
			case 5:
				for k := range rng.IntN(9) + 1 {
					files[fmt.Sprintf("x%d/c%d/%d", i, rng.IntN(2), k)] = []byte("text " + zipfText(rng, 50, rng.IntN(9)))
				}
			}
		}
		dir := writeFiles(t, files)
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			checkParts(t, filepath.Join(dir, "x*"), ReaderOptions{}, someRanks...)
		})
	}
}

// TestPartsAreEqual holds that ranks have about the same to do.
func TestPartsAreEqual(t *testing.T) {
	line := "a\tsome text that has a length\n"
	many := strings.Repeat(line, 4000)
	dir := writeFiles(t, map[string][]byte{
		"x.tsv": []byte(many), "x.csv": []byte("label,text\n" + strings.ReplaceAll(many, "\t", ",")), "y.tsv.gz": gz(many),
		"z1.tsv.gz": gz(many), "z2.tsv.gz": gz(many), "z3.tsv.gz": gz(many), "z4.tsv.gz": gz(many),
	})
	for name, all := range map[string]int{"x.tsv": 4000, "x.csv": 4000, "y.tsv.gz": 4000, "z*.gz": 16000} {
		counts := make([]int, 4)
		err := cluster.Run(4, func(c cluster.Comm) error {
			f, err := Open(filepath.Join(dir, name), ReaderOptions{Cluster: c})
			if err != nil {
				return err
			}
			defer f.Close()
			docs, err := ReadDocuments(f)
			counts[c.Rank()] = len(docs)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		for r, n := range counts {
			if n < all/4-5 || n > all/4+5 {
				t.Errorf("%s: rank %d has %d of %d documents", name, r, n, all)
			}
		}
	}
}

func TestPartsErrors(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"0/a.tsv": []byte("a\t1\n"), "1/a.tsv": []byte("a\t1\nb\t2\n"), "2/c.tsv": nil})
	for _, test := range []struct {
		name string
		path func(rank int) string
		o    ReaderOptions
		want []string // of each rank
	}{
		{"a rank without the file", func(r int) string { return fmt.Sprintf("%s/%d/a.tsv", dir, r*2) }, ReaderOptions{},
			[]string{"rank 1: bow: stat " + dir + "/2/a.tsv: no such file or directory", "bow: stat " + dir + "/2/a.tsv: no such file or directory"}},
		{"no match", func(r int) string { return fmt.Sprintf("%s/%d/a*", dir, r*2) }, ReaderOptions{},
			[]string{"rank 1: bow: open " + dir + "/2/a*: no file has such a name", "bow: open " + dir + "/2/a*: no file has such a name"}},
		{"other files", func(r int) string { return fmt.Sprintf("%s/%d/a.tsv", dir, r) }, ReaderOptions{},
			slices.Repeat([]string{"the list of files, or the size of one, differs between rank 0 and rank 1; all ranks must have the same"}, 2)},
		{"stdin", func(int) string { return "-" }, ReaderOptions{}, slices.Repeat([]string{errOneProcess.Error()}, 2)},
		{"options", func(int) string { return dir + "/0/a.tsv" }, ReaderOptions{MaxLine: -1}, slices.Repeat([]string{"bow: ReaderOptions.MaxLine is -1, want 0 or more"}, 2)},
	} {
		cluster.Run(2, func(c cluster.Comm) error {
			o := test.o
			o.Cluster = c
			_, err := Open(test.path(c.Rank()), o)
			if err == nil || err.Error() != test.want[c.Rank()] {
				t.Errorf("%s: rank %d: %v, want %s", test.name, c.Rank(), err, test.want[c.Rank()])
			}
			return nil
		})
	}
}

// TestStreamsOfRanks holds that no rank reads all of what it should have a part of.
func TestStreamsOfRanks(t *testing.T) {
	o := ReaderOptions{Format: TSV, Cluster: cluster.Group(2)[0]}
	if _, err := NewReader(strings.NewReader("a\tb\n"), "x", o); err == nil {
		t.Error("NewReader")
	}
	if _, err := OpenStdin(strings.NewReader("a\tb\n"), o); err == nil {
		t.Error("OpenStdin")
	}
	o.Cluster = cluster.Alone{}
	if got := mustRead(t, strings.NewReader("a\tb\n"), o); got != "1:a|b\n" {
		t.Errorf("alone: %q", got)
	}
}

// mustRead reads all of r.
func mustRead(t *testing.T, r io.Reader, o ReaderOptions) string {
	t.Helper()
	f, err := OpenStdin(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return show(ReadDocuments(f))
}

// TestFiles reads several files as one.
func TestFiles(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{
		"a1.tsv": []byte("ham\ta\n\nspam\tb"), "a2.csv": []byte("text,label\nc,ham\n"), "a3.tsv": nil,
		"a4/ham/1": []byte("d"), "a4/spam/1": []byte("e"), "a5.tsv.gz": gz("ham\tf\n"), "b.tsv": nil, "[x].tsv": []byte("ham\tx\n"),
		"bad1.tsv": []byte("ham\ta\n"), "bad2.tsv": []byte("\nham\ta\nbad\n"),
	})
	f, err := Open(filepath.Join(dir, "a*"), ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// The second file begins behind the three lines of the first one.
	const want = "1:ham|a\n3:spam|b\n5:ham|c\n6:ham|d\n7:spam|e\n8:ham|f\n"
	if got := show(ReadDocuments(f)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if f.Detected() != "5 files: tsv, by its extension" || f.Name() != filepath.Join(dir, "a*") || f.Blank() != 1 {
		t.Errorf("detected %q, name %s, %d blank lines", f.Detected(), f.Name(), f.Blank())
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if name, line := f.Place(5); name != filepath.Join(dir, "a2.csv") || line != 2 {
		t.Errorf("line 5 is %s:%d", name, line)
	}
	if f, err := Open(filepath.Join(dir, "[x].tsv"), ReaderOptions{}); err != nil || f.Detected() != "tsv, by its extension" {
		t.Errorf("a file with the name of a pattern: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "c*.tsv"), ReaderOptions{}); err == nil || !errors.Is(err, os.ErrNotExist) ||
		err.Error() != "bow: open "+dir+"/c*.tsv: no file has such a name" {
		t.Errorf("no match: %v", err)
	}
	for _, test := range []struct{ pattern, want string }{
		{"bad*", dir + "/bad2.tsv:3: no tab between label and text"},
		{"b.*", dir + "/b.*: no documents"},
	} {
		read := func(what string, read func(r Reader) error) {
			f, err := Open(filepath.Join(dir, test.pattern), ReaderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for range 2 { // it stays
				if err = read(f); err == nil || err.Error() != test.want {
					t.Errorf("%s of %s: %v, want %s", what, test.pattern, err, test.want)
				}
			}
		}
		read("ReadAll", func(r Reader) error { return mustCorpus(t, Tokenizer{}).ReadAll(t.Context(), r, nil) })
		read("ReadSet", func(r Reader) error {
			v, _ := NewVocabulary([]string{"a"})
			enc, err := NewEncoder(v, Settings{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = enc.ReadSet(r, []string{"ham", "spam"})
			return err
		})
		read("a reader that is wrapped", func(r Reader) error {
			return mustCorpus(t, Tokenizer{}).ReadAll(t.Context(), struct{ *File }{r.(*File)}, nil)
		})
	}
}

// FuzzParts cuts any file into any number of parts.
func FuzzParts(f *testing.F) {
	for _, in := range []string{"a\t1\nb\t2\n", "\r\n\n\na\t1", "label,text\na,\"1\n2\"\n", "{\"label\":1,\"text\":\"\"}", "\uFEFF\n\uFEFFa\t\n"} {
		for n := range uint8(4) {
			f.Add([]byte(in), n, n)
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, form, ranks uint8) {
		name := []string{"x.tsv", "x.ft", "x.jsonl", "x.csv"}[form%4]
		if form/4%2 == 1 {
			name += ".gz"
			in = gz(string(in))
		}
		path := filepath.Join(writeFiles(t, map[string][]byte{name: in}), name)
		o := ReaderOptions{Labels: AnyLabels, MaxLine: 1000}
		n := int(ranks%9) + 1
		// A quote that is missing makes other errors where a part ends, at the same record.
		whole, err := Open(path, o)
		if err == nil {
			var docs []Document
			docs, err = ReadDocuments(whole)
			whole.Close()
			if err != nil && bytes.Contains([]byte(name), []byte("csv")) {
				got, gotErr := inParts(t, path, o, n)
				if gotErr == nil || !slices.Equal(withoutLines(got), withoutLines(docs)) {
					t.Errorf("%d ranks: got %q, %v, want %q, %v", n, withoutLines(got), gotErr, withoutLines(docs), err)
				}
				return
			}
		}
		checkParts(t, path, o, n)
	})
}
