package bow

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// packing is how the bytes of a file are compressed; empty if they are not.
type packing string

const (
	gzipped packing = "gzip"
	zstded  packing = "zstd"
)

// packings are told by how a file starts, and by what its name ends in.
var packings = []struct {
	packing
	extension string
	starts    func(head []byte) bool // whether head, of at most maxMagic bytes, may be its start
}{
	{gzipped, ".gz", func(head []byte) bool { return startsLike(head, "\x1f\x8b") }},
	{zstded, ".zst", func(head []byte) bool {
		if len(head) > 0 && head[0]&0xf0 == 0x50 { // a frame to be skipped, as pzstd begins with
			return startsLike(head[1:], "\x2a\x4d\x18")
		}
		return startsLike(head, "\x28\xb5\x2f\xfd")
	}},
}

const maxMagic = 4

func startsLike(head []byte, magic string) bool {
	n := min(len(head), len(magic))
	return string(head[:n]) == magic[:n]
}

// unpack returns what r holds, unpacked if it is packed, and how it was. The function
// lets go of the memory that unpacking takes.
func unpack(r io.Reader, name string) (io.Reader, packing, func(), error) {
	// Byte by byte, and no more than it takes: somebody who types has few of them.
	var head [maxMagic]byte
	n := 0
	var found packing
	for {
		found = ""
		for _, p := range packings {
			if p.starts(head[:n]) {
				found = p.packing
			}
		}
		if found == "" || n == maxMagic {
			break
		}
		if _, err := io.ReadFull(r, head[n:n+1]); err == io.EOF {
			if n < 2 { // too few to tell
				found = ""
			}
			break
		} else if err != nil {
			return nil, "", nil, &LineError{Name: name, Err: err}
		}
		n++
	}
	for _, p := range packings {
		if p.packing != found && strings.HasSuffix(strings.ToLower(name), p.extension) {
			return nil, "", nil, &LineError{Name: name, Err: fmt.Errorf("not %s data, although the name ends in %s", p.packing, p.extension)}
		}
	}
	source := &sourceReader{r: &headReader{head[:n], r}}
	done := func() {}
	var z io.Reader
	var err error
	switch found {
	case gzipped:
		z, err = gzip.NewReader(source)
	case zstded:
		// In this goroutine, and with the window that the zstd program accepts.
		var d *zstd.Decoder
		d, err = zstd.NewReader(source, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err == nil {
			z, done = d, d.Close
		}
	default:
		return source.r, "", done, nil
	}
	u := &unpacked{z: z, source: source, packing: found}
	if err != nil {
		return nil, "", nil, &LineError{Name: name, Err: u.explain(err)}
	}
	return u, found, done, nil
}

// maxZstdWindow bounds the memory that unpacking takes: how far back a zstd file may
// refer. It is what zstd --ultra makes use of, and less than zstd --long=28 does.
const maxZstdWindow = 128 << 20

// headReader reads what was looked at already, then the rest.
type headReader struct {
	head []byte
	r    io.Reader
}

func (h *headReader) Read(p []byte) (int, error) {
	if len(h.head) == 0 {
		return h.r.Read(p)
	}
	n := copy(p, h.head)
	h.head = h.head[n:]
	return n, nil
}

// sourceReader remembers why reading ended, to tell a failing disk from a damaged file.
type sourceReader struct {
	r   io.Reader
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// unpacked says what is wrong with a file where gzip says "unexpected EOF".
type unpacked struct {
	z      io.Reader
	source *sourceReader
	packing
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	return n, u.explain(err)
}

func (u *unpacked) explain(err error) error {
	switch {
	case err == nil || err == io.EOF || u.source.err != nil:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s data is cut off: %w", u.packing, err)
	case errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("zstd data needs more than %d MiB of memory to unpack (%w); pack it without --long, or unpack it first", maxZstdWindow>>20, err)
	}
	if u.packing == gzipped {
		_, corrupt := errors.AsType[flate.CorruptInputError](err)
		if !corrupt && err != gzip.ErrHeader && err != gzip.ErrChecksum {
			return err
		}
	}
	return fmt.Errorf("%s data is damaged: %w", u.packing, err)
}

// withoutPacking is name without an extension that says how the file is packed.
func withoutPacking(name string) string {
	for _, p := range packings {
		name = strings.TrimSuffix(name, p.extension)
	}
	return name
}
