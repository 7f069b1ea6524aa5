package bow

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func gz(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return b.Bytes()
}

func TestOpen(t *testing.T) {
	const tsv = "ham\ta\n"
	dir := t.TempDir()
	for _, test := range []struct {
		name     string
		content  []byte
		o        ReaderOptions
		detected string
		want     string
	}{
		{"a.tsv", []byte(tsv), ReaderOptions{}, "tsv, by its extension", "1:ham|a\n"},
		{"A.TSV", []byte(tsv), ReaderOptions{}, "tsv, by its extension", "1:ham|a\n"},
		{"a.csv", []byte("label,text\nham,a\n"), ReaderOptions{}, "csv, by its extension", "2:ham|a\n"},
		{"a.jsonl", []byte(`{"label":"ham","text":"a"}`), ReaderOptions{}, "jsonl, by its extension", "1:ham|a\n"},
		{"a.json", []byte(`{"label":"ham","text":"a"}`), ReaderOptions{}, "jsonl, by its extension", "1:ham|a\n"},
		{"a.ft", []byte("__label__ham a\n"), ReaderOptions{}, "fasttext, by its extension", "1:ham|a\n"},
		{"a.fasttext", []byte("__label__ham a\n"), ReaderOptions{}, "fasttext, by its extension", "1:ham|a\n"},
		{"a.txt", []byte("__label__ham a\n"), ReaderOptions{}, "fasttext, by its first line", "1:ham|a\n"},
		{"b.txt", []byte(tsv), ReaderOptions{}, "tsv, by its first line", "1:ham|a\n"},
		{"c.txt", []byte("see you, bye\n"), ReaderOptions{Unlabelled: true}, "tsv, a text on each line", "1:|see you, bye\n"},
		{"d.txt", []byte("ham\tb\n"), ReaderOptions{Format: TSV}, "tsv, as asked for", "1:ham|b\n"},
		{"e.txt", nil, ReaderOptions{}, "tsv, as there is no line to tell by", ""},
		{"x", []byte("x"), ReaderOptions{Unlabelled: true}, "tsv, a text on each line", "1:|x\n"}, // one byte: no room for magic
		{"a.tsv.gz", gz(tsv), ReaderOptions{}, "tsv in gzip, by its extension", "1:ham|a\n"},
		{"a.csv.GZ", gz("label,text\nham,a\n"), ReaderOptions{}, "csv in gzip, by its extension", "2:ham|a\n"},
		{"by-magic.tsv", gz(tsv), ReaderOptions{}, "tsv in gzip, by its extension", "1:ham|a\n"},
		{"by-magic", gz(tsv), ReaderOptions{}, "tsv in gzip, by its first line", "1:ham|a\n"},
		{"two-members.tsv.gz", append(gz("ham\ta\nha"), gz("m\tb\n")...), ReaderOptions{}, "tsv in gzip, by its extension", "1:ham|a\n2:ham|b\n"},
	} {
		path := filepath.Join(dir, test.name)
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path, test.o)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := show(ReadDocuments(f)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
		if f.Detected() != test.detected || f.Name() != path || !strings.HasPrefix(test.detected, string(f.Format())) {
			t.Errorf("%s: detected %q, name %s, format %s; want %q", test.name, f.Detected(), f.Name(), f.Format(), test.detected)
		}
		if err := f.Close(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	long := gz(strings.Repeat("ham\tsome text that compresses\n", 1000) + "ham\tlast\n")
	damaged := bytes.Clone(long)
	damaged[len(damaged)/2] ^= 0xff
	checksum := bytes.Clone(long)
	checksum[len(checksum)-6] ^= 0xff

	dir := t.TempDir()
	for _, test := range []struct {
		name    string
		content []byte
		o       ReaderOptions
		want    string // after the path
		is      error
	}{
		{"cut.tsv.gz", long[:len(long)-8], ReaderOptions{}, ":1002: gzip data is cut off: unexpected EOF", io.ErrUnexpectedEOF},
		{"header-cut.tsv.gz", long[:5], ReaderOptions{}, ": gzip data is cut off: unexpected EOF", io.ErrUnexpectedEOF},
		{"checksum.tsv.gz", checksum, ReaderOptions{}, ":1002: gzip data is damaged: gzip: invalid checksum", gzip.ErrChecksum},
		{"method.tsv.gz", []byte("\x1f\x8bxxxxxxxxxx"), ReaderOptions{}, ": gzip data is damaged: gzip: invalid header", gzip.ErrHeader},
		{"trailing.tsv.gz", append(gz("ham\ta\n"), "rubbish rubbish"...), ReaderOptions{}, ":2: gzip data is damaged: gzip: invalid header", gzip.ErrHeader},
		{"plain.tsv.gz", []byte("ham\ta\n"), ReaderOptions{}, ": not gzip data, although the name ends in .gz", nil},
		{"empty.tsv.gz", nil, ReaderOptions{}, ": not gzip data, although the name ends in .gz", nil},
		{"unknown", []byte("see you\n"), ReaderOptions{}, ":1: cannot tell the format by the name or the first line; say which it is: tsv, csv, jsonl or fasttext", nil},
		{"latin1.tsv", []byte("ham\tcaf\xe9\n"), ReaderOptions{}, ":1: not valid UTF-8 (convert the text first, for example with iconv)", ErrInvalidUTF8},
	} {
		path := filepath.Join(dir, test.name)
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path, test.o)
		if err == nil {
			_, err = ReadDocuments(f)
			f.Close()
		}
		if err == nil || err.Error() != path+test.want || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: error %v, want …%s", test.name, err, test.want)
		}
	}

	// Where in the file a flipped byte shows depends on the bytes.
	path := filepath.Join(dir, "damaged.tsv.gz")
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path, ReaderOptions{})
	if err == nil {
		_, err = ReadDocuments(f)
		f.Close()
	}
	if _, ok := errors.AsType[*LineError](err); !ok || !strings.HasPrefix(err.Error(), path) {
		t.Errorf("damaged: error %v, want one with the path and a line", err)
	}

	if _, err := Open(filepath.Join(dir, "missing.tsv"), ReaderOptions{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "missing.tsv") {
		t.Errorf("missing file: error %v", err)
	}
	if _, err := Open(path, ReaderOptions{Format: "xml"}); err == nil || !strings.Contains(err.Error(), `unknown format "xml"`) {
		t.Errorf("options: error %v", err)
	}
}

