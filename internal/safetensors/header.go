package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// prefixSize is the size of the header's length, before the header.
	prefixSize = 8

	// maxHeader is the longest header there may be, in bytes. The reference
	// implementation has the same limit.
	maxHeader = 100_000_000
)

// entry is what the header says of one tensor. Its values lie at
// data[begin:end].
type entry struct {
	name       string
	pos        int // where in the header the entry begins
	dtype      dtype
	shape      []int
	begin, end int
}

// parseHeader takes a header apart and checks its entries against a data buffer
// of the given size. It returns them in the order of their data. Its errors are
// *FormatError.
func parseHeader(text []byte, dataSize int64) (map[string]string, []entry, error) {
	if len(text) == 0 || text[0] != '{' {
		return nil, nil, headerError(0, "", errors.New("header does not begin with '{'"))
	}
	if !utf8.Valid(text) {
		pos := 0
		for {
			r, size := utf8.DecodeRune(text[pos:])
			if r == utf8.RuneError && size == 1 {
				return nil, nil, headerError(pos, "", errors.New("header is not UTF-8"))
			}
			pos += size
		}
	}

	s := &scanner{text: text}
	var metadata map[string]string
	var entries []entry
	seen := make(map[string]struct{})
	err := s.object(func(pos int, key string) error {
		if key == metadataKey {
			if metadata != nil {
				return s.fail(pos, "key %s twice in header", quote(key))
			}
			var err error
			metadata, err = s.metadata()
			return err
		}
		if _, twice := seen[key]; twice {
			return headerError(pos, "", fmt.Errorf("key %s twice in header", quote(key)))
		}
		seen[key] = struct{}{}
		e, err := s.tensor()
		if err == nil {
			e.name, e.pos = key, pos
			err = e.check(dataSize)
		}
		if err != nil {
			var at *syntaxError
			if errors.As(err, &at) {
				return headerError(at.pos, key, at.err)
			}
			return headerError(pos, key, err)
		}
		entries = append(entries, e)
		return nil
	})
	if err == nil {
		err = s.end()
	}
	if at, ok := err.(*syntaxError); ok {
		err = headerError(at.pos, "", at.err)
	}
	if err != nil {
		return nil, nil, err
	}
	if metadata == nil {
		metadata = make(map[string]string)
	}

	// Stable, so that tensors without values stay in the header's order.
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	covered := 0
	for _, e := range entries {
		switch {
		case e.begin < covered:
			return nil, nil, headerError(e.pos, e.name, fmt.Errorf("data_offsets [%d, %d] overlap another tensor, which ends at %d", e.begin, e.end, covered))
		case e.begin > covered:
			return nil, nil, headerError(e.pos, e.name, fmt.Errorf("data_offsets [%d, %d] leave a gap after %d", e.begin, e.end, covered))
		}
		covered = e.end
	}
	if int64(covered) != dataSize {
		return nil, nil, &FormatError{
			Offset: prefixSize + int64(len(text)) + int64(covered),
			Err:    fmt.Errorf("tensors cover %d bytes of data, the file has %d", covered, dataSize),
		}
	}
	return metadata, entries, nil
}

func headerError(pos int, tensor string, err error) error {
	return &FormatError{Offset: prefixSize + int64(pos), Tensor: tensor, Err: err}
}

// metadata takes an object of strings.
func (s *scanner) metadata() (map[string]string, error) {
	m := make(map[string]string)
	err := s.object(func(pos int, key string) error {
		if _, twice := m[key]; twice {
			return s.fail(pos, "key %s twice in %s", quote(key), metadataKey)
		}
		value, err := s.string()
		m[key] = value
		return err
	})
	return m, err
}

// tensor takes the object of one tensor.
func (s *scanner) tensor() (entry, error) {
	var e entry
	var hasDtype, hasShape, hasOffsets bool
	once := func(pos int, key string, has *bool) error {
		if *has {
			return s.fail(pos, "key %q twice", key)
		}
		*has = true
		return nil
	}
	err := s.object(func(pos int, key string) error {
		switch key {
		case "dtype":
			if err := once(pos, key, &hasDtype); err != nil {
				return err
			}
			s.peek()
			pos := s.pos
			name, err := s.string()
			if err != nil {
				return err
			}
			e.dtype = dtype(name)
			if e.dtype.size() == 0 {
				return s.fail(pos, "%w %s, want F32, F64 or I64", ErrDtype, quote(name))
			}
			return nil
		case "shape":
			if err := once(pos, key, &hasShape); err != nil {
				return err
			}
			var err error
			e.shape, err = s.integers()
			return err
		case "data_offsets":
			if err := once(pos, key, &hasOffsets); err != nil {
				return err
			}
			offsets, err := s.integers()
			if err != nil {
				return err
			}
			if len(offsets) != 2 {
				return s.fail(pos, "%d data_offsets, want 2", len(offsets))
			}
			e.begin, e.end = offsets[0], offsets[1]
			return nil
		}
		return s.fail(pos, "unknown key %s", quote(key))
	})
	if err != nil {
		return entry{}, err
	}
	var missing []string
	for _, field := range []struct {
		key string
		has bool
	}{{"dtype", hasDtype}, {"shape", hasShape}, {"data_offsets", hasOffsets}} {
		if !field.has {
			missing = append(missing, field.key)
		}
	}
	if missing != nil {
		return entry{}, fmt.Errorf("no %s", strings.Join(missing, ", no "))
	}
	return e, nil
}

