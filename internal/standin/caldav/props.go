package caldav

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// clark writes a name as {namespace}local, the key of dead properties.
func clark(space, local string) string { return "{" + space + "}" + local }

func dav(local string) xml.Name { return xml.Name{Space: nsDAV, Local: local} }
func cal(local string) xml.Name { return xml.Name{Space: nsCal, Local: local} }
func cs(local string) xml.Name  { return xml.Name{Space: nsCS, Local: local} }

// writeProp writes the content of a property, and reports whether the resource has it.
type writeProp func(s *Server, b *bytes.Buffer, r resource, who *account) bool

// live are the properties that the server computes.
var live = map[xml.Name]writeProp{
	dav("resourcetype"):                     propResourceType,
	dav("current-user-principal"):           propWho,
	dav("principal-collection-set"):         constHref("/dav/principals/"),
	dav("owner"):                            ownerHref(principalPath),
	dav("principal-URL"):                    principalHref(principalPath),
	dav("displayname"):                      propDisplayName,
	dav("current-user-privilege-set"):       propPrivileges,
	dav("supported-report-set"):             propReports,
	dav("sync-token"):                       propSyncToken,
	dav("getlastmodified"):                  propModified,
	dav("getcontenttype"):                   propContentType,
	dav("getcontentlength"):                 propContentLength,
	dav("creationdate"):                     propCreated,
	dav("getetag"):                          propETag,
	cal("calendar-home-set"):                principalHref(homePath),
	cal("calendar-user-address-set"):        propAddresses,
	cal("calendar-user-type"):               propUserType,
	cal("schedule-inbox-URL"):               scheduleHref("inbox/"),
	cal("schedule-outbox-URL"):              scheduleHref("outbox/"),
	cal("schedule-default-calendar-URL"):    propDefaultCalendar,
	cal("schedule-tag"):                     propScheduleTag,
	cal("supported-calendar-component-set"): propComponents,
	cal("supported-calendar-data"):          propCalendarDataTypes,
	cal("supported-collation-set"):          propCollations,
	cal("max-resource-size"):                propMaxSize,
	cs("getctag"):                           propCtag,
}

// settable are the live properties that a client may set all the same.
var settable = []xml.Name{dav("displayname")}

// property writes one property of a resource, live or dead.
func (s *Server) property(n xml.Name, b *bytes.Buffer, r resource, who *account) bool {
	if write, ok := live[n]; ok {
		return write(s, b, r, who)
	}
	if r.kind != resCollection {
		return false
	}
	v, ok := r.collection.dead[clark(n.Space, n.Local)]
	b.WriteString(v)
	return ok
}

// allprop are what RFC 4918 defines; RFC 4791 section 5.2 keeps its own out of it.
func (s *Server) allprop(r resource, who *account) []xml.Name {
	return slices.DeleteFunc(s.propNames(r, who), func(n xml.Name) bool {
		if n.Space != nsDAV {
			return true
		}
		return !slices.Contains([]string{
			"resourcetype", "displayname", "getlastmodified", "getcontenttype", "getcontentlength", "creationdate", "getetag",
		}, n.Local)
	})
}

// propNames are all that a resource has, in a stable order.
func (s *Server) propNames(r resource, who *account) []xml.Name {
	var list []xml.Name
	var scratch bytes.Buffer
	for n := range live {
		if s.property(n, &scratch, r, who) {
			list = append(list, n)
		}
	}
	if r.kind == resCollection {
		for k := range r.collection.dead {
			space, local, _ := strings.Cut(strings.TrimPrefix(k, "{"), "}")
			list = append(list, xml.Name{Space: space, Local: local})
		}
	}
	slices.SortFunc(list, func(a, b xml.Name) int {
		return strings.Compare(a.Space+" "+a.Local, b.Space+" "+b.Local)
	})
	return list
}

func (s *Server) writeHref(b *bytes.Buffer, path string) {
	b.WriteString("<D:href>")
	escape(b, s.href(path))
	b.WriteString("</D:href>")
}

func constHref(path string) writeProp {
	return func(s *Server, b *bytes.Buffer, _ resource, _ *account) bool {
		s.writeHref(b, path)
		return true
	}
}

// ownerHref is an address of the account that a resource belongs to.
func ownerHref(path func(*account) string) writeProp {
	return func(s *Server, b *bytes.Buffer, r resource, _ *account) bool {
		if r.account == nil {
			return false
		}
		s.writeHref(b, path(r.account))
		return true
	}
}

// principalHref is a property of principals alone: on / and elsewhere real servers answer 404 for it.
func principalHref(path func(*account) string) writeProp {
	write := ownerHref(path)
	return func(s *Server, b *bytes.Buffer, r resource, who *account) bool {
		return r.kind == resPrincipal && write(s, b, r, who)
	}
}

