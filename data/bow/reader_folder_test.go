package bow

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folderOf writes a folder of the files given, by their paths in it.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "mail")
	for path, text := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFolder(t *testing.T) {
	root := folderOf(t, map[string]string{
		"spam/2.txt": "Win\r\na prize!\n", "spam/10.txt": "\uFEFFCall now", "ham/a.gz": string(gz("See you.")),
		"ham/b.zst": string(zst("At six.")), "ham/.hidden": "x", ".git/config": "x", "README": "About.",
	})
	if err := os.Symlink(filepath.Join(root, "README"), filepath.Join(root, "ham", "c")); err != nil {
		t.Fatal(err)
	}
	for _, o := range []ReaderOptions{{}, {Format: Folder}, {Unlabelled: true}} {
		f, err := Open(root, o)
		if err != nil {
			t.Fatal(err)
		}
		const want = "1:ham|See you.\n2:ham|At six.\n3:ham|About.\n4:spam|Call now\n5:spam|Win\r\na prize!\n\n"
		if got := show(ReadDocuments(f)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if f.Name() != root || f.Format() != Folder || f.Beside() != 1 || f.Blank() != 0 || !strings.HasPrefix(f.Detected(), "folder, ") {
			t.Errorf("name %s, format %s, %d files beside, %d blank lines, %q", f.Name(), f.Format(), f.Beside(), f.Blank(), f.Detected())
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	// Texts to be labelled need no folder each.
	f, err := Open(folderOf(t, map[string]string{"b": "two", "a": "one"}), ReaderOptions{Unlabelled: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := show(ReadDocuments(f)); got != "1:|one\n2:|two\n" {
		t.Errorf("loose texts: %q", got)
	}
}

func TestFolderErrors(t *testing.T) {
	for _, test := range []struct {
		name, file, text string
		o                ReaderOptions
		want             string // after the folder
		is               error
	}{
		{name: "empty file", file: "spam/1", want: "/spam/1: no documents: the file is empty; take it away or fill it", is: ErrEmpty},
		{name: "blank file", file: "spam/1", text: " \n\t", want: "/spam/1: no documents: the file is empty; take it away or fill it", is: ErrEmpty},
		{name: "latin1", file: "spam/1", text: "one\ncaf\xe9", want: "/spam/1:2: not valid UTF-8 (convert the text first, for example with iconv)", is: ErrInvalidUTF8},
		{name: "cut gzip", file: "spam/1.gz", text: string(gz("a longer text")[:20]), want: "/spam/1.gz: gzip data is cut off: unexpected EOF"},
		{name: "no gzip", file: "spam/1.gz", text: "x", want: "/spam/1.gz: not gzip data, although the name ends in .gz"},
		{name: "long", file: "spam/1", text: "12345", o: ReaderOptions{MaxLine: 4}, want: "/spam/1: line too long: the file has more than 4 bytes; if that is meant to be, raise MaxLine", is: ErrLineTooLong},
		{name: "deep", file: "spam/deep/1", text: "x", want: "/spam/deep: a folder within the folder of a class; put its files into that one"},
		{name: "columns", file: "spam/1", text: "x", o: ReaderOptions{TextColumn: "2"}, want: "ReaderOptions.LabelColumn and TextColumn must be empty for folder, which has no columns"},
		{name: "another format", file: "spam/1", text: "x", o: ReaderOptions{Format: CSV}, want: " is a folder, not a csv file"},
		{name: "no classes", file: "1", text: "x", want: ": no label: it has files, but no folder for each class", is: ErrNoLabel},
	} {
		root := folderOf(t, map[string]string{test.file: test.text})
		if test.name != "no classes" {
			os.MkdirAll(filepath.Join(root, "ham"), 0o777)
			os.WriteFile(filepath.Join(root, "ham", "1"), []byte("one"), 0o666)
		}
		corpus, err := NewCorpus(Tokenizer{})
		if err != nil {
			t.Fatal(err)
		}
		f, err := Open(root, test.o)
		if err == nil {
			err = corpus.ReadAll(t.Context(), f, nil)
		}
		if err == nil || !strings.HasSuffix(err.Error(), test.want) || test.name != "columns" && !strings.Contains(err.Error(), root) ||
			test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: error %v, want …%s", test.name, err, test.want)
		}
	}
	root := folderOf(t, map[string]string{"ham/1": "x"})
	if err := os.Symlink("nowhere", filepath.Join(root, "ham", "2")); err != nil {
		t.Fatal(err)
	}
	f, err := Open(root, ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadDocuments(f); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), filepath.Join(root, "ham", "2")+": ") {
		t.Errorf("a link to nowhere: error %v", err)
	}
	if _, err := Open(filepath.Join(root, "ham", "1"), ReaderOptions{Format: Folder}); err == nil || !strings.Contains(err.Error(), "1 is a file, want a folder") {
		t.Errorf("a file as a folder: error %v", err)
	}
	for _, open := range []func() error{
		func() error { _, err := OpenStdin(strings.NewReader(""), ReaderOptions{Format: Folder}); return err },
		func() error {
			_, err := NewReader(strings.NewReader(""), "x", ReaderOptions{Format: Folder})
			return err
		},
	} {
		if err := open(); err == nil || !strings.Contains(err.Error(), "not read as a stream") {
			t.Errorf("a stream as a folder: error %v", err)
		}
	}
}

// What is wrong with a document is reported at its file.
func TestFolderUnknownLabel(t *testing.T) {
	corpus, err := NewCorpus(Tokenizer{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []Document{{Label: "ham", Text: "a"}, {Label: "spam", Text: "b"}} {
		if err := corpus.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	words, err := corpus.Vocabulary(nil, VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := corpus.Encoder(words, Presence, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"eggs/1", "ham/2"} { // the first document, and another one
		root := folderOf(t, map[string]string{file: "a", "zebra/1": "b"})
		f, err := Open(root, ReaderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = enc.ReadSet(f, corpus.Labels())
		bad := file
		if file == "ham/2" {
			bad = "zebra/1"
		}
		if !errors.Is(err, ErrUnknownLabel) || !strings.HasPrefix(err.Error(), filepath.Join(root, bad)+": ") {
			t.Errorf("error %v, want it at %s", err, bad)
		}
	}
}

func FuzzFolderFile(f *testing.F) {
	for _, text := range []string{"See you.", "", "caf\xe9", "\uFEFF\n\nx", string(gz("x")), string(zst("x"))} {
		f.Add([]byte(text), 64)
	}
	path := filepath.Join(f.TempDir(), "1")
	f.Fuzz(func(t *testing.T, content []byte, most int) {
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		r := &folderReader{files: []folderFile{{label: "ham", path: path}}, end: 1, maxLine: most & 0xfff}
		d, err := r.Read()
		if _, ok := errors.AsType[*LineError](err); err != nil && !ok {
			t.Errorf("error %v without a place", err)
		}
		if err == nil && (d.Label != "ham" || len(d.Text) > r.maxLine || isBlank([]byte(d.Text))) {
			t.Errorf("document %+v", d)
		}
	})
}
