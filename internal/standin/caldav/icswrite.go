package caldav

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// setParam replaces or adds a parameter; an empty value removes it.
func (p *property) setParam(name, value string) {
	kept := make([]param, 0, len(p.params)+1)
	for _, x := range p.params {
		if x.name != name {
			kept = append(kept, x)
		}
	}
	if value != "" {
		kept = append(kept, param{name: name, values: []string{value}})
	}
	p.params = kept
}

// set puts a property where the first of its name stands, or at the end, and removes all others of that name. A nil
// replacement removes only.
func (c *component) set(name string, p *property) {
	kept := make([]property, 0, len(c.props)+1)
	for _, x := range c.props {
		switch {
		case x.name != name:
			kept = append(kept, x)
		case p != nil:
			kept = append(kept, *p)
			p = nil
		}
	}
	if p != nil {
		kept = append(kept, *p)
	}
	c.props = kept
}

// setText sets a text property, or removes it if the text is empty. Parameters that the property has are kept.
func (c *component) setText(name, text string) {
	if text == c.text(name) {
		return
	}
	if text == "" {
		c.set(name, nil)
		return
	}
	p := property{name: name}
	if old := c.prop(name); old != nil {
		p.params = old.params
	}
	p.value = escapeText(text)
	c.set(name, &p)
}

// encode writes the component, lines folded at 75 octets.
func (c *component) encode(b *bytes.Buffer) {
	b.WriteString("BEGIN:" + c.name + "\r\n")
	for i := range c.props {
		fold(b, c.props[i].line())
	}
	for _, x := range c.comps {
		x.encode(b)
	}
	b.WriteString("END:" + c.name + "\r\n")
}

// bytes is the component as text.
func (c *component) bytes() []byte {
	var b bytes.Buffer
	c.encode(&b)
	return b.Bytes()
}

// line is the content line, not folded.
func (p *property) line() string {
	var b strings.Builder
	b.WriteString(p.name)
	for _, x := range p.params {
		b.WriteString(";" + x.name)
		for i, v := range x.values {
			b.WriteByte("=,"[min(i, 1)])
			if strings.ContainsAny(v, ";:,") && !x.bare {
				v = `"` + v + `"`
			}
			b.WriteString(v)
		}
	}
	return b.String() + ":" + p.value
}

// fold writes one line in pieces of at most 75 octets that never split a character (RFC 5545 section 3.1).
func fold(b *bytes.Buffer, line string) {
	for width := 75; len(line) > width; width = 74 {
		cut := width
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut] + "\r\n ")
		line = line[cut:]
	}
	b.WriteString(line + "\r\n")
}

var (
	textEscaper   = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)
	textUnescaper = strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n", `\N`, "\n")
)

func escapeText(s string) string   { return textEscaper.Replace(s) }
func unescapeText(s string) string { return textUnescaper.Replace(s) }
