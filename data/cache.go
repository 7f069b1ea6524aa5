package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/nestnet/nestnet/internal/spill"
)

// CacheMode says where examples are kept between two passes.
type CacheMode string

// The modes. The empty one is CacheAuto.
const (
	// CacheAuto keeps examples in memory up to CacheOptions.Bytes, and in a temporary
	// file beyond.
	CacheAuto CacheMode = "auto"

	// CacheMemory keeps all examples in memory.
	CacheMemory CacheMode = "memory"

	// CacheDisk keeps all examples in a temporary file.
	CacheDisk CacheMode = "disk"
)

// ParseCacheMode returns the mode that s names; "" is CacheAuto.
func ParseCacheMode(s string) (CacheMode, error) {
	switch m := CacheMode(s); m {
	case "":
		return CacheAuto, nil
	case CacheAuto, CacheMemory, CacheDisk:
		return m, nil
	}
	return "", fmt.Errorf("data: unknown cache mode %q, want %s, %s or %s", s, CacheAuto, CacheMemory, CacheDisk)
}

// CacheOptions says how much memory examples may take. The zero value is a quarter
// of the machine's memory, and the disk beyond.
type CacheOptions struct {
	// Mode says where examples are kept. Empty means CacheAuto.
	Mode CacheMode

	// Bytes is how much memory examples may take, with CacheAuto and CacheDisk. Zero
	// means a quarter of the machine's memory, or of what its control group allows.
	Bytes int64

	// Dir is the folder of the temporary file. Empty means the one that the system
	// has for such files (TMPDIR).
	Dir string
}

// Check says which fields of o are wrong.
func (o CacheOptions) Check() error {
	_, err := ParseCacheMode(string(o.Mode))
	if o.Bytes < 0 {
		err = errors.Join(err, fmt.Errorf("data: CacheOptions.Bytes is %d, want 0 or more", o.Bytes))
	}
	return err
}

// Explicit is o with the defaults written out.
func (o CacheOptions) Explicit() CacheOptions {
	if o.Mode == "" {
		o.Mode = CacheAuto
	}
	if o.Bytes == 0 {
		o.Bytes = machineMemory() / 4
	}
	return o
}

// machineMemory is how much memory there is, 4 GiB if that cannot be known.
func machineMemory() int64 {
	memory := int64(4 << 30)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 && fields[0] == "MemTotal:" {
			if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				memory = n << 10
			}
		}
	}
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if text, err := os.ReadFile(path); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
				memory = min(memory, n)
			}
		}
	}
	return memory
}

// Cache is a Source that keeps its examples in memory if they fit, and in a
// temporary file if not.
//
// In memory it is a Set. From the file, a pass without shuffle hands out the same
// batches. A pass with one goes by windows: it takes pages of examples (some
// hundred kilobytes each) at random from the whole file until half of
// CacheOptions.Bytes is full, hands these out in random order, and takes the next
// ones. So an example may meet any other one in a batch, although not each order is
// as likely as any other. The order depends on the examples, the bound and the
// state of shuffle only.
//
// Any number of passes may be under way at the same time, each with a window of its
// own, once the examples are in.
type Cache struct {
	o     CacheOptions
	rows  int
	whole Batch // all rows; on disk: those that are not in the file yet
	file  *spill.File
	pages []cachePage
	form  Batch // a batch without rows that has what the others have
}

// cachePage is a number of examples in the file.
type cachePage struct {
	at   int64
	size int // in the file
	rows int
	sizes
}

// sizes are the lengths of the slices of a Batch.
type sizes struct{ indices, values, dense, classes, labels, targets, weights int }

// NewCache makes an empty cache.
func NewCache(o CacheOptions) (*Cache, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	c := &Cache{o: o.Explicit()}
	if c.o.Mode == CacheDisk {
		return c, c.open()
	}
	return c, nil
}

func (c *Cache) open() (err error) {
	c.file, err = spill.Create(c.o.Dir)
	if err != nil {
		return fmt.Errorf("data: cache: %w", err)
	}
	return nil
}

// Extend adds the rows of b, which must be of the same form as those before.
func (c *Cache) Extend(b *Batch) error {
	if b.Rows() == 0 {
		return nil
	}
	c.rows += b.Rows()
	if c.file == nil && c.o.Mode == CacheAuto && c.whole.bytes()+b.bytes() > c.o.Bytes {
		if err := c.open(); err != nil {
			return err
		}
		all := c.whole
		c.whole = Batch{}
		if err := c.spill(&all); err != nil {
			return err
		}
	}
	if c.file == nil {
		c.whole.Extend(b)
		return nil
	}
	return c.spill(b)
}