func TestOpenStdin(t *testing.T) {
	for _, in := range []string{"ham\ta\n", string(gz("ham\ta\n"))} {
		f, err := OpenStdin(iotest.OneByteReader(strings.NewReader(in)), ReaderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := show(ReadDocuments(f)); got != "1:ham|a\n" || f.Name() != "stdin" || f.Close() != nil {
			t.Errorf("got %q, name %q", got, f.Name())
		}
	}
	f, err := OpenStdin(strings.NewReader("ham\ta\nb\n"), ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadDocuments(f); err == nil || err.Error() != "stdin:2: no tab between label and text" {
		t.Errorf("error %v", err)
	}
	broken := errors.New("broken")
	if _, err := OpenStdin(iotest.ErrReader(broken), ReaderOptions{}); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

// With a pipe, a document must come out when its line has come in: reading on
// before handing it out would block a chat that waits for the answer.
func TestReaderDoesNotWait(t *testing.T) {
	for format, lines := range map[Format][]string{
		TSV:      {"ham\ta\n"},
		CSV:      {"label,text\n", "ham,a\n"},
		JSONL:    {`{"label":"ham","text":"a"}` + "\n"},
		FastText: {"__label__ham a\n"},
	} {
		for _, asked := range []Format{format, Auto} {
			in, out := io.Pipe()
			go func() {
				for _, l := range lines {
					io.WriteString(out, l)
				}
				// Left open: what needs more than this blocks, and the test times out.
			}()
			f, err := OpenStdin(in, ReaderOptions{Format: asked})
			if err != nil {
				t.Fatal(err)
			}
			if d, err := f.Read(); err != nil || d.Label != "ham" || d.Text != "a" {
				t.Errorf("%s: %+v, %v", format, d, err)
			}
			out.Close()
		}
	}
}

// Files are read in the order given, with those that a pattern matches in its place.
func TestOpenFiles(t *testing.T) {
	t.Chdir(writeFiles(t, map[string][]byte{"a.tsv": []byte("a\t1\n"), "b1.tsv": []byte("b\t1\n"), "b2.csv": []byte("label,text\nb,2\n"), "c.tsv": []byte("c\t1\n")}))
	for _, row := range []struct{ paths, want string }{
		{"c.tsv b* a.tsv", "c1 b1 b2 a1"},
		{"a.tsv a.tsv", "a1 a1"},
		{"b*", "b1 b2"},
		{"a.tsv none.tsv", "none.tsv"},
		{"a.tsv none*", "none*"},
	} {
		f, err := OpenFiles(strings.Fields(row.paths), ReaderOptions{})
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), " "+row.want+": ") {
				t.Errorf("%s: %v", row.paths, err)
			}
			continue
		}
		var got []string
		for d, err := f.Read(); err != io.EOF; d, err = f.Read() {
			if err != nil {
				t.Fatalf("%s: %v", row.paths, err)
			}
			got = append(got, d.Label+d.Text)
		}
		if text := strings.Join(got, " "); text != row.want {
			t.Errorf("%s: read %q, want %q", row.paths, text, row.want)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if f, err := OpenFiles(nil, ReaderOptions{}); err == nil {
		t.Errorf("no files make %v", f.Name())
	}
}
