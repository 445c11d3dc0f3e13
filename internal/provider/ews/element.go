package ews

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// The namespaces of Exchange's schemas, and of SOAP 1.1.
const (
	spaceSOAP     = "http://schemas.xmlsoap.org/soap/envelope/"
	spaceMessages = "http://schemas.microsoft.com/exchange/services/2006/messages"
	spaceTypes    = "http://schemas.microsoft.com/exchange/services/2006/types"
)

// schema is the version of the schema that requests are written in. It has everything that is asked for here, and every server
// that is still supported knows it; one that does not is too old for us.
const schema = "Exchange2013_SP1"

// element is an element of a request. Its name has a prefix of the envelope's, "m:" or "t:". The order of the kids is the
// schema's: Exchange refuses any other.
type element struct {
	name  string
	attrs []string // name, value, name, value…
	text  string
	kids  []element
}

// el is an element with kids; those without a name are left out.
func el(name string, kids ...element) element {
	e := element{name: name}
	for _, k := range kids {
		if k.name != "" {
			e.kids = append(e.kids, k)
		}
	}
	return e
}

// word is an element that holds a text.
func word(name, text string) element { return element{name: name, text: text} }

// with adds attributes: name, value, name, value….
func (e element) with(attrs ...string) element {
	e.attrs = attrs
	return e
}

// unless leaves an element out.
func (e element) unless(left bool) element {
	if left {
		return element{}
	}
	return e
}

func (e *element) write(b *bytes.Buffer) {
	b.WriteString("<" + e.name)
	for i := 0; i+1 < len(e.attrs); i += 2 {
		b.WriteString(" " + e.attrs[i] + `="`)
		escape(b, e.attrs[i+1])
		b.WriteByte('"')
	}
	if e.text == "" && len(e.kids) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	escape(b, e.text)
	for i := range e.kids {
		e.kids[i].write(b)
	}
	b.WriteString("</" + e.name + ">")
}

// escape writes a text so that it is read as it is. What XML cannot hold, as a bell, becomes U+FFFD.
func escape(b *bytes.Buffer, s string) {
	_ = xml.EscapeText(b, []byte(s)) // a buffer takes everything
}

// envelope is the whole of a request.
func envelope(operation element) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := el("s:Envelope",
		el("s:Header", el("t:RequestServerVersion").with("Version", schema)),
		el("s:Body", operation),
	).with("xmlns:s", spaceSOAP, "xmlns:m", spaceMessages, "xmlns:t", spaceTypes)
	e.write(&b)
	return b.Bytes()
}

// boolean is a text of xs:boolean.
func boolean(v bool) string {
	if v {
		return "true"
	}
	return "false"
}

// lawful is a text of an answer that may be read as XML: Exchange writes what a mail program has once put into a subject, a bell
// or the end of a file, as a reference that no parser takes, and one such item would hide all others of its answer. In its
// place stands a blank.
func lawful(text []byte) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			text[i] = ' '
		case c == '&' && i+2 < len(text) && text[i+1] == '#':
			end := bytes.IndexByte(text[i:min(i+10, len(text))], ';')
			if end > 0 && !permitted(string(text[i+2:i+end])) {
				copy(text[i:], strings.Repeat(" ", end+1))
			}
		}
	}
	return text
}

// permitted reports whether a character reference, without its frame, names a character of XML 1.0 (section 2.2).
func permitted(reference string) bool {
	n, base := 0, 10
	digits := reference
	if rest, hex := strings.CutPrefix(strings.ToLower(reference), "x"); hex {
		base, digits = 16, rest
	}
	for _, d := range []byte(digits) {
		v := strings.IndexByte("0123456789abcdef", d)
		if v < 0 || v >= base {
			return true // no reference: the parser says so
		}
		n = n*base + v
	}
	return n == '\t' || n == '\n' || n == '\r' || n >= ' ' && n < 0xd800 || n >= 0xe000 && n < 0xfffe || n >= 0x10000 && n <= 0x10ffff
}