// Take is Extend of an empty cache by rows that fit. The cache takes over b.
func (c *Cache) Take(b Batch) error {
	if c.rows > 0 || c.file != nil || c.o.Mode == CacheAuto && b.bytes() > c.o.Bytes {
		return c.Extend(&b)
	}
	c.rows, c.whole = b.Rows(), b
	return nil
}

// bytes is the memory that the rows of b take.
func (b *Batch) bytes() int64 {
	return int64(8*len(b.Offsets) + 4*len(b.Indices) + 4*len(b.Values) + 8*len(b.Dense) +
		4*len(b.Classes) + 8*len(b.LabelOffsets) + 4*len(b.LabelIndices) + 8*len(b.Targets) + 8*len(b.Weights))
}

// pageBytes is about how large a page is. Small ones mix better, large ones are
// quicker to read.
func (c *Cache) pageBytes() int64 { return min(max(c.o.Bytes/64, 512), 256<<10) }

// spill writes the rows of b to the file, page by page.
func (c *Cache) spill(b *Batch) error {
	if c.form.Columns == 0 {
		c.form = Batch{Columns: b.Columns}
		if len(b.Offsets) > 0 {
			c.form.Offsets = []int{0}
		}
		if b.Values != nil {
			c.form.Values = []float32{}
		}
		if b.Classes != nil {
			c.form.Classes = []int32{}
		}
		if len(b.LabelOffsets) > 0 {
			c.form.LabelOffsets = []int{0}
		}
		if b.Targets != nil {
			c.form.Targets = []float64{}
		}
		if b.Weights != nil {
			c.form.Weights = []float64{}
		}
	}
	for i := range b.Rows() {
		c.whole.Columns = b.Columns
		c.whole.appendRow(b, i)
		if c.whole.bytes() >= c.pageBytes() {
			if err := c.endPage(); err != nil {
				return err
			}
		}
	}
	c.whole.nilAbsent(&c.form)
	return nil
}

// endPage writes the rows that are not in the file yet.
func (c *Cache) endPage() error {
	b := &c.whole
	p := cachePage{rows: b.Rows(), sizes: sizes{len(b.Indices), len(b.Values), len(b.Dense), len(b.Classes), len(b.LabelIndices), len(b.Targets), len(b.Weights)}}
	buf := make([]byte, 0, b.bytes()+8)
	for _, offsets := range [][]int{b.Offsets, b.LabelOffsets} {
		for i := 1; i < len(offsets); i++ {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(offsets[i]-offsets[0]))
		}
	}
	for _, part := range []any{b.Indices, b.Values, b.Dense, b.Classes, b.LabelIndices, b.Targets, b.Weights} {
		var err error
		if buf, err = binary.Append(buf, binary.LittleEndian, part); err != nil {
			return fmt.Errorf("data: cache: %w", err)
		}
	}
	var err error
	if p.at, err = c.file.Append(buf); err != nil {
		return fmt.Errorf("data: cache: %w", err)
	}
	p.size = len(buf)
	c.pages = append(c.pages, p)
	b.Reset()
	return nil
}

// read reads page i into b, using buf.
func (c *Cache) read(i int, b *Batch, buf []byte) ([]byte, error) {
	if i == len(c.pages) { // never written, since no other came after it
		b.Reset()
		b.Extend(&c.whole)
		return buf, nil
	}
	p := c.pages[i]
	buf = resize(buf, p.size)
	if err := c.file.Read(buf, p.at); err != nil {
		return buf, fmt.Errorf("data: cache: %w", err)
	}
	rest := buf
	b.Reset()
	b.Columns = c.form.Columns
	for _, part := range []struct{ offsets, form *[]int }{{&b.Offsets, &c.form.Offsets}, {&b.LabelOffsets, &c.form.LabelOffsets}} {
		if *part.form == nil {
			continue
		}
		offsets := append(*part.offsets, 0)
		for range p.rows {
			offsets = append(offsets, int(binary.LittleEndian.Uint32(rest)))
			rest = rest[4:]
		}
		*part.offsets = offsets
	}
	b.Indices, b.Values = resize(b.Indices, p.indices), resize(b.Values, p.values)
	b.Dense, b.Classes = resize(b.Dense, p.dense), resize(b.Classes, p.classes)
	b.LabelIndices = resize(b.LabelIndices, p.labels)
	b.Targets, b.Weights = resize(b.Targets, p.targets), resize(b.Weights, p.weights)
	for _, part := range []any{b.Indices, b.Values, b.Dense, b.Classes, b.LabelIndices, b.Targets, b.Weights} {
		n, err := binary.Decode(rest, binary.LittleEndian, part)
		if err != nil {
			return buf, fmt.Errorf("data: cache: %w", err)
		}
		rest = rest[n:]
	}
	b.nilAbsent(&c.form)
	return buf, nil
}

