package caldav

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"tahti/internal/standin"
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

// maxXML is how much of a body is read.
const maxXML = 8 << 20

// element is a parsed XML element.
type element = standin.Element

// inner writes what is inside the element as XML that stands on its own.
func inner(e *element, b *bytes.Buffer) {
	escape(b, e.Text)
	for _, c := range e.Children {
		b.WriteString("<" + c.Name.Local + ` xmlns="`)
		escape(b, c.Name.Space)
		b.WriteByte('"')
		for _, a := range c.Attrs {
			if a.Name.Space == "" && a.Name.Local != "xmlns" {
				b.WriteString(" " + a.Name.Local + `="`)
				escape(b, a.Value)
				b.WriteByte('"')
			}
		}
		b.WriteByte('>')
		inner(c, b)
		b.WriteString("</" + c.Name.Local + ">")
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
	e, err := standin.ParseXML(bytes.NewReader(body))
	if err != nil {
		return nil, refXML.because(err.Error())
	}
	for _, n := range roots {
		if e.Name == n {
			return e, nil
		}
	}
	if len(roots) > 0 {
		return nil, refXML.because(fmt.Sprintf("root element {%s}%s is not for %s", e.Name.Space, e.Name.Local, r.Method))
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
