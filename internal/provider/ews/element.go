package ews

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
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

// lawful is a text of an answer that may be read as XML. A server in .NET writes as references what no parser takes: a bell or the end of
// a file that a program has once put into a subject, and the two halves of a smile. One such item would hide all others of its
// answer. The halves are put together, and in the place of the rest stands a blank.
func lawful(text []byte) []byte {
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("?"))
	}
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			text[i] = ' '
		}
		r, length := reference(text[i:])
		if length == 0 || permitted(r) {
			continue
		}
		in := strings.Repeat(" ", length)
		if low, more := reference(text[i+length:]); more > 0 && utf16.IsSurrogate(r) {
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				length += more
				in = fmt.Sprintf("&#x%0*X;", length-len("&#x;"), both)
			}
		}
		copy(text[i:], in)
	}
	return text
}

// reference reads a reference to a character at the start of a text, and how long it is; 0 if there is none, or one that no parser knows.
func reference(text []byte) (r rune, length int) {
	if !bytes.HasPrefix(text, []byte("&#")) { // nearly everywhere
		return 0, 0
	}
	end := bytes.IndexByte(text[:min(12, len(text))], ';')
	if end < 0 {
		return 0, 0
	}
	digits, base := string(text[2:end]), 10
	if rest, hex := strings.CutPrefix(digits, "x"); hex {
		digits, base = rest, 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	if err != nil {
		return 0, 0
	}
	return rune(n), end + 1
}

// permitted reports whether XML 1.0 has a character (section 2.2).
func permitted(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r < 0xd800 || r >= 0xe000 && r < 0xfffe || r >= 0x10000 && r <= 0x10ffff
}
