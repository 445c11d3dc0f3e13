package caldav

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
)

// multistatus builds a 207 (RFC 4918 section 13) in one buffer.
type multistatus struct{ b bytes.Buffer }

func newMultistatus() *multistatus {
	m := &multistatus{}
	m.b.WriteString(xml.Header + "<D:multistatus" + declarations + ">")
	return m
}

// begin opens a response.
func (m *multistatus) begin(href string) {
	m.b.WriteString("<D:response><D:href>")
	escape(&m.b, href)
	m.b.WriteString("</D:href>")
}

func (m *multistatus) end() { m.b.WriteString("</D:response>\n") }

func (m *multistatus) statusLine(status int) {
	fmt.Fprintf(&m.b, "<D:status>HTTP/1.1 %d %s</D:status>", status, http.StatusText(status))
}

// status is a response that is a status and nothing else, as for what was deleted.
func (m *multistatus) status(href string, status int) {
	m.begin(href)
	m.statusLine(status)
	m.end()
}

// failed is a response that says what went wrong.
func (m *multistatus) failed(href string, status int, code, detail string) {
	m.begin(href)
	m.statusLine(status)
	if code != "" {
		m.b.WriteString("<D:error><" + code + "/></D:error>")
	}
	if detail != "" {
		m.b.WriteString("<D:responsedescription>")
		escape(&m.b, detail)
		m.b.WriteString("</D:responsedescription>")
	}
	m.end()
}

// props is a response with properties: write says whether it has the property, and writes its content. Those that it
// has not stand under 404, unless minimal (RFC 8144 section 2.1).
func (m *multistatus) props(href string, names []xml.Name, minimal bool, write func(xml.Name, *bytes.Buffer) bool) {
	m.begin(href)
	m.b.WriteString("<D:propstat><D:prop>")
	var missing []xml.Name
	for _, n := range names {
		at := m.b.Len()
		openTag(&m.b, n)
		if !write(n, &m.b) {
			m.b.Truncate(at)
			missing = append(missing, n)
			continue
		}
		closeTag(&m.b, n)
	}
	m.b.WriteString("</D:prop>")
	m.statusLine(http.StatusOK)
	m.b.WriteString("</D:propstat>")
	if len(missing) > 0 && !minimal {
		m.b.WriteString("<D:propstat><D:prop>")
		for _, n := range missing {
			emptyTag(&m.b, n)
		}
		m.b.WriteString("</D:prop>")
		m.statusLine(http.StatusNotFound)
		m.b.WriteString("</D:propstat>")
	}
	m.end()
}

// token writes the sync-token that goes with the answer.
func (m *multistatus) token(t string) {
	m.b.WriteString("<D:sync-token>")
	escape(&m.b, t)
	m.b.WriteString("</D:sync-token>")
}

func (m *multistatus) send(w http.ResponseWriter) {
	m.b.WriteString("</D:multistatus>")
	sendXML(w, http.StatusMultiStatus, &m.b)
}
