package ews

import (
	"bytes"
	"encoding/xml"
	"slices"
)

// node is an XML element to be written; its name has the prefix that every answer declares.
type node struct {
	name  string
	attrs []string // name, value, name, value…
	text  string
	kids  []node
}

// el is an element with children.
func el(name string, kids ...node) node { return node{name: name, kids: kids} }

// tx is an element with text.
func tx(name, text string) node { return node{name: name, text: text} }

// with adds attributes: name, value, name, value…
func (n node) with(attrs ...string) node {
	n.attrs = append(slices.Clone(n.attrs), attrs...)
	return n
}

func (n node) write(b *bytes.Buffer) {
	b.WriteString("<" + n.name)
	for i := 0; i+1 < len(n.attrs); i += 2 {
		b.WriteString(" " + n.attrs[i] + `="`)
		escape(b, n.attrs[i+1])
		b.WriteByte('"')
	}
	if n.text == "" && len(n.kids) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	escape(b, n.text)
	for _, k := range n.kids {
		k.write(b)
	}
	b.WriteString("</" + n.name + ">")
}

// escape writes text as character data or an attribute's value; it fails only where the buffer does, and that panics first.
func escape(b *bytes.Buffer, s string) { _ = xml.EscapeText(b, []byte(s)) }

// truth writes a boolean.
func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
