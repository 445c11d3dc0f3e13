package caldav

import (
	"bytes"
	"fmt"
	"regexp"
)

// What stands between "<!" or "<?" and its end: CDATA, which is text, and what says nothing.

func (s *scanner) bang() (token, error) {
	head, err := s.r.Peek(2)
	if err != nil {
		return 0, err
	}
	if string(head) == "--" {
		return 0, s.skipPast("-->")
	}
	if head, err = s.r.Peek(7); err != nil {
		return 0, err
	}
	if string(head) != "[CDATA[" || len(s.open) == 0 {
		// <!DOCTYPE html> is a login page; any other is the way to entities that expand.
		return 0, fmt.Errorf("read xml: <!%.7s is not taken", head)
	}
	if _, err := s.r.Discard(len(head)); err != nil {
		return 0, err
	}
	s.text, s.cut = s.text[:0], false
	for end := 0; end < 3; { // how much of "]]>" was seen
		c, err := s.r.ReadByte()
		if err != nil {
			return 0, err
		}
		switch {
		case end < 2 && c == ']', end == 2 && c == '>':
			end++
			continue
		case end == 2 && c == ']':
			s.addText([]byte{']'})
			continue
		}
		s.addText([]byte("]]"[:end]))
		s.addText([]byte{c})
		end = 0
	}
	return textRun, nil
}

var declaredEncoding = regexp.MustCompile(`\sencoding\s*=\s*["']([^"']*)["']`)

// instruction skips what says nothing, but refuses a declaration of another encoding than UTF-8: read as if it were, text
// beyond ASCII would be garbled without a word.
func (s *scanner) instruction() error {
	if head, err := s.r.Peek(4); err != nil || string(head) != "xml " {
		return s.skipPast("?>")
	}
	raw, err := s.readTag()
	if err != nil {
		return err
	}
	m := declaredEncoding.FindSubmatch(raw)
	if m == nil || bytes.EqualFold(m[1], []byte("utf-8")) || bytes.EqualFold(m[1], []byte("us-ascii")) {
		return nil
	}
	return fmt.Errorf("read xml: the encoding %.40q is not taken", m[1])
}

// skipPast discards input up to and with mark.
func (s *scanner) skipPast(mark string) error {
	var last [3]byte
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return err
		}
		last[0], last[1], last[2] = last[1], last[2], c
		if string(last[3-len(mark):]) == mark {
			return nil
		}
	}
}
