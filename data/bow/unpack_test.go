package bow

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

func zst(text string, o ...zstd.EOption) []byte {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, o...)
	if err != nil {
		panic(err)
	}
	io.WriteString(z, text)
	z.Close()
	return b.Bytes()
}

// A frame that unpackers pass over.
var skippable = []byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc")

func TestOpenZstd(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name     string
		content  []byte
		detected string
		want     string
	}{
		{"a.tsv.zst", zst("ham\ta\n"), "tsv in zstd, by its extension", "1:ham|a\n"},
		{"a.csv.ZST", zst("label,text\nham,a\n"), "csv in zstd, by its extension", "2:ham|a\n"},
		{"by-magic", zst("ham\ta\n"), "tsv in zstd, by its first line", "1:ham|a\n"},
		{"two-frames.tsv.zst", append(zst("ham\ta\nha"), zst("m\tb\n")...), "tsv in zstd, by its extension", "1:ham|a\n2:ham|b\n"},
		{"skipped.tsv.zst", append(bytes.Clone(skippable), zst("ham\ta\n")...), "tsv in zstd, by its extension", "1:ham|a\n"},
		// What starts as packed data does, but is none.
		{"p.tsv", []byte("P\ta\n"), "tsv, by its extension", "1:P|a\n"},
		{"bracket.tsv", []byte("(\ta\n"), "tsv, by its extension", "1:(|a\n"},
	} {
		path := filepath.Join(dir, test.name)
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path, ReaderOptions{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := show(ReadDocuments(f)); got != test.want || f.Detected() != test.detected {
			t.Errorf("%s: got %q, detected %q; want %q, %q", test.name, got, f.Detected(), test.want, test.detected)
		}
		if err := f.Close(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestOpenZstdErrors(t *testing.T) {
	long := zst(strings.Repeat("ham\tsome text that compresses\n", 1000)+"ham\tlast\n", zstd.WithEncoderCRC(true))
	checksum := bytes.Clone(long)
	checksum[len(checksum)-1] ^= 0xff
	// A header that asks for a window of 1 GiB, as zstd --long=30 writes.
	window := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00}
	dir := t.TempDir()
	for _, test := range []struct {
		name    string
		content []byte
		want    string // after the path
		is      error
	}{
		{"cut.tsv.zst", long[:len(long)-6], ": zstd data is cut off", io.ErrUnexpectedEOF},
		{"header-cut.tsv.zst", long[:5], ": zstd data is cut off", io.ErrUnexpectedEOF},
		{"checksum.tsv.zst", checksum, ": zstd data is damaged: ", zstd.ErrCRCMismatch},
		{"trailing.tsv.zst", append(zst("ham\ta\n"), "rubbish rubbish"...), ": zstd data is damaged: ", zstd.ErrMagicMismatch},
		{"window.tsv.zst", window, ": zstd data needs more than 128 MiB of memory to unpack", zstd.ErrWindowSizeExceeded},
		{"plain.tsv.zst", []byte("ham\ta\n"), ": not zstd data, although the name ends in .zst", nil},
		{"gzip.tsv.zst", gz("ham\ta\n"), ": not zstd data, although the name ends in .zst", nil},
		{"zstd.tsv.gz", zst("ham\ta\n"), ": not gzip data, although the name ends in .gz", nil},
	} {
		path := filepath.Join(dir, test.name)
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path, ReaderOptions{})
		if err == nil {
			_, err = ReadDocuments(f)
			f.Close()
		}
		if _, ok := errors.AsType[*LineError](err); !ok || !strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), test.want) ||
			test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: error %v, want …%s", test.name, err, test.want)
		}
	}
}

// A disk that fails is not a damaged file.
func TestUnpackPassesOnErrors(t *testing.T) {
	broken := errors.New("broken")
	for name, packed := range map[string][]byte{"gzip": gz(strings.Repeat("ham\ta\n", 100)), "zstd": zst(strings.Repeat("ham\ta\n", 100))} {
		r := io.MultiReader(bytes.NewReader(packed[:len(packed)/2]), iotest.ErrReader(broken))
		f, err := OpenStdin(r, ReaderOptions{Format: TSV})
		if err == nil {
			_, err = ReadDocuments(f)
		}
		if !errors.Is(err, broken) || strings.Contains(err.Error(), "damaged") || strings.Contains(err.Error(), "cut off") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	for _, b := range [][]byte{gz("ham\ta\n"), zst("ham\ta\n"), append(bytes.Clone(skippable), zst("ham\ta\n")...), []byte("ham\ta\n"), {0x28, 0xb5}, {0x1f}, {}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, packing, done, err := unpack(bytes.NewReader(b), "x")
		if err != nil {
			return
		}
		defer done()
		n, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20))
		if packing == "" && (err != nil || int(n) != len(b)) {
			t.Errorf("plain data of %d bytes gives %d, %v", len(b), n, err)
		}
	})
}