// resize gives s n elements, in new memory if it has not enough.
func resize[T any](s []T, n int) []T {
	if cap(s) < n || s == nil {
		return make([]T, n)
	}
	return s[:n]
}

// Len is the number of examples.
func (c *Cache) Len() int { return c.rows }

// InMemory returns the examples, without a copy, if they are not in a file. They are those
// of the cache, and stay when it is closed.
func (c *Cache) InMemory() (set *Set, yes bool) {
	if c.file != nil {
		return nil, false
	}
	return &Set{All: c.whole}, true
}

// OnDisk says whether the examples are in a file, and how many bytes it has.
func (c *Cache) OnDisk() (bytes int64, yes bool) {
	if c.file == nil {
		return 0, false
	}
	return c.file.Size(), true
}

// MemoryBytes is about how much memory the examples take, with the window of a
// pass.
func (c *Cache) MemoryBytes() int64 {
	if c.file == nil {
		return c.whole.bytes()
	}
	return c.o.Bytes / 2
}

// Close lets go of the examples and removes the file.
func (c *Cache) Close() error {
	c.whole, c.pages, c.rows = Batch{}, nil, 0
	if c.file == nil {
		return nil
	}
	f := c.file
	c.file = nil
	return f.Close()
}

// Pass implements Source.
func (c *Cache) Pass(size int, shuffle *rand.Rand) Pass {
	if c.file == nil {
		return (&Set{All: c.whole}).Pass(size, shuffle)
	}
	if size <= 0 || size > c.rows {
		size = max(c.rows, 1)
	}
	p := &cachePass{c: c, size: size, pages: make([]int, len(c.pages))}
	for i := range p.pages {
		p.pages[i] = i
	}
	if c.whole.Rows() > 0 {
		p.pages = append(p.pages, len(c.pages))
	}
	if shuffle != nil {
		// A source of its own: how far shuffle moves does not depend on the pass.
		p.shuffle = rand.New(rand.NewPCG(shuffle.Uint64(), shuffle.Uint64()))
		p.shuffle.Shuffle(len(p.pages), func(i, j int) { p.pages[i], p.pages[j] = p.pages[j], p.pages[i] })
	}
	return p
}

type cachePass struct {
	c       *Cache
	size    int
	shuffle *rand.Rand
	pages   []int // those to come
	window  Batch // the rows in memory
	order   []int // of them; nil: as stored
	at      int
	page    Batch
	buf     []byte
}

func (p *cachePass) Next(b *Batch) error {
	b.Reset()
	for b.Rows() < p.size {
		if p.at == p.window.Rows() {
			if len(p.pages) == 0 {
				break
			}
			if err := p.turn(); err != nil {
				return err
			}
		}
		i := p.at
		if p.order != nil {
			i = p.order[i]
		}
		b.Columns = p.window.Columns
		b.appendRow(&p.window, i)
		p.at++
	}
	if b.Rows() == 0 {
		return io.EOF
	}
	b.nilAbsent(&p.window)
	return nil
}

// turn fills the window.
func (p *cachePass) turn() (err error) {
	p.at = 0
	if p.shuffle == nil {
		p.buf, err = p.c.read(p.pages[0], &p.window, p.buf)
		p.pages = p.pages[1:]
		return err
	}
	p.window.Reset()
	for len(p.pages) > 0 && (p.window.Rows() == 0 || p.window.bytes() < p.c.o.Bytes/2-p.c.pageBytes()) {
		if p.buf, err = p.c.read(p.pages[0], &p.page, p.buf); err != nil {
			return err
		}
		p.window.Extend(&p.page)
		p.pages = p.pages[1:]
	}
	p.order = p.shuffle.Perm(p.window.Rows())
	return nil
}
