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

// node is an element of an answer, by its local name.
type node struct {
	name  string
	attrs map[string]string
	text  string
	kids  []*node
}

// all are the elements of a name below this one, at any depth, in order.
func (n *node) all(name string) (out []*node) {
	for _, k := range n.kids {
		if k.name == name {
			out = append(out, k)
		}
		out = append(out, k.all(name)...)
	}
	return out
}

// first is the first of them; an empty element if there is none.
func (n *node) first(name string) *node {
	if list := n.all(name); len(list) > 0 {
		return list[0]
	}
	return &node{}
}

// String is the element as one line, for comparing.
func (n *node) String() string {
	var b strings.Builder
	b.WriteString(n.name)
	for _, a := range []string{"BodyType", "Id", "PropertyName"} {
		if v := n.attrs[a]; v != "" {
			b.WriteString(" " + a + "=" + v)
		}
	}
	if s := strings.TrimSpace(n.text); s != "" {
		b.WriteString(" " + s)
	}
	for _, k := range n.kids {
		b.WriteString(" (" + k.String() + ")")
	}
	return b.String()
}

func parse(text []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	root := &node{}
	open := []*node{root}
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
			k := &node{name: t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				k.attrs[a.Name.Local] = a.Value
			}
			top.kids = append(top.kids, k)
			open = append(open, k)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
}

// send performs an operation and answers its messages. One that refuses is an error.
func (c *Calendar) send(operation, body string) ([]*node, error) {
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
	list := root.all(operation + "ResponseMessage")
	for _, m := range list {
		if m.attrs["ResponseClass"] == "Error" {
			return nil, fmt.Errorf("%s: %s", operation, m.first("ResponseCode").text)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no message in the answer", operation)
	}
	return list, nil
}

// text is a text inside XML.
func text(s string) string { return html.EscapeString(s) }
