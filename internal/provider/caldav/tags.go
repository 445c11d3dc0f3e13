package caldav

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// readTag reads up to the '>' that ends a tag, which is not one inside quotes.
func (s *scanner) readTag() ([]byte, error) {
	chunk, err := s.r.ReadSlice('>')
	if err == nil && bytes.IndexByte(chunk, '"') < 0 && bytes.IndexByte(chunk, '\'') < 0 {
		return chunk[:len(chunk)-1], nil // by far the most frequent form
	}
	s.tag = s.tag[:0]
	quote := byte(0)
	for {
		for _, c := range chunk {
			switch {
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case c == quote:
				quote = 0
			}
		}
		s.tag = append(s.tag, chunk...)
		switch {
		case len(s.tag) > maxTag:
			return nil, errors.New("read xml: a tag without end")
		case err == nil && quote == 0:
			return s.tag[:len(s.tag)-1], nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
		chunk, err = s.r.ReadSlice('>')
	}
}

// attributes binds namespaces and keeps the attribute "name"; no other says anything in CalDAV.
func (s *scanner) attributes(b []byte) error {
	for {
		b = bytes.TrimLeft(b, " \t\r\n")
		if len(b) == 0 {
			return nil
		}
		key, rest, found := bytes.Cut(b, []byte{'='})
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if !found || len(rest) < 2 || (rest[0] != '"' && rest[0] != '\'') {
			return fmt.Errorf("read xml: bad attribute %.40q", b)
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return fmt.Errorf("read xml: bad attribute %.40q", b)
		}
		value, err := unescape(rest[1 : 1+end])
		if err != nil {
			return err
		}
		b = rest[end+2:]
		switch key := bytes.TrimRight(key, " \t\r\n"); {
		case string(key) == "xmlns":
			s.spaces = append(s.spaces, binding{"", string(s.intern(value))})
		case bytes.HasPrefix(key, []byte("xmlns:")):
			s.spaces = append(s.spaces, binding{string(s.intern(key[len("xmlns:"):])), string(s.intern(value))})
		case string(key) == "name":
			s.attr = string(value)
		}
		if len(s.spaces) > maxTag/16 {
			return errors.New("read xml: too many namespaces")
		}
	}
}

// unescape replaces character references and the five predefined entities, in place: what they stand for is never
// longer than they are. Others cannot have been declared.
func unescape(b []byte) ([]byte, error) {
	amp := bytes.IndexByte(b, '&')
	if amp < 0 {
		return b, nil
	}
	out := b[:amp]
	for b = b[amp:]; len(b) > 0; {
		end := bytes.IndexByte(b[:min(len(b), 12)], ';')
		if end < 0 {
			return nil, fmt.Errorf("read xml: bad reference %.12q", b)
		}
		r, ok := reference(b[1:end])
		if !ok {
			return nil, fmt.Errorf("read xml: unknown reference %q", b[:end+1])
		}
		out = utf8.AppendRune(out, r)
		b = b[end+1:]
		if amp = bytes.IndexByte(b, '&'); amp < 0 {
			amp = len(b)
		}
		out = append(out, b[:amp]...)
		b = b[amp:]
	}
	return out, nil
}

func reference(b []byte) (rune, bool) {
	switch string(b) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(b) < 2 || b[0] != '#' {
		return 0, false
	}
	digits, base := string(b[1:]), 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, false
	}
	return rune(n), true
}
