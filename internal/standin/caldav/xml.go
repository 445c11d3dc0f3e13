package caldav

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// The namespaces, and the prefixes that answers use for them.
const (
	nsDAV   = "DAV:"
	nsCal   = "urn:ietf:params:xml:ns:caldav"
	nsCS    = "http://calendarserver.org/ns/"
	nsApple = "http://apple.com/ns/ical/"
)

var prefixes = map[string]string{nsDAV: "D", nsCal: "C", nsCS: "CS", nsApple: "A"}

const declarations = ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"` +
	` xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"`

// Limits of a request's body.
const (
	maxXML      = 8 << 20
	maxDepth    = 32
	maxElements = 200_000
)

// element is a parsed XML element; text is the character data directly inside it.
type element struct {
	name     xml.Name
	attrs    []xml.Attr
	children []*element
	text     string
}

// parseXML reads one document. Doctypes are refused, so that no entity can grow.
func parseXML(r io.Reader) (*element, error) {
	d := xml.NewDecoder(r)
	var root *element
	var open []*element
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
			if count++; count > maxElements || len(open) >= maxDepth {
				return nil, errors.New("parse XML: too many elements, or too deep")
			}
			e := &element{name: t.Name, attrs: append([]xml.Attr(nil), t.Attr...)}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.children = append(parent.children, e)
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
				open[len(open)-1].text += string(t)
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

// is reports whether the element has this name.
func (e *element) is(space, local string) bool {
	return e != nil && e.name.Space == space && e.name.Local == local
}

// child is the first child of that name, or nil.
func (e *element) child(space, local string) *element {
	if e == nil {
		return nil
	}
	for _, c := range e.children {
		if c.is(space, local) {
			return c
		}
	}
	return nil
}

// attr is the value of an attribute without a namespace.
func (e *element) attr(local string) string {
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// names are those of the children.
func (e *element) names() []xml.Name {
	if e == nil {
		return nil
	}
	list := make([]xml.Name, 0, len(e.children))
	for _, c := range e.children {
		list = append(list, c.name)
	}
	return list
}

// inner writes what is inside the element as XML that stands on its own.
func (e *element) inner(b *bytes.Buffer) {
	escape(b, e.text)
	for _, c := range e.children {
		b.WriteString("<" + c.name.Local + ` xmlns="`)
		escape(b, c.name.Space)
		b.WriteByte('"')
		for _, a := range c.attrs {
			if a.Name.Space == "" && a.Name.Local != "xmlns" {
				b.WriteString(" " + a.Name.Local + `="`)
				escape(b, a.Value)
				b.WriteByte('"')
			}
		}
		b.WriteByte('>')
		c.inner(b)
		b.WriteString("</" + c.name.Local + ">")
	}
}

// readXML reads the body of a request, whose root has to be one of the names; nil for no body at all.
func readXML(r *http.Request, roots ...xml.Name) (*element, *failure) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxXML+1))
	if err != nil {
		return nil, refXML.because("read body: " + err.Error())
	}
	if len(body) > maxXML {
		return nil, refXML.because("the body is too large")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	if t := mediaType(r); t != "" && t != "application/xml" && t != "text/xml" {
		return nil, refType.because(fmt.Sprintf("%s is no XML", t))
	}
	e, err := parseXML(bytes.NewReader(body))
	if err != nil {
		return nil, refXML.because(err.Error())
	}
	for _, n := range roots {
		if e.name == n {
			return e, nil
		}
	}
	if len(roots) > 0 {
		return nil, refXML.because(fmt.Sprintf("root element {%s}%s is not for %s", e.name.Space, e.name.Local, r.Method))
	}
	return e, nil
}

// mediaType is the Content-Type without its parameters, in lower case.
func mediaType(r *http.Request) string {
	t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// escape writes text as character data or an attribute's value.
func escape(b *bytes.Buffer, s string) {
	// EscapeText fails only where the buffer does, and that panics first.
	_ = xml.EscapeText(b, []byte(s))
}

// openTag writes the start of an element, and closeTag its end.
func openTag(b *bytes.Buffer, n xml.Name) {
	if p, ok := prefixes[n.Space]; ok {
		b.WriteString("<" + p + ":" + n.Local + ">")
		return
	}
	b.WriteString("<" + n.Local + ` xmlns="`)
	escape(b, n.Space)
	b.WriteString(`">`)
}

func closeTag(b *bytes.Buffer, n xml.Name) {
	if p, ok := prefixes[n.Space]; ok {
		b.WriteString("</" + p + ":" + n.Local + ">")
		return
	}
	b.WriteString("</" + n.Local + ">")
}

// emptyTag writes an element without content.
func emptyTag(b *bytes.Buffer, n xml.Name) {
	openTag(b, n)
	closeTag(b, n)
}

// sendError answers a DAV:error body (RFC 4918 section 16).
func sendError(w http.ResponseWriter, status int, code, detail string) {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<D:error" + declarations + "><" + code + "/>")
	if detail != "" {
		b.WriteString("<CS:description>")
		escape(&b, detail)
		b.WriteString("</CS:description>")
	}
	b.WriteString("</D:error>")
	sendXML(w, status, &b)
}

func sendXML(w http.ResponseWriter, status int, b *bytes.Buffer) {
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // what fails is the connection, and then nobody is left to be told
}
