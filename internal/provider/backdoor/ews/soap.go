package ews

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"
)

// The namespaces of Exchange's schemas.
const (
	messages = "http://schemas.microsoft.com/exchange/services/2006/messages"
	types    = "http://schemas.microsoft.com/exchange/services/2006/types"
)

// Node is an element of an answer, by its local name.
type Node struct {
	Name  string
	Attrs map[string]string
	Text  string
	Kids  []*Node
}

// All are the elements of a name below this one, at any depth, in order.
func (n *Node) All(name string) (out []*Node) {
	for _, k := range n.Kids {
		if k.Name == name {
			out = append(out, k)
		}
		out = append(out, k.All(name)...)
	}
	return out
}

// First is the first of them; an empty element if there is none.
func (n *Node) First(name string) *Node {
	if list := n.All(name); len(list) > 0 {
		return list[0]
	}
	return &Node{}
}

// String is the element as one line, for comparing.
func (n *Node) String() string {
	var b strings.Builder
	b.WriteString(n.Name)
	for _, a := range []string{"BodyType", "Id", "PropertyName"} {
		if v := n.Attrs[a]; v != "" {
			b.WriteString(" " + a + "=" + v)
		}
	}
	if s := strings.TrimSpace(n.Text); s != "" {
		b.WriteString(" " + s)
	}
	for _, k := range n.Kids {
		b.WriteString(" (" + k.String() + ")")
	}
	return b.String()
}

func parse(text []byte) (*Node, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	root := &Node{}
	open := []*Node{root}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			k := &Node{Name: t.Name.Local, Attrs: map[string]string{}}
			for _, a := range t.Attr {
				k.Attrs[a.Name.Local] = a.Value
			}
			top.Kids = append(top.Kids, k)
			open = append(open, k)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.Text += string(t)
		}
	}
}

// Ask performs an operation and answers its messages. One that refuses is an error.
func (c *Calendar) Ask(operation, body string) ([]*Node, error) {
	envelope := `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="` + messages +
		`" xmlns:t="` + types + `"><soap:Header><t:RequestServerVersion Version="Exchange2013_SP1"/></soap:Header><soap:Body>` + body + `</soap:Body></soap:Envelope>`
	status, answer, err := c.Do(http.MethodPost, "", []byte(envelope), http.Header{
		"Content-Type": {"text/xml; charset=utf-8"}, "Soapaction": {`"` + messages + "/" + operation + `"`},
	})
	if err != nil {
		return nil, err
	}
	root, err := parse(answer)
	if err != nil {
		return nil, fmt.Errorf("%s: HTTP %d: %w", operation, status, err)
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("%s: HTTP %d: %.300s", operation, status, answer)
	}
	list := root.All(operation + "ResponseMessage")
	for _, m := range list {
		if m.Attrs["ResponseClass"] == "Error" {
			return nil, fmt.Errorf("%s: %s", operation, m.First("ResponseCode").Text)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no message in the answer", operation)
	}
	return list, nil
}

// Text is a text inside XML.
func Text(s string) string { return html.EscapeString(s) }
