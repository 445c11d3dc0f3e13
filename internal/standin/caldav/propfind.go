package caldav

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
)

// propfind answers PROPFIND (RFC 4918 section 9.1) at Depth 0 or 1.
func (s *Server) propfind(w http.ResponseWriter, r *http.Request, res resource, who *account) *failure {
	if res.missing() {
		return refMissing.because("nothing is here")
	}
	if s.profile.Root405 && res.kind == resRoot {
		return refMethod.because("PROPFIND is not for the root")
	}
	depth := r.Header.Get("Depth")
	if depth != "0" && depth != "1" {
		return refDepth.because("Depth has to be 0 or 1")
	}
	body, f := readXML(r, dav("propfind"))
	if f != nil {
		return f
	}
	m := newMultistatus()
	list := []resource{res}
	if depth == "1" {
		list = append(list, s.children(res, who)...)
	}
	minimal := prefersMinimal(w, r)
	for _, x := range list {
		names, bare := s.asked(body, x, who)
		m.props(s.href(x.path), names, minimal, func(n xml.Name, b *bytes.Buffer) bool {
			return bare || s.property(n, b, x, who)
		})
	}
	m.send(w)
	return nil
}

// asked are the properties that a PROPFIND asks for; bare asks for their names only.
func (s *Server) asked(body *element, r resource, who *account) (names []xml.Name, bare bool) {
	if prop := body.Child(nsDAV, "prop"); prop != nil {
		return prop.Names(), false
	}
	if body.Child(nsDAV, "propname") != nil {
		return s.propNames(r, who), true
	}
	names = s.allprop(r, who)
	for _, n := range body.Child(nsDAV, "include").Names() {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names, false
}

// prefersMinimal reports whether missing properties are to be left out (RFC 8144 section 2.1).
func prefersMinimal(w http.ResponseWriter, r *http.Request) bool {
	if !strings.Contains(r.Header.Get("Prefer"), "return=minimal") {
		return false
	}
	w.Header().Set("Preference-Applied", "return=minimal")
	return true
}

// children are what a collection holds.
func (s *Server) children(r resource, who *account) []resource {
	var list []resource
	switch r.kind {
	case resRoot:
		list = append(list, resource{kind: resPrincipals, path: "/dav/principals/"}, resource{kind: resHomes, path: "/dav/calendars/"})
	case resPrincipals:
		list = append(list, resource{kind: resPrincipal, path: principalPath(who), account: who})
	case resHomes:
		list = append(list, resource{kind: resHome, path: homePath(who), account: who})
	case resHome:
		for _, name := range r.account.order {
			c := r.account.collections[name]
			list = append(list, resource{kind: resCollection, path: c.path(), account: r.account, collection: c})
		}
	case resCollection:
		for _, o := range r.collection.sorted() {
			list = append(list, s.objectResource(r.collection, o))
		}
	}
	return list
}

func (s *Server) objectResource(c *collection, o *object) resource {
	return resource{kind: resObject, path: c.path() + o.name, account: c.owner, collection: c, object: o}
}

// proppatch sets displayname and anything that the server does not compute (RFC 4918 section 9.2): all or nothing.
func (s *Server) proppatch(w http.ResponseWriter, r *http.Request, res resource) *failure {
	if res.missing() {
		return refMissing.because("nothing is here")
	}
	if res.kind != resCollection {
		return refMethod.because("properties of this cannot be set")
	}
	if res.collection.readOnly {
		return refPrivilege.because("read-only")
	}
	body, f := readXML(r, dav("propertyupdate"))
	if f != nil {
		return f
	}
	if body == nil {
		return refXML.because("a body is needed")
	}
	var names, bad []xml.Name
	for _, n := range patched(body) {
		names = append(names, n)
		if _, computed := live[n]; computed && !slices.Contains(settable, n) {
			bad = append(bad, n)
		}
	}
	if len(bad) == 0 {
		s.applyPatch(body, res.collection)
	} else {
		w.Header().Set("X-Standin-Refusal", refProtected.Number)
	}
	m := newMultistatus()
	m.begin(s.href(res.path))
	for _, n := range names {
		m.b.WriteString("<D:propstat><D:prop>")
		emptyTag(&m.b, n)
		m.b.WriteString("</D:prop>")
		switch {
		case slices.Contains(bad, n):
			m.statusLine(refProtected.Status)
			m.b.WriteString("<D:error><" + refProtected.Code + "/></D:error>")
		case len(bad) > 0:
			m.statusLine(http.StatusFailedDependency)
		default:
			m.statusLine(http.StatusOK)
		}
		m.b.WriteString("</D:propstat>")
	}
	m.end()
	m.send(w)
	return nil
}

// patched are the names in the set and remove elements.
func patched(body *element) []xml.Name {
	var names []xml.Name
	for _, op := range body.Children {
		if op.Is(nsDAV, "set") || op.Is(nsDAV, "remove") {
			names = append(names, op.Child(nsDAV, "prop").Names()...)
		}
	}
	return names
}

// applyPatch does what the set and remove elements say.
func (s *Server) applyPatch(body *element, c *collection) {
	for _, op := range body.Children {
		prop := op.Child(nsDAV, "prop")
		if prop == nil {
			continue
		}
		for _, p := range prop.Children {
			var b bytes.Buffer
			inner(p, &b)
			key := clark(p.Name.Space, p.Name.Local)
			switch {
			case p.Is(nsDAV, "displayname") && op.Is(nsDAV, "set"):
				c.display = p.Text
			case p.Is(nsDAV, "displayname"):
				c.display = c.name
			case op.Is(nsDAV, "set"):
				c.dead[key] = b.String()
			case op.Is(nsDAV, "remove"):
				delete(c.dead, key)
			}
		}
	}
}

// mkcalendar makes a calendar: MKCALENDAR (RFC 4791 section 5.3.1), or MKCOL with that resource type (RFC 5689).
func (s *Server) mkcalendar(w http.ResponseWriter, r *http.Request, res resource) *failure {
	switch {
	case res.kind == resObject && res.collection == nil:
		return refParent.because("the parent is not there")
	case !res.missing():
		return refExists.because("something is here already")
	case res.kind != resCollection:
		return refLocation.because("calendars are made in a home")
	case s.profile.NoMake:
		return refMethod.because("no calendar can be made here")
	}
	body, f := readXML(r, cal("mkcalendar"), dav("mkcol"))
	if f != nil {
		return f
	}
	c := Calendar{Name: res.name}
	isCalendar := r.Method == "MKCALENDAR"
	if prop := body.Child(nsDAV, "set").Child(nsDAV, "prop"); prop != nil {
		isCalendar = isCalendar || prop.Child(nsDAV, "resourcetype").Child(nsCal, "calendar") != nil
		for _, comp := range list(prop.Child(nsCal, "supported-calendar-component-set")) {
			c.Components = append(c.Components, strings.ToUpper(comp.Attr("name")))
		}
	}
	if !isCalendar {
		return refLocation.because("a home holds calendars only")
	}
	col := s.makeCollection(res.account, c, kindCalendar)
	if body != nil {
		s.applyPatch(body, col)
		delete(col.dead, clark(nsDAV, "resourcetype"))
		delete(col.dead, clark(nsCal, "supported-calendar-component-set"))
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusCreated)
	return nil
}

// list are the children, of a nil element too.
func list(e *element) []*element {
	if e == nil {
		return nil
	}
	return e.Children
}