// check compares the entry's type, shape and offsets with each other and with
// the size of the data buffer.
func (e *entry) check(dataSize int64) error {
	n, err := elements(e.shape)
	if err != nil {
		return err
	}
	if e.begin > e.end {
		return fmt.Errorf("data_offsets [%d, %d] run backwards", e.begin, e.end)
	}
	if int64(e.end) > dataSize {
		return fmt.Errorf("data_offsets [%d, %d] end after the %d bytes of data", e.begin, e.end, dataSize)
	}
	have, size := e.end-e.begin, e.dtype.size()
	if have%size != 0 || have/size != n { // n·size might overflow
		return fmt.Errorf("data_offsets [%d, %d] hold %d bytes, want %d × %d for %s of shape %s", e.begin, e.end, have, n, size, e.dtype, brief(e.shape))
	}
	return nil
}

var errHeaderTooLong = fmt.Errorf("header over %d bytes, which cannot be read again", maxHeader)

// formatHeader checks f and returns its header, padded, and the indices of its
// tensors in the order of their data.
func formatHeader(f *File) (header []byte, order []int, err error) {
	var b bytes.Buffer
	b.WriteByte('{')
	if len(f.Metadata) > 0 {
		if err := formatMetadata(&b, f.Metadata); err != nil {
			return nil, nil, err
		}
	}

	dtypes := make([]dtype, len(f.Tensors))
	order = make([]int, len(f.Tensors))
	for i := range f.Tensors {
		order[i] = i
		if dtypes[i], err = checkTensor(&f.Tensors[i]); err != nil {
			return nil, nil, fmt.Errorf("tensor %s: %w", quote(f.Tensors[i].Name), err)
		}
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(
			-cmp.Compare(dtypes[i].size(), dtypes[j].size()),
			cmp.Compare(f.Tensors[i].Name, f.Tensors[j].Name))
	})
	names := make(map[string]bool, len(f.Tensors))
	begin := int64(0)
	for _, i := range order {
		t := &f.Tensors[i]
		if names[t.Name] {
			return nil, nil, fmt.Errorf("tensor %s: name occurs twice", quote(t.Name))
		}
		names[t.Name] = true
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		_, n, _ := t.dtype()
		end := begin + int64(n)*int64(dtypes[i].size())
		writeString(&b, t.Name)
		fmt.Fprintf(&b, `:{"dtype":"%s","shape":[`, dtypes[i])
		for k, dim := range t.Shape {
			if k > 0 {
				b.WriteByte(',')
			}
			fmt.Fprint(&b, dim)
		}
		fmt.Fprintf(&b, `],"data_offsets":[%d,%d]}`, begin, end)
		begin = end
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	if b.Len() > maxHeader {
		return nil, nil, errHeaderTooLong
	}
	return b.Bytes(), order, nil
}

// formatMetadata appends the header's entry for the metadata.
func formatMetadata(b *bytes.Buffer, metadata map[string]string) error {
	keys := make([]string, 0, len(metadata))
	for key := range metadata {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	fmt.Fprintf(b, `"%s":{`, metadataKey)
	for i, key := range keys {
		value := metadata[key]
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return fmt.Errorf("metadata %s: not UTF-8", quote(key))
		}
		if len(key)+len(value) > maxHeader-b.Len() { // before it costs memory
			return errHeaderTooLong
		}
		if i > 0 {
			b.WriteByte(',')
		}
		writeString(b, key)
		b.WriteByte(':')
		writeString(b, value)
	}
	b.WriteByte('}')
	return nil
}

// checkTensor checks a tensor that is to be written, and returns its type.
func checkTensor(t *Tensor) (dtype, error) {
	if t.Name == metadataKey {
		return "", errors.New("name is reserved for the metadata")
	}
	if !utf8.ValidString(t.Name) {
		return "", errors.New("name is not UTF-8")
	}
	d, have, err := t.dtype()
	if err != nil {
		return "", err
	}
	want, err := elements(t.Shape)
	if err != nil {
		return "", err
	}
	if have != want {
		return "", fmt.Errorf("%d values, want %d for shape %s", have, want, brief(t.Shape))
	}
	return d, nil
}

// writeString appends s, which is UTF-8, as a JSON string.
func writeString(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string can always be encoded
	}
	b.Truncate(b.Len() - 1) // the encoder's newline
}
