package bow

import (
	"bufio"
	"bytes"
	"io"
	"math/bits"
	"os"
	"sync"
)

// A file may be cut into parts at borders: where a record starts. In a file with a record a
// line that is found by looking at the bytes around. In CSV, where a line may be the middle of
// a quoted field, it takes all that comes before, and what is packed is not known at all
// before it is unpacked; of these files a list of places is made in a pass of its own.

// border is a place in a file, unpacked, where a record starts and none is under way.
type border struct {
	at    int64 // bytes before it
	lines int   // lines before it
}

// maxBorders is how many places of a file are kept at most: parts are equal to within a
// few thousandths of the file, or to a record.
const maxBorders = 8192

// borders are places of one file, in their order.
type borders struct {
	list []border
	gap  int64  // bytes between two of them, at least
	end  border // the whole file
}

// add adds a place behind the others, unless it is too near to the last one.
func (c *borders) add(p border) {
	if n := len(c.list); n > 0 && p.at-c.list[n-1].at < c.gap {
		return
	}
	if c.list = append(c.list, p); len(c.list) < maxBorders {
		return
	}
	c.gap = max(2*c.gap, 2*p.at/maxBorders)
	all := c.list
	c.list = c.list[:1]
	for _, p := range all[1:] {
		if p.at-c.list[len(c.list)-1].at >= c.gap {
			c.list = append(c.list, p)
		}
	}
}

// place returns the first place at the share x/of of the file or behind it.
func (c *borders) place(x, of int64) border {
	switch {
	case x == 0:
		return border{}
	case x == of:
		return c.end
	}
	high, low := bits.Mul64(uint64(x), uint64(c.end.at))
	at, _ := bits.Div64(high, low, uint64(of))
	for _, p := range c.list {
		if p.at >= int64(at) {
			return p
		}
	}
	return c.end
}

// findBorders goes through a file that is unpacked. Of CSV it takes no place before the end of
// the header. It goes by the number of quotes before a line end, and that is right as far as
// the file is right CSV; whoever reads the first wrong record says so.
func findBorders(r io.Reader, isCSV bool) (*borders, error) {
	c := &borders{gap: 1}
	b := bufio.NewReaderSize(r, 256<<10)
	quotes, header := 0, !isCSV
	blank := true // the record under way
	for {
		part, err := b.ReadSlice('\n')
		if isCSV {
			quotes += bytes.Count(part, quote)
		}
		if !header {
			if c.end.at == 0 {
				blank = isBlank(bytes.TrimPrefix(part, byteOrderMark))
			} else {
				blank = blank && isBlank(part)
			}
		}
		c.end.at += int64(len(part))
		switch err {
		case bufio.ErrBufferFull:
			continue
		case io.EOF:
			if len(part) > 0 {
				c.end.lines++
			}
			return c, nil
		case nil:
		default:
			return nil, err
		}
		c.end.lines++
		if quotes%2 == 1 {
			continue
		}
		if header = header || !blank; header {
			c.add(c.end)
		}
		blank = true
	}
}

var quote = []byte(`"`)

// lineStart returns where the first line starts that does so at byte at or behind it; size
// if there is none.
func lineStart(f io.ReaderAt, at, size int64) (int64, error) {
	if at == 0 || at >= size {
		return min(at, size), nil
	}
	// The line end before counts too.
	from := at - 1
	buf := make([]byte, 4<<10)
	for from < size {
		n, err := f.ReadAt(buf[:min(int64(len(buf)), size-from)], from)
		if i := bytes.IndexByte(buf[:n], '\n'); i >= 0 {
			return from + int64(i) + 1, nil
		}
		if from += int64(n); err != nil && err != io.EOF {
			return 0, err
		}
		if n == 0 {
			break
		}
		buf = make([]byte, min(2*len(buf), 1<<20))
	}
	return size, nil
}

// linesBefore returns a function that counts the lines of a file before a place; −1 if it
// cannot. It does so when it is first called, since only errors want to know.
func linesBefore(path string, at int64) func() int {
	return sync.OnceValue(func() int {
		f, err := os.Open(path)
		if err != nil {
			return -1
		}
		defer f.Close()
		n := 0
		buf := make([]byte, 256<<10)
		for r := io.LimitReader(f, at); ; {
			k, err := r.Read(buf)
			n += bytes.Count(buf[:k], newline)
			if err == io.EOF {
				return n
			}
			if err != nil {
				return -1
			}
		}
	})
}
