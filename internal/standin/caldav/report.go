package caldav

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// reports are those that a collection supports.
func (s *Server) reports(c *collection) []xml.Name {
	list := []xml.Name{cal("calendar-query"), cal("calendar-multiget")}
	if c.kind == kindOutbox {
		return nil
	}
	if c.kind == kindCalendar {
		list = append(list, cal("free-busy-query"))
	}
	if !s.profile.NoSync {
		list = append(list, dav("sync-collection"))
	}
	return list
}

// report answers REPORT (RFC 3253 section 3.6).
func (s *Server) report(w http.ResponseWriter, r *http.Request, res resource, who *account) *failure {
	if res.missing() {
		return refMissing.because("nothing is here")
	}
	body, f := readXML(r)
	if f != nil {
		return f
	}
	if body == nil {
		return refXML.because("a body is needed")
	}
	supported := false
	if res.kind == resCollection {
		for _, name := range s.reports(res.collection) {
			supported = supported || name == body.Name
		}
	}
	if !supported {
		return refReport.because(body.Name.Local + " is not supported here")
	}
	switch body.Name.Local {
	case "calendar-query":
		return s.query(w, r, res, who, body)
	case "calendar-multiget":
		return s.multiget(w, r, res, who, body)
	case "free-busy-query":
		return s.freeBusy(w, res, body)
	}
	return s.syncCollection(w, r, res, who, body)
}

// columns are the properties that a report asks for, calendar-data among them.
type columns struct {
	names   []xml.Name
	expand  *span
	minimal bool
}

// columnsOf reads what a report asks for.
func (s *Server) columnsOf(w http.ResponseWriter, r *http.Request, body *element, res resource, who *account) (columns, *failure) {
	c := columns{minimal: prefersMinimal(w, r)}
	prop := body.Child(nsDAV, "prop")
	if prop == nil {
		c.names = s.allprop(s.objectResource(res.collection, &object{}), who)
		return c, nil
	}
	c.names = prop.Names()
	if e := prop.Child(nsCal, "calendar-data").Child(nsCal, "expand"); e != nil && !s.profile.NoExpand {
		between, ok := spanOf(e)
		if !ok || between.from.IsZero() || between.to.IsZero() {
			return c, refFilter.because("expand needs start and end in UTC")
		}
		c.expand = &between
	}
	return c, nil
}

// row writes one object.
func (s *Server) row(m *multistatus, c columns, x resource, who *account) {
	m.props(s.href(x.path), c.names, c.minimal, func(n xml.Name, b *bytes.Buffer) bool {
		if n != cal("calendar-data") {
			return s.property(n, b, x, who)
		}
		raw := x.object.raw
		if c.expand != nil {
			raw = expanded(raw, *c.expand)
		}
		escapeData(b, raw)
		return true
	})
}

// escapeData writes iCalendar as character data; line ends stay readable, and a CR survives the parser.
func escapeData(b *bytes.Buffer, raw []byte) {
	for len(raw) > 0 {
		i := bytes.IndexAny(raw, "&<>\r")
		if i < 0 {
			break
		}
		b.Write(raw[:i])
		switch raw[i] {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '\r':
			b.WriteString("&#13;")
		}
		raw = raw[i+1:]
	}
	b.Write(raw)
}

// multiget answers the objects that are named (RFC 4791 section 7.9).
func (s *Server) multiget(w http.ResponseWriter, r *http.Request, res resource, who *account, body *element) *failure {
	cols, f := s.columnsOf(w, r, body, res, who)
	if f != nil {
		return f
	}
	m := newMultistatus()
	asked := 0
	for _, e := range body.Children {
		if !e.Is(nsDAV, "href") {
			continue
		}
		asked++
		x, f := s.find(hrefPath(e.Text))
		switch {
		case f == nil && x.object != nil && x.collection == res.collection:
			s.row(m, cols, x, who)
		case !s.profile.MissingOmitted:
			m.status(strings.TrimSpace(e.Text), http.StatusNotFound)
		}
	}
	if asked == 0 {
		return refXML.because("calendar-multiget without href")
	}
	m.send(w)
	return nil
}

// hrefPath is the decoded path of an href, which may be a whole address.
func hrefPath(href string) string {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return strings.TrimSpace(href) // one that is not encoded at all, as SOGo writes them
	}
	return u.Path
}

// query answers the objects that fit a filter (RFC 4791 section 7.8). Without Depth it means the collection alone,
// which fits nothing.
func (s *Server) query(w http.ResponseWriter, r *http.Request, res resource, who *account, body *element) *failure {
	cols, f := s.columnsOf(w, r, body, res, who)
	if f != nil {
		return f
	}
	fil, f := parseFilter(body.Child(nsCal, "filter"), s.profile.NoPropFilter)
	if f != nil {
		return f
	}
	m := newMultistatus()
	if d := strings.ToLower(r.Header.Get("Depth")); d == "1" || d == "infinity" {
		for _, o := range res.collection.sorted() {
			if fil.fits(o) {
				s.row(m, cols, s.objectResource(res.collection, o), who)
			}
		}
	}
	m.send(w)
	return nil
}

// freeBusy answers busy time as VFREEBUSY (RFC 4791 section 7.10).
func (s *Server) freeBusy(w http.ResponseWriter, res resource, body *element) *failure {
	between, ok := spanOf(body.Child(nsCal, "time-range"))
	if !ok || between.from.IsZero() || between.to.IsZero() {
		return refFilter.because("time-range needs start and end in UTC")
	}
	fb := &component{name: "VFREEBUSY"}
	stamp := func(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
	for _, p := range [][2]string{
		{"UID", res.collection.name}, {"DTSTAMP", stamp(s.now())}, {"DTSTART", stamp(between.from)}, {"DTEND", stamp(between.to)},
	} {
		fb.props = append(fb.props, property{name: p[0], value: p[1]})
	}
	for _, o := range res.collection.sorted() {
		for _, x := range busySpans(o, between) {
			fb.props = append(fb.props, property{name: "FREEBUSY", value: stamp(x.from) + "/" + stamp(x.to)})
		}
	}
	root := &component{name: "VCALENDAR", comps: []*component{fb}, props: []property{
		{name: "VERSION", value: "2.0"}, {name: "PRODID", value: prodID},
	}}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	_, _ = w.Write(root.bytes()) // what fails is the connection, and then nobody is left to be told
	return nil
}
