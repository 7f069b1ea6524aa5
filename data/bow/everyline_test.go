package bow

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// outcome writes what a reader makes of each line: its number and text, or ! and why not.
func outcome(r Reader) string {
	var b strings.Builder
	for {
		d, err := r.Read()
		switch {
		case err == io.EOF:
			return b.String()
		case skipped(err):
			fmt.Fprintf(&b, "%d! ", err.(*LineError).Line)
		case err != nil:
			fmt.Fprintf(&b, "end: %v", err)
			return b.String()
		default:
			fmt.Fprintf(&b, "%d:%s ", d.Line, d.Text)
		}
	}
}

func TestEveryLine(t *testing.T) {
	long := strings.Repeat("x", 21)
	longer := strings.Repeat("y", 200_000) // than a buffer
	for _, row := range []struct {
		name, file, text string
		o                ReaderOptions
		want             string
	}{
		{"blank lines", "f.txt", "\n \na\n\n\nb\n\n", ReaderOptions{}, "1: 2: 3:a 4: 5: 6:b 7: "},
		{"nothing but blank lines", "f.txt", "\n\n", ReaderOptions{}, "1: 2: "},
		{"nothing", "f.txt", "", ReaderOptions{}, ""},
		{"no last line end", "f.txt", "a\n\nb", ReaderOptions{}, "1:a 2: 3:b "},
		{"bytes", "f.txt", "a\nb\xff\nc\n", ReaderOptions{}, "1:a 2! 3:c "},
		{"bytes and blank lines first", "f.txt", "\n\xff\n\na\n", ReaderOptions{}, "1: 2! 3: 4:a "},
		{"nothing but bytes", "f.txt", "\xff\n\xfe", ReaderOptions{}, "1! 2! "},
		{"too long", "f.txt", "a\n" + long + "\nb\n" + longer + "\nc\n" + longer, ReaderOptions{}, "1:a 2! 3:b 4! 5:c 6! "},
		{"too long first", "f.txt", longer + "\r\n\r\na\r\n", ReaderOptions{}, "1! 2: 3:a "},
		{"column", "f.tsv", "x\ta\nb\n\nx\tc\n", ReaderOptions{TextColumn: "2"}, "1:a 2! 3: 4:c "},
		{"json", "f.jsonl", `{"text":"a"}` + "\n\n{\n[1]\n" + `{"text":1}` + "\n" + `{"text":"b"}`, ReaderOptions{}, "1:a 2: 3! 4! 5! 6:b "},
		{"json by its first whole line", "f", "\xff\n\n" + `{"text":"a"}` + "\n", ReaderOptions{}, "1! 2: 3:a "},
		{"fasttext", "f.ft", "__label__x a\n\nb\n", ReaderOptions{}, "1:a 2: 3:b "},
		{"csv", "f.csv", "id,text\n1,a\n2\n\n3,\"b\nc\"\n4,d\"\n5,e\n", ReaderOptions{TextColumn: "text"}, "2:a 3! 5:b\nc 7! 8:e "},
		{"csv, bytes in a field of two lines", "f.csv", "id,text\n1,\"a\xff\n,\"\n2,b\n", ReaderOptions{TextColumn: "text"}, "2! 4:b "},
		{"csv, bytes in the second line", "f.csv", "id,text\n1,\"a\n,\xff\"\n2,b\n", ReaderOptions{TextColumn: "text"}, "3! 4:b "},
		{"csv, too long", "f.csv", "id,text\n1," + long + "\n2,b\n", ReaderOptions{TextColumn: "text"}, "2! 3:b "},
		{"csv, open quote", "f.csv", "id,text\n1,\"a\n2,b\n", ReaderOptions{TextColumn: "text"}, "2! "},
	} {
		o := row.o
		o.Unlabelled, o.EveryLine, o.MaxLine = true, true, 20
		for name, r := range map[string]io.Reader{"": strings.NewReader(row.text), ", byte by byte": iotest.OneByteReader(strings.NewReader(row.text))} {
			rd, err := NewReader(r, row.file, o)
			if err != nil {
				t.Errorf("%s%s: %v", row.name, name, err)
				continue
			}
			if got := outcome(rd); got != row.want {
				t.Errorf("%s%s: %q, want %q", row.name, name, got, row.want)
			}
			if _, err := rd.Read(); err != io.EOF {
				t.Errorf("%s%s: after the end %v", row.name, name, err)
			}
		}
	}
}

// What is wrong with the file and not with a line, is the end all the same.
func TestEveryLineEnds(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("a\n\xff\nb"), iotest.ErrReader(io.ErrClosedPipe))
	rd, err := NewReader(broken, "f.txt", ReaderOptions{Unlabelled: true, EveryLine: true})
	if err != nil {
		t.Fatal(err)
	}
	const want = "1:a 2! end: f.txt:3: io: read/write on closed pipe"
	if got := outcome(rd); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := outcome(rd); got != strings.TrimPrefix(want, "1:a 2! ") {
		t.Errorf("once more: %q", got)
	}
	if _, err := NewReader(strings.NewReader(""), "f.txt", ReaderOptions{EveryLine: true}); err == nil || !strings.Contains(err.Error(), "needs Unlabelled") {
		t.Errorf("with labels: %v", err)
	}
}

func TestEveryFile(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"1": "a", "2": "b\xff", "3": "", "4": "c"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Open(folder, ReaderOptions{Unlabelled: true, EveryLine: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, want := outcome(f), "1:a 1! 0! 4:c "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A text has as many answers as lines, whatever stands on them, and every format comes to
// an end.
func FuzzEveryLine(f *testing.F) {
	for _, text := range []string{"a\n\nb\xff\n", "\r\n\xff", "text\n\"a\xff\n\"\nb\"", `{"text":"a"}` + "\n{", "__label__x a\n", "\uFEFF\n", strings.Repeat("y", 70_000) + "\na"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n")
		if !strings.HasSuffix(text, "\n") && text != "" {
			lines++
		}
		for _, format := range []Format{TSV, CSV, JSONL, FastText} {
			rd, err := NewReader(strings.NewReader(text), "f", ReaderOptions{Format: format, Unlabelled: true, EveryLine: true, MaxLine: 50})
			if err != nil {
				continue
			}
			n := 0
			for {
				d, err := rd.Read()
				if err == io.EOF {
					break
				}
				if err != nil && !skipped(err) {
					t.Fatalf("%s: %v in %q", format, err, text)
				}
				if n++; n > lines {
					t.Fatalf("%s: answer %d of %d lines in %q", format, n, lines, text)
				}
				line := d.Line
				if err != nil {
					line = err.(*LineError).Line
				}
				if format != CSV && line != n {
					t.Fatalf("%s: answer %d is of line %d in %q", format, n, line, text)
				}
			}
			if format != CSV && n != lines {
				t.Fatalf("%s: %d answers to %d lines in %q", format, n, lines, text)
			}
		}
	})
}
