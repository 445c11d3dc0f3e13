package icalendar

import (
	"strings"
	"unicode/utf8"
)

// foldAt is the most octets that a line should have, its line end not counted (RFC 5545 section 3.1).
const foldAt = 75

// AppendText writes the component with CRLF line ends. A property that nobody touched is written byte for byte as it
// came, but for line ends that were LF; others are folded at 75 octets, never within a character.
func (c *Component) AppendText(b []byte) []byte {
	b = append(append(append(b, "BEGIN:"...), c.Name...), "\r\n"...)
	next := 0
	for i := range c.Properties {
		for next < len(c.Children) && c.Children[next].after <= i {
			b = c.Children[next].AppendText(b)
			next++
		}
		b = c.Properties[i].appendText(b)
	}
	for ; next < len(c.Children); next++ {
		b = c.Children[next].AppendText(b)
	}
	return append(append(append(b, "END:"...), c.Name...), "\r\n"...)
}

func (p *Property) appendText(b []byte) []byte {
	if p.raw != "" {
		return appendRaw(b, p.raw)
	}
	start := len(b)
	b = append(append(append(append(b, p.name...), p.params...), ':'), p.value...)
	if len(b)-start <= foldAt {
		return append(b, "\r\n"...)
	}
	return append(fold(b[:start], string(b[start:])), "\r\n"...)
}

// appendRaw copies physical lines and gives each the proper line end.
func appendRaw(b []byte, raw string) []byte {
	for raw != "" {
		var line string
		line, raw, _ = strings.Cut(raw, "\n")
		for len(line) > 0 && line[len(line)-1] == '\r' {
			line = line[:len(line)-1]
		}
		b = append(append(b, line...), "\r\n"...)
	}
	return b
}

func fold(b []byte, line string) []byte {
	room := foldAt
	for len(line) > room {
		cut := room
		for cut > room-utf8.UTFMax && !utf8.RuneStart(line[cut]) {
			cut--
		}
		if !utf8.RuneStart(line[cut]) { // not UTF-8: cut anywhere
			cut = room
		}
		b = append(append(b, line[:cut]...), "\r\n "...)
		line = line[cut:]
		room = foldAt - 1 // the space counts
	}
	return append(b, line...)
}