func scheduleHref(name string) writeProp {
	write := principalHref(func(a *account) string { return homePath(a) + name })
	return func(s *Server, b *bytes.Buffer, r resource, who *account) bool {
		return s.schedules() && write(s, b, r, who)
	}
}

func propWho(s *Server, b *bytes.Buffer, _ resource, who *account) bool {
	s.writeHref(b, principalPath(who))
	return true
}

func propResourceType(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	switch {
	case r.kind == resObject:
	case r.kind == resPrincipal:
		b.WriteString("<D:collection/><D:principal/>")
	case r.kind == resCollection:
		b.WriteString("<D:collection/>" + [...]string{"<C:calendar/>", "<C:schedule-inbox/>", "<C:schedule-outbox/>"}[r.collection.kind])
	default:
		b.WriteString("<D:collection/>")
	}
	return true
}

func propDisplayName(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	switch r.kind {
	case resPrincipal:
		escape(b, r.account.Name)
	case resCollection:
		escape(b, r.collection.display)
	default:
		return false
	}
	return true
}

func propPrivileges(_ *Server, b *bytes.Buffer, r resource, who *account) bool {
	list := []string{"D:read", "D:read-current-user-privilege-set"}
	if r.account == who && (r.collection == nil || !r.collection.readOnly) && r.kind >= resHome {
		list = append(list, "D:write", "D:write-properties", "D:write-content", "D:bind", "D:unbind")
	}
	for _, p := range list {
		b.WriteString("<D:privilege><" + p + "/></D:privilege>")
	}
	return true
}

func propReports(s *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.kind != resCollection {
		return false
	}
	for _, name := range s.reports(r.collection) {
		b.WriteString("<D:supported-report><D:report>")
		emptyTag(b, name)
		b.WriteString("</D:report></D:supported-report>")
	}
	return true
}

func propSyncToken(s *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.kind != resCollection || s.profile.NoSync {
		return false
	}
	escape(b, s.token(r.collection, r.collection.seq))
	return true
}

func propCtag(s *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.kind != resCollection || s.profile.NoCtag {
		return false
	}
	fmt.Fprintf(b, `"%d-%d"`, r.collection.birth, r.collection.seq)
	return true
}

func propETag(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.object == nil {
		return false
	}
	escape(b, r.object.etag)
	return true
}

func propScheduleTag(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.object == nil || r.object.scheduleTag == "" {
		return false
	}
	escape(b, r.object.scheduleTag)
	return true
}

func propModified(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.object == nil {
		return false
	}
	b.WriteString(r.object.at.UTC().Format(http.TimeFormat))
	return true
}

func propCreated(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.object == nil {
		return false
	}
	b.WriteString(r.object.made.UTC().Format(time.RFC3339))
	return true
}

func propContentType(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.object == nil {
		return false
	}
	b.WriteString(contentType(r.object))
	return true
}

func contentType(o *object) string {
	return "text/calendar; charset=utf-8; component=" + strings.ToLower(o.facts.component)
}

func propContentLength(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.object == nil {
		return false
	}
	b.WriteString(strconv.Itoa(len(r.object.raw)))
	return true
}

func propAddresses(s *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.kind != resPrincipal {
		return false
	}
	for _, a := range r.account.Addresses {
		b.WriteString("<D:href>mailto:")
		escape(b, a)
		b.WriteString("</D:href>")
	}
	s.writeHref(b, principalPath(r.account))
	return true
}

func propUserType(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	b.WriteString("INDIVIDUAL")
	return r.kind == resPrincipal
}

func propDefaultCalendar(s *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.collection == nil || r.collection.kind != kindInbox {
		return false
	}
	c := r.account.defaultCalendar()
	if c != nil {
		s.writeHref(b, c.path())
	}
	return c != nil
}

func propComponents(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	if r.kind != resCollection {
		return false
	}
	for _, c := range r.collection.components {
		b.WriteString(`<C:comp name="`)
		escape(b, c)
		b.WriteString(`"/>`)
	}
	return true
}

func propCalendarDataTypes(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	b.WriteString(`<C:calendar-data content-type="text/calendar" version="2.0"/>`)
	return r.kind == resCollection
}

func propCollations(_ *Server, b *bytes.Buffer, r resource, _ *account) bool {
	for _, c := range collations {
		b.WriteString("<C:supported-collation>" + c + "</C:supported-collation>")
	}
	return r.kind == resCollection
}

func propMaxSize(s *Server, b *bytes.Buffer, r resource, _ *account) bool {
	b.WriteString(strconv.Itoa(s.maxSize()))
	return r.kind == resCollection
}
