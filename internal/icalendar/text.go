package icalendar

import (
	"strings"
	"unicode/utf8"
)

var textEscapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

// escapeText writes free text (RFC 5545 section 3.3.11).
func escapeText(s string) string { return textEscapes.Replace(cleanText(s)) }

// unescapeText reads free text. A backslash that escapes nothing is kept: people type C:\temp into calendars that do not
// escape it.
func unescapeText(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return cleanText(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch next := s[i+1]; next {
		case 'n', 'N':
			b.WriteByte('\n')
		case '\\', ';', ',', ':', '"':
			b.WriteByte(next)
		default:
			b.WriteByte('\\')
			continue
		}
		i++
	}
	return cleanText(b.String())
}

// cleanText is the normal form of text in an event: valid UTF-8, line feeds as line ends, no other control characters
// than tabs. JSON and databases could not hold the rest.
func cleanText(s string) string {
	if isClean(s) {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r < ' ' && r != '\n' && r != '\t', r == 0x7f:
			return -1
		}
		return r
	}, s)
}

func isClean(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return utf8.ValidString(s[i:]) && strings.IndexFunc(s[i:], isControl) < 0
		case isControl(rune(c)):
			return false
		}
	}
	return true
}

func isControl(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }

// oneLine keeps a raw value from breaking out of its line.
func oneLine(s string) string {
	if strings.IndexFunc(s, isLineBreaking) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isLineBreaking(r) {
			return -1
		}
		return r
	}, s)
}

func isLineBreaking(r rune) bool { return isControl(r) || r == '\n' }
