package standin

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// Limits of a document.
const (
	MaxDepth    = 32
	maxElements = 200_000
)

// Element is a parsed XML element; Text is the character data directly inside it.
type Element struct {
	Name     xml.Name
	Attrs    []xml.Attr
	Children []*Element
	Text     string
}

// ParseXML reads one document; how long it may be is the caller's to say. Doctypes are refused, so that no entity can
// grow or reach out.
func ParseXML(r io.Reader) (*Element, error) {
	d := xml.NewDecoder(r)
	var root *Element
	var open []*Element
	count := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("parse XML: %w", err)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return nil, errors.New("parse XML: a DTD is not taken")
		case xml.StartElement:
			if count++; count > maxElements || len(open) >= MaxDepth {
				return nil, errors.New("parse XML: too many elements, or too deep")
			}
			e := &Element{Name: t.Name, Attrs: append([]xml.Attr(nil), t.Attr...)}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.Children = append(parent.Children, e)
			} else if root == nil {
				root = e
			} else {
				return nil, errors.New("parse XML: two root elements")
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].Text += string(t)
			} else if len(bytes.TrimSpace(t)) > 0 {
				return nil, errors.New("parse XML: text outside the root element")
			}
		}
	}
	if root == nil {
		return nil, errors.New("parse XML: empty")
	}
	return root, nil
}

// Is reports whether the element has this name.
func (e *Element) Is(space, local string) bool {
	return e != nil && e.Name.Space == space && e.Name.Local == local
}

// Child is the first child of that name, or nil.
func (e *Element) Child(space, local string) *Element {
	if e == nil {
		return nil
	}
	for _, c := range e.Children {
		if c.Is(space, local) {
			return c
		}
	}
	return nil
}

// Attr is the value of an attribute without a namespace.
func (e *Element) Attr(local string) string {
	for _, a := range e.Attrs {
		if a.Name.Space == "" && a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// Names are those of the children.
func (e *Element) Names() []xml.Name {
	if e == nil {
		return nil
	}
	list := make([]xml.Name, 0, len(e.Children))
	for _, c := range e.Children {
		list = append(list, c.Name)
	}
	return list
}
