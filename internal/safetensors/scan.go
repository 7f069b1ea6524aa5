package safetensors

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner takes a header apart, from left to right. It knows the JSON that a
// header can hold, which is strings, integers ≥ 0, arrays of these and objects,
// and tells the offset at which a text departs from it.
//
// Package encoding/json would do, but that it takes the last of two equal keys,
// puts U+FFFD for what is no character, and allocates for each token.
type scanner struct {
	text []byte // valid UTF-8
	pos  int
}

// syntaxError is an error at a place in the header.
type syntaxError struct {
	pos int
	err error
}

func (e *syntaxError) Error() string { return e.err.Error() }

func (s *scanner) fail(pos int, format string, args ...any) error {
	return &syntaxError{pos, fmt.Errorf(format, args...)}
}

// peek returns the next byte after white space, and 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// expect takes the byte want.
func (s *scanner) expect(want byte) error {
	if s.peek() != want {
		return s.unexpected(fmt.Sprintf("%q", want))
	}
	s.pos++
	return nil
}

func (s *scanner) unexpected(want string) error {
	s.peek()
	if s.pos == len(s.text) {
		return s.fail(s.pos, "header ends early, want %s", want)
	}
	r, _ := utf8.DecodeRune(s.text[s.pos:])
	return s.fail(s.pos, "unexpected %q in header, want %s", r, want)
}

// end checks that nothing follows.
func (s *scanner) end() error {
	if s.peek(); s.pos < len(s.text) {
		return s.unexpected("only spaces after the last '}'")
	}
	return nil
}

// object takes an object and calls entry for each key, with the scanner before
// the key's value. It is for entry to take the value and refuse a key it knows.
func (s *scanner) object(entry func(pos int, key string) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		s.peek()
		pos := s.pos
		key, err := s.string()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := entry(pos, key); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return nil
		default:
			return s.unexpected("',' or '}'")
		}
	}
}

// integers takes an array of integers.
func (s *scanner) integers() ([]int, error) {
	if err := s.expect('['); err != nil {
		return nil, err
	}
	if s.peek() == ']' {
		s.pos++
		return []int{}, nil
	}
	// Their number is known beforehand, so the slice need not grow.
	rest := s.text[s.pos:]
	length := bytes.IndexByte(rest, ']')
	if length < 0 {
		return nil, s.fail(s.pos, "array without ']' in header")
	}
	list := make([]int, 0, 1+bytes.Count(rest[:length], []byte{','}))
	for {
		n, err := s.integer()
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return list, nil
		default:
			return nil, s.unexpected("',' or ']'")
		}
	}
}

// integer takes an integer from 0 to the largest int.
func (s *scanner) integer() (int, error) {
	c := s.peek()
	start := s.pos
	switch {
	case c == '-':
		return 0, s.fail(start, "negative number in header")
	case c < '0' || c > '9':
		return 0, s.unexpected("a whole number")
	}
	n := 0
	for ; s.pos < len(s.text); s.pos++ {
		c := s.text[s.pos]
		if c < '0' || c > '9' {
			break
		}
		if s.pos == start+1 && s.text[start] == '0' {
			return 0, s.fail(start, "number with a leading 0 in header")
		}
		digit := int(c - '0')
		if n > (math.MaxInt-digit)/10 {
			return 0, s.fail(start, "number over %d in header", math.MaxInt)
		}
		n = 10*n + digit
	}
	return n, nil
}

// string takes a string.
func (s *scanner) string() (string, error) {
	if s.peek() != '"' {
		return "", s.unexpected("a string")
	}
	start := s.pos
	s.pos++
	begin := s.pos
	var unescaped []byte // once there is an escape, what stood before begin
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			rest := s.text[begin:s.pos]
			s.pos++
			if unescaped == nil {
				return string(rest), nil
			}
			return string(append(unescaped, rest...)), nil
		case c < ' ':
			return "", s.fail(s.pos, "control character %q in a string of the header", c)
		case c == '\\':
			unescaped = append(unescaped, s.text[begin:s.pos]...)
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			unescaped = utf8.AppendRune(unescaped, r)
			begin = s.pos
		default:
			s.pos++
		}
	}
	return "", s.fail(start, "string without end in header")
}

var errEscape = errors.New("bad escape in a string of the header")

// escape takes an escape, which for a character beyond U+FFFF is two \u.
func (s *scanner) escape() (rune, error) {
	start := s.pos
	if s.pos+1 == len(s.text) {
		return 0, &syntaxError{start, errEscape}
	}
	c := s.text[s.pos+1]
	if c != 'u' {
		i := bytes.IndexByte([]byte(`"\/bfnrt`), c)
		if i < 0 {
			return 0, &syntaxError{start, errEscape}
		}
		s.pos += 2
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	r, ok := s.unicode()
	if ok && utf16.IsSurrogate(r) {
		var low rune
		low, ok = s.unicode()
		r = utf16.DecodeRune(r, low)
		ok = ok && r != utf8.RuneError // U+FFFD itself is no pair
	}
	if !ok {
		return 0, &syntaxError{start, errEscape}
	}
	return r, nil
}

// unicode takes a \u and its four hexadecimal digits.
func (s *scanner) unicode() (r rune, ok bool) {
	if len(s.text)-s.pos < 6 || s.text[s.pos] != '\\' || s.text[s.pos+1] != 'u' {
		return 0, false
	}
	for _, c := range s.text[s.pos+2 : s.pos+6] {
		r <<= 4
		switch {
		case '0' <= c && c <= '9':
			r |= rune(c - '0')
		case 'a' <= c && c <= 'f':
			r |= rune(c - 'a' + 10)
		case 'A' <= c && c <= 'F':
			r |= rune(c - 'A' + 10)
		default:
			return 0, false
		}
	}
	s.pos += 6
	return r, true
}
